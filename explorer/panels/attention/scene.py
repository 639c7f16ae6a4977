"""From the session to the matrices of attention: weights and gradients of one sample, and the names of their steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.network.attention import WEIGHTS
from explorer.session.session import Session


@dataclass(frozen=True, eq=False)
class Attention:
    """`weights` and `gradients` (T_y, T_x) of one sample; `present` (T_x,) bool: the steps that it has. `read` and
    `written` name the steps: their number, and the symbol where the data have one. `offset`: columns before the first
    row's."""

    weights: NDArray
    gradients: NDArray
    present: NDArray
    read: tuple[str, ...]
    written: tuple[str, ...]
    offset: int

    @property
    def steps(self) -> tuple[int, int]:
        """(T_y, T_x)."""
        return self.weights.shape[0], self.weights.shape[1]


def attention_of(session: Session) -> Attention:
    """What the view asks for. Raises KeyError for a run without attention."""
    trace, sample = session.trace, session.view.sample
    data = trace.data
    weights, gradients = trace.values[WEIGHTS][:, sample], session.share[WEIGHTS][:, sample]
    present = np.ones(weights.shape[1], dtype=bool) if data.present is None else data.present[:, sample]
    read = symbols(data.x[:, sample], data.input_names) or (data.labels if sample == 0 else ())
    written = symbols(data.y[:, sample], data.output_names)
    return Attention(
        weights, gradients, present,
        named([str(j + 1) for j in range(len(present))], read),
        named([f"{i + 1}′" for i in range(len(weights))], written),
        trace.schedule.offset("attention"),
    )  # fmt: skip


def symbols(vectors: NDArray, names: Sequence[str]) -> tuple[str, ...]:
    """The name of the unit that is 1 at every step, where each step has exactly one (or none: ""); else ()."""
    ones = vectors == 1.0
    one_hot = bool((ones.sum(axis=1) <= 1).all() and ((vectors == 0.0) | ones).all() and ones.any())
    if not one_hot or vectors.shape[1] < 2 or len(names) != vectors.shape[1]:
        return ()
    return tuple(names[int(row.argmax())] if row.any() else "" for row in ones)


def named(numbers: Sequence[str], words: Sequence[str]) -> tuple[str, ...]:
    """ "3 b" where there is a symbol, else "3"."""
    if len(words) != len(numbers):
        return tuple(numbers)
    return tuple(f"{number} {word}".strip() for number, word in zip(numbers, words, strict=True))
