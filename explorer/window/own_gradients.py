"""What the window does with somebody's own gradients: opens a file and follows it, or takes a matrix that is pasted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFileDialog, QLabel, QPlainTextEdit, QVBoxLayout

from core.errors import InputError
from core.maths.arrays import Array
from explorer.session.compared import fitted, pasted, places_of
from explorer.session.session import Session
from explorer.window.followed import FollowedFile
from explorer.window.window import Window
from explorer.words import in_language, translator

_tr = translator("own gradients")


class OwnGradients(QObject):
    """Of one window."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self.followed = FollowedFile(self, window, "own gradients", self._again)
        window.session.compared_changed.connect(self._watch)

    def open(self, path: Path | None = None) -> bool:
        """Compares a file with the run on show; asks which, unless it is given. False where none was, or with a message
        where it cannot be."""
        if path is None:
            folder = self._window.settings.last_folder()
            kinds = _tr("Arrays (*.npz *.npy *.safetensors *.json);;All files (*)")
            name, _ = QFileDialog.getOpenFileName(self._window, _tr("Your gradients"), folder, kinds)
            if not name:
                return False
            path = Path(name)
        self._window.session.hunt.leave()
        return self._session.compared.open(path)

    def paste(self) -> bool:
        """Asks for one matrix. False where none was given."""
        dialog = PasteDialog(self._session, self._window)
        if dialog.exec() != QDialog.DialogCode.Accepted or dialog.array is None:
            return False
        name = dialog.quantity
        return self._session.compared.compare(
            {name: dialog.array}, _tr("what was pasted"), places={name: dialog.places}
        )

    def _watch(self) -> None:
        """Follows the file that is compared: each time it is saved it is compared again."""
        compared = self._session.compared
        self.followed.follow(compared.path if compared.state is not None else None)

    def _again(self) -> None:
        path = self._session.compared.path
        if path is not None:
            self._session.compared.open(path, again=True)
            self._watch()  # NumPy puts another file in its place


class PasteDialog(QDialog):
    """One matrix, and which gradient it is. `quantity` by the names of `trace`, `array` in its shape, `places` where
    each number of it stood in what was pasted: once it is accepted."""

    def __init__(self, session: Session, parent: Window) -> None:
        from core.diagnosis.words import Words

        super().__init__(parent)
        self.setWindowTitle(_tr("Check one matrix"))
        self._session, self.array, self.places = session, None, np.empty(0)
        self.which, self.text, self._said = QComboBox(), QPlainTextEdit(), QLabel()
        self.which.setAccessibleName(_tr("Which gradient it is"))
        trace, words = session.trace, Words(session.trace, session.notation)
        for name, array in {**trace.parameters, **trace.named_parameters(trace.parameters)}.items():
            part, _, own = name.partition(".")
            shape = " × ".join(map(str, array.shape))
            symbol = words.parameter(part, own)
            self.which.addItem(
                _tr("∂L/∂{symbol}, {shape} ({name})").format(symbol=symbol, shape=shape, name=name), name
            )
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setPlaceholderText("[[ 0.33054913 -0.66447754]\n [ 0.05391951 -0.14907888]]")
        self.text.setAccessibleName(_tr("The matrix, a row a line"))
        self.text.setTabChangesFocus(True)
        self._said.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (QLabel(_tr("Which gradient:")), self.which, QLabel(_tr("The matrix, as NumPy prints it:"))):
            column.addWidget(widget)
        column.addWidget(self.text, 1)
        column.addWidget(self._said)
        column.addWidget(buttons)
        self.resize(520, 380)

    @property
    def quantity(self) -> str:
        return f"grad.{self.which.currentData()}"

    def accept(self) -> None:
        trace = self._session.trace
        shape = {**trace.parameters, **trace.named_parameters(trace.parameters)}[self.which.currentData()].shape
        try:
            given = pasted(self.text.toPlainText())
            self.array: Array | None = fitted(given, shape)
            self.places = places_of(given, shape)
        except InputError as error:
            self._said.setText(in_language(error))
            return
        super().accept()
