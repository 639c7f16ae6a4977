"""A parameter's gradient as the sum over time that it is: its addends step by step, with the sum so far, of its norm or
of one entry; each leads to its step."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QSpinBox, QVBoxLayout, QWidget

from core.arithmetic import parameter_sums as sums
from core.arithmetic.parameter_sums import Addends, parameter_names, parameter_symbol, recurrent_parameter
from core.arithmetic.text import addends_text, exact
from core.notation.equations import Style
from core.notation.layout import Shown, matrix
from explorer.items.tables.bars import AddendBars
from explorer.panels.inspector import node_page as content
from explorer.panels.inspector.arithmetic_view import ArithmeticView, Entry
from explorer.panels.sentences import part_words
from explorer.session.session import Session
from explorer.style.numbers import number, power
from explorer.style.theme import Theme
from explorer.widgets.labels import text_label
from explorer.widgets.segmented import SegmentedControl
from explorer.words import in_language

NORM, ENTRY = "norm", "entry"


class SumOverTime(QWidget):
    """The choice of a parameter, its norm or one entry of it, a bar for every addend, and what they add up to."""

    step_chosen = Signal(int)  # the column
    entry_chosen = Signal(str, object)  # a parameter and an entry of it, chosen by the user

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parameter = ""
        self.entry: tuple[int, ...] = (0, 0)  # in our layout
        self.addends: Addends
        self._session: Session
        self._shown: Shown
        self._values: np.ndarray | None = None  # of the entry, by column
        self._sums: tuple | None = None
        self._at = 0
        self.title = text_label("value", wraps=True)
        self.parameters = QComboBox()
        self.parameters.setAccessibleName(self.tr("parameter whose gradient is shown as a sum"))
        self.parameters.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.parameters.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.kind = SegmentedControl(
            (
                (NORM, self.tr("norm"), self.tr("the size of each step’s addend, all entries together")),
                (ENTRY, self.tr("entry"), self.tr("one number of the matrix: its addends add up to it")),
            )
        )
        self.row, self.column = QSpinBox(), QSpinBox()
        for spin, words in ((self.row, self.tr("row of the entry")), (self.column, self.tr("column of the entry"))):
            spin.setAccessibleName(words)
            spin.setToolTip(words)
            spin.valueChanged.connect(self._on_entry)
        self.bars, self.text = AddendBars(), ArithmeticView()
        self.bars.setAccessibleName(self.tr("addends of the gradient, step by step"))
        first, second = QHBoxLayout(), QHBoxLayout()
        first.addWidget(self.title, 1)
        first.addWidget(self.parameters, 0)
        for each in (self.kind, self.row, self.column):
            second.addWidget(each)
        second.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(7)
        column.addLayout(first)
        column.addLayout(second)
        column.addWidget(self.bars)
        column.addWidget(self.text)
        self.parameters.activated.connect(self._on_parameter)
        self.kind.currentChanged.connect(lambda _: self.take())
        self.bars.step_chosen.connect(lambda t: self.step_chosen.emit(t + self._first - 1))

    def set_theme(self, theme: Theme) -> None:
        for spin in (self.row, self.column):
            spin.setFixedWidth(round(4.6 * theme.enlarged.font_px))
        self.bars.set_theme(theme)
        self.text.set_theme(theme)

    # --- which parameter ---
    def refresh(self, session: Session) -> None:
        """Fills the choice for this cell; the selected parameter stays, or else one like it (W for W_f)."""
        self._session = session
        # The sum would give a hidden error away, or the answer to a question.
        self.setVisible(not session.hunt.hidden_fields and not session.lesson.asks)
        trace = session.trace
        names = parameter_names(trace)
        if self.parameter not in names:
            stem = self.parameter.partition("_")[0]
            like = (name for name in names if stem and name.partition("_")[0] == stem)
            self.parameter = next(like, recurrent_parameter(trace))
        labels = [self._label(name) for name in names]
        if [(self.parameters.itemData(k), self.parameters.itemText(k)) for k in range(self.parameters.count())] != [
            *zip(names, labels, strict=True)
        ]:
            with QSignalBlocker(self.parameters):
                self.parameters.clear()
                for name, label in zip(names, labels, strict=True):
                    self.parameters.addItem(label, name)
        self._choose(self.parameter)

    def _label(self, name: str) -> str:
        words = part_words(self._session.trace, name.partition(".")[0])
        symbol = parameter_symbol(name, self._style, self._session.trace)
        return f"{symbol} · {words}" if words else symbol

    @property
    def _style(self) -> Style:
        return Style(False, None, self._session.notation)

    def chosen(self) -> tuple[str, str, tuple[int, ...]]:
        """The parameter on show, as norms or as one entry, and which."""
        return self.parameter, self.kind.current(), self.entry

    def choose(self, chosen: tuple[str, str, tuple[int, ...]]) -> None:
        """Takes over the choice of another panel of this kind."""
        name, kind, self.entry = chosen
        self.kind.setCurrent(kind)
        self._choose(name)

    def _choose(self, name: str) -> None:
        self.parameter = name
        with QSignalBlocker(self.parameters):
            self.parameters.setCurrentIndex(self.parameters.findData(name))
        self.take()

    def show_entry(self, name: str, entry: tuple[int, ...]) -> None:
        """One entry of a parameter, in our layout. A parameter that has no such sum is left alone."""
        if self.parameters.findData(name) >= 0:
            self.entry = entry
            self.kind.setCurrent(ENTRY)
            self._choose(name)

    def choose_row(self, row: int) -> None:
        """Another row of the parameter, chosen by the user."""
        (self.row if self._shown.array.ndim == 2 and self._shown.array.shape[0] > 1 else self.column).setValue(row + 1)

    def follow_part(self, part: str) -> None:
        """The parameter of the same name in the part that is looked at: W of layer 2 beside a node of layer 2."""
        own, _, name = self.parameter.partition(".")
        like = f"{part}.{name}"
        if own not in (part, "out") and self.parameters.findData(like) >= 0:
            self._choose(like)

    def take(self) -> None:
        """The addends of the selected parameter, of its norm or of its entry."""
        session = self._session
        self.addends = addends = Addends(session.trace, self.parameter, session.view.gradient != "exact")
        self._first, self._last = session.trace.schedule.lanes[self.parameter.partition(".")[0]][:2]
        self.title.setText(self.tr("{name} is a sum over time").format(name=self.symbol(None)))
        array = session.trace.named_parameters(session.trace.parameters)[self.parameter]
        own = "b_z" if self.parameter == "out.b" else self.parameter.partition(".")[2]
        self._shown = matrix(session.notation, self.addends.scan.cell, own, array)
        self._fill_spins(array.shape)
        whole = slice(self._first - 1, self._last)
        if self.kind.current() == ENTRY:
            self._values = sums.entry_addends(addends, self.entry, self._sign)
            totals = sums.running_entry(self._values)[whole]
            heads = f"d{self._entry_symbol}", self.tr("sum so far")
            self.bars.set_norms(self._values[whole], self.symbol, lambda t: float(totals[t - 1]), heads, True)
        else:
            self._values = None
            heads = self.tr("norm"), self.tr("‖sum so far‖")
            before = self._first - 1
            self.bars.set_norms(addends.norms[whole], self.symbol, lambda t: addends.running(t + before), heads)
        self._sums = None
        if self._at:
            self.show_time(self._at)

    def _fill_spins(self, shape: tuple[int, ...]) -> None:
        """The entry as the notation counts it, from 1; a new parameter may be smaller."""
        if len(self.entry) != len(shape) or any(k >= n for k, n in zip(self.entry, shape, strict=True)):
            self.entry = tuple(0 for _ in shape)
        single, place = self._shown.array.ndim == 1, self._shown.place(*self.entry)
        entry = self.kind.current() == ENTRY
        limits = (1, *self._shown.array.shape) if single else self._shown.array.shape
        for spin, limit, k in zip((self.row, self.column), limits, (0, *place) if single else place, strict=True):
            with QSignalBlocker(spin):
                spin.setRange(1, limit)
                spin.setValue(k + 1)
            spin.setVisible(entry and limit > 1)

    @property
    def _sign(self) -> float:
        """−1 for a gate that means the opposite in the notation."""
        return self._shown.value(self._shown.place(*self.entry), 1.0)

    @property
    def _entry_symbol(self) -> str:
        place = ", ".join(str(k + 1) for k in self._shown.place(*self.entry))
        return f"{parameter_symbol(self.parameter, self._style, self._session.trace)}[{place}]"

    def symbol(self, t: int | None) -> str:
        """dW₅, of the part's own step 5; dW for None."""
        return self.addends.symbol(t, self._style)

    # --- what is there ---
    def show_time(self, t: int) -> None:
        """t: the selected column."""
        session, first, last = self._session, self._first, self._last
        self._at = t
        done = session.position >= session.timeline.complete
        reached = content.reached(session, self.parameter.partition(".")[0])
        if self._sums == (reached, done, t):
            return
        self._sums = (reached, done, t)
        before, waiting = first - 1, ""
        if reached > first:
            still = dict.fromkeys((self.symbol(reached - 1 - before), self.symbol(1)))
            waiting = self.tr("{steps}: not reached yet").format(steps=" … ".join(still))
        self.bars.set_time(reached - before, t - before if first <= t <= last else 0, waiting)
        entries = self._entry_entries(t, reached) if self._values is not None else []
        entries += [Entry("note", line) for line in self._lines(reached, done)]
        self.text.set_entries(tuple(entries))

    def _lines(self, reached: int, done: bool) -> list[str]:
        addends, name, lines = self.addends, self.symbol(None), []
        if self._values is not None:
            if done:
                text = self.tr("d{entry} = {v}: the sum of all {n}")
                v = power(self._sign * sums.recorded_entry(addends, self.entry), 3, sign=True)
                lines.append(text.format(entry=self._entry_symbol, v=v, n=self._last - self._first + 1))
        elif reached <= self._last and not done:
            lines.append(self.tr("sum so far  ‖Σ‖ = {v}").format(v=power(addends.running(reached))))
        elif done:
            text = self.tr("‖{name}‖ = {v}: the norm of the sum of all {n}")
            lines.append(text.format(name=name, v=power(addends.total), n=self._last - self._first + 1))
        if done and addends.clips:
            text = self.tr("clipped: × {factor}, used ‖{name}‖ = {v}")
            factor = number(self._session.trace.clip_factor, 4)
            lines.append(text.format(factor=factor, name=name, v=power(addends.clipped)))
        if self._session.trace.data.x.shape[1] > 1:
            lines.append(self.tr("all samples together"))
        return lines

    def _entry_entries(self, t: int, reached: int) -> list[Entry]:
        """This step's addend of the entry as the product of its two factors."""
        if not max(reached, self._first) <= t <= self._last:
            return []
        line = sums.entry_line(self.addends, self.entry, t, self._sign)
        label = f"{self.symbol(t - self._first + 1)}[{', '.join(str(k + 1) for k in self._shown.place(*self.entry))}] ="
        numbers = line.put_in(lambda v: number(v, 3)) if line.template else ""
        equation = self.addends.equation(t, self._style).partition(" = ")[2]
        entry = Entry("head", label, numbers, power(line.value, 3, sign=True), True)
        return [Entry("note", f"{self.symbol(t - self._first + 1)} = {equation}"), entry]

    def as_text(self) -> str:
        """The sum as plain text, every digit; of the entry too, where one is selected."""
        session = self._session
        if session.hunt.hidden_fields or session.lesson.asks:
            return ""
        reached = content.reached(session, self.parameter.partition(".")[0])
        text = addends_text(self.addends, reached, session.notation, in_language)
        if self._values is None:
            return text
        totals = sums.running_entry(self._values)
        lines = [self.tr("d{entry}, step by step, with the sum so far").format(entry=self._entry_symbol)]
        for t in range(self._last, max(reached, self._first) - 1, -1):
            value, total = float(self._values[t - 1]), float(totals[t - 1])
            lines.append(f"    {self.symbol(t - self._first + 1)}  {exact(value)}  {exact(total)}")
        return "\n".join([text, "", *lines])

    # --- user actions ---
    def _on_parameter(self, index: int) -> None:
        self._choose(self.parameters.itemData(index))
        if self.kind.current() == ENTRY:
            self.entry_chosen.emit(self.parameter, self.entry)

    def _on_entry(self) -> None:
        place = (self.row.value() - 1, self.column.value() - 1)
        self.entry = self._shown.index(*place[2 - self._shown.array.ndim :])
        self.take()
        self.entry_chosen.emit(self.parameter, self.entry)
