"""What stands on a worksheet's pages: blocks that are drawn whole, each with its height, in px of 1/96 inch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from core.exercises.worksheet.rows import Given, Number, Row, figure
from explorer.export.worksheet.lines import pieces
from explorer.style.formula import formula
from explorer.style.theme import LIGHT

TEXT, SMALL, HEADING, TITLE, FORMULA = 11, 11, 15, 22, 13  # px
LINE, ROOMY = 17.0, 23.0  # a line's height with the answers, and where numbers are written by hand
BLANK, RESULT = 45.0, 58.0  # widths of the room for a number
INDENT, GAP = 8.0, 16.0
ADDENDS, FACTORS = ("=", "+"), ("−", "×", "/")  # operators before which a line may be broken


@cache
def font(px: int, bold: bool = False, italic: bool = False) -> QFont:
    """One of the sheet's fonts; without hinting, so that widths are the same at every resolution."""
    made = QFont()
    made.setPixelSize(px)
    made.setBold(bold)
    made.setItalic(italic)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


def width_of(text: str, face: QFont) -> float:
    return QFontMetricsF(face).horizontalAdvance(text)


class Block:
    """Something that stands on one page as a whole. `holds`: the block after it comes on the same page."""

    height = 0.0
    holds = False

    def draw(self, painter: QPainter, x: float, y: float) -> None:
        """With its top left corner at (x, y)."""
        raise NotImplementedError


class Words(Block):
    """A line of text."""

    def __init__(
        self,
        text: str,
        face: QFont,
        colour: str = LIGHT.ink,
        above: float = 0.0,
        below: float = 2.0,
        holds: bool = False,
        indent: float = 0.0,
    ) -> None:
        self.text, self.face, self.colour, self.above, self.holds = text, face, colour, above, holds
        self.indent = indent
        self.height = above + QFontMetricsF(face).height() + below

    def draw(self, painter: QPainter, x: float, y: float) -> None:
        painter.setFont(self.face)
        painter.setPen(QColor(self.colour))
        painter.drawText(QPointF(x + self.indent, y + self.above + QFontMetricsF(self.face).ascent()), self.text)


class Signature(Block):
    """What the sheet is, and after it lines to write on: a word and a rule for each of `asked`."""

    height = 36.0

    def __init__(self, kind: str, asked: tuple[str, ...], room: float) -> None:
        self.kind, self.asked, self.room = kind, asked, room

    def draw(self, painter: QPainter, x: float, y: float) -> None:
        bold, plain = font(TEXT, bold=True), font(TEXT)
        base = y + self.height - 12.0
        painter.setPen(QColor(LIGHT.ink))
        painter.setFont(bold)
        painter.drawText(QPointF(x, base), self.kind)
        first = width_of(self.kind, bold) + 30.0
        share = (self.room - first) / (len(self.asked) + 1)  # the first, a name, has twice the room
        painter.setFont(plain)
        at = x + first
        for k, word in enumerate(self.asked):
            end = at + share * (2 if k == 0 else 1)
            painter.setPen(QColor(LIGHT.ink))
            painter.drawText(QPointF(at, base), word)
            painter.setPen(QPen(QColor(LIGHT.ink), 0.7))
            start, stop = at + width_of(word, plain) + 6.0, end - 12.0 * (k == 0)
            painter.drawLine(QPointF(start, base + 2.0), QPointF(stop, base + 2.0))
            at = end


class Fitted(Block):
    """A block that is drawn smaller where it is higher than a page."""

    def __init__(self, block: Block, room: float) -> None:
        self.block, self.scale = block, min(1.0, room / block.height)
        self.height = block.height * self.scale

    def draw(self, painter: QPainter, x: float, y: float) -> None:
        painter.save()
        painter.translate(x, y)
        painter.scale(self.scale, self.scale)
        self.block.draw(painter, 0.0, 0.0)
        painter.restore()


class Typeset(Block):
    """An equation, as vectors; smaller where it is wider than its column."""

    def __init__(self, tex: str, colour: str, room: float) -> None:
        made = formula(tex, float(FORMULA), colour)
        self.scale = min(1.0, (room - INDENT) / made.size().width())
        self.formula = made
        self.height = made.size().height() * self.scale + 4.0

    def draw(self, painter: QPainter, x: float, y: float) -> None:
        painter.save()
        painter.translate(x + INDENT, y)
        painter.scale(self.scale, self.scale)
        self.formula.draw(painter, 0.0, 0.0)
        painter.restore()


@dataclass(frozen=True)
class Token:
    """A word of a line, or the room for a number; `number` is None for a word."""

    text: str
    face: QFont
    width: float
    number: Number | None = None
    blank: bool = False


class Line(Block):
    """A line of an exercise: words, numbers, and room for those that are to be found."""

    def __init__(self, tokens: list[Token], indent: float, holds: bool = False) -> None:
        self.tokens, self.indent, self.holds = tokens, indent, holds
        self.height = ROOMY if any(token.blank for token in tokens) else LINE

    def draw(self, painter: QPainter, x: float, y: float) -> None:
        x += self.indent
        painter.setPen(QColor(LIGHT.ink))
        for token in self.tokens:
            metrics = QFontMetricsF(token.face)
            if token.blank:
                painter.save()
                result = token.number is not None and token.number.result
                painter.setPen(QPen(QColor(LIGHT.ink if result else LIGHT.node_outline), 1.1 if result else 0.7))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(x + 2, y + 2, token.width - 4, self.height - 4), 3, 3)
                painter.restore()
            else:
                painter.setFont(token.face)
                painter.drawText(QPointF(x, y + (self.height + metrics.ascent() - metrics.descent()) / 2), token.text)
            x += token.width


