"""The magnifying glass checked as a person would: every line worked out from its text, every sum added up."""

from __future__ import annotations

import math
import re

from core.arithmetic.cell_node import CellNode
from core.arithmetic.lines import Sum
from core.arithmetic.text import exact
from core.chain.rows import records_of

FUNCTIONS = {
    "tanh": math.tanh,
    "σ": lambda h: 1 / (1 + math.exp(-h)),
    "abs": abs,
    "exp": math.exp,
    "ln": math.log,
    "max": max,
    "min": min,
}
SIGNS = str.maketrans({"×": "*", "−": "-", "[": "(", "]": ")"})


def calculated(text: str) -> float:
    """A line of arithmetic, as a person with a calculator would work it out."""
    text = re.sub(r"\|(.*?)\|", r"abs(\1)", text)
    return float(eval(text.translate(SIGNS).replace("²", "**2"), {"__builtins__": {}}, dict(FUNCTIONS)))


def close(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-12 * max(abs(a), abs(b)) + 1e-15


def check(total: Sum, unused: bool = False) -> None:
    """Every line gives its value, and all of them the recorded number; `unused`: a leftover, which is not explained."""
    for line in total.lines:
        assert line.label
        if line.template:
            assert close(calculated(line.put_in(exact)), line.value), line
    if unused:
        assert total.absent == "copied" and not total.lines
    elif total.absent != "given":
        assert close(math.fsum(line.value for line in total.lines), total.total), total


def check_step(step: CellNode) -> int:
    """Every sum of a step; how many there were."""
    sums = 0
    records = {each.name for each in step.cell.records}
    for row, names in step.rows:
        assert names == ("x",) or names == records_of(step.trace, row)
        for name in names:
            unused = step.copied and name in records and name not in step.cell.recurrent_states
            for unit in range(len(step.value(name))):
                check(step.forward(name, unit), unused)
                back = step.backward(name, unit)
                if back is not None:
                    check(back)
                sums += 1 + (back is not None)
    return sums
