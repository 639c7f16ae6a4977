"""A plan: its limits are said in one sentence, and a file gives it back."""

from __future__ import annotations

import math

import pytest

from core.errors import InputError
from core.tasks.splits import Split
from core.training.optimizers import OPTIMIZERS, Adam, RMSProp
from core.training.plan import OPTIONS, Plan, from_builtins, from_json, to_json
from core.training.schedules import SCHEDULES, Step


def test_a_file_gives_it_back():
    plan = Plan().with_changes(optimizer="rmsprop", rate=0.01, validation=0.1, patience=3, held=("L1.W",), decay=0.9)
    assert from_json(to_json(plan)) == plan
    assert hash(from_json(to_json(plan))) == hash(plan)
    assert plan.split == Split(0.1, None)


def test_what_it_leaves_out_is_usual():
    assert from_json("{}") == Plan()
    assert Plan().first_rate == Adam.rate_usual
    for kind in OPTIMIZERS:
        assert Plan(optimizer=kind.name).first_rate == kind.rate_usual


def test_its_options_are_those_that_optimizers_and_schedules_declare():
    declared = {option.name for each in (*OPTIMIZERS, *SCHEDULES) for option in each.options}
    assert declared == set(OPTIONS) <= set(Plan.__struct_fields__)
    plan = Plan(optimizer="rmsprop", schedule="step", decay=0.7, step_every=4)
    optimizer, schedule = plan.new_optimizer(), plan.new_schedule()
    assert isinstance(optimizer, RMSProp) and optimizer.decay == 0.7
    assert isinstance(schedule, Step) and schedule.step_every == 4
    assert plan.read() == ("decay", "momentum", "epsilon", "step_every", "step_factor")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"optimizer": "newton"}, "optimizer: there is no “newton”; choose one of sgd, rmsprop, adam."),
        ({"schedule": "linear"}, "schedule: there is no “linear”; choose one of constant, step, cosine."),
        ({"rate": 0.0}, "rate: expected `float` > 0.0."),
        ({"rate": math.nan}, "rate: expected `float` > 0.0."),
        ({"length": 0}, "length: expected `int` >= 1."),
        ({"unit": "hours"}, "unit: invalid enum value “hours”."),
        ({"momentum": 1.0}, "momentum: expected `float` < 1.0."),
        ({"momentum": math.nan}, "momentum: expected `float` >= 0.0."),
        ({"validation": 1.0}, "validation: expected `float` < 1.0."),
        ({"patience": 3}, "patience: nothing is validated on, so nothing can get worse; choose a share of validation."),
        ({"validate_every": 3}, "validate_every: there is nothing to validate on; choose a share of validation"),
        ({"speed": 3}, "There is no choice “speed” for a training; the choices are optimizer, rate, schedule, "),
    ],
    ids=str,
)
def test_what_cannot_be_used_is_one_sentence(changes, sentence):
    with pytest.raises(InputError) as refused:
        Plan().with_changes(**changes)
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize("text", ["[]", "{", '{"rate": "fast"}', '{"speed": 3}', b"\xff"])
def test_a_damaged_file_is_one_sentence(text):
    with pytest.raises(InputError):
        from_json(text)
    with pytest.raises(InputError):
        from_builtins({"rate": object()})
