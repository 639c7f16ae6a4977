"""The card of an open lesson, above the pictures: one sentence, one question, and whether what it claims holds here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from explorer.items.note import draw_note
from explorer.items.plots.count_tables import CountTables
from explorer.panels.base import Listening, Panel
from explorer.panels.lesson.answers import ANSWERS, Answers, Choice
from explorer.panels.lesson.coloured import Sentence
from explorer.panels.lesson.words import again_text, answer_text, claims_text, progress_texts, title_text
from explorer.session.session import Change, Session
from explorer.widgets.labels import text_label
from explorer.words import sentences

BELOW_SENTENCE = 2  # the place of what a step draws


class LessonPanel(Panel):
    """Visible only while a lesson is open. While a question waits, the way on is closed."""

    name = "lesson"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Lesson"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.title, self.progress = text_label("title", wraps=True), text_label("muted")
        self.claims = text_label("muted")
        self.back = self._button("‹", self.tr("The step before (PgUp)"), lambda: self.session.lesson.on(-1))
        self.next = self._button("›", self.tr("On: what this step plays, then the next step (PgDown)"),
                                 lambda: self.session.lesson.on(1))  # fmt: skip
        self.reveal = self._button(self.tr("Reveal"),
                                   self.tr("The answer, without a guess: for a hall that has guessed"),
                                   lambda: self.session.lesson.question.reveal())  # fmt: skip
        self.again = self._button(self.tr("Try again"),
                                  self.tr("The question once more; your first answer is the one that counts"),
                                  lambda: self.session.lesson.again())  # fmt: skip
        self.keep = self._button(self.tr("Take along"),
                                 self.tr("The run of this step.\nA click ends the lesson and makes it your own "
                                         "experiment; undo goes back."),
                                 lambda: self.session.lesson.keep())  # fmt: skip
        self.end = self._button(self.tr("End"), self.tr("End the lesson: back to what was on the screen before (Esc)"),
                                lambda: self.session.lesson.leave())  # fmt: skip
        self.sentence, self.question, self.answer = map(Sentence, ("sentence", "title", "sentence"))
        self.act = text_label("muted", wraps=True)
        self._places: tuple[str, ...] = ()  # ways to say which step it is
        line = self._head = QHBoxLayout()
        line.setSpacing(8)
        for widget in (self.back, self.progress, self.next):
            line.addWidget(widget)
        line.addWidget(self.title, 1)
        for widget in (self.reveal, self.keep, self.end):
            line.addWidget(widget)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 10)
        column.setSpacing(6)
        column.addLayout(line)
        column.addLayout(_beside(self.sentence, self.claims))
        column.addWidget(self.question)
        column.addLayout(_beside(self.answer, self.again))
        column.addWidget(self.act)
        self.answers: Answers | None = None
        self.picture: CountTables | None = None  # what the step draws in its card
        self._shown: object = None  # the page that the widgets are of
        self.hide()

    def _button(self, text: str, tip: str, do) -> QPushButton:
        made = QPushButton(text)
        made.setToolTip(tip)
        made.setAccessibleName(tip)
        made.clicked.connect(lambda _=False: do())
        return made

    def commands(self) -> Mapping[str, Callable[[], object]]:
        return {f"option {k}": lambda k=k: self._option(k) for k in range(1, 5)}

    def _option(self, number: int) -> None:
        """Presses an option by its number; there may be fewer."""
        if isinstance(self.answers, Choice) and number <= len(self.answers.buttons):
            self.answers.buttons[number - 1].click()

    # --- changes of the session ---
    def listens(self, session: Session) -> Listening:
        yield from super().listens(session)
        yield session.lesson_changed, self._on_lesson

    def bind(self, session: Session) -> None:
        super().bind(session)
        self._on_lesson()

    def refresh(self, flags: Change) -> None:
        if flags & Change.THEME and self.session.lesson.page is not None:
            self._shown = None
            self._on_lesson()

    def _on_lesson(self) -> None:
        lesson = self.session.lesson
        page = lesson.page
        self.setVisible(page is not None)
        if page is None:
            self._drop_answers()
            self._shown = None
            return
        if page is not self._shown:
            self._shown = page
            self._set_page()
        answered = lesson.question.answered
        if answered is not None and self.answers is not None:
            self._take_focus()
            self.answers.show_truth()
        said = "" if answered is None else answer_text(answered)
        self.answer.say(said, self.session.theme)
        self.answer.setVisible(page.ask is not None)  # empty until then, so that the answer moves nothing
        self.act.setText(("✓ " if lesson.acted else "→ ") + page.act)
        self.act.setVisible(bool(page.act) and not lesson.asks)
        self._places = progress_texts(page.number, lesson.count, bool(lesson.waits))
        self.sentence.say(lesson.text, self.session.theme)
        said = claims_text(lesson.verdicts)
        self.claims.setText(said)
        self.claims.setVisible(bool(said))
        self.claims.setToolTip("\n".join(lesson.verdicts))
        for button, usable in ((self.back, page.number > 0), (self.next, not lesson.waits)):
            if not usable and button.hasFocus():
                self.setFocus()
            button.setEnabled(usable)
        self.reveal.setVisible(lesson.asks)
        for button in (self.keep, self.end):  # not for a hall to see
            button.setVisible(not self.presented)
        self.again.setVisible(answered is not None and not self.presented)
        self._fit_progress()
        self.setAccessibleDescription(sentences((page.text, page.question, said)))
        self.update()

    def _fit_progress(self) -> None:
        """The key that goes on is named where the title has all of its line beside it: an answer makes no card
        higher."""
        margins, gap = self._column.contentsMargins(), self._head.spacing()
        beside = [self.back, self.next, *(each for each in (self.reveal, self.keep, self.end) if not each.isHidden())]
        room = self.width() - margins.left() - margins.right() - gap
        room -= sum(each.sizeHint().width() + gap for each in beside)
        room -= self.title.fontMetrics().horizontalAdvance(self.title.text()) + 2
        width = self.progress.fontMetrics().horizontalAdvance
        self.progress.setText(next((text for text in self._places if width(text) <= room - gap), self._places[-1]))

    def _set_page(self) -> None:
        lesson = self.session.lesson
        page = lesson.page
        assert page is not None and lesson.lesson is not None
        self.title.setText(again_text(page.again) if page.again else title_text(lesson.lesson))
        self.question.say(page.question, self.session.theme)
        self.question.setVisible(bool(page.question))
        self._drop_answers()
        if self.picture is not None:
            self._column.removeWidget(self.picture)
            self.picture.hide()
            self.picture.deleteLater()
        self.picture = CountTables(page.tables) if page.tables else None
        if self.picture is not None:
            self.picture.set_theme(self.session.theme)
            self._column.insertWidget(BELOW_SENTENCE, self.picture)
        if page.ask is not None:
            self.answers = ANSWERS[page.ask.kind](self.session, self)
            self._column.insertWidget(self._column.indexOf(self.question) + 1, self.answers)

    def _take_focus(self) -> None:
        """What had the keyboard goes: its keys are the window's again, and no other control's."""
        if self.answers is not None and self.answers.isAncestorOf(self.window().focusWidget() or self):
            self.setFocus()

    def _drop_answers(self) -> None:
        if self.answers is not None:
            self._take_focus()
            self._column.removeWidget(self.answers)
            self.answers.hide()
            self.answers.deleteLater()
            self.answers = None

    # --- Qt ---
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._places:
            self._fit_progress()

    def sizeHint(self) -> QSize:
        """As high as its texts are in its present width."""
        wanted = self._column.sizeHint()
        return QSize(wanted.width(), self.heightForWidth(self.width())) if self.width() > 1 else wanted

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._column.heightForWidth(width)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.session is None:
            return
        answered = self.session.lesson.question.answered
        with QPainter(self) as painter:
            right = answered is not None and answered.graded.right
            draw_note(painter, QRectF(self.rect()), self.session.theme, right)


def _beside(text: QLabel, small: QWidget) -> QHBoxLayout:
    """A text, and what stands at the right of its first line."""
    line = QHBoxLayout()
    line.setSpacing(8)
    line.addWidget(text, 1)
    line.addWidget(small, 0, Qt.AlignmentFlag.AlignTop)
    return line
