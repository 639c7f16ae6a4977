"""A string and a QR code that carry what is on the screen, and what is done with a string that somebody was given."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QInputDialog, QPlainTextEdit, QPushButton, QVBoxLayout

from core.errors import InputError
from core.sharing import strings
from explorer.widgets.labels import text_label
from explorer.widgets.qr import LONGEST, PACKAGE, QRCode, can_make
from explorer.window.window import Window
from explorer.words import in_language, translator

_tr = translator("sharing")


class Sharing:
    """Of one window. `may_lose`: asked before what is on the screen goes."""

    def __init__(self, window: Window, may_lose: Callable[[], bool]) -> None:
        self._window, self._session, self._may_lose = window, window.session, may_lose
        self.dialog: SharedDialog | None = None

    # --- giving ---
    def share(self) -> bool:
        """Shows the string of the lesson's step, or of the experiment where no lesson is open. False, with a message,
        where there can be none."""
        session = self._session
        if session.hunting is not None:
            session.message.emit(_tr("A run with a hidden error is not shared; end the search first."))
            return False
        made: list[bool] = []
        session.run.when_shown(lambda: made.append(self._show()))
        return made == [True]

    def _show(self) -> bool:
        try:
            text = self.text()
        except InputError as error:
            self._session.message.emit(in_language(error))
            return False
        self.dialog = SharedDialog(text, self._session.lesson.lesson is not None, self._window)
        self.dialog.open()
        return True

    def text(self) -> str:
        """The string. Raises InputError where there can be none."""
        lesson = self._session.lesson
        if lesson.lesson is None:
            return strings.of_session(self._session.saved.text())
        return strings.of_step(*lesson.shown_step())

    # --- getting ---
    def paste(self) -> bool:
        """Opens the string in the clipboard; asks for one where there is none. False where it is not opened."""
        text = QGuiApplication.clipboard().text(QGuiApplication.clipboard().Mode.Clipboard)[: 4 * strings.LONGEST]
        if not strings.is_string(text):
            title, asked = _tr("Open a string"), _tr("The string, as it was copied; it begins with bptt1.")
            text, given = QInputDialog.getText(self._window, title, asked)
            if not given:
                return False
        return self.open(text)

    def open(self, text: str) -> bool:
        """Shows what is in a string. False, with a message, where that cannot be; all stays as it is."""
        session = self._session
        try:
            found = strings.read(text)
        except InputError as error:
            session.message.emit(in_language(error))
            return False
        if found.lesson is not None:
            return session.lesson.open_step(found.lesson, found.step)
        assert found.saved is not None
        return self._may_lose() and session.saved.open_shared(found.saved)


class SharedDialog(QDialog):
    """The string to be copied, and its code to be photographed."""

    def __init__(self, text: str, of_lesson: bool, window: Window) -> None:
        super().__init__(window)
        self.setWindowTitle(self.tr("Share this step") if of_lesson else self.tr("Share this experiment"))
        what = self.tr("this step of the lesson") if of_lesson else self.tr("this experiment")
        self.about = text_label("muted", wraps=True)
        says = self.tr("Who has this string sees {what}: paste it into the window (Ctrl+V), or start with "
                       "python3 main.py STRING.")  # fmt: skip
        self.about.setText(says.format(what=what))
        self.field = QPlainTextEdit(text)
        self.field.setReadOnly(True)
        self.field.setAccessibleName(self.tr("the string"))
        self.field.setMaximumHeight(110)
        self.code = QRCode()
        self.code.setAccessibleName(self.tr("a QR code of the string"))
        self.code.set_text(text)
        self.why = text_label("muted", wraps=True)
        if not can_make():
            self.why.setText(self.tr("With the optional package {name} a QR code stands here.").format(name=PACKAGE))
        elif not self.code.modules:
            why = self.tr("{n} characters are too many for a QR code that a telephone reads ({most} are the most).")
            self.why.setText(why.format(n=len(text), most=LONGEST))
        self.why.setVisible(bool(self.why.text()))
        self.copy_button, close = QPushButton(self.tr("Copy")), QPushButton(self.tr("Close"))
        self.copy_button.clicked.connect(self.copy)
        close.clicked.connect(self.accept)
        line = QHBoxLayout()
        line.addStretch(1)
        for button in (self.copy_button, close):
            line.addWidget(button)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        for widget in (self.about, self.field, self.code, self.why):
            column.addWidget(widget, widget is self.code)
        column.addLayout(line)
        self.setMinimumWidth(460)
        self.copy_button.setDefault(True)

    def copy(self) -> None:
        """The string is in the clipboard."""
        QGuiApplication.clipboard().setText(self.field.toPlainText())
        self.copy_button.setText(self.tr("Copied"))
