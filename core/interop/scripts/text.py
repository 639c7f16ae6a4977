"""What the scripts have in common: their beginning with all numbers, their functions, and the comparison at the end.

Few numbers stand in the script itself; many go into an NPZ beside it.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.maths.arrays import Array
from core.trace import Trace

INLINE = 2000  # numbers at most that stand in a script
WIDTH = 116
TOLERANCE = 1e-10
COMPARISON = """
# --- the same numbers? ---
largest = max(abs(gradient).max() for gradient in recorded.values())
# What is rounded are the outputs and their exponentials, of size 1 and more: a loss or a gradient that is learned away
# has fewer digits than they have.
differences = [abs(float(L) - recorded_loss) / max(abs(recorded_loss), 1e-2)]
print(f"loss {{float(L)!r}}, recorded {{recorded_loss!r}}")
for name, gradient in recorded.items():
    scale = max(abs(gradient).max(), 1e-3 * largest, 1e-5)
    differences.append(abs({found} - gradient).max() / scale)
    print(f"dL/d{{name}}: norm {{np.linalg.norm({found}):.15g}}, off by {{differences[-1]:.1e}}")
if not np.max(differences) <= {tolerance}:
    sys.exit(f"the numbers differ by {{np.max(differences):.1e}} of their size")"""


@dataclass(frozen=True)
class Beside:
    """The NPZ that a script reads its numbers from.

    Its name follows from the numbers in it, so that a script never reads another one's: old and new can be side by side
    while the script itself is replaced.
    """

    name: str
    arrays: dict[str, Array]


@dataclass(frozen=True)
class Script:
    """One script: its text, and the NPZ beside it, None where all numbers stand in the text."""

    text: str
    beside: Beside | None


def data_of(trace: Trace) -> dict[str, Array]:
    """x (T, B, I), y (T, B, O), counts (T, B), 1 where the loss counts; present (T, B, 1) where lengths differ."""
    data = trace.data
    counts = np.repeat(data.supervised[:, None], data.y.shape[1], axis=1)
    if data.counted is not None:
        counts = counts & data.counted
    found = {"x": data.x, "y": data.y, "counts": counts.astype(float)}
    if data.present is not None:
        found["present"] = data.present[:, :, None]
    return found


def beginning(
    trace: Trace,
    more: Mapping[str, Array],
    groups: Mapping[str, Mapping[str, Array]],
    stem: str,
    imports: tuple[str, ...],
    title: str = "",
) -> tuple[list[str], Beside | None]:
    """A script up to its numbers: the data, the arrays `more` and each group of arrays; and the NPZ beside it, where
    they are many. `stem`: the script's name without its suffix; `title`: what stands at its top in place of what a
    comparison says."""
    choices = trace.experiment
    data = {**data_of(trace), **more}
    inline = sum(array.size for group in (data, *groups.values()) for array in group.values()) <= INLINE
    used_too = choices.truncate or choices.clip_norm or choices.clip_value
    note = "\n\nThe gradients are the exact ones, before truncation and clipping.\n" if used_too else ""
    lines = [
        f'"""{title}"""'
        if title
        else f'"""{choices.cell} on {choices.task}, structure {choices.structure}: the loss of one run and all its '
        f'gradients, compared with the recorded ones.{note}"""',
        "",
        "import sys",
        *([] if inline else ["from pathlib import Path"]),
        "",
        *imports,
        "",
    ]
    beside = None
    if inline:
        for name, array in data.items():
            lines += f"{name} = {array_text(array)}".splitlines()
        for name, group in groups.items():
            lines += group_text(name, group)
    else:
        arrays = {**data, **{f"{name}.{key}": each for name, group in groups.items() for key, each in group.items()}}
        beside = Beside(f"{stem}.numbers-{_digest(arrays)}.npz", arrays)
        lines.append(f"with np.load(Path(__file__).parent / {beside.name!a}, allow_pickle=False) as file:")
        lines.append("    numbers = dict(file)")
        lines += [f'{name} = numbers["{name}"]' for name in data]
        for name in groups:
            size = len(name) + 1
            lines.append(
                f'{name} = {{key[{size}:]: each for key, each in numbers.items() if key.startswith("{name}.")}}'
            )
    return [*lines, f"recorded_loss = {float(trace.loss)!r}", "B, O = y.shape[1:]"], beside


def _digest(arrays: Mapping[str, Array]) -> str:
    """Ten hexadecimal digits that follow from names, shapes and numbers."""
    found = hashlib.sha256()
    for name, array in arrays.items():
        found.update(repr((name, array.shape, array.dtype.str)).encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()[:10]


def over(trace: Trace) -> str:
    """What divides a sum over the batch in a run's loss."""
    return " / B" if trace.network.loss.mean else ""


def used(helpers: dict[str, str], lines: list[str]) -> list[str]:
    """The helper functions that the lines call, and those that these call, in the order of `helpers`."""
    wanted: set[str] = set()
    text = "\n".join(lines)
    while True:
        found = {name for name in helpers if re.search(rf"\b{name}\b", text)} - wanted
        if not found:
            return [helpers[name] for name in helpers if name in wanted]
        wanted |= found
        text = "\n".join(helpers[name].partition("\n")[2] or helpers[name].partition("=")[2] for name in found)


def apart(functions: list[str]) -> list[str]:
    """Functions with empty lines between them."""
    found: list[str] = []
    for text in functions:
        found += ["", "", *text.splitlines()] if text.startswith("def") else text.splitlines()
    return [*found, ""]


def array_text(array: Array) -> str:
    """An expression that gives the array back exactly; np stands for NumPy in it."""
    flat = np.asarray(array).ravel()
    if flat.dtype == bool:
        numbers, kind = ", ".join(str(int(value)) for value in flat), ", dtype=bool"
    else:
        numbers, kind = ", ".join(repr(float(value)) for value in flat), ""
    if len(numbers) > 60:
        numbers = "\n" + textwrap.fill(numbers, WIDTH, initial_indent="    ", subsequent_indent="    ") + "\n"
    return f"np.array([{numbers}]{kind}).reshape({tuple(array.shape)})"


def group_text(name: str, group: Mapping[str, Array]) -> list[str]:
    """«name = {"L1.U": …}»."""
    lines = [f"{name} = {{"]
    for key, array in group.items():
        lines += [*f'"{key}": {array_text(array)},'.splitlines()]
    return [*lines, "}"]
