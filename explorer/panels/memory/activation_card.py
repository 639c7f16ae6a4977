"""A card for an open cell: one of its activations as a curve, with the units of the step on show as points on it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from core.chain.rows import style_of, value_limit
from core.maths.activations import ACTIVATIONS
from core.network.scan import Scan
from core.timeline.moment import Moment, done
from explorer.items.plots.activation.curve import ActivationCurve
from explorer.items.plots.activation.frame import Points
from explorer.panels.memory.source import Activation, Compared, activations_of, compared
from explorer.session.session import Session
from explorer.style.colours import level_colours, value_colours
from explorer.widgets.labels import text_label
from explorer.widgets.segmented import SegmentedControl
from explorer.widgets.whole_words import WordsBox
from explorer.words import in_language

_LETTERS = 10  # of what is compared; the open list has its whole names
_LOW = "QComboBox { padding: 0px 6px; } QComboBox:focus { padding: 0px 5px; }"  # the curve has the rest
NEVER = Moment(0, 0, 0.0, 0.0, "")  # before a playhead has been shown


class ActivationCard(QFrame):
    """`show_cell` when the cell or the run is another; `show_step` as the playhead moves, which asks for no numbers."""

    unit_chosen = Signal(str, int)  # a record, and one of its units (from 0)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.title, self.choice, self.curve = text_label("value"), SegmentedControl(), ActivationCurve()
        self.choice.currentChanged.connect(lambda _: self._show_choice())
        self.curve.unit_chosen.connect(self._on_unit)
        self.versus = WordsBox()
        self.versus.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.curve.other_wanted.connect(self._on_other)
        self.versus.setStyleSheet(_LOW)
        self.versus.setAccessibleName(self.tr("compare with another activation"))
        self.versus.setToolTip(
            self.tr("Another activation’s curve and derivative over the same h, dashed (← → on the curve)")
        )
        self.versus.addItem(self.tr("vs. none"), "")
        for each in ACTIVATIONS:
            self.versus.addItem(self.tr("vs. {name}").format(name=in_language(each.title)), each.name)
        self.versus.activated.connect(lambda _: self._show_choice())
        header = QHBoxLayout()
        header.setSpacing(8)
        header.addWidget(self.title)
        header.addStretch(1)
        header.addWidget(self.choice)
        header.addWidget(self.versus)
        inner = self.choice.layout()
        if inner is not None:
            inner.setContentsMargins(2, 2, 2, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 12, 4)
        column.setSpacing(2)
        column.addLayout(header)
        column.addWidget(self.curve, 1)
        self.computed = 0  # how often core was asked for numbers; tests count it
        self._activations: tuple[Activation, ...] = ()
        self._compared: Compared | None = None
        self._moment = NEVER
        self._shown: tuple[int, str, bool] = (0, "", False)

    @property
    def activation(self) -> Activation | None:
        """The one on show."""
        return next((each for each in self._activations if each.out == self.choice.current()), None)

    def _on_other(self, by: int) -> None:
        self.versus.setCurrentIndex((self.versus.currentIndex() + by) % self.versus.count())
        self._show_choice()

    def show_cell(self, session: Session, scan: Scan) -> None:
        """Another cell, another run, or another way to look at it."""
        self._session, self._scan = session, scan
        self._moment = NEVER  # the last one was another run's
        self.computed += 1
        self._activations = activations_of(session, scan)
        self.versus.set_letters(_LETTERS)
        self._limit = value_limit(session.trace, session.view.sample)
        self.curve.set_theme(session.theme)
        self._offer()
        self.choose()

    def _offer(self) -> None:
        """The activations to choose from, by their symbols without a step."""
        style, cell = self._style(None), self._scan.cell
        texts = {each.out: style.letter(cell, each.out) for each in self._activations}
        titles = {record.name: in_language(record.title) for record in cell.records}
        if self.choice.keys() != list(texts):
            self.choice.set_options((out, text, titles.get(out, text)) for out, text in texts.items())
        height = self.choice.fontMetrics().height() + 8  # low, with room for an underscore: the curve has the rest
        for out, text in texts.items():
            self.choice.button(out).setText(text)
            self.choice.button(out).setFixedHeight(height)
        self.choice.setVisible(len(texts) > 1)

    def choose(self) -> None:
        """The activation of the selected node, where it has one."""
        chosen = self._session.selection
        record = chosen.record if chosen is not None else ""
        found = next((each.out for each in self._activations if record in (each.out, each.source)), "")
        if found:
            self.choice.setCurrent(found)
        self._show_choice()

    def _show_choice(self) -> None:
        activation = self.activation
        kind = self.versus.currentData()
        self.versus.setEnabled(activation is not None)
        self._compared = compared(activation, kind) if activation is not None and kind else None
        other = self._compared.curve if self._compared is not None else None
        self.curve.set_curve(activation.curve if activation is not None else None, other)
        chosen = self._session.selection
        self.curve.set_unit(0 if chosen is None or chosen.unit is None else chosen.unit)
        self._shown = (0, "", False)
        self.show_step(self._moment)

    def show_step(self, moment: Moment) -> None:
        """The step of the playhead, and how much of it is done."""
        self._moment = moment
        activation = self.activation
        there = activation is not None and done(moment.forward, len(self._scan.cell.graph)) > activation.place
        now = (moment.t, activation.out if activation is not None else "", there)
        if now == self._shown or not moment.t:
            return
        self._shown = now
        self.title.setText(self._made(activation, moment.t) if activation is not None else self.tr("Activation"))
        if activation is None:
            self.curve.set_points(None, self.tr("This cell has no activation."))
        elif not there:
            self.curve.set_points(None, self.tr("The forward pass has not reached this step yet."))
        else:
            self.curve.set_points(self._points(activation, moment.t))
        self.curve.setAccessibleName(self.curve.sentence())
        self._fit()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where the card is narrow the equation of what is chosen goes; where that is not enough, the list, from which
        the curve's own keys choose."""
        buttons = [self.choice.button(each.out).sizeHint().width() + 2 for each in self._activations]  # laid out or not
        room = self.width() - 36 - (sum(buttons) if len(self._activations) > 1 else 0)
        title, versus = self.title.sizeHint().width() + 8, self.versus.width()
        self.versus.setVisible(versus <= room)
        self.title.setVisible(title + versus <= room or (versus > room and title <= room))

    def _made(self, activation: Activation, t: int) -> str:
        """ "i₈ = σ(hⁱ₈)"; what has no symbol of its own is its expression: "tanh(c₈)"."""
        style, cell = self._style(t), self._scan.cell
        made = f"{activation.curve.name}({style.symbol(cell, activation.source)})"
        own = style.symbol(cell, activation.out)
        return made if own.endswith(")") else f"{own} = {made}"

    def _points(self, activation: Activation, t: int) -> Points:
        value, theme = activation.value[t - 1], self._session.theme
        colours = level_colours(value, theme) if activation.level else value_colours(value, self._limit, theme)
        symbol = self._style(t).symbol(self._scan.cell, activation.source)
        other = self._compared
        others = None if other is None else (other.value[t - 1], other.slope[t - 1])
        return Points(activation.h[t - 1], value, activation.slope[t - 1], colours, symbol, others)

    def _style(self, t: int | None):
        return style_of(self._session.trace, self._scan, False, t, self._session.notation)

    def _on_unit(self, unit: int) -> None:
        if self.activation is not None:
            self.unit_chosen.emit(self.activation.out, unit)
