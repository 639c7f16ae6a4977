"""What the experiment panel's folded sections say: each in a few words, from the experiment and its run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from msgspec import inspect

from core.cells import cell_named
from core.exercises.explanation import explain_fault
from core.experiment import Experiment
from core.faults import fault_named
from core.network.parameter_counts import count_of
from core.notation.equations import Style
from core.options import Option
from core.tasks import task_named
from explorer.panels.experiment import effects
from explorer.panels.experiment.choice import words
from explorer.panels.experiment.choices import INITIALISATIONS
from explorer.panels.experiment.loss_rows import clipping
from explorer.panels.experiment.structure_rows import BIDIRECTIONAL, STRUCTURES
from explorer.panels.experiment.symbols import written
from explorer.panels.experiment.training_rows import of_training
from explorer.session.session import Session
from explorer.style.numbers import count, number
from explorer.words import counted, in_language, translator

_tr, _counted = translator("ExperimentPanel"), partial(counted, "ExperimentPanel")
LONGEST = 24  # letters of a typed text or of a file's name


def of_cell(session: Session) -> str:
    """Its own choices that are numbers or no default, and the gates that are held."""
    experiment, cell = session.experiment, cell_named(session.experiment.cell)
    said = list(_options(cell.options, experiment))
    held = [gate for gate in cell.gates if experiment.frozen_at(gate) is not None]
    style = Style(False, None, session.notation)
    shown = session.trace.scan.cell
    for gate in held if set(held) <= set(shown.gates) else ():  # else the run of this cell is still to come
        at = float(experiment.frozen_at(gate) or 0.0)
        at = 1.0 - at if gate in session.notation.complemented(shown) else at
        said.append(f"{style.letter(shown, gate)} ≡ {number(at)}")
    if cell.gates and not held:
        said.append(_tr("gates learned"))
    return _listed(said) or _tr("no choices of its own")


def of_data(session: Session) -> str:
    """How many inputs, how many sequences, and what the task reads."""
    experiment, inputs = session.experiment, session.trace.data.x.shape[2]
    said = list(_options(task_named(experiment.task).options, experiment))
    said.append(_counted(inputs, "%n input", "%n inputs"))
    said.append(_tr("batch {n}").format(n=experiment.batch))
    said += [_tr("non-negative")] if experiment.nonnegative else []
    said += [_tr("read backwards")] if experiment.read_backwards else []
    return _listed(said)


def of_structure(session: Session) -> str:
    """What is read and written, how many layers, both directions, and what else the parts do."""
    experiment = session.experiment
    said = [next(words(label) for key, label, _ in STRUCTURES if key == experiment.structure)]
    layers = _counted(experiment.layers, "one layer", "%n layers")
    said.append(" ".join([layers, "→".join(map(str, experiment.widths))]).strip())
    if experiment.bidirectional is not None:
        how = next(words(label) for key, label, _ in BIDIRECTIONAL if key == experiment.bidirectional)
        said.append(_tr("bidirectional ({how})").format(how=how))
    if experiment.output_feedback:
        said.append(_tr("output fed back"))
    if experiment.convolution is not None:
        said.append(_tr("convolution {n}").format(n=experiment.convolution))
    said += [] if experiment.head else [_tr("no dense layer")]
    said += [] if experiment.biases else [_tr("no biases")]
    said.append(_counted(count_of(session.trace.network), "one parameter", "%n parameters"))
    return _listed(said)


def of_weights(session: Session) -> str:
    """How W begins, the bias, the initial state."""
    experiment, notation = session.experiment, session.notation
    said = []
    if not effects.of_initialisation(experiment):
        said.append(next(words(label) for key, label, _ in INITIALISATIONS if key == experiment.w_init).rstrip("…"))
    if not effects.of_bias(experiment):
        said.append(written("{b} ", notation) + number(experiment.bias))
    if not effects.of_initial_state(experiment):
        said.append(written("{s_0} ", notation) + number(experiment.initial_state))
    if not effects.of_input_matrix(experiment) and experiment.u_gain != 1.0:
        said.append(written("{U} × ", notation) + number(experiment.u_gain))
    return _listed(said) or _tr("none of its own")


def of_used(session: Session) -> str:
    """Clipping and truncating."""
    kind, limit = clipping(session.experiment)
    said = []
    if kind:
        form = _tr("norm at most {c}") if kind == "clip_norm" else _tr("entries within ±{c}")
        said.append(form.format(c=number(limit)))
    if session.experiment.truncate is not None:
        said.append(_counted(session.experiment.truncate, "after %n step", "after %n steps"))
    return _listed(said) or _tr("off")


def of_fault(session: Session) -> str:
    """The textbook's error that is switched on."""
    fault = fault_named(session.experiment.fault)
    return in_language(explain_fault(fault, session.notation).title) if fault is not None else _tr("none")


# The sections below the six open rows, in order, each with what it says while it is folded.
SECTIONS: dict[str, Callable[[Session], str]] = {
    "Training": of_training,
    "Cell": of_cell,
    "Data": of_data,
    "Structure": of_structure,
    "Weights": of_weights,
    "Clip, truncate": of_used,
    "Textbook error": of_fault,
}


def _options(options: tuple[Option, ...], experiment: Experiment) -> Iterator[str]:
    """Those that have an effect: numbers and texts always, words where they are not the usual ones."""
    for option in options:
        value = getattr(experiment, option.name)
        if not option.title or not option.applies(experiment):
            continue
        kind = inspect.type_info(option.type)
        title = words(option.title).partition(" {")[0]
        title = title[:1].lower() + title[1:]
        if isinstance(kind, inspect.IntType):
            yield f"{title} {count(value)}"
        elif isinstance(kind, inspect.FloatType):
            yield f"{title} {number(value)}"
        elif isinstance(kind, inspect.StrType) and value:
            yield f"“{_short(Path(value).name if option.name.endswith('_path') else value)}”"
        elif value != option.default and value is not True:
            yield f"{title} {_label(option, value)}"
        elif value != option.default:
            yield title


def _label(option: Option, value: Any) -> str:
    labels = {key: words(label) for key, label, _ in option.words}
    return labels.get(value, ", ".join(map(str, value)) if isinstance(value, tuple) else str(value))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"


def _listed(said: list[str]) -> str:
    return ", ".join(said)
