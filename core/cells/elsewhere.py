"""Which recurrent layer of PyTorch and of Keras computes what a cell here computes, and in which order it keeps its
blocks.

PyTorch (torch.nn.RNN, LSTM, GRU): weights (G·H, I), so transposed; two biases, added; LSTM i, f, g, o; GRU r, z, n with
h = (1 − z) ⊙ n + z ⊙ h_{t−1} and n = tanh(W_in x + b_in + r ⊙ (W_hn h_{t−1} + b_hn)).
Keras (layers.SimpleRNN, LSTM, GRU): kernels (I, G·H) as here; LSTM i, f, c, o; GRU z, r, h with
h = z ⊙ h_{t−1} + (1 − z) ⊙ hh, reset_after=True with a bias (2, 3H), the input's and the state's, reset_after=False
with one (3H,). The gate z keeps in both where u writes here: since σ(−h) = 1 − σ(h), its block changes its sign; a hard
sigmoid has that symmetry, too. `activation` and `recurrent_activation` of Keras are ours, but that hard_sigmoid was
0.2·h + 0.5 before Keras 3 and is h/6 + 0.5 since. With go_backwards a layer reads its sequence from the last step, and
writes what it makes in the order in which it reads: of several layers on each other only the first may have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import product


@dataclass(frozen=True)
class Layer:
    """One kind of layer of another library, and the cell that computes the same.

    `blocks` are the cell's blocks in the layer's order, `keeps` those that keep there where they write here, `choices`
    the experiment's fields that must be so, `own_bias` whether the last block has a bias inside the reset product, b_q.
    `settings` are the layer's arguments that no weight shows and that are not its `defaults`, both by their own names;
    `version` says of which release's they are, where that matters.
    """

    name: str
    cell: str
    blocks: tuple[str, ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    keeps: tuple[str, ...] = ()
    choices: Mapping[str, str | bool] = field(default_factory=dict)
    own_bias: bool = False
    defaults: Mapping[str, str] = field(default_factory=dict)
    version: str = ""

    @property
    def arguments(self) -> dict[str, str]:
        """All arguments that no weight shows, with the values with which the layer computes what the cell does."""
        return {**self.defaults, **self.settings}


_NONLINEARITY = {"nonlinearity": "tanh"}
_SIMPLE = {"activation": "tanh", "go_backwards": "False"}
_GATED = {"activation": "tanh", "recurrent_activation": "sigmoid", "go_backwards": "False"}
_GRU = {**_GATED, "reset_after": "True"}
_OF_TORCH = {"activation": "tanh", "gate_activation": "sigmoid"}  # its LSTM and GRU have no other
# Our gate activation, Keras's name for it, and the release where that name means it; the defaults come first.
_GATE_ACTIVATIONS = (
    ("sigmoid", "sigmoid", ""),
    ("hard-sigmoid", "hard_sigmoid", "Keras 3"),
    ("hard-sigmoid-keras2", "hard_sigmoid", "Keras 2"),
)


def _in_both_orders(*layers: Layer) -> tuple[Layer, ...]:
    """Layers of Keras that read each sequence from its first step, its default, and the same from its last."""
    forward = (replace(each, choices={**each.choices, "read_backwards": False}) for each in layers)
    backward = (
        replace(
            each,
            settings={**each.settings, "go_backwards": "True"},
            choices={**each.choices, "read_backwards": True},
        )
        for each in layers
    )
    return (*forward, *backward)


def _with_activations(layer: Layer) -> tuple[Layer, ...]:
    """A gated layer of Keras with every pair of activations, its defaults first."""
    found = []
    for (ours, theirs, version), phi in product(_GATE_ACTIVATIONS, ("tanh", "relu")):
        said = {"activation": phi, "recurrent_activation": theirs}
        settings = {**layer.settings, **{name: text for name, text in said.items() if layer.defaults[name] != text}}
        choices = {**layer.choices, "activation": phi, "gate_activation": ours}
        found.append(replace(layer, settings=settings, choices=choices, version=version))
    return tuple(found)


TORCH: tuple[Layer, ...] = (
    Layer("RNN", "tanh", ("",), defaults=_NONLINEARITY),
    Layer("RNN", "relu", ("",), {"nonlinearity": "relu"}, defaults=_NONLINEARITY),
    Layer("LSTM", "lstm", ("i", "f", "g", "o"), choices=_OF_TORCH),
    Layer("GRU", "gru", ("r", "u", "n"), {}, ("u",), {"reset": "after", **_OF_TORCH}, own_bias=True),
)
KERAS: tuple[Layer, ...] = _in_both_orders(
    Layer("SimpleRNN", "tanh", ("",), defaults=_SIMPLE),
    Layer("SimpleRNN", "relu", ("",), {"activation": "relu"}, defaults=_SIMPLE),
    Layer("SimpleRNN", "sigmoid", ("",), {"activation": "sigmoid"}, defaults=_SIMPLE),
    Layer("SimpleRNN", "identity", ("",), {"activation": "linear"}, defaults=_SIMPLE),
    *_with_activations(Layer("LSTM", "lstm", ("i", "f", "g", "o"), defaults=_GATED)),
    *_with_activations(
        Layer("GRU", "gru", ("u", "r", "n"), {}, ("u",), {"reset": "after"}, own_bias=True, defaults=_GRU)
    ),
    *_with_activations(
        Layer("GRU", "gru", ("u", "r", "n"), {"reset_after": "False"}, ("u",), {"reset": "before"}, defaults=_GRU)
    ),
)
