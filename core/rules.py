"""Which choices go together, and why others are refused: checked for every experiment before anything runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from core.cells import CELLS, cell_for, cell_named
from core.choices import DECODED, READS_SEQUENCE, Choices, layer_widths, layered
from core.errors import InputError, quoted
from core.sentence import Sentence, one_of
from core.tasks import task_named

_OPEN = 10.0  # a forget bias above which f is 1 for all that a difference quotient can tell


def validate(experiment: Choices, edits: bool = True) -> None:
    """Raises InputError for what no single field can tell: names unknown to the lists, fields at odds; not `edits`:
    those are known to be right."""
    task_named(experiment.task)
    cell_named(experiment.cell)
    if experiment.clip_norm is not None and experiment.clip_value is not None:
        raise InputError("clip_norm and clip_value are both set; choose one of them and switch the other off.")
    gates = {gate for cell in CELLS for gate in cell.gates}
    for frozen in experiment.frozen:
        if frozen.gate not in gates:
            known = ", ".join(sorted(gates))
            raise InputError(
                "frozen: there is no gate “{gate}”; the gates are {known}.", gate=quoted(frozen.gate), known=known
            )
    if len({frozen.gate for frozen in experiment.frozen}) != len(experiment.frozen):
        raise InputError("frozen: a gate is named twice; name each gate once.")
    if edits and len({(edit.name, edit.index) for edit in experiment.edits}) != len(experiment.edits):
        raise InputError("edits: a number is named twice; name each number once.")
    _validate_widths(experiment)
    _validate_matrix(experiment)
    _refuse(experiment)


def refusal(experiment: Choices, **fields: Any) -> str:
    """Why an experiment with these other fields would be refused, the sentence with its advice; "" where it would not.
    Values within their own limits only; numbers typed over are not looked at."""
    try:
        validate(msgspec.structs.replace(experiment, **layered(experiment, fields), **fields), edits=False)
    except InputError as error:
        return error.sentence
    return ""


def _validate_widths(experiment: Choices) -> None:
    widths, layers = experiment.widths, experiment.layers
    if widths and len(widths) != layers:
        raise InputError(
            "widths: {layers} layers need {layers} numbers, and these are {count}; set layers to {count}, or type "
            "others."
            if layers > 1
            else "widths: one layer needs one number, and these are {count}; set layers to {count}, or type others.",
            layers=layers,
            count=len(widths),
        )


def _validate_matrix(experiment: Choices) -> None:
    matrix, size = experiment.w_matrix, layer_widths(experiment)[0]
    if experiment.w_init == "matrix" and len(set(layer_widths(experiment))) > 1:
        raise InputError(
            "w_init “matrix” is one typed matrix for all layers, and widths gives them different widths; choose "
            "another w_init, or layers of one width."
        )
    if experiment.w_init == "matrix" and matrix is None:
        raise InputError("w_init is “matrix” but w_matrix is not given; type its rows.")
    if matrix is None:
        return
    if any(len(row) != len(matrix[0]) for row in matrix):
        raise InputError(
            "w_matrix: its rows differ in length; {size} hidden units need {size} × {size} numbers.", size=size
        )
    if experiment.w_init == "matrix" and (len(matrix) != size or any(len(row) != size for row in matrix)):
        shape = f"{len(matrix)} × {len(matrix[0]) if matrix else 0}"
        raise InputError(
            "w_matrix is {shape}, but {size} hidden units need {size} × {size} numbers.", shape=shape, size=size
        )
    if any(not abs(value) <= 1e6 for row in matrix for value in row):
        raise InputError("w_matrix: each number must be finite and between −1e6 and 1e6.")


def _refuse(experiment: Choices) -> None:
    """Raises InputError for combinations of cell, structure and options that have no meaning."""
    cell = cell_named(experiment.cell)
    decoded = experiment.structure in DECODED
    fed = cell.fed or experiment.output_feedback
    if experiment.read_backwards and experiment.structure not in READS_SEQUENCE:
        raise InputError(
            "read_backwards: structure {structure} reads one step of x alone, which has no order; switch it off, or "
            "choose {others}.",
            structure=experiment.structure,
            others=one_of(READS_SEQUENCE),
        )
    if decoded and not cell.recurrent_states:
        raise InputError(
            "structure {structure}: the cell {cell} has no state that an encoder could pass to a decoder; choose a "
            "cell with a state.",
            structure=experiment.structure,
            cell=cell.name,
        )
    if (decoded or experiment.structure == "1-n-feedback") and fed:
        reader = Sentence("the cell {cell}", cell=cell.name) if cell.fed else "output_feedback"
        raise InputError(
            "structure {structure} already feeds the output back, and so does {reader}; choose one of them.",
            structure=experiment.structure,
            reader=reader,
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
        raise InputError(
            "layers: the cell {cell} has no hidden layer to stack another one on; set layers to 1.", cell=cell.name
        )
    if experiment.bidirectional is not None and not cell.stackable:
        raise InputError("bidirectional: the cell {cell} has no hidden layer to join; switch it off.", cell=cell.name)
    if experiment.bidirectional == "concat":
        _refuse_double_width(experiment)
    if decoded:
        _refuse_different_widths(experiment)
    if not experiment.head and not cell_for(experiment).shapes(1, 1):
        raise InputError(
            "head: without a dense layer the cell {cell} has nothing to learn; switch head on.", cell=cell.name
        )
    if not cell.learned:
        _refuse_parameters_that_stay(experiment, cell.name)
    reason = fault_refusal(experiment.fault, experiment) if experiment.fault is not None else ""
    if reason:
        raise InputError("fault {fault}: {reason}.", fault=experiment.fault, reason=reason)
    cell.refuse(experiment)


def _refuse_double_width(experiment: Choices) -> None:
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


def _refuse_different_widths(experiment: Choices) -> None:
    """One vector that begins every layer of a decoder is as wide as each of them; so are a query and a key of dot."""
    widths = layer_widths(experiment)
    attends = experiment.structure == "attention"
    whole = experiment.context == "last" and experiment.bidirectional is None
    if len(set(widths)) > 1 and (attends or experiment.context_at == "initial") and not whole:
        raise InputError(
            "widths: one context is the initial state of every decoder layer here, and so they need one width; give "
            "all layers the same, or choose context last without a second direction."
        )
    if attends and experiment.score == "dot" and widths[0] != widths[-1]:
        raise InputError(
            "widths: score dot compares the decoder's bottom layer with the encoder's top layer, and so they need one "
            "width, which {first} and {last} are not; choose score additive or bilinear, or other widths.",
            first=widths[0],
            last=widths[-1],
        )


def _refuse_parameters_that_stay(experiment: Choices, name: str) -> None:
    if not experiment.head:
        raise InputError(
            "head: of the cell {name} only the dense layer is fitted; switch head on, or choose another.", name=name
        )
    if experiment.structure in DECODED and experiment.context != "last":
        raise InputError(
            "context {context} has weights to learn, but of {name} only the read-out is fitted.",
            context=experiment.context,
            name=name,
        )
    if experiment.structure == "attention" and experiment.score != "dot":
        raise InputError(
            "score {score} has weights to learn, but of the cell {name} only the read-out is fitted; choose another.",
            score=experiment.score,
            name=name,
        )
    if experiment.convolution is not None:
        raise InputError(
            "convolution has weights to learn, but of the cell {name} only the read-out is fitted; choose another.",
            name=name,
        )


# --- faults ---
def fault_refusal(fault: str, experiment: Choices) -> str:
    """Why a fault is no error, or means nothing, in an experiment; "" where it can be switched on."""
    return _FAULTS[fault](experiment)


def _elman(experiment: Choices) -> str:
    if experiment.cell in ("tanh", "relu", "sigmoid", "identity"):
        return ""
    return Sentence("it is an error about s = φ(h); choose the cell tanh, relu, sigmoid or identity")


def _curved(experiment: Choices) -> str:
    """Of the identity and of an open ReLU the slope is 1 in every layer, right or wrong."""
    return (
        ""
        if experiment.cell in ("tanh", "sigmoid")
        else Sentence("it is about a slope φ′; choose the cell tanh or sigmoid")
    )


def _one_step(experiment: Choices, recurrent_states: str = "s") -> bool:
    """Whether nothing goes from step to step, nor from an encoder into a decoder's initial state."""
    read = 1 if experiment.structure == "1-1" else experiment.steps
    if experiment.structure not in DECODED:
        return read == 1
    whole = experiment.context == "last" and experiment.bidirectional is None
    starts = experiment.structure == "attention" or experiment.context_at == "initial"
    handed = starts and (recurrent_states == "s" or whole)
    return read == 1 and (experiment.output_steps or read) == 1 and not handed


