"""The update of the matrix on show: what it adds to W, the new W, and one entry's gradient as a sum to click."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import numpy as np

from core.chain.places import NumberPlace, place_of_number
from core.chain.rows import NICE
from core.notation.equations import Style
from core.timeline.timeline import UPDATE
from core.training.entry_update import EntryUpdate, entry_update
from core.training.update import Update
from explorer.panels.update_words import moves_text, used_text
from explorer.panels.weights.scene import WeightsScene
from explorer.session.session import Selection, Session
from explorer.style.numbers import number, power
from explorer.words import translator

tr = translator("weights")

Array = np.ndarray
REST = "rest"  # the link to the addends that have no room
MOST = 7  # addends in a line; the inspector has all of them


@dataclass(frozen=True, eq=False)
class Moved:
    """What an update makes of a matrix: `change` and `after` as the book lays it out. `limit`: the scale that W and the
    new W share; `own`: that of the change."""

    update: Update
    change: Array
    after: Array
    limit: float
    own: float


def moved(scene: WeightsScene) -> Moved | None:
    """What the update makes of the matrix; None where that is not known, or hidden with an error."""
    update = scene.session.findings.update
    if update is None or scene.sums is None:
        return None
    change, after = (scene.laid_out(scene.trace.named_parameters(each)[scene.key])
                     for each in (update.change, update.after))  # fmt: skip
    return Moved(update, change, after, max(scene.limit, scale_of(after, 0.5)), scale_of(change))


def scale_of(values: Array, least: float = 0.0) -> float:
    """The next round number above the largest finite |value|, at least `least`; 1 where all are 0."""
    largest = max(float(np.abs(values[np.isfinite(values)]).max(initial=0.0)), least)
    if largest < np.finfo(float).tiny:
        return 1.0
    decade = 10.0 ** np.floor(np.log10(largest))
    return float(next(n * decade for n in NICE if n * decade >= largest * (1 - 1e-9)))


def share_done(session: Session) -> float | None:
    """How much of the update the playhead has done, 0 … 1; None where it is not at the update."""
    time = session.time
    return time.fraction if time.phase == UPDATE else None


# --- in words ---
def change_texts(symbol: str, update: Update) -> tuple[str, ...]:
    """What stands over the change, longest first."""
    if update.rule.plain:
        return f"−η·d{symbol}, η = {update.rule.rate:g}", f"−η·d{symbol}", f"Δ{symbol}", "Δ"
    return tr("Δ{W}, what is added").format(W=symbol), f"Δ{symbol}", "Δ"


def after_texts(symbol: str, share: float) -> tuple[str, ...]:
    """What stands over the new W, longest first; and over W while it moves."""
    if share >= 1.0:
        return tr("new {W}").format(W=symbol), tr("new")
    percent = f"{100 * share:.0f} %"
    return tr("{W} + {share} of it").format(W=symbol, share=percent), f"{symbol}, {percent}", symbol


# --- one entry ---
def entry_of_cell(scene: WeightsScene, cell: tuple[int, int]) -> tuple[NumberPlace, EntryUpdate] | None:
    """The number in a cell, and its update in the book's sign; None where there is none."""
    update = scene.session.findings.update
    matrix, trace = scene.matrix, scene.trace
    if update is None or scene.sums is None:
        return None
    place = place_of_number(trace, matrix.name, matrix.index(cell), 1)
    style = Style(False, None, scene.session.notation)
    found = entry_update(trace, update, scene.key, place.entry, style)
    return place, found if matrix.shown(cell, 1.0) > 0 else found.negated()


def entry_html(scene: WeightsScene, cell: tuple[int, int], symbol: str, colour: str) -> str:
    """The line of a cell: its gradient as a sum whose addends are links to their steps, and where the number goes."""
    found, update = entry_of_cell(scene, cell), scene.session.findings.update
    if found is None or update is None:
        return ""
    entry, sums = found[1], scene.sums
    assert sums is not None
    total = entry.total
    text = escape(moves_text(symbol, entry, update.rule))
    clipped = used_text(entry, sums.addends.clips)
    if clipped:
        text = f"{escape(clipped)}; {text}"
    if total.absent or not total.lines:
        return text
    first = scene.trace.schedule.lanes[scene.key.partition(".")[0]].last
    shown = total.lines[:MOST]
    terms = []
    for k, line in enumerate(shown):
        written = power(line.value, 2, sign=bool(k))
        if k:  # the sign stays with its number where the line breaks
            written = f"{written[0]}\u00a0{written[1:]}" if written[0] in "+−" else f"+\u00a0{written}"
        terms.append(f'<a href="{first - k}" style="color:{colour}">{escape(written)}</a>')
    if len(total.lines) > MOST:
        rest = tr("+ {n} more").format(n=len(total.lines) - MOST).replace(" ", "\u00a0")
        terms.append(f'<a href="{REST}" style="color:{colour}">{escape(rest)}</a>')
    gradient = escape(scene.session.notation.gradient.of(False, symbol))
    return f"{gradient} = {' '.join(terms)} = {escape(power(total.total))}<br>{text}"


def step_place(scene: WeightsScene, column: int) -> Selection:
    """The node in which the addend of a column is made."""
    matrix = scene.matrix
    found = place_of_number(scene.trace, matrix.name, matrix.index((0, 0)), column)
    return Selection(found.row, found.t, record=found.record)


def new_line(entry: str, before: float, change: float, after: float) -> str:
    """One cell of the three maps: "W[1, 2] = 0.312 − 3.2·10⁻³ = 0.309"."""
    return f"{entry}: {number(before)} {'+' if change >= 0 else '−'} {power(abs(change), 2)} = {number(after)}"
