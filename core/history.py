"""Undo and redo: a list of entries and an index. One gesture is one entry."""

from __future__ import annotations

from typing import Generic, TypeVar

Entry = TypeVar("Entry")


class History(Generic[Entry]):
    """The past entries, the current one, and those that were undone.

    An entry is never changed, so that those that have large parts in common share them.
    """

    def __init__(self, first: Entry, limit: int = 500) -> None:
        self._entries = [first]
        self._index = 0
        self._limit = limit
        self._gesture: str | None = None

    @property
    def current(self) -> Entry:
        """The current entry."""
        return self._entries[self._index]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All that undo and redo can bring back, and the current one."""
        return tuple(self._entries)

    @property
    def can_undo(self) -> bool:
        return self._index > 0

    @property
    def can_redo(self) -> bool:
        return self._index + 1 < len(self._entries)

    def goes_on(self, gesture: str | None) -> bool:
        """Whether the next change of this gesture shares the current entry."""
        return gesture is not None and gesture == self._gesture and self.can_undo

    def push(self, entry: Entry, gesture: str | None = None) -> None:
        """A new current entry; what was undone is forgotten.

        Changes of one named gesture (a drag, a burst of the wheel) that follow each other share one entry, until
        `end_gesture`; one that leads back where it began has none.
        """
        if entry == self.current:
            return
        del self._entries[self._index + 1 :]
        if self.goes_on(gesture):
            self._entries[self._index] = entry
            if entry == self._entries[self._index - 1]:
                self._entries.pop()
                self._index -= 1
                self._gesture = None
        else:
            self._entries.append(entry)
            self._index += 1
            self._gesture = gesture
        if len(self._entries) > self._limit:
            del self._entries[0]
            self._index -= 1

    def withdraw(self, good: Entry) -> None:
        """The current entry cannot be shown: it is forgotten, and `good`, the one shown, is current again."""
        at = self._index
        del self._entries[at]
        self._gesture = None
        places = [k for k, entry in enumerate(self._entries) if entry == good]
        if places:
            self._index = min(places, key=lambda k: abs(k - at + 0.5))
        else:  # a gesture has written over it
            self._entries.insert(at, good)
            self._index = at

    def end_gesture(self) -> None:
        """The next change is an entry of its own."""
        self._gesture = None

    def undo(self) -> Entry:
        """One back, or the first."""
        self._gesture = None
        self._index -= self.can_undo
        return self.current

    def redo(self) -> Entry:
        """One forward, or the last."""
        self._gesture = None
        self._index += self.can_redo
        return self.current
