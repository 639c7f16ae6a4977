"""Plan: how a network is trained, in one frozen object that a file can hold. What is learned is the experiment's, and
so are clipping and truncation, which a recorded run shows as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import msgspec

from core.errors import InputError, misfit, quoted
from core.options import collected, names_of
from core.tasks.splits import Split
from core.training.optimizers import OPTIMIZERS, Optimizer, optimizer_named
from core.training.schedules import SCHEDULES, Schedule, schedule_named

MOST_UPDATES = 10_000_000
MOST_SEQUENCES = 1_000_000  # an update
Count = Annotated[int, msgspec.Meta(ge=1, le=MOST_UPDATES)]
Unit = Literal["updates", "epochs"]


class CommonPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every plan has, whatever its optimizer and its schedule.

    `rate` None is the optimizer's usual one. `length` counts what `unit` says; an epoch has every training sequence
    once. `sequences` an update; None: the experiment's batch. `shuffled`: in another order each epoch, else as the data
    have them. `validation`: the share of the data before the test part that is validated on, 0 for none; `test`: how
    many sequences at the end of the data are the test part, None for the last fifth. `validate_every`: updates between
    two validations; None: once an epoch, and 50 times where a task draws its sequences. `patience`: after how many
    validations without a lower loss the training ends; None: never. `keep_best`: the result is the parameters of the
    lowest validation loss, else the last ones. `held`: parameters that stay as they are.
    """

    optimizer: str = "adam"
    rate: Annotated[float, msgspec.Meta(gt=0.0, le=1e6)] | None = None
    schedule: str = "constant"
    length: Count = 500
    unit: Unit = "updates"
    sequences: Annotated[int, msgspec.Meta(ge=1, le=MOST_SEQUENCES)] | None = None
    shuffled: bool = True
    validation: Annotated[float, msgspec.Meta(ge=0.0, lt=1.0)] = 0.0
    test: Annotated[int, msgspec.Meta(ge=1)] | None = None
    validate_every: Count | None = None
    patience: Annotated[int, msgspec.Meta(ge=1, le=MOST_UPDATES)] | None = None
    keep_best: bool = True
    held: tuple[str, ...] = ()

    if TYPE_CHECKING:

        def __getattr__(self, option: str) -> Any:
            """The options that optimizers and schedules declare are fields of Plan."""


OPTIONS = collected((each.options for each in (*OPTIMIZERS, *SCHEDULES)), taken=CommonPlan.__struct_fields__)
_Declared = cast(
    type[CommonPlan],
    msgspec.defstruct(
        "_Declared",
        [(name, option.type, option.default) for name, option in OPTIONS.items()],
        bases=(CommonPlan,),
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    ),
)


class Plan(_Declared, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """CommonPlan with the options of all optimizers and schedules, `momentum`, `step_every` …; those that the chosen
    ones do not read have no effect. Made by hand it is not validated: `from_builtins` and `with_changes` do that."""

    def with_changes(self, **changes: Any) -> Plan:
        """The same plan with some fields replaced. Raises InputError naming the field that is wrong."""
        for name in changes:
            if name not in self.__struct_fields__:
                known = ", ".join(self.__struct_fields__)
                raise InputError(
                    "There is no choice “{name}” for a training; the choices are {known}.",
                    name=quoted(name),
                    known=known,
                )
        return from_builtins({**msgspec.structs.asdict(self), **changes})

    @property
    def split(self) -> Split:
        """Which sequences are trained, validated and tested on."""
        return Split(self.validation, self.test)

    @property
    def first_rate(self) -> float:
        """η before the schedule changes it."""
        return optimizer_named(self.optimizer).rate_usual if self.rate is None else self.rate

    def new_optimizer(self) -> Optimizer:
        """One that has not moved anything yet. Raises InputError."""
        return optimizer_named(self.optimizer).of(self)

    def new_schedule(self) -> Schedule:
        """Raises InputError."""
        return schedule_named(self.schedule).of(self)

    def read(self) -> tuple[str, ...]:
        """The names of the options that the chosen optimizer and schedule read."""
        return names_of((*optimizer_named(self.optimizer).options, *schedule_named(self.schedule).options))


def from_builtins(values: dict[str, Any]) -> Plan:
    """A Plan from plain values (as JSON gives them). Raises InputError naming the field that is wrong."""
    try:
        plan = msgspec.convert(msgspec.to_builtins(values), Plan)
    except msgspec.ValidationError as error:
        text, _, place = str(error).partition(" - at `$.")
        field = quoted(place.rstrip("`"))
        if field:
            raise InputError("{field}: {error}.", field=field, error=misfit(text)) from None
        raise InputError("The plan of the training: {error}.", error=misfit(text)) from None
    except (TypeError, OverflowError) as error:
        raise InputError("The plan of the training cannot be read: {error}.", error=quoted(str(error), 200)) from None
    validate(plan)
    return plan


def validate(plan: Plan) -> None:
    """Raises InputError where choices do not go together."""
    optimizer_named(plan.optimizer)
    schedule_named(plan.schedule)
    if plan.patience is not None and not plan.validation:
        raise InputError("patience: nothing is validated on, so nothing can get worse; choose a share of validation.")
    if plan.validate_every is not None and not plan.validation:
        raise InputError("validate_every: there is nothing to validate on; choose a share of validation, or leave it.")


def to_json(plan: Plan) -> str:
    """The plan as JSON, every field by name."""
    return msgspec.json.encode(plan).decode()


def from_json(text: str | bytes) -> Plan:
    """The inverse of `to_json`. Raises InputError naming what is wrong."""
    try:
        values = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError("This is not JSON: {error}.", error=quoted(str(error), 200)) from None
    if not isinstance(values, dict):
        raise InputError("The plan of a training is a JSON object with its choices by name.")
    return from_builtins(values)
