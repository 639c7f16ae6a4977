"""What is said once where digits are asked for and have no room, or take that of something else."""

from __future__ import annotations

from explorer.panels.chain.view import ChainView
from explorer.words import translator

_tr = translator("chain")


def lacking(before: ChainView, now: ChainView) -> str:
    """Which rows show no digits and what to do, and which matrices had their letters on the edges `before`; "" where
    nothing is missing."""
    rows, written = now.scene.rows, now.painter.digits.rows
    without = [row.text for k, row in enumerate(rows) if k not in written]
    steps, said = now.scene.steps, ""
    if len(without) == len(rows):
        text = _tr("No room for digits at T = {steps}: zoom in (wheel), take fewer steps or a larger picture.")
        said = text.format(steps=steps)
    elif without:
        said = _tr("No room for the digits of {rows}: zoom in (wheel), take fewer steps or a larger picture.").format(
            rows=", ".join(without)
        )
    letters = sorted({item.letter for item in before.tiles.items} - {item.letter for item in now.tiles.items})
    if letters:
        gone = _tr("Beside digits {W} has no room on the edges; D again shows it.").format(W=", ".join(letters))
        said = f"{said} {gone}".strip()
    return said
