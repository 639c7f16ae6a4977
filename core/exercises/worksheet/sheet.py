"""A worksheet: the whole computation of a small run, from the given numbers to the updated parameters, to be worked out
by hand.

Everything is taken from what the inspection shows (`core.arithmetic.cell_node`), in the notation that is asked for; so
what stands on the sheet is what stands in the run, and the answers multiply out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from core.arithmetic.lines import Line
from core.arithmetic.loss import loss_in_all, loss_of_sample, loss_of_step
from core.choices import units_text
from core.errors import InputError
from core.exercises.worksheet.chain import ChainPicture, chain_picture
from core.exercises.worksheet.nodes import Nodes, laid_out
from core.exercises.worksheet.rows import Exercise, Formula, Given, Row, row_of
from core.exercises.worksheet.sums import ParameterSum, parameter_sums
from core.experiment import Experiment
from core.notation.base import Notation
from core.notation.books.row import ROW
from core.notation.equations import Style
from core.sentence import Sentence
from core.tasks import task_named
from core.trace import Trace
from core.training.optimizers import SGD

MOST_LINES = 300  # lines to work out; more would be too many
Item = str | Given | Formula | Exercise


@dataclass(frozen=True, eq=False)
class Section:
    """A part of the sheet: its heading, a sentence, and in turn words, equations, given numbers and exercises."""

    heading: str
    words: str
    items: tuple[Item, ...]
    back: bool = False  # it is about the backward pass


@dataclass(frozen=True, eq=False)
class Worksheet:
    """The whole of it. `answers`: the numbers to find are printed, otherwise there is room for them."""

    title: str
    words: tuple[str, ...]
    sections: tuple[Section, ...]
    answers: bool
    chain: ChainPicture

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every line to work out, in order."""
        return _rows_of(self.sections)


def worksheet(trace: Trace, notation: Notation = ROW, answers: bool = False, rate: float | None = None) -> Worksheet:
    """The worksheet of a run; `rate`: η of the update, the optimiser's usual one where it is None.

    Raises InputError for a run that is too large to be worked out by hand, or whose gradients are not the plain ones.
    """
    refuse(trace)
    eta = SGD(rate).rate
    step = Style(False, None, notation)
    found = Nodes(trace, notation)
    sums = parameter_sums(trace, notation)
    sections = (
        Section(
            "Given",
            "Inputs, targets, parameters and initial states.",
            (*_given(trace, found, sums, step),),
        ),
        Section(
            "The equations forward",
            "The same at every step.",
            found.formulas(False),
        ),
        Section("Forward", "Step by step, with the numbers inserted.", (*_forward(found, answers),)),
        Section("The loss", _loss_words(trace), (*_loss(trace, step, answers),)),
        Section(
            "The equations backward",
            "∂L/∂ of each quantity is the sum of what is sent back by everything computed from it.",
            found.formulas(True),
            back=True,
        ),
        Section("Backward", "From the last step to the first.", (*_backward(found, answers),), back=True),
        Section(
            "The sums over time",
            "A parameter takes part at every step, so its gradient is a sum over all of them.",
            tuple(each.exercise(answers) for each in sums),
            back=True,
        ),
        Section(
            "The update",
            f"One step of gradient descent with η = {eta:g}: θ ← θ − η·∂L/∂θ.",
            tuple(each.update(eta, answers) for each in sums),
        ),
    )
    lines = len(_rows_of(sections))
    if lines > MOST_LINES:
        raise InputError(_too_large(trace.experiment, lines))
    chain = chain_picture(trace, notation, found)
    return Worksheet(_title(trace), _words(trace, notation), sections, answers, chain)


def _rows_of(sections: tuple[Section, ...]) -> tuple[Row, ...]:
    exercises = (item for section in sections for item in section.items if isinstance(item, Exercise))
    return tuple(row for item in exercises for row in item.rows)


# --- what cannot be done by hand ---
def refuse(trace: Trace) -> None:
    """Raises InputError saying what to choose instead."""
    experiment, cell = trace.experiment, trace.scan.cell
    numbers = sum(array[:, :1].size for array in trace.values.values()) * trace.data.x.shape[1]
    if numbers > MOST_LINES:  # said at once, before thousands of lines are made
        raise InputError(_too_large(experiment, 2 * numbers))
    if experiment.fault is not None:
        raise InputError("A worksheet shows the right derivation, and a fault is switched on; set fault to off.")
    if not cell.learned:
        raise InputError(
            "Nothing goes back into the cell {cell}, whose read-out is fitted; choose another cell.", cell=cell.name
        )
    if experiment.clip_norm is not None or experiment.clip_value is not None:
        raise InputError("A worksheet has no line for clipping; set clip_norm and clip_value to off.")
    if trace.broken is not None:
        raise InputError("The numbers of this run are no longer finite, so they cannot be worked out; choose others.")


