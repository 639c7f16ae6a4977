"""A run as a PyTorch script: with torch.nn's own layer where it computes the same, else written out, with autograd."""

from __future__ import annotations

import numpy as np

from core.choices import layer_widths
from core.errors import InputError
from core.interop import torch_weights
from core.interop.network import chains
from core.interop.scripts.text import COMPARISON, TOLERANCE, Script, apart, beginning, data_of, over, used
from core.interop.scripts.written_out import declarations, is_stepwise, program_of, refuse
from core.maths.arrays import Array
from core.network.declared import FIRST, TARGETS
from core.network.parts import OUTPUT
from core.trace import Trace
from core.unrolled import edges_of, readers_of

IMPORTS = ("import numpy as np", "import torch", "from torch.nn import functional")
HELPERS = {
    **{name: f"{name} = torch.{name}" for name in ("tanh", "sigmoid", "relu", "einsum", "where", "full", "inf")},
    "hard_sigmoid": "def hard_sigmoid(h):\n    return torch.clamp(h, -3, 3) / 6 + 0.5",
    "hard_sigmoid_keras2": "def hard_sigmoid_keras2(h):\n    return torch.clamp(h, -2.5, 2.5) / 5 + 0.5",
    "softmax": "def softmax(v):\n    return torch.softmax(v, -1)",
    "normalise": (
        "def normalise(h, epsilon):\n    return (h - h.mean(0)) / torch.sqrt(h.var(0, correction=0) + epsilon)"
    ),
    "beside": "def beside(*parts):\n    return torch.cat(parts, -1)",
    "blocks": "def blocks(array, count):\n    return array.chunk(count, -1)",
    "rows": "def rows(v, steps):\n    return torch.stack([v[t] for t in range(steps)])",
    "shifted": (
        "def shifted(v, by):\n"
        "    return torch.stack([v[t + by] if 0 <= t + by < len(v) else 0 * v[t] for t in range(len(v))])"
    ),
    "everywhere": "def everywhere(v, steps):\n    return v.expand(steps, *v.shape)",
    "window": ("def window(v, t, taps):\n    return beside(*(v[t - k] if t >= k else 0 * v[t] for k in range(taps)))"),
    "window_ahead": (
        "def window_ahead(v, t, taps):\n"
        "    return beside(*(v[t + k] if t + k < len(v) else 0 * v[t] for k in range(taps)))"
    ),
}
OUTPUTS = {
    "squared": "def output(z):\n    return z",
    "given": "def output(z):\n    return z",
    "binary": "def output(z):\n    return torch.sigmoid(z)",
    "categorical": "def output(z):\n    return torch.softmax(z, -1)",
}
LOSSES = {
    "squared": "0.5 * ((z_all - y) ** 2).sum(-1)",
    "given": "(y * z_all).sum(-1)",
    "binary": 'functional.binary_cross_entropy_with_logits(z_all, y, reduction="none").sum(-1)',
    "categorical": "torch.logsumexp(z_all, -1) - (y * z_all).sum(-1)",
}


def torch_script(trace: Trace, stem: str) -> Script:
    """The script of a run. Where its numbers are many it reads them from an NPZ whose name begins with `stem`.

    It prints and compares as `numpy_script`'s does. Raises InputError where a run cannot be written out.
    """
    refuse(trace)
    return _with_layer(trace, stem) if _has_layer(trace) else _written_out(trace, stem)


def _has_layer(trace: Trace) -> bool:
    """Whether torch.nn has a layer that computes this network: whole sequences, layers and concatenated pairs."""
    network = trace.network
    others = [each for each in network.declared if not each.gathered and each is not trace.head]
    pairs = all([operation.kind for operation in each.graph] == ["concat"] for each in others)
    again = any(readers_of(network, signal) for signal in (OUTPUT, TARGETS))
    widths = set(layer_widths(trace.experiment))
    if trace.data.present is not None or again or not pairs or len(widths) > 1:
        return False
    try:
        torch_weights.state_dict(trace.experiment, trace.parameters)
    except InputError:
        return False
    return True


