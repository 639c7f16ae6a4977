"""Experiment: every choice a person can make, the seeds among them, in one frozen object with limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import msgspec

from core import choices
from core.cells import CELLS, cell_named
from core.choices import LOSS_OF_STRUCTURE, MOST_EDITS, PARTS_FOLLOW, Choices, Chosen, Edit, FrozenGate
from core.errors import InputError, misfit, quoted
from core.maths.activations import activation_named
from core.network.structures import OPTIONS_OF_PARTS
from core.options import collected, names_of
from core.rules import validate
from core.sentence import Sentence
from core.tasks import TASKS, task_named

OPTIONS = collected((OPTIONS_OF_PARTS, *(owner.options for owner in (*CELLS, *TASKS))), taken=Choices.__struct_fields__)
MAKES_PARAMETERS = (*choices.MAKES_PARAMETERS, *(each.name for each in OPTIONS.values() if "parameters" in each.makes))
MAKES_DATA = (*choices.MAKES_DATA, *(each.name for each in OPTIONS.values() if "data" in each.makes))
NOTES = {**choices.NOTES, **{each.name: each.note for each in OPTIONS.values() if each.note}}


def _fields() -> Iterator[tuple[str, Any, Any]]:
    """Name, type and default of every field, in the order in which files and lists have them: the options of parts
    stand among the choices of the network's structure, those of cells and tasks after all choices."""
    declared = {name: (name, option.type, option.default) for name, option in OPTIONS.items()}
    of_parts = names_of(OPTIONS_OF_PARTS)
    for choice in msgspec.structs.fields(Choices):
        yield choice.name, choice.type, choice.default
        if choice.name == PARTS_FOLLOW:
            yield from (field for name, field in declared.items() if name in of_parts)
    yield from (field for name, field in declared.items() if name not in of_parts)


_Declared = cast(
    type[Choices],
    msgspec.defstruct(
        "_Declared",
        _fields(),
        bases=(Chosen,),
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    ),
)


