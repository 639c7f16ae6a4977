"""A second cell beside the open one: the same step of a pinned run, both on one scale."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from core.timeline.moment import Moment
from explorer.items.cell.diagram import CellDiagram
from explorer.items.cell.scene import CellStep, Progress
from explorer.panels.cell.scene import OpenCell, cell_of_pin, on_one_scale, tr
from explorer.session.session import Pin, Session
from explorer.style.numbers import power
from explorer.style.theme import Theme
from explorer.widgets.labels import text_label
from explorer.words import in_language

WIDE, HIGH = 440, 230  # px that a diagram needs so that its words stand apart, and that two above each other need


class Beside(QWidget):
    """The open cell's diagram and, where one is chosen, that of a pinned run, with a name above each. `number`: the
    run's; None for none."""

    def __init__(self, diagram: CellDiagram, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number: int | None = None
        self.other: OpenCell | None = None
        self.diagram = CellDiagram(self)
        self.names = text_label("status"), text_label("status")
        row = self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        for name, picture in zip(self.names, (diagram, self.diagram), strict=True):
            name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            column = QVBoxLayout()
            column.setSpacing(2)
            column.addWidget(name)
            column.addWidget(picture, 1)
            row.addLayout(column, 1)
        self._pin: Pin | None = None
        self._otherwise = ""  # what the pinned run has otherwise than this one
        self._t = 0
        self._texts: tuple[tuple[str, ...], ...] = ((), ())
        self._arrange()

    @property
    def fits(self) -> bool:
        """Whether there is room for two diagrams, beside each other or one above the other."""
        wide, high = self.width() / self.diagram.zoom, self.height() / self.diagram.zoom
        return wide >= 2 * WIDE or (wide >= WIDE and high >= 2 * HIGH)

    def _arrange(self) -> None:
        """Both where there is room, else a sentence that says what makes some."""
        on = self.other is not None
        beside = self.width() / self.diagram.zoom >= 2 * WIDE
        way = QBoxLayout.Direction
        self._row.setDirection(way.LeftToRight if beside or not self.fits else way.TopToBottom)
        self._row.setStretch(1, int(on and self.fits))
        self.names[0].setVisible(on)
        for widget in (self.names[1], self.diagram):
            widget.setVisible(on and self.fits)
        self._write()

    def _write(self) -> None:
        """The longest texts that there is room for."""
        if self.other is not None and not self.fits:
            full = tr("No room for the pinned run’s cell beside this one: present it (F5), or close the docks "
                      "(Ctrl+1, Ctrl+2).")  # fmt: skip
            _longest(self.names[0], (full, tr("No room for a second cell: F5 presents both.")), self.width())
            return
        room = self.width() // 2 - 10 if self._row.direction() == QBoxLayout.Direction.LeftToRight else self.width()
        for label, texts in zip(self.names, self._texts, strict=True):
            _longest(label, texts, room)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def choose_next(self, session: Session) -> str:
        """The next pinned run, after the last none; why there is none, where nothing is pinned."""
        numbers = [pin.number for pin in session.pins]
        if not numbers:
            return tr("Pin a run first (P, or C for the four cells): its cell is shown beside this one.")
        at = numbers.index(self.number) if self.number in numbers else -1
        self.number = numbers[at + 1] if at + 1 < len(numbers) else None
        return ""

    def open(self, session: Session, opened: OpenCell) -> OpenCell:
        """Looks the chosen run up, and returns the open cell on the scale that both have."""
        self._pin = next((pin for pin in session.pins if pin.number == self.number), None)
        self.other, self._t = None, 0
        if self._pin is None:
            self.number = None
        else:
            cell = cell_of_pin(session, self._pin)
            self._otherwise = session.pinned.words(self._pin)
            if cell is not None:
                opened, self.other = on_one_scale(opened, cell)
        self._arrange()
        return opened

    def show_time(self, opened: OpenCell, step: CellStep | None, now: Moment, progress: Progress, theme: Theme) -> None:
        """The same step of the other run as far as it is done here; its last where it is shorter."""
        cell = self.other
        if cell is None or self._pin is None or step is None:
            return
        t = min(now.t, cell.steps)
        if t != self._t:
            self._t = t
            self.diagram.show_step(cell.step(t), theme)
        done = cell.progress(now._replace(t=t))
        self.diagram.show_progress(done)
        here = _gradient(opened, now.t, step, progress)
        there = _gradient(cell, t, self.diagram.step, done) if self.diagram.step is not None else ""
        number = self._pin.number + 1
        names = (
            tr("{cell}, this run").format(cell=in_language(opened.scan.cell.title)),
            tr("pinned {n}").format(n=number),
        )
        step_of = tr("step {t}").format(t=t) + there
        whole = f"{names[1]}, {' '.join(self._pin.label.split())}, {step_of}"
        said = f"{names[1]}, {' '.join(self._pin.label.split())} ({self._otherwise}), {step_of}"
        self._texts = (names[0] + here, tr("this run") + here, here), (said, whole, names[1] + there, there)
        self._write()

    def sentence(self, opened: OpenCell, now: Moment) -> str:
        """Which two cells stand side by side."""
        if self.other is None or self._pin is None or not self.fits:
            return ""
        text = tr("First {cell} of this run, then {other} of the pinned run {run}, both at step {t}, on one scale.")
        if now.t > self.other.steps:
            text = tr("First {cell} of this run at step {t}, then {other} of the pinned run {run}, which ends at "
                      "step {last}, on one scale.")  # fmt: skip
        return text.format(
            cell=in_language(opened.scan.cell.title), other=in_language(self.other.scan.cell.title),
            run=self._pin.label, t=now.t, last=self.other.steps,
        )  # fmt: skip


def _gradient(cell: OpenCell, t: int, step: CellStep, progress: Progress) -> str:
    """ ": ‖∂L/∂c₆‖ = 2.1·10⁻³" of the memory, once the backward pass has it."""
    memory = cell.scan.cell.memory
    if memory not in progress.gradients:
        return ""
    return f": ‖{cell.text.at(cell.text.gradient(memory), t)}‖ = {power(step.gradient_norm(memory))}"


def _longest(label: QLabel, texts: tuple[str, ...], room: int) -> None:
    """The first text that fits into so many px; the whole is its tip."""
    metrics = label.fontMetrics()
    text = next((each for each in texts if metrics.horizontalAdvance(each) <= room), texts[-1] if texts else "")
    if text != label.text():
        label.setText(text)
        label.setToolTip(texts[0] if texts else "")