def _with_layer(trace: Trace, stem: str) -> Script:
    """torch.nn.RNN, LSTM or GRU and a Linear, their state_dict and their gradients."""
    choices = trace.experiment
    layer = torch_weights.layer_of(choices)
    starts = _typed_starts(trace)
    head, beside = beginning(trace, starts, _translated(trace), stem, IMPORTS)
    settings = "".join(f', {name}="{value}"' for name, value in layer.settings.items())
    both, bias = choices.bidirectional is not None, "" if choices.biases else ", bias=False"
    states = choices.layers * (2 if both else 1)
    hidden = layer_widths(choices)[0]
    start = f"torch.full(({states}, B, {hidden}), {float(choices.initial_state)!r})"
    first = next(iter(chains(trace.parameters).values()))
    begun = [f"torch.tensor({key})" for key in starts] or [start] * len(trace.scans[0].cell.recurrent_states)
    initial = begun[0] if len(begun) == 1 else f"({', '.join(begun)})"
    own_end = any(edge.read.at == FIRST for edge in edges_of(trace.network))
    text = [
        *head,
        "",
        "",
        "class Network(torch.nn.Module):",
        "    def __init__(self):",
        "        super().__init__()",
        f"        self.rnn = torch.nn.{layer.name}({len(first['U'])}, {hidden}, num_layers={choices.layers}, "
        f"bidirectional={both}{settings}{bias})",
        *([f"        self.fc = torch.nn.Linear({hidden * (2 if both else 1)}, O{bias})"] if choices.head else []),
        "",
        "    def forward(self, x):",
        f"        s, _ = self.rnn(x, {initial})",
        *(
            [
                f"        reverse = s[:1, :, {hidden}:].expand(len(s), -1, -1)  # read at its own end",
                f"        s = torch.cat((s[..., :{hidden}], reverse), -1)",
            ]
            if own_end
            else []
        ),
        f"        return {'self.fc(s)' if choices.head else 's'}",
        "",
        "",
        "torch.set_default_dtype(torch.float64)",
        "network = Network()",
        "network.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})",
        f"{', '.join(data_of(trace))} = (torch.tensor(array) for array in ({', '.join(data_of(trace))}))",
        "z_all = network(x)",
        f"L = (counts * ({LOSSES[trace.data.loss]})).sum(){over(trace)}",
        "L.backward()",
        "L = L.item()",
        "gradients = {name: parameter.grad.numpy() for name, parameter in network.named_parameters()}",
        COMPARISON.format(found="gradients[name]", tolerance=TOLERANCE),
    ]
    return Script("\n".join(text) + "\n", beside)


def _typed_starts(trace: Trace) -> dict[str, Array]:
    """The initial states (layers and directions, B, H) by name, "s_0", where one was typed: s, then c."""
    if not any(scan.starts for scan in trace.scans):
        return {}
    recurrent_states = trace.scans[0].cell.recurrent_states
    names = sorted(recurrent_states, key=lambda name: name != "s")
    return {f"{name}_0": np.stack([trace.start[scan.name, name] for scan in trace.scans]) for name in names}


def _translated(trace: Trace) -> dict:
    return {
        "weights": torch_weights.state_dict(trace.experiment, trace.parameters),
        "recorded": torch_weights.gradients(trace.experiment, trace.exact_parameters),
    }


def _written_out(trace: Trace, stem: str) -> Script:
    """The same forward lines as in NumPy; autograd goes back through them."""
    program = program_of(trace)
    stepwise = is_stepwise(program)
    forward = [text for text in program.forward() if text != "a = output(z)"]
    data = [*data_of(trace), *program.arrays]
    body = [
        "",
        "# --- forward ---",
        *declarations(program),
        *forward,
        "",
        "# --- the loss, and autograd back through all of it ---",
        f"z_all = {'rows(z, len(y))' if stepwise else 'z'}",
        f"L = (counts * ({LOSSES[trace.data.loss]})).sum(){over(trace)}",
        "L.backward()",
        "L = L.item()",
        "G = {name: np.zeros(p.shape) if p.grad is None else p.grad.numpy() for name, p in P.items()}",
    ]
    groups = {"P": dict(trace.parameters), "recorded": dict(trace.exact_parameters)}
    head, beside = beginning(trace, program.arrays, groups, stem, IMPORTS)
    output = [OUTPUTS[trace.data.loss]] if stepwise else []
    helpers = used(HELPERS, [*body, *output])
    text = [
        *head,
        "",
        *apart([*helpers, *output]),
        "torch.set_default_dtype(torch.float64)",
        f"{', '.join(data)} = (torch.tensor(array) for array in ({', '.join(data)}))",
        "P = {name: torch.tensor(parameter, requires_grad=True) for name, parameter in P.items()}",
        *body,
        COMPARISON.format(found="G[name]", tolerance=TOLERANCE),
    ]
    return Script("\n".join(text) + "\n", beside)
