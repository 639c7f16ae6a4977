"""The update of one number in words, for every panel that shows it."""

from __future__ import annotations

from core.training.entry_update import EntryUpdate
from core.training.update import UpdateRule
from explorer.style.numbers import apart, number, power
from explorer.words import translator

tr = translator("update")


def step_numbers(entry: EntryUpdate, rule: UpdateRule) -> str:
    """What gradient descent takes from a number, with its numbers: "0.1 × 3.20·10⁻²"; "" for another optimizer."""
    if not rule.plain or not entry.change:
        return ""
    used = power(entry.used)
    return f"{rate_text(rule)} × {used}" if entry.used > 0 else f"{rate_text(rule)} × ({used})"


def rate_text(rule: UpdateRule) -> str:
    """η as it was chosen: "0.1", "1·10⁻⁵"."""
    text = f"{rule.rate:g}"
    return power(rule.rate, 2) if "e" in text else text


def moves_text(symbol: str, entry: EntryUpdate, rule: UpdateRule) -> str:
    """Where a number goes: "W[1, 2] ← 0.312 − 0.1 × 3.20·10⁻² = 0.309"; that it stays where it does."""
    if not entry.change:
        return tr("{w} stays at {v}").format(w=symbol, v=number(entry.before))
    pair = apart(entry.before, entry.after) or (number(entry.before, 6), number(entry.after, 6))
    numbers = step_numbers(entry, rule)
    step = f" − {numbers}" if numbers else f" {'+' if entry.change > 0 else '−'} {power(abs(entry.change))}"
    return f"{symbol} ← {pair[0]}{step} = {pair[1]}"


def used_text(entry: EntryUpdate, clips: bool) -> str:
    """Why not the sum itself is what moves the number; "" where it is."""
    if not clips or entry.used == entry.total.total:
        return ""
    return tr("clipped: {g} is used").format(g=power(entry.used, sign=True))
