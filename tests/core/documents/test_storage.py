"""Saved sessions: round trip, and one sentence for every file that is none."""

from __future__ import annotations

import codecs
import contextlib
import dataclasses
import json
import math
import os

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.cells import CELLS, cell_named
from core.documents import storage
from core.documents.document import Parameters, PinnedRun
from core.documents.opening import open_file
from core.documents.storage import FORMAT, Saved, View, differences, from_text, load, save, to_text, upgraded
from core.errors import InputError
from core.experiment import Experiment, describe, to_json
from core.recorder import record
from core.training.plan import Plan
from tests.core import cases
from tests.core.strategies import RELAXED, experiments


@pytest.fixture(scope="module")
def trace():
    return record(Experiment(cell="lstm", steps=5, hidden=3, batch=2))


def document(trace, **changes) -> str:
    """A good file with some of it changed."""
    return json.dumps({**json.loads(to_text(trace)), **changes})


def refusal(raw: str | bytes) -> str:
    """The sentence with which a text is refused."""
    with pytest.raises(InputError) as caught:
        from_text(raw)
    sentence = str(caught.value)
    assert sentence.endswith(".") and "\n" not in sentence and "Traceback" not in sentence
    return sentence


@RELAXED
@given(experiments(tuple(cell.name for cell in CELLS)), st.floats(0, 20))
def test_a_session_comes_back_as_it_was(experiment, position):
    assume(not cases.refusal(cell_named(experiment.cell), experiment.task))
    trace = record(experiment)
    own = Parameters(experiment, {name: array + 0.1 for name, array in trace.parameters.items()})
    gru = PinnedRun(Experiment(cell="gru"), "a GRU", 3, None, Plan(rate=0.05, held=("L1.b",)))
    pinned = (gru, PinnedRun(experiment, "höllö", 0, own))
    view = View(sample=experiment.batch - 1, gradient="exact", share_at=2, normalise=True)
    saved = from_text(to_text(trace, position, view, pinned))
    assert saved.experiment == experiment
    assert (saved.position, saved.view, saved.pinned) == (position, view, pinned)
    assert saved.loss == trace.loss
    for name, array in trace.parameters.items():
        assert np.array_equal(np.asarray(saved.parameters[name]), array), "to the last bit"
    assert differences(saved, record(saved.experiment)) == ""


def test_of_a_run_alone_the_playhead_is_at_the_start_and_the_view_the_usual_one(trace):
    saved = from_text(to_text(trace))
    assert (saved.position, saved.view, saved.pinned) == (0.0, View(), ())


def test_the_file_begins_with_its_format(trace, tmp_path):
    path = tmp_path / "a session.json"
    save(path, to_text(trace))
    assert path.read_text(encoding="utf-8").lstrip("{\n ").startswith('"format": 2')
    assert load(path).experiment == trace.experiment
    assert os.listdir(tmp_path) == ["a session.json"]


def test_a_byte_order_mark_is_no_part_of_a_session(trace, tmp_path):
    path = tmp_path / "edited elsewhere.json"
    for text in (to_text(trace), to_json(trace.experiment)):
        path.write_bytes(codecs.BOM_UTF8 + text.encode())
        assert load(path).experiment == trace.experiment
        assert open_file(path, Experiment()).experiment == trace.experiment


def test_a_loss_that_is_no_number_is_left_out():
    broken = record(Experiment(cell="identity", steps=400, w_init="identity", w_gain=100.0))
    assert not math.isfinite(broken.loss)
    saved = from_text(to_text(broken))
    assert saved.loss is None
    assert differences(saved, broken) == ""


def test_a_file_of_format_1_is_read_and_its_pinned_runs_are_described(trace):
    """As format 1 wrote it: a pinned run was its experiment."""
    runs = [Experiment(cell="gru"), Experiment(cell="lstm", forget_bias=5.0)]
    old = document(trace, format=1, pinned=[msgspec.to_builtins(each) for each in runs])
    saved = from_text(old)
    assert saved.experiment == trace.experiment and saved.loss == trace.loss
    assert saved.pinned == tuple(PinnedRun(each, describe(each), k) for k, each in enumerate(runs))
    values = json.loads(old)
    assert upgraded(values) == upgraded(upgraded(values))
    assert values["format"] == 1 and "steps" in values["pinned"][0], "what it was given has not changed"


