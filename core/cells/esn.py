"""Echo state network (Jaeger 2001): a fixed random reservoir, of which only the read-out is fitted."""

from __future__ import annotations

from typing import Annotated

import msgspec
import numpy as np

from core.cells.elman import Elman
from core.choices import MAXIMUM_STEPS, Choices
from core.maths.activations import TANH
from core.maths.arrays import Array, spectral_radius
from core.options import Option, Slider

DENSITY = Option(
    "density",
    Annotated[float, msgspec.Meta(gt=0.0, le=1.0)],
    0.05,
    "Density of {W}",
    "The share of {W}'s entries that are not 0.",
    Slider(0.01, 1.0, decades=True),
    makes=("parameters",),
)
SPECTRAL_RADIUS = Option(
    "spectral_radius",
    Annotated[float, msgspec.Meta(ge=0.0, le=10.0)],
    0.9,
    "Spectral radius of {W}",
    "The largest |eigenvalue| of the fixed reservoir.",
    Slider(0.0, 2.0),
    makes=("parameters",),
)
RIDGE = Option(
    "ridge",
    Annotated[float, msgspec.Meta(ge=0.0, le=1e6)],
    1e-6,
    "Ridge λ",
    "The penalty on large weights when the read-out is fitted.",
    Slider(1e-12, 1e3, decades=True),
)
WASHOUT = Option(
    "washout",
    Annotated[int, msgspec.Meta(ge=0, le=MAXIMUM_STEPS)],
    0,
    "Washout",
    "First steps that the read-out is not fitted to.",
    Slider(0, lambda choices: max(choices.steps - 1, 2)),
    unit="steps",
)


class ESN(Elman):
    """h_t = x_t·U + s_{t−1}·W (+ a_{t−1}·F) + b,  s_t = tanh(h_t), with U, W, F and b left as they were drawn.

    There is no BPTT: V and b_z are fitted by ridge regression to the states (core.readout), and nothing goes back into
    the reservoir. A trace's `exact` gradients are still the derivatives of L, and checked; its `used` ones are 0 below
    the read-out. W has round(density·H²) entries that are not 0, scaled to `spectral_radius`; below 1 a state usually
    forgets how it began (the echo state property; Jaeger 2001, section 3). F are Jaeger's back projections, with
    `output_feedback`: the read-out is fitted with the targets fed back, and runs with its own outputs.
    """

    reusable = False
    name = "esn"
    title = "echo state network"
    note = "no BPTT: only the read-out is fitted, by ridge regression"
    activation = TANH
    family = "without BPTT"
    learned = False
    options = (DENSITY, SPECTRAL_RADIUS, RIDGE, WASHOUT)

    def recurrent(self, experiment: Choices, size: int, random: np.random.Generator) -> Array | None:
        """The reservoir's W (H, H); a typed matrix (`w_init` matrix) is taken as it is."""
        if experiment.w_init == "matrix":
            return None
        return reservoir(size, experiment.density, experiment.spectral_radius, random)


def reservoir(size: int, density: float, radius: float, random: np.random.Generator) -> Array:
    """W (H, H) with max(1, round(density·H²)) entries ~ N(0, 1) at random places, scaled to spectral radius `radius`
    (Jaeger 2001; Lukoševičius 2012, section 3.2). All 0 where the radius is 0.

    Where no unit can reach itself along the entries, W is nilpotent: every eigenvalue is 0, and there is nothing to
    scale. A few entries in a small reservoir often fall so; then some of them are moved onto one cycle through randomly
    chosen units.
    """
    count = max(1, round(density * size * size))
    places = np.zeros(size * size, dtype=bool)
    places[random.choice(size * size, size=count, replace=False)] = True
    places = places.reshape(size, size)
    if not has_cycle(places):
        units = random.permutation(size)[: min(count, size)]
        cycle = np.zeros_like(places)
        cycle[units, np.roll(units, -1)] = True
        others = np.flatnonzero(places & ~cycle)
        spared = random.permutation(others)[: count - len(units)]
        places = cycle
        places.flat[spared] = True
    matrix = np.where(places, random.normal(size=(size, size)), 0.0)
    return matrix * (radius / spectral_radius(matrix))


def has_cycle(places: Array) -> bool:
    """Whether some unit reaches itself along these entries, (H, H) bool: units that reach nobody go, round by round;
    where some stay, each of them reaches another that stays, and so at last itself or a cycle."""
    left = np.ones(len(places), dtype=bool)
    while left.any():
        read = places[:, left].any(axis=1) & left
        if (read == left).all():
            return True
        left = read
    return False
