"""A square matrix, typed cell by cell or pasted from a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from explorer.style.numbers import parse
from explorer.style.pasted import cells_of

LARGEST = 16  # rows
LARGEST_ENTRY = 1e6  # what an experiment allows
_EXACT = Qt.ItemDataRole.UserRole


class MatrixDialog(QDialog):
    """Edits an H × H matrix, H ≤ 16. `matrix()` is what was typed, row by row."""

    def __init__(self, matrix: Sequence[Sequence[float]], parent: QWidget | None = None, symbol: str = "W") -> None:
        super().__init__(parent)
        self.symbol = symbol
        self.setWindowTitle(self.tr("Recurrent matrix {w}").format(w=symbol))
        self.size_box = QSpinBox()
        self.size_box.setRange(1, LARGEST)
        self.size_box.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.size_box.setAccessibleName(self.tr("Hidden units H"))
        self.size_box.setToolTip(
            self.tr("{w} has as many rows and columns as there are hidden units.").format(w=symbol)
        )
        self.size_box.valueChanged.connect(self._on_resized)
        self.table = _Table(self)
        self.table.itemChanged.connect(self._on_changed)
        paste = QPushButton(self.tr("Paste"))
        paste.setToolTip(self.tr("Take the cells of a spreadsheet, or a Python list, [[1, 2], [3, 4]]."))
        paste.setAutoDefault(False)
        paste.clicked.connect(self.paste)
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setText(self.tr("Use this {w}").format(w=symbol))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        top = QHBoxLayout()
        top.addWidget(QLabel(self.tr("Hidden units H")))
        top.addWidget(self.size_box)
        top.addStretch(1)
        top.addWidget(paste)
        column = QVBoxLayout(self)
        column.addLayout(top)
        column.addWidget(self.table, 1)
        column.addWidget(self.message)
        column.addWidget(self.buttons)
        self._set(matrix)
        self.resize(min(160 + 74 * len(matrix), 900), min(210 + 34 * len(matrix), 640))

    def matrix(self) -> tuple[tuple[float, ...], ...]:
        """The typed numbers. Raises ValueError with one sentence where a cell holds none."""
        n = self.table.rowCount()
        return tuple(tuple(_value(self.table.item(i, j), i, j) for j in range(n)) for i in range(n))

    def paste(self) -> None:
        """Takes the clipboard's cells: a square block becomes the matrix, any other goes where the cursor is."""
        try:
            rows = cells_of(QGuiApplication.clipboard().text(), LARGEST)
        except ValueError as error:
            self._say(str(error), error=True)
            return
        row, column = max(self.table.currentRow(), 0), max(self.table.currentColumn(), 0)
        if len(rows) == len(rows[0]) and (len(rows) == self.table.rowCount() or (row, column) == (0, 0)):
            self._set(rows)
            return
        with QSignalBlocker(self.table):
            for i, line in enumerate(rows[: self.table.rowCount() - row], start=row):
                for j, value in enumerate(line[: self.table.columnCount() - column], start=column):
                    self.table.setItem(i, j, _item(value))
        self._check()

    def _set(self, matrix: Sequence[Sequence[float]]) -> None:
        n = len(matrix)
        with QSignalBlocker(self.size_box), QSignalBlocker(self.table):
            self.size_box.setValue(n)
            self._shape(n)
            for i, line in enumerate(matrix):
                for j, value in enumerate(line):
                    self.table.setItem(i, j, _item(value))
        self._check()

    def _shape(self, n: int) -> None:
        self.table.setRowCount(n)
        self.table.setColumnCount(n)
        names = [str(k + 1) for k in range(n)]
        self.table.setHorizontalHeaderLabels(names)
        self.table.setVerticalHeaderLabels(names)

    def _on_resized(self, n: int) -> None:
        with QSignalBlocker(self.table):
            self._shape(n)
            for i in range(n):
                for j in range(n):
                    if self.table.item(i, j) is None:
                        self.table.setItem(i, j, _item(0.0))
        self._check()

    def _on_changed(self, item: QTableWidgetItem) -> None:
        with QSignalBlocker(self.table):
            try:
                item.setData(_EXACT, parse(item.text()))
            except ValueError:
                item.setData(_EXACT, None)
        self._check()

    def _check(self) -> None:
        ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        try:
            self.matrix()
        except ValueError as error:
            self._say(str(error), error=True)
            ok.setEnabled(False)
            return
        self._say(self.tr("Row i, column j: from unit i of s at t − 1 to unit j of h at t."), error=False)
        ok.setEnabled(True)

    def _say(self, text: str, error: bool) -> None:
        self.message.setProperty("role", "error" if error else "small")
        self.message.style().unpolish(self.message)
        self.message.style().polish(self.message)
        self.message.setText(text)


class _Table(QTableWidget):
    def __init__(self, dialog: MatrixDialog) -> None:
        super().__init__()
        self._dialog = dialog
        self.setAccessibleName(dialog.tr("Entries of {w}").format(w=dialog.symbol))
        self.horizontalHeader().setDefaultSectionSize(74)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setMinimumSectionSize(58)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            self._dialog.paste()
        else:
            super().keyPressEvent(event)


def _item(value: float) -> QTableWidgetItem:
    item = QTableWidgetItem(f"{value:.4g}".replace("-", "−"))
    item.setData(_EXACT, float(value))
    item.setToolTip(f"{value:.15g}")
    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return item


def _value(item: QTableWidgetItem | None, i: int, j: int) -> float:
    value = None if item is None else item.data(_EXACT)
    if value is None or not abs(value) <= LARGEST_ENTRY:
        said = QCoreApplication.translate("MatrixDialog", "Row {i}, column {j}: type a number between −10⁶ and 10⁶.")
        raise ValueError(said.format(i=i + 1, j=j + 1))
    return float(value)
