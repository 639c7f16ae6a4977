"""What the colours of the chain mean, in one line below it: as much of it as there is room for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from core.chain.rows import FED_ROW, INPUT_ROW
from explorer.items.chain.scene import ChainScene
from explorer.items.signs import MINUS, NAN, PLUS, UNDERFLOW, ZERO, draw_signs
from explorer.session.session import Session
from explorer.style.colours import legend
from explorer.style.decades import LOW
from explorer.style.numbers import power, superscript
from explorer.style.theme import Theme
from explorer.words import translator

STRIPS = (70, 56, 40)  # px of a colour map, with the words from the longest to the shortest
_GAP, _BETWEEN, _HEIGHT, _FIELD = 7.0, 18.0, 10.0, 14.0  # px

_tr = translator("chain")


@dataclass(frozen=True)
class MapEntry:
    """A colour map with what it is of and the numbers at its ends."""

    kind: str
    title: str
    span: str
    strip: int


@dataclass(frozen=True)
class SignEntry:
    """A field that is no ordinary number, and its sign."""

    sign: int
    colour: str
    text: str


class ChainLegend:
    """The legend of one scene, in `room` px."""

    def __init__(
        self,
        session: Session,
        scene: ChainScene,
        font: QFont,
        room: float,
        lacking: bool = False,
        others: tuple[ChainScene, ...] = (),
    ) -> None:
        """`lacking`: digits are asked for, and some nodes have no room for them. `others`: it is theirs as well."""
        self._session, self._scene, self._font = session, scene, font
        self._all = (scene, *others)
        self._metrics = QFontMetricsF(font)
        before = _tr("lower edge of a strip: before the edit")
        self.maps, self.signs = self._fitting(room - (self._advance(before) + _BETWEEN) * scene.edited)
        rest = room - self._taken(self.maps, self.signs) - _BETWEEN
        narrow = _tr("where digits have no room, zoom in (wheel)")
        inside = _tr("a double click opens a cell, with the rows that have no room here")
        hidden = len(scene.names) > len(scene.rows)
        under = _tr("under a token: ‖∂L/∂x‖")
        notes = [before] * scene.edited + [narrow] * lacking + [inside] * hidden
        notes += [under] * (scene.rows[0].tokens is not None)
        self.note = next((note for note in notes if self._advance(note) <= rest), "")

    def _advance(self, text: str) -> float:
        return self._metrics.horizontalAdvance(text)

    def _width(self, entry: MapEntry) -> float:
        return self._advance(entry.title) + _GAP + entry.strip + _GAP + self._advance(entry.span)

    def _taken(self, maps: list[MapEntry], signs: list[SignEntry]) -> float:
        """px of all entries with what lies between them."""
        widths = [self._width(entry) for entry in maps]
        widths += [_FIELD + _GAP + self._advance(entry.text) for entry in signs]
        return sum(widths) + _BETWEEN * max(len(widths) - 1, 0)

    def _fitting(self, room: float) -> tuple[list[MapEntry], list[SignEntry]]:
        """With the longest words that fit; with the shortest as many entries as fit, signs the last."""
        maps, signs = self._maps(0), self._signs()
        for level in range(1, len(STRIPS)):
            if self._taken(maps, signs) > room:
                maps = self._maps(level)
        while maps and self._taken(maps, signs) > room:
            (signs or maps).pop()
        return maps, signs

    def _maps(self, level: int) -> list[MapEntry]:
        scene, strip = self._scene, STRIPS[level]
        inputs, values = [row for row in scene.rows if row.name in (INPUT_ROW, FED_ROW)], scene.rows[-1]
        own = (_tr("by the data alone"), _tr("own scale"), _tr("own scale"))[level]
        beyond = any(each.beyond for each in self._all)
        found = [
            ("value", ", ".join(row.lines[0] for row in inputs), _with(_span(inputs[0].limit, False, level), own)),
            ("value", _tr("difference") if scene.compared else _tr("value"), _span(values.limit, beyond, level)),
        ]
        if any("gate" in row.kinds for each in self._all for row in each.rows):
            found.append(("level", _tr("gate"), "0 … 1"))
        low, high = _decade(LOW), _decade(scene.high)
        span = f"{low} … {high}" if level else f"≤ {low} … ≥ {high}"
        gradient = _tr("|difference of gradients|") if scene.compared else _tr("|gradient|")
        found.append(("gradient", gradient, _with(span, self._scale(level))))
        return [MapEntry(kind, title, text, strip) for kind, title, text in found]

    def _scale(self, level: int) -> str:
        """How gradients are scaled, and that edges have the same ink."""
        if self._session.view.normalise:
            return (_tr("each row by its own largest; edges absolute"), _tr("each row by its largest"), _tr("by row"))[
                level
            ]
        return (_tr("nodes and edges; + and − are signs"), _tr("edges too"), "")[level]

    def _signs(self) -> list[SignEntry]:
        theme = self._session.theme
        found = (
            (lambda each: each.has_zero, SignEntry(ZERO, theme.zero, _tr("exactly 0"))),
            (lambda each: each.has_underflow, SignEntry(UNDERFLOW, theme.underflow, _tr("underflow"))),
            (lambda each: each.has_infinite(1.0), SignEntry(PLUS, theme.plus_inf, "+∞")),
            (lambda each: each.has_infinite(-1.0), SignEntry(MINUS, theme.minus_inf, "−∞")),
            (lambda each: each.has_nan, SignEntry(NAN, theme.nan, _tr("not a number"))),
        )
        return [entry for there, entry in found if any(map(there, self._all))]

    def draw(self, painter: QPainter, x: float, y: float, height: float) -> None:
        """From a point on, in a line of a height."""
        theme = self._session.theme
        painter.setFont(self._font)
        for entry in self.maps:
            x = self._text(painter, entry.title, x, y, height, theme) + _GAP
            strip = QRectF(x, y + (height - _HEIGHT) / 2, entry.strip, _HEIGHT)
            painter.drawImage(strip, legend(entry.kind, entry.strip, theme))
            x = self._text(painter, entry.span, x + entry.strip + _GAP, y, height, theme) + _BETWEEN
        for entry in self.signs:
            field = QRectF(x, y + (height - _HEIGHT) / 2, _FIELD, _HEIGHT)
            painter.fillRect(field, QColor(entry.colour))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.node_outline), 1.0))
            painter.drawRect(field)
            packed = np.array([[QColor(entry.colour).rgb()]], dtype=np.uint32)
            draw_signs(painter, field, np.array([[entry.sign]], dtype=np.int8), packed, theme)
            x = self._text(painter, entry.text, x + _FIELD + _GAP, y, height, theme) + _BETWEEN
        self._text(painter, self.note, x, y, height, theme)

    def _text(self, painter: QPainter, text: str, x: float, y: float, height: float, theme: Theme) -> float:
        """px of its right end."""
        painter.setPen(QColor(theme.muted))
        wide = self._advance(text)
        painter.drawText(QRectF(x, y, wide + 2, height), Qt.AlignmentFlag.AlignVCenter, text)
        return x + wide


def _with(span: str, note: str) -> str:
    return f"{span}, {note}" if note else span


def _span(limit: float, beyond: bool, level: int) -> str:
    largest = f"{limit:g}" if limit < 1e4 else power(limit, 2)
    if level:
        return f"±{largest}"
    return f"≤ −{largest} … ≥ +{largest}" if beyond else f"−{largest} … +{largest}"


def _decade(exponent: float) -> str:
    return "1" if exponent == 0 else f"10{superscript(int(exponent))}"
