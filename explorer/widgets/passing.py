"""What is in a window for a moment and no part of a picture of it: messages, hints, what the mouse and the keyboard are
at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QHoverEvent
from PySide6.QtWidgets import QApplication, QWidget

PASSING = "passing"  # a property of the widgets that are no part of a picture
_NOWHERE = QPointF(-1.0, -1.0)


def make_passing(widget: QWidget) -> None:
    """From now on it is in no picture of its window."""
    widget.setProperty(PASSING, True)


@contextmanager
def without_passing(window: QWidget) -> Iterator[None]:
    """The window by itself, for a moment in which nothing is painted on the screen: what lies over it is beside
    it, nothing has the focus or the mouse. Nothing is hidden, because then its buttons would lose the focus."""
    over = [each for each in window.findChildren(QWidget) if each.property(PASSING) and each.isVisible()]
    places = [each.pos() for each in over]
    hovered = [each for each in window.findChildren(QWidget) if each.underMouse()]
    focused = QApplication.focusWidget()
    for each in over:
        each.move(-each.width(), -each.height())
    for each in hovered:
        _leave(each)
    nobody = None
    if focused is not None and window.isAncestorOf(focused):
        nobody = QWidget(window)
        nobody.setGeometry(-2, -2, 1, 1)
        nobody.show()
        nobody.setFocus()
    try:
        yield
    finally:
        if nobody is not None and focused is not None:
            focused.setFocus()
            nobody.setParent(None)
            nobody.deleteLater()
        for each in hovered:
            each.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, True)
            each.update()
        for each, place in zip(over, places, strict=True):
            each.move(place)


def _leave(widget: QWidget) -> None:
    """The mouse is not over it."""
    widget.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    QApplication.sendEvent(widget, QHoverEvent(QEvent.Type.HoverLeave, _NOWHERE, _NOWHERE, _NOWHERE))
    QApplication.sendEvent(widget, QEvent(QEvent.Type.Leave))
