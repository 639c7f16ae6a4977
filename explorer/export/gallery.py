"""The gallery: every picture of `gallery_list` drawn into a PNG, and one page that shows them all.

Each depth's own panel draws its pictures, one after the other, without a window around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby
from pathlib import Path

from PySide6.QtCore import QBuffer, QCoreApplication, QEvent, QIODevice, QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication

from core.files.writing import write_bytes, write_text
from core.jobs import Job
from explorer.application import application
from explorer.export.gallery_list import Picture
from explorer.panels import BOTH, CELL, CENTRE, CHAIN, PANELS
from explorer.panels.base import Panel
from explorer.session.session import Session
from explorer.style.fonts import sized
from explorer.style.formula import typeset_count
from explorer.style.stylesheet import stylesheet
from explorer.style.theme import Theme, palette, theme_named

PAGE = "index.html"
ROUNDS = 6  # in which formulas are typeset and what stands beside them finds its place


def writing(folder: Path, pictures: Iterable[Picture], size: tuple[int, int], theme: str) -> Job[list[Path]]:
    """`write` as a job; the files."""
    shown = tuple(pictures)
    written: list[Path] = []
    for path in write(folder, shown, size, theme):
        written.append(path)
        yield len(written) / (len(shown) + 1)
    return written


def write(folder: Path, pictures: Iterable[Picture], size: tuple[int, int], theme: str) -> Iterator[Path]:
    """Draws the pictures, `size` in px, and then the page; yields each file when it is written. Makes the folder.

    Raises InputError for an experiment that cannot be run, OSError where a file cannot be written.
    """
    shown, look = tuple(pictures), theme_named(theme)
    folder.mkdir(exist_ok=True)
    app = application()
    before = app.font(), app.palette(), app.styleSheet()
    _dress(app, look)
    drawers: dict[bool, Panel] = {}
    try:
        for picture in shown:
            path = folder / f"{picture.name}.png"
            panel = drawers.setdefault(picture.inside, drawers.get(picture.inside) or panel_of(picture)())
            write_bytes(path, _drawn(panel, picture, size, theme))
            yield path
    finally:
        for panel in drawers.values():
            panel.close()
            panel.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)  # there is no loop that would do it
        app.setFont(before[0])
        app.setPalette(before[1])
        app.setStyleSheet(before[2])
    page = folder / PAGE
    write_text(page, html(shown, size, look))
    yield page


def panel_of(picture: Picture) -> type[Panel]:
    """The first picture in the centre at its depth."""
    depth = CELL if picture.inside else CHAIN
    return next(kind for kind, place, _, own in PANELS if place == CENTRE and own in (depth, BOTH))


def _dress(app: QApplication, theme: Theme) -> None:
    app.setFont(sized(app.font(), theme.enlarged.font_px))
    app.setPalette(palette(theme))
    app.setStyleSheet(stylesheet(theme))


def _drawn(panel: Panel, picture: Picture, size: tuple[int, int], theme: str) -> bytes:
    """The PNG."""
    session = Session(picture.experiment, theme)
    session.columns.set_width(float(size[0]))
    session.seek(session.timeline.complete)
    if picture.inside:
        session.enter(session.trace.scan.name, picture.t)
    panel.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    panel.setMinimumSize(0, 0)
    panel.resize(*size)
    panel.bind(session)
    panel.show()
    shot = _settled(panel)
    if shot.size() != QSize(*size):  # a panel has a least size, below which its picture is made smaller
        keep, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        shot = shot.scaled(QSize(*size), keep, smooth)
    return _png(shot)


def _settled(panel: Panel) -> QPixmap:
    """The panel's picture when all its formulas are typeset."""
    shot = panel.grab()
    for _ in range(ROUNDS):
        before = typeset_count()
        typeset = getattr(panel, "typeset", None)  # what waits until the person does nothing
        if callable(typeset):
            typeset()
        QCoreApplication.processEvents()
        shot = panel.grab()
        if typeset_count() == before:
            break
    return shot


def _png(shot: QPixmap) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    shot.save(buffer, "PNG")
    return bytes(buffer.data().data())


# --- the page ---
def html(pictures: Iterable[Picture], size: tuple[int, int], theme: Theme) -> str:
    """The page: self-contained but for the pictures beside it."""
    shown = list(pictures)
    sections = "".join(_section(heading, list(each)) for heading, each in groupby(shown, lambda one: one.heading))
    links = "".join(f'<a href="#{_anchor(heading)}">{escape(heading)}</a>' for heading in _headings(shown))
    return _PAGE.format(
        style=_style(theme, size),
        links=links,
        sections=sections,
        count=f"{len(shown)} picture{'' if len(shown) == 1 else 's'}",
    )


def _headings(pictures: list[Picture]) -> list[str]:
    return list(dict.fromkeys(picture.heading for picture in pictures))


def _anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")


def _section(heading: str, pictures: list[Picture]) -> str:
    figures = "".join(_figure(picture) for picture in pictures)
    return f'<section id="{_anchor(heading)}"><h2>{escape(heading)}</h2><div class="grid">{figures}</div></section>\n'


def _figure(picture: Picture) -> str:
    name, title, sentence = (escape(text, quote=True) for text in (picture.name, picture.title, picture.sentence))
    return (
        f'<figure id="{name}"><a href="{name}.png"><img src="{name}.png" alt="{sentence}" loading="lazy"></a>'
        f"<figcaption><h3>{title}</h3><p>{sentence}</p></figcaption></figure>\n"
    )


def _style(theme: Theme, size: tuple[int, int]) -> str:
    return (
        f":root {{ color-scheme: {'dark' if theme.dark else 'light'}; }}\n"
        f"body {{ margin: 0 auto; max-width: 1500px; padding: 24px; background: {theme.background}; color: {theme.ink};"
        " font: 16px/1.5 system-ui, sans-serif; }\n"
        f"a {{ color: {theme.forward_text}; }} nav a {{ margin-right: 20px; }}\n"
        "h1 { margin: 0 0 4px; } h2 { margin: 36px 0 12px; } h3 { margin: 0; font-size: 17px; }\n"
        ".grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 440px), 1fr)); gap: 20px; }\n"
        f"figure {{ margin: 0; padding: 12px; background: {theme.panel}; border: 1px solid {theme.line};"
        " border-radius: 10px; }\n"
        f"img {{ display: block; width: 100%; height: auto; aspect-ratio: {size[0]} / {size[1]}; }}\n"
        f"figcaption {{ padding: 10px 4px 2px; }} p {{ margin: 4px 0 0; color: {theme.muted}; }}\n"
        f":focus-visible {{ outline: 3px solid {theme.focus}; outline-offset: 2px; }}\n"
    )


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>BPTT Explorer: gallery</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>BPTT Explorer: gallery</h1>
<p>{count}, each drawn from the numbers of a run. A picture opens in its full size.</p>
<nav>{links}</nav>
</header>
<main>
{sections}</main>
</body>
</html>
"""
