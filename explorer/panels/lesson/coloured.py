"""The words of a lesson's sentence in the colours of the picture: what goes back in the backward pass's, what goes
forward in the forward pass's, a pinned run in its own."""

from __future__ import annotations

import re
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from explorer.style.theme import Theme

_INDEX = "[₀-₉ₜ]"
_BACK = rf"∂[^\s,.;:?!()]+|d[UVWb]{_INDEX}*\b|\b[Gg]radients?\b|\b[Bb]ackward\b|\bblame\b"
_FORTH = rf"\b[acfghiorsuxyzn]{_INDEX}+|\b[Ff]orward\b"
_PINNED = r"\b[Pp]inned\b"
_WORDS = re.compile(rf"(?P<back>{_BACK})|(?P<forth>{_FORTH})|(?P<pinned>{_PINNED})")


def coloured(text: str, theme: Theme) -> str:
    """The text as HTML."""
    inks = {"back": theme.backward_text, "forth": theme.forward_text, "pinned": theme.pinned_text[0]}
    pieces, end = [], 0
    for found in _WORDS.finditer(text):
        pieces.append(escape(text[end : found.start()]))
        pieces.append(f'<span style="color:{inks[str(found.lastgroup)]}">{escape(found[0])}</span>')
        end = found.end()
    return "".join((*pieces, escape(text[end:])))


class Sentence(QLabel):
    """A text that wraps, in the colours of the picture. `text` is without them."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._plain = ""

    def say(self, text: str, theme: Theme) -> None:
        """Another text."""
        self._plain = text
        self.setText(coloured(text, theme))

    def text(self) -> str:
        return self._plain
