"""A run as a NumPy script: data, parameters, the forward pass, the gradients by hand, and a comparison."""

from __future__ import annotations

import re
import textwrap

from core.interop.scripts.program import Loop, Program
from core.interop.scripts.text import COMPARISON, TOLERANCE, WIDTH, Script, apart, beginning, over, used
from core.interop.scripts.written_out import declarations, is_stepwise, program_of, refuse
from core.trace import Trace

HELPERS = {
    "tanh": "tanh = np.tanh",
    "einsum": "einsum = np.einsum",
    "where": "where = np.where",
    "full": "full = np.full",
    "inf": "inf = np.inf",
    "sigmoid": "def sigmoid(h):\n    return 1 / (1 + np.exp(-h))",
    "relu": "def relu(h):\n    return np.maximum(h, 0.0)",
    "hard_sigmoid": "def hard_sigmoid(h):\n    return np.clip(h, -3, 3) / 6 + 0.5",
    "hard_sigmoid_keras2": "def hard_sigmoid_keras2(h):\n    return np.clip(h, -2.5, 2.5) / 5 + 0.5",
    "softmax": (
        "def softmax(v):\n    e = np.exp(v - v.max(axis=-1, keepdims=True))\n"
        "    return e / e.sum(axis=-1, keepdims=True)"
    ),
    "normalise": (
        "def normalise(h, epsilon):\n    centred = h - h.mean(axis=0)\n"
        "    return centred / np.sqrt((centred**2).mean(axis=0) + epsilon)"
    ),
    "normalise_back": (
        "def normalise_back(d, m, h, epsilon):\n    straight = d - d.mean(axis=0) - m * (d * m).mean(axis=0)\n"
        "    return straight / np.sqrt(h.var(axis=0) + epsilon)"
    ),
    "beside": "def beside(*parts):\n    return np.concatenate(parts, axis=-1)",
    "blocks": "def blocks(array, count):\n    return np.split(array, count, axis=-1)  # views",
    "rows": "def rows(v, steps):\n    return np.stack([v[t] for t in range(steps)])",
    "shifted": (
        "def shifted(v, by):\n"
        "    return np.stack([v[t + by] if 0 <= t + by < len(v) else 0 * v[t] for t in range(len(v))])"
    ),
    "everywhere": "def everywhere(v, steps):\n    return np.broadcast_to(v, (steps, *v.shape))",
    "window": ("def window(v, t, taps):\n    return beside(*(v[t - k] if t >= k else 0 * v[t] for k in range(taps)))"),
    "window_ahead": (
        "def window_ahead(v, t, taps):\n"
        "    return beside(*(v[t + k] if t + k < len(v) else 0 * v[t] for k in range(taps)))"
    ),
    "window_back": (
        "def window_back(dv, d, t, taps):\n"
        "    for k, part in enumerate(np.split(d, taps, axis=-1)):\n"
        "        if t >= k:\n            dv[t - k] += part"
    ),
    "window_ahead_back": (
        "def window_ahead_back(dv, d, t, taps, present=None):\n"
        "    for k, part in enumerate(np.split(d, taps, axis=-1)):\n"
        "        if t + k < len(dv):\n"
        "            dv[t + k] += part if present is None else where(present[t + k], part, 0.0)"
    ),
    "add": "def add(dv, whole):\n    for t in range(len(whole)):\n        dv[t] += whole[t]",
    "zeros": (
        "def zeros(v):\n"
        "    return {t: np.zeros_like(each) for t, each in v.items()} if isinstance(v, dict) else np.zeros_like(v)"
    ),
}
OUTPUTS = {
    "squared": "def output(z):\n    return z",
    "given": "def output(z):\n    return z",
    "binary": "def output(z):\n    return 1 / (1 + np.exp(-z))",
    "categorical": "def output(z):\n    return softmax(z)",
}
LOSSES = {  # (T, B), from the logits
    "given": "(y * z).sum(axis=-1)",
    "squared": "0.5 * ((z - y) ** 2).sum(axis=-1)",
    "binary": "(np.maximum(z, 0) - y * z + np.log1p(np.exp(-abs(z)))).sum(axis=-1)",
    "categorical": (
        "np.log(np.exp(z - z.max(axis=-1, keepdims=True)).sum(axis=-1)) + z.max(axis=-1) - (y * z).sum(axis=-1)"
    ),
}


