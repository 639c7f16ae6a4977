"""A matrix opened at its edge: its numbers, to be changed there, over the picture that follows them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from core.arithmetic.matrices import Matrix, matrix_of, symbol_of
from core.chain.shared import shared_matrices
from core.trace import Trace
from explorer.items.heat.layout import HeatCells
from explorer.items.heat.map import HeatMap
from explorer.panels.numbers.editing import MatrixEditing
from explorer.panels.numbers.view import limit_of
from explorer.panels.numbers.words import entry_text
from explorer.session.session import Session
from explorer.style.numbers import number
from explorer.widgets.labels import text_label
from explorer.widgets.segmented import SegmentedControl
from explorer.words import translator

MARGIN, AWAY = 10, 12  # px within the frame; between it and the edge
LARGEST = 0.8  # of the window's width and height

_tr = translator("chain")


def matrices_of(trace: Trace, source: str, target: str, recurrent: bool) -> tuple[str, ...]:
    """The names of those that the edge between two rows multiplies by, of which a person may change the numbers."""
    names = shared_matrices(trace).get((source, target, recurrent), ())
    known = trace.named_parameters(trace.parameters)
    return tuple(name for name in names if name in known)


class MatrixHere(QFrame):
    """One of the matrices `names` on an edge; it closes by Esc, or by a click beside it. While it is open the run as it
    was is the session's ghost."""

    def __init__(self, session: Session, names: tuple[str, ...], window: QWidget) -> None:
        super().__init__(window)
        self.session, self.names, self.key = session, names, names[0]
        self.setObjectName("matrixHere")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.map = HeatMap()
        self.map.set_theme(session.theme)
        self.matrix: Matrix | None = None
        self.editing = MatrixEditing(self.map, lambda: self.matrix and (session, self.matrix), self)
        self.map.says = self._says
        self.said = text_label("small", _tr("Type, drag or turn the wheel. Esc closes."))
        self.said.setWordWrap(True)
        self.heading = QLabel()
        self.choice = SegmentedControl(tuple((name, self._symbol(name), name) for name in names))
        self.choice.setVisible(len(names) > 1)
        self.choice.currentChanged.connect(lambda _: self.show_matrix(self.choice.current()))
        top = QHBoxLayout()
        top.addWidget(self.heading, 1)
        top.addWidget(self.choice)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(6)
        column.addLayout(top)
        column.addWidget(self.map, 1)
        column.addWidget(self.said)
        self.setStyleSheet(
            f"#matrixHere {{ background: {session.theme.panel}; border: 1px solid {session.theme.focus};"
            " border-radius: 8px; }"
        )
        session.changed.connect(self.refresh)
        session.screen.set_ghost(session.trace)
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]
        self.show_matrix(self.key)

    def _symbol(self, name: str) -> str:
        return symbol_of(self.session.trace, name, self.session.notation)

    # --- what is shown ---
    def show_matrix(self, key: str) -> None:
        """Another of the edge's matrices."""
        self.key = key
        self.refresh()

    def refresh(self, flags: object = None) -> None:
        """The numbers as they are now; it closes where the run has no such matrix any more."""
        trace, view, session = self.session.trace, self.session.view, self.session
        if self.key not in trace.named_parameters(trace.parameters):
            self.close()
            return
        used = view.gradient != "exact"
        self.matrix = one = matrix_of(trace, self.key, view.sample, session.notation, used, session.experiment)
        self.map.set_cells(
            HeatCells(
                one.values, "value", one.rows, one.columns, one.open & ~one.locked, one.open, one.edited, one.locked,
                limit_of(one.values),
            )
        )  # fmt: skip
        text = _tr("{symbol}, the same at every step").format(symbol=self._symbol(self.key))
        self.heading.setText(text)
        self.setAccessibleName(text)
        self.map.setAccessibleName(text)

    def _says(self, row: int, column: int) -> str:
        if self.matrix is None:
            return ""
        entry = entry_text(self.session.trace, self.matrix, (row, column), self.session.notation)
        return f"{entry} = {number(float(self.matrix.values[row, column]))}"

    # --- where it lies ---
    def wanted_size(self) -> QSize:
        """With every number of the matrix, as far as the window has room for them."""
        assert self.matrix is not None
        rows, columns = self.matrix.values.shape
        layout = self.map.layout_of_cells
        names = max(map(layout.head_metrics.horizontalAdvance, self.matrix.rows), default=0.0) + 8
        wide = layout.metrics.horizontalAdvance("−9.9·10⁻⁹" if self._small else "+0.00") + 12
        high = (layout.metrics.height() + 6) * 1.3
        around = self.sizeHint() - self.map.sizeHint()
        inner = QSize(round(names + columns * wide) + 4, round(layout.head_metrics.height() + 4 + rows * high) + 4)
        found = inner + around
        room = self.window().size() * LARGEST
        least = self.choice.sizeHint().width() * (len(self.names) > 1) + self.heading.sizeHint().width() + 3 * MARGIN
        return QSize(max(found.width(), least), found.height()).boundedTo(room)

    @property
    def _small(self) -> bool:
        """Whether some number is written as a power."""
        assert self.matrix is not None
        cells = self.map.cells()
        rows, columns = self.matrix.values.shape
        return cells is not None and any("·" in cells.text(i, k) for i in range(rows) for k in range(columns))

    def open_at(self, edge: QRect) -> None:
        """Beside a place of the window, over the picture and within the window; with the keyboard."""
        size, room = self.wanted_size(), self.window().rect().adjusted(8, 8, -8, -8)
        right = edge.right() + AWAY + size.width() <= room.right()
        x = edge.right() + AWAY if right else edge.left() - AWAY - size.width()
        y = edge.center().y() - size.height() // 2
        x = min(max(x, room.left()), room.right() - size.width())
        y = min(max(y, room.top()), room.bottom() - size.height())
        self.setGeometry(QRect(QPoint(x, y), size))
        self.show()
        self.raise_()
        self.map.setFocus()

    # --- how it closes ---
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A click beside it closes it, and does what it does there as well."""
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent) and self.isVisible():
            own = isinstance(watched, QWidget) and (watched is self or self.isAncestorOf(watched))
            if isinstance(watched, QWidget) and not own:
                self.close()
        return False

    def event(self, event: QEvent) -> bool:
        override = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event) -> None:
        QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
        self.editing.rest()
        self.session.changed.disconnect(self.refresh)
        self.session.screen.set_ghost(None)
        super().closeEvent(event)
        self.deleteLater()
