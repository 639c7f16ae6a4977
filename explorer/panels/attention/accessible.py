"""What a screen reader is given of the pictures of attention: a sentence for every weight."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QRect, QRectF

from explorer.panels.attention.scene import Attention
from explorer.panels.sentences import weight_sentence
from explorer.session.progress import Progress
from explorer.session.session import Session


class AttentionPicture(Protocol):
    """What it needs of the panel."""

    session: Session
    data: Attention | None

    @property
    def at(self) -> tuple[int, int] | None:
        """The weight (i, j), from 0, that is read off."""
        ...

    def reached(self, i: int) -> tuple[bool, bool]:
        """Whether the playhead has been at row i (from 0): forward, backward."""
        ...

    def box(self, i: int, j: int) -> QRectF:
        """Where the weight (i, j) stands, px."""
        ...


class AttentionItems:
    """The children of the picture, for `explorer.widgets.accessible`: its weights row by row."""

    def __init__(self, panel: AttentionPicture) -> None:
        self._panel = panel

    def _place(self, k: int) -> tuple[int, int]:
        data = self._panel.data
        return divmod(k, data.steps[1]) if data is not None else (0, 0)

    def count(self) -> int:
        data = self._panel.data
        return data.steps[0] * data.steps[1] if data is not None else 0

    def sentence(self, k: int) -> str:
        (i, j), session = self._place(k), self._panel.session
        there = Progress(*self._panel.reached(i))
        used = session.view.gradient != "exact"
        return weight_sentence(session.trace, session.notation, i + 1, j + 1, there, session.view.sample, used)

    def box(self, k: int) -> QRect:
        return self._panel.box(*self._place(k)).toAlignedRect()

    def focus(self) -> int:
        at, data = self._panel.at, self._panel.data
        return -1 if at is None or data is None else at[0] * data.steps[1] + at[1]
