"""A recorded run without its weights, over the window: its numbers as they are, and what of them could be checked.

The experiment below stays as it is: nothing here can be run, so no other picture would be of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from core.diagnosis.without_weights import checked
from core.maths.arrays import Array
from core.own.without_weights import RecordedRun
from explorer.items.recorded.layout import Place
from explorer.items.recorded.picture import RecordedPicture
from explorer.session.session import Change, Session
from explorer.widgets.card import Card, repolish
from explorer.widgets.controls import settle_controls
from explorer.widgets.labels import text_label
from explorer.window.page import Page
from explorer.window.recorded.scene import decades_of, layers_of, titles_of, words_of
from explorer.words import in_language

MOST_NAMES = 8  # of what could not be checked; all of them are in the tip


class RecordedPage(Page):
    """Shows one recorded run."""

    def __init__(self, session: Session, place: Callable[[], QRect], parent: QWidget) -> None:
        super().__init__(session, place, parent)
        self.run: RecordedRun | None = None
        self.setAccessibleName(self.tr("Recorded run"))
        self.source, self.notes = text_label("muted"), text_label("", wraps=True)
        self.readout = text_label("value")
        self.sample = QComboBox()
        self.sample.setAccessibleName(self.tr("Sample"))
        self.sample.currentIndexChanged.connect(self._fill)
        self.picture = RecordedPicture()
        self.picture.setAccessibleName(self.tr("Recorded numbers"))
        self.picture.says = lambda place: words_of(self._shown, place, self._sample, aloud=True)
        self.picture.chosen.connect(self._on_chosen)
        self.picture.hovered.connect(self._read_out)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(self.picture)
        self.area.viewport().installEventFilter(self)
        self._lay_out()
        session.changed.connect(self._on_changed)
        settle_controls(self)
        self.watch((self.sample, self.close_button, self.picture))

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(text_label("title", self.tr("Recorded run")))
        head.addWidget(self.source)
        head.addStretch(1)
        head.addWidget(self.sample)
        head.addWidget(self.close_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 12, 10, 10)
        whole.setSpacing(8)
        card = Card()
        card.add(self.area, 1)
        whole.addLayout(head)
        whole.addWidget(self.notes)
        whole.addWidget(card, 1)
        whole.addWidget(self.readout)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.area.viewport():
            self.picture.set_sight(self.area.viewport().height())
            return False
        return super().eventFilter(watched, event)

    # --- opening and closing ---
    def open_run(self, run: RecordedRun, arrays: Mapping[str, Array], name: str) -> None:
        """Shows a run from a file of that name; `arrays` are what is in it."""
        self.run = run
        self.source.setText("  ·  ".join(filter(None, (name, run.model))))
        found = checked(run, arrays)
        lines = list(map(in_language, found.lines(MOST_NAMES)))
        if run.assumed:
            lines.append(self.tr("Axes: time first, (T, B, n): assumed; File, Open arrays states others."))
        self.notes.setText("\n".join(lines))
        self.notes.setProperty("role", "error" if found.wrong is not None else "muted")
        repolish(self.notes)
        self.notes.setToolTip("\n".join(map(in_language, found.lines())))
        self.setAccessibleDescription(self.notes.toolTip())
        self.sample.blockSignals(True)
        self.sample.clear()
        self.sample.addItems([
            self.tr("sample {k} of {n}").format(k=k + 1, n=run.shape[1]) for k in range(run.shape[1])
        ])  # fmt: skip
        self.sample.blockSignals(False)
        self.sample.setVisible(run.shape[1] > 1)
        self.picture.set_theme(self._session.theme)
        self.picture.at = Place()
        self._fill()
        self.open_over()
        self.picture.setFocus()  # which scrolls to the picture's middle
        for bar in (self.area.horizontalScrollBar(), self.area.verticalScrollBar()):
            bar.setValue(0)

    def controls(self) -> list[QWidget]:
        return [self.picture, self.sample, self.close_button]

    def hidden_height(self) -> int:
        """px of the picture that are below what is in sight."""
        return max(self.picture.height() - self.area.viewport().height(), 0)

    @property
    def _shown(self) -> RecordedRun:
        assert self.run is not None
        return self.run

    @property
    def _sample(self) -> int:
        return max(self.sample.currentIndex(), 0)

    def _fill(self) -> None:
        run = self._shown
        layers = layers_of(run, self._sample)
        self.picture.set_run(layers, run.shape[0], decades_of(run), titles_of(run))
        self._read_out(None)

    def _read_out(self, place: Place | None) -> None:
        """The number under the mouse, or the selected one."""
        self.readout.setText(words_of(self._shown, place or self.picture.at, self._sample))

    def _on_chosen(self, place: Place) -> None:
        self._read_out(place)
        cell = self.picture.places.cell(place, 0).center().toPoint()
        self.area.ensureVisible(cell.x(), cell.y(), 40, 60)

    def _on_changed(self, flags: Change) -> None:
        if Change.THEME in flags and self.run is not None:
            self.picture.set_theme(self._session.theme)
            self.update()
