"""What a question is answered with: ANSWERS has a widget for each kind of question."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QEvent, QLocale, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPushButton, QVBoxLayout, QWidget

from core.lessons.format import Ask
from core.maths.arrays import Array
from explorer.items.plots.drawn_curve import DrawnCurve
from explorer.panels.lesson.hands import HandsButton
from explorer.session.session import Session
from explorer.style.theme import PROJECTOR
from explorer.widgets.flow import FlowLayout
from explorer.widgets.keys import TAKES_ITS_KEYS
from explorer.widgets.labels import text_label

BEYOND = 0.15  # of a curve's range, so much more of the axis above and below


class Answers(QWidget):
    """Base of all. `sure`: ticked by who is."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.column = session, QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(6)
        self.sure = QCheckBox(self.tr("I am sure"), self)
        self.sure.hide()
        self.build()

    def build(self) -> None:
        """Makes what the question of the page on show is answered with."""
        raise NotImplementedError

    def send(self) -> None:
        """Gives the answer to the lesson."""
        raise NotImplementedError

    def show_truth(self) -> None:
        """The question is answered: the right one is seen beside the person's."""

    @property
    def ask(self) -> Ask:
        """The question of the page on show."""
        page = self.session.lesson.page
        assert page is not None and page.ask is not None
        return page.ask

    def row(self, *widgets: QWidget, sure: bool = True) -> None:
        """Widgets beside each other, as far as there is room; with the box for who is sure where the question asks for
        that."""
        line = FlowLayout()
        for widget in widgets:
            line.addWidget(widget)
        if sure and self.ask.confidence:
            line.addWidget(self.sure)
            self.sure.show()
        self.column.addLayout(line)

    def press(self, text: str, do: Callable[[], object]) -> QPushButton:
        made = QPushButton(text)
        made.setAccessibleName(text)
        made.clicked.connect(lambda _=False: do())
        return made


class Choice(Answers):
    """One of several options, at a press; of several right ones each is marked, then they are sent."""

    def build(self) -> None:
        page = self.session.lesson.page
        assert page is not None
        if self.session.theme.name == PROJECTOR.name:
            self._ask_the_hall(page.options)
            return
        self.buttons = [self.press(f"{k} · {text}", lambda k=k: self._on(k - 1))
                        for k, text in enumerate(page.options, start=1)]  # fmt: skip
        for button in self.buttons:
            button.setCheckable(self.ask.several)
        self.row(*self.buttons, sure=not self.ask.several)
        if self.ask.several:
            self.row(self.press(self.tr("These"), self.send))

    def _ask_the_hall(self, options: Sequence[str]) -> None:
        """Hands are counted, by a press or a digit each; the lecturer reveals."""
        self.buttons = []
        for k, text in enumerate(options):
            button = HandsButton(f"{k + 1} · {text}", self.session.theme)
            button.clicked.connect(lambda _=False, k=k: self._on_hand(k))
            self.buttons.append(button)
        self.row(*self.buttons, sure=False)
        self._show_hands()

    def _on_hand(self, k: int) -> None:
        hands = self.session.lesson.question.hands
        hands[k] = hands.get(k, 0) + 1
        self._show_hands()

    def _show_hands(self) -> None:
        hands = self.session.lesson.question.hands
        for k, button in enumerate(self.buttons):
            if isinstance(button, HandsButton):
                button.set_hands(hands.get(k, 0), sum(hands.values()))

    def _on(self, k: int) -> None:
        if not self.ask.several:
            self.session.lesson.question.answer_choice([k], self.sure.isChecked())

    def send(self) -> None:
        chosen = [k for k, button in enumerate(self.buttons) if button.isChecked()]
        if chosen:
            self.session.lesson.question.answer_choice(chosen, self.sure.isChecked())

    def show_truth(self) -> None:
        for button, option in zip(self.buttons, self.ask.options, strict=True):
            button.setEnabled(option.right)  # the wrong ones step back
            if option.right and not button.text().startswith("✓"):
                button.setText(f"✓ {button.text()}")
        self.sure.hide()


