"""Rows of the experiment panel for how the network is trained, with what optimizers and schedules declare."""

from __future__ import annotations

from functools import partial
from typing import Any

from core.training.optimizers import OPTIMIZERS
from core.training.plan import MOST_SEQUENCES, MOST_UPDATES, OPTIONS, Plan
from core.training.schedules import SCHEDULES
from explorer.panels.experiment.choice import (
    Choice,
    check_row,
    combo_row,
    number_row,
    optional_row,
    segment_row,
    words,
)
from explorer.panels.experiment.option_rows import build
from explorer.panels.experiment.rows import PLAN, NumberRow, SegmentRow
from explorer.panels.experiment.scales import SliderRange, WholeLog
from explorer.session.session import Session
from explorer.style.numbers import count, number
from explorer.widgets.scale import Scale
from explorer.words import translator

_tr = translator("ExperimentPanel")
SECTION = "Training"
RATES = Scale(1e-6, 1e3, "log")
SEQUENCES = WholeLog(1, MOST_SEQUENCES)


class RateRow(NumberRow):
    """η; the optimizer's usual one until another is chosen."""

    def __init__(self, title: str, tip: str) -> None:
        super().__init__(title, tip, "rate", lambda plan: RATES, subject=PLAN)

    def sync(self, session: Session) -> None:
        self.slider.setValue(session.trainer.plan.first_rate)


def _declared(name: str) -> Choice:
    """The row of an option of an optimizer or a schedule."""
    option = OPTIONS[name]

    def applies(plan: Plan) -> bool:
        return name in plan.read()

    return Choice(f"plan.{name}", SECTION, option.title, option.tip, build(option, PLAN), applies, subject=PLAN)


def _validates(plan: Plan) -> str:
    """Why what follows from a validation has no effect."""
    return "" if plan.validation else _tr("Nothing is validated on; choose a share for validation.")


_choice = partial(Choice, section=SECTION, subject=PLAN)
_OF_OPTIMIZERS = tuple(dict.fromkeys(option.name for each in OPTIMIZERS for option in each.options))
_OF_SCHEDULES = tuple(dict.fromkeys(option.name for each in SCHEDULES for option in each.options))

# fmt: off
TRAINING: tuple[Choice, ...] = (
    _choice("plan.optimizer", title="Optimizer", tip="How a gradient moves the parameters.",
            build=combo_row("optimizer", *((each.name, each.title, (each.__doc__ or "").partition("\n")[0])
                                           for each in OPTIMIZERS), subject=PLAN)),
    _choice("plan.rate", title="Learning rate η", tip="How far an update goes.", build=RateRow),
    *map(_declared, _OF_OPTIMIZERS),
    _choice("plan.schedule", title="Rate over time", tip="Whether η falls while the network is trained.",
            build=combo_row("schedule", *((each.name, each.title, each.about) for each in SCHEDULES), subject=PLAN)),
    *map(_declared, _OF_SCHEDULES),
    _choice("plan.length", title="Length", tip="How many updates or epochs one press of T makes at most.",
            build=number_row("length", WholeLog(1, MOST_UPDATES), subject=PLAN)),
    _choice("plan.unit", title="Counted in", tip="An epoch has every training sequence once.",
            build=segment_row(SegmentRow, "unit", ("updates", "updates", "One batch of sequences each."),
                              ("epochs", "epochs", "Of data that are drawn anew for every update there are none."),
                              subject=PLAN)),
    _choice("plan.sequences", title="Mini-batch",
            tip="How many sequences an update learns from; off: as many as the batch on show has.",
            build=optional_row("sequences", lambda plan: SEQUENCES, 32, PLAN)),
    _choice("plan.shuffled", title="Shuffled", tip="In another order each epoch; otherwise in the order of the data.",
            build=check_row("shuffled", PLAN)),
    _choice("plan.validation", title="Validation",
            tip="The share of the data, those for the test aside, that is validated on and never trained on. 0: none.",
            build=number_row("validation", SliderRange(0.0, 0.99, near=0.0, far=0.5), subject=PLAN)),
    _choice("plan.patience", title="Patience", reach=_validates,
            tip="After so many validations without a lower loss the training stops early.",
            build=optional_row("patience", lambda plan: SliderRange(1, MOST_UPDATES, "int", near=1, far=50), 10, PLAN)),
)
# fmt: on


def of_training(session: Session) -> str:
    """Optimizer, rate, length and batch, in a few words."""
    plan = session.trainer.plan
    optimizer = next(each.title for each in OPTIMIZERS if each.name == plan.optimizer)
    said: list[Any] = [optimizer, f"η {number(plan.first_rate)}"]
    unit = _tr("updates") if plan.unit == "updates" else _tr("epochs")
    said.append(f"{count(plan.length)} {unit}")
    if plan.schedule != "constant":
        said.append(words(next(each.title for each in SCHEDULES if each.name == plan.schedule)))
    if plan.sequences is not None:
        said.append(_tr("{n} sequences").format(n=count(plan.sequences)))
    return ", ".join(said)
