"""How much of the memory at step k reaches step t: ‖∂s_t/∂s_k‖₂ for all k ≤ t, in the columns of the chain; of a memory
beside the state the total derivative, or the partial one with that state fixed. The playhead's t alone, until the whole
map is asked for."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from core.analysis.contributions import no_contributions
from core.chain.rows import key_of
from core.network.attention import WEIGHTS
from core.trace import Trace
from explorer.items.plots.triangle import Triangle
from explorer.panels.columns.column_panel import CellsPanel
from explorer.panels.contributions import words
from explorer.panels.contributions.header import ContributionsHeader
from explorer.panels.contributions.layout import Frame, outline
from explorer.panels.contributions.one_row import OneRow, card_height
from explorer.panels.contributions.scene import Now, before, now_of, rows_done, shown_row, stride_of
from explorer.panels.contributions.whole_map import WholeMap
from explorer.session.session import Change, Selection, Session

_ARROWS = {
    Qt.Key.Key_Up: (1, 0),
    Qt.Key.Key_Down: (-1, 0),
    Qt.Key.Key_BracketLeft: (0, -1),
    Qt.Key.Key_BracketRight: (0, 1),
}
_SIDEWAYS = frozenset((Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight))
LEAST_HEIGHT, WHOLE_HEIGHT, UNLIMITED = 110, 150, 16777215  # px; the last is Qt's QWIDGETSIZE_MAX


class ContributionsPanel(CellsPanel):
    """The row of the playhead's t, with its numbers; its cell k says how much of the memory at k reaches t. Of the
    whole map a row for each t, the last at the top. A row is shown once the forward pass has done its step, since its
    Jacobians are made of that step's values."""

    name = "contributions"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.keys = (
            (self.tr("[ ]"), self.tr("move the readout; on the whole map ↑ ↓, too")),
            (self.tr("Return"), self.tr("select its step")),
        )
        self.header = ContributionsHeader(self.card.header, self)
        self.header.way_chosen.connect(lambda key: self.session.set_view(reach=key))
        self.header.extent_chosen.connect(lambda on: self.session.set_view(whole_map=on))
        self.row, self.map = OneRow(), WholeMap()
        self._drawn = Now(0, 0, False)
        self._known: tuple[Trace, float, Now] | None = None  # `now` as it was asked for last

    # --- what is shown -----------------------------------------------------------------------------------------------
    @property
    def whole(self) -> bool:
        """Whether every t is asked for, and not only the playhead's; presented alone, it has the room."""
        return self.session.view.whole_map or self.presented

    @property
    def triangle(self) -> Triangle | None:
        """Where the map, or its one row, lies; None until it has been painted."""
        return self.map.place if self.whole else self.row.place

    def empty(self, session: Session) -> bool:
        return bool(no_contributions(session.trace))

    def own_steps(self) -> tuple[int, int] | None:
        """Those of the scan that is mapped."""
        return self.session.trace.schedule.lanes[self.session.trace.scan.name][:2]

    def wanted(self, session: Session) -> bool:
        """With attention the matrix of its weights is there in its place."""
        return WEIGHTS not in session.trace.values

    def now(self) -> Now:
        """Once for each place of the playhead: it is asked for several times a frame."""
        trace, position, known = self.session.trace, self.session.position, self._known
        if known is None or known[0] is not trace or known[1] != position:
            known = self._known = trace, position, now_of(self.session)
        return known[2]

    def refresh(self, flags: Change) -> None:
        if not flags & (Change.RUN | Change.CONTRIBUTIONS | Change.THEME | Change.VIEW):
            return
        found = self.session.contributions
        self.header.refresh(self.session, stride_of(found), self.whole, self.presented)
        self.canvas.setAccessibleName(words.title(self.session))
        if found is None or (self._at is not None and self._at[0] >= len(found.rows)):
            self._at = None
        self._fit_height()
        self.resized()
        self._at = self._followed(self._at)
        self.canvas.setAccessibleDescription(self._description())

    def show_time(self, position: float) -> None:
        if self.now() != self._drawn:
            self._at = self._followed(self._at)
            if not self.whole:
                self.canvas.setAccessibleDescription(self._description())
        super().show_time(position)

    def _shown_row(self) -> int:
        return shown_row(self.session.contributions, self.now())

    def _followed(self, at: tuple[int, int] | None) -> tuple[int, int] | None:
        """A cell that is read off, in the row that is shown now; None where that has no such cell."""
        found = self.session.contributions
        if at is None or found is None or self.whole:
            return at
        row = self._shown_row()
        return (row, at[1]) if row >= 0 and at[1] <= found.rows[row] else None

    def _description(self) -> str:
        found = self.session.contributions
        if found is None:
            return words.absence(self.session)
        return words.description(self.session, found, len(found.rows) - 1 if self.whole else max(self._shown_row(), 0))

    # --- room --------------------------------------------------------------------------------------------------------
    def _fit_height(self) -> None:
        """One row needs no more than its own height: what it leaves goes to the other pictures."""
        needed = card_height(self.small_font())
        self.setMinimumHeight(WHOLE_HEIGHT if self.whole else min(needed, LEAST_HEIGHT))
        self.setMaximumHeight(UNLIMITED if self.whole else needed)

    def forget_picture(self) -> None:
        self.map.forget()

    def fit_header(self) -> None:
        self.header.fit(self.card.width(), self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # The type first: a card that is being destroyed still gets events, and the panel has no attributes any more.
        if event.type() == QEvent.Type.LayoutRequest and watched is self.card and self.session is not None:
            self.fit_header()  # something in it has another width: the style sheet has come, or other words
        return super().eventFilter(watched, event)

    # --- painting ----------------------------------------------------------------------------------------------------
    def paint(self, painter: QPainter) -> None:
        self._drawn = now = self.now()
        self.draw_playhead(painter)
        session, found = self.session, self.session.contributions
        if found is None:
            self.draw_absence(painter, words.absence(session))
            return
        steps, first = session.trace.steps, before(session)
        frame = Frame(session.columns, steps, first, self.plot, self.picture_size(), self.small_font(), session.theme)
        if self.whole:
            place = self.map.paint(painter, frame, found, now, self.ratio())
        else:
            place = self.row.paint(painter, frame, found, self._shown_row())
        if self._at is not None and place is not None:
            index, k = self._at
            cell = place.cell(index if self.whole else 0, k)
            outline(painter, cell, session.theme.ink, 1.6)
            at = QPointF(cell.center().x() + min(cell.width() / 2, 20), cell.center().y())
            self.draw_readout(painter, at, "", [(*words.readout(session, index, k), session.theme.ink)])

    def readout(self) -> str:
        """ "‖∂s₁₂/∂s₃‖ = 2.1·10⁻⁵" of the cell that is read off, "" where there is none."""
        if self._at is None or self.session.contributions is None:
            return ""
        return " = ".join(words.readout(self.session, *self._at))

    # --- mouse and keys ----------------------------------------------------------------------------------------------
    def _hit(self, place: QPointF | None) -> tuple[int, int] | None:
        """The visible cell under a point."""
        triangle = self.triangle
        if place is None or triangle is None or self.session.contributions is None:
            return None
        hit = triangle.hit(place)
        if hit is None or not self.whole:
            return hit and (self._shown_row(), hit[1])
        return hit if triangle.rows[hit[0]] <= self._drawn[1] else None

    def _select(self, index: int, k: int) -> None:
        """Selects step k, and how much of it reaches the step of that row."""
        name, trace, found = words.memory_of(self.session), self.session.trace, self.session.contributions
        row = next((row.name for row in trace.scan.cell.rows if name in row.shown), None)
        if row is not None and found is not None:
            at = int(found.rows[index])
            self.session.select(Selection(row + key_of(trace, trace.scan), k, record=name, reaches=at))

    def own_keys(self) -> frozenset[Qt.Key]:
        if self.session.contributions is None:
            return frozenset()
        with_cell = () if self._at is None else (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
        return frozenset((*(_ARROWS if self.whole else _SIDEWAYS), *with_cell))

    def key(self, key: Qt.Key) -> bool:
        if key not in self.own_keys():
            return False
        if key == Qt.Key.Key_Escape:
            self._at = None
        elif key not in _ARROWS and self._at is not None:
            self._select(*self._at)
        else:
            self._move(*_ARROWS[key])
        self.canvas.update()
        return True

    def _move(self, up: int, right: int) -> None:
        """To the next cell; from none to the first of the last row in sight."""
        found, first = self.session.contributions, before(self.session) + 1
        if found is None:
            return
        shown = rows_done(found, self.now()) if self.whole else self._shown_row() + 1
        if not shown:
            return
        if self._at is None:
            self._at = (shown - 1, first)
        else:
            index = min(max(self._at[0] + up, 0), shown - 1)
            self._at = (index, min(max(self._at[1] + right, first), int(found.rows[index])))
        self.session.columns.reveal(self._at[1])
