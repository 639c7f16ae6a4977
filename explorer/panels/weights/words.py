"""What the panel of W and dW says."""

from __future__ import annotations

import numpy as np

from core.analysis.lag_shares import CANCELS, LagShares
from core.arithmetic.running_sum import RunningSum, running_sum
from core.maths.arrays import scaled_norm
from explorer.panels.weights.scene import Sum, WeightsScene
from explorer.style.numbers import number, percent, power
from explorer.words import clauses, ended, translator

tr = translator("weights")


def matrix_texts(symbol: str, steps: int) -> tuple[str, ...]:
    """What stands over W, longest first."""
    if steps == 1:
        return (symbol,)
    return tr("{W}, the same at every step").format(W=symbol), tr("{W}, at every step").format(W=symbol), symbol


def sum_texts(symbol: str, shown: Sum, hidden: bool, left: str = "", of_whole: bool = False) -> tuple[str, ...]:
    """What stands over dW, longest first. `left`: what of it the brush leaves, in words. `of_whole`: the chain shows
    the gradient of one term of the loss, and this one is still that of L."""
    d = _gradient(symbol, of_whole)
    if hidden:
        return tr("{d}: hidden for now").format(d=d), tr("{d}: hidden").format(d=d), d
    if left:
        return tr("{d}: {left}").format(d=d, left=left), left, d
    if not shown.count:
        return tr("{d}, no addend yet").format(d=d), tr("{d}: none yet").format(d=d), d
    if not shown.finished:
        so_far = tr("{n} of {all} steps").format(n=shown.count, all=shown.steps)
        return (tr("{d} so far: {steps}").format(d=d, steps=so_far), tr("{d}: {steps}").format(d=d, steps=so_far),
                tr("{d}: {n} of {all}").format(d=d, n=shown.count, all=shown.steps), d)  # fmt: skip
    if shown.steps == 1:
        return tr("{d}, one step").format(d=d), d
    return (tr("{d} = Σ over {n} steps").format(d=d, n=shown.steps), tr("{d} = Σ {n} steps").format(d=d, n=shown.steps),
            tr("{d} = Σ").format(d=d))  # fmt: skip


def spectrum_text(found: tuple[float, float, float | None]) -> str:
    """σ_max, σ_min and, of a square matrix, ρ."""
    largest, smallest, radius = (None if each is None else number(each) for each in found)
    text = tr("σ {high} … {low}").format(high=largest, low=smallest) if largest != smallest else f"σ {largest}"
    return text if radius is None else f"{text}   ρ {radius}"


def spectrum_tip(symbol: str, found: tuple[float, float, float | None]) -> str:
    """The same in words."""
    text = tr("σ_max of {W} = {high}, the most that one product with it stretches a vector; σ_min = {low}, the least.")
    text = text.format(W=symbol, high=number(found[0]), low=number(found[1]))
    if found[2] is not None:
        radius = tr("ρ = {radius}, the largest |eigenvalue|: what many products do.").format(radius=number(found[2]))
        text += f" {radius}"
    return text


def entry_line(entry: str, value: float, gradient: float | None) -> str:
    """One cell of both maps: "W[1, 2] = 0.312, d = −2.54·10⁻³"."""
    text = f"{entry} = {number(value)}"
    return text if gradient is None else f"{text},  d = {power(gradient)}"


def span(columns: np.ndarray) -> str:
    """The steps of some columns: "t = 12 … 14"."""
    first, last = int(columns.min()), int(columns.max())
    return f"t = {first}" if first == last else f"t = {first} … {last}"


def _gradient(symbol: str, of_whole: bool) -> str:
    return tr("d{W} of L").format(W=symbol) if of_whole else f"d{symbol}"


def made_text(symbol: str, shares: LagShares, norm: float, of_whole: bool = False) -> str:
    """Which last steps make most of dW: "The last 3 steps, t = 12 … 14, make 93 % of dW." Where addends point the other
    way, how much of it those are; where there is no gradient, that."""
    d = _gradient(symbol, of_whole)
    if not shares.known:
        return tr("{d} is exactly 0.").format(d=d) if norm == 0.0 else tr("{d} is not finite.").format(d=d)
    found = shares.fewest()
    if found is None:
        assert shares.against < -CANCELS
        text = tr("Addends cancel: some point the other way, together {share} of {d}.")
        return text.format(share=percent(shares.against), d=d)
    count, made = found
    columns = shares.columns[shares.first : shares.first + count]
    if len(shares.shares) == 1:
        return tr("One step makes all of {d}.").format(d=d)
    last = shares.first == 0 and not _rising(shares)
    if shares.only is not None:
        columns = shares.columns[shares.only : shares.only + 1]
        text = tr("One step, {span}, makes all of {d}.")
        if last and shares.only == 0:
            text = tr("The last step, {span}, makes all of {d}.")
    elif count == 1:
        text = tr("One step, {span}, makes {share} of {d}.")
    elif last:
        text = tr("The last {n} steps, {span}, make {share} of {d}.")
    else:
        text = tr("{n} steps, {span}, make {share} of {d}.")
    return text.format(n=count, span=span(columns), share=percent(made), d=d)


def _rising(shares: LagShares) -> bool:
    """Whether the backward pass comes from the first column."""
    return len(shares.columns) > 1 and bool(shares.columns[0] < shares.columns[-1])


def left_text(symbol: str, shares: LagShares, lag: int, scene: WeightsScene) -> str:
    """What the brush leaves: "5 and more steps back: 0.61 % of dW." """
    if not shares.known or scene.sums is None:
        return ""
    rest = scene.sums.since(shares.first + lag)
    text = tr("{n} and more steps back ({span}): {share} of d{W}, norm {norm}.")
    columns = shares.columns[shares.first + lag :]
    share, norm = percent(shares.left(lag)), power(scaled_norm(rest))
    return text.format(n=lag, span=span(columns), share=share, W=symbol, norm=norm)


def used_text(symbol: str, scene: WeightsScene) -> str:
    """How what training uses differs from the exact gradient; "" where it does not."""
    sums, trace = scene.sums, scene.trace
    if sums is None:
        return ""
    parts = []
    if trace.used is not trace.exact:
        other: RunningSum = running_sum(trace, scene.key, not scene.used)
        norm = power(scaled_norm(other.total))
        why = tr("truncated") if trace.experiment.truncate is not None else tr("not trained")
        text = tr("{why}; exact its norm is {n}") if scene.used else tr("exact; what is used ({why}) has norm {n}")
        parts.append(text.format(n=norm, why=why))
    used = sums if scene.used else running_sum(trace, scene.key, True)
    if used.addends.clips:
        parts.append(tr("clipped to norm {n} before it is used").format(n=power(used.addends.clipped)))
    if not parts:
        return ""
    return ended(clauses((tr("‖d{W}‖ = {norm}").format(W=symbol, norm=power(scene.norm)), *parts)))


def sum_sentence(symbol: str, shown: Sum, hidden: bool, of_whole: bool = False) -> str:
    """dW for a screen reader."""
    text = sum_texts(symbol, shown, hidden, of_whole=of_whole)[0]
    if hidden:
        return text
    return tr("{sum}; norm {n}").format(sum=text, n=power(scaled_norm(shown.values))) if shown.count else text
