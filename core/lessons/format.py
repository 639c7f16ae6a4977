"""What a lesson's file says, as it stands there: core.lessons.reading makes it, core.lessons.setting runs it.

A text is given in English and, where there is one, in Chinese: { en = "…", zh = "…" }. Numbers in it are filled in from
the run: "{norm('L1.ds', 1)|power}". Indices count from 1.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9.-]{1,12}$")]
Letter = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]$")]
Beat = Annotated[
    str,
    msgspec.Meta(pattern=r"^(fwd|loss|back|acc|upd|op|rest|(to|at) [1-9][0-9]{0,3}|at (fwd|loss|back|acc))$"),
]
Focus = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(node [\w.]+ [1-9][0-9]{0,3}|edge [\w.]+ [1-9][0-9]{0,3}>[1-9][0-9]{0,3}|tile [\w.]+|panel [a-z]+)$"
    ),
]
Expression = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
Seeds = Annotated[int, msgspec.Meta(ge=1, le=1000)]
Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all: a field that is not known is a mistake."""


class Text(Strict, frozen=True, kw_only=True):
    en: Annotated[str, msgspec.Meta(min_length=1, max_length=600)]
    zh: Annotated[str, msgspec.Meta(max_length=600)] = ""


class Note(Strict, frozen=True, kw_only=True):
    """What a lecturer wants to remember, in no picture."""

    en: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    zh: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class Changes(Strict, frozen=True, kw_only=True):
    """What another run is made with. `base` starts anew from a preset; `set` are fields of an experiment ("off" for
    none), `edits` numbers typed over by their place ("L1.W[1, 1]"), `freeze` gates held at a value (−1: learned again).
    `hand`: cut down to one unit and three steps in numbers of one decimal. `train` are choices of a training.
    """

    base: str | None = None
    set: dict[str, Any] = {}
    edits: dict[str, Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]] = {}
    freeze: dict[str, Annotated[float, msgspec.Meta(ge=-1.0, le=1.0)]] = {}
    hand: bool | None = None
    train: dict[str, Any] | None = None


class Pin(Changes, frozen=True, kw_only=True):
    """A pinned run, as changes of the shown one. `weights`: it has the shown run's own parameters."""

    weights: bool = False


class Claim(Changes, frozen=True, kw_only=True):
    """`holds` is true of the step's run, changed as it says, for seeds 0 … `seeds` − 1; `pins`, where given, replace
    the step's. `share`: of a claim that does not always hold, between which two shares of the seeds it does.
    `fixed`: the seeds stay as they are.
    """

    holds: Expression
    seeds: Seeds = 100
    share: tuple[Share, Share] | None = None
    fixed: bool = False
    pins: dict[Letter, Pin] | None = None


class Option(Strict, frozen=True, kw_only=True):
    """One answer that can be chosen, or one place that can be clicked. `say`: the sentence that answers it; a wrong one
    must have it. `true`: an expression that is true exactly where the option is right."""

    text: Text | None = None
    place: Focus | None = None
    right: bool = False
    true: Expression | None = None
    say: Text | None = None


class Wrong(Strict, frozen=True, kw_only=True):
    """A typical wrong number, and the sentence that answers it."""

    near: Expression
    say: Text


class Curve(Strict, frozen=True, kw_only=True):
    """What is drawn: `truth` of the question over `variable`, from … to, at `points` places (0: every whole number)."""

    variable: Annotated[str, msgspec.Meta(pattern=r"^[a-z]$")]
    first: Expression
    last: Expression
    points: Annotated[int, msgspec.Meta(ge=0, le=400)] = 0
    decades: bool = False


class Matrix(Strict, frozen=True, kw_only=True):
    """What is painted on: so many `rows` and `columns`, named by `down` and `across`. A painting is right where more of
    the `truth` lies under it, by at least the share `above`, than under as many cells at random."""

    rows: Expression
    columns: Expression
    down: Text
    across: Text
    above: Annotated[float, msgspec.Meta(gt=0.0, lt=1.0)]


class Ask(Strict, frozen=True, kw_only=True):
    """A question. `tolerance` of a number or a curve, in its unit, or `relative` to the truth. `several`: more than one
    option is right. `confidence`: it is asked whether one is sure. `say`: the sentence at the reveal.
    """

    id: Id
    kind: Literal["choice", "number", "draw", "click", "paint"]
    text: Text
    options: tuple[Option, ...] = ()
    several: bool = False
    truth: Expression | None = None
    unit: str = ""
    tolerance: Annotated[float, msgspec.Meta(gt=0.0)] | None = None
    relative: bool = False
    wrong: tuple[Wrong, ...] = ()
    curve: Curve | None = None
    matrix: Matrix | None = None
    confidence: bool = True
    say: Text | None = None


class Act(Strict, frozen=True, kw_only=True):
    """What a person does: the step goes on once `until` is true of the shown run."""

    until: Expression
    text: Text


class Look(Strict, frozen=True, kw_only=True):
    """How a step's run is looked at, where not as usual. `difference`: the nodes show it minus its last pin;
    `side_by_side`: the pins' whole chains below it; `share_at`: the gradient of that step's loss alone; `digits`:
    numbers in the nodes; `folded`: the network drawn once, with its loop. `notation`: by name, whose symbols are shown;
    the next step that names none has again what was chosen before.
    """

    difference: bool = False
    side_by_side: bool = False
    share_at: Annotated[int, msgspec.Meta(ge=1)] | None = None
    digits: bool | None = None
    folded: bool = False
    notation: str | None = None


class Step(Changes, frozen=True, kw_only=True):
    """One sentence, one key, one short motion, rest. `same`: its changes go on from the step before.

    `lecture`: it is shown in a lecture. `view` and `beats`: where it plays, and what; none keeps the view, and stands
    where what it speaks of is there; "at fwd" stands still after that pass. `look`: how the run is looked at.
    `tables`: counts of n-grams over the symbols that the run reads, for n = 1 … so many, are drawn in the card.
    `focus`: the one place that is highlighted. `note`: what only the lecturer's own window shows.
    """

    kind: Literal["worked", "faded", "own", "compare"]
    text: Text
    lecture: bool = False
    same: bool = False
    view: Literal["chain", "cell", "arithmetic"] | None = None
    beats: tuple[Beat, ...] = ()
    look: Look = Look()
    tables: Annotated[int, msgspec.Meta(ge=1, le=6)] | None = None
    focus: Focus | None = None
    key: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    note: Note | None = None
    pins: dict[Letter, Pin] = {}
    claim: tuple[Claim, ...] = ()
    ask: Ask | None = None
    act: Act | None = None


class Lesson(Strict, frozen=True, kw_only=True):
    """`needs`: lessons before it. `answers`: beliefs that it answers. `recall`: questions asked again at its beginning.
    `minutes` in a lecture, `hour` which of the three."""

    id: Id
    needs: tuple[Id, ...] = ()
    title: Text
    goal: Text
    answers: tuple[Text, ...]
    recall: tuple[Id, ...] = ()
    hour: Annotated[int, msgspec.Meta(ge=1, le=3)] | None = None
    minutes: Annotated[int, msgspec.Meta(ge=1, le=60)] | None = None
    step: Annotated[tuple[Step, ...], msgspec.Meta(min_length=1, max_length=40)]
