"""From the session to the pictures of attention: weights and gradients of one sample, and the names of their steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QPainter, QPixmap

from core.network.attention import WEIGHTS
from core.timeline.timeline import BACKWARD, FORWARD, LOSS, START
from explorer.columns import Columns
from explorer.session.session import Session
from explorer.style.theme import Theme


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


class Now(NamedTuple):
    """Where the passes are. `live`: the column under the playhead, 0 for none. `done`: how many rows the forward pass
    has done; `reached`: the first row (from 0) that the backward pass has. `phase` of the beat, and how much of it is
    done, `share`."""

    live: int = 0
    done: int = 0
    reached: int = 0
    phase: str = ""
    share: float = 1.0

    @property
    def behind(self) -> bool:
        """Whether the backward pass is over: at the sum over time, and at what comes after it."""
        return self.phase not in ("", START, FORWARD, LOSS, BACKWARD)

    @property
    def forward(self) -> bool:
        """Whether the forward pass is under way."""
        return self.phase == FORWARD


@dataclass(frozen=True, eq=False)
class Setting:
    """What a picture of attention is drawn with. `plot`: the room there is, px; `digits`: the font of numbers;
    `captions`: the symbols of the weights and of their gradients; `normalise`: each row on the scale of its largest;
    `painted(draw)`: a pixmap of the panel's size at its `ratio`."""

    data: Attention
    columns: Columns
    plot: QRectF
    font: QFont
    digits: QFont
    captions: tuple[str, str]
    normalise: bool
    theme: Theme
    ratio: float
    painted: Callable[[Callable[[QPainter], None]], QPixmap]


def shares(data: Attention, normalise: bool) -> NDArray:
    """The weights on their scale: 0…1, or 0 … the row's largest."""
    largest = data.weights.max(axis=1, keepdims=True) if normalise else 1.0
    with np.errstate(all="ignore"):
        return data.weights / largest


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
