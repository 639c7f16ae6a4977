"""What gives way where the top bar is too narrow, in this order; nothing is hidden but the program's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton

from explorer.panels.topbar.check_badge import CheckBadge
from explorer.widgets.segmented import SegmentedControl
from explorer.widgets.whole_words import WordsBox

BESIDE = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
SIGN = Qt.ToolButtonStyle.ToolButtonIconOnly


class Bar(Protocol):
    """What gives way."""

    brand: QLabel
    tasks: WordsBox
    cells: SegmentedControl
    notations: QToolButton
    compare: QToolButton
    present: QToolButton
    export: QToolButton
    check: CheckBadge
    line: QHBoxLayout

    def segments(self, keys: bool) -> list[tuple[str, str, str]]:
        """The cells' names, labels and tips, with their keys or without."""
        ...

    def name_more(self, short: bool) -> None:
        """Another cell's name, whole or its first word."""
        ...


@dataclass(frozen=True)
class Concession:
    """One thing that gives way: `apply` does it, or takes it back."""

    what: str
    apply: Callable[[Bar, bool], object]


def _keys(bar: Bar, given: bool) -> None:
    for tool in (bar.compare, bar.present):
        tool.setText(tool.property("short" if given else "full"))


def _signs(bar: Bar, given: bool) -> None:
    for tool in (bar.compare, bar.present, bar.export):
        tool.setToolButtonStyle(SIGN if given else BESIDE)


def _cells(bar: Bar, given: bool) -> None:
    for key, label, _ in bar.segments(keys=not given):
        bar.cells.button(key).setText(label)
    bar.cells.updateGeometry()


def _close(bar: Bar, given: bool) -> None:
    bar.line.setSpacing(4 if given else 8)
    bar.line.setContentsMargins(*((5, 7, 5, 8) if given else (12, 7, 12, 8)))


CONCESSIONS = (
    Concession("the program's name", lambda bar, given: bar.brand.setVisible(not given)),
    Concession("the keys on the tools", _keys),
    Concession("words beside the tools' signs", _signs),
    Concession("the task's last words", lambda bar, given: bar.tasks.set_letters(16 if given else 40)),
    Concession("the badge's longer words", lambda bar, given: bar.check.set_short(given)),
    Concession(
        "the book's name beside its sign",
        lambda bar, given: bar.notations.setToolButtonStyle(SIGN if given else BESIDE),
    ),
    Concession("all but the first words of another cell's name", lambda bar, given: bar.name_more(given)),
    Concession("room between the parts", _close),
    Concession("all but the task's first words", lambda bar, given: bar.tasks.set_letters(1 if given else 16)),
    Concession("room around the cells' names", lambda bar, given: bar.cells.set_tight(given)),
    Concession("the cells' keys", _cells),  # the last: no other keys are pressed as often
)
