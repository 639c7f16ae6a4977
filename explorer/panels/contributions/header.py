"""The header of the contributions: what is mapped, which of two derivatives, and whether at every t."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from explorer.items.legends import ReachLegend
from explorer.panels.contributions import words
from explorer.session.session import Session
from explorer.style.formula import FormulaLabel
from explorer.widgets.labels import text_label
from explorer.widgets.segmented import SegmentedControl

# lower than the segments of a toolbar: the header takes its height from the map
_LOW = "QPushButton { padding: 0px 8px; } QPushButton:focus { padding: 0px 7px; }"
_LOW_HEIGHT = 2.0  # in heights of the type


class ContributionsHeader(QObject):
    """Fills a card's header."""

    way_chosen = Signal(str)  # "total" or "partial"
    extent_chosen = Signal(bool)  # every t

    def __init__(self, header: QHBoxLayout, parent: QWidget) -> None:
        super().__init__(parent)
        self.title, self.note = text_label("title"), text_label("muted")
        self.title.setTextFormat(Qt.TextFormat.RichText)
        self.formula, self.legend = FormulaLabel(), ReachLegend(40)
        self.formula.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.formula.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.ways = SegmentedControl()
        self.ways.setAccessibleName(words.tr("which derivative"))
        self.ways.currentChanged.connect(self.way_chosen)
        self.extent = QPushButton(words.tr("all t"))
        self.extent.setCheckable(True)
        self.extent.setToolTip(words.tr("Every t, the last at the top; otherwise the playhead’s t alone."))
        self.extent.toggled.connect(self.extent_chosen)
        for control in (self.ways, self.extent):
            control.setStyleSheet(_LOW)
        for widget in (self.title, self.ways, self.formula, self.note):
            header.addWidget(widget)
        header.addStretch(1)
        header.addWidget(self.legend)
        header.addWidget(self.extent)

    def refresh(self, session: Session, stride: int, whole: bool, presented: bool) -> None:
        """Says what the session shows: every `stride`-th t where it is the `whole` map; `presented`: alone on show,
        where there is nothing to choose."""
        theme = session.theme
        tex, spoken = words.formula_of(session)
        self.title.setText(words.title(session))
        self.formula.set_formula(tex, theme.enlarged.font_px + 1.0, theme.backward_text, spoken)
        self.legend.set_theme(theme)
        self.ways.setVisible(words.separate(session))
        if words.separate(session):
            self.ways.set_options(words.ways(session))
            self.ways.setCurrent(session.view.reach)
        self.note.setText(words.every(stride))
        self.note.setVisible(stride != 1 and whole)
        with QSignalBlocker(self.extent):
            self.extent.setChecked(whole)
        self.extent.setVisible(not presented)
        for control in (self.ways, self.extent):
            control.setMaximumHeight(round(_LOW_HEIGHT * theme.enlarged.font_px))

    def fit(self, width: int, within: QWidget) -> None:
        """The legend, and then the formula, where there is room for them."""
        always = [each for each in (self.title, self.ways, self.note, self.extent) if each.isVisibleTo(within)]
        room = width - 46 - sum(each.sizeHint().width() + 10 for each in always)
        for each in (self.legend, self.formula):
            room -= each.sizeHint().width() + 10
            each.setVisible(room >= 0)
