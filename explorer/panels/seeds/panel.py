"""One number of every run over many seeds as a histogram: this run among them, and the worst one to open."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from core.ensemble.measures import MEASURES, measure_named, worst
from explorer.items.plots.histogram import HistogramPicture
from explorer.items.plots.readout import Row
from explorer.panels.base import Listening
from explorer.panels.page import PagePanel
from explorer.panels.seeds import words
from explorer.panels.seeds.scene import Spread, spread_of
from explorer.session.seeds import COUNT
from explorer.session.session import Change, Session
from explorer.widgets.card import Card
from explorer.widgets.labels import text_label

HIGHEST = 320  # px of the picture


class SeedsPanel(PagePanel):
    """One number of every run, chosen above it, as bars."""

    name = "seeds"
    follows = Change.RUN | Change.THEME

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.keys = (
            (self.tr("← →"), self.tr("the next bar, the one before, in numbers")),
            (self.tr("Return"), self.tr("open a seed of that bar; again: the next one of it")),
        )
        self.spread: Spread | None = None
        self.measure = QComboBox()
        self.measure.setAccessibleName(self.tr("Number of each run"))
        for each in MEASURES:
            self.measure.addItem(words.title_of(each), each.name)
        self.measure.setMinimumContentsLength(16)
        self.measure.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.measure.currentIndexChanged.connect(self.show_again)
        self.run = QPushButton(self.tr("Run {n} seeds").format(n=COUNT))
        self.run.setToolTip(self.tr("This experiment over {n} seeds, of its weights and its data").format(n=COUNT))
        self.run.clicked.connect(lambda: self.session.seeds.start())
        self.open_worst = QPushButton()
        self.open_worst.clicked.connect(self._open_worst)
        self.said = text_label("muted", wraps=True)
        self.picture = HistogramPicture()
        self.picture.read, self.picture.says = self._read, self.sentence
        self.picture.chosen.connect(self._open_in)
        self._arrange()

    def _arrange(self) -> None:
        self.card = Card(self.tr("Over many seeds"))
        self.card.add(self.measure)
        self.card.add(self.picture, 100)  # as high as it can be
        self.card.add(self.said)
        row = QHBoxLayout()
        row.addWidget(self.run)
        row.addWidget(self.open_worst)
        row.addStretch(1)
        self.card.content.addLayout(row)
        self.card.content.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.card)
        self.setFocusProxy(self.measure)

    def page_title(self) -> tuple[str, str]:
        return self.tr("Seeds"), self.tr("A number of each run over many seeds, as a histogram")

    def listens(self, session: Session) -> Listening:
        yield from super().listens(session)
        yield session.seeds_changed, self.show_again

    # --- what is shown ---
    def show_run(self) -> None:
        self.picture.set_theme(self.session.theme)
        self.picture.setMaximumHeight(round(HIGHEST * self.picture.zoom))
        self.spread = spread = spread_of(self.session, measure_named(self.measure.currentData()))
        there = spread is not None
        for widget in (self.picture, self.open_worst):
            widget.setVisible(there)
        self.run.setVisible(not there)
        if spread is None:
            text = self.tr("How much of this is due to the seed? Runs {n} seeds, of the weights and of the data.")
            self.said.setText(text.format(n=COUNT))
            return
        self.picture.set_bars(spread.bars, spread.ends, spread.mark)
        lower, higher = self.session.seeds.ranked(spread.measure)
        place = words.place_text(spread.own, lower, higher, len(spread.numbers))
        self.said.setText(f"{words.quantiles_text(spread.numbers)} {place}")
        self.picture.setAccessibleName(f"{words.title_of(spread.measure)}. {self.said.text()}")
        self._show_worst(spread)

    def _worst(self) -> int | None:
        found = self.session.seeds.ensemble
        return None if found is None or self.spread is None else worst(self.spread.measure, found.outcomes)

    def _show_worst(self, spread: Spread) -> None:
        place = self._worst()
        self.open_worst.setEnabled(place is not None)
        text = self.tr("Open the worst")
        if place is not None:
            text = self.tr("Open the worst: {value}").format(value=words.value_text(float(spread.numbers[place])))
            tip = self.tr("The run of seed {seed}; undo brings this one back").format(seed=self._seed(place))
            self.open_worst.setToolTip(tip)
        self.open_worst.setText(text)

    def _seed(self, place: int) -> int:
        found = self.session.seeds.ensemble
        return found.outcomes[place].experiment.weight_seed if found is not None else 0

    # --- one bar ---
    def _read(self, k: int) -> tuple[str, Sequence[Row]]:
        spread = self.spread
        if spread is None:
            return "", ()
        seeds = ", ".join(str(self._seed(place)) for place in spread.members[k][:4])
        more = ", …" if len(spread.members[k]) > 4 else ""
        return self.sentence(k), ((self.tr("seeds"), seeds + more, self.session.theme.ink),)

    def sentence(self, k: int) -> str:
        """Bar k in words: the numbers of its seeds, and how many they are."""
        spread = self.spread
        if spread is None:
            return ""
        numbers = spread.numbers[list(spread.members[k])]
        low, high = (float(numbers.min()), float(numbers.max())) if len(numbers) else (0.0, 0.0)
        return words.range_text(low, high, len(numbers), spread.bars[k].text)

    # --- opening ---
    def _open_in(self, k: int) -> None:
        """A seed of bar k: the first of it, or the next where one of it is on show."""
        found, spread = self.session.seeds.ensemble, self.spread
        if found is None or spread is None or not spread.members[k]:
            return
        members = spread.members[k]
        shown = [place for place in members if found.outcomes[place].experiment == self.session.experiment]
        at = (members.index(shown[0]) + 1) % len(members) if shown else 0
        self.session.seeds.open(members[at])

    def _open_worst(self) -> None:
        place = self._worst()
        if place is not None:
            self.session.seeds.open(place)
