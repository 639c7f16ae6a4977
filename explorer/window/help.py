"""What the menu Help opens beside the keys: what this program is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow, QMessageBox

from explorer.words import translator

_tr = translator("help")


def show_about(window: QMainWindow) -> None:
    """The program in one sentence."""
    box = QMessageBox(window)
    box.setWindowTitle(_tr("About"))
    box.setText(_tr("BPTT Explorer: see every number of backpropagation through time."))
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
