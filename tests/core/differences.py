"""Difference quotients of a network's loss, of fourth order: (8(L₊ − L₋) − (L₊₊ − L₋₋)) / 12ε."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.bptt import forward
from core.network.parts import ForwardPass, Network
from core.network.scan import Scan

STEP = 3e-4
CLOSE = 1e-7  # where the two are further apart, the loss may be too curved for the step: a quarter of it is tried, too


@dataclass(frozen=True)
class Quotient:
    """One quotient beside the derivative claimed; `crossed`: a kink lies in between, so it says nothing."""

    name: str
    numeric: float
    claimed: float
    size: float
    crossed: bool

    @property
    def error(self) -> float:
        """Relative to the parameter's largest gradient; 1e-5 of the loss is what rounding leaves to resolve."""
        return abs(self.numeric - self.claimed) / self.size


def quotients(
    network: Network, parameters: Mapping[str, Any], data: Any, claimed: Mapping[str, Any], entries=4
) -> Iterator[Quotient]:
    """For every parameter: all its entries at once along random signs, and some single ones."""
    random = np.random.default_rng(0)
    for name, gradient in claimed.items():
        directions = [random.choice((-1.0, 1.0), size=gradient.shape)]
        for place in random.choice(gradient.size, size=min(entries, gradient.size), replace=False):
            directions.append(np.zeros(gradient.shape))
            directions[-1].flat[place] = 1.0
        for direction in directions:
            direction = direction / np.linalg.norm(direction)
            slope = float((gradient * direction).sum())

            def at(step: float, name: str = name, direction: np.ndarray = direction) -> tuple[float, list[ForwardPass]]:
                runs = [
                    _run(network, {**parameters, name: parameters[name] + k * step * direction}, data)
                    for k in (-2, -1, 1, 2)
                ]
                low2, low, high, high2 = (run.loss for run in runs)
                return (8 * (high - low) - (high2 - low2)) / (12 * step), runs

            numeric, runs = at(STEP)
            size = float(np.abs(gradient).max()) + 1e-5 * (1.0 + abs(runs[0].loss))
            if abs(numeric - slope) > CLOSE * size:
                numeric = min(numeric, at(STEP / 4)[0], key=lambda each: abs(each - slope))
            yield Quotient(name, numeric, slope, size, _crossed(network, runs))


def _run(network: Network, parameters: Mapping[str, Any], data: Any) -> ForwardPass:
    run = ForwardPass(network, parameters, data)
    for _ in forward(network, run):
        pass
    return run


def _crossed(network: Network, runs: list[ForwardPass]) -> bool:
    for part in network.members:
        for name, kink in part.cell.kinks if isinstance(part, Scan) else ():
            sides = [getattr(run.records[part.name], name) > kink for run in runs]
            if any((side != sides[0]).any() for side in sides):
                return True
    return False
