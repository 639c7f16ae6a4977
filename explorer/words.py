"""Words in the user's language, for what is no QObject and so has no `tr` of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication


def counted(context: str, count: int, one: str, many: str) -> str:
    """A translated text about `count` things: `one` of a single thing, else `many`, in which %n stands for how many."""
    return QCoreApplication.translate(context, one if count == 1 else many, "", count)


def translator(context: str) -> Callable[[str], str]:
    """Translates a text; `context`: under which a catalogue lists it, as Qt lists a class's texts under its name."""
    return partial(QCoreApplication.translate, context)
