"""Why a choice that every experiment has may have no effect, in one sentence; "" where it has one.

What cells and parts declare decides. Options of their own bring their reasons with them (core.options), and what the
rules refuse is in reach.py.
"""

from __future__ import annotations

from core.cells import cell_for, cell_named
from core.cells.base import Cell
from core.experiment import Experiment
from explorer.panels.experiment.network_rows import TYPED
from explorer.words import in_language, translator

_tr = translator("ExperimentPanel")


def _has(experiment: Experiment, parameter: str) -> bool:
    return parameter in cell_for(experiment).shapes(1, 1)


def _named(text: str, experiment: Experiment) -> str:
    return text.format(cell=in_language(cell_named(experiment.cell).title), W="{W}", U="{U}", b="{b}", s_0="{s_0}")


def of_steps(experiment: Experiment) -> str:
    """T."""
    return _tr("The structure 1 → 1 is one step.") if experiment.structure == "1-1" else ""


def of_hidden(experiment: Experiment) -> str:
    """H."""
    cell = cell_named(experiment.cell)
    if experiment.w_init == TYPED and _has(experiment, "W"):
        return _tr("The typed {W} decides the number of hidden units: edit it, or choose another initialisation.")
    if experiment.widths and cell.stackable:
        return _tr("Widths, under Structure, gives each layer its number of units.")
    if cell.width is not Cell.width:
        return _named(_tr("The state of the cell {cell} is the window of past outputs, as wide as these."), experiment)
    return ""


def of_initialisation(experiment: Experiment) -> str:
    """How W begins."""
    if not _has(experiment, "W"):
        return _named(_tr("The cell {cell} has no recurrent matrix {W}."), experiment)
    if cell_named(experiment.cell).recurrent is not Cell.recurrent and experiment.w_init != TYPED:
        return _named(_tr("The cell {cell} makes its {W} in its own way, as its options say."), experiment)
    return ""


def of_gain(experiment: Experiment) -> str:
    """g."""
    if experiment.w_init == TYPED and _has(experiment, "W"):
        return _tr("The typed {W} is used as it is, without a factor.")
    return of_initialisation(experiment)


def of_own_weights() -> str:
    """What makes the weights of a seed, where a file brought them."""
    return _tr("The weights are those of your file; another initialisation of {W}, under Weights, makes new ones.")


def of_inputs(experiment: Experiment) -> str:
    """What is done to x."""
    reads = cell_named(experiment.cell).reads_input
    return "" if reads else _named(_tr("The cell {cell} does not read the inputs."), experiment)


def of_input_matrix(experiment: Experiment) -> str:
    """The gain of U."""
    counted = cell_named(experiment.cell).readout == "counts"
    if counted:
        return _named(_tr("The {U} of the cell {cell} is made so that each unit finds one context."), experiment)
    return of_inputs(experiment)


def of_bias(experiment: Experiment) -> str:
    """The bias that all gates share."""
    if not experiment.biases:
        return _tr("The network has no biases: they are switched off under Structure.")
    cell = cell_for(experiment)
    if not any(factor.left == "1" for factor in cell.factors):  # what is multiplied by 1 is a bias, whatever its name
        return _named(_tr("The cell {cell} has no bias {b}."), experiment)
    if cell_named(experiment.cell).readout == "counts":
        return _named(_tr("The {b} of the cell {cell} is made so that each unit finds one context."), experiment)
    return ""


def of_initial_state(experiment: Experiment) -> str:
    """s_0."""
    carries = bool(cell_named(experiment.cell).recurrent_states)
    return "" if carries else _named(_tr("The cell {cell} carries no state from step to step."), experiment)


def of_sample(experiment: Experiment) -> str:
    """Which sequence is drawn."""
    return "" if experiment.batch > 1 else _tr("The batch is one sequence, and it is the one shown.")


def of_gradient_shown(experiment: Experiment) -> str:
    """Used or exact."""
    limits = experiment.truncate, experiment.clip_norm, experiment.clip_value
    changed = any(limit is not None for limit in limits) or not cell_named(experiment.cell).learned
    return "" if changed else _tr("Nothing is truncated or clipped: the gradient used is the exact one.")
