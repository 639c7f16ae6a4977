"""The gallery: every cell and every structure has a picture, no two are alike, and the page names all of them."""

from __future__ import annotations

import os
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from core.cells import CELLS
from core.network.structures import JOINS, STRUCTURES
from explorer import cli
from explorer.export.gallery import PAGE, panel_of, write
from explorer.export.gallery_list import named, pictures
from explorer.panels import CELL, PANELS

SIZE = 640, 400
PICTURES = pictures()


@pytest.fixture(scope="module")
def folder(tmp_path_factory, qapp) -> Path:
    """The whole gallery, drawn once."""
    place = tmp_path_factory.mktemp("gallery") / "made"
    written = [path.name for path in write(place, PICTURES, SIZE, "light")]
    assert written == [*(f"{picture.name}.png" for picture in PICTURES), PAGE]
    return place


class Page(HTMLParser):
    """What a page holds: links, pictures with their texts, headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sources: dict[str, str] = {}
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "img":
            self.sources[given["src"]] = given["alt"]
        if tag == "a":
            self.links.append(given["href"])


def test_every_registered_thing_has_a_picture():
    names = {picture.name for picture in PICTURES}
    assert len(names) == len(PICTURES)
    assert {f"cell-{cell.name}" for cell in CELLS} <= names
    assert {f"structure-{name}" for name in STRUCTURES} | {f"structure-both-{name}" for name in JOINS} <= names
    assert {picture.experiment.score for picture in PICTURES} == {"dot", "additive", "bilinear"}
    assert {picture.experiment.context for picture in PICTURES} == {"last", "transform", "all"}
    assert any(picture.experiment.convolution for picture in PICTURES)
    assert any(picture.experiment.layers > 1 and picture.experiment.bidirectional for picture in PICTURES)


def test_the_inside_of_a_cell_is_drawn_by_a_panel_of_that_depth():
    depth = {kind: own for kind, _, _, own in PANELS}
    for picture in PICTURES:
        assert not picture.inside or depth[panel_of(picture)] == CELL, picture.name


def test_every_picture_is_there_not_blank_and_like_no_other(folder):
    seen: dict[bytes, str] = {}
    for picture in PICTURES:
        image = QImage(str(folder / f"{picture.name}.png"))
        assert (image.width(), image.height()) == SIZE, picture.name
        small = image.convertToFormat(QImage.Format.Format_RGB32)
        raw = bytes(small.constBits())
        assert np.unique(np.frombuffer(raw, np.uint32)).size > 20, picture.name
        assert raw not in seen, f"{picture.name} looks like {seen[raw]}"
        seen[raw] = picture.name


def test_the_page_names_all_of_them_with_relative_links_only(folder):
    text = (folder / PAGE).read_text(encoding="utf-8")
    page = Page(text)
    assert list(page.sources) == [f"{picture.name}.png" for picture in PICTURES]
    for picture in PICTURES:
        assert page.sources[f"{picture.name}.png"] == picture.sentence
        assert picture.title in unescape(text)
    targets = [link.removeprefix("#") if link.startswith("#") else link for link in page.links]
    assert all(target in page.ids or (folder / target).is_file() for target in targets)
    assert not re.search(r"(https?:|src=\"/|href=\"/|<script)", text)


def test_a_sentence_is_a_sentence():
    for picture in PICTURES:
        assert picture.sentence[0].isupper() or picture.sentence[0].isdigit(), picture.sentence
        assert picture.sentence.endswith(".") and "  " not in picture.sentence
        assert picture.name == picture.name.lower() and re.fullmatch(r"[a-z0-9-]+", picture.name)


def test_the_command_draws_what_is_asked_for_in_a_theme(qapp, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    place = tmp_path / "dark"
    arguments = ["gallery", "--out", str(place), "--size", "400x300", "--theme", "dark", "--only", "structure-n-1"]
    sheet = qapp.styleSheet()
    assert cli.main(arguments) == 0
    assert sorted(path.name for path in place.iterdir()) == [PAGE, "structure-n-1.png"]
    assert capsys.readouterr().out == f"{place / PAGE}: 1 picture, 400 × 300, dark\n"
    assert "color-scheme: dark" in (place / PAGE).read_text(encoding="utf-8")
    assert QImage(str(place / "structure-n-1.png")).pixelColor(200, 2).lightness() < 80
    assert qapp.styleSheet() == sheet


def refused(capsys, *arguments: str) -> str:
    assert cli.main(["gallery", *arguments]) in (1, 2)
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


def test_what_cannot_be_is_said_in_one_sentence(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    assert "it is a file; name a folder." in refused(capsys, "--out", str(file))
    assert "there is no folder" in refused(capsys, "--out", str(tmp_path / "a" / "b"))
    assert "--size: “9x9” cannot be used" in refused(capsys, "--out", str(tmp_path), "--size", "9x9")
    unknown = refused(capsys, "--out", str(tmp_path), "--only", "cell-none")
    assert "no such picture" in unknown and "cell-" in unknown
    assert "the nearest: cell-tanh." in refused(capsys, "--out", str(tmp_path), "--only", "tanh")
    assert "the nearest: cell-lstm" in refused(capsys, "--out", str(tmp_path), "--only", "cell-lstn")
    assert "names are like cell-tanh" in refused(capsys, "--out", str(tmp_path), "--only", "?")
    assert not list(tmp_path.glob("*.png"))


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="all may be written")
def test_a_folder_that_cannot_be_written_is_said(qapp, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    tmp_path.chmod(0o500)
    assert "cannot be written" in refused(capsys, "--out", str(tmp_path), "--only", "structure-n-1")


def test_a_file_in_the_way_is_said(qapp, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    (tmp_path / "structure-n-1.png").mkdir()
    assert "cannot be written" in refused(capsys, "--out", str(tmp_path), "--only", "structure-n-1")


def test_names_are_taken_once_and_in_their_order():
    assert [each.name for each in named(("cell-gru", "cell-lstm", "cell-gru"))] == ["cell-gru", "cell-lstm"]
    assert named(()) == PICTURES
