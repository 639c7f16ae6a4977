"""Attention: at every step of a decoder a context c_i = Σ_j a_ij k_j over the encoder's states k_j."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

from core.cells.base import Factor, Record, Row
from core.maths.activations import TANH
from core.maths.arrays import Array
from core.maths.losses import softmax
from core.maths.operations import Operation, activate, clock, compare, compare_with, linear, softmax_of, weigh
from core.network.declared import BY_CONTEXT, EVERY, Declared, Read
from core.network.gathered import Component
from core.network.parts import BackwardPass, ForwardPass, Key, Network
from core.options import Option

if TYPE_CHECKING:
    from core.network.scan import Scan

SCORES: Key = ("attention", "e")
WEIGHTS: Key = ("attention", "a")
CONTEXT: Key = ("context", "c")
SCORE = Option(
    "score",
    Literal["dot", "additive", "bilinear"],
    "dot",
    "Score",
    "How the query, the decoder's bottom layer at the step before, is compared with the encoder's states.",
    words=(
        ("dot", "dot", "The product of query and key (Luong, Pham and Manning 2015)."),
        ("bilinear", "bilinear", "The same with a matrix A between them, their “general”."),
        ("additive", "additive", "The sum of both, each through a matrix (Bahdanau et al. 2015)."),
    ),
    note="the query is the state of the step before of the decoder's bottom layer, D1",
    makes=("parameters",),
    applies=lambda choices: choices.structure == "attention",
    why="Only attention compares states.",
)
NAMES = {"dot": (), "bilinear": ("attention.A",), "additive": ("attention.A_s", "attention.A_k", "attention.v")}


class Attention(Component):
    """a_i = softmax(e_i) over the encoder's steps that a sample has; the query is the decoder's previous state s_{i−1},
    of its bottom layer where it has several: the context is part of that layer's input.

    Scores e_ij, with k_j (B, K) and s (B, H):
    dot       s · k_jᵀ                          (Luong, Pham & Manning 2015), H = K
    bilinear  s · A · k_jᵀ                      (there "general"), A (H, K)
    additive  tanh(s · A_s + k_j · A_k) · vᵀ    (Bahdanau, Cho & Bengio 2015), A_s (H, H), A_k (K, H), v (H,)
    """

    options = (SCORE,)

    def __init__(self, keys: Key, score: str) -> None:
        self.keys, self.score = keys, score

    def width(self, widths: dict[Key, int]) -> int:
        return widths[self.keys]

    def reads(self, scan: Scan, widths: Mapping[Key, int]) -> tuple[Read, ...]:
        return (Read(CONTEXT),)

    def declared(self, scan: Scan) -> Iterator[Declared]:
        yield AttentionStep(self, scan)

    def parameter_shapes(self, scan: Scan, widths: dict[Key, int]) -> dict[str, tuple[int, ...]]:
        """The score's own. Raises ValueError where dot would compare states of different widths."""
        hidden, width = scan.hidden, widths[self.keys]
        if self.score == "dot" and hidden != width:
            raise ValueError(f"dot attention needs keys as wide as the query: {width} is not {hidden}")
        shapes = {"bilinear": [(hidden, width)], "additive": [(hidden, hidden), (width, hidden), (hidden,)]}
        return dict(zip(NAMES[self.score], shapes.get(self.score, []), strict=True))

    def allocate(self, run: ForwardPass, scan: Scan, steps: int) -> None:
        keys = run.signals[self.keys]
        for signal in (SCORES, WEIGHTS):
            run.signals[signal] = np.empty((steps, keys.shape[1], len(keys)), dtype=run.dtype)
        run.signals[CONTEXT] = np.empty((steps, *keys.shape[1:]), dtype=run.dtype)
        if self.score == "additive":
            run.signals["attention", "keys"] = keys @ run.parameters["attention.A_k"]  # once for all steps

    def _weights(self, run: ForwardPass) -> list[Array]:
        return [run.parameters[name] for name in NAMES[self.score]]

    def _hidden(self, run: ForwardPass, query: Array) -> Array:
        """The additive score's hidden layer, (T_x, B, H)."""
        return np.tanh(query @ run.parameters["attention.A_s"] + run.signals["attention", "keys"])

    def fill(self, run: ForwardPass, scan: Scan, t: int, x: Array) -> None:
        """e_t, a_t and the context of step t, from s_{t−1}."""
        keys, query = run.signals[self.keys], run.records[scan.name].s_prev[t]
        scores = run.signals[SCORES][t]
        if self.score == "additive":
            scores[...] = (self._hidden(run, query) @ run.parameters["attention.v"]).T
        else:
            if self.score == "bilinear":
                query = query @ run.parameters["attention.A"]
            np.einsum("bh,jbh->bj", query, keys, out=scores)
        present = run.data.present
        seen = scores if present is None else np.where(present.T, scores, -np.inf)
        weights = run.signals[WEIGHTS][t]
        weights[...] = softmax(seen)
        np.einsum("bj,jbh->bh", weights, keys, out=run.signals[CONTEXT][t])
        x[...] = run.signals[CONTEXT][t]

    def allocate_back(self, back: BackwardPass, scan: Scan) -> None:
        for signal in (SCORES, WEIGHTS, CONTEXT):
            back.signals[signal] = np.zeros_like(back.run.signals[signal])

    def take_back(self, back: BackwardPass, scan: Scan, t: int, dx: Array) -> None:
        """From c_t to the weights, the scores, the keys and the query s_{t−1}:

        ∂L/∂a_tj = ∂L/∂c_t · k_jᵀ,  ∂L/∂e_t = a_t ⊙ (∂L/∂a_t − Σ_j a_tj ∂L/∂a_tj),  ∂L/∂k_j += a_tj ∂L/∂c_t
        dot       ∂L/∂s += Σ_j ∂L/∂e_tj k_j,            ∂L/∂k_j += ∂L/∂e_tj s
        bilinear  ∂L/∂s += Σ_j ∂L/∂e_tj k_j · Aᵀ,       ∂L/∂k_j += ∂L/∂e_tj s · A,   ∂L/∂A += Σ_j sᵀ · ∂L/∂e_tj k_j
        additive  with g_j = tanh(…):  ∂L/∂g_j = ∂L/∂e_tj v,  ∂L/∂(…)_j = ∂L/∂g_j ⊙ (1 − g_j²),
                  ∂L/∂s += Σ_j ∂L/∂(…)_j · A_sᵀ,        ∂L/∂k_j += ∂L/∂(…)_j · A_kᵀ,   and the products for A_s, A_k, v
        """
        run, d = back.run, back.records[scan.name]
        keys, query, weights = run.signals[self.keys], run.records[scan.name].s_prev[t], run.signals[WEIGHTS][t]
        weights_back, scores_back, keys_back = (
            back.signals[WEIGHTS][t],
            back.signals[SCORES][t],
            back.signals[self.keys],
        )
        back.signals[CONTEXT][t] = dx
        np.einsum("bh,jbh->bj", dx, keys, out=weights_back)
        scores_back[...] = weights * (weights_back - (weights * weights_back).sum(axis=1, keepdims=True))
        keys_back += np.einsum("bj,bh->jbh", weights, dx)
        if self.score == "additive":
            source, target, v = self._weights(run)
            hidden = self._hidden(run, query)
            inner = np.einsum("bj,h->jbh", scores_back, v) * (1.0 - hidden**2)
            back.parameters["attention.v"] += np.einsum("bj,jbh->h", scores_back, hidden)
            back.parameters["attention.A_s"] += query.T @ inner.sum(axis=0)
            back.parameters["attention.A_k"] += keys.reshape(-1, keys.shape[2]).T @ inner.reshape(-1, inner.shape[2])
            keys_back += inner @ target.T
            d.s_prev[t] += inner.sum(axis=0) @ source.T
            return
        read = np.einsum("bj,jbh->bh", scores_back, keys)
        if self.score == "bilinear":
            (matrix,) = self._weights(run)
            back.parameters["attention.A"] += query.T @ read
            read, query = read @ matrix.T, query @ matrix
        d.s_prev[t] += read
        keys_back += np.einsum("bj,bh->jbh", scores_back, query)

    def records(self, run: ForwardPass) -> Iterator[tuple[Key, Array]]:
        """Scores e and weights a (T_y, B, T_x), contexts c (T_y, B, K)."""
        return ((signal, run.signals[signal]) for signal in (SCORES, WEIGHTS, CONTEXT))

    def gradients(self, back: BackwardPass) -> Iterator[tuple[Key, Array]]:
        return ((signal, back.signals[signal]) for signal in (SCORES, WEIGHTS, CONTEXT))