def _recurrence(experiment: Choices) -> str:
    return Sentence("it is about going back from step to step; set steps to 2 or more") if _one_step(experiment) else ""


def _identity(experiment: Choices) -> bool:
    """Whether every W begins as the identity."""
    widths = layer_widths(experiment)
    if experiment.w_init == "matrix":
        return bool(np.array_equal(np.array(experiment.w_matrix), np.eye(widths[0])))
    alone = set(widths) == {1} and experiment.w_init in ("orthogonal", "spectral")  # ±1
    return experiment.w_gain == 1.0 and (experiment.w_init == "identity" or alone)


def _layers_one_after_the_other(experiment: Choices) -> str:
    if experiment.layers < 2:
        return Sentence("it is about what layer 2 sends down; set layers to 2 or more")
    fed = experiment.output_feedback or cell_named(experiment.cell).fed
    if fed or experiment.structure in ("1-n-feedback", *DECODED):
        return Sentence("it is about layers that run one after the other; choose a structure without fed-back outputs")
    return Sentence("layer 2 reads nothing; set u_gain above 0") if experiment.u_gain == 0.0 else ""


def _second_layer(experiment: Choices) -> str:
    if experiment.layers < 2:
        return Sentence("it is about layer 2; set layers to 2 or more")
    return _curved(experiment)


