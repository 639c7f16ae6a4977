"""What stands above the scans: joins of two sequences, and the head that makes the output."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.cells.base import Array
from core.network import Part, Pass, Run, Signal, StepFunction, nothing


class Join(Part):
    """Two sequences become one: side by side, or added (a bidirectional pair)."""

    def __init__(self, name: str, first: Signal, second: Signal, how: str = "concat") -> None:
        self.name, self.first, self.second, self.how = name, first, second, how

    def parameter_shapes(self, widths: dict[Signal, int]) -> dict[str, tuple[int, ...]]:
        both = widths[self.first], widths[self.second]
        widths[self.name, "s"] = sum(both) if self.how == "concat" else both[0]
        return {}

    def begin(self, run: Run) -> tuple[int, StepFunction]:
        first, second = run.signals[self.first], run.signals[self.second]
        joined = np.concatenate((first, second), axis=2) if self.how == "concat" else first + second
        run.signals[self.name, "s"] = joined
        return 0, nothing

    def allocate_back(self, back: Pass) -> None:
        back.signals[self.name, "s"] = np.zeros_like(back.run.signals[self.name, "s"])

    def begin_back(self, back: Pass) -> tuple[int, StepFunction]:
        gradient = back.signals[self.name, "s"]
        width = back.run.signals[self.first].shape[2]
        parts = (gradient[..., :width], gradient[..., width:]) if self.how == "concat" else (gradient, gradient)
        back.signals[self.first] += parts[0]
        back.signals[self.second] += parts[1]
        return 0, nothing

    def records(self, run: Run) -> Iterator[tuple[Signal, Array]]:
        yield (self.name, "s"), run.signals[self.name, "s"]

    def gradients(self, back: Pass) -> Iterator[tuple[Signal, Array]]:
        yield (self.name, "s"), back.signals[self.name, "s"]


class Head(Part):
    """z_t = s_t·V + b_z and the output a_t, for all t in one product; or step by step where the output is fed back."""

    def __init__(self, source: Signal, outputs: int, name: str = "out") -> None:
        self.source, self.outputs, self.name = source, outputs, name

    def parameter_shapes(self, widths: dict[Signal, int]) -> dict[str, tuple[int, ...]]:
        widths[self.name, "a"] = self.outputs
        return {f"{self.name}.V": (widths[self.source], self.outputs), f"{self.name}.b": (self.outputs,)}

    def weights(self, run: Run) -> tuple[Array, Array]:
        """V (H, O) and b (O,)."""
        return run.parameters[f"{self.name}.V"], run.parameters[f"{self.name}.b"]

    def begin(self, run: Run) -> tuple[int, StepFunction]:
        v, bias = self.weights(run)
        s = run.signals[self.source]
        run.z = (s.reshape(-1, s.shape[2]) @ v + bias).reshape(*s.shape[:2], self.outputs)
        run.a = run.network.loss.output(run.z)
        run.signals[self.name, "a"] = run.a
        return 0, nothing

    def begin_back(self, back: Pass) -> tuple[int, StepFunction]:
        v, _ = self.weights(back.run)
        dz = back.dz_loss.reshape(-1, self.outputs)
        back.signals[self.name, "z"] = back.dz_loss
        back.signals[self.source] += (dz @ v.T).reshape(back.run.signals[self.source].shape)
        return 0, nothing

    def finish_back(self, back: Pass) -> None:
        dz = back.signals[self.name, "z"].reshape(-1, self.outputs)
        s = back.run.signals[self.source]
        back.parameters[f"{self.name}.V"][...] = s.reshape(-1, s.shape[2]).T @ dz
        back.parameters[f"{self.name}.b"][...] = dz.sum(axis=0)

    def records(self, run: Run) -> Iterator[tuple[Signal, Array]]:
        yield (self.name, "z"), run.z
        yield (self.name, "a"), run.a

    def gradients(self, back: Pass) -> Iterator[tuple[Signal, Array]]:
        yield (self.name, "z"), back.signals[self.name, "z"]
