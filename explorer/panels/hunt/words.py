"""The texts of the hunt: the introduction, the verdict on a mark, and in the end what was wrong."""

from __future__ import annotations

from core.chain.rows import row_named
from core.exercises.explanation import explain_fault
from core.exercises.hunt import Verdict
from explorer.session.hunt import Hunting
from explorer.session.session import Session
from explorer.style.numbers import power
from explorer.words import in_language, translator

_tr = translator("Hunt")


def introduction() -> str:
    """Before the first mark."""
    return _tr(
        "This backward pass contains one textbook error. The values are right; look for the gradient whose number "
        "is not what its equation gives, select it and mark it. Start at the loss and work backwards."
    )


def selected_symbol(session: Session) -> str:
    """The node that would be marked, by its gradient's symbol."""
    chosen, state = session.selection, session.hunting
    if chosen is None or chosen.source or state is None:
        return _tr("no node selected")
    piece = row_named(session.trace, chosen.row).piece(chosen.t)
    if piece is None:
        return _tr("no node selected")
    signals = state.hunt.signals_of(chosen.row, chosen.t, chosen.record)
    symbols = [state.hunt.symbol(signal, chosen.t - piece.offset) for signal in signals]
    text = ", ".join(symbols[:3]) + (" …" if len(symbols) > 3 else "")
    unit = f"[{chosen.unit + 1}]" if chosen.unit is not None and len(signals) == 1 else ""
    return text + unit or _tr("no gradient there")


def outcome(session: Session, state: Hunting) -> str:
    """The answer to the last mark, and the fault once it may be revealed."""
    answered = answer(state.verdict, in_language(session.trace.scan.cell.title)) if state.verdict is not None else ""
    if not state.revealed:
        return answered
    title, description = map(in_language, explain_fault(state.hunt.fault, session.notation)[:2])
    if state.found:
        return f"{answered} " + _tr("That is it: {title}. {description}").format(title=title, description=description)
    return _tr("It was: {title}. {description}").format(title=title, description=description)


def answer(verdict: Verdict, cell: str) -> str:
    """The verdict on one mark, with both numbers."""
    numbers = {"symbol": verdict.symbol, "shown": power(verdict.shown, 4), "numeric": power(verdict.numeric, 4)}
    both = _tr("{symbol} is {shown} here, and the check says {numeric}:").format(**numbers)
    match verdict.kind:
        case "right":
            return f"{both} " + _tr("right (relative error {error}). Look elsewhere.").format(
                error=power(verdict.error, 1)
            )
        case "cause":
            return f"{both} " + _tr("wrong, and not what its own equation gives.")
        case "consequence":
            return f"{both} " + _tr(
                "wrong, but only because what it is computed from is: its own equation holds. Look closer to the loss."
            )
        case "kink":
            return _tr("{symbol}: a unit of {cell} stands exactly at its kink, where there is no derivative.").format(
                symbol=verdict.symbol, cell=cell
            )
        case "unresolved":
            return f"{both} " + _tr("they differ only by rounding.")
    return _tr("No gradient is recorded there: it is given, or held fixed. Mark another node.")
