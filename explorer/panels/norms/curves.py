"""From the session to the curves of the norms panel: which quantities, whose, of how much of the loss."""

from __future__ import annotations

import numpy as np

from core.analysis import contributions
from core.chain.rows import style_of
from core.claims.claim import column_norms
from core.notation.base import Notation
from core.trace import Trace
from explorer.items.plots.norms import Curve
from explorer.panels.sentences import loss_symbol
from explorer.session.pinned import last_loss, share_of
from explorer.session.session import Pin, Session
from explorer.words import in_language


def quantities(trace: Trace) -> tuple[str, ...]:
    """What a norm can be shown of: the state, the (stacked) pre-activations, and whatever else the cell carries."""
    cell, scan = trace.scan.cell, trace.scan
    names = ("s", "h", *cell.recurrent_states, cell.memory)
    return tuple(name for name in dict.fromkeys(names) if (scan.name, name) in trace.exact)


def gradient(trace: Trace, notation: Notation, name: str, share_at: int | None = None, t: int | None = None) -> str:
    """ "∂L/∂s₅", δ₅ or da⟨5⟩; "∂L/∂s" without a step; a decoder's own fifth is "∂L/∂s₅′"; of one step's share of the
    loss "∂ℓ₂₄/∂s"."""
    before = trace.schedule.before_output
    own, mark = (t - before, "′") if t is not None and t > before > 0 else (t, "")
    style = style_of(trace, trace.scan, False, own, notation)
    write = style.gradient_of if t is not None else style.gradient_letter
    if share_at is None:
        return write(trace.scan.cell, name) + mark
    symbol = style.symbol(trace.scan.cell, name) if t is not None else style.letter(trace.scan.cell, name)
    return f"∂{loss_symbol(notation, share_at)}/∂{symbol}{mark}"


def logs_of(gradients, trace: Trace, name: str) -> np.ndarray:
    """log₁₀ of the norm at every column: of the scan on view, and of the encoder's of the same layer before it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log10(column_norms(trace, gradients, name))


def divided(logs: np.ndarray, last: int) -> np.ndarray:
    """A curve divided by its value at column `last`; no number where that is 0 or none itself."""
    at = logs[last - 1] if last <= len(logs) else np.nan
    with np.errstate(invalid="ignore"):
        return logs - at if np.isfinite(at) else np.full(len(logs), np.nan)


class CurveSource:
    """Makes the curves, and keeps those of the pinned runs, which change only with the view."""

    def __init__(self) -> None:
        self._kept: dict[tuple, np.ndarray] = {}

    def curves(self, session: Session, shown: tuple[str, ...], words: dict[str, str]) -> list[Curve]:
        """`words`: the panel's own words by key: "pinned", "exact", "whole", "before"."""
        kept = {}
        for pin in session.pins:
            key = self._key(pin, session)
            kept[key] = self._kept[key] if key in self._kept else self._pinned_logs(*key)
        self._kept = kept
        pinned = [self._pinned(session, pin, words) for pin in session.pins]
        return [*self._ghost(session, words), *pinned, *self._current(session, shown, words)]

    @staticmethod
    def _ghost(session: Session, words: dict[str, str]) -> list[Curve]:
        """The run as it was before a matrix was opened, once the one on show is another."""
        ghost, theme = session.screen.ghost, session.theme
        if ghost is None or ghost is session.trace or ghost.steps != session.trace.steps:
            return []
        name = ghost.scan.cell.memory
        logs = logs_of(ghost.exact if session.view.gradient == "exact" else ghost.used, ghost, name)
        ink, width = theme.muted, theme.curve * 0.8
        return [Curve(logs, words["before"], ink, ink, width, False, False, True, None, name)]

    def _key(self, pin: Pin, session: Session) -> tuple:
        """What the numbers of a pinned run's curve depend on."""
        view, share = session.view, self._share_of(pin, session)
        return pin.trace, view.gradient, share, view.relative, session.pinned.shift(pin)

    def _current(self, session: Session, shown: tuple[str, ...], words: dict[str, str]) -> list[Curve]:
        trace, theme = session.trace, session.theme
        curves = []
        truncated = session.view.share_at is None and session.gradients is not trace.exact
        for name in shown:
            main = name == trace.scan.cell.memory
            width = theme.current_curve if main else theme.curve
            colours = (theme.backward, theme.backward_text)
            if truncated:
                logs = self._of_view(logs_of(trace.exact, trace, name), session)
                curves.append(Curve(logs, words["exact"], *colours, theme.curve * 0.8, True, main, True, None, name))
            logs = self._of_view(logs_of(session.share, trace, name), session)
            curves.append(
                Curve(logs, in_language(trace.scan.cell.title), *colours, width, True, main, False, None, name)
            )
        return curves

    @staticmethod
    def _of_view(logs: np.ndarray, session: Session) -> np.ndarray:
        last = last_loss(session.trace, session.view.share_at)
        return divided(logs, last) if session.view.relative else logs

    def _pinned(self, session: Session, pin: Pin, words: dict[str, str]) -> Curve:
        theme, share = session.theme, self._share_of(pin, session)
        logs = self._kept[self._key(pin, session)]
        k = pin.number % len(theme.pinned)
        memory = pin.trace.scan.cell.memory
        note = words["pinned"]
        if share is None and session.view.share_at is not None:
            note = words["whole"]
        label = f"{pin.label}  {gradient(pin.trace, session.notation, memory, share)}  ({note})"
        return Curve(
            logs, label, theme.pinned[k], theme.pinned_text[k], theme.curve, False, True, False, pin.number, memory,
            max(session.pinned.shift(pin), 0),
        )  # fmt: skip

    @staticmethod
    def _share_of(pin: Pin, session: Session) -> int | None:
        """The step whose share is shown of a pinned run: the view's, if that run has a loss there."""
        return share_of(pin.trace, session.view.share_at)

    @staticmethod
    def _pinned_logs(trace: Trace, gradient: str, share: int | None, relative: bool, columns: int) -> np.ndarray:
        gradients = trace.exact if gradient == "exact" else trace.used
        if share is not None:
            gradients = contributions.share_of_step(trace, share)
        logs = logs_of(gradients, trace, trace.scan.cell.memory)
        if relative:
            logs = divided(logs, last_loss(trace, share))
        return np.concatenate((np.full(columns, np.nan), logs)) if columns > 0 else logs[-columns:]
