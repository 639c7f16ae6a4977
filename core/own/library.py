"""The same from Python: plain arrays in, a trace out."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.experiment import Experiment
from core.own.layout import UNSAID, layout_from
from core.own.presets import NAMES
from core.own.run import experiment_of
from core.recorder import record
from core.trace import Trace


def record_arrays(layout: str = "", *, options: dict[str, Any] | None = None, **arrays: Any) -> Trace:
    """The run of arrays by name, as `core.own.reading.read` takes them: x, h0, c0, weights, and y or a gradient from
    above.

        trace = record_arrays("cs231n", x=x, h0=h0, Wx=Wx, Wh=Wh, b=b, dh=dh)
        trace.exact_parameters["L1.W"]  # ∂L/∂Wh for L = Σ dh ⊙ h, (H, H)

    `layout`: words as --layout takes them ("batch first, gates i f o g"). `options`: fields of the experiment, such as
    {"cell": "relu"}. What was assumed stands in `core.tasks.notes(trace.experiment)`. Raises InputError.
    """
    chosen = options or {}
    said = layout_from(layout, NAMES) if layout else UNSAID
    given = {name: np.asarray(array) for name, array in arrays.items()}
    fitted, _ = experiment_of(given, Experiment().with_changes(**chosen), said, chosen)
    return record(fitted.experiment, fitted.parameters)
