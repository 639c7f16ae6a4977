"""A worksheet on paper: pages of A4 or Letter, written as a PDF with its fonts and its equations as vectors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter, QPen

from core.exercises.worksheet.rows import Exercise, Formula, Given
from core.exercises.worksheet.sheet import Section, Worksheet
from core.files.writing import write_bytes
from core.jobs import Job, finished, part
from explorer.export.worksheet.blocks import (
    GAP,
    HEADING,
    INDENT,
    SMALL,
    TEXT,
    TITLE,
    Block,
    Fitted,
    Numbers,
    Signature,
    Typeset,
    Words,
    font,
    given_width,
    lines_of,
)
from explorer.export.worksheet.chain import bands
from explorer.export.worksheet.lines import wrapped
from explorer.style.theme import LIGHT
from explorer.words import translator

PAPERS = {"a4": QPageSize.PageSizeId.A4, "letter": QPageSize.PageSizeId.Letter}
MARGIN, EDGE = 44.0, 34.0  # px of 1/96 inch: at the sides, above and below
FOOT, GUTTER = 22.0, 20.0
LEAST_COLUMN = 150.0  # px; under a chain that leaves less the columns begin on the next page
LEAST_SCALE = 0.75  # of a typeset equation
DOTS = 1200  # of the PDF, per inch

_tr = translator("worksheet")


class Placed(NamedTuple):
    """A block on its page, in px of the page. `column`: 0 or 1, -1 over the whole width."""

    block: Block
    x: float
    y: float
    column: int


class Pages:
    """A worksheet laid out: which block stands where on which page. The title, the lines for the name and the date and
    the chain stand over the page's width, the computation in two columns below."""

    def __init__(self, sheet: Worksheet, paper: str = "a4", in_pieces: bool = False) -> None:
        """`paper`: one of PAPERS. `in_pieces`: the caller runs `filling` to the end before anything else."""
        self.sheet = sheet
        self.size: QSizeF = QPageSize(PAPERS[paper]).size(QPageSize.Unit.Inch) * 96.0
        self.whole = self.size.width() - 2 * MARGIN
        self.room = (self.whole - GUTTER) / 2  # of a column
        self.end = self.size.height() - EDGE - FOOT
        self.pages: list[list[Placed]] = [[]]
        self.filling = self._fill()
        if not in_pieces:
            finished(self.filling)

    def __len__(self) -> int:
        return len(self.pages)

    # --- filling ---
    def _fill(self) -> Job[None]:
        """The head, then blocks one below the other; those that hold together go to the next column together."""
        top = y = self._fill_head()
        column, lines = 0, 0
        if self.end - top < LEAST_COLUMN:
            self.pages.append([])
            top = y = EDGE
        for group in self._groups():
            lines += len(group)
            yield lines / (lines + len(self.sheet.rows))  # how many blocks there will be is not known
            together = sum(block.height for block in group) <= self.end - EDGE  # or it is longer than a column
            needed = sum(block.height for block in group)
            for k, block in enumerate(group):
                if y > top and y + (needed if together and k == 0 else block.height) > self.end:
                    column = 1 - column
                    if column == 0:
                        self.pages.append([])
                        top = EDGE
                    y = top
                x = MARGIN + column * (self.room + GUTTER)
                self.pages[-1].append(Placed(block, x, y, column))
                y += block.height

    def _fill_head(self) -> float:
        """The blocks over the whole width; where the columns begin."""
        y = EDGE
        for block in self._head():
            if y + block.height > self.end and self.pages[-1]:
                self.pages.append([])
                y = EDGE
            self.pages[-1].append(Placed(block, MARGIN, y, -1))
            y += block.height
        return y

    def _groups(self) -> Iterator[list[Block]]:
        group: list[Block] = []
        for section in self.sheet.sections:
            for block in self._section(section):
                group.append(block)
                if not block.holds:
                    yield group
                    group = []
        if group:
            yield group

    def _head(self) -> Iterator[Block]:
        sheet = self.sheet
        yield Words(sheet.title, font(TITLE, bold=True), below=4.0)
        kind = _tr("Worksheet with the answers") if sheet.answers else _tr("Worksheet: fill in the boxes")
        yield Signature(kind, (_tr("Name"), _tr("Date")), self.whole)
        for words in sheet.words:
            for line in wrapped(words, font(SMALL), self.whole):
                yield Words(line, font(SMALL), LIGHT.muted)
        yield Words(_tr("The chain"), font(HEADING, bold=True), above=10.0)
        parts = list(bands(sheet.chain, sheet.answers, self.whole))
        for line in wrapped(self._about_chain(len(parts)), font(SMALL), self.whole):
            yield Words(line, font(SMALL), LIGHT.muted)
        for band in parts:
            yield Fitted(band, self.end - EDGE)

    def _about_chain(self, parts: int) -> str:
        words = _tr("A node's upper box is for its value, the lower one for the derivative of L with respect to it.")
        if parts > 1:
            words += " " + _tr("Short arrows go on in the next part of the chain, or come from the one before.")
        if self.sheet.chain.samples > 1:
            words += " " + _tr("Of sample 1.")
        if self.sheet.answers:
            words += " " + _tr("Rounded to three digits.")
        return words

    def _section(self, section: Section) -> Iterator[Block]:
        if not section.items:
            return
        yield Words(section.heading, font(HEADING, bold=True), above=12.0, below=2.0, holds=True)
        for line in wrapped(section.words, font(SMALL), self.room):
            yield Words(line, font(SMALL), LIGHT.muted, below=3.0, holds=True)
        colour = LIGHT.backward_text if section.back else LIGHT.forward_text
        waiting: list[Given] = []
        for item in section.items:
            if isinstance(item, Given):
                if waiting and sum(given_width(each) + GAP for each in (*waiting, item)) > self.room:
                    yield Numbers(waiting, self.room)
                    waiting = []
                waiting.append(item)
            elif isinstance(item, Formula):
                yield from self._formula(item, colour)
            elif isinstance(item, Exercise):
                yield from self._exercise(item, colour)
            else:
                yield Words(item, font(TEXT, bold=True), above=7.0, below=2.0, holds=True)
        if waiting:
            yield Numbers(waiting, self.room)

    def _formula(self, item: Formula, colour: str) -> Iterator[Block]:
        """Typeset, or in plain text where it would become too small to be read."""
        made = Typeset(item.tex, colour, self.room)
        if made.scale >= LEAST_SCALE:
            yield made
            return
        lines = list(wrapped(item.text, font(TEXT), self.room - INDENT))
        for k, line in enumerate(lines):
            yield Words(line, font(TEXT), colour, holds=k < len(lines) - 1, indent=INDENT)

    def _exercise(self, exercise: Exercise, colour: str) -> Iterator[Block]:
        for line in wrapped(exercise.equation, font(SMALL), self.room):
            yield Words(line, font(SMALL), colour, above=2.0, below=0.0, holds=True)
        for row in exercise.rows:
            yield from lines_of(row, self.sheet.answers, self.room)

    # --- drawing ---
    def draw(self, painter: QPainter, number: int) -> None:
        """Page `number`, from 0, in px of 1/96 inch."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        placed = self.pages[number]
        for block, x, y, _ in placed:
            block.draw(painter, x, y)
        if len({each.column for each in placed} - {-1}) == 2:
            self._draw_rule(painter, min(each.y for each in placed if each.column >= 0))
        face = font(SMALL)
        painter.setFont(face)
        painter.setPen(QColor(LIGHT.muted))
        foot = QRectF(MARGIN, self.end + 4.0, self.whole, FOOT - 4.0)
        right, left = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignLeft
        painter.drawText(foot, right | Qt.AlignmentFlag.AlignVCenter, f"{number + 1} / {len(self)}")
        painter.drawText(foot, left | Qt.AlignmentFlag.AlignVCenter, self.sheet.title)

    def _draw_rule(self, painter: QPainter, top: float) -> None:
        """The line between the columns."""
        middle = MARGIN + self.room + GUTTER / 2
        painter.setPen(QPen(QColor(LIGHT.line), 0.7))
        painter.drawLine(QPointF(middle, top + 8.0), QPointF(middle, self.end))

    def image(self, number: int, scale: float = 1.0) -> QImage:
        """The page as a picture, on white."""
        made = QImage((self.size * scale).toSize(), QImage.Format.Format_RGB32)
        made.fill(QColor("#ffffff"))
        with QPainter(made) as painter:
            painter.scale(scale, scale)
            self.draw(painter, number)
        return made

    def printing(self) -> Job[bytes]:
        """The same, page by page."""
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        writer = QPdfWriter(buffer)
        writer.setResolution(DOTS)
        writer.setTitle(self.sheet.title)
        writer.setCreator(_tr("BPTT Explorer"))
        size = QPageSize(self.size / 96.0, QPageSize.Unit.Inch)
        writer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
        with QPainter(writer) as painter:
            painter.scale(DOTS / 96.0, DOTS / 96.0)
            for number in range(len(self)):
                if number:
                    writer.newPage()
                self.draw(painter, number)
                yield (number + 1) / len(self)
        return bytes(buffer.data().data())


def writing(sheet: Worksheet, path: Path, paper: str = "a4") -> Job[int]:
    """Writes the PDF; how many pages it has. Raises OSError where the file cannot be written."""
    pages = Pages(sheet, paper, in_pieces=True)
    yield from part(pages.filling, 0.0, 0.7)
    content = yield from part(pages.printing(), 0.7, 1.0)
    write_bytes(path, content)
    return len(pages)
