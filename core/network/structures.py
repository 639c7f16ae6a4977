"""Networks by structure: which parts, in which order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec
import numpy as np

from core.cells import cell_for
from core.cells.base import Cell
from core.choices import DECODED, MAXIMUM_STEPS, Choices, layer_widths
from core.errors import InputError
from core.maths.arrays import Array
from core.network.attention import CONTEXT, Attention
from core.network.context import Context
from core.network.convolution import Convolution
from core.network.feedback import PreviousOutput, fed_back
from core.network.gathered import Component, Concatenated, ContextInput
from core.network.head import Head
from core.network.joins import Join
from core.network.lockstep import Lockstep
from core.network.parts import Key, Network, Part, X
from core.network.scan import Scan
from core.network.sources import FullSequence, LayerBelow
from core.options import Option, Slider
from core.tasks.base import Data

STRUCTURES = {
    "n-1": "N to 1: reads all steps, the loss at the last one",
    "n-n": "N to N: reads all steps, the loss at every one",
    "1-1": "1 to 1: one step, no recurrence",
    "1-n": "1 to N: x at the first step only, the loss at every one",
    "1-n-every": "1 to N: the first x again at every step",
    "1-n-feedback": "1 to N: x at the first step, then each output is the next x (teacher_forcing: the target)",
    "encoder-decoder": "reads T steps, then writes output_steps others from a context (context, context_at)",
    "attention": "a decoder with a context of its own at every step (score)",
}
JOINS = {
    "sum": "the states of both chains added",
    "concat": "side by side, twice as wide",
    "product": "multiplied unit by unit",
    "mean": "half of their sum",
}

# What x goes through before the layers, each where the experiment asks for it. A convolution sends no gradient on: it
# stays the first.
FIRST: tuple[type[Part], ...] = (Convolution,)
JOIN_PARTS: dict[str, Callable[[str, Key, Key, str, bool], Part]] = dict.fromkeys(JOINS, Join)  # what makes each

Steps = Annotated[int, msgspec.Meta(ge=1, le=MAXIMUM_STEPS)]
OUTPUT_STEPS = Option(  # T_y; None: T
    "output_steps",
    Steps | None,
    None,
    "Steps written",
    "How many steps the decoder writes; off: as many as are read.",
    Slider(1, lambda choices: max(choices.steps, 2), start=4),
    applies=lambda choices: choices.structure in DECODED,
    why="Only a decoder writes another number of steps than are read.",
)
OPTIONS_OF_PARTS: tuple[Option, ...] = (  # in the order of files and lists
    *Scan.options,
    *Head.options,
    *Join.options,
    OUTPUT_STEPS,
    *Context.options,
    *Attention.options,
    *PreviousOutput.options,
    *(option for part in FIRST for option in part.options),
)


def build(experiment: Choices, data: Data) -> Network:
    """The network that an experiment describes, for data of this shape. Raises InputError where they do not fit."""
    cell = cell_for(experiment)
    below: Key = X
    parts: list[Part] = []
    for kind in FIRST:
        part = kind.from_experiment(experiment, below)
        if part is not None:
            parts.append(part)
            below = (part.name, "s")
    if experiment.structure in DECODED:
        parts += _encoder_and_decoder(experiment, cell, below, data)
    elif experiment.structure == "1-n-feedback" or experiment.output_feedback or cell.fed:
        parts.append(_fed_back(experiment, cell, below, data))
    else:
        read_last = experiment.structure == "n-1" and experiment.reverse_at == "own-end"
        layers, top, _ = _layers(experiment, cell, below, "L", read_last)
        parts += [*layers, _head(experiment, top, data)]
    network = Network(tuple(parts), data.x.shape[2], data.loss)
    for part in network.members:
        if isinstance(part, Scan):
            part.start_value = experiment.initial_state
            part.starts = _starts(part, data)
    return network


def _starts(scan: Scan, data: Data) -> dict[str, Array]:
    """The initial states that the data bring for a scan. Raises InputError where they are of another width."""
    found = {name: data.starts[f"{scan.name}.{name}"] for name in scan.cell.recurrent_states
             if f"{scan.name}.{name}" in data.starts}  # fmt: skip
    for name, array in found.items():
        if array.shape[1] != scan.hidden:
            raise InputError(
                "the initial state {part}.{name} that the arrays bring has {columns} numbers, but the layer has "
                "{hidden} units; keep hidden at {columns}.",
                part=scan.name,
                name=name,
                columns=array.shape[1],
                hidden=scan.hidden,
            )
    return {name: np.array(array, dtype=float) for name, array in found.items()}


def _head(experiment: Choices, top: Key, data: Data, stepwise: bool = False) -> Head:
    """What makes the output of the states on top."""
    dense, biased = experiment.head, experiment.biases
    return Head(top, data.y.shape[2], data.loss, stepwise=stepwise, dense=dense, biased=biased)


def _layers(
    experiment: Choices, cell: Cell, below: Key, prefix: str, read_last: bool = False
) -> tuple[list[Part], Key, tuple[Key, ...]]:
    """Layers over each other, each one scan or a pair that is joined: the parts, the signal of the top one, and the
    signals of its chains. `read_last`: the top pair's reverse chain is read at its own end."""
    parts: list[Part] = []
    chains: tuple[Key, ...] = ()
    taps = experiment.taps if cell.tapped else 1
    for k, width in enumerate(layer_widths(experiment), 1):
        name = f"{prefix}{k}"
        read = below
        scan = Scan(name, cell, width, FullSequence(read, taps))
        chains = ((name, "s"),)
        parts.append(scan)
        below = chains[0]
        if experiment.bidirectional is not None:
            reverse = Scan(name + "r", cell, width, FullSequence(read, taps), reverse=True)
            chains = (*chains, (name + "r", "s"))
            top = read_last and k == experiment.layers
            join = JOIN_PARTS[experiment.bidirectional](f"J{k}", chains[0], chains[1], experiment.bidirectional, top)
            parts += [reverse, join]
            below = (join.name, "s")
    return parts, below, chains


