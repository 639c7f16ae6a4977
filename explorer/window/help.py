"""What the menu Help opens: all keys, and what this program is."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QFrame, QMainWindow, QMessageBox, QTextBrowser, QVBoxLayout

from explorer.words import translator

_tr = translator("help")


def show_keys(window: QMainWindow, keys: str, font_px: int) -> None:
    """All keys, as HTML, in a dialog that fits on the screen and scrolls."""
    dialog = QDialog(window)
    dialog.setWindowTitle(_tr("Keys"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    text = QTextBrowser()
    text.setHtml(keys)
    text.setFrameShape(QFrame.Shape.NoFrame)
    QVBoxLayout(dialog).addWidget(text)
    dialog.resize(QSize(46 * font_px, 10_000).boundedTo(window.size() * 0.9))
    dialog.open()


def show_about(window: QMainWindow) -> None:
    """The program in one sentence."""
    box = QMessageBox(window)
    box.setWindowTitle(_tr("About"))
    box.setText(_tr("BPTT Explorer: see every number of backpropagation through time."))
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