def test_large_parameters_of_ones_own_come_back_to_the_bit_and_the_seeds_are_left_out():
    experiment = Experiment(cell="lstm", hidden=40, steps=2)
    trace = record(experiment)
    own = Parameters(experiment, {name: array / 3 for name, array in trace.parameters.items()})
    text = to_text(record(experiment, own), 0.0, None, (PinnedRun(experiment, "pinned", 0, own),))
    assert '"float64"' in text and len(text) < 40 * own["L1.W"].size
    saved = from_text(text)
    assert saved.given is not None and all(np.array_equal(saved.given[name], own[name]) for name in own)
    assert saved.pinned[0].parameters == own
    seeds = record(Experiment(cell="lstm", hidden=200, steps=1))
    saved = from_text(to_text(seeds))
    assert dict(saved.parameters) == {} and saved.given is None and saved.loss == seeds.loss


def test_a_session_that_could_not_be_opened_again_is_not_written(trace, monkeypatch):
    text = to_text(trace)
    monkeypatch.setattr(storage, "LARGEST", len(text.encode()) - 1)
    with pytest.raises(InputError, match="more than the 0 MB that can be opened again"):
        to_text(trace)


def test_an_experiment_alone_is_read_too():
    experiment = Experiment(cell="gru", text="höllö", frozen=()).freeze("u", 0.25)
    saved = from_text(to_json(experiment))
    assert saved == Saved(experiment, 0.0, View(), (), None, {})


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "not JSON"),
        (b"\x00\xff\xfe", "not JSON"),
        (b"\x89PNG\r\n\x1a\n", "not JSON"),
        ("time,x\n1,2\n", "not JSON"),
        ('{"format": 1,', "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"experiment":' * 50_000, "not JSON"),
        ("[1, 2]", "JSON object"),
        ("null", "JSON object"),
        ('"tanh"', "JSON object"),
        ('{"name": "package", "version": "1.0"}', "name"),
        ('{"steps": 0}', "steps"),
        ('{"cell": "transformer"}', "cell"),
    ],
)
def test_what_is_no_session_is_said_in_a_sentence(raw, says):
    assert says in refusal(raw)


@pytest.mark.parametrize("version", [FORMAT + 1, 99, 0, -1, 1.5, "1", None, [], True, 10**30])
def test_a_format_that_is_not_known(trace, version):
    sentence = refusal(document(trace, format=version))
    if isinstance(version, int) and not isinstance(version, bool) and 0 < version < 100:
        assert f"format {version}" in sentence and "newer version" in sentence


@pytest.mark.parametrize(
    "changes",
    [
        {"experiment": None},
        {"experiment": []},
        {"experiment": {"steps": "many"}},
        {"experiment": {"colour": "blue"}},
        {"experiment": {"task": "csv?"}},
        {"position": "end"},
        {"position": None},
        {"view": {"sample": 1.5}},
        {"view": {"sample": -1}},
        {"view": {"share_at": 0}},
        {"view": {"share_at": -3}},
        {"view": {"gradient": "felt"}},
        {"view": {"zoom": 3}},
        {"view": 3},
        {"pinned": {}},
        {"pinned": [3]},
        {"pinned": [{"steps": 0}]},
        {"pinned": [{"experiment": {"steps": 0}}]},
        {"pinned": [{"experiment": {}, "number": -1}]},
        {"pinned": [{"experiment": {}, "label": 3}]},
        {"pinned": [{"experiment": {}, "parameters": {"L1.W": ["a"]}}]},
        {"pinned": [{"experiment": {}, "parameters": {"L1.W": [[1], [2, 3]]}}]},
        {"format": 1, "pinned": [{"steps": 0}]},
        {"format": 1, "pinned": 3},
        {"loss": "small"},
        {"parameters": {"L1.W": 3}},
        {"parameters": {"L1.W": ["a", "b"]}},
        {"parameters": {"L1.W": [[1, 2], [3]]}},
        {"parameters": {"L1.W": [[None]]}},
        {"parameters": []},
        {"parameters": {"L1.W": {"shape": [2, 2], "float64": "AAAA"}}},
        {"parameters": {"L1.W": {"shape": [2, 2], "float64": "no base64"}}},
        {"parameters": {"L1.W": {"shape": [-1], "float64": ""}}},
        {"parameters": {"L1.W": {"shape": [], "float64": "AAAAAAAA8D8="}}},
        {"parameters": {"L1.W": {"shape": [10000000000000], "float64": ""}}},
    ],
)
def test_a_damaged_file_is_refused(trace, changes):
    refusal(document(trace, **changes))


