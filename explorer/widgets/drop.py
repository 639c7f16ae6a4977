"""Files dropped onto a window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget


class FileDrop(QObject):
    """Opens the file that is dropped onto a widget, or onto any widget in it that does not take it itself; several at
    once with `several`, where there is that."""

    def __init__(
        self,
        target: QWidget,
        opens: Callable[[Path], object],
        several: Callable[[list[Path]], object] | None = None,
    ) -> None:
        super().__init__(target)
        self._opens, self._several = opens, several
        target.setAcceptDrops(True)
        target.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDropEvent):  # a drag that enters or moves is one, too
            paths = _files(event.mimeData())
            if not paths or (len(paths) > 1 and self._several is None):
                return False
            event.acceptProposedAction()
            if event.type() == QEvent.Type.Drop:
                if len(paths) == 1 or self._several is None:
                    self._opens(paths[0])
                else:
                    self._several(paths)
            return True
        return super().eventFilter(watched, event)


def _files(data: QMimeData) -> list[Path]:
    """The files that are dragged; none for anything else."""
    urls = data.urls()
    return [Path(url.toLocalFile()) for url in urls] if all(url.isLocalFile() for url in urls) else []
