"""What a training reads: reproducible, new at every update or once an epoch, and never what is held out."""

from __future__ import annotations

from collections import Counter
from itertools import chain, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.experiment import Experiment, natural
from core.tasks import TASKS, make, parts
from core.tasks.dataset import Batches, batch, epoch_of, held_out, held_out_count, held_out_in_parts
from core.tasks.splits import Split, parted, windows_parted
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
    stock = parts(chosen)
    most = len(stock.training) if stock else 300
    for data, size in ((trained, trained.x.shape[1]), (tested, tested.x.shape[1])):
        assert data.x.shape == (shown.x.shape[0], size, shown.x.shape[2])
        assert data.y.shape == (shown.y.shape[0], size, shown.y.shape[2])
        assert (data.loss, data.input_names, data.output_names) == (shown.loss, shown.input_names, shown.output_names)
        assert not data.x.flags.writeable
    assert 0 < trained.x.shape[1] <= min(300, most)
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
    training, _, test = found
    if name == "next-character":
        chosen = chosen.with_changes(text="of a text " * 20)
        training, _, test = parts(chosen) or found
    assert not set(training) & set(test)
    tested = sequences(held_out(chosen, 10**6))
    assert len(tested) == len(test)
    assert tested == sequences(make(chosen, np.array(test)))


@pytest.mark.parametrize("name", [task.name for task in TASKS if task.stock])
@pytest.mark.parametrize("size", [1, 7, 64])
def test_an_epoch_reads_everything_once(name: str, size: int, files):
    chosen = experiment(name, files)
    count = len((parts(chosen) or (range(0),))[0])
    found = epoch_of(chosen, size)
    assert found == (count, -(-count // size), count - (found.updates - 1) * size)
    stock = sequences(make(chosen, np.arange(count)))
    for shuffled in (True, False):
        batches = Batches(chosen, size, shuffled=shuffled)
        read = [sequences(batches(update)) for update in range(3 * found.updates)]
        assert [len(each) for each in read] == 3 * [*[size] * (found.updates - 1), found.last]
        epochs = [list(chain(*read[k * found.updates : (k + 1) * found.updates])) for k in range(3)]
        for epoch in epochs:
            assert Counter(epoch) == Counter(stock)
        assert (epochs[0] != epochs[1]) == shuffled
        assert (epochs[0] == stock) == (not shuffled)
        assert sequences(batches(0)) == read[0], "an earlier epoch again"


def test_a_short_text_is_trained_on_as_it_is_shown():
    hello = natural("next-character")
    assert parts(hello) == (range(1), range(0), range(1))
    for data in (batch(hello, 0, 1), batch(hello, 99, 1), held_out(hello, 10)):
        assert sequences(data) == sequences(make(hello))
    assert batch(hello, 3, 5).x.shape[1] == 1


@given(
    rows=st.integers(1, 80),
    used=st.integers(1, 12),
    validation=st.sampled_from([0.0, 0.01, 0.1, 0.5, 0.95]),
    test=st.none() | st.integers(1, 90),
)
def test_no_row_is_in_two_parts(rows: int, used: int, validation: float, test: int | None):
    """Each part has windows, in the order of time, and a later part's rows are in no earlier window; or one sentence
    says why not. A stock too small for a test of its own is all parts at once."""
    try:
        found = windows_parted(rows, used, Split(validation, test))
    except InputError as error:
        said = str(error).partition(":")[0]
        assert said in [name for name, chosen in (("test", test), ("validation", validation)) if chosen]
        return
    assert bool(found.validation) == bool(validation)
    assert found.training and found.test and found.training.start == 0
    count = max(1, rows - used + 1)
    if found.shared:
        assert found.training == range(count) and (not validation or found.validation == found.training)
        assert test is None
        return
    assert found.test.stop == count and (test is None or len(found.test) == test)
    taken = [(part.start, part.stop - 1 + used) for part in found if part]  # rows, the last one not in it
    for (_, end), (start, _) in pairwise(taken):
        assert end <= start
    assert test is not None or found.test.start == rows * 4 // 5


def test_a_split_is_what_it_says():
    assert parted(10) == (range(8), range(0), range(8, 10))
    assert parted(3, Split(0.5)) == (range(1), range(1, 2), range(2, 3))
    assert parted(70_000, Split(0.1, test=10_000)) == (range(54_000), range(54_000, 60_000), range(60_000, 70_000))
    assert parted(1) == (range(1), range(0), range(1))
    for split, sentence in (
        (Split(test=10), "test: 10 of 10 sequences cannot be held out, because none would be left to train on"),
        (Split(0.01), "validation: a share of 0.01 leaves no sequence to validate on; choose a larger one."),
        (Split(0.99), "validation: a share of 0.99 leaves no sequence to train on; choose a smaller one."),
    ):
        with pytest.raises(InputError) as refused:
            parted(10, split)
        assert sentence in str(refused.value)


@every_task
def test_what_is_validated_on_is_neither_trained_nor_tested_on(name: str, files):
    chosen = experiment(name, files, steps=9)
    if name == "next-character":
        chosen = chosen.with_changes(text="of a text " * 40)
    if name in ("agreement", "slot-filling", "cloze"):  # words in a few orders: the same may come again
        return
    split = Split(validation=0.4)
    count = held_out_count(chosen, "validation", split)
    if count is None:
        chosen = chosen.with_changes(steps=60)
    validated = held_out(chosen, 50, "validation", split)
    assert validated.x.shape[1] == (50 if count is None else min(50, count))
    batches = Batches(chosen, 20, split)
    trained = {s for update in range(4) for s in sequences(batches(update))}
    tested = set(sequences(held_out(chosen, 50, "test", split)))
    if count is None:
        assert not set(sequences(validated)) & (trained | tested)
    else:  # equal sequences may be there twice; their numbers are not
        found = parts(chosen, split)
        assert not set(found.validation) & {*found.training, *found.test}
        in_parts = [s for data in held_out_in_parts(chosen, 50, 7, "validation", split) for s in sequences(data)]
        assert in_parts == sequences(validated)


def test_held_out_sequences_are_spread_over_the_test_part(files):
    chosen = experiment("digits", files)
    _, _, test = parts(chosen) or (range(0),) * 3
    assert sequences(held_out(chosen, 3)) == sequences(make(chosen, np.array([test[0], test[2], test[4]])))
    assert Path(chosen.image_path).exists()
