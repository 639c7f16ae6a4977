"""W and dW side by side: the matrix that every step uses, to be changed by hand, and its gradient, which the backward
pass fills addend by addend; below, how much of it each step makes. At the update W, the change and the new W."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QGridLayout,
    QLabel,
    QSizePolicy,
    QSpacerItem,
    QVBoxLayout,
    QWidget,
)

from core.analysis.recurrence import recurrent_matrices
from core.arithmetic.matrices import Matrix, symbol_of
from core.edits.places import stacked
from explorer.items.heat.small import SmallHeatMap, square_cell
from explorer.panels.base import Listening, Panel
from explorer.panels.numbers.editing import MatrixEditing
from explorer.panels.numbers.words import entry_text
from explorer.panels.sentences import part_words
from explorer.panels.weights import words
from explorer.panels.weights.scene import WeightsScene, key_now
from explorer.panels.weights.stretch_line import StretchLine
from explorer.panels.weights.sum_view import SumView
from explorer.panels.weights.update import REST, step_place
from explorer.panels.weights.update_view import UpdateView
from explorer.session.session import Change, Session
from explorer.style.numbers import number, power
from explorer.widgets.card import Card
from explorer.widgets.fold import FoldHeading
from explorer.widgets.labels import text_label

MOST_HEIGHT = 220  # px of a map, in the light theme
LOW_ROOM = 560  # px of the dock's height, in the light theme, below which the shares give way
GAP = 10  # px between the maps


class WeightsPanel(Panel):
    """One recurrent matrix of the run, chosen where there are several, with its gradient. It folds with a click."""

    name = "weights"
    remembered = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key = ""
        self.scene: WeightsScene | None = None
        self._stale, self._low = True, False
        self._known: tuple[tuple[str, str], ...] = ()
        self.map, self.over_map, self.line = SmallHeatMap(), text_label("small"), StretchLine()
        self.choice = QComboBox()
        self.choice.setAccessibleName(self.tr("recurrent matrix on show"))
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.choice.activated.connect(lambda k: self.show_matrix(self.choice.itemData(k)))
        self.editing = MatrixEditing(self.map, self._on_show, self)
        self.sum = SumView(self._caption, self._show_sum)
        self.moves = UpdateView(self._caption, self._on_link)
        self.map.says = self._says
        self.map.hovered.connect(self._on_hovered)
        for each in (self.sum.map, self.moves.change, self.moves.after):
            each.says = self._says
            each.hovered.connect(self._on_hovered)
            each.chosen.connect(self._on_sum_chosen)
        self.map.opened.connect(lambda: self.session.edit_number(self.key))
        self._arrange()

    def _arrange(self) -> None:
        self.body = QWidget()
        self.heading = FoldHeading(
            self.body, self.tr("The recurrent matrix and its gradient.\nA click folds or unfolds them.")
        )
        self.heading.toggled.connect(lambda on: self.show_now() if on else None)
        card = Card()
        self._top = top = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        top.setContentsMargins(0, 0, 0, 0)
        top.setSpacing(4)
        top.addWidget(self.heading, 1)
        top.addWidget(self.choice)
        self._maps = maps = QGridLayout()
        maps.setContentsMargins(0, 0, 0, 0)
        maps.setHorizontalSpacing(GAP)
        maps.setVerticalSpacing(3)
        self.over_map.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for column, (label, picture) in enumerate(((self.over_map, self.map), (self.sum.over, self.sum.map))):
            maps.addWidget(label, 0, column)
            maps.addWidget(picture, 1, column)
            maps.setColumnStretch(column, 1)
        moves = self.moves
        pairs = ((moves.over_change, moves.change), (moves.over_after, moves.after))
        for column, (label, picture) in enumerate(pairs, start=1):
            maps.addWidget(label, 0, column)
            maps.addWidget(picture, 1, column)
        column = QVBoxLayout(self.body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addLayout(maps)
        for widget in (self.line, moves.addends, self.sum.bars, self.sum.made):
            column.addWidget(widget)
        self._column_of_body, self._spare = column, QSpacerItem(0, 0)
        column.addItem(self._spare)
        card.content.addLayout(top)
        card.add(self.body)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(card)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def _on_show(self) -> tuple[Session, Matrix] | None:
        return None if self.scene is None else (self.session, self.scene.matrix)

    # --- of the window ---
    def listens(self, session: Session) -> Listening:
        yield from super().listens(session)
        yield session.update_changed, self._update_found

    def wanted(self, session: Session) -> bool:
        return bool(recurrent_matrices(session.trace))

    def chosen(self) -> dict[str, object]:
        """Which matrix, and whether it is unfolded."""
        return {"matrix": self.key, "unfolded": self.heading.isChecked()}

    def choose(self, chosen: object) -> None:
        """Takes over the choice of another panel of this kind."""
        if isinstance(chosen, dict):
            self.key = str(chosen.get("matrix", self.key))
            self.heading.setChecked(chosen.get("unfolded", True) is not False)
            self._stale = True
            self.show_now()

    def page_title(self) -> tuple[str, str]:
        return self.tr("Weights"), self.tr("The recurrent weights, and their gradient as it adds up.")

    def fit_height(self, px: int) -> None:
        low = px < LOW_ROOM * self.session.theme.font_px / 13
        if low != self._low:
            self._low = low
            self._show_parts()

    # --- what is shown ---
    def refresh(self, flags: Change) -> None:
        if flags & Change.THEME:
            for each in (self.map, self.sum, self.moves):
                each.set_theme(self.session.theme)
        if flags & (Change.RUN | Change.VIEW | Change.THEME):
            self._stale = True
            self.show_now()

    def show_now(self) -> None:
        """Catches up with the session, where it is seen."""
        if self.session is None:
            return
        self.key = key_now(self.session.trace, self.key)
        self._write_heading()
        if not self._stale or not self.key or not self.body.isVisible():
            return
        self._stale = False
        self.scene = scene = WeightsScene(self.session, self.key)
        self.sum.set_scene(scene)
        self.moves.follow(scene)
        self.map.set_cells(scene.cells(self.moves.limit(scene.limit)))
        self.map.marked = False
        self.map.setAccessibleName(self.tr("{W}, the same at every step").format(W=scene.matrix.symbol))
        if self.map.field.isVisible():
            self.map.field.set_number(repr(self.editing.standing(self.map.cell())))
        self.line.set_matrix(scene.matrix)
        self._show_parts()
        self._fit_maps()
        self._write_caption()
        if self.session.findings.update is not None:
            self.moves.prepare(scene, self.map.cell())
        self.show_time(self.session.position)
        self._mark()
        self._keep_height()

    def _write_heading(self) -> None:
        trace, notation = self.session.trace, self.session.notation
        names = recurrent_matrices(trace)
        known = tuple(zip(names, self._labels(names), strict=True))
        with QSignalBlocker(self.choice):
            if known != self._known:
                self._known = known
                self.choice.clear()
                for name, label in known:
                    self.choice.addItem(label, name)
            if self.key:
                self.choice.setCurrentIndex(names.index(self.key))
        self.choice.setVisible(len(names) > 1)
        letter = notation.parameter(self.key.partition(".")[2].partition("_")[0] or "W", False)
        title = self.tr("{W}, d{W}") if len(names) > 1 else self.tr("{W} and d{W}")  # which one, the choice says
        self.heading.set_titles(title.format(W=letter), f"{letter}, d{letter}", letter)
        self._fit_heading()

    def _fit_heading(self) -> None:
        """The choice stands under the title where it does not fit beside it."""
        needed = self.heading.sizeHint().width() + self._top.spacing() + self.choice.sizeHint().width()
        beside = self.choice.isHidden() or needed <= self.body.width()
        ways = QBoxLayout.Direction
        self._top.setDirection(ways.LeftToRight if beside else ways.TopToBottom)

    def _labels(self, names: tuple[str, ...]) -> list[str]:
        """The symbols; where two matrices have the same one, their parts in words with them."""
        trace, notation = self.session.trace, self.session.notation
        symbols = [symbol_of(trace, name, notation) for name in names]
        if len(set(symbols)) == len(symbols):
            return symbols
        parts = (part_words(trace, name.partition(".")[0]) for name in names)
        return [f"{symbol} · {part}" if part else symbol for symbol, part in zip(symbols, parts, strict=True)]

    def show_matrix(self, key: str) -> None:
        """Another matrix."""
        if key != self.key:
            self.key, self._stale = key, True
            self.show_now()

    def show_selection(self) -> None:
        """The matrix and the entry that are selected elsewhere."""
        chosen = self.session.selection
        name = chosen.parameter if chosen is not None else ""
        if name in recurrent_matrices(self.session.trace):
            self.show_matrix(name)
        self._mark()

    def _mark(self) -> None:
        """Outlines the selected entry, where it is one of this matrix."""
        chosen, marked = self.session.selection, False
        if self.scene is not None and chosen is not None and chosen.parameter == self.key and chosen.entry:
            cell = self._cell_of(chosen.entry)
            marked = cell is not None
            if cell is not None and cell != self.map.cell():
                self.map.set_cell(*cell)
        if marked != self.map.marked:
            self.map.marked = marked
            self.map.viewport().update()
        self.moves.write(self.map.cell(), self.body.width())

    def _cell_of(self, entry: tuple[int, ...]) -> tuple[int, int] | None:
        """The cell of an entry of the parameter as its gate has it."""
        assert self.scene is not None
        return self.scene.matrix.cell(stacked(self.scene.trace.network, self.key, entry)[1])

    def show_time(self, position: float) -> None:
        """dW as far as the backward pass has come, drawn anew when an addend more is there; then the update."""
        scene = self.scene
        if scene is None or self._stale or not self.body.isVisible():
            return
        if self.sum.follow():
            self._show_sum()
        if self.moves.follow(scene):
            self._show_parts()
            self.map.set_cells(scene.cells(self.moves.limit(scene.limit)))
            self._write_caption()
            self._show_sum()
        self.moves.write(self.map.cell(), self.body.width())

    def _update_found(self) -> None:
        if self.scene is not None and not self._stale:
            self.moves.prepare(self.scene, self.map.cell())
            self._keep_height()
        self.show_time(self.session.position)

    def _show_sum(self) -> None:
        self.sum.show(captioned=not self.moves.shown)
        self.map.describe()  # its entry's dW with it
        height = self.sum.height_of(self.body.width())
        if height != self.sum.made.minimumHeight():
            self.sum.made.setFixedHeight(height)
            self._keep_height()
            self._lay_out()

    def _lay_out(self) -> None:
        # Qt gives a dock's widgets more room only some frames later, and lays them over each other until then.
        outer, above = self.body, self.parentWidget()
        while outer is not None:
            layout = outer.layout()
            if layout is not None:
                layout.activate()
            outer = None if outer is above else outer.parentWidget()

    def _show_parts(self) -> None:
        moves = self.moves.shown  # the line of one entry has the place of what is said of the shares
        self.sum.show_parts(not moves, self._low)
        self.moves.show_parts()
        self._maps.setColumnStretch(2, int(moves))
        self._keep_height()

    def _keep_height(self) -> None:
        """As high as the taller of the sum and the update, where there is room for what is said of the sum: a playhead
        that goes from one to the other moves nothing."""
        if self.scene is None:
            return
        spare, column = 0, self._column_of_body
        if not self._low and self.scene.sums is not None:
            heights = self.sum.made.minimumHeight(), self.moves.height_of(self.body.width())
            spare = max(heights) - heights[self.moves.shown]
        if spare != self._spare.sizeHint().height():
            self._spare.changeSize(0, spare)
            column.invalidate()
            self._lay_out()

    def _caption(self, label: QLabel, texts: tuple[str, ...]) -> None:
        """The longest that fits, or the shortest cut in the middle; the whole one as its tip."""
        room, metrics = int(self._column()), label.fontMetrics()
        fits = next((text for text in texts if metrics.horizontalAdvance(text) <= room), None)
        label.setText(metrics.elidedText(texts[-1], Qt.TextElideMode.ElideMiddle, room) if fits is None else fits)
        label.setToolTip(texts[0])

    # --- what a person does ---
    def _values(self, cell: tuple[int, int]) -> tuple[str, float, float | None]:
        assert self.scene is not None
        scene = self.scene
        entry = entry_text(scene.trace, scene.matrix, cell, self.session.notation)
        return entry, float(scene.matrix.values[cell]), None if self.sum.map.empty else float(self.sum.map.values[cell])

    def _says(self, row: int, column: int) -> str:
        if self.scene is None or row >= self.scene.matrix.values.shape[0]:
            return ""
        entry, value, gradient = self._values((row, column))
        text = f"{entry} = {number(value)}"
        if gradient is not None:
            text += f", d{entry} = {power(gradient)}"
        if not self.map.by_hand:
            return text + ". " + self.tr("A double-click opens its numbers.")
        return text + ". " + self.tr("Drag up or down, or turn the wheel, to change it.")

    def _on_link(self, link: str) -> None:
        """The node of a step whose addend is clicked; the entry, of which the inspector has all addends."""
        assert self.scene is not None
        if link == REST:
            self.editing.choose(*self.map.cell())
        else:
            self.session.select(step_place(self.scene, int(link)))

    def _on_hovered(self, row: int, column: int) -> None:
        if row >= 0 and self.scene is not None and self.moves.shown:
            entry, value, _ = self._values((row, column))
            self.line.write(self.moves.line(entry, value, (row, column)))
            return
        self.line.write(words.entry_line(*self._values((row, column))) if row >= 0 and self.scene is not None else "")

    def _on_sum_chosen(self, row: int, column: int) -> None:
        self.map.set_cell(row, column)
        self.editing.choose(row, column)

    # --- Qt ---
    def _half(self) -> float:
        """px of one of the maps' columns."""
        return max((self.body.width() - GAP) / 2, 20.0)

    def _column(self) -> float:
        """px of one of the columns on show, three at the update."""
        return max((self.body.width() - 2 * GAP) / 3, 20.0) if self.moves.shown else self._half()

    def _fit_maps(self) -> None:
        """Both as high as their square cells make them."""
        if self.scene is None or self.session is None:
            return
        rows, columns = self.scene.matrix.values.shape
        most = min(self._half(), MOST_HEIGHT * self.session.theme.font_px / 13)
        height = max(round(rows * square_cell(rows, columns, self._half(), most)), 14)
        for each in (self.map, self.sum.map):
            if each.minimumHeight() != height + 1:
                each.setFixedHeight(height + 1)
        self.moves.fit(height + 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._refit)

    def _refit(self) -> None:
        self._fit_heading()
        self._fit_maps()
        if self.scene is not None and self.sum.followed:
            self._show_sum()
            self._write_caption()
            self.moves.write(self.map.cell(), self.body.width())

    def _write_caption(self) -> None:
        assert self.scene is not None
        steps = 1 if self.moves.shown else self.scene.trace.steps  # three maps leave room for the symbol alone
        self._caption(self.over_map, words.matrix_texts(self.scene.matrix.symbol, steps))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.show_now()

    def hideEvent(self, event: QHideEvent) -> None:
        self.editing.rest()
        super().hideEvent(event)
