"""A language that answers everything, in letters that no English text has: what a window shows in plain ones was never
asked for. It notes what it is asked."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from PySide6.QtCore import QCoreApplication, QObject, QTranslator
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QComboBox, QTabBar, QTreeWidget, QWidget

WIDE = str.maketrans({letter: chr(ord(letter) + 0xFEE0) for letter in string.ascii_letters})
_KEPT = re.compile(r"(\{[^{}]*\}|<[^<>]*>|%n|&\w+;)")  # placeholders, and what rich text is marked up with
WORD = re.compile(r"(?<![A-Za-z_.\-])[A-Za-z]{3,}(?![A-Za-z_\-=])")
SAYS = (
    "text", "title", "toolTip", "accessibleName", "accessibleDescription", "windowTitle", "placeholderText",
    "statusTip", "toPlainText",
)  # fmt: skip


def altered(text: str) -> str:
    """The text in wide letters, its placeholders as they are."""
    return "".join(each if _KEPT.fullmatch(each) else each.translate(WIDE) for each in _KEPT.split(text))


class Pseudo(QTranslator):
    """`asked`: every text that it was asked for, with its context."""

    def __init__(self) -> None:
        super().__init__(QCoreApplication.instance())
        self.asked: dict[str, str] = {}

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:  # type: ignore[override]
        self.asked.setdefault(source, context)
        return altered(source)


@contextmanager
def painted() -> Iterator[set[str]]:
    """The texts that are painted meanwhile."""
    found: set[str] = set()
    draw = QPainter.drawText

    def noted(self: QPainter, *given: object) -> object:
        found.update(each for each in given if isinstance(each, str))
        return draw(self, *given)

    QPainter.drawText = noted  # type: ignore[method-assign]
    try:
        yield found
    finally:
        QPainter.drawText = draw  # type: ignore[method-assign]


def texts_of(window: QWidget) -> Iterator[tuple[str, str]]:
    """What a window's widgets and actions say, each with where it stands."""
    for each in (window, *window.findChildren(QObject)):
        for name in SAYS:
            says = getattr(each, name, None)
            if callable(says):
                with suppress(TypeError):
                    if isinstance(text := says(), str) and text:
                        yield f"{type(each).__name__}.{name}", text
        if isinstance(each, QComboBox):
            for k in range(each.count()):
                yield f"{type(each).__name__}.item", each.itemText(k)
                yield f"{type(each).__name__}.tip", str(each.itemData(k, 3) or "")
        if isinstance(each, QTabBar):
            yield from ((f"{type(each).__name__}.tab", each.tabText(k)) for k in range(each.count()))
        if isinstance(each, QTreeWidget):
            for k in range(each.topLevelItemCount()):
                line = each.topLevelItem(k)
                yield from ((f"{type(each).__name__}.line", line.text(i)) for i in range(line.columnCount()))


def plain_words(text: str) -> set[str]:
    """The words of a text that are in plain letters."""
    return set(WORD.findall(re.sub(r"<[^<>]*>", " ", text)))
