"""The symbols in the experiment panel's words, in the notation on view: "Gain of {U}" is "Gain of W_ax" in one book."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QWidget

from core.notation.base import Notation
from core.notation.equations import Style

_MARK = re.compile(r"\{(∂?)([A-Za-z]+)(?:_([t0])(-1)?)?\}")
_PARAMETERS = "WUbVF"


def written(text: str, notation: Notation) -> str:
    """A text with its symbols put in: {W} a parameter, {s} a quantity, {s_0} or {c_t-1} at a step, {∂s} a gradient."""

    def put(found: re.Match[str]) -> str:
        gradient, name, step, before = found.groups()
        if name in _PARAMETERS:
            return notation.parameter(name, False)
        style = Style(False, 0 if step == "0" else None, notation)
        if step:
            return style.symbol(None, name, -1 if before else 0)
        return style.gradient_letter(None, name) if gradient else style.letter(None, name)

    return _MARK.sub(put, text)


class SymbolTexts:
    """Every text of some widgets that has a mark in it, to be written anew for another notation."""

    def __init__(self) -> None:
        self._places: list[tuple[str, Callable[[str], object]]] = []
        self._notation: Notation | None = None

    def collect(self, root: QWidget) -> None:
        """Remembers the marked texts of a widget and of all within it, and writes them as the others are written."""
        found = [each for widget in (root, *root.findChildren(QWidget)) for each in _texts(widget)]
        marked = [(text, put) for text, put in found if _MARK.search(text)]
        self._places += marked
        self._put(marked)

    def write(self, notation: Notation) -> None:
        self._notation = notation
        self._put(self._places)

    def _put(self, places: Iterable[tuple[str, Callable[[str], object]]]) -> None:
        notation = self._notation
        if notation is not None:
            for text, put in places:
                put(written(text, notation))


def _texts(widget: QWidget) -> Iterator[tuple[str, Callable[[str], object]]]:
    yield widget.toolTip(), widget.setToolTip
    yield widget.accessibleName(), widget.setAccessibleName
    yield widget.accessibleDescription(), widget.setAccessibleDescription
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text(), widget.setText
    if isinstance(widget, QComboBox):
        tip = Qt.ItemDataRole.ToolTipRole
        for k in range(widget.count()):
            yield widget.itemText(k), lambda text, k=k: widget.setItemText(k, text)
            yield str(widget.itemData(k, tip) or ""), lambda text, k=k: widget.setItemData(k, text, tip)
