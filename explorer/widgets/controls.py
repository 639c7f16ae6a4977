"""How every control of the window behaves, whenever it is made."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QWidget

LIST_ITEMS = 24  # lines of a list before it scrolls


def settle_controls(root: QWidget) -> None:
    """Of all controls within a widget: buttons and lists take the focus from the keyboard only, so that after a click
    Space still plays; lists open whole."""
    for button in root.findChildren(QAbstractButton):
        _by_tab_only(button)
    for combo in root.findChildren(QComboBox):
        _by_tab_only(combo)
        combo.setMaxVisibleItems(LIST_ITEMS)


def _by_tab_only(widget: QWidget) -> None:
    if widget.focusPolicy() & Qt.FocusPolicy.ClickFocus:
        widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
