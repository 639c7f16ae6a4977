"""Every choice in one frozen object: limits, names, fields at odds, JSON there and back."""

from __future__ import annotations

import json
import re

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cells import CELLS
from core.choices import FrozenGate
from core.errors import InputError
from core.experiment import Experiment, from_builtins, from_json, natural, to_json
from core.options import names_of
from core.tasks import TASKS
from tests.core.strategies import RELAXED, experiments

CELL_NAMES = tuple(cell.name for cell in CELLS)


def is_a_sentence(message: str) -> bool:
    """One line that ends in a full stop, not a traceback and not Python's or msgspec's own dialect; what it quotes may
    be anything."""
    own = re.sub("“.*?”", "“”", message)
    return message == message.strip() and message.endswith(".") and not any(w in own for w in ("\n", "Struct", "$"))


def refused(changes: dict, *words: str) -> None:
    """Refused by every way in, with a sentence that holds these words."""
    given = {**msgspec.to_builtins(Experiment()), **changes}
    for way in (
        lambda: Experiment().with_changes(**changes),
        lambda: from_builtins(given),
        lambda: from_json(json.dumps(given)),
    ):
        with pytest.raises(InputError) as refusal:
            way()
        message = str(refusal.value)
        assert is_a_sentence(message), message
        assert all(word in message for word in words), message


LIMITS = [
    ("steps", 0), ("steps", 1001), ("steps", 2.5), ("steps", "many"), ("steps", None), ("steps", True),
    ("hidden", 0), ("hidden", 257), ("batch", 0), ("batch", 257),
    ("data_seed", -1), ("data_seed", 2**31), ("weight_seed", -1), ("weight_seed", "x"),
    ("loss_at", "first"), ("w_init", "zeros"), ("reset", "during"), ("nonnegative", 1),
    ("w_gain", -0.1), ("w_gain", 100.1), ("u_gain", -0.1), ("u_gain", 100.1),
    ("bias", 100.1), ("bias", -100.1), ("forget_bias", 20.1), ("forget_bias", -20.1),
    ("update_bias", 20.1), ("update_bias", -20.1), ("initial_state", 100.1), ("initial_state", -100.1),
    ("input_scale", 0.0), ("input_scale", 9e-7), ("input_scale", 100.1),
    ("clip_norm", 0.0), ("clip_norm", -1.0), ("clip_norm", 1.1e6), ("clip_value", 0.0), ("clip_value", 1.1e6),
    ("truncate", 0), ("truncate", 1001), ("delay", 0), ("delay", 1001),
    ("text", "a"), ("text", "a" * 10_001), ("text", 7), ("noise", -0.1), ("noise", 10.1),
    ("task", 3), ("cell", 3), ("csv_path", 3), ("w_matrix", "no"), ("w_matrix", [[1, "x"]]), ("frozen", "f"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), LIMITS)
def test_a_value_out_of_range_is_refused_by_its_name(field, value):
    refused({field: value}, field)


@pytest.mark.parametrize("field", ["w_gain", "u_gain", "bias", "input_scale", "noise", "clip_norm", "initial_state"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_a_number_is_refused_by_its_name(field, value):
    with pytest.raises(InputError, match=field) as refusal:
        Experiment().with_changes(**{field: value})
    assert is_a_sentence(str(refusal.value))


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("steps", (1, 1000)), ("hidden", (1, 256)), ("batch", (1, 256)), ("w_gain", (0.0, 100.0)),
        ("input_scale", (1e-6, 100.0)), ("forget_bias", (-20.0, 20.0)), ("truncate", (None, 1, 1000)),
        ("clip_norm", (None, 1e-9, 1e6)), ("text", ("ab", "a" * 10_000)), ("data_seed", (0, 2**31 - 1)),
        ("bias", (3, -3)),
    ],
)  # fmt: skip
def test_the_limits_themselves_are_allowed(field, values):
    for value in values:
        assert getattr(Experiment().with_changes(**{field: value}), field) == value


@pytest.mark.parametrize("name", ["step", "hiden", "lr", "__class__"])
def test_an_unknown_field_is_refused_by_its_name(name):
    refused({name: 1}, name)


def test_names_that_no_list_has_are_refused_with_those_there_are():
    refused({"task": "parity"}, "parity", *(task.name for task in TASKS))
    refused({"cell": "elman"}, "elman", *CELL_NAMES)
    refused({"frozen": [{"gate": "z", "at": 0.5}]}, "frozen", "“z”", "f, i, o, r, u")


def test_frozen_gates_are_checked():
    refused({"frozen": [{"gate": "f", "at": 1.5}]}, "frozen")
    refused({"frozen": [{"gate": "f", "at": -0.1}]}, "frozen")
    refused({"frozen": [{"gate": "f"}]}, "frozen", "at")
    refused({"frozen": [{"gate": "f", "at": 0.5, "why": 1}]}, "frozen", "why")
    refused({"frozen": [{"gate": "f", "at": 0.5}, {"gate": "f", "at": 0.6}]}, "frozen", "twice")


def test_the_two_ways_to_clip_exclude_each_other():
    refused({"clip_norm": 1.0, "clip_value": 1.0}, "clip_norm", "clip_value")


def test_freeze_and_learn_again():
    one = Experiment(cell="lstm").freeze("f", 1.0)
    assert one.frozen == (FrozenGate("f", 1.0),)
    assert one.frozen_at("f") == 1.0
    assert one.frozen_at("i") is None
    two = one.freeze("i", 0)
    assert two == Experiment(cell="lstm").freeze("i", 0).freeze("f", 1.0)
    assert hash(two) == hash(Experiment(cell="lstm").freeze("i", 0).freeze("f", 1.0))
    assert two.freeze("f", 0.5).frozen_at("f") == 0.5
    assert two.freeze("f", None).freeze("i", None) == Experiment(cell="lstm")
    assert one.freeze("o", None) == one
    for gate, at in (("z", 0.5), ("f", 1.5), ("f", -0.5), ("f", float("nan"))):
        with pytest.raises(InputError) as refusal:
            one.freeze(gate, at)
        assert is_a_sentence(str(refusal.value))


