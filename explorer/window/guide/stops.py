"""STOPS: the tour as a visible list. A stop is a sentence about the live window, a key, and what has changed once that
key was pressed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.cells import PRIMARY, cell_named
from core.claims.claim import Claim
from core.notation.books import NOTATIONS
from explorer.panels.claim.panel import claim_shown
from explorer.session.player import Player
from explorer.session.session import Session
from explorer.style.numbers import number
from explorer.words import translator

_tr = translator("tour")


@dataclass(frozen=True)
class Stop:
    """`panel`, `item`: what is pointed at. `text`: with numbers of the run in braces. `state`: what the key changes;
    the tour goes on once it is another than it was, and `wanted` of it."""

    key: str
    panel: str
    item: str
    text: str
    state: Callable[[Session, Player], object]
    wanted: Callable[[object], bool] = bool


def _other_cell(session: Session) -> tuple[str, str]:
    """The key and the title of a gated cell, or of another one where it is on show."""
    names = [cell.name for cell in PRIMARY]
    gated = [cell.name for cell in PRIMARY if cell.kept_by is not None]
    name = gated[0] if session.experiment.cell != gated[0] else names[0]
    return str(names.index(name) + 1), cell_named(name).title


STOPS: tuple[Stop, ...] = (
    Stop(
        "Space", "chain", "loss",
        "The network read {steps} inputs from left to right; the loss is {loss}. Play it: values flow right, then the "
        "gradient comes back.",
        lambda session, player: player.playing,
    ),
    Stop(
        "End", "claim", "sentence",
        "This line says what each step does; at the end it says what became of the gradient, and why.",
        lambda session, player: session.position >= session.timeline.complete,
    ),
    Stop(
        "P", "norms", "bracket",
        "{curve} Keep this curve to compare.",
        lambda session, player: len(session.pins),
    ),
    Stop(
        "{cell_key}", "topbar", "cells",
        "Another cell on the same data, with the same seed: {cell}.",
        lambda session, player: session.trace.scan.cell.name,
    ),
    Stop(
        "Enter", "chain", "node",
        "Every column is the same cell. Open one.",
        lambda session, player: session.inside,
    ),
    Stop(
        "Backspace", "cell", "",
        "The inside of one step: every operation, and on the edges what each of them sends back. Go back to the chain.",
        lambda session, player: session.inside is None,
    ),
    Stop(
        "↓", "inspector", "",
        "Every number has its arithmetic. Select a node: its equation is on the right, with this step’s numbers.",
        lambda session, player: session.selection is not None,
    ),
    Stop(
        "B", "inspector", "",
        "The same in another textbook’s symbols: {books} notations take turns.",
        lambda session, player: session.notation.name,
    ),
)  # fmt: skip


def words(stop: Stop, session: Session) -> tuple[str, str]:
    """A stop's sentence with the numbers of the run on show, and its key."""
    claim = claim_shown(session)
    cell_key, cell = _other_cell(session)
    values = {
        "steps": session.trace.steps,
        "loss": number(session.trace.loss),
        "curve": _curve(claim),
        "cell_key": cell_key,
        "cell": cell,
        "books": len(NOTATIONS),
    }
    return _tr(stop.text).format(**values), stop.key.format(**values)


def _curve(claim: Claim) -> str:
    """What the curve of the norms shows of this run."""
    if "factor" not in claim.numbers:
        return _tr("The same as a curve: how large the gradient is at each step.")
    text = _tr("The same as a curve: the gradient at each step, {factor} times smaller {steps} steps back.")
    if claim.form == "larger":
        text = _tr("The same as a curve: the gradient at each step, {factor} times larger {steps} steps back.")
    return text.format(factor=number(claim.numbers["factor"]), steps=int(claim.numbers["steps"]))
