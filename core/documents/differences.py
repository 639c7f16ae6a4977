"""What a pinned run has otherwise than the one on show, in words: "LSTM instead of tanh, η 0.05 instead of 0.1"."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core.cells import cell_for, cell_named
from core.choices import units_text
from core.documents.document import Content, PinnedRun
from core.experiment import OPTIONS, Experiment
from core.faults import fault_named
from core.network.structures import OPTIONS_OF_PARTS
from core.options import Option, names_of
from core.sentence import Sentence, listed, plural
from core.tasks import task_named
from core.training.optimizers import optimizer_named
from core.training.plan import OPTIONS as OPTIONS_OF_PLANS
from core.training.schedules import schedule_named

MOST = 3  # that are said one by one


@dataclass(frozen=True)
class Aspect:
    """One thing that may be otherwise. `value` says in a few words what it is, "" for nothing; `name` goes before."""

    value: Callable[[Any], str]
    name: str = ""

    def said(self, other: Any, shown: Any) -> str:
        """ "η 0.05 instead of 0.1"; "" where both are the same."""
        its, this = self.value(other), self.value(shown)
        if its == this:
            return ""
        name = Sentence(self.name)
        if not its:
            return Sentence("without {name} {this}" if name else "without {this}", name=name, this=this)
        if not this:
            return _alone(name, its)
        return Sentence(
            "{name} {its} instead of {this}" if name else "{its} instead of {this}", name=name, its=its, this=this
        )


def _alone(name: str, its: str) -> str:
    return Sentence("{name} {its}", name=name, its=its) if name else its


def _number(field: str, name: str) -> Aspect:
    return Aspect(lambda chosen: _written(getattr(chosen, field)), name)


def _limit(field: str, name: str) -> Aspect:
    return Aspect(lambda chosen: "" if getattr(chosen, field) is None else f"{getattr(chosen, field):g}", name)


def _switch(field: str, words: str) -> Aspect:
    return Aspect(lambda chosen: Sentence(words) if getattr(chosen, field) else "")


def _initialisation(experiment: Experiment) -> str:
    if experiment.w_init == "matrix":
        return Sentence("a typed W")
    forms = {"identity": "W = {g:g}·I", "orthogonal": "W = {g:g}·Q", "spectral": "ρ(W) = {g:g}"}
    if "W" not in cell_for(experiment).shapes(1, 1):
        return ""
    return forms.get(experiment.w_init, f"W {experiment.w_init} {{g:g}}").format(g=experiment.w_gain)


def _layers(experiment: Experiment) -> str:
    return plural(experiment.layers, "one layer", "{count} layers")


def _gates(experiment: Experiment) -> str:
    gates = cell_named(experiment.cell).gates
    return ", ".join(f"{held.gate} ≡ {held.at:g}" for held in experiment.frozen if held.gate in gates)


def _typed(experiment: Experiment) -> str:
    count = len(experiment.edits)
    return plural(count, "one typed number", "{count} typed numbers") if count else ""


def _fault(experiment: Experiment) -> str:
    fault = fault_named(experiment.fault)
    return "" if fault is None else Sentence("“{title}”", title=Sentence(fault.title))


LOSS_AT = Aspect(
    lambda experiment: Sentence("the last step" if experiment.loss_at == "last" else "every step"), "loss at"
)
# In the order in which they are said: what tells two runs apart first.
OF_EXPERIMENTS: tuple[Aspect, ...] = (
    Aspect(lambda experiment: Sentence(task_named(experiment.task).title), "the task"),
    Aspect(lambda experiment: Sentence(cell_named(experiment.cell).title)),
    Aspect(units_text),
    Aspect(_layers),
    Aspect(lambda experiment: experiment.structure, "the structure"),
    Aspect(lambda experiment: f"({experiment.bidirectional})" if experiment.bidirectional else "", "both directions"),
    Aspect(_initialisation),
    Aspect(_gates),
    _number("steps", "T ="),
    _number("batch", "batch"),
    _number("data_seed", "data seed"),
    _number("weight_seed", "weight seed"),
    _number("u_gain", "U ×"),
    _number("bias", "bias"),
    _number("initial_state", "initial state"),
    _number("input_scale", "inputs ×"),
    _switch("nonnegative", "non-negative inputs"),
    _switch("read_backwards", "reading backwards"),
    LOSS_AT,
    _limit("truncate", "truncation after"),
    _limit("clip_norm", "clipping to norm"),
    _limit("clip_value", "clipping entries to"),
    Aspect(_fault, "the error"),
    Aspect(_typed),
)
OF_PLANS: tuple[Aspect, ...] = (
    Aspect(lambda plan: optimizer_named(plan.optimizer).title),
    Aspect(lambda plan: f"{plan.first_rate:g}", "η"),
    Aspect(lambda plan: Sentence(schedule_named(plan.schedule).title), "the rate over time"),
    Aspect(lambda plan: ", ".join(plan.held), "holding"),
)


def differences(run: PinnedRun, shown: Content) -> tuple[str, ...]:
    """Everything that a pinned run has otherwise than the one on show, each in a few words; what neither of them reads
    is left out. A run that is pinned without a plan is trained as the one on show."""
    other, experiment = run.experiment, shown.experiment
    same_structure = other.structure == experiment.structure
    said = [each.said(other, experiment) for each in OF_EXPERIMENTS if same_structure or each is not LOSS_AT]
    said += _options(_read(other), _read(experiment), OPTIONS, other, experiment)
    plan = shown.plan if run.plan is None else run.plan
    said += [each.said(plan, shown.plan) for each in OF_PLANS]
    said += _options(plan.read(), shown.plan.read(), OPTIONS_OF_PLANS, plan, shown.plan)
    found = tuple(text for text in said if text)
    if not found and run.parameters != shown.parameters:
        return (Sentence("the same experiment with other weights"),)
    return found


def in_words(found: tuple[str, ...], most: int = MOST) -> str:
    """Differences as one phrase: the first ones by name, and how many more there are."""
    if not found:
        return Sentence("the same experiment")
    more = len(found) - most
    if more <= 1:  # that one is said as fast as counted
        return listed(found)
    return Sentence("{first} and {count} more differences", first=listed(found[:most]), count=more)


def short(found: tuple[str, ...]) -> str:
    """What the pinned run has, without what it stands for: "LSTM, η 0.05"; "" where there is no difference."""
    return listed(map(_its_own, found))


def _its_own(difference: str) -> str:
    parts = difference.parts if isinstance(difference, Sentence) else {}
    return _alone(parts["name"], parts["its"]) if "its" in parts and "this" in parts else difference


def own_name(shown: Content, pinned: Sequence[PinnedRun]) -> str:
    """What the run on show has otherwise than all of these, in short: "tanh"; "" where it is not one thing."""
    own = PinnedRun(shown.experiment, "", 0, shown.parameters, shown.plan)
    others = (Content(run.experiment, run.parameters, plan=run.plan or shown.plan) for run in pinned)
    found = {short(differences(own, other)) for other in others}
    return found.pop() if len(found) == 1 else ""


def sentence(run: PinnedRun, shown: Content) -> str:
    """ "LSTM b_f = 1: LSTM instead of tanh, η 0.05 instead of 0.1." """
    found = in_words(differences(run, shown))
    return Sentence("{run}: {differences}.", run=" ".join(run.label.split()), differences=found)


def _read(experiment: Experiment) -> tuple[str, ...]:
    """The options that an experiment's parts, cell and task read."""
    options = (*OPTIONS_OF_PARTS, *cell_named(experiment.cell).options, *task_named(experiment.task).options)
    return tuple(name for name in names_of(options) if name != "widths" and OPTIONS[name].applies(experiment))


def _options(its: tuple[str, ...], this: tuple[str, ...], known: dict[str, Option], other: Any, shown: Any) -> Iterator:
    """Those that both read: what only one of them has goes with its cell, its task or its optimizer."""
    for name in its:
        option = known[name]
        a, b = getattr(other, name), getattr(shown, name)
        if name in this and a != b and name.endswith("_path"):
            yield Sentence("another file")
        elif name in this and a != b and option.title:
            values = {"its": _label(option, a), "this": _label(option, b)}
            yield Sentence("{name} {its} instead of {this}", name=Sentence(title_within(option)), **values)


def title_within(option: Option) -> str:
    """The title of an option within a sentence, without symbols: "spectral radius of"."""
    title = option.title.partition(" {")[0].rstrip("…")
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


def labels_within(option: Option) -> dict[str, str]:
    """What its values are called within a sentence, without the braces around symbols."""
    return {key: label.replace("{", "").replace("}", "") for key, label, _ in option.words}


def _label(option: Option, value: Any) -> str:
    label = labels_within(option).get(value) if isinstance(value, str) else None
    return _written(value) if label is None else Sentence(label)


def _written(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return Sentence("on" if value else "off")
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or Sentence("none")
    return f"“{value}”" if isinstance(value, str) else str(value)
