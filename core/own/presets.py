"""The layouts of the courses and libraries that people come from, by name, each with the names that it uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.cells.elsewhere import KERAS, TORCH, Layer
from core.errors import one_named
from core.own.layout import (
    BATCH_FIRST,
    COLUMNS,
    FEATURES_FIRST,
    INPUT_FIRST,
    ROWS,
    STATE_FIRST,
    TIME_FIRST,
    Layout,
)
from core.own.roles import FOUR, GATES, PLAIN, THREE


@dataclass(frozen=True)
class Preset:
    """One of them. `names`: by a cell's blocks the arrays' names by kind, a name with {} once for
    each gate; `letters` are its letters of the gates, by ours, `stacked` their order in a stacked array. `keeps`: the
    update gate says what stays (Cho et al. 2014), not what is written. `vectors`: states and biases are columns (n, 1).
    `batched`: sequences have an axis for samples; otherwise there is one sample, and x is (T, n). `sure`: whoever uses
    the names stacks the gates in this order."""

    name: str
    title: str
    layout: Layout
    names: Mapping[tuple[str, ...], Mapping[str, str]]
    letters: Mapping[tuple[str, ...], Mapping[str, str]]
    stacked: Mapping[tuple[str, ...], tuple[str, ...]]
    keeps: bool = True
    reset: str = "before"
    vectors: bool = False
    batched: bool = True
    sure: bool = False


def _stacked(layers: tuple[Layer, ...]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """The order in which a library stacks each cell's gates."""
    return {blocks: next(each.blocks for each in layers if sorted(each.blocks) == sorted(blocks)) for blocks in GATES}


LETTERS = {blocks: {gate: gate for gate in blocks} for blocks in GATES}
_C = {"i": "i", "f": "f", "g": "c", "o": "o"}
_OURS = {"x": "x", "y": "y", "s_0": "s_0", "c_0": "c_0", "U": "U", "W": "W", "b": "b", "V": "V", "by": "b_y",
         "above": "ds"}  # fmt: skip
_CS231N = {"x": "x", "y": "y", "s_0": "h0", "c_0": "c0", "U": "Wx", "W": "Wh", "b": "b", "V": "W_vocab",
           "by": "b_vocab", "above": "dh"}  # fmt: skip
_TORCH = {"x": "x", "y": "y", "s_0": "h0", "c_0": "c0", "U": "weight_ih_l0", "W": "weight_hh_l0", "b": "bias_ih_l0",
          "b2": "bias_hh_l0", "V": "fc.weight", "by": "fc.bias", "above": "dout"}  # fmt: skip
_KERAS = {"x": "x", "y": "y", "s_0": "h0", "c_0": "c0", "U": "kernel", "W": "recurrent_kernel", "b": "bias",
          "V": "dense_kernel", "by": "dense_bias", "above": "dout"}  # fmt: skip
_NG_DATA = {"x": "x", "y": "y", "s_0": "a0", "c_0": "c0", "V": "Wy", "by": "by", "above": "da"}
_NG = {**_NG_DATA, "UW": "W{}", "b": "b{}"}
_KARPATHY = {"x": "xs", "y": "ys", "s_0": "hprev", "U": "Wxh", "W": "Whh", "b": "bh", "V": "Why", "by": "by",
             "above": "dh"}  # fmt: skip

PRESETS: tuple[Preset, ...] = (
    Preset(
        "ours",
        "this program",
        Layout(weights=ROWS, order=TIME_FIRST, biases=1, input_letter="u"),
        {PLAIN: _OURS, FOUR: _OURS, THREE: {**_OURS, "b_q": "b_q"}},
        LETTERS,
        {blocks: blocks for blocks in GATES},
    ),
    Preset(
        "cs231n",
        "CS231n, assignment 3",
        Layout(weights=ROWS, order=BATCH_FIRST, biases=1),
        {PLAIN: _CS231N, FOUR: _CS231N},
        LETTERS,
        {FOUR: ("i", "f", "o", "g")},
    ),
    Preset(
        "deeplearning.ai",
        "deeplearning.ai, Sequence Models, week 1",
        Layout(weights=COLUMNS, order=FEATURES_FIRST, joined=STATE_FIRST, biases=1),
        {PLAIN: {**_NG_DATA, "U": "Wax", "W": "Waa", "V": "Wya", "b": "ba"}, FOUR: _NG, THREE: _NG},
        {FOUR: _C, THREE: {"r": "r", "u": "u", "n": "c"}},
        {},
        keeps=False,
        vectors=True,
    ),
    Preset(
        "pytorch",
        "PyTorch",
        Layout(weights=COLUMNS, order=TIME_FIRST, biases=2),
        {PLAIN: _TORCH, FOUR: _TORCH, THREE: _TORCH},
        {**LETTERS, THREE: {"r": "r", "u": "z", "n": "n"}},
        _stacked(TORCH),
        reset="after",
        sure=True,
    ),
    Preset(
        "keras",
        "Keras",
        Layout(weights=ROWS, order=BATCH_FIRST, biases=1),
        {PLAIN: _KERAS, FOUR: _KERAS, THREE: _KERAS},
        {FOUR: _C, THREE: {"r": "r", "u": "z", "n": "h"}},
        _stacked(KERAS),
        reset="after",
        sure=True,
    ),
    Preset(
        "min-char-rnn",
        "min-char-rnn (Karpathy)",
        Layout(weights=COLUMNS, order=TIME_FIRST, biases=1, joined=INPUT_FIRST),
        {PLAIN: _KARPATHY},
        {},
        {},
        vectors=True,
        batched=False,
    ),
)
NAMES = tuple(each.name for each in PRESETS)


def preset_named(name: str) -> Preset:
    """The preset of that name. Raises InputError, listing the known ones."""
    return one_named(name, PRESETS, "There is no layout “{name}”; there are {known}.")