def _bias(experiment: Choices) -> str:
    if not experiment.biases:
        return Sentence("the network has no biases; switch biases on")
    has_bias = "b" in cell_for(experiment).shapes(1, 1)
    return "" if has_bias else Sentence("the cell {cell} has no bias b; choose another cell", cell=experiment.cell)


def _time_index(experiment: Choices) -> str:
    if experiment.cell in ("identity", "relu") and _identity(experiment):
        return Sentence(
            "with W = I and a slope of 1 ∂net_t/∂net_{t−1} is the identity; choose another w_init or w_gain"
        )
    return _elman(experiment) or _recurrence(experiment)


def _delta_side(experiment: Choices) -> str:
    if max(layer_widths(experiment)) < 2:
        return Sentence("with one hidden unit both sides are the same; set hidden to 2 or more")
    if _one_step(experiment) and experiment.initial_state == 0.0:
        return Sentence("∂L/∂W is 0 where no state comes in; set steps to 2 or more")
    return _elman(experiment)


def _not_the_identity(experiment: Choices) -> str:
    if _identity(experiment):
        return Sentence("W is the identity, and leaving it out changes nothing; choose another w_init or w_gain")
    return _elman(experiment) or _recurrence(experiment)


def _not_symmetric(experiment: Choices) -> str:
    """An orthogonal 2 × 2 matrix is a rotation or, with another seed, a reflection, which is symmetric."""
    width = max(layer_widths(experiment))
    if width < 2:
        return Sentence("with one hidden unit W is its own transpose; set hidden to 2 or more")
    if experiment.w_init == "matrix":
        w = np.array(experiment.w_matrix)
        symmetric = np.array_equal(w, w.T)
    else:
        symmetric = experiment.w_init == "identity" or experiment.w_gain == 0.0
    if symmetric:
        return Sentence("W is symmetric, and turning it over changes nothing; choose another w_init or w_gain")
    if experiment.w_init == "orthogonal" and width == 2:
        return Sentence(
            "an orthogonal W of two units can be symmetric; set hidden to 3 or more, or choose another w_init"
        )
    return _elman(experiment) or _recurrence(experiment)


def _cell_state(experiment: Choices) -> str:
    if "c" not in cell_named(experiment.cell).recurrent_states:
        return Sentence("it is about the cell state; choose a cell that has one (lstm, peephole, coupled)")
    if _one_step(experiment, "c"):
        return Sentence("it is about going back from step to step; set steps to 2 or more")
    held = experiment.frozen_at("f")
    if held == 1.0 or (held is None and experiment.forget_bias > _OPEN):
        return Sentence("the forget gate is 1, and then it is no error; lower forget_bias, or unfreeze f")
    return ""


_FAULTS: dict[str, Callable[[Choices], str]] = {
    "dh1-without-dh2": _layers_one_after_the_other,
    "slope-of-s1": _second_layer,
    "bias-forgotten": _bias,
    "time-index": _time_index,
    "delta-side": _delta_side,
    "diag-forgotten": _curved,
    "only-the-slope": _not_the_identity,
    "w-not-transposed": _not_symmetric,
    "lstm-for-good": _cell_state,
}
