"""The saved experiments: each file is what its recipe makes, and its claim holds of the file's own run."""

from __future__ import annotations

import re

import numpy as np
import pytest

from core.documents import storage
from core.jobs import finished
from core.recorder import record
from explorer.cli import main
from explorer.examples import EXAMPLES
from explorer.examples.example import FOLDER
from explorer.examples.making import text_of

NAMED = {example.name: example for example in EXAMPLES}
SHORT = [example for example in EXAMPLES if example.learned is None]


@pytest.fixture(scope="module")
def runs():
    """Each file's content and its run."""
    saved = {name: storage.load(example.path) for name, example in NAMED.items()}
    return {name: (each, record(each.experiment, each.given)) for name, each in saved.items()}


def test_there_are_twelve_and_more_and_no_file_beside_them():
    assert len(NAMED) == len(EXAMPLES) >= 12
    assert {path.name for path in FOLDER.iterdir()} == {example.path.name for example in EXAMPLES}


@pytest.mark.parametrize("name", NAMED)
def test_its_claim_holds_of_its_run(name, runs, qapp):
    example, (_, trace) = NAMED[name], runs[name]
    found = example.numbers(trace)
    assert example.holds(found), found
    sentence = example.sentence(trace)
    assert sentence.endswith(".") and "{" not in sentence and "NaN" not in sentence
    for wanted in re.findall(r"{(\w+)}", example.claim):
        assert wanted in found


@pytest.mark.parametrize("name", NAMED)
def test_its_file_has_the_experiment_that_makes_it_seen_from_the_end(name, runs):
    example, (saved, trace) = NAMED[name], runs[name]
    assert saved.experiment == example.make()
    assert saved.own_parameters == (example.learned is not None)
    assert [run.experiment for run in saved.pinned] == [run.experiment for run in example.pins()]
    assert saved.position > 0 and saved.loss == pytest.approx(trace.loss, rel=1e-9, abs=1e-12)
    assert storage.differences(saved, trace) == "" or not saved.own_parameters


@pytest.mark.parametrize("example", SHORT, ids=lambda example: example.name)
def test_a_claim_can_fail(example, runs):
    """What is claimed of one run is not true of just any."""
    others = [trace for name, (_, trace) in runs.items() if name != example.name]
    failed = 0
    for trace in others:
        try:
            failed += not example.holds(example.numbers(trace))
        except (KeyError, ValueError, StopIteration, AssertionError, IndexError, RuntimeWarning):
            failed += 1
    assert failed >= 3


@pytest.mark.parametrize("name", ["four-cells", "lstm-open"])
def test_it_is_made_again_as_it_is(name, qapp):
    text, claim = finished(text_of(NAMED[name]))
    assert claim == NAMED[name].sentence(record(NAMED[name].make()))
    again, there = storage.from_text(text), storage.load(NAMED[name].path)
    assert (again.experiment, again.pinned, again.position) == (there.experiment, there.pinned, there.position)


def test_learning_leads_to_the_file_again(runs):
    example = NAMED["hello"]
    parameters = finished(example.training())
    there = runs["hello"][0].given
    for key, array in there.items():
        np.testing.assert_allclose(parameters[key], array, rtol=1e-6, atol=1e-8)


def test_the_command_writes_them(tmp_path, capsys):
    out = tmp_path / "some"
    assert main(["examples", "--out", str(out), "--only", "dead-relus"]) == 0
    assert "exactly 0" in capsys.readouterr().out
    assert storage.load(out / "dead-relus.json").experiment == NAMED["dead-relus"].make()
    assert main(["examples", "--out", str(out), "--only", "nothing"]) == 1
    assert "dead-relus" in capsys.readouterr().err
