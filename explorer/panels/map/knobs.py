"""The options that the phase diagram offers, with the values that it begins with."""

from __future__ import annotations

from dataclasses import dataclass

from core.cells import cell_named
from core.ensemble.grid import Knob, evenly, knob, numeric_options
from core.experiment import OPTIONS, Experiment
from core.network.structures import OPTIONS_OF_PARTS
from core.tasks import task_named
from explorer.words import translator

tr = translator("MapPanel")


@dataclass(frozen=True)
class Axis:
    """From `first` to `last`, evenly or by decades."""

    name: str
    title: str
    first: float
    last: float
    decades: bool = False

    def knob(self, count: int) -> Knob:
        """`count` values, fewer where only whole numbers are. Raises InputError."""
        return knob(self.name, evenly(self.first, self.last, count, self.decades))


USUAL = (
    Axis("w_gain", "Gain g of W", 0.2, 2.0),
    Axis("input_scale", "Input scale", 1e-3, 10.0, decades=True),
    Axis("steps", "Steps T", 5, 60),
    Axis("hidden", "Hidden H", 1, 24),
    Axis("u_gain", "Gain of U", 0.01, 10.0, decades=True),
    Axis("bias", "Bias b", -2.0, 2.0),
    Axis("initial_state", "Initial state", -2.0, 2.0),
)
NARROWER = {"forget_bias": (-2.0, 5.0), "update_bias": (-3.0, 3.0)}  # than their sliders: where most changes
PAIRS = (("forget_bias", "steps"), ("w_gain", "input_scale"))  # across and up, the first that there is


def axes_of(experiment: Experiment) -> tuple[Axis, ...]:
    """Of the options with numbers those that this experiment reads."""
    options = (*cell_named(experiment.cell).options, *task_named(experiment.task).options, *OPTIONS_OF_PARTS)
    found = list(USUAL)
    for name in numeric_options():
        option = OPTIONS.get(name)
        if option is None or option not in options or option.slider is None or not option.applies(experiment):
            continue
        slider = option.slider
        far = slider.far(experiment) if callable(slider.far) else slider.far
        first, last = NARROWER.get(name, (slider.near, far))
        found.append(Axis(name, option.title.replace("{", "").replace("}", ""), first, last, slider.decades))
    return tuple(found)


def usual_pair(axes: tuple[Axis, ...]) -> tuple[str, str]:
    """The two options that it begins with."""
    names = {axis.name for axis in axes}
    return next(pair for pair in PAIRS if names.issuperset(pair))
