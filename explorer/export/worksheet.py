"""A worksheet on paper: pages of A4 or Letter, written as a PDF with its fonts and its equations as vectors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter

from core.exercises.worksheet.rows import Exercise, Formula, Given
from core.exercises.worksheet.sheet import Section, Worksheet
from core.files.writing import write_bytes
from core.jobs import Job, finished, part
from explorer.export.worksheet_blocks import (
    GAP,
    HEADING,
    SMALL,
    TEXT,
    TITLE,
    Block,
    Numbers,
    Typeset,
    Words,
    font,
    given_width,
    lines_of,
    wrapped,
)
from explorer.style.theme import LIGHT
from explorer.words import translator

PAPERS = {"a4": QPageSize.PageSizeId.A4, "letter": QPageSize.PageSizeId.Letter}
MARGIN, FOOT = 60.0, 34.0  # px of 1/96 inch
DOTS = 1200  # of the PDF, per inch

_tr = translator("worksheet")


class Pages:
    """A worksheet laid out: which block stands on which page."""

    def __init__(self, sheet: Worksheet, paper: str = "a4", in_pieces: bool = False) -> None:
        """`paper`: one of PAPERS. `in_pieces`: the caller runs `filling` to the end before anything else."""
        self.sheet = sheet
        self.size: QSizeF = QPageSize(PAPERS[paper]).size(QPageSize.Unit.Inch) * 96.0
        self.room = self.size.width() - 2 * MARGIN
        self.pages: list[list[tuple[Block, float]]] = [[]]  # with each block's top
        self.filling = self._fill()
        if not in_pieces:
            finished(self.filling)

    def __len__(self) -> int:
        return len(self.pages)

    def _fill(self) -> Job[None]:
        """Blocks one below the other; those that hold together go to the next page together."""
        end = self.size.height() - MARGIN - FOOT
        y = MARGIN
        lines = 0
        for group in self._groups():
            lines += len(group)
            yield lines / (lines + len(self.sheet.rows))  # how many blocks there will be is not known
            height = sum(block.height for block in group)
            if y + height > end and y > MARGIN:
                self.pages.append([])
                y = MARGIN
            for block in group:
                if y + block.height > end and self.pages[-1]:  # a group that is longer than a page
                    self.pages.append([])
                    y = MARGIN
                self.pages[-1].append((block, y))
                y += block.height

    def _groups(self) -> Iterator[list[Block]]:
        group: list[Block] = []
        for block in self._blocks():
            group.append(block)
            if not block.holds:
                yield group
                group = []
        if group:
            yield group

    def _blocks(self) -> Iterator[Block]:
        sheet = self.sheet
        yield Words(sheet.title, font(TITLE, bold=True), below=4.0)
        kind = _tr("Worksheet with the answers") if sheet.answers else _tr("Worksheet: fill in the boxes")
        yield Words(
            kind, font(TEXT, bold=True), LIGHT.backward_text if sheet.answers else LIGHT.forward_text, below=6.0
        )
        for words in sheet.words:
            for line in wrapped(words, font(SMALL), self.room):
                yield Words(line, font(SMALL), LIGHT.muted)
        for section in sheet.sections:
            yield from self._section(section)

    def _section(self, section: Section) -> Iterator[Block]:
        if not section.items:
            return
        yield Words(section.heading, font(HEADING, bold=True), above=16.0, below=2.0, holds=True)
        for line in wrapped(section.words, font(SMALL), self.room):
            yield Words(line, font(SMALL), LIGHT.muted, below=4.0, holds=True)
        back = section.back
        colour = LIGHT.backward_text if back else LIGHT.forward_text
        waiting: list[Given] = []
        for item in section.items:
            if isinstance(item, Given):
                if waiting and sum(given_width(each) + GAP for each in (*waiting, item)) > self.room:
                    yield Numbers(waiting)
                    waiting = []
                waiting.append(item)
            elif isinstance(item, Formula):
                yield Typeset(item.tex, colour, self.room)
            elif isinstance(item, Exercise):
                yield from self._exercise(item, colour)
            else:
                yield Words(item, font(TEXT, bold=True), above=9.0, below=3.0, holds=True)
        if waiting:
            yield Numbers(waiting)

    def _exercise(self, exercise: Exercise, colour: str) -> Iterator[Block]:
        for line in wrapped(exercise.equation, font(TEXT), self.room):
            yield Words(line, font(TEXT), colour, above=3.0, below=1.0, holds=True)
        for row in exercise.rows:
            yield from lines_of(row, self.sheet.answers, self.room)

    # --- drawing ---
    def draw(self, painter: QPainter, number: int) -> None:
        """Page `number`, from 0, in px of 1/96 inch."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for block, y in self.pages[number]:
            block.draw(painter, MARGIN, y)
        face = font(SMALL)
        painter.setFont(face)
        painter.setPen(QColor(LIGHT.muted))
        foot = QRectF(MARGIN, self.size.height() - MARGIN, self.room, FOOT)
        right, left = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignLeft
        painter.drawText(foot, right | Qt.AlignmentFlag.AlignVCenter, f"{number + 1} / {len(self)}")
        painter.drawText(foot, left | Qt.AlignmentFlag.AlignVCenter, self.sheet.title)

    def image(self, number: int, scale: float = 1.0) -> QImage:
        """The page as a picture, on white."""
        made = QImage((self.size * scale).toSize(), QImage.Format.Format_RGB32)
        made.fill(QColor("#ffffff"))
        painter = QPainter(made)
        painter.scale(scale, scale)
        self.draw(painter, number)
        painter.end()
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
        painter = QPainter(writer)
        painter.scale(DOTS / 96.0, DOTS / 96.0)
        for number in range(len(self)):
            if number:
                writer.newPage()
            self.draw(painter, number)
            yield (number + 1) / len(self)
        painter.end()
        return bytes(buffer.data().data())


def writing(sheet: Worksheet, path: Path, paper: str = "a4") -> Job[int]:
    """Writes the PDF; how many pages it has. Raises OSError where the file cannot be written."""
    pages = Pages(sheet, paper, in_pieces=True)
    yield from part(pages.filling, 0.0, 0.7)
    content = yield from part(pages.printing(), 0.7, 1.0)
    write_bytes(path, content)
    return len(pages)
