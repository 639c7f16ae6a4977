"""What an action can reach, and what an action is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from explorer.session.player import Player
from explorer.session.session import Session
from explorer.window.files import Files
from explorer.window.guide.start import Guide
from explorer.window.lecture import Lecture
from explorer.window.palette.finder import Finder
from explorer.window.window import Window


class Exports(Protocol):
    """What the menu asks of the window's exports: each asks for a file, and writes it."""

    def picture(self) -> None: ...
    def film(self) -> None: ...
    def trace(self) -> None: ...
    def weights(self) -> None: ...
    def worksheet(self) -> None: ...


@dataclass(frozen=True)
class Program:
    """What an action can reach."""

    window: Window
    files: Files
    exports: Exports
    guide: Guide
    finder: Finder
    lecture: Lecture

    @property
    def session(self) -> Session:
        return self.window.session

    @property
    def player(self) -> Player:
        return self.window.player


@dataclass(frozen=True)
class Entry:
    """One action: its menu, its text, its keys, and what it does."""

    menu: str
    text: str
    keys: tuple[str, ...]
    do: Callable[[Program], object]
    checked: Callable[[Program], bool] | None = None