class AttentionStep(Declared):
    """One step of attention, as declared: scores e, weights a, and the context c, which is recorded under its own name.

    `attention.declared(scan)` makes it for the scan whose states ask.
    """

    name = WEIGHTS[0]
    quantities = (
        Record("e", "state", "scores of attention", "e@", "e@"),
        Record("a", "gate", "weights of attention", r"\alpha@", "α@"),
        Record("c", "state", "context by attention", "c@", "c@"),
    )
    rows = (
        Row("attention", "weights of attention", ("a",), ("asked", "inner", "hidden", "e", "a")),
        Row("contexts", "context by attention", ("c",), ("c",)),
    )
    in_words = MappingProxyType({"keys": BY_CONTEXT, "query": "by way of the next step's attention"})

    def __init__(self, attention: Attention, scan: Scan) -> None:
        self.attention, self.scan, self.decodes = attention, scan, scan.decodes
        self.graph = (
            *self._scores(),
            clock("there", at=(0, 2)),
            softmax_of("a", "e", "there", at=(1, 2)),
            weigh("c", "a", "keys", at=(1, 1)),
        )
        factors = {
            "bilinear": (Factor("A", "query", "asked"),),
            "additive": (Factor("A_s", "query", "inner"), Factor("A_k", "keys", "inner"), Factor("v", "hidden", "e")),
        }
        self.factors = factors.get(attention.score, ())

    def _scores(self) -> Iterator[Operation]:
        match self.attention.score:
            case "dot":
                yield compare("e", "query", "keys", at=(1, 3))
            case "bilinear":
                yield linear("asked", ("query", "A"), at=(1, 4))
                yield compare("e", "asked", "keys", at=(1, 3))
            case _:
                yield linear("inner", ("query", "A_s"), ("keys", "A_k"), at=(1, 5))
                yield activate("hidden", TANH.name, "inner", at=(1, 4))
                yield compare_with("e", "hidden", "v", at=(1, 3))

    def reads(self, widths: Mapping[Key, int]) -> dict[str, tuple[Read, ...]]:
        return {"query": self.scan.before("s"), "keys": (Read(self.attention.keys, at=EVERY, present=True),)}

    def given(self, run: ForwardPass) -> dict[str, Array]:
        """`there`: whether a sample has each of its encoder's steps, (1, 1, B, T_x)."""
        present, keys = run.data.present, run.signals[self.attention.keys]
        there = np.ones(keys.shape[:2], dtype=bool) if present is None else present
        return {"there": there.T[None, None], "query": run.records[self.scan.name].s_prev}

    def width_of(self, name: str, widths: Mapping[Key, int], read: int) -> int:
        return widths[self.attention.keys] if name == "c" else read

    @property
    def loop(self) -> str:
        return self.scan.name

    def key(self, name: str) -> Key:
        return CONTEXT if name == "c" else (self.name, name)


def attention_of(network: Network) -> AttentionStep | None:
    """What makes the weights of attention; None in a network without."""
    return next((each for each in network.declared if isinstance(each, AttentionStep)), None)