EXERCISE = """{cell} on {task}, structure {structure}: write its backward pass.

The forward pass is below; `backward` is yours. Each time this script is run it saves what `backward` returns, and
`python3 main.py exercise` says whether it is right, and if not, what was done otherwise.
"""
BACKWARD = '''

def backward():
    """∂L/∂ every parameter by its name, each of the parameter's own shape.

    There are, besides x {x}, y {y} and the parameters:
{made}
    dz is ∂L/∂z, of the same shape as z, with all that L divides by in it.
    """
    G = {{name: np.zeros_like(parameter) for name, parameter in P.items()}}  # G["{first}"] is ∂L/∂{first}

    # Here: from dz back through the lines above, the last one first.

    return G


G = backward()
mine = {{f"grad.{{name}}": gradient for name, gradient in G.items()}}
# What you compute on the way can be compared, too: mine["L1.ds"] = ∂L/∂s_t of all steps, (T, B, H).
np.savez(Path(__file__).with_name("{file}"), **mine)
print(f"loss {{float(L):.10g}}; saved {file}")'''


def exercise_script(trace: Trace, stem: str, file: str) -> Script:
    """The same script with an empty backward pass, which saves what is put into it as `file` beside it.

    Raises InputError where a run cannot be written out.
    """
    refuse(trace)
    program = program_of(trace)
    body = ["", "# --- forward ---", *declarations(program), *program.forward(), *_loss_lines(trace, program)]
    title = EXERCISE.format(
        cell=trace.experiment.cell, task=trace.experiment.task, structure=trace.experiment.structure
    )
    groups = {"P": dict(trace.parameters)}
    head, beside = beginning(trace, program.arrays, groups, stem, ("import numpy as np",), title)
    place = head.index("import sys")  # it has no status of its own, and saves beside itself
    head[place : place + 1 + (beside is not None)] = ["from pathlib import Path"]
    kind = trace.data.loss
    empty = BACKWARD.format(
        x=trace.data.x.shape,
        y=trace.data.y.shape,
        made=_made(program),
        first=next(iter(trace.parameters)),
        file=file,
    )
    helpers = used(HELPERS, [*body, OUTPUTS[kind]])
    text = [*head, "", *apart([*helpers, OUTPUTS[kind]]), *body, *empty.splitlines()]
    return Script("\n".join(text) + "\n", beside)


def _made(program: Program) -> str:
    """What the forward pass makes, in words: by step s[t], s[-1] at the start."""
    found = []
    for part in program.parts:
        found += [f"{name}[t]" for name in part.made] if isinstance(part, Loop) else []
    text = ", ".join(found) + " (t from 0; what is carried has its first value at -1)." if found else "z."
    return textwrap.fill(text, WIDTH, initial_indent="    ", subsequent_indent="    ")


def numpy_script(trace: Trace, stem: str) -> Script:
    """The script of a run. Where its numbers are many it reads them from an NPZ whose name begins with `stem`.

    It prints the loss and every parameter's gradient, the exact one, and ends with status 1 where they differ from the
    recorded ones by more than 1e-10 of their size. Raises InputError where a run cannot be written out.
    """
    refuse(trace)
    program = program_of(trace)
    forward, backward = program.forward(), program.backward()
    parameters_back = [text for line in program.parameters for text in line.back]
    loss = _loss_lines(trace, program)
    body = [
        "",
        "# --- forward ---",
        *declarations(program),
        *forward,
        *loss,
        "",
        "# --- backward: one line for every addend ---",
        "G = {name: np.zeros_like(parameter) for name, parameter in P.items()}",
        *parameters_back,
        *backward,
    ]
    groups = {"P": dict(trace.parameters), "recorded": dict(trace.exact_parameters)}
    head, beside = beginning(trace, program.arrays, groups, stem, ("import numpy as np",))
    helpers = used(HELPERS, [*body, OUTPUTS[trace.data.loss]])
    text = [
        *head,
        "",
        *apart([*helpers, OUTPUTS[trace.data.loss]]),
        *body,
        COMPARISON.format(found="G[name]", tolerance=TOLERANCE),
    ]
    return Script("\n".join(text) + "\n", beside)


def _loss_lines(trace: Trace, program: Program) -> list[str]:
    stepwise = is_stepwise(program)
    logits = "rows(z, len(y))" if stepwise else "z"
    return [
        "",
        "# --- the loss, and where the gradient begins ---",
        *([f"z_all, a_all = {logits}, output({logits})"] if stepwise else ["z_all, a_all = z, a"]),
        f"L = (counts * ({_named(LOSSES[trace.data.loss])})).sum(){over(trace)}",
        f"dz = counts[..., None] * {'(a_all - y)' if trace.network.loss.compares else 'y'}{over(trace)}",
    ]


def _named(text: str) -> str:
    """The loss's formula on all steps."""
    return re.sub(r"\bz\b", "z_all", text)
