"""The gradient between two steps as a product of small matrices, with their singular values and the bounds that they
imply; a click on one shows its numbers."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSpinBox, QVBoxLayout, QWidget

from core.analysis.contributions import separate_memory
from core.chain.rows import style_of
from core.claims.jacobian_chain import JacobianChain, chain_factor, first_column, jacobian_chain
from core.notation.forms import jacobian_product
from explorer.items.heat.layout import HeatCells
from explorer.items.heat.map import HeatMap
from explorer.items.plots.factor_row import MOST, FactorPicture, FactorRow
from explorer.panels.numbers.view import limit_of
from explorer.panels.page import PagePanel
from explorer.panels.product import words
from explorer.session.session import Change, Session
from explorer.style.formula import FormulaLabel
from explorer.widgets.card import Card
from explorer.widgets.labels import text_label
from explorer.words import sentences

Pair = tuple[int, int]
LINES = 6  # of bounds at most


class ProductPanel(PagePanel):
    """Between the steps that a cell of the map of contributions names, or that are chosen here; the last and the first
    at first. While it is hidden it does nothing."""

    name = "product"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chain: JacobianChain | None = None
        self._pair: Pair | None = None  # (t, k), columns; None: the last and the first
        self._at = 0
        self._pictures: list[FactorPicture] = []
        self._limit, self._left_out = 1.0, ""
        self._matrices: list[np.ndarray] = []
        self._labels: list[str] = []
        self.later, self.earlier = QSpinBox(), QSpinBox()
        self.later.setAccessibleName(self.tr("the later step"))
        self.earlier.setAccessibleName(self.tr("the earlier step"))
        for spin in (self.later, self.earlier):
            spin.setKeyboardTracking(False)
            spin.valueChanged.connect(self._on_pair)
        self.formula, self.factors, self.numbers = FormulaLabel(), FactorRow(), _Numbers()
        self.why, self.entry = text_label("muted", wraps=True), text_label("value", wraps=True)
        hint = self.tr("Below each: σ_max, then σ_min. A click shows its numbers.")
        self.hint = text_label("small", hint, wraps=True)
        self.bounds = [text_label("", wraps=True) for _ in range(LINES)]
        self.factors.chosen.connect(self._on_factor)
        self.factors.says = self._says
        self.factors.setAccessibleName(self.tr("factors of the product, from the later step to the earlier one"))
        self._arrange()

    def _arrange(self) -> None:
        self.card = Card(self.tr("Product between two steps"))
        self.chooser, self.body = QWidget(), QWidget()
        pair = QHBoxLayout(self.chooser)
        pair.setContentsMargins(0, 0, 0, 0)
        for text, name, spin in ((self.tr("from"), "t", self.later), (self.tr("back to"), "k", self.earlier)):
            spin.setPrefix(f"{name} = ")
            pair.addWidget(text_label("muted", text))
            pair.addWidget(spin)
        pair.addStretch(1)
        column = QVBoxLayout(self.body)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(7)
        self.numbers.setMinimumHeight(190)
        for widget in (self.formula, self.factors, self.hint, *self.bounds, self.entry, self.numbers):
            column.addWidget(widget)
        column.addStretch(1)
        self.area = _Column()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(self.body)
        for widget in (self.chooser, self.why):
            self.card.add(widget)
        self.why.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.card.add(self.area, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.card)

    def page_title(self) -> tuple[str, str]:
        return self.tr("Product"), self.tr("What lies between two steps, factor by factor, and the bounds it implies")

    def chosen(self) -> tuple[Pair | None, int]:
        """The two steps, and the factor whose numbers are shown."""
        return self._pair, self._at

    def choose(self, chosen: object) -> None:
        """Takes over the choice of another panel of this kind."""
        if isinstance(chosen, tuple):
            self._pair, self._at = chosen
            self.show_again()

    # --- what is shown ---
    def refresh(self, flags: Change) -> None:
        if flags & Change.THEME:
            for each in (self.factors, self.numbers):
                each.set_theme(self.session.theme)
        super().refresh(flags)

    def show_selection(self) -> None:
        """A cell of the map of contributions names two steps."""
        chosen = self.session.selection
        if chosen is not None and chosen.reaches is not None and chosen.reaches > chosen.t:
            self._take((chosen.reaches, chosen.t))

    def _take(self, pair: Pair) -> None:
        if pair != self._pair:
            self._pair, self._at = pair, 0
            self.show_again()

    def _span(self, session: Session) -> Pair:
        """The first and the last column of the scan on view."""
        lane = session.trace.schedule.lanes[session.trace.scan.name]
        return lane.first, lane.last

    def pair(self) -> Pair:
        """The two columns, (t, k), within the run."""
        first, last = self._span(self.session)
        if self._pair is None or not first <= self._pair[1] < self._pair[0] <= last:
            return last, first
        return self._pair

    def show_run(self) -> None:
        why = words.why_none(self.session)
        self.why.setText(why)
        self.why.setVisible(bool(why))
        for each in (self.chooser, self.area):
            each.setVisible(not why)
        self.chain = None
        if why:
            self.setAccessibleDescription(why)
            return
        session, (t, k) = self.session, self.pair()
        total = session.view.reach == "total" or not separate_memory(session.trace.scan.cell)
        self.chain = chain = jacobian_chain(session.trace, t, k, session.view.sample, total)
        self._show_pair(t, k)
        scan = session.trace.scan
        tex, text = (style_of(session.trace, scan, each, None, session.notation) for each in (True, False))
        theme = session.theme
        spoken = jacobian_product(scan.cell, text)
        self.formula.set_formula(jacobian_product(scan.cell, tex), float(theme.formula_px), theme.backward_text, spoken)
        self._show_factors(chain)
        said = words.lines(session, chain)
        for label, line in zip(self.bounds, [*said, *[""] * (LINES - len(said))], strict=True):
            label.setText(line)
            label.setVisible(bool(line))
        self.setAccessibleDescription(sentences(said))

    def _show_pair(self, t: int, k: int) -> None:
        (first, last), offset = self._span(self.session), first_column(self.session.trace) - 1
        with QSignalBlocker(self.later), QSignalBlocker(self.earlier):
            self.later.setRange(first + 1 - offset, last - offset)
            self.earlier.setRange(first - offset, last - 1 - offset)
            self.later.setValue(t - offset)
            self.earlier.setValue(k - offset)

    def _show_factors(self, chain: JacobianChain) -> None:
        session, n = self.session, len(chain.columns)
        shown = list(range(n)) if n <= MOST + 1 else [*range(MOST // 2), *range(n - MOST // 2, n)]
        lay = np.transpose if session.notation.transpose else np.asarray
        pictures, self._matrices, self._labels = [], [], []
        offset = first_column(session.trace) - 1
        for place in shown:
            column = int(chain.columns[place])
            values = lay(chain_factor(session.trace, column, session.view.sample))
            sizes = (chain.largest, chain.smallest)
            high, low = (words.singular(None if each is None else float(each[place])) for each in sizes)
            self._matrices.append(values)
            self._labels.append(words.factor_symbol(session, column))
            pictures.append(FactorPicture(f"t = {column - offset}", values, (high, low), "·"))
        whole = lay(chain.matrix * 10.0**chain.exponent)
        self._matrices.append(whole)
        self._labels.append(f"P = ∂{words.memory(session, chain.t)}/∂{words.memory(session, chain.k)}")
        lines = words.of_decades(chain.norm, 2), words.least(chain)
        pictures.append(FactorPicture("P", whole, lines, "="))
        left_out = self.tr("+ {n} more").format(n=n - len(shown)) if n > len(shown) else ""
        limit = limit_of(np.concatenate([each.ravel() for each in self._matrices]))
        self._at = min(self._at, len(pictures) - 1)
        pictures[0] = FactorPicture(pictures[0].label, pictures[0].values, pictures[0].lines)
        self._pictures, self._limit, self._left_out = pictures, limit, left_out
        self.factors.set_pictures(pictures, limit, self._at, left_out, MOST // 2)
        self.factors.setAccessibleDescription(self._says(len(pictures) - 1))
        self._show_numbers()

    def _says(self, index: int) -> str:
        """A factor, or the product, in words."""
        sizes = self.tr("singular values {sizes}").format(sizes=" … ".join(self._pictures[index].lines))
        return f"{self._labels[index]}: {sizes}"

    def _show_numbers(self) -> None:
        """Those of the chosen factor, or of the product."""
        values = self._matrices[self._at]
        rows, columns = (tuple(str(k + 1) for k in range(n)) for n in values.shape)
        yes, no = np.ones(values.shape, dtype=bool), np.zeros(values.shape, dtype=bool)
        self.entry.setText(self._labels[self._at])
        self.numbers.set_cells(HeatCells(values, "value", rows, columns, no, yes, no, no, limit=self._limit))
        self.numbers.setAccessibleName(self._labels[self._at])

    # --- what a person does ---
    def _on_pair(self) -> None:
        offset = first_column(self.session.trace) - 1
        t, k = self.later.value() + offset, self.earlier.value() + offset
        if k >= t:  # the other one gives way
            t, k = (t, t - 1) if self.sender() is self.later else (k + 1, k)
        self._take((t, k))

    def _on_factor(self, index: int) -> None:
        self._at = index
        self.factors.set_pictures(self._pictures, self._limit, index, self._left_out, MOST // 2)
        self._show_numbers()


class _Numbers(HeatMap):
    """Numbers to read: nothing is typed into them, and the wheel scrolls."""

    def open_field(self, text: str = "") -> None:
        pass

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class _Column(QScrollArea):
    """Its contents are as wide as it is: what is too long wraps."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        inside = self.widget()
        if inside is not None:
            inside.setFixedWidth(self.viewport().width())
