"""The gradient of L by the inputs, which no part of the network records: what the readers of x send back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.maths.arrays import Array
from core.network.joins import Convolution
from core.network.parts import Key, X
from core.network.scan import Scan
from core.network.sources import Concatenated, FullSequence, PreviousOutput, window_back
from core.trace import Trace


def input_gradient(trace: Trace, used: bool = False) -> Array:
    """∂L/∂x of the data, (T, B, I): what every reader sends back. Of an x that is read at every step (1 to N) the sum
    over the steps stands at the first one."""
    return sent_to_inputs(trace, trace.used if used else trace.exact)


def sent_to_inputs(trace: Trace, gradients: Mapping[Key, Array]) -> Array:
    """The same from the records' gradients of any backward pass."""
    found = np.zeros(trace.data.x.shape)
    steps, width = len(found), trace.data.x.shape[2]
    for part in trace.network.members:
        if isinstance(part, Convolution):
            kernel = trace.parameters[f"{part.name}.C"]
            sent = gradients[part.name, "h"]
            for k, weights in enumerate(kernel):
                by = k - len(kernel) // 2  # h_t reads x_{t + by}
                at = slice(max(0, -by), min(steps, steps - by))
                found[at.start + by : at.stop + by] += sent[at] @ weights.T
        elif isinstance(part, Scan):
            dx = gradients[part.name, "x"]
            if isinstance(part.source, FullSequence) and part.source.signal == X:
                found += window_back(dx, part.source.taps, part.reverse, trace.data.present)
            elif isinstance(part.source, Concatenated):
                for each in part.source.components:
                    if isinstance(each, PreviousOutput) and each.first == X and each.lag <= steps:
                        found[0] += dx[each.lag - 1, :, (each.lag - 1) * width : each.lag * width]
    if trace.experiment.structure == "1-n-every":
        found[0], found[1:] = found.sum(axis=0), 0.0
    return found