def lines_of(row: Row, answers: bool, room: float) -> Iterator[Line]:
    """A row in as many lines as it needs; they stay together."""
    lines: list[list[Token]] = [[]]
    left = room - INDENT
    for chunk in _chunks(row, answers, room - 3 * INDENT):
        whole = sum(token.width for token in chunk)
        for k, token in enumerate(chunk):
            needed = whole if k == 0 and whole <= room - 3 * INDENT else token.width
            if needed > left and lines[-1]:
                lines.append([])
                left = room - 3 * INDENT
            lines[-1].append(token)
            left -= token.width
    for k, tokens in enumerate(lines):
        yield Line(tokens, INDENT if k == 0 else 3 * INDENT, holds=k < len(lines) - 1)


def _chunks(row: Row, answers: bool, room: float) -> Iterator[list[Token]]:
    """What a line is not broken in: an addend, and = with what follows it, so that no result stands without; factors
    where an addend is longer than a line."""
    for addend in _parted(_tokens(row, answers), ADDENDS):
        longer = sum(token.width for token in addend) > room
        yield from _parted(addend, FACTORS) if longer else [addend]


def _parted(tokens: Iterable[Token], operators: tuple[str, ...]) -> Iterator[list[Token]]:
    """The tokens parted before every operator, and before every word of a note."""
    chunk: list[Token] = []
    for token in tokens:
        begins = token.number is None and (token.text.strip() in operators or token.face.italic())
        if begins and chunk:
            yield chunk
            chunk = []
        chunk.append(token)
    yield chunk


def _tokens(row: Row, answers: bool) -> Iterator[Token]:
    plain, small = font(TEXT), font(SMALL, italic=True)
    for piece in row.pieces:
        if isinstance(piece, Number):
            blank = not (answers or piece.given)
            face = font(TEXT, bold=piece.result)
            width = (RESULT if piece.result else BLANK) if blank else width_of(piece.text, face)
            yield Token(piece.text, face, width, piece, blank)
            continue
        for text in pieces(piece):
            yield Token(text, plain, width_of(text, plain))
    for k, text in enumerate(pieces(" ".join(row.note.split()))):
        text = "   " * (k == 0) + text
        yield Token(text, small, width_of(text, small))


class Numbers(Block):
    """Given quantities beside each other: symbol = (numbers), a matrix in its rows."""

    holds = False

    def __init__(self, given: list[Given], room: float) -> None:
        self.given = given
        self.width = sum(given_width(each) for each in given) + GAP * (len(given) - 1)
        self.scale = min(1.0, room / self.width)  # one matrix may be wider than a column
        self.height = (max(_matrix_height(each) for each in given) + 6.0) * self.scale

    def draw(self, painter: QPainter, x: float, y: float) -> None:
        painter.save()
        painter.translate(x, y)
        painter.scale(self.scale, self.scale)
        x, middle = 0.0, self.height / self.scale / 2
        for each in self.given:
            _draw_given(painter, each, x, middle)
            x += given_width(each) + GAP
        painter.restore()


def _matrix_height(given: Given) -> float:
    return 16.0 * len(given.numbers)


def _columns(given: Given) -> list[float]:
    face = font(TEXT)
    return [max(width_of(figure(float(v)), face) for v in column) for column in given.numbers.T]


def _symbol(given: Given) -> str:
    return f"{given.symbol} = "


def given_width(given: Given) -> float:
    """px that a given quantity needs on its line."""
    columns = _columns(given)
    return width_of(_symbol(given), font(TEXT, bold=True)) + sum(columns) + 12.0 * (len(columns) - 1) + 14.0


def _draw_given(painter: QPainter, given: Given, x: float, middle: float) -> None:
    bold, plain = font(TEXT, bold=True), font(TEXT)
    metrics = QFontMetricsF(plain)
    base = (metrics.ascent() - metrics.descent()) / 2
    painter.setPen(QColor(LIGHT.ink))
    painter.setFont(bold)
    painter.drawText(QPointF(x, middle + base), _symbol(given))
    x += width_of(_symbol(given), bold)
    columns, height = _columns(given), _matrix_height(given)
    right = x + sum(columns) + 12.0 * (len(columns) - 1) + 10.0
    painter.setPen(QPen(QColor(LIGHT.ink), 0.9))
    for edge, inner in ((x + 1, 3.5), (right, -3.5)):  # square brackets
        painter.drawPolyline(
            [
                QPointF(edge + inner, middle - height / 2),
                QPointF(edge, middle - height / 2),
                QPointF(edge, middle + height / 2),
                QPointF(edge + inner, middle + height / 2),
            ]
        )
    painter.setFont(plain)
    for r, numbers in enumerate(given.numbers):
        at = x + 5.0
        line = middle - height / 2 + 16.0 * (r + 0.5) + base
        for value, width in zip(numbers, columns, strict=True):
            text = figure(float(value))
            painter.drawText(QPointF(at + width - width_of(text, plain), line), text)
            at += width + 12.0
