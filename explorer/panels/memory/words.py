"""The split of the gradient on a cell's memory, in words: the names of its kinds, and what a step's shares say."""

from __future__ import annotations

from core.analysis.memory_split import ALONG, GATES, KINDS, MemorySplit
from core.chain.rows import rows, style_of
from core.network.scan import Scan
from core.notation.equations import Style
from core.trace import Trace
from explorer.items.plots.share_bar import share_text
from explorer.session.session import Selection, Session
from explorer.words import translator

tr = translator("MemoryPanel")


def selected_scan(session: Session) -> Scan:
    """The scan whose cell is open; the one on view where none is."""
    trace = session.trace
    return next((scan for scan in trace.scans if scan.name == session.inside), trace.scan)


def symbol(session: Session, scan: Scan, t: int | None = None) -> str:
    """The memory's symbol: "c₉", or "c" without a step."""
    style = style_of(session.trace, scan, False, t, session.notation)
    return style.letter(scan.cell, scan.cell.memory) if t is None else style.symbol(scan.cell, scan.cell.memory)


def gradient(session: Session, scan: Scan, t: int | None = None) -> str:
    """ "∂L/∂c₉", "da⟨9⟩" …; of one step's share of the loss "∂ℓ₂₄/∂c₉"; without a step "∂L/∂c"."""
    share, style = session.view.share_at, style_of(session.trace, scan, False, t, session.notation)
    if share is not None:
        return f"∂{Style(False, share, session.notation).symbol(None, 'ℓ')}/∂{symbol(session, scan, t)}"
    write = style.gradient_letter if t is None else style.gradient_of
    return write(scan.cell, scan.cell.memory)


def select_node(session: Session, scan: Scan, record: str, column: int, unit: int | None = None) -> None:
    """Selects a record of a scan's cell, by its node on the chain."""
    own = next((row.name for row in scan.cell.rows if record in row.members), "")
    for row in rows(session.trace):
        piece = row.piece(column)
        if own and row.row == own and piece is not None and piece.part == scan.name:
            session.select(Selection(row.name, column, record=record, unit=unit))


def kind_name(trace: Trace, scan: Scan, kind: str) -> str:
    """What a kind of ways is called for this cell, in this place of the network."""
    if kind == ALONG:
        return tr("along the memory")
    if kind == GATES:
        return tr("through the gates") if scan.cell.gates else tr("through the weights")
    if scan.cell.memory != "s":
        return tr("from the state")
    if trace.head.source == (scan.name, "s"):
        return tr("from the output")
    decoded = any(each.decodes for each in trace.scans) and not scan.decodes
    return tr("from the decoder") if decoded else tr("from above")


def tone(kind: str) -> int:
    """Which of the three colours a kind has; the same in every picture."""
    return KINDS.index(kind)


def sentence(trace: Trace, scan: Scan, split: MemorySplit, column: int, name: str) -> str:
    """One step's shares of the gradient called `name`: "∂L/∂c₉: along the memory +0.95, through the gates +0.01, from
    the state +0.04." """
    shares = split.at(column)
    if not shares:
        return absence(split, column).format(g=name)
    words = ", ".join(f"{kind_name(trace, scan, kind)} {share_text(value)}" for kind, value in shares.items())
    return f"{name}: {words}."


def absence(split: MemorySplit, column: int) -> str:
    """Why a step has no shares, with {g} for the gradient."""
    t = column - split.offset
    if not 1 <= t <= len(split.gradient):
        return tr("This chain has no step there.")
    if (split.gradient[t - 1] == 0).all():
        return tr("{g} is 0 here: there is nothing to divide.")
    return tr("{g} is not a number here: there is nothing to divide.")
