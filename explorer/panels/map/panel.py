"""Two options on a grid: how fast the gradient shrinks in every cell of it, each of which can be opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from core.ensemble.grid import Cell, Grid
from core.ensemble.measures import measure_named
from core.errors import InputError
from explorer.items.legends import ReachLegend
from explorer.items.plots.phase import PhasePicture
from explorer.items.plots.readout import Row
from explorer.panels.base import Listening
from explorer.panels.map import words
from explorer.panels.map.knobs import Axis, axes_of, usual_pair
from explorer.panels.map.scene import phase_of
from explorer.panels.page import PagePanel
from explorer.session.session import Change, Session
from explorer.style.numbers import number, parse
from explorer.widgets.card import Card
from explorer.widgets.labels import text_label
from explorer.words import in_language

SIZES, SEEDS = (8, 12, 16, 24), (1, 5, 20)
HIGHEST, LOW = 420, 420  # px of the picture; of the page from which there is room for a sentence
QWIDGETSIZE_MAX = 16777215  # px: no limit
FIELD = 58  # px of a field for an end of a range


class MapPanel(PagePanel):
    """The two options with their ranges, and the picture that they span once it has been run."""

    name = "map"
    follows = Change.RUN | Change.THEME

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.keys = (
            (self.tr("← → ↑ ↓"), self.tr("the next cell, in numbers")),
            (self.tr("Return"), self.tr("open the experiment of that cell")),
        )
        self._by_hand = False
        self._axes: tuple[Axis, ...] = ()
        self._typed: dict[str, Axis] = {}  # ranges that a person has typed
        self.across, self.up = QComboBox(), QComboBox()
        self.ends = tuple(tuple(QLineEdit() for _ in range(2)) for _ in range(2))
        for combo, fields, where in zip(
            (self.across, self.up), self.ends, (self.tr("across"), self.tr("up")), strict=True
        ):
            combo.setAccessibleName(self.tr("Option {where}").format(where=where))
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(8)
            combo.activated.connect(self._choose)
            for field, end in zip(fields, (self.tr("first"), self.tr("last")), strict=True):
                field.setAccessibleName(self.tr("{end} value {where}").format(end=end, where=where))
                field.editingFinished.connect(self._take_ends)
        self.cells, self.seeds = QComboBox(), QComboBox()
        for n in SIZES:
            self.cells.addItem(f"{n} × {n}", n)
        for n in SEEDS:
            self.seeds.addItem(self.tr("{n} seeds").format(n=n) if n > 1 else self.tr("1 seed"), n)
        self.cells.setCurrentIndex(SIZES.index(12))
        self.cells.setAccessibleName(self.tr("Cells"))
        self.seeds.setAccessibleName(self.tr("Seeds of each cell"))
        self.run = QPushButton(self.tr("Run"))
        self.run.setToolTip(self.tr("Runs this experiment in every cell"))
        self.run.clicked.connect(self._run)
        self.legend, self.left = ReachLegend(40), text_label("small", self.tr("left after 10 steps"))
        self.said = text_label("muted", wraps=True)
        self.picture = PhasePicture()
        self.picture.read, self.picture.says = self._read, self.sentence
        self.picture.chosen.connect(lambda row, column: self.session.phase.open(self._cell(row, column)))
        self._arrange()

    def _arrange(self) -> None:
        self.card = Card(self.tr("Phase diagram"))
        self.options = QWidget()
        column = QVBoxLayout(self.options)
        column.setContentsMargins(0, 0, 0, 0)
        rows = QGridLayout()
        rows.setHorizontalSpacing(6)
        for k, (text, combo) in enumerate(((self.tr("across"), self.across), (self.tr("up"), self.up))):
            rows.addWidget(text_label("muted", text), k, 0)
            rows.addWidget(combo, k, 1)
            for j, field in enumerate(self.ends[k]):
                field.setFixedWidth(FIELD)
                rows.addWidget(field, k, 2 + j)
        rows.setColumnStretch(1, 1)
        column.addLayout(rows)
        row = QHBoxLayout()
        for widget in (self.cells, self.seeds, self.run):
            row.addWidget(widget)
        row.addStretch(1)
        column.addLayout(row)
        self.card.add(self.options)
        self.card.add(self.picture, 100)  # as high as it can be
        below = QHBoxLayout()
        below.addWidget(self.legend)
        below.addWidget(self.left)
        below.addStretch(1)
        self.card.content.addLayout(below)
        self.card.add(self.said)
        self.card.content.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.card)
        self.setFocusProxy(self.across)

    def page_title(self) -> tuple[str, str]:
        return self.tr("Map"), self.tr("A phase diagram: the decay of the gradient over two options")

    def listens(self, session: Session) -> Listening:
        yield from super().listens(session)
        yield session.grid_changed, self.show_again

    # --- what is shown ---
    def show_run(self) -> None:
        self._show_options()
        self._show_said()
        grid = self.session.phase.grid
        self.picture.set_theme(self.session.theme)
        self.legend.set_theme(self.session.theme)
        self.picture.setMaximumHeight(self._highest())
        for widget in (self.picture, self.legend, self.left):
            widget.setVisible(grid is not None)
        if grid is None:
            self.picture.set_phase(None)
            self.said.setText(self.tr("Where does the gradient vanish, where does it explode? Every cell is one run."))
            return
        titles = self._titles(grid)
        self.picture.set_phase(phase_of(grid, self.session.experiment, titles))
        self.said.setText(words.summary(grid, max(len(cell.outcomes) for cell in grid.cells)))
        name = self.tr("Phase diagram, {across} across, {up} up.").format(across=titles[0], up=titles[1])
        self.picture.setAccessibleName(f"{name} {self.said.text()}")

    def _highest(self) -> int:
        """px of the picture at most."""
        return round(HIGHEST * self.picture.zoom)

    def _show_said(self) -> None:
        """Where the page is low the picture needs the room; a screen reader has the words anyway."""
        low = self.height() < LOW * self.picture.zoom
        self.said.setVisible(not (low and self.session.phase.grid is not None))

    def _titles(self, grid: Grid) -> tuple[str, str]:
        known = {axis.name: axis.title for axis in self._axes}
        across, up = (words.tr(known.get(knob.name, knob.name)) for knob in (grid.across, grid.down))
        return across, up

    def _show_options(self) -> None:
        """The options of this experiment; those that a person chose as long as there are such."""
        axes = axes_of(self.session.experiment)
        pair = tuple(combo.currentData() for combo in (self.across, self.up))
        names = {axis.name for axis in axes}
        if not (self._by_hand and names.issuperset(pair)):
            pair = usual_pair(axes)
        if axes != self._axes:
            self._axes = axes
            for combo in (self.across, self.up):
                combo.clear()
                for axis in axes:
                    combo.addItem(words.tr(axis.title), axis.name)
        for combo, name in zip((self.across, self.up), pair, strict=True):
            combo.setCurrentIndex(combo.findData(name))
        self._show_ends()

    def _axis(self, combo: QComboBox) -> Axis:
        name = combo.currentData()
        return self._typed.get(name) or next(axis for axis in self._axes if axis.name == name)

    def _show_ends(self) -> None:
        for combo, fields in zip((self.across, self.up), self.ends, strict=True):
            axis = self._axis(combo)
            for field, value in zip(fields, (axis.first, axis.last), strict=True):
                field.setText(words.value_text(value))

    # --- what a person does ---
    def _choose(self) -> None:
        self._by_hand = True
        self._show_ends()

    def _take_ends(self) -> None:
        """Ranges as they are typed; what is no number is said, and the range stays."""
        for combo, fields in zip((self.across, self.up), self.ends, strict=True):
            axis = self._axis(combo)
            shown = (words.value_text(axis.first), words.value_text(axis.last))
            texts = tuple(field.text() for field in fields)
            if texts == shown:
                continue
            try:
                first, last = map(parse, texts)
            except ValueError as error:
                self.session.message.emit(str(error))
                self._show_ends()
                continue
            decades = axis.decades and min(first, last) > 0.0
            self._typed[axis.name] = replace(axis, first=first, last=last, decades=decades)

    def _run(self) -> None:
        self._take_ends()
        try:
            across, up = (self._axis(combo).knob(self.cells.currentData()) for combo in (self.across, self.up))
        except InputError as error:
            self.session.message.emit(in_language(error))
            return
        self.session.phase.start(across, up, self.seeds.currentData())

    # --- one cell ---
    def _cell(self, row: int, column: int) -> Cell:
        grid = self.session.phase.grid
        assert grid is not None
        return grid.cells[row * len(grid.across.values) + column]

    def _read(self, row: int, column: int) -> tuple[str, Sequence[Row]]:
        grid, theme = self.session.phase.grid, self.session.theme
        if grid is None:
            return "", ()
        cell, found = self._cell(row, column), self._cell(row, column).of(measure_named("decades"))
        pairs = zip(self._titles(grid), cell.values, strict=True)
        rows = [(title, words.value_text(value), theme.ink) for title, value in pairs]
        if cell.refusal:
            return self.tr("cannot be run; a click says why"), rows
        rows.append((self.tr("decades a step"), number(float(found)), theme.backward_text))
        rows.append((self.tr("in 10 steps"), words.factor_text(float(found)), theme.backward_text))
        return "", rows

    def sentence(self, row: int, column: int) -> str:
        """A cell in words."""
        grid = self.session.phase.grid
        return "" if grid is None else words.cell_sentence(grid, self._titles(grid), self._cell(row, column))

    # --- Qt ---
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.session is not None:
            self._show_said()


class PresentedMap(MapPanel):
    """The same as a picture of its own, which is there while presenting once the map has been run: without what it is
    made with, and as large as the screen."""

    name = "presented map"

    def _arrange(self) -> None:
        super()._arrange()
        self.options.hide()

    def _highest(self) -> int:
        return QWIDGETSIZE_MAX

    def wanted(self, session: Session) -> bool:
        return session.phase.grid is not None
