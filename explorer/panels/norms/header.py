"""The controls in the header of the norms panel: which norms, and of how much of the loss."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QToolButton, QWidget

from explorer.widgets.labels import text_label

# lower than the buttons of a toolbar: the header takes its height from the plot
_LOW = """
QToolButton { padding: 1px 7px; } QToolButton:focus { padding: 0px 6px; }
QComboBox { padding: 0px 6px; } QComboBox:focus { padding: 0px 5px; }
"""
_ROOMY = 640  # px
_AROUND = 48  # px of the card's margins and of the gap after its title


class NormsHeader(QWidget):
    """Toggles "∂L/∂s" …, and the choice between the whole loss and one step's share."""

    toggled = Signal(str, bool)  # a quantity's name, when a person chose it
    share_chosen = Signal(object)  # the step, or None for the whole loss
    seeds_wanted = Signal()
    looked = Signal(object)  # fields of the view, when a person chose them

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._roomy, self._other_length, self._seeded = True, False, False
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self.setStyleSheet(_LOW)
        self._aside = text_label("status")
        self._row.addWidget(self._aside)
        self._more = tuple(text_label("small") for _ in range(3))  # shown as far as there is room
        self._ways: tuple[tuple[str, ...], ...] = ((),) * 3  # to say each of them, the longest first
        for label in self._more:
            label.setContentsMargins(8, 0, 0, 0)
            label.hide()
            self._row.addWidget(label)
        self._row.addStretch(1)
        self.seeds = self._switch(
            self.tr("100 seeds"),
            self.tr("This experiment over 100 seeds: their median, and behind the curve where 90 of them lie"),
        )
        self.seeds.setCheckable(False)
        self.seeds.clicked.connect(lambda _: self.seeds_wanted.emit())
        self.aligned = self._switch(
            self.tr("aligned at the loss"),
            self.tr("Pinned runs of another length have their loss in this one’s column; off: all begin at t = 1"),
        )
        self.aligned.clicked.connect(lambda on: self.looked.emit({"pins_at": "loss" if on else "start"}))
        self.relative = self._switch(
            self.tr("relative"),
            self.tr("Each curve divided by its value at the loss: all are 1 there; off: the norms themselves"),
        )
        self.relative.clicked.connect(lambda on: self.looked.emit({"relative": on}))
        self.share = QComboBox()
        self.share.setAccessibleName(self.tr("Part of the loss"))
        self.share.setToolTip(
            self.tr("The gradient of the whole loss, or of one step's share of it (Alt+click a column)")
        )
        self.share.activated.connect(lambda k: self.share_chosen.emit(self._steps[k]))
        self._row.addWidget(self.share)
        self.buttons: dict[str, QToolButton] = {}
        self._steps: list[int | None] = []
        self._losses: dict[int, str] = {}

    def _switch(self, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleDescription(tip)
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._row.addWidget(button)
        return button

    def set_comparing(self, relative: bool, pins_at: str) -> None:
        """The two switches; `pins_at`: "" where no pinned run is of another length."""
        self._other_length = bool(pins_at)
        self.relative.setChecked(relative)
        self.aligned.setChecked(pins_at == "loss")
        self._show_switches()

    def _show_switches(self) -> None:
        self.relative.setVisible(self._roomy)
        self.aligned.setVisible(self._roomy and self._other_length)

    def fit(self, width: int, title: int = 0, kept: int = 0) -> None:
        """Where the card is narrow the choice of the loss stays in the context menu, and what is said besides goes.
        `title`: px of the card's title; `kept`: px that stay free for the factor of a bracket."""
        self._roomy = width >= _ROOMY
        self.share.setVisible(self._roomy and self.share.count() > 2)
        self._show_switches()
        beside = [self._aside, self.relative, self.aligned, self.share, *self.buttons.values()]
        gap = self._row.spacing()
        taken = sum(each.sizeHint().width() + gap for each in beside if not each.isHidden())
        room = width - title - _AROUND - kept - taken
        least = sum(_width(label, ways[-1]) + gap for label, ways in zip(self._more, self._ways, strict=True) if ways)
        least += (self.seeds.sizeHint().width() + gap) * (self._roomy and not self._seeded)
        for label, ways in zip(self._more, self._ways, strict=True):
            if not ways:
                label.hide()
                continue
            least -= _width(label, ways[-1]) + gap
            fitting = (text for text in ways if _width(label, text) + gap <= room - least)
            label.setText(next(fitting, ways[-1]))  # a longer way to say it hides nothing that follows
            room -= _width(label, label.text()) + gap
            label.setVisible(room >= 0)
        room -= self.seeds.sizeHint().width() + gap
        self.seeds.setVisible(self._roomy and not self._seeded and room >= 0)

    def set_more(self, seeds: str, *others: tuple[str, ...]) -> None:
        """What is said besides, the first as long as there is any room: of many seeds, instead of the button that runs
        them, and the others, each in several ways, a whole sentence first."""
        self._seeded = bool(seeds)
        self._ways = ((seeds,) if seeds else (), *others)
        for label, ways in zip(self._more, self._ways, strict=True):
            label.setText(ways[-1] if ways else "")
            label.setToolTip(ways[0] if ways else "")

    def spare(self) -> QRect:
        """What is free between what stands beside the title and the controls."""
        controls = (self.seeds, self.aligned, self.relative, self.share, *self.buttons.values())
        shown = [each for each in controls if each.isVisible()]
        right = min((each.x() for each in shown), default=self.width())
        said = [each for each in (self._aside, *self._more) if each.text() and each.isVisible()]
        left = max((each.geometry().right() + 1 + 2 * self._row.spacing() for each in said), default=0)
        return QRect(left, 0, max(right - self._row.spacing() - left, 0), self.height())

    def set_aside(self, text: str) -> None:
        """What stands beside the title: "of ℓ₂₄ alone"."""
        self._aside.setText(text)

    def set_quantities(self, gradients: Mapping[str, tuple[str, str]], shown: tuple[str, ...]) -> None:
        """The toggles there are, and which are on. `gradients`: by quantity, the symbol of its gradient and its own."""
        names = tuple(gradients)
        if tuple(self.buttons) != names:
            for button in self.buttons.values():
                self._row.removeWidget(button)
                button.hide()
                button.deleteLater()
            self.buttons = {name: self._button(name) for name in names}
            for button in self.buttons.values():
                self._row.insertWidget(self._row.count() - 1, button)
        for name, button in self.buttons.items():
            text, symbol = gradients[name]
            button.setText(text)
            button.setToolTip(
                self.tr("The norm of the gradient with respect to {name}.\nA click shows or hides it.").format(
                    name=symbol
                )
            )
            button.setAccessibleName(button.toolTip())
            button.setChecked(name in shown)

    def _button(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda on: self.toggled.emit(name, on))
        return button

    def set_steps(self, steps: dict[int, str], share_at: int | None) -> None:
        """The steps that have a loss of their own, with its symbol. Hidden where there is but one: its share is the
        whole."""
        choices = [None, *steps]
        if (choices, steps) != (self._steps, self._losses):
            self._steps, self._losses = choices, dict(steps)
            self.share.clear()
            words = (self.tr("{l} alone").format(l=symbol) for symbol in steps.values())
            self.share.addItems([self.tr("whole loss L"), *words])
        self.share.setVisible(self._roomy and len(steps) > 1)
        self.share.setCurrentIndex(choices.index(share_at) if share_at in choices else 0)


def _width(label: QLabel, text: str) -> int:
    """px that a label of one line takes with a text."""
    margins = label.contentsMargins()
    return label.fontMetrics().horizontalAdvance(text) + margins.left() + margins.right() + 1
