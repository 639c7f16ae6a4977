"""Cells of a matrix that are painted."""

from __future__ import annotations

from explorer.items.plots.painted_cells import PaintedCells
from explorer.panels.lesson.answers.base import Answers
from explorer.session.lessons.page import worded
from explorer.widgets.labels import text_label


class Paint(Answers):
    """An empty matrix; after the answer the true one under what was painted."""

    def build(self) -> None:
        self.cells = PaintedCells()
        self.cells.set_theme(self.session.theme)
        self.cells.setAccessibleName(worded(self.ask.text))
        self.column.addWidget(self.cells)
        self.done = self.press(self.tr("This is where it lies"), self.send)
        self.done.setEnabled(False)
        self.cells.changed.connect(lambda: self.done.setEnabled(bool(self.cells.painted)))
        self.hint = text_label("muted", self.tr("Paint with the mouse, or with the arrow keys and Space."))
        self.row(self.done, self.hint)
        self.session.lesson.question.cells(self._set_cells)

    def _set_cells(self, shape: tuple[int, int]) -> None:
        matrix = self.ask.matrix
        assert matrix is not None
        self.cells.set_cells(*shape, worded(matrix.down), worded(matrix.across))
        if self.session.lesson.question.answered is not None:  # the step was gone back to
            self.show_truth()

    def send(self) -> None:
        self.session.lesson.question.answer_painting(frozenset(self.cells.painted), self.sure.isChecked())

    def show_truth(self) -> None:
        for widget in (self.done, self.hint, self.sure):
            widget.hide()
        answered = self.session.lesson.question.answered
        if answered is not None and answered.painted is not None:
            self.cells.show_truth(answered.painted.cells, answered.painted.truth)