class Experiment(_Declared, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All that decides a run. Equal experiments give the same numbers on the same machine.

    Its fields are those of Choices, and one for each of OPTIONS, which parts, cells and tasks declare. An option that
    its parts, cell and task do not read has no effect, so that another cell can be tried on the same data and the
    choices are still there when the first one comes back.
    """

    def with_changes(self, **changes: Any) -> Experiment:
        """The same experiment with some fields replaced, validated again.

        Raises InputError naming the field: unknown, of another type, out of range, or at odds with another one.
        """
        known = set(self.__struct_fields__)
        for name in changes:
            if name not in known:
                raise InputError(
                    "There is no option “{name}”; the options are {known}.",
                    name=quoted(name),
                    known=", ".join(sorted(known)),
                )
        values = {**msgspec.structs.asdict(self), **self._along(changes), **changes}
        for name, other in (("loss_at", "structure"), ("structure", "loss_at")):
            if name in changes and other not in changes:
                del values[other]
                values.update(_together({**msgspec.structs.asdict(self), **changes}, leading=name))
        return from_builtins({**values, **choices.layered(self, changes)}, known=self.edits)

    def with_cell(self, name: str) -> Experiment:
        """Another cell as its list offers it: as it is `first` met, where none of its options has been chosen yet.

        Raises InputError for a cell that cannot do what the experiment asks for.
        """
        cell = cell_named(name)
        chosen = name == self.cell or any(getattr(self, each.name) != each.default for each in cell.options)
        return self.with_changes(cell=name, **({} if chosen or cell.first is None else cell.first.changes))

    def _along(self, changes: dict[str, Any]) -> dict[str, Any]:
        """What changes along with options that get another value."""
        changed = [name for name in changes if name in OPTIONS and changes[name] != getattr(self, name)]
        return {name: value for each in changed for name, value in OPTIONS[each].along(self).items()}

    def freeze(self, gate: str, at: float | None) -> Experiment:
        """The same experiment with `gate` held at `at`, or learned again (None)."""
        others = [frozen for frozen in self.frozen if frozen.gate != gate]
        held = [] if at is None else [FrozenGate(gate, float(at))]
        return self.with_changes(frozen=tuple(sorted(others + held, key=lambda frozen: frozen.gate)))


def from_builtins(values: dict[str, Any], known: tuple[Edit, ...] = ()) -> Experiment:
    """An Experiment from plain values (as JSON gives them). Raises InputError naming the field that is wrong.

    `known`: edits that another experiment has; those of them that are kept are not validated once more.
    """
    kept, values = _without_known(values, known)
    if "structure" not in values or "loss_at" not in values:  # files of format 1 know no structure
        values = {**values, **_together(values, leading="structure" if "structure" in values else "loss_at")}
    if "layers" not in values and isinstance(values.get("widths"), tuple | list) and values["widths"]:
        values = {**values, "layers": len(values["widths"])}
    wanted = LOSS_OF_STRUCTURE.get(values["structure"]) if isinstance(values["structure"], str) else None
    if wanted and values["loss_at"] in ("last", "every") and values["loss_at"] != wanted:
        raise InputError(
            "structure {structure} has its loss at {wanted}, but loss_at is {loss_at}; leave one of them out.",
            structure=values["structure"],
            wanted=wanted,
            loss_at=values["loss_at"],
        )
    try:
        experiment = msgspec.convert(msgspec.to_builtins(values), Experiment)
    except msgspec.ValidationError as error:
        raise InputError(_sentence(str(error))) from None
    except (TypeError, OverflowError) as error:
        raise InputError("The experiment cannot be read: {error}.", error=quoted(str(error), 200)) from None
    if kept:
        fresh = iter(experiment.edits)
        edits = known if kept is known else tuple(next(fresh) if old is None else old for old in kept)
        msgspec.structs.force_setattr(experiment, "edits", edits)
    validate(experiment, edits=experiment.edits is not known)
    return experiment


def _without_known(values: dict[str, Any], known: tuple[Edit, ...]) -> tuple[tuple[Edit | None, ...], dict[str, Any]]:
    """The edits among `values` that are known, None for each of the others; and the values with those others only."""
    edits = values.get("edits", ())
    if not isinstance(edits, tuple | list):
        return (), values
    if len(edits) > MOST_EDITS:
        raise InputError(
            "edits: at most {most_edits:,} numbers can be typed over, and these are {count:,}; leave some out.",
            most_edits=MOST_EDITS,
            count=len(edits),
        )
    if not known:
        return (), values
    if edits is known:
        return known, {**values, "edits": ()}
    there = set(known)
    kept = tuple(edit if isinstance(edit, Edit) and edit in there else None for edit in edits)
    return kept, {**values, "edits": [edit for edit, old in zip(edits, kept, strict=True) if old is None]}


def _together(values: dict[str, Any], leading: str) -> dict[str, Any]:
    """`structure` and `loss_at` as they go together where only `leading` was chosen."""
    structure, loss_at = values.get("structure", "n-1"), values.get("loss_at", "last")
    if leading == "structure":
        at = LOSS_OF_STRUCTURE.get(structure, "every") if isinstance(structure, str) else loss_at
        return {"structure": structure, "loss_at": at}
    if structure in ("n-1", "n-n") or (structure == "1-1" and loss_at == "every"):
        structure = "n-n" if loss_at == "every" else "n-1"
    return {"structure": structure, "loss_at": loss_at}


def natural(task: str, **changes: Any) -> Experiment:
    """The default experiment on `task`, with the choices that suit it (loss placement, steps), then `changes`."""
    base = Experiment(task=task).with_changes(**changes)  # what suits a text depends on the text
    return suited(base, changes)


def suited(experiment: Experiment, changes: dict[str, Any]) -> Experiment:
    """The experiment with the choices that suit its task, then `changes`, which go before them."""
    suits = dict(task_named(experiment.task).natural(experiment))
    if "structure" in changes:  # it says where the loss sits
        suits.pop("loss_at", None)
    return experiment.with_changes(**{**suits, **changes})


def to_json(experiment: Experiment) -> str:
    """The experiment as JSON, every field by name."""
    return msgspec.json.encode(experiment).decode()


def from_json(text: str | bytes) -> Experiment:
    """The inverse of `to_json`. Raises InputError naming what is wrong."""
    try:
        values = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError("This is not JSON: {error}.", error=quoted(str(error), 200)) from None
    if not isinstance(values, dict):
        raise InputError("An experiment is a JSON object with its options by name.")
    return from_builtins(values)


def _sentence(message: str) -> str:
    """msgspec's message with the field first: «steps: expected `int` >= 1.»"""
    text, _, place = message.partition(" - at `$.")
    field = quoted(place.rstrip("`"))
    if not field:
        return Sentence("The experiment cannot be read: {error}.", error=misfit(text))
    return Sentence("{field}: {error}.", field=field, error=misfit(text))


def describe(experiment: Experiment, own_weights: bool = False) -> str:
    """A run in a few characters: "tanh 0.8·Q", "LSTM b_f = 5"; what distinguishes runs in a plot. `own_weights`: they
    came from a file, so that no initialisation made them."""
    cell = cell_named(experiment.cell)
    text = {"identity": "{g:g}·I", "orthogonal": "{g:g}·Q", "matrix": "W", "spectral": "ρ {g:g}"}
    shape = [] if experiment.structure in ("n-1", "n-n") else [experiment.structure]
    if experiment.widths:
        shape.append("→".join(map(str, experiment.widths)))
    elif experiment.layers > 1:
        shape.append(f"{experiment.layers} layers")
    shape += ["read backwards"] if experiment.read_backwards else []
    shape += ["bidirectional"] if experiment.bidirectional is not None else []
    made = text.get(experiment.w_init, f"{experiment.w_init} {{g:g}}").format(g=experiment.w_gain)
    parts = [" ".join([cell.title, *shape]), "own weights" if own_weights else made]
    read = names_of(cell.options)
    read = read if experiment.biases and not own_weights else tuple(name for name in read if not name.endswith("_bias"))
    if "forget_bias" in read and experiment.frozen_at("f") is None:
        parts.append(f"b_f = {experiment.forget_bias:g}")
    if "update_bias" in read and experiment.frozen_at("u") is None:
        parts.append(f"b_u = {experiment.update_bias:g}")
    for name in ("activation", "gate_activation"):
        if name in read and getattr(experiment, name) != OPTIONS[name].default:
            parts.append(activation_named(getattr(experiment, name)).title)
    parts += [f"{held.gate} ≡ {held.at:g}" for held in experiment.frozen if held.gate in cell.gates]
    return "  ".join(parts)
