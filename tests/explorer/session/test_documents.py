"""What a session saves and opens comes back; what cannot be opened changes nothing."""

from __future__ import annotations

import json

import pytest

from core.experiment import natural


def test_a_session_comes_back_from_its_file(desk, tmp_path):
    made = desk(task="echo", batch=3, steps=9, cell="lstm", loss_at="every", truncate=4)
    made.session.pin("pinned")
    made.session.change(forget_bias=2.5)
    made.session.set_view(sample=2, share_at=6, gradient="exact", normalise=True)
    assert made.session.modified
    made.session.seek(3.0)
    assert made.session.save(tmp_path / "a.json")
    assert not made.session.modified
    assert made.messages[-1] == "Saved as a.json."
    saved = made.session
    other = desk()
    assert other.session.open(tmp_path / "a.json")
    assert other.session.experiment == saved.experiment
    assert other.session.trace.loss == saved.trace.loss
    assert (other.session.position, other.session.view) == (3.0, saved.view)
    assert [pin.trace.experiment for pin in other.session.pins] == [pin.trace.experiment for pin in saved.pins]
    assert other.session.pins[0].label == "pinned"
    assert other.messages == ["Opened a.json."]
    assert not other.session.modified and other.session.path == tmp_path / "a.json"
    other.session.update()
    assert other.session.runs == 1
    other.session.undo()
    other.session.update()
    assert other.session.experiment.task == "last-step"
    assert other.session.path is None and not other.session.modified


def test_a_change_that_waits_is_saved_too(desk, tmp_path):
    made = desk()
    made.session.change(hidden=5)
    made.session.save(tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text())["experiment"]["hidden"] == 5


def test_a_change_that_waits_does_not_run_after_opening(desk, tmp_path):
    made = desk()
    made.session.save(tmp_path / "a.json")
    made.session.change(hidden=5)
    made.session.open(tmp_path / "a.json")
    made.session.update()
    assert made.session.trace.experiment.hidden == 2


@pytest.mark.parametrize("text", ["", "no JSON", "{}[", '{"format": 9}', '{"steps": 0}', '{"task": "csv"}'])
def test_a_file_that_cannot_be_opened_changes_nothing(desk, tmp_path, text):
    made = desk()
    made.session.pin("kept")
    path = tmp_path / "bad.json"
    path.write_text(text)
    before = made.state()
    assert not made.session.open(path)
    assert made.state() == before
    (sentence,) = made.messages
    assert sentence.endswith(".") and "\n" not in sentence


def test_a_pinned_run_that_cannot_be_made_changes_nothing_either(desk, tmp_path):
    made = desk()
    made.session.save(tmp_path / "a.json")
    values = json.loads((tmp_path / "a.json").read_text())
    values["pinned"] = [{"task": "csv", "csv_path": str(tmp_path / "gone.csv")}]
    (tmp_path / "a.json").write_text(json.dumps(values))
    before = made.state()
    assert not made.session.open(tmp_path / "a.json")
    assert made.state() == before


def test_a_view_beyond_the_run_is_clamped(desk, tmp_path):
    made = desk(steps=4)
    made.session.save(tmp_path / "a.json")
    values = json.loads((tmp_path / "a.json").read_text())
    values |= {"view": {"sample": 77, "share_at": 50}, "position": 1e9}
    (tmp_path / "a.json").write_text(json.dumps(values))
    assert made.session.open(tmp_path / "a.json")
    assert (made.session.view.sample, made.session.view.share_at) == (0, None)
    assert made.session.position == made.session.timeline.last


def test_a_file_with_other_numbers_says_so(desk, tmp_path):
    made = desk()
    made.session.save(tmp_path / "a.json")
    values = json.loads((tmp_path / "a.json").read_text())
    values["loss"] *= 1.001
    (tmp_path / "a.json").write_text(json.dumps(values))
    assert made.session.open(tmp_path / "a.json")
    assert "the loss is" in made.messages[-1]


def test_what_cannot_be_saved_is_said(desk, tmp_path):
    made = desk()
    made.session.change(hidden=3)
    assert not made.session.save(tmp_path / "no such folder" / "a.json")
    assert "cannot be written" in made.messages[-1]
    assert made.session.modified and made.session.path is None


def test_a_new_session(desk, tmp_path):
    made = desk()
    made.session.save(tmp_path / "a.json")
    made.session.new("echo")
    made.session.update()
    assert made.session.path is None
    assert made.session.experiment == natural("echo")
    made.session.undo()
    assert made.session.experiment.hidden == 2
