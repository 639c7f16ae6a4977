"""The worksheet on paper: pages, nothing cut off or split, a PDF with its fonts, and the ways to it."""

from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QColor, QImage

from core.exercises.hand_sized import hand_sized
from core.exercises.worksheet.rows import Number
from core.exercises.worksheet.sheet import worksheet
from core.experiment import Experiment, natural
from core.jobs import finished
from core.notation.books import notation_named
from core.recorder import record
from explorer import cli
from explorer.app import compose
from explorer.export.worksheet import MARGIN, PAPERS, Pages
from explorer.export.worksheet_blocks import Line, Typeset
from explorer.session.player import Player
from explorer.session.session import Session
from explorer.settings import Settings


def pages(answers: bool, paper: str = "a4", notation: str = "row", **changes) -> Pages:
    trace = record(hand_sized(natural("last-step", **{"cell": "gru", **changes})))
    return Pages(worksheet(trace, notation_named(notation), answers), paper)


def ink(image: QImage) -> tuple[int, int, int, int]:
    """The first and last column and row that are not white."""
    white = QColor("#ffffff").rgb()
    across = [x for x in range(image.width()) if any(image.pixel(x, y) != white for y in range(0, image.height(), 2))]
    down = [y for y in range(image.height()) if any(image.pixel(x, y) != white for x in range(0, image.width(), 3))]
    return across[0], across[-1], down[0], down[-1]


@pytest.mark.parametrize("paper", PAPERS)
def test_nothing_leaves_the_page_or_is_split(qapp, paper):
    made = pages(True, paper, "ng")
    end = made.size.height() - MARGIN
    for blocks in made.pages:
        assert blocks
        bottom = 0.0
        for block, top in blocks:
            assert top >= bottom - 1e-6
            bottom = top + block.height
        assert bottom <= end
        assert not blocks[-1][0].holds  # a heading never stands alone at the end of a page
    lines = [block for blocks in made.pages for block, _ in blocks if isinstance(block, Line)]
    assert all(line.indent + sum(token.width for token in line.tokens) <= made.room for line in lines)
    left, right, top, bottom = ink(made.image(len(made) - 1))
    assert left >= MARGIN - 2 and right <= made.size.width() - MARGIN + 2
    assert top >= MARGIN - 2 and bottom <= made.size.height() - 20


def test_every_row_is_on_a_page_with_all_its_numbers(qapp):
    made = pages(False)
    tokens = [
        token for blocks in made.pages for block, _ in blocks if isinstance(block, Line) for token in block.tokens
    ]
    shown = [token.number for token in tokens if token.number is not None]
    assert shown == [piece for row in made.sheet.rows for piece in row.pieces if isinstance(piece, Number)]
    for token in tokens:
        assert token.blank == (token.number is not None and not token.number.given)
    assert any(isinstance(block, Typeset) and block.formula.typeset for blocks in made.pages for block, _ in blocks)


def test_the_answers_make_it_shorter_and_are_seen(qapp):
    blank, solved = pages(False), pages(True)
    assert len(solved) <= len(blank)
    assert blank.image(0) != solved.image(0)


def test_the_pdf_has_its_pages_its_title_and_its_fonts(qapp):
    made = pages(True)
    raw = finished(made.printing())
    assert raw.startswith(b"%PDF-") and raw.rstrip().endswith(b"%%EOF")
    assert len(re.findall(rb"/Type\s*/Page[^s]", raw)) == len(made)
    assert b"/FontFile" in raw and b"GRU".decode().encode("utf-16-be") in raw
    assert b"/Subtype /Image" not in raw  # equations are vectors


def test_the_command_writes_both_kinds(qapp, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    path = tmp_path / "sheet.pdf"
    assert cli.main(["worksheet", "--hand", "--out", str(path), "--notation", "2", "--paper", "letter"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{path}: tanh: Target at the last step, 29 lines to fill in, ")
    assert path.read_bytes().startswith(b"%PDF-")
    assert cli.main(["worksheet", "--hand", "--cell", "lstm", "--answers", "--out", str(path)]) == 0
    assert "lines with the answers" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--out", "sheet.pdf"], "or the hand-sized run"),
        (["--hand", "--out", "sheet.png"], "sheet.png"),
        (["--hand", "--out", "none/sheet.pdf"], "there is no folder"),
        (["--hand", "--out", "sheet.pdf", "--notation", "9"], "9"),
    ],
    ids=str,
)
def test_what_cannot_be_is_said_in_one_sentence(tmp_path, monkeypatch, capsys, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert cli.main(["worksheet", *arguments]) in (1, 2)
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.fixture
def program(qtbot, tmp_path):
    session = Session(Experiment(steps=5, hidden=3))
    player = Player(session)
    player.stop()
    made = compose(session, player, Settings(tmp_path / "settings.ini"), tmp_path.parent / "last.json")
    qtbot.addWidget(made.window)
    yield made
    player.stop()


def test_the_menu_hand_sizes_in_one_step_of_the_history_and_writes_the_sheet(program, tmp_path):
    said: list[str] = []
    session = program.session
    session.message.connect(said.append)
    session.undoable.connect(said.append)
    first = session.experiment
    action = next(each for each in program.window.actions() if each.shortcut().toString() == "Ctrl+H")
    action.trigger()
    session.update()
    assert (session.trace.experiment.hidden, session.trace.steps) == (1, 3)
    assert session.trace.experiment == hand_sized(first)
    assert "one unit" in said[-1].lower()
    path = tmp_path / "sheet.pdf"
    program.exports.worksheet_to(path, answers=False)
    session.work.pull(lambda: False)
    assert path.stat().st_size > 10_000 and "sheet.pdf" in said[-1]
    session.undo()
    session.update()
    assert session.trace.experiment == first
    program.exports.worksheet_to(tmp_path / "none" / "sheet.pdf", answers=True)
    session.work.pull(lambda: False)
    assert "cannot be written" in said[-1]
    session.change(fault="diag-forgotten")
    program.exports.worksheet_to(path, answers=True)
    session.work.pull(lambda: False)
    assert "set fault to off" in said[-1]
