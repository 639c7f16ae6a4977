"""The pinned runs' chains below that of the run on show, as many as there is room for."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter

from explorer.items.chain.layout import row_gaps, row_weights
from explorer.items.chain.scene import ChainScene
from explorer.panels.chain.layout import ANSWERS, AROUND
from explorer.panels.chain.pinned import PinnedChain, PinnedView
from explorer.panels.chain.scale import common, scale_of
from explorer.panels.chain.step_norms import NORMS_HEIGHT
from explorer.panels.chain.step_numbers import line_height
from explorer.panels.chain.view import ChainView, Shown
from explorer.session.session import Session
from explorer.style.fonts import sized
from explorer.words import counted, in_language, translator

LEAST = 1.3  # heights of the text, of a row with one line: what can still be seen beside others
GAP = 4.0  # px between two chains
LINE = 1.3  # lines of text for the words that some have no room

_tr = translator("chain")


class SideBySide:
    """The pinned chains of one panel. `chains`: those that have room, in the order of the pins."""

    def __init__(self) -> None:
        self._all: list[PinnedChain] = []
        self.chains: list[PinnedChain] = []
        self._rect = QRectF()
        self._bottom = 0.0  # px of the lower edge of the chain on show
        self._font = QFont()

    @property
    def left_out(self) -> int:
        """How many have no room."""
        return len(self._all) - len(self.chains)

    def refresh(self, session: Session) -> Shown:
        """After a change: what the run on show gives the picture, on the scale of all. A chain whose run stays pinned
        is made anew only where it is looked at otherwise, or the scale is another."""
        view = session.view
        pins = session.pins if view.side_by_side and not view.difference else ()
        known = {id(chain.pin.trace): chain for chain in self._all}
        self._all = [known.get(id(pin.trace)) or PinnedChain(pin, session.theme.name) for pin in pins]
        for chain, pin in zip(self._all, pins, strict=True):
            chain.look(session, pin)
        if not self._all:
            self.chains = []
            return Shown.of(session)
        scale = common([scale_of(session), *(chain.scale for chain in self._all if chain.scale is not None)])
        for chain in self._all:
            chain.show(scale)
        return Shown.of(session, scale)

    def arrange(
        self, session: Session, shown: Shown, rect: QRectF, ratio: float, font: QFont, typeset: frozenset[str]
    ) -> QRectF:
        """Divides the panel's picture, rows of all chains equally high, and returns the part of the run on show.
        `ratio`: device px of a px; every chain begins at a whole one, or its edges would be smoothed."""
        if not self._all:
            return rect
        self._rect, self._font = rect, font
        (lines, rows), line, gap = self._parts(session, shown), line_height(session), round(GAP * ratio) / ratio

        def divided(count: int) -> tuple[float, float]:
            """px of the height of all chains, with so many pinned ones, and of a row with one line."""
            high = rect.height() - (LINE * line if count < len(self._all) else 0.0)
            return high, (high - sum(lines[: count + 1]) * line - count * gap) / sum(rows[: count + 1])

        def whole(px: float) -> float:
            return round(px * ratio) / ratio

        counts, least = range(len(self._all), 0, -1), LEAST * session.theme.font_px
        fitting = next((count for count in counts if divided(count)[1] >= least), 0)
        high, unit = divided(fitting)
        self.chains = self._all[:fitting]
        for chain in self._all[fitting:]:
            chain.view = None
        heights = [whole(each * line + n * unit) for each, n in zip(lines, rows, strict=True)][: fitting + 1]
        heights[-1] = high - sum(heights[:-1]) - fitting * gap
        top = heights[0] + gap
        for chain, height in zip(self.chains, heights[1:], strict=True):
            chain.place(session, QRectF(0, top, rect.width(), height), font, typeset)
            top += height + gap
        self._bottom = heights[0]
        return QRectF(0, 0, rect.width(), heights[0])

    def _parts(self, session: Session, shown: Shown) -> tuple[list[float], list[float]]:
        """Of each chain, the lines of text around its rows, and the rows that cannot give way, that on show first."""
        own = AROUND.lines + ANSWERS * bool(shown.answers) + NORMS_HEIGHT * session.view.digits
        lines = [own, *(chain.lines(session) for chain in self._all)]
        return lines, [_rows(shown.whole), *(_rows(chain.whole) for chain in self._all)]

    def least_height(self, session: Session, shown: Shown) -> float:
        """px at which all have room; 0 where there is no pinned chain."""
        if not self._all:
            return 0.0
        lines, rows = self._parts(session, shown)
        high = sum(lines) * line_height(session) + sum(rows) * LEAST * session.theme.font_px
        return high + len(self._all) * GAP + 1.0

    def stand_below(self, own: ChainView) -> None:
        """All chains have a row of the loss, or none has, so that equal rows look equal; and one legend."""
        views = [own, *self.views]
        wanted = all(view.own_spans.has_loss for view in views) or not self.chains
        for view in views:
            view.with_loss = wanted
        own.others = tuple(view.scene for view in self.views)
        if self._all:
            session = own.session
            own.name = session.pinned.own_name(session.pins) or in_language(session.trace.scan.cell.title)

    @property
    def views(self) -> list[PinnedView]:
        """The pictures of the chains that have room."""
        return [chain.view for chain in self.chains if chain.view is not None]

    @property
    def names(self) -> frozenset[str]:
        """The rows' names in them that are formulas."""
        return frozenset[str]().union(*(view.names for view in self.views))

    @property
    def builds(self) -> int:
        """How many pictures have been made; tests count them."""
        return sum(chain.drawing.builds for chain in self._all)

    def show_time(self, session: Session) -> None:
        """The playhead has moved, or the network is folded further."""
        for chain in self._all:
            chain.show_time(session)

    def show_selection(self, session: Session) -> None:
        """Another node is selected."""
        for chain in self._all:
            chain.show_selection(session)

    def at(self, place: QPointF) -> PinnedChain | None:
        """The chain at a place of the panel's picture."""
        return next((each for each in reversed(self.chains) if place.y() >= each.top), None)

    def paint(self, painter: QPainter, session: Session, ratio: float, direct: bool) -> None:
        """Draws them below the chain of the run on show, and says how many have no room."""
        if not self._all:
            return
        theme, below = session.theme, QRectF(self._rect)
        below.setTop(self._bottom)
        painter.fillRect(below, QColor(theme.background))
        for chain in self.chains:
            chain.paint(painter, ratio, direct)
        if self.left_out:
            high = LINE * line_height(session)
            place = QRectF(0, self._rect.bottom() - high, self._rect.width(), high)
            painter.setFont(sized(self._font, theme.small_px))
            painter.setPen(QColor(theme.muted))
            painter.drawText(place.adjusted(14, 0, -4, 0), Qt.AlignmentFlag.AlignVCenter, self.note(session))

    def note(self, session: Session) -> str:
        """How many pinned runs have no room, and what makes some; "" where all have."""
        if not self.left_out:
            return ""
        text = counted("chain", self.left_out, "%n pinned run has no room here", "%n pinned runs have no room here")
        return text if session.screen.presented else f"{text}; {_tr('F5 shows this picture alone, with more of it')}"

    def sentence(self, session: Session) -> str:
        """Which chains stand below this one, for a screen reader; "" for none."""
        if not self._all:
            return ""
        names = ", ".join(" ".join(chain.pin.label.split()) for chain in self.chains)
        text = _tr("below it, in the same columns and on the same scale, the pinned runs {names}").format(names=names)
        return (f"; {text}" if names else "") + ("; " + self.note(session) if self.left_out else "")


def _rows(scene: ChainScene) -> float:
    """The height of the rows that cannot give way, in rows with one line."""
    least = scene.folded(2)
    return sum(row_weights(least)) + sum(row_gaps(least))
