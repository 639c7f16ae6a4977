"""What a training reads: reproducible, new at every update or once an epoch, and never what is held out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.experiment import Experiment, natural
from core.tasks import TASKS, make, parts
from core.tasks.base import parted
from core.tasks.dataset import batch, held_out
from tests.core.task_files import fields

every_task = pytest.mark.parametrize("name", [task.name for task in TASKS])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    return fields(tmp_path_factory.mktemp("files"))


def experiment(name: str, files: dict[str, dict[str, str]], **changes: object) -> Experiment:
    return natural(name, **{"steps": 6, "batch": 2, "text": "a text of its own", **files.get(name, {}), **changes})


def sequences(data) -> list[bytes]:
    """Each sample's x and y."""
    return [data.x[:, b].tobytes() + data.y[:, b].tobytes() for b in range(data.x.shape[1])]


@every_task
def test_a_batch_is_known_by_its_update(name: str, files):
    chosen = experiment(name, files)
    for update in (0, 7):
        assert sequences(batch(chosen, update, 5)) == sequences(batch(chosen, update, 5))
        other = chosen.with_changes(weight_seed=9, cell="lstm")
        assert sequences(batch(other, update, 5)) == sequences(batch(chosen, update, 5))
    assert sequences(batch(chosen, 0, 50)) != sequences(batch(chosen, 1, 50))
    assert sequences(batch(chosen.with_changes(data_seed=2), 0, 50)) != sequences(batch(chosen, 0, 50))


@every_task
@pytest.mark.parametrize("structure", ["n-1", "n-n", "1-1", "1-n-every", "encoder-decoder"])
def test_batches_have_the_structure_of_the_recorded_run(name: str, structure: str, files):
    chosen = experiment(name, files, structure=structure, output_steps=3, input_scale=0.5)
    shown, trained, tested = make(chosen), batch(chosen, 3, 300), held_out(chosen, 400)
    for data, size in ((trained, 300), (tested, tested.x.shape[1])):
        assert data.x.shape == (shown.x.shape[0], size, shown.x.shape[2])
        assert data.y.shape == (shown.y.shape[0], size, shown.y.shape[2])
        assert (data.loss, data.input_names, data.output_names) == (shown.loss, shown.input_names, shown.output_names)
        assert not data.x.flags.writeable
    assert tested.x.shape[1] <= 400
    assert (parts(chosen) is None) == (tested.x.shape[1] == 400)


@every_task
def test_what_is_held_out_is_not_trained_on(name: str, files):
    chosen = experiment(name, files, steps=9)
    found = parts(chosen)
    if found is None:
        if name not in ("agreement", "slot-filling", "cloze"):  # words in a few orders: the same may come again
            tested = held_out(chosen.with_changes(steps=60), 50)
            trained = {s for update in range(3) for s in sequences(batch(chosen.with_changes(steps=60), update, 50))}
            assert not trained & set(sequences(tested))
        return
    training, test = found
    if name == "next-character":
        chosen = chosen.with_changes(text="of a text " * 20)
        training, test = parts(chosen) or found
    assert not set(training) & set(test)
    tested = sequences(held_out(chosen, 10**6))
    assert len(tested) == len(test)
    assert tested == sequences(make(chosen, np.array(test)))


@pytest.mark.parametrize("name", [task.name for task in TASKS if task.stock])
@pytest.mark.parametrize("size", [1, 7, 64])
def test_an_epoch_reads_everything_once(name: str, size: int, files):
    chosen = experiment(name, files)
    count = len((parts(chosen) or (range(0),))[0])
    read = [s for update in range(-(-3 * count // size)) for s in sequences(batch(chosen, update, size))]
    stock = Counter(sequences(make(chosen, np.arange(count))))
    epochs = [read[k * count : (k + 1) * count] for k in range(3)]
    for epoch in epochs:
        assert Counter(epoch) == stock
    assert epochs[0] != epochs[1]


def test_a_short_text_is_trained_on_as_it_is_shown():
    hello = natural("next-character")
    assert parts(hello) == (range(1), range(1))
    for data in (batch(hello, 0, 1), batch(hello, 99, 1), held_out(hello, 10)):
        assert sequences(data) == sequences(make(hello))
    assert batch(hello, 3, 5).x.shape[1] == 5


@given(count=st.integers(1, 50), data=st.data())
def test_parts_are_never_empty(count: int, data):
    training = data.draw(st.integers(0, count))
    test_from = data.draw(st.integers(training, 60))
    for part in parted(count, training, test_from):
        assert part and part.stop <= count
    assert parted(10, 8) == (range(8), range(8, 10))
    assert parted(3, 3) == parted(3, 0, 3) == (range(3), range(3))


def test_held_out_sequences_are_spread_over_the_test_part(files):
    chosen = experiment("digits", files)
    _, test = parts(chosen) or (range(0), range(0))
    assert sequences(held_out(chosen, 3)) == sequences(make(chosen, np.array([test[0], test[2], test[4]])))
    assert Path(chosen.image_path).exists()
