"""The lecturer's own window: notes, the answer, the next stop and a clock, on the screen that the hall does not see."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QPoint, QRect, QSize, Qt, QTime, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication, QScreen, QShowEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.jobs import Job
from explorer.application import application_of
from explorer.session.lessons.page import Page, headline, worded
from explorer.session.lessons.truth import answering
from explorer.session.session import Change, Session
from explorer.style.stylesheet import stylesheet
from explorer.style.theme import DARK, LIGHT
from explorer.widgets.labels import text_label
from explorer.window.window import Window
from explorer.words import translator

_tr = translator("lecture")
SECOND_MS = 1000
NOTES_SIZE = QSize(900, 560)
_NUMBER = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True)
class Screens:
    """Which of two screens the hall sees, and which is the lecturer's own: the computer's first one, whether the window
    was moved to the hall's before or not. None and None where there are not two, or both show the same."""

    hall: QScreen | None
    own: QScreen | None

    @classmethod
    def of(cls, screens: Sequence[QScreen], first: QScreen, shown_on: QScreen | None, swapped: bool) -> Screens:
        """`first`: the computer's first screen; `shown_on`: the window's; `swapped`: the other way round."""
        others = [screen for screen in screens if screen.geometry() != first.geometry()]
        if not others:
            return cls(None, None)
        here = None if shown_on is None else shown_on.geometry()
        other = next((screen for screen in others if screen.geometry() == here), others[0])
        return cls(first, other) if swapped else cls(other, first)


