"""The chain folded to one step: whether it can be, what its edges are called, and what is said of it."""

from __future__ import annotations

from core.chain.shared import shared_matrices
from explorer.items.chain.folded import DECODES, NARROW, NO_LOOP, SKIPS
from explorer.items.chain.scene import ChainScene
from explorer.session.session import Session
from explorer.words import translator

_tr = translator("chain")


def letters(session: Session, scene: ChainScene) -> dict[int, str]:
    """By link, the letter in the book of its matrix, or that which a gated cell's share."""
    matrices, found = shared_matrices(session.trace), {}
    for k, link in enumerate(scene.links):
        names = matrices.get((*link.names, link.recurrent))
        if names is not None:
            own = names[0].partition(".")[2]
            letter = own.partition("_")[0] if len(names) > 1 else own
            found[k] = session.notation.parameter(letter, False)
    return found


def why_not(reason: str) -> str:
    """Why the chain cannot be folded, and what to do."""
    return {
        DECODES: _tr("A decoder has steps of its own, so this is not one step repeated; it is shown unrolled only."),
        SKIPS: _tr("Some edges skip steps or read a window of them, so there is no single loop to fold to."),
        NO_LOOP: _tr("Nothing is handed from step to step here, so there is no loop; choose a recurrent cell."),
        NARROW: _tr("The steps are too narrow to be seen sliding together; zoom in (wheel), or take fewer steps."),
    }[reason]  # fmt: skip


def said(session: Session, names: dict[int, str]) -> str:
    """What is to be seen: folded, or on the way."""
    distinct = ", ".join(sorted(set(names.values())))
    if session.unrolled == 0.0:
        return _tr("folded: the loop leads to the next step, with the same {letters}").format(letters=distinct)
    return _tr("the same {letters} at every step").format(letters=distinct)
