"""Where Tab goes in a window: through the head, the left side, the pictures and the right side, each panel in one go
and in the order in which it is read. Qt's own order is that in which widgets were made, and some are made later."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QScrollArea, QWidget

from explorer.panels.base import Panel


def controls(window: QWidget) -> list[QWidget]:
    """What is in sight, enabled, and takes the focus by Tab itself."""
    return [
        each
        for each in window.findChildren(QWidget)
        if each.window() is window
        and each.isVisible()
        and each.isEnabled()
        and each.focusPolicy() & Qt.FocusPolicy.TabFocus
        and each.focusProxy() is None
    ]


def move_focus(window: QWidget, areas: Sequence[Sequence[QWidget]], forward: bool) -> bool:
    """Gives the focus to the control after the one that has it, or before; False where there is none."""
    order, now = tab_order(window, areas), window.focusWidget()
    if not order:
        return False
    at = order.index(now) + (1 if forward else -1) if now in order else 0 if forward else -1
    reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
    order[at % len(order)].setFocus(reason)
    return True


def tab_order(window: QWidget, areas: Sequence[Sequence[QWidget]]) -> list[QWidget]:
    """The controls in their order. `areas`: the widgets of each area, in the areas' order; what lies in none comes
    last."""
    groups: dict[QWidget, list[QWidget]] = {}
    for each in controls(window):
        groups.setdefault(_group(each, window), []).append(each)

    def place(group: QWidget) -> tuple[int, int, int]:
        inside = (k for k, area in enumerate(areas) if any(each is group or each.isAncestorOf(group) for each in area))
        box = _box(group, window)
        return next(inside, len(areas)), box.top(), box.left()

    return [each for group in sorted(groups, key=place) for each in _as_read(groups[group], window)]


def _group(control: QWidget, window: QWidget) -> QWidget:
    """The panel that a control is in; what is in none is by itself."""
    above: QWidget | None = control
    while above is not None and above is not window:
        if isinstance(above, Panel):
            return above
        above = above.parentWidget()
    return control


def _box(widget: QWidget, window: QWidget) -> QRect:
    """Where it is in the window, before anything is scrolled: the order stays while Tab scrolls to what it reaches."""
    place, above = QPoint(), widget
    while above is not None and above is not window:
        parent = above.parentWidget()
        area = parent.parentWidget() if parent is not None else None
        if not (isinstance(area, QScrollArea) and area.widget() is above):
            place += above.pos()
        above = parent
    return QRect(place, widget.size())


def _as_read(widgets: list[QWidget], window: QWidget) -> list[QWidget]:
    """Line by line, each from the left; what has its middle within the first of a line stands in that line."""
    lines: list[list[tuple[QRect, QWidget]]] = []
    for box, each in sorted(((_box(each, window), each) for each in widgets), key=lambda pair: pair[0].center().y()):
        if lines and box.center().y() <= lines[-1][0][0].bottom() and box.height() < 3 * lines[-1][0][0].height():
            lines[-1].append((box, each))
        else:
            lines.append([(box, each)])
    return [each for line in lines for _, each in sorted(line, key=lambda pair: pair[0].left())]
