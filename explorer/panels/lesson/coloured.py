"""The words of a lesson's sentence in the colours of the picture: what goes back in the backward pass's, what goes
forward in the forward pass's, a pinned run in its own."""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QLabel, QToolTip

from core.glossary import Entry, by_name, entry_of
from explorer.style.theme import Theme
from explorer.words import translator

_tr = translator("glossary")

_INDEX = "[₀-₉ₜ]"
_BACK = rf"∂[^\s,.;:?!()]+|d[UVWb]{_INDEX}*\b|\b[Gg]radients?\b|\b[Bb]ackward\b|\bblame\b"
_FORTH = rf"\b[acfghiorsuxyzn]{_INDEX}+|\b[Ff]orward\b"
_PINNED = r"\b[Pp]inned\b"
_SYMBOLS = {
    "x": "input", "h": "pre-activation", "s": "state", "z": "output", "a": "output", "y": "target", "c": "cell state",
    "f": "forget gate", "i": "input gate", "o": "output gate", "g": "candidate", "n": "candidate", "u": "update gate",
    "r": "reset gate",
}  # fmt: skip
_INDEXED, _MATRIX_GRADIENT = re.compile(rf".{_INDEX}+"), re.compile(rf"d[UVWb]{_INDEX}*")


def coloured(text: str, theme: Theme) -> str:
    """The text as HTML. What the glossary knows is a link without a line: it says what it is under the mouse."""
    inks = {"back": theme.backward_text, "forth": theme.forward_text, "pinned": theme.pinned_text[0]}
    pieces, end = [], 0
    for found in _pattern().finditer(text):
        ink, word = inks.get(str(found.lastgroup), theme.ink), found[0]
        known = meaning(word)
        shown = f'<span style="color:{ink}">{escape(word)}</span>' if ink != theme.ink else escape(word)
        if known is not None:
            shown = f'<a href="{escape(known.name)}" style="color:{ink}; text-decoration:none">{escape(word)}</a>'
        pieces += [escape(text[end : found.start()]), shown]
        end = found.end()
    return "".join((*pieces, escape(text[end:])))


def meaning(word: str) -> Entry | None:
    """What the glossary says of a word or of a symbol: s₃ is a state, ∂L/∂h₂ a gradient."""
    found = entry_of(word)
    if found is None and word[:1] in _SYMBOLS and _INDEXED.fullmatch(word):
        found = entry_of(_SYMBOLS[word[0]])
    if found is None and (word.startswith("∂") or _MATRIX_GRADIENT.fullmatch(word)):
        found = entry_of("sum over time" if word[0] == "d" else "gradient")
    return found


@lru_cache(1)
def _pattern() -> re.Pattern[str]:
    """Symbols, words with a colour, and every term of the glossary, the longest first."""
    names = sorted((re.escape(name) for name in by_name() if len(name) > 1), key=len, reverse=True)
    terms = rf"(?<![\w-])(?i:{'|'.join(names)})s?(?![\w-])"
    return re.compile(rf"(?P<back>{_BACK})|(?P<forth>{_FORTH})|(?P<pinned>{_PINNED})|(?P<term>{terms})")


class Sentence(QLabel):
    """A text that wraps, in the colours of the picture. `text` is without them."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        flags = Qt.TextInteractionFlag
        self.setTextInteractionFlags(flags.TextSelectableByMouse | flags.LinksAccessibleByMouse)
        self._plain = ""
        self.linkHovered.connect(self._on_term)

    def _on_term(self, name: str) -> None:
        """The mouse is over a term, or no longer over one."""
        entry = entry_of(name) if name else None
        if entry is None:
            QToolTip.hideText()
        else:
            QToolTip.showText(
                QCursor.pos(), f"{_tr(entry.name)}   {entry.symbol}".rstrip() + f"\n{_tr(entry.says)}", self
            )

    def say(self, text: str, theme: Theme) -> None:
        """Another text."""
        self._plain = text
        self.setText(coloured(text, theme))

    def text(self) -> str:
        return self._plain
