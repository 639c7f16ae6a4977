"""The training: the loss over the updates on the left, and beside it a picture of what else is recorded, or of what the
network on show does. A drag over updates shows the network as it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QComboBox, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from core.training.run import TrainingRun
from core.training.spikes import spikes
from explorer.items.training.curves import Spike, UpdateCurves
from explorer.items.training.over_updates import OverUpdates
from explorer.panels.base import Listening, Panel
from explorer.panels.training import former, others, words
from explorer.panels.training.text import Text, TextPicture
from explorer.panels.training.view import LEAST_HEIGHT, Outcome, View, update_on_show
from explorer.panels.training.views import VIEWS, loss_series
from explorer.session.session import Change, Session
from explorer.widgets.card import Card
from explorer.widgets.labels import FittedLabel
from explorer.widgets.segmented import SegmentedControl
from explorer.words import sentences

BUTTON_FROM = 900  # px of width from which there is room for one update's button beside how far it is
AROUND = 14 + 28  # px of the header's gap after the title, and of the card's margins
TWO_FROM = 620  # px of width, in the light theme, from which both pictures are beside each other
MOST_SPIKES = 12  # that are marked


class TrainingPanel(Panel):
    """There while the document has a training, of the run on show or of a pinned one. Its pictures follow the training
    five times a second."""

    name = "training"
    remembered = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.keys = ((self.tr("[ ]"), self.tr("the network one update earlier, later")),)
        self.loss = UpdateCurves(self.tr("Loss"))
        self.pictures: dict[str, OverUpdates | Outcome] = {}
        self._training: TrainingRun | None = None
        self._wanted_view = VIEWS[0].name
        self._spikes: list[Spike] = []
        self._wished = LEAST_HEIGHT
        self._searched = 0  # updates that have been searched for spikes
        self._card = card = Card(self.tr("Training"))
        self.state = FittedLabel("small")
        self.views, self.menu = SegmentedControl(), QComboBox()  # the menu where the names have no room
        for choice in (self.views, self.menu):
            choice.setAccessibleName(self.tr("Picture beside the loss"))
        self.views.currentChanged.connect(self._choose)
        self.menu.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.menu.activated.connect(lambda k: self._choose(self.menu.itemData(k)))
        self.one = self._button(self.tr("One update, from the network on show (Shift+T)."), self.tr("One update"))
        self.one.clicked.connect(lambda: self.session.trainer.one_update())
        self.decades = self._button(
            self.tr("The first updates large: a logarithmic axis of updates, 0, 1, 2, 5, 10 …"), self.tr("log")
        )
        self.decades.setCheckable(True)
        self.decades.toggled.connect(self._stretch)
        tip = self.tr("Race: the pinned runs are trained along, each in its own way on the same data, as many updates "
                      "as this one; a run that is ahead waits (Ctrl+T).")  # fmt: skip
        self.race = self._button(tip, self.tr("Race"))
        self.race.clicked.connect(lambda: self.session.trainer.toggle_race())
        self.best = self._button(self.tr("The network with the lowest loss on validation."), self.tr("Best"))
        self.best.clicked.connect(lambda: self.session.trainer.show_best())
        card.header.addWidget(self.state, 1)
        for widget in (self.decades, self.race, self.one, self.best, self.views, self.menu):
            card.header.addWidget(widget)
        self._right = QWidget()
        self._stack = QStackedLayout(self._right)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(14)
        self._line.addWidget(self.loss, 2)
        self._line.addWidget(self._right, 2)
        card.content.addLayout(self._line, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(card)
        self.setMinimumHeight(LEAST_HEIGHT)
        self._connect(self.loss)

    def _button(self, tip: str, text: str = "") -> QToolButton:
        made = QToolButton()
        made.setText(text)
        made.setToolTip(tip)
        made.setAccessibleName(text or tip.partition(":")[0])
        made.setAccessibleDescription(tip)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        return made

    def _connect(self, picture: OverUpdates | Outcome) -> None:
        picture.scrubbed.connect(lambda update: self.session.trainer.show_update(update))
        if isinstance(picture, Outcome):
            picture.wanted.connect(self.show_training)

    # --- of the window ---
    def commands(self) -> Mapping[str, Callable[[], object]]:
        return {"sample": self._sample}

    def _sample(self) -> None:
        """With what is chosen in the Text view; as usual where that has not been looked at."""
        text = self.pictures.get(Text.name)
        if isinstance(text, TextPicture):
            text.through_chain(self.session)
        else:
            self.session.sampling.start()

    @property
    def least_height(self) -> int:
        return LEAST_HEIGHT

    @property
    def wished_height(self) -> int:
        height = self._view().height if self.views.current() else LEAST_HEIGHT
        return round(height * self.session.theme.font_px / 13)

    def wanted(self, session: Session) -> bool:
        return session.trainer.training is not None or bool(session.trainer.race.trainings())

    def listens(self, session: Session) -> Listening:
        yield from super().listens(session)
        yield session.trainer.changed, self.show_training

    def chosen(self) -> list[str | bool]:
        """The picture beside the loss, and whether the axis of updates is logarithmic."""
        return [self.views.current(), self.decades.isChecked()]

    def choose(self, chosen: object) -> None:
        """Takes over the choice of another panel of this kind; of earlier versions it is the picture alone."""
        view, decades = chosen if isinstance(chosen, list) and len(chosen) == 2 else (chosen, False)
        self._wanted_view = str(view)
        self.decades.setChecked(decades is True)
        self.show_training()

    def _stretch(self, decades: bool) -> None:
        for picture in (self.loss, *self.pictures.values()):
            if isinstance(picture, OverUpdates):
                picture.set_decades(decades)

    # --- what is shown ---
    def refresh(self, flags: Change) -> None:
        if flags & Change.PINS and self.session.trainer.training is not None:
            self.show_training()
        if flags & Change.THEME:
            for picture in (self.loss, *self.pictures.values()):
                picture.set_theme(self.session.theme)
            self.show_training()

    def show_selection(self) -> None:
        if self._training is not None and self._view().follows_selection:
            self.show_training()

    def show_training(self) -> None:
        """Catches up with the training."""
        trainer = self.session.trainer
        training = trainer.training
        self.race.setVisible(bool(self.session.pins))
        self._right.setVisible(training is not None)
        if training is None:
            self._training = None
            self._fit_header()
            self._show_others_alone()
            return
        if training is not self._training:
            self._training, self._spikes, self._searched = training, [], 0
        self._offer(training)
        self.state.set_texts(words.states(trainer))
        keys = self.tr("Alt+← and Alt+→ show the network one update earlier, later.")
        self.state.setToolTip(f"{words.state(trainer)}\n{keys}")
        self.best.setVisible(training.best is not None)
        self._fit_header()
        if not self.isVisible():
            return
        self._find_spikes(training)
        cursor = update_on_show(self.session)
        best = -1 if training.best is None else training.best.update
        own = loss_series(training, self.session.theme.enlarged)
        beside = [*former.losses(self.session), *own, *others.losses(self.session)]
        self.loss.set_series(beside, self._spikes[:MOST_SPIKES])
        self.loss.setToolTip("\n".join(each.sentence for each in others.others(self.session)))
        said = words.in_words(training), others.in_words(self.session)
        self.loss.setAccessibleDescription(sentences(said))
        view = self._view()
        picture = self._picture(view)
        view.show(picture, self.session, training)
        for each in (self.loss, picture):
            if isinstance(each, OverUpdates):
                beside = others.last_update(self.session) if isinstance(each, UpdateCurves) else 0
                each.set_updates(max(training.update, beside), cursor, best)

    def _show_others_alone(self) -> None:
        """The run on show has not been trained, and pinned ones have."""
        session = self.session
        self.best.hide()
        text = self.tr("not trained; Ctrl+T trains it, too") if others.others(session) else ""
        self.state.set_texts((text,))
        self.state.setToolTip(text)
        if self.isVisible():
            self.loss.set_series(others.losses(session))
            self.loss.setAccessibleDescription(others.in_words(session))
            self.loss.set_updates(others.last_update(session), -1)

    def _offer(self, training: TrainingRun) -> None:
        """The pictures that this training has."""
        there = [view for view in VIEWS if view.applies(training)]
        if [view.name for view in there] != self.views.keys():
            self.views.set_options([(view.name, self._titled(view, training), self.tr(view.tip)) for view in there])
            self.views.set_tight(True)
            self.menu.clear()
            for k, view in enumerate(there):
                self.menu.addItem(self._titled(view, training), view.name)
                self.menu.setItemData(k, self.tr(view.tip), Qt.ItemDataRole.ToolTipRole)
        if self._wanted_view in (view.name for view in there):
            self.views.setCurrent(self._wanted_view)
        self.menu.setCurrentIndex(self.menu.findData(self.views.current()))
        if self.wished_height != self._wished:
            self._wished = self.wished_height
            self.wish_changed.emit()

    def _fit_header(self) -> None:
        """The names of the pictures stand beside each other where they have room beside how far the training is, else
        in a menu; the rest of that line gives way first."""
        training, header = self._training, self._card.header
        self.one.setVisible(self.inner_size().width() >= BUTTON_FROM)
        margins = self._card.contentsMargins()
        room = self.width() - AROUND - margins.left() - margins.right() - self._card.title_width()
        for button in (self.decades, self.race, self.one, self.best):
            room -= 0 if button.isHidden() else button.sizeHint().width() + header.spacing()
        needed = 0
        if training is not None:
            needed = self.state.fontMetrics().horizontalAdvance(words.made(training.total, training.total))
        beside = room >= needed + self.views.sizeHint().width() + header.spacing()
        self.views.setVisible(training is not None and beside)
        self.menu.setVisible(training is not None and not beside)

    def _titled(self, view: View, training: TrainingRun) -> str:
        return training.metric_name.capitalize() if view.name == "metric" else self.tr(view.title)

    @property
    def has_controls(self) -> bool:
        return isinstance(self.pictures.get(self.views.current()), Outcome)

    def _view(self) -> View:
        return next(view for view in VIEWS if view.name == self.views.current())

    def _picture(self, view: View) -> OverUpdates | Outcome:
        """The widget of a view, made when it is first looked at."""
        if view.name not in self.pictures:
            made = self.pictures[view.name] = view.widget()
            if isinstance(made, OverUpdates):
                made.set_decades(self.decades.isChecked())
            made.set_theme(self.session.theme)
            self._connect(made)
            self._stack.addWidget(made)
        made = self.pictures[view.name]
        self._stack.setCurrentWidget(made)
        self._line.setStretch(1, 3 if isinstance(made, Outcome) else 2)
        return made

    def _choose(self, name: str) -> None:
        self._wanted_view = name
        self.show_training()

    def _find_spikes(self, training: TrainingRun) -> None:
        if training.update < self._searched:
            self._spikes, self._searched = [], 0
        if training.update > self._searched:
            self._spikes += [words.named(each) for each in spikes(training.history, self._searched + 1)]
            self._searched = training.update

    # --- Qt ---
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.session is not None:
            self.show_training()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = self.inner_size().width() >= TWO_FROM
        ways = QBoxLayout.Direction
        self._line.setDirection(ways.LeftToRight if beside else ways.TopToBottom)
        self._fit_header()

    def sizeHint(self) -> QSize:
        return QSize(600, 200)
