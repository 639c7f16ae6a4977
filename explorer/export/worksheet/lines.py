"""Where a line of text may end, and a text in lines that fit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtGui import QFont, QFontMetricsF

_CHINESE = "\u2e80-\u2fff\u3040-\u9fff\uf900-\ufaff"
_OPENING, _CLOSING = "（“‘《", "，。：；？！、）”’》…"  # must not end a line, or begin one (GB/T 15834)
_PIECE = re.compile(rf" ?[{_OPENING}]*[{_CHINESE}][{_CLOSING}]*| ?[^ {_CHINESE}]*[^ {_CHINESE}{_OPENING}]|.", re.DOTALL)


def pieces(text: str) -> list[str]:
    """A text cut where a line may end: before a blank, which begins the piece after it, and beside a Chinese
    character."""
    return _PIECE.findall(text)


def wrapped(text: str, face: QFont, room: float) -> Iterator[str]:
    """The text in lines that fit into `room`, in px, broken where `pieces` says."""
    line, metrics = "", QFontMetricsF(face)
    for piece in pieces(" ".join(text.split())):
        longer = line + piece
        if line and metrics.horizontalAdvance(longer) > room:
            yield line
            longer = piece.lstrip()
        line = longer
    yield line
