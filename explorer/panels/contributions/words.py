"""The contributions in words and symbols: what is mapped, one factor, and why there is no map."""

from __future__ import annotations

from collections.abc import Iterator

from core.analysis.contributions import LARGEST_JACOBIAN, Contributions, no_contributions, separate_memory
from core.chain.rows import style_of
from explorer.items.plots.axes.log import power_of
from explorer.panels.contributions.scene import before
from explorer.session.session import Session
from explorer.style.numbers import number
from explorer.words import translator

tr = translator("ContributionsPanel")
TOTAL = "total"


def memory_of(session: Session) -> str:
    """The name of the memory that is mapped."""
    found = session.contributions
    return found.name if found is not None else session.trace.scan.cell.memory


def symbol(session: Session, t: int | str | None = None, tex: bool = False) -> str:
    """The memory's symbol at a step; without one for None."""
    trace, name = session.trace, memory_of(session)
    style = style_of(trace, trace.scan, tex, t, session.notation)
    return style.letter(trace.scan.cell, name) if t is None else style.symbol(trace.scan.cell, name)


def _state(session: Session, t: int | str, tex: bool = False) -> str:
    """The state's symbol at a step."""
    trace = session.trace
    return style_of(trace, trace.scan, tex, t, session.notation).symbol(trace.scan.cell, "s")


def separate(session: Session) -> bool:
    """Whether there are two derivatives to choose from: the cell has a memory beside its state."""
    return separate_memory(session.trace.scan.cell)


def partial(session: Session) -> bool:
    """Whether it is the one of the two with the state of step k fixed, and not the one over all paths."""
    return separate(session) and session.view.reach != TOTAL


def title(session: Session) -> str:
    """What it shows."""
    return tr("How much of {k} reaches {t}").format(k=symbol(session, "k"), t=symbol(session, "t"))


def formula_of(session: Session) -> tuple[str, str]:
    """The norm of the derivative: as LaTeX, and as it is spoken."""
    t, k, fixed = symbol(session, "t"), symbol(session, "k"), ""
    d = r"\mathrm{d}" if separate(session) else r"\partial"
    words = tr("the norm of the derivative of {t} by {k}")
    if partial(session):
        d, fixed = r"\partial", _state(session, "k", True)
        words = tr("the norm of the partial derivative of {t} by {k}, {s} held fixed")
    elif separate(session):
        words = tr("the norm of the total derivative of {t} with respect to {k}, all paths")
    tex = rf"{d} {symbol(session, 't', True)} / {d} {symbol(session, 'k', True)}"
    tex = rf"({tex})_{{{fixed}}}" if fixed else tex  # as of a partial derivative with what stays fixed beside it
    return rf"\Vert {tex} \Vert_2", words.format(t=t, k=k, s=_state(session, "k"))


def ways(session: Session) -> Iterator[tuple[str, str, str]]:
    """The two derivatives: key, name and tip."""
    words = {"k": symbol(session, "k"), "t": symbol(session, "t"), "s": _state(session, "k"), "c": symbol(session)}
    yield (
        TOTAL,
        tr("all paths"),
        tr("The total derivative: all paths from {k} to {t}, as in every recorded gradient.").format(**words),
    )
    tip = tr("The partial derivative: {s} is held fixed, and only what goes on along {c} is counted.")
    yield "partial", tr("{s} fixed").format(**words), tip.format(**words)


def every(stride: int) -> str:
    """ "every 2nd t"; "" for every one."""
    ordinal = {2: tr("2nd"), 3: tr("3rd")}.get(stride, tr("{n}th").format(n=stride))
    return "" if stride == 1 else tr("every {n} t").format(n=ordinal)


def absence(session: Session) -> str:
    """Why there is no map."""
    if session.mapping:
        return tr("computing …")
    reason = no_contributions(session.trace)
    if reason == "stateless":
        return tr("no step passes a state to the next one: there is nothing to map")
    if reason == "fed":
        return tr("outputs are fed back: a second path through time, which this map would leave out")
    if reason == "samples":
        return tr("the samples of a batch depend on each other here: a map of one sample would be wrong")
    recurrent_states = max(1, len(session.trace.scan.cell.recurrent_states))
    return tr("not computed for more than {n} hidden units").format(n=LARGEST_JACOBIAN // recurrent_states)


def description(session: Session, found: Contributions, index: int) -> str:
    """Row `index` in a sentence."""
    first, name = before(session), symbol(session)
    t, row = int(found.rows[index]) - first, found.decades[index, first:]
    if t == 1 and len(found.rows) > 1:
        return tr("{name} at t = 1 reaches itself whole.").format(name=name)
    if t == 1:
        return tr("One step: {name} at t = 1 reaches itself whole.").format(name=name)
    words = tr("Of {name} at t = 1, {first} reaches t = {t}; of the step before it, {near}.")
    if partial(session):
        words = tr(
            "With the state fixed at the step it begins with: Of {name} at t = 1, {first} reaches t = {t}; of the step "
            "before it, {near}."
        )
    return words.format(name=name, first=power_of(float(row[0])), t=t, near=power_of(float(row[t - 2])))


def readout(session: Session, index: int, k: int) -> tuple[str, str]:
    """ "‖∂s₁₂/∂s₃‖" and "2.1·10⁻⁵", of the cell k (a column) of row `index`."""
    found = session.contributions
    if found is None:
        return "", ""
    first = before(session)
    steps, mark = (int(found.rows[index]) - first, k - first), "′" if first else ""
    upper, lower = (symbol(session, t) + mark for t in steps)
    d = "d" if separate(session) and not partial(session) else "∂"
    fixed = f", {_state(session, steps[1])}{mark} fixed" if partial(session) else ""
    return f"‖{d}{upper}/{d}{lower}‖{fixed}", power_of(float(found.decades[index, k - 1]))


def cell_texts(log: float) -> tuple[str, ...]:
    """A factor of 10**log as its cell may say it, from longer to shorter."""
    if not -3.0 <= log < 3.0:
        return (power_of(log, 2),)
    value = 10.0**log
    return number(value, 3), number(value, 2), number(value, 2).removeprefix("0")
