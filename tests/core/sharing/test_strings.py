"""A string carries an experiment or a step exactly, and a stranger's can do nothing but show itself."""

from __future__ import annotations

import base64
import json
import zlib

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.documents import storage
from core.documents.document import PinnedRun
from core.documents.storage import View
from core.errors import InputError
from core.experiment import Experiment
from core.lessons.reading import lesson_paths, read_lesson
from core.recorder import record
from core.sharing import strings


def string_of(values, wrap=lambda content: content) -> str:
    content = values if isinstance(values, bytes) else json.dumps(values).encode()
    return strings.PREFIX + base64.urlsafe_b64encode(wrap(zlib.compress(content))).decode().rstrip("=")


EXPERIMENTS = (
    Experiment(),
    Experiment(steps=20, cell="lstm", forget_bias=5.0, w_gain=0.5, loss_at="every", structure="n-n"),
    Experiment().with_changes(task="recall", steps=12, noise=0.5, truncate=4, clip_norm=1.0),
    Experiment(hidden=2, steps=3).with_changes(w_init="matrix", w_matrix=((0.0, 1.0), (0.0, 0.0))),
)


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=range(len(EXPERIMENTS)))
def test_an_experiment_is_carried_with_its_view_and_its_pins(experiment):
    view = View(digits=True, notation="goodfellow", share_at=None)
    pins = (PinnedRun(Experiment(cell="gru"), "a GRU", 0, None),)
    text = strings.of_session(storage.to_text(record(experiment), 7.0, view, pins))
    assert len(text) < 600 and strings.is_string(text) and strings.is_string(f"\n {text}")
    found = strings.read(text)
    assert found.lesson is None and found.saved is not None
    assert (found.saved.experiment, found.saved.position, found.saved.view) == (experiment, 7.0, view)
    assert [each.experiment for each in found.saved.pinned] == [Experiment(cell="gru")]
    folded = "\n".join(text[k : k + 40] for k in range(0, len(text), 40))  # a mail program has folded it
    assert strings.read(folded).saved.experiment == experiment


def test_weights_of_its_own_go_along_up_to_some_hundred():
    experiment = Experiment(hidden=2, steps=3)
    own = {name: array + 0.25 for name, array in record(experiment).parameters.items()}
    found = strings.read(strings.of_session(storage.to_text(record(experiment, own))))
    for name, array in own.items():
        np.testing.assert_array_equal(found.saved.given[name], array)
    large = Experiment(hidden=24)
    own = {name: array + 0.25 for name, array in record(large).parameters.items()}
    with pytest.raises(InputError, match=r"at most 400 weights"):
        strings.of_session(storage.to_text(record(large, own)))


@pytest.mark.parametrize("path", lesson_paths()[::6], ids=lambda path: path.stem)
def test_a_step_of_a_lesson_goes_by_its_place_and_of_another_s_with_all_of_it(path):
    lesson, _ = read_lesson(path)
    number = len(lesson.step) - 1
    text = strings.of_step(lesson, number)
    assert len(text) < 120
    assert strings.read(text) == strings.Shared(lesson=lesson, step=number)
    mine = msgspec.structs.replace(lesson, id="mine")
    found = strings.read(strings.of_step(mine, number))
    assert found.lesson.step[found.step] == lesson.step[number]
    assert found.step == 0 or all(step.same for step in found.lesson.step[1:])


@pytest.mark.parametrize(
    "text",
    [
        "", "bptt1.", "bptt1.!!!", "bptt1.AAAA", "bptt2.AAAA", "hello", "bptt1." + "A" * 9000, "x" * 100_000,
        string_of({}), string_of([]), string_of(b"\xff"), string_of({"session": 3}), string_of({"known": {}}),
        string_of({"session": {}, "known": {}}), string_of({"known": {"lesson": "99"}}),
        string_of({"known": {"lesson": "01", "step": -1}}), string_of({"known": {"lesson": "01", "step": 10**9}}),
        string_of({"known": {"lesson": "../01", "step": 0}}), string_of({"own": {"title": {"en": "a"}, "steps": []}}),
        string_of({"session": {"experiment": {"steps": 10**9}}}), string_of({"session": {"experiment": {"cell": "x"}}}),
        string_of({"session": {"experiment": {}, "changes": "/etc/passwd"}}),
        string_of({"session": {"experiment": {"task": "csv", "csv_path": "/etc/passwd"}}}),
        string_of({"own": {"title": {"en": "a"}, "steps": [
            {"kind": "worked", "text": {"en": "{__import__('os')}"}, "set": {}}]}}),
        string_of({"own": {"title": {"en": "a"}, "steps": [
            {"kind": "worked", "text": {"en": "a"}, "set": {"csv_path": "/etc/passwd"}}]}}),
        string_of({"own": {"title": {"en": "a"}, "steps": [{"kind": "worked", "text": {"en": "a"}, "run": "x"}]}}),
        string_of(b"[" * 150_000), string_of(b"0" * 10**7), string_of({"session": {}}, lambda content: content[:-3]),
        string_of({"session": {}}, lambda content: content + b"more"),
    ],
)  # fmt: skip
def test_whatever_is_wrong_with_a_string_is_one_sentence(text):
    with pytest.raises(InputError) as failure:
        strings.read(text)
    said = str(failure.value)
    assert 20 < len(said) < 600 and "\n" not in said and said.endswith(".")


def test_a_bomb_is_never_unpacked(monkeypatch):
    """10 MB of zeros in 10 kB: no more is made than the limit."""
    made = []
    real = zlib.decompressobj

    class Watched:
        def __init__(self):
            self.inner = real()

        def decompress(self, packed, most):
            made.append(content := self.inner.decompress(packed, most))
            return content

        def __getattr__(self, name):
            return getattr(self.inner, name)

    bomb = zlib.compress(b"0" * 2_000_000, 9)
    text = strings.PREFIX + base64.urlsafe_b64encode(bomb).decode().rstrip("=")
    monkeypatch.setattr(strings.zlib, "decompressobj", Watched)
    with pytest.raises(InputError, match="more than 200,000 bytes"):
        strings.read(text)
    assert [len(each) for each in made] == [strings.LARGEST + 1]


@given(st.text(alphabet="ABCabc019-_", max_size=80))
def test_noise_is_refused(noise):
    with pytest.raises(InputError):
        strings.read(strings.PREFIX + noise)


@given(st.integers(6, 200), st.sampled_from("Ab9_-"))
def test_one_wrong_character_is_found(place, letter):
    text = strings.of_session(storage.to_text(record(Experiment(steps=3, hidden=2)), 4.0))
    place = min(place, len(text) - 1)
    wrong = text[:place] + letter + text[place + 1 :]
    if wrong != text:
        try:
            found = strings.read(wrong)
        except InputError:
            return
        assert found == strings.read(text)  # the last character's spare bits mean nothing
