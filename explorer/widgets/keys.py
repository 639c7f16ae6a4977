"""Keys that a control needs for itself while it has the focus, although the window has shortcuts on them."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

TAKES_ITS_KEYS = "takes_its_keys"  # the property of a field in which Enter and Esc mean something of their own
ARROWS = frozenset((Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down))
ENDS = frozenset((Qt.Key.Key_Home, Qt.Key.Key_End))


def keeps(event: QEvent, keys: frozenset[Qt.Key]) -> bool:
    """Claims a plain key for the control that has the focus; call it first in `event`, and return True if it does."""
    # The class first: every event of a widget comes by here, and at another theme a thousand of them.
    if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.ShortcutOverride:
        return False
    plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
    if plain and event.key() in keys:
        event.accept()
        return True
    return False
