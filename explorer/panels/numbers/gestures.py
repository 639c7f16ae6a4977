"""How far a notch of the wheel, a key or a drag changes a number, as plain arithmetic."""

from __future__ import annotations

from PySide6.QtCore import Qt

COARSE, FINE, FINEST = 0.1, 0.01, 0.001
DIGITS = 12  # after the point: what arithmetic leaves beyond them (0.30000000000000004) is rounding
LARGEST = 1e6
_SHIFT, _CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def step_of(modifiers: Qt.KeyboardModifier, by_key: bool = False) -> float:
    """How much a notch is: 0.1; with Ctrl or Shift 0.01; with both 0.001. ↑ and ↓ alone choose a cell (`by_key`), so
    that Shift is their 0.1."""
    shift, control = bool(modifiers & _SHIFT), bool(modifiers & _CONTROL)
    if shift and control:
        return FINEST
    if control or (shift and not by_key):
        return FINE
    return COARSE


def adjusted(value: float, notches: float, modifiers: Qt.KeyboardModifier, by_key: bool = False) -> float:
    """The number after so many notches up, within what can be typed."""
    return rounded(value + notches * step_of(modifiers, by_key))


def dragged(value: float, up: float, modifiers: Qt.KeyboardModifier) -> float:
    """The number that a drag has made of the one it began at: `up` px are a tenth of a notch each."""
    return rounded(value + round(up) * step_of(modifiers) / 10.0)


def rounded(value: float) -> float:
    """Without the dust of binary fractions, between −10⁶ and 10⁶."""
    return min(max(round(value, DIGITS), -LARGEST), LARGEST)