class Lecture(QObject):
    """Of one window. The notes open by themselves when a lesson is presented and there is a second screen."""

    def __init__(self, window: Window, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(window)
        self._window, self._clock = window, clock
        self._swapped = self._presented = False
        self.notes: NotesWindow | None = None
        window.presented.of_the_hall = lambda: None if window.session.lesson.lesson is None else self.screens.hall
        window.session.changed.connect(self._on_changed)
        window.closing.connect(self.close)
        app = application_of(window)
        app.screenAdded.connect(self._on_screens)
        app.screenRemoved.connect(self._on_screens)

    @property
    def screens(self) -> Screens:
        """Which is whose, as the screens and the window are now."""
        first, shown_on = QGuiApplication.primaryScreen(), self._window.screen()
        return Screens.of(QGuiApplication.screens(), first, shown_on, self._swapped)

    def toggle(self) -> None:
        """Opens the window of notes, or closes it."""
        if self.notes is not None and self.notes.isVisible():
            self.close()
        else:
            self.open()

    def open(self) -> None:
        """Opens it on the lecturer's own screen, where there are two."""
        if self.notes is None:
            self.notes = NotesWindow(self._window.session, self.swap, self._clock)
            self.notes.addActions(self._window.actions())  # the clicker works whichever window has the keyboard
        self._place(self.notes)
        self.notes.show()

    def swap(self) -> None:
        """The pictures come to the notes' screen, and the notes go to theirs."""
        self._swapped = not self._swapped
        hall = self.screens.hall
        if hall is not None and self._window.presenting:
            self._window.presented.move_to(hall)
        if self.notes is not None:
            self._place(self.notes)

    def close(self) -> None:
        """Closes it."""
        if self.notes is not None:
            self.notes.close()
            self.notes.deleteLater()
            self.notes = None

    def _place(self, notes: NotesWindow) -> None:
        own = self.screens.own
        notes.swap.setVisible(own is not None)
        if own is None:
            return
        room = own.availableGeometry().adjusted(40, 40, -40, -40)
        if own.geometry() == self._window.screen().geometry() and not self._window.presenting:
            beside = QRect(QPoint(), NOTES_SIZE.boundedTo(room.size()))  # the window there stays in sight
            beside.moveBottomRight(room.bottomRight())
            room = beside
        notes.setGeometry(room)

    def _on_screens(self) -> None:
        """A projector has come or gone. With the last of two the hall would see the answers."""
        if self.notes is None:
            return
        if self._window.presenting and self.screens.own is None:
            self.close()
        else:
            self._place(self.notes)

    def _on_changed(self, flags: Change) -> None:
        """Presenting has begun or ended."""
        if self._presented is self._window.presenting:
            return
        self._presented = self._window.presenting
        lesson = self._window.session.lesson.lesson
        if self._presented and lesson is not None and self.screens.own is not None:
            self.open()
        elif self.notes is not None:
            self._place(self.notes)


class NotesWindow(QWidget):
    """What is on show, what to say about it, the answer, what comes next, and how long it has taken."""

    def __init__(self, session: Session, swap: Callable[[], object], clock: Callable[[], float]) -> None:
        """`swap`: what exchanges the two screens."""
        super().__init__()
        self._session, self._clock, self._began = session, clock, clock()
        self._page: Page | None = None
        self.setWindowTitle(_tr("Lecturer's notes"))
        self.setObjectName("presented")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.resize(NOTES_SIZE)
        self.place, self.elapsed, self.now = text_label("title"), text_label("brand"), text_label("muted")
        self.sentence, self.question = text_label("sentence", wraps=True), text_label("title", wraps=True)
        self.notes, self.answer, self.next = (text_label("sentence", wraps=True) for _ in range(3))
        self.restart = QPushButton(_tr("Clock from 0"))
        self.restart.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Space is the lesson's
        self.restart.clicked.connect(self._restart)
        self.swap = QPushButton(_tr("Swap screens"))
        self.swap.setToolTip(_tr("The two screens.\nA click shows the pictures on this one, the notes on the other."))
        self.swap.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.swap.clicked.connect(swap)
        self.swap.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(20, 16, 20, 16)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)
        left, right = QVBoxLayout(), QVBoxLayout()
        for widget in (self.place, self.sentence, self.question):
            left.addWidget(widget)
            left.addSpacing(8)
        self._headings = [text_label("muted", text) for text in (_tr("Notes"), _tr("The answer"), _tr("Next"))]
        for heading, widget in zip(self._headings[:2], (self.notes, self.answer), strict=True):
            left.addSpacing(12)
            left.addWidget(heading)
            left.addWidget(widget)
        left.addStretch(1)
        for widget in (self.elapsed, self.now, self.restart, self.swap):
            right.addWidget(widget, 0, Qt.AlignmentFlag.AlignLeft)
            right.addSpacing(4)
        right.addSpacing(16)
        right.addWidget(self._headings[2])
        right.addWidget(self.next)
        right.addStretch(1)
        grid.addLayout(left, 0, 0)
        grid.addLayout(right, 0, 1)
        self._timer = QTimer(self)
        self._timer.setInterval(SECOND_MS)
        self._timer.timeout.connect(self.tick)
        self._timer.start()
        session.lesson_changed.connect(self.refresh)
        session.changed.connect(self._on_changed)
        self._dress()
        self.refresh()
        self.tick()

    def _on_changed(self, flags: Change) -> None:
        if flags & Change.THEME:
            self._dress()

    def _dress(self) -> None:
        """In the size of a desk, not of a hall; dark where the pictures are."""
        theme = DARK if self._session.theme.dark else LIGHT
        large = f"QLabel[role=sentence] {{ font-size: {theme.title_px + 3}px; }} QLabel {{ color: {theme.ink}; }}"
        ground = f"#presented {{ background: {theme.background}; }}"
        muted = f'QLabel[role="muted"] {{ color: {theme.muted}; font-size: {theme.font_px}px; }}'
        clock = 'QLabel[role="brand"] { font-size: 40px; }'
        self.setStyleSheet(f"{stylesheet(theme)} {large} {muted} {clock} {ground}")

    # --- what is said ---
    def refresh(self) -> None:
        """Another step, or an answer."""
        lesson = self._session.lesson
        page = lesson.page
        if page is None or lesson.lesson is None:
            self._page = None
            self.place.setText(_tr("No lesson is open; Ctrl+L lists them, Ctrl+Shift+L shows your stops."))
            for label in (self.sentence, self.question):
                label.setText("")
            for each, label in zip(self._headings, (self.notes, self.answer, self.next), strict=True):
                _say(each, label, "")
            return
        self.place.setText(f"{page.number + 1} / {lesson.count}   {headline(lesson.lesson.title)}")
        self.sentence.setText(lesson.text)
        self.question.setText(page.question)
        note = page.step.note
        _say(self._headings[0], self.notes, "" if note is None else worded(note))
        following = lesson.following
        _say(self._headings[2], self.next, _tr("the end") if following is None else _bare(worded(following.text)))
        if page is not self._page:
            self._page = page
            _say(self._headings[1], self.answer, "…" if page.ask is not None else "")
            if page.ask is not None:
                self._session.findings.ask("the answer", self._answering(page))

    def _answering(self, page: Page) -> Job[None]:
        text = yield from answering(page)
        if self._page is page:
            _say(self._headings[1], self.answer, text)

    # --- the clock ---
    def tick(self) -> None:
        """A second more."""
        gone = round(self._clock() - self._began)
        self.elapsed.setText(f"{gone // 60}:{gone % 60:02d}")
        lesson = self._session.lesson.lesson
        now = QTime.currentTime().toString("HH:mm")
        if lesson is not None and lesson.minutes is not None:
            now = _tr("of {n} min, {time}").format(n=lesson.minutes, time=now)
        self.now.setText(now)

    def _restart(self) -> None:
        self._began = self._clock()
        self.tick()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._timer.stop()
        super().closeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        self._timer.start()
        super().showEvent(event)


def _say(heading: QLabel, label: QLabel, text: str) -> None:
    """A text under its heading; neither where there is none."""
    label.setText(text)
    for each in (heading, label):
        each.setVisible(bool(text))


def _bare(text: str) -> str:
    """A sentence whose run is not made yet: its numbers are not known."""
    return _NUMBER.sub("…", text).replace("….", "…")