class NumberField(QLineEdit):
    """Enter answers; Esc clears what stands in it, and means the window's own only when it is empty."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty(TAKES_ITS_KEYS, True)

    def event(self, event: QEvent) -> bool:
        clears = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape and self.text()
        if clears and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if clears and event.type() == QEvent.Type.KeyPress:
            self.clear()
            return True
        return super().event(event)


class Number(Answers):
    """A typed number with its unit."""

    def build(self) -> None:
        self.field = NumberField()
        self.field.setMaximumWidth(130)
        self.field.setAccessibleName(self.ask.text.en)
        self.field.returnPressed.connect(self.send)
        self.wrong = text_label("error")
        self.row(self.field, text_label("muted", self.ask.unit), self.press(self.tr("Answer"), self.send), self.wrong)

    def send(self) -> None:
        text = self.field.text().strip().replace("−", "-").replace(",", ".")
        value, read = QLocale.c().toDouble(text)
        if not read or not math.isfinite(value):
            self.wrong.setText(self.tr("Type a number, such as 0.25, -3 or 1e-6."))
            return
        self.wrong.setText("")
        self.session.lesson.question.answer_number(value, self.sure.isChecked())

    def show_truth(self) -> None:
        self.hide()  # the answer has both numbers


class Click(Answers):
    """A place in the picture, which the window's own click selects."""

    def build(self) -> None:
        self.row(text_label("muted", self.tr("Click the node in the picture.")))
        question = self.session.lesson.question
        self.sure.toggled.connect(lambda on: setattr(question, "sure", on))  # read when the picture is clicked

    def send(self) -> None:
        """The selection answers by itself."""

    def show_truth(self) -> None:
        self.hide()


class Draw(Answers):
    """A curve over an empty axis."""

    def build(self) -> None:
        self.curve = DrawnCurve()
        self.curve.set_theme(self.session.theme)
        self.curve.setAccessibleName(self.ask.text.en)
        self.column.addWidget(self.curve)
        self.done = self.press(self.tr("This is my curve"), self.send)
        self.done.setEnabled(False)
        self.curve.changed.connect(self._on_drawn)
        self.hint = text_label("muted", self.tr("Draw with the mouse, or with the arrow keys."))
        self.row(self.done, self.hint)
        self._truth: Array = np.zeros(0)
        self.session.lesson.question.curve(self._set_axis)

    def _set_axis(self, found: tuple[Array, Array]) -> None:
        places, self._truth = found
        decades = self.ask.curve is not None and self.ask.curve.decades
        self.curve.set_axis([float(each) for each in places], *_axis(self._truth, decades), decades)

    def _on_drawn(self) -> None:
        self.done.setEnabled(2 * len(self.curve.drawn) >= len(self.curve.places))

    def send(self) -> None:
        self.session.lesson.question.answer_curve(self.curve.values(), self.sure.isChecked())

    def show_truth(self) -> None:
        self.done.hide()
        self.hint.hide()
        self.sure.hide()
        self.curve.show_truth([float(each) for each in self._truth])


def _axis(truth: Array, decades: bool) -> tuple[float, float]:
    """The ends of an axis that does not give the curve away: whole decades, or round numbers, with room on both
    sides."""
    finite = truth[np.isfinite(truth)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if decades:
        low, high = min(low, high - 1.0, 0.0), max(high, 0.0)
        return math.floor(low * (1.0 + BEYOND)) - 1.0, math.ceil(high) + 1.0
    low, high = min(low, 0.0), max(high, 0.0)
    size = max(high - low, 1e-12)
    unit = 10.0 ** math.floor(math.log10(size))
    return math.floor(low / unit - BEYOND) * unit, math.ceil(high / unit + BEYOND) * unit


ANSWERS: dict[str, type[Answers]] = {"choice": Choice, "number": Number, "click": Click, "draw": Draw}
