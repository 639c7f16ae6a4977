"""What a session is apart from a hunt or a lesson, so that it comes back when that ends."""

from __future__ import annotations

from dataclasses import dataclass

from core.documents.storage import View
from core.history import History
from core.trace import Trace
from explorer.session.documents import Entry
from explorer.session.run import Run
from explorer.session.screen import Screen
from explorer.session.selection import Pin


@dataclass(frozen=True)
class Standing:
    """What can be undone, the run, how it is looked at, and the pinned runs."""

    history: History[Entry]
    shown: Entry
    trace: Trace
    view: View
    position: float
    pins: tuple[Pin, ...]


def standing_of(screen: Screen, run: Run) -> Standing:
    """That of now."""
    return Standing(run.history, screen.entry, screen.trace, screen.view, screen.position, screen.pins)