def _fed_back(experiment: Choices, cell: Cell, below: Key, data: Data) -> Lockstep:
    """Layers in one loop with the head: the output of each step is read at the next one."""
    outputs, inputs = data.y.shape[2], data.x.shape[2]
    taps = experiment.taps if cell.tapped else 1
    feedback = None
    if experiment.structure == "1-n-feedback":
        if inputs != outputs:
            raise InputError(
                "structure 1-n-feedback reads each output as the next input, but {task} has {inputs} inputs and "
                "{outputs} outputs; choose another task, or output_feedback.",
                task=experiment.task,
                inputs=inputs,
                outputs=outputs,
            )
        # Of a cell with taps: x_1, a_1, a_2 … as far back as it reads.
        source = fed_back(outputs, taps, experiment.teacher_forcing, first=X)
    else:
        source = FullSequence(below, taps)
        count = cell.fed_taps(experiment) if cell.fed else 1
        feedback = fed_back(outputs, count, experiment.teacher_forcing)
    first, *others = layer_widths(experiment)
    scans = [Scan("L1", cell, first, source, feedback=feedback)]
    for k, width in enumerate(others, 2):
        scans.append(Scan(f"L{k}", cell, width, LayerBelow((f"L{k - 1}", "s"), taps)))
    return Lockstep(*scans, _head(experiment, (scans[-1].name, "s"), data, stepwise=True))


def _encoder_and_decoder(experiment: Choices, cell: Cell, below: Key, data: Data) -> list[Part]:
    """Encoder E1, E2 … and decoder D1, D2 …; the decoder reads its own output of the step before, and the context.

    The context of an encoder–decoder is one vector: the decoder's initial state or its input at every step (Cho et al.
    2014; Sutskever, Vinyals & Le 2014). With attention it is one a step, and the decoder starts from a bridge that
    `context` chooses. Where one chain's last state is passed on unchanged, everything that it carries goes with it,
    layer by layer.
    """
    encoder, states, chains = _layers(experiment, cell, below, "E")
    attends = experiment.structure == "attention"
    at_start = attends or experiment.context_at == "initial"
    widths = layer_widths(experiment)
    parts = [*encoder]
    components: list[Component] = [PreviousOutput(data.y.shape[2], experiment.teacher_forcing)]
    name, how = "bridge" if attends else CONTEXT[0], experiment.bidirectional or ""
    context = Context(name, experiment.context, states, chains, how, widths[-1], experiment.biases)
    whole = at_start and experiment.context == "last" and len(chains) == 1
    if not (whole and attends):
        parts.append(context)
    if attends:
        components.append(Attention(states, experiment.score))
    elif not at_start:
        components.append(ContextInput((context.name, "c")))
    scans: list[Scan] = []
    for k, width in enumerate(widths, 1):
        initial = (f"E{k}" if whole else (context.name, "c")) if at_start else None
        source = LayerBelow((scans[-1].name, "s")) if scans else Concatenated(*components)
        through = (context.name, "c") if whole and not attends and k == experiment.layers else None
        scans.append(Scan(f"D{k}", cell, width, source, initial=initial, decodes=True, context=through))
    return [*parts, Lockstep(*scans, _head(experiment, (scans[-1].name, "s"), data, stepwise=True))]
