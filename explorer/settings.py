"""What the program remembers between two starts: layout, theme, recent files. JSON text, never pickle.

A value that is missing, broken or of the wrong kind is its default: settings never keep the program from starting.
"""

import base64
import binascii
import json
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

ORGANISATION = "BPTT Explorer"
APPLICATION = "bptt-explorer"
RECENT = 8  # files


class Settings:
    """The settings of this person on this machine, or those in `path` (an ini file)."""

    def __init__(self, path: Path | str | None = None) -> None:
        if path is None:
            self._store = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, ORGANISATION, APPLICATION)
        else:
            self._store = QSettings(str(path), QSettings.Format.IniFormat)

    def value(self, key: str, default: Any) -> Any:
        """What was stored under `key`, if it is JSON of the default's type; else the default."""
        stored = self._store.value(key)
        if not isinstance(stored, str):
            return default
        try:
            value = json.loads(stored)
        except (ValueError, RecursionError):
            return default
        return value if type(value) is type(default) else default

    def set_value(self, key: str, value: Any) -> None:
        """Stores a str, int, float, bool, list or dict of such."""
        self._store.setValue(key, json.dumps(value, ensure_ascii=True))

    def sync(self) -> None:
        """Writes to the disk now; Qt does so by itself at the end."""
        self._store.sync()

    @property
    def theme(self) -> str:
        return self.value("theme", "light")

    @theme.setter
    def theme(self, name: str) -> None:
        self.set_value("theme", name)

    @property
    def notation(self) -> str:
        """The name of the textbook whose symbols were on the screen at the end; "" at first."""
        return self.value("notation", "")

    @notation.setter
    def notation(self, name: str) -> None:
        self.set_value("notation", name)

    @property
    def language(self) -> str:
        """The name of its file; "" for English."""
        return self.value("language", "")

    @language.setter
    def language(self, name: str) -> None:
        self.set_value("language", name)

    @property
    def reduced_motion(self) -> bool:
        return self.value("reduced_motion", False)

    @reduced_motion.setter
    def reduced_motion(self, on: bool) -> None:
        self.set_value("reduced_motion", on)

    @property
    def geometry(self) -> QByteArray:
        """For QWidget.restoreGeometry; empty where there is none."""
        return self.state("geometry")

    @geometry.setter
    def geometry(self, state: QByteArray) -> None:
        self.set_state("geometry", state)

    def state(self, name: str) -> QByteArray:
        """The state of docks or a splitter, for its restoreState; empty where there is none."""
        try:
            return QByteArray(base64.b64decode(self.value(f"state/{name}", ""), validate=True))
        except (binascii.Error, ValueError):
            return QByteArray()

    def set_state(self, name: str, state: QByteArray) -> None:
        self.set_value(f"state/{name}", base64.b64encode(state.data()).decode("ascii"))

    def recent_files(self) -> list[Path]:
        """The last opened or saved files that are still there, newest first, at most 8."""
        return [path for path in self.recent_paths() if _is_file(str(path))]

    def recent_paths(self) -> list[Path]:
        """The same with those that are not there any more."""
        return [Path(name) for name in self.value("recent_files", []) if isinstance(name, str) and _can_be(name)][
            :RECENT
        ]

    def add_recent_file(self, path: Path | str) -> None:
        """Puts a file in front; one that is named already moves there."""
        new = str(Path(path).absolute())
        others = [str(known) for known in self.recent_paths() if str(known) != new]
        there = [name for name in others if _is_file(name)]
        gone = [name for name in others if not _is_file(name)]
        kept = {*there[: RECENT - 1], *gone[: max(RECENT - 1 - len(there), 0)]}  # those that are there go first
        self.set_value("recent_files", [new, *(name for name in others if name in kept)])

    def drop_recent_file(self, path: Path) -> None:
        """Takes a file off the list."""
        self.set_value("recent_files", [str(known) for known in self.recent_paths() if known != path])

    def last_folder(self) -> str:
        """Where a file was opened or saved last; at first the person's documents."""
        recent = self.recent_files()
        if recent:
            return str(recent[0].parent)
        return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)


def _can_be(name: str) -> bool:
    """Whether a text can be the name of a file."""
    return bool(name) and "\0" not in name and len(name) < 4096


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except (OSError, ValueError):  # a name that the system refuses, with a NUL in it or too long
        return False