def test_a_damaged_file_names_what_is_damaged(trace):
    assert "view.sample" in refusal(document(trace, view={"sample": -1}))
    assert "steps" in refusal(document(trace, experiment={"steps": 0}))


def test_a_file_without_its_experiment_is_damaged(trace):
    values = json.loads(to_text(trace))
    del values["experiment"]
    assert "experiment" in refusal(json.dumps(values))


@RELAXED
@given(st.data())
def test_a_file_cut_off_anywhere_is_refused_or_good(trace, data):
    text = to_text(trace)
    cut = data.draw(st.integers(0, len(text) - 3))
    refusal(text[:cut])


@RELAXED
@given(st.binary(max_size=200) | st.text(max_size=200))
def test_anything_is_read_or_refused(raw):
    with contextlib.suppress(InputError):
        from_text(raw)


# --- files --------------------------------------------------------------------------------------------------------
def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(InputError, match=r"There is no file “.*missing\.json”"):
        load(tmp_path / "missing.json")
    with pytest.raises(InputError, match=r"is a folder; choose a session file in it"):
        load(tmp_path)
    empty = tmp_path / "empty.json"
    empty.touch()
    with pytest.raises(InputError, match=r"^empty\.json: This is not a saved experiment"):
        load(empty)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(storage.LARGEST + 1)  # sparse: no byte is written
    with pytest.raises(InputError, match=r"^“huge\.json” has 64 MB, more than the 64 MB"):
        load(huge)


def test_what_cannot_be_written_is_said_and_leaves_nothing_behind(trace, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "kept").touch()
    for target in (folder, tmp_path / "no such folder" / "a.json", tmp_path / ("x" * 300), folder / "kept" / "a.json"):
        with pytest.raises(InputError, match=r"cannot be written: .*\. Choose another place\.$"):
            save(target, to_text(trace))
    assert sorted(os.listdir(tmp_path)) == ["folder"]
    assert os.listdir(folder) == ["kept"]


def test_a_write_that_fails_half_way_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "session.json"
    path.write_text("precious")

    def full_disk(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(InputError, match="No space left on device"):
        save(path, "a new session")
    assert path.read_text() == "precious"
    assert os.listdir(tmp_path) == ["session.json"]


def test_a_name_that_cannot_be_text_is_refused_by_a_sentence():
    """A lone surrogate stands for a byte that is no character, as a file's name may have it."""
    broken = msgspec.structs.replace(Experiment(), csv_path="\udcff.csv")
    with pytest.raises(InputError, match="broken character"):
        to_text(record(broken))


# --- other numbers on another machine ---------------------------------------------------------------------------
def test_other_numbers_are_said(trace):
    saved = from_text(to_text(trace))
    assert differences(saved, trace) == ""
    other = msgspec.structs.replace(saved, loss=saved.loss * (1 + 1e-9))
    assert "the loss is" in differences(other, trace)
    close = msgspec.structs.replace(saved, loss=saved.loss * (1 + 1e-14))
    assert differences(close, trace) == ""
    learned = dataclasses.replace(trace, loss=4.9e-7)  # another machine's log Σ exp of sure outputs
    assert differences(msgspec.structs.replace(saved, loss=4.9e-7 + 4e-15), learned) == ""
    assert "the loss is" in differences(msgspec.structs.replace(saved, loss=5.0e-7), learned)
    weights = {**saved.parameters, "L1.W": (trace.parameters["L1.W"] + 1e-16).tolist()}
    assert "L1.W starts from other numbers" in differences(msgspec.structs.replace(saved, parameters=weights), trace)


def test_parameters_of_another_shape_differ(trace):
    saved = from_text(to_text(trace))
    shapeless = msgspec.structs.replace(saved, parameters={"L1.W": [[1.0, 2.0]]})
    assert "L1.W" in differences(shapeless, trace)
    assert differences(msgspec.structs.replace(saved, parameters={}), trace) == ""
