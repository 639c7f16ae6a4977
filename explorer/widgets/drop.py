"""Files dropped onto a window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget


class FileDrop(QObject):
    """Opens the file that is dropped onto a widget, or onto any widget in it that does not take it itself."""

    def __init__(self, target: QWidget, opens: Callable[[Path], object]) -> None:
        super().__init__(target)
        self._opens = opens
        target.setAcceptDrops(True)
        target.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDropEvent):  # a drag that enters or moves is one, too
            path = _file(event.mimeData())
            if path is None:
                return False
            event.acceptProposedAction()
            if event.type() == QEvent.Type.Drop:
                self._opens(path)
            return True
        return super().eventFilter(watched, event)


def _file(data: QMimeData) -> Path | None:
    """The one file that is dragged; None for anything else, and for several files at once."""
    urls = data.urls()
    return Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
