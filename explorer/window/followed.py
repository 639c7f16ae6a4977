"""A file that another program writes, followed while it is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject

from explorer.window.window import Window

SECONDS = 0.2  # after a change: an editor or a script may write a file in pieces


class FollowedFile(QObject):
    """`changed` is called a moment after the file was written. Many programs put another file in its place, which is to
    be followed anew then. `name`: what the window's player knows it by."""

    def __init__(self, parent: QObject, window: Window, name: str, changed: Callable[[], object]) -> None:
        super().__init__(parent)
        self._window, self._name, self._changed = window, name, changed
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self.written)

    @property
    def files(self) -> list[str]:
        """What is followed: one file, or none."""
        return self._watcher.files()

    def written(self) -> None:
        """The file has been written, or a piece of it."""
        self._window.player.remind(self._name, SECONDS, self._changed)

    def follow(self, path: Path | None) -> None:
        """This file and no other; None, or one that is not there: none."""
        wanted = [] if path is None or not path.is_file() else [str(path)]
        if gone := [each for each in self.files if each not in wanted]:
            self._watcher.removePaths(gone)
        if new := [each for each in wanted if each not in self.files]:
            self._watcher.addPaths(new)