def test_a_typed_matrix_is_checked():
    good = ((1.0, 2.0), (3.0, -4.5))
    assert Experiment().with_changes(hidden=2, w_init="matrix", w_matrix=good).w_matrix == good
    assert Experiment().with_changes(w_matrix=good).w_matrix == good  # kept for later: not the one in use
    refused({"w_init": "matrix"}, "w_init", "w_matrix")
    refused({"w_init": "matrix", "w_matrix": good, "hidden": 3}, "w_matrix is 2 × 2", "3 × 3")
    wide, limit = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], [[1e6, -1e6], [0.0, 1.0]]
    refused({"w_init": "matrix", "w_matrix": wide, "hidden": 2}, "w_matrix is 2 × 3", "2 × 2")
    refused({"w_matrix": [[1e6, float(np.nextafter(1e6, 2e6))], [0.0, 1.0]]}, "w_matrix", "1e6")
    assert Experiment().with_changes(hidden=2, w_init="matrix", w_matrix=limit).w_matrix[0] == (1e6, -1e6)
    refused({"w_init": "matrix", "w_matrix": [], "hidden": 3}, "w_matrix", "3 × 3")
    refused({"w_init": "matrix", "w_matrix": [[1.0, 2.0], [3.0]], "hidden": 2}, "w_matrix", "2 × 2")
    refused({"w_init": "matrix", "w_matrix": [[1.0, 2.0], [3.0, 1.1e6]], "hidden": 2}, "w_matrix")
    for value in (float("nan"), float("inf")):
        with pytest.raises(InputError, match="w_matrix"):
            Experiment().with_changes(hidden=1, w_init="matrix", w_matrix=((value,),))


def test_a_frozen_object_cannot_be_changed():
    experiment = Experiment()
    with pytest.raises(AttributeError):
        experiment.steps = 5
    assert experiment.with_changes(steps=5) is not experiment
    assert experiment.steps == Experiment().steps


@settings(RELAXED, max_examples=200)
@given(experiments(CELL_NAMES, steps=(1, 1000)), st.data())
def test_json_there_and_back(experiment, data):
    extra = {
        "text": data.draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=2, max_size=30)),
        "csv_path": data.draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=30)),
        "truncate": data.draw(st.none() | st.integers(1, 1000)),
        "w_gain": data.draw(st.floats(0, 100)),
        "clip_norm": data.draw(st.none() | st.floats(0, 1e6, exclude_min=True)),
    }
    experiment = experiment.with_changes(**extra)
    text = to_json(experiment)
    again = from_json(text)
    assert again == experiment
    assert hash(again) == hash(experiment)
    assert to_json(again) == text
    assert from_json(text.encode()) == experiment
    assert set(json.loads(text)) == set(Experiment.__struct_fields__)
    assert experiment.with_changes() == experiment


def test_a_file_with_some_fields_takes_the_others_by_default():
    assert from_json('{"cell": "gru", "steps": 5}') == Experiment(cell="gru", steps=5)
    assert from_json("{}") == Experiment()


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "3", "null", '"tanh"', b"\xff\xfe", "{'cell': 'gru'}", "[" * 5000])
def test_what_is_no_experiment_gets_a_sentence(text):
    with pytest.raises(InputError) as refusal:
        from_json(text)
    assert is_a_sentence(str(refusal.value)), str(refusal.value)


@pytest.mark.parametrize("name", ["context_at", "structure", "cell", "task", "fault", "hidden", "n" * 9000])
@pytest.mark.parametrize("value", ["a" * 9000, ["a" * 9000], {"a" * 9000: "b" * 9000}])
def test_a_sentence_quotes_little_of_what_it_got(name, value):
    with pytest.raises(InputError) as refusal:
        from_builtins({name: value})
    assert is_a_sentence(str(refusal.value)) and len(str(refusal.value)) < 400


ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.lists(st.integers(), max_size=2)
)


@settings(RELAXED, max_examples=200)
@given(st.dictionaries(st.sampled_from(Experiment.__struct_fields__), ANYTHING, max_size=4))
def test_anything_is_either_an_experiment_or_one_sentence(values):
    message, experiment = "", Experiment()
    try:
        experiment = from_builtins(values)
    except InputError as refusal:
        message = str(refusal)
    assert not message or is_a_sentence(message), message
    assert from_json(to_json(experiment)) == experiment


def test_a_dollar_sign_that_was_typed_is_quoted():
    with pytest.raises(InputError) as refusal:
        from_builtins({"task": "$"})
    assert is_a_sentence(str(refusal.value))
    assert not is_a_sentence("steps: expected `int` - at `$.steps`.")


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_what_suits_a_task_is_an_experiment(task):
    chosen = natural(task.name, cell="gru", hidden=3)
    assert chosen.task == task.name
    assert chosen.cell == "gru"
    assert chosen.hidden == 3
    assert set(names_of(task.options)) <= set(Experiment.__struct_fields__)
    assert natural(task.name, loss_at="every", steps=7).steps == 7


def test_what_suits_a_task_depends_on_the_changes():
    assert natural("next-character", text="hello world").steps == 10
    assert natural("next-character", text="hello world", steps=3).steps == 3
    with pytest.raises(InputError, match="text"):
        natural("next-character", text="a")
    with pytest.raises(InputError, match="parity"):
        natural("parity")
