"""A run as lines of Python, forward and, in reverse order, backward: what the written-out scripts are made of.

A line forward has the lines that take gradients back through it beside it: one for each input and parameter. Forward
lines use a few functions (`tanh`, `beside`, `rows` …) that each script defines for itself: the same lines run in NumPy
and in PyTorch. What a loop makes is a dictionary by step, `s[t]`; its initial value stands at step −1 (or behind
the last step, in a chain that runs backward).
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field

from core.maths.arrays import Array

WIDTH = 110


@dataclass(frozen=True)
class Line:
    """What is computed, and what is added to which gradients in the backward pass."""

    forward: str
    back: tuple[str, ...] = ()


@dataclass
class Loop:
    """Lines for every step; `made` are the dictionaries that it fills. `before` stands in front of it."""

    steps: str
    reverse: bool = False
    title: str = ""
    made: list[str] = field(default_factory=list)
    before: list[Line] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True)
class Value:
    """A signal in the script: by step in a dictionary (`by_step`), one vector a sample (`once`), or an array (T, B, n).
    `steps`: how many it has; `gradient`: its gradient's name, None where none is wanted (the data)."""

    name: str
    steps: str
    gradient: str | None
    by_step: bool = False
    once: bool = False

    @property
    def whole(self) -> str:
        """All of it at once."""
        return f"rows({self.name}, {self.steps})" if self.by_step else self.name

    def at(self, step: str) -> str:
        """One step."""
        return self.name if self.once else f"{self.name}[{step}]"

    def back(self, step: str) -> str | None:
        """The line that adds an addend {} to the gradient of one step."""
        return self.gradient and (f"{self.gradient} += {{}}" if self.once else f"{self.gradient}[{step}] += {{}}")

    @property
    def back_whole(self) -> str | None:
        """The same for all steps at once."""
        return self.gradient and f"add({self.gradient}, {{}})"


@dataclass
class Program:
    """The parts in order, the arrays that the script needs beside data and parameters, and all that has a gradient."""

    parts: list[Loop | Line] = field(default_factory=list)
    arrays: dict[str, Array] = field(default_factory=dict)
    parameters: list[Line] = field(default_factory=list)
    masks: dict[str, str] = field(default_factory=dict)  # parameter → the array with its mask
    tracked: list[str] = field(default_factory=list)

    def forward(self) -> list[str]:
        """All lines forward."""
        found: list[str] = []
        for part in self.parts:
            if isinstance(part, Line):
                found += part.forward.splitlines()
                continue
            if part.title:
                found += ["", f"# {part.title}"]
            found += assignment(part.made, f"({{}} for _ in range({len(part.made)}))", "{}")
            found += [text for line in part.before for text in line.forward.splitlines()]
            found += [f"for t in {_range(part.steps, part.reverse)}:"]
            found += ["    " + text for line in part.lines for text in line.forward.splitlines()]
        return found

    def backward(self) -> list[str]:
        """All lines back, the last part first."""
        found = [line for k in range(0, len(self.tracked), 6) for line in self._gradients(self.tracked[k : k + 6])]
        for part in reversed(self.parts):
            if isinstance(part, Line):
                found += part.back
                continue
            inner = ["    " + text for line in reversed(part.lines) for text in line.back]
            if inner:
                found += ["", f"# back through {part.title or 'the loop'}"]
                found += [f"for t in {_range(part.steps, not part.reverse)}:", *inner]
            found += [text for line in reversed(part.before) for text in line.back]
        return [*found, *(f'G["{name}"] *= {mask}' for name, mask in self.masks.items())]

    @staticmethod
    def _gradients(names: list[str]) -> list[str]:
        wanted = [f"d{name}" for name in names]
        return assignment(wanted, f"(zeros(v) for v in ({', '.join(names)}))", f"zeros({names[0]})")


def assignment(names: list[str], several: str, one: str) -> list[str]:
    """«a = one» or «a, b = several», in lines that are not too long."""
    if not names:
        return []
    text = f"{', '.join(names)} = {several if len(names) > 1 else one}"
    if len(text) <= WIDTH:
        return [text]
    return [
        "(",
        *textwrap.wrap(", ".join(names), WIDTH - 4, initial_indent="    ", subsequent_indent="    "),
        f") = {several}",
    ]


def _range(steps: str, reverse: bool) -> str:
    return f"reversed(range({steps}))" if reverse else f"range({steps})"
