"""What the page of the product says: its factors, and the bounds that they imply."""

from __future__ import annotations

import math

from core.chain.rows import style_of
from core.claims.jacobian_chain import JacobianChain, no_chain
from core.notation.equations import Style
from explorer.panels.contributions.words import absence
from explorer.session.session import Session
from explorer.style.numbers import number, power, superscript
from explorer.words import full_sentence, translator

tr = translator("product")


def of_decades(decades: float, digits: int = 3) -> str:
    """10**decades, however small or large: in digits near 1, as mantissa and power elsewhere."""
    if not math.isfinite(decades):
        return number(0.0 if decades < 0 else decades)
    if abs(decades) < 300.0:
        return (number if -2.0 <= decades < 4.0 else power)(10.0**decades, digits)
    exponent = math.floor(decades)
    mantissa = f"{10.0 ** (decades - exponent):.{digits - 1}f}"
    if float(mantissa) >= 10.0:
        mantissa, exponent = f"{1.0:.{digits - 1}f}", exponent + 1
    return f"{mantissa}·10{superscript(exponent)}"


def style_at(session: Session, column: int) -> Style:
    """The book's symbols at a column of the scan on view."""
    trace = session.trace
    return style_of(trace, trace.scan, False, column - trace.schedule.offset(trace.scan.name), session.notation)


def memory(session: Session, column: int) -> str:
    """The memory's symbol at a column."""
    return style_at(session, column).symbol(session.trace.scan.cell, session.trace.scan.cell.memory)


def gradient(session: Session, column: int) -> str:
    """∂L/∂s₁₄ of the memory at a column."""
    return style_at(session, column).gradient_of(session.trace.scan.cell, session.trace.scan.cell.memory)


def factor_symbol(session: Session, column: int) -> str:
    """∂s₁₄/∂s₁₃ of all that is carried."""
    names = session.trace.scan.cell.recurrent_states
    pair = []
    for at in (column, column - 1):
        style = style_at(session, at)
        symbols = [style.symbol(session.trace.scan.cell, name) for name in names]
        pair.append(symbols[0] if len(symbols) == 1 else f"({', '.join(symbols)})")
    return f"∂{pair[0]}/∂{pair[1]}"


def why_none(session: Session) -> str:
    """Why there is no product; "" where there is one."""
    if session.hunt.hidden_fields:
        return tr("Hidden while an error is: the factors would give it away.")
    reason = no_chain(session.trace)
    if not reason:
        return ""
    if reason == "one step":
        return tr("There is one step: nothing lies between two of them.")
    text = absence(session).replace("to map", "to multiply").replace("this map", "this product")
    return full_sentence(text)


def lines(session: Session, found: JacobianChain) -> list[str]:
    """What comes back, and each bound over it, as a chain of ≤."""
    t, k = gradient(session, found.t), gradient(session, found.k)
    back = f"Pᵀ·{t}" if session.notation.transpose else f"{t}·Pᵀ"
    arriving = math.log10(found.arriving) if found.arriving > 0 else float("-inf")
    texts = [tr("‖{g}‖ = {n} is where it begins.").format(g=t, n=number(found.arriving))]
    comes = tr("‖{back}‖ = {n} comes back to {k}; {g} has more than that.")
    if found.whole:
        comes = tr("‖{back}‖ = {n} comes back to {k}: all of ‖{g}‖.")
    texts.append(comes.format(back=back, n=of_decades(found.passed), k=memory(session, found.k), g=k))
    texts.append(f"≤ ‖{t}‖·σ_max(P) = {of_decades(arriving + found.norm)}")
    if found.product is not None:
        text = f"≤ ‖{t}‖·∏ σ_max = {of_decades(arriving + found.product)}"
        if found.first != 1.0:
            text = tr("{bound} (with {n} from the first step)").format(bound=text, n=number(found.first))
        texts.append(text)
    else:
        texts.append(tr("(The factors are too many and too large to measure each of them.)"))
    if found.bound is not None:
        w, n = style_at(session, found.t).parameter(found.bound.way.parameter), found.t - found.k
        texts.append(
            f"≤ ‖{t}‖·(σ_max({w})·max |φ′|){superscript(n)} = ‖{t}‖·({number(found.bound.largest)}·"
            f"{number(found.bound.slope)}){superscript(n)} = {of_decades(arriving + found.bound.decades)}"
        )
        texts.append(
            tr("σ_max({w}) = {s}, ρ({w}) = {r}.").format(
                w=w, s=number(found.bound.largest), r=number(found.bound.radius)
            )
        )
    return texts


def singular(value: float | None) -> str:
    """A singular value in a few digits."""
    return "–" if value is None or math.isnan(value) else number(value, 2)


def least(found: JacobianChain) -> str:
    """The smallest singular value of the product."""
    return tr("lost in rounding") if math.isnan(found.least) else of_decades(found.least, 2)