def _too_large(experiment: Experiment, lines: int) -> str:
    return Sentence(
        "This run has about {lines} numbers to work out, and a worksheet at most {most}; choose fewer steps (T = "
        "{steps}), units ({units}) or samples (B = {batch}), or the hand-sized run.",
        lines=lines,
        most=MOST_LINES,
        steps=experiment.steps,
        units=units_text(experiment),
        batch=experiment.batch,
    )


# --- the sections ---
def _title(trace: Trace) -> str:
    return f"{trace.scan.cell.title}: {task_named(trace.experiment.task).title}"


_TWO_SIDES = (
    "Encoder and decoder have the same letters, each for its own: in the decoder's steps s, h, U, W and b are the "
    "decoder's; what attention and the context sum over are the encoder's states."
)


def _words(trace: Trace, notation: Notation) -> tuple[str, ...]:
    experiment = trace.experiment
    shape = f"T = {experiment.steps}, {units_text(experiment)}, B = {trace.data.x.shape[1]}"
    more = f", {experiment.layers} layers" if experiment.layers > 1 else ""
    more += f", both directions ({experiment.bidirectional})" if experiment.bidirectional else ""
    seeds = f"seed {experiment.data_seed} of the data, {experiment.weight_seed} of the weights"
    typed = f", {len(experiment.edits)} numbers set by hand" if experiment.edits else ""
    cut = f", truncated after {experiment.truncate} steps" if experiment.truncate else ""
    return (
        f"Structure {experiment.structure}{more}; {shape}{cut}; {seeds}{typed}.",
        f"Notation: {notation.title}, after {notation.source}.",
        *notation.notes,
        *([_TWO_SIDES] if any(scan.decodes for scan in trace.scans) else []),
    )


def _given(trace: Trace, found: Nodes, sums: tuple[ParameterSum, ...], style: Style) -> Iterator[Item]:
    data = trace.data
    samples = range(data.x.shape[1])
    for k in samples:
        which = f" (sample {k + 1})" if len(samples) > 1 else ""
        for t in range(1, len(data.x) + 1):
            at = replace(style, t=t)
            yield Given(at.symbol(None, "x") + which, "input", laid_out(data.x[t - 1, k], style.notation))
        for t in np.flatnonzero(data.supervised) + 1:
            if data.counted is None or data.counted[t - 1, k]:
                at = replace(style, t=int(t))
                yield Given(at.symbol(None, "y") + which, "target", laid_out(data.y[t - 1, k], style.notation))
        yield from found.starts(k, which)
    for each in sums:
        yield each.given


def _forward(found: Nodes, answers: bool) -> Iterator[Item]:
    for heading, group in found.forward():
        exercises = [node.exercise(name, answers) for node in group for name in node.names_forward]
        yield from (heading, *exercises) if exercises else ()


def _backward(found: Nodes, answers: bool) -> Iterator[Item]:
    for heading, group in found.backward():
        made = [node.exercise_back(name, answers) for node in group for name in node.names_backward]
        exercises = [each for each in made if each.rows]
        yield from (heading, *exercises) if exercises else ()


def _loss_words(trace: Trace) -> str:
    loss = trace.network.loss
    return f"{loss.title[:1].upper()}{loss.title[1:]}, the {'mean' if loss.mean else 'sum'} over the batch."


_GIVEN_OF_LOSS = {  # which operands of a loss's template are given: the targets, and B
    "({} − {})² / 2": (False, True),
    "−({} × ln({}) + (1 − {}) × ln(1 − {}))": (True, False, True, False),
    "max(0, {}) − {} × {} + ln(1 + exp(−{}))": (False, True, False, False),
    "−{} × ln({})": (True, False),
    "{} × ({} − {})": (True, False, False),
    "{} / {}": (False, True),
}


def _loss(trace: Trace, style: Style, answers: bool) -> Iterator[Item]:
    batch = trace.data.x.shape[1]

    def given(k: int, line: Line) -> tuple[bool, ...]:
        return _GIVEN_OF_LOSS.get(line.template, (False,) * len(line.operands))

    for t in map(int, np.flatnonzero(trace.data.supervised) + 1):
        at = replace(style, t=t)
        terms = [loss_of_sample(trace, t, k, at) for k in range(batch)]
        which = [f" (sample {k + 1})" if batch > 1 else "" for k in range(batch)]
        rows = [
            row_of(each, each.symbol + k, given, answers) for each, k in zip(terms, which, strict=True) if each.lines
        ]
        labels = [each.lines[0].label.partition(" [")[0] for each in terms if each.lines]
        yield Exercise(f"{terms[0].symbol} = {labels[0]}", tuple(rows))
        if batch > 1:
            mean = loss_of_step(trace, t, at)
            yield Exercise("the mean over the batch", (row_of(mean, mean.symbol, given, answers),))
    whole = loss_in_all(trace, style)
    yield Exercise("L = Σ ℓ over the steps that count", (row_of(whole, "L", given, answers),))
