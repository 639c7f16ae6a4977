"""Combinations that are refused, each with its reason: checked for every experiment before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import InputError

if TYPE_CHECKING:
    from core.experiment import Experiment

DECODED = ("encoder-decoder", "attention")


def refuse(experiment: Experiment) -> None:
    """Raises InputError for combinations of cell, structure and options that have no meaning."""
    from core.cells import cell_named
    from core.network.faults import refuse_fault

    cell = cell_named(experiment.cell)
    decoded = experiment.structure in DECODED
    fed = cell.fed or experiment.output_feedback
    if decoded and not cell.carried:
        raise InputError(
            f"structure {experiment.structure}: the cell {cell.name} has no state that an encoder could pass to a "
            "decoder; choose a cell with a state."
        )
    if (decoded or experiment.structure == "1-n-feedback") and fed:
        reader = f"the cell {cell.name}" if cell.fed else "output_feedback"
        raise InputError(
            f"structure {experiment.structure} already feeds the output back, and so does {reader}; choose one of them."
        )
    if experiment.bidirectional is not None and (fed or experiment.structure == "1-n-feedback"):
        raise InputError(
            "bidirectional: a chain that runs backward would need outputs that are not computed yet; switch it off, or "
            "choose a structure and a cell without fed-back outputs."
        )
    if experiment.convolution is not None and experiment.structure == "1-n-feedback":
        raise InputError(
            "convolution needs the whole sequence before the cell runs, and structure 1-n-feedback makes it step "
            "by step; switch the convolution off."
        )
    if experiment.layers > 1 and not cell.stackable:
        raise InputError(f"layers: the cell {cell.name} has no hidden layer to stack another one on; set layers to 1.")
    if experiment.bidirectional is not None and not cell.stackable:
        raise InputError(f"bidirectional: the cell {cell.name} has no hidden layer to join; switch it off.")
    if experiment.bidirectional == "concat":
        _refuse_double_width(experiment)
    if not cell.learned:
        _refuse_parameters_that_stay(experiment, cell.name)
    refuse_fault(experiment)
    cell.refuse(experiment)


def _refuse_double_width(experiment: Experiment) -> None:
    """A concatenation is 2H wide; what takes it must be able to."""
    if experiment.structure == "attention" and experiment.score == "dot":
        raise InputError(
            "score dot compares states of one width, and bidirectional concat makes the encoder's twice as wide as the "
            "decoder's; choose score additive or bilinear, or bidirectional sum."
        )
    initial = experiment.structure == "attention" or experiment.context_at == "initial"
    if experiment.structure in DECODED and initial and experiment.context == "last":
        raise InputError(
            "context last as the decoder's initial state: bidirectional concat makes it twice as wide as that state; "
            "choose context transform, or bidirectional sum."
        )


def _refuse_parameters_that_stay(experiment: Experiment, name: str) -> None:
    reason = f"has weights to learn, but of the cell {name} only the read-out is fitted; choose another."
    if experiment.structure in DECODED and experiment.context != "last":
        raise InputError(
            f"context {experiment.context} has weights to learn, but of {name} only the read-out is fitted."
        )
    if experiment.structure == "attention" and experiment.score != "dot":
        raise InputError(f"score {experiment.score} {reason}")
    if experiment.convolution is not None:
        raise InputError(f"convolution {reason}")
