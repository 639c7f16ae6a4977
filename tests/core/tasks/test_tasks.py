"""The contract that every task keeps, and what each one means, recomputed in another way."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.experiment import Experiment, natural
from core.maths import losses
from core.maths.streams import stream
from core.options import names_of
from core.tasks import TASKS, Data, make, task_named
from core.tasks.files.series import read_series
from tests.core.task_files import fields

every_task = pytest.mark.parametrize("name", [task.name for task in TASKS])
steps_drawn = st.integers(1, 60)
batches = st.integers(1, 8)
seeds = st.integers(0, 2**31 - 1)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    return fields(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def csv_path(files: dict[str, dict[str, str]]) -> str:
    return files["csv"]["csv_path"]


def experiment(name: str, path: str = "", **changes: object) -> Experiment:
    return Experiment(task=name, **{"csv_path": path, "loss_at": "every", **changes})  # type: ignore[arg-type]


def as_text(one_hot: np.ndarray, names: tuple[str, ...]) -> str:
    return "".join(names[unit] for unit in one_hot.argmax(axis=-1))


def test_the_tasks_by_name():
    names = [task.name for task in TASKS]
    assert names[:18] == [  # tasks of files stand last: a key in the list passes no dialog
        *("echo", "binary-subtraction", "next-character", "sine", "adding", "last-step", "recall", "agreement"),
        *("slot-filling", "cloze", "review", "surname", "reverse", "couplet", "drawn-digits", "digits"),
        *("air-quality", "csv"),
    ]
    assert len(set(names)) == len(names)
    assert [task_named(name) for name in names] == list(TASKS)
    with pytest.raises(InputError, match=r"“chess”.*echo, binary-subtraction.*csv"):
        task_named("chess")


@every_task
@given(steps=steps_drawn, batch=batches, seed=seeds)
def test_shapes_types_names(name: str, steps: int, batch: int, seed: int, files: dict):
    chosen = experiment(name, steps=steps, batch=batch, data_seed=seed, **files.get(name, {}))
    data = make(chosen)
    assert data.x.shape == (steps, batch, len(data.input_names))
    assert data.y.shape == (steps, batch, len(data.output_names))
    assert data.x.dtype == data.y.dtype == np.float64
    assert np.isfinite(data.x).all()
    assert np.isfinite(data.y).all()
    assert data.supervised.shape == (steps,)
    assert data.supervised.dtype == bool
    assert data.supervised.any()
    assert data.counted is None or (data.supervised == data.counted.any(axis=1)).all()
    assert len(data.labels) in (0, steps)
    loss = losses.loss_named(data.loss)
    if loss is not losses.SQUARED:
        assert np.isin(data.y, (0.0, 1.0)).all()
    if loss is losses.CATEGORICAL:
        np.testing.assert_array_equal(data.y.sum(axis=-1), 1.0 if data.present is None else data.present)
    for array in (data.x, data.y, data.supervised, data.present, data.counted):
        if array is None:
            continue
        assert not array.flags.writeable
        assert array.base is None or not array.base.flags.writeable
    again = make(chosen.with_changes(cell="lstm", weight_seed=seed // 2, hidden=3))
    np.testing.assert_array_equal(again.x, data.x)
    np.testing.assert_array_equal(again.y, data.y)


@every_task
@given(steps=steps_drawn, seed=seeds)
def test_loss_at_scale_and_sign(name: str, steps: int, seed: int, files: dict):
    chosen = experiment(name, steps=steps, batch=2, data_seed=seed, **files.get(name, {}))
    every = make(chosen)
    changed = chosen.with_changes(loss_at="last", input_scale=1e-3)
    last = make(changed.with_changes(nonnegative=True))
    if last.present is None:
        assert last.supervised.tolist() == [False] * (steps - 1) + [True]
    else:
        ends = last.present.sum(axis=0) - 1
        assert last.counted is not None
        assert [np.flatnonzero(column).tolist() for column in last.counted.T] == [[end] for end in ends]
    np.testing.assert_array_equal(last.x, np.abs(every.x) * 1e-3)
    np.testing.assert_array_equal(last.y, every.y)
    np.testing.assert_array_equal(make(changed).x, every.x * 1e-3)


@every_task
@pytest.mark.parametrize("structure", ["n-1", "n-n", "encoder-decoder"])
@given(steps=steps_drawn, seed=seeds)
def test_each_sample_is_read_from_its_own_last_step(name: str, structure: str, steps: int, seed: int, files: dict):
    chosen = natural(name, structure=structure, steps=steps, batch=3, data_seed=seed, **files.get(name, {}))
    there, back = make(chosen), make(chosen.with_changes(read_backwards=True))
    for sample in range(3):
        own = steps if there.present is None else int(there.present[:, sample].sum())
        order = [*range(own)[::-1], *range(own, steps)]
        np.testing.assert_array_equal(back.x[:, sample], there.x[order, sample])
        turned = order if structure == "n-n" else range(len(there.y))
        np.testing.assert_array_equal(back.y[:, sample], there.y[turned, sample])
        np.testing.assert_array_equal(counts(back)[:, sample], counts(there)[turned, sample])
        if sample == 0 and there.labels:
            assert list(back.labels) == [there.labels[t] for t in order]


def counts(data: Data) -> np.ndarray:
    """Which steps of which sample count, (T, B)."""
    shape = (len(data.y), data.y.shape[1])
    return np.broadcast_to(data.supervised[:, np.newaxis], shape) & (True if data.counted is None else data.counted)


@pytest.mark.parametrize("structure", ["1-1", "1-n", "1-n-every", "1-n-feedback"])
def test_one_step_has_no_order(structure: str):
    with pytest.raises(InputError, match=f"read_backwards: structure {structure} reads one step of x alone"):
        natural("echo", structure=structure, read_backwards=True)


@every_task
def test_what_suits_a_task_is_a_valid_experiment(name: str, files: dict):
    chosen = experiment(name, **files.get(name, {}))
    suited = chosen.with_changes(**task_named(name).natural(chosen))
    assert make(suited).supervised.any()
    assert set(names_of(task_named(name).options)) <= set(Experiment.__struct_fields__)
    assert set(task_named(name).files) <= set(names_of(task_named(name).options))


@every_task
@pytest.mark.parametrize("structure", ["n-1", "n-n", "1-1", "encoder-decoder"])
def test_a_structure_goes_before_the_place_of_the_loss_that_suits_a_task(name: str, structure: str, files: dict):
    chosen = natural(name, structure=structure, **files.get(name, {}))
    assert chosen.structure == structure
    assert make(chosen).supervised.any()


@pytest.mark.parametrize("name", [task.name for task in TASKS if task.files])
def test_a_task_without_its_file_asks_for_it(name: str, files: dict):
    for missing in task_named(name).files:
        with pytest.raises(InputError, match=rf"^The {name} task has no .* yet; choose .*\({missing}\)\.$"):
            make(experiment(name, **{**files[name], missing: ""}))


@pytest.mark.parametrize(
    "name", ["echo", "next-character", "sine", "last-step", "recall", "agreement", "surname", "reverse", "couplet"]
)
@given(steps=steps_drawn, more=st.integers(1, 60), batch=batches, seed=seeds)
def test_more_steps_leave_the_earlier_inputs(name: str, steps: int, more: int, batch: int, seed: int):
    short = make(experiment(name, steps=steps, batch=batch, data_seed=seed))
    long = make(experiment(name, steps=steps + more, batch=batch, data_seed=seed))
    np.testing.assert_array_equal(long.x[:steps], short.x)


@pytest.mark.parametrize(
    "name",
    "echo binary-subtraction sine adding last-step recall agreement cloze reverse couplet drawn-digits".split(),
)
def test_another_seed_is_other_data(name: str):
    drawn = {make(experiment(name, steps=60, batch=2, data_seed=seed)).x.tobytes() for seed in range(20)}
    assert len(drawn) == 20


def test_streams_are_reproducible_and_independent():
    np.testing.assert_array_equal(stream(3, "data").random(9), stream(3, "data").random(9))
    draws = [stream(seed, name).standard_normal(4000) for seed in (0, 1) for name in ("data", "noise", "W", "U")]
    correlation = np.corrcoef(draws) - np.eye(len(draws))
    assert np.abs(correlation).max() < 5.0 / math.sqrt(4000)


@given(steps=steps_drawn, batch=batches, seed=seeds, delay=st.integers(1, 70))
def test_echo_says_the_bit_again(steps: int, batch: int, seed: int, delay: int):
    data = make(experiment("echo", steps=steps, batch=batch, data_seed=seed, delay=delay))
    used = delay if steps > delay else steps - 1
    x, y = data.x[..., 0].tolist(), data.y[..., 0].tolist()
    for t in range(steps):
        assert set(x[t]) <= {0.0, 1.0}
        assert data.supervised[t] == (t + 1 > used)
        if data.supervised[t]:
            assert y[t] == x[t - used]


def test_echo_bits_are_fair():
    ones = make(experiment("echo", steps=1000, batch=8, data_seed=1)).x.mean()
    assert abs(ones - 0.5) < 0.03


def integers(bits: np.ndarray) -> list[int]:
    """(T, B) bits, the least significant first, as Python's integers."""
    return [sum(int(bit) << t for t, bit in enumerate(sample)) for sample in bits.T]


@given(steps=st.one_of(steps_drawn, st.just(1000)), batch=batches, seed=seeds)
def test_binary_subtraction_against_integers(steps: int, batch: int, seed: int):
    data = make(experiment("binary-subtraction", steps=steps, batch=batch, data_seed=seed))
    numbers = zip(integers(data.x[..., 0]), integers(data.x[..., 1]), integers(data.y[..., 0]), strict=True)
    for a, b, difference in numbers:
        assert a >= b
        assert a - b == difference
    assert data.supervised.all()
    assert data.loss == "binary"


def test_hello_is_read_as_the_textbook_reads_it():
    chosen = experiment("next-character", text="hello")
    suits = task_named("next-character").natural(chosen)
    assert suits == {"loss_at": "every", "steps": 4}
    data = make(chosen.with_changes(**suits))
    assert data.input_names == data.output_names == ("e", "h", "l", "o")
    assert as_text(data.x[:, 0], data.input_names) == "hell" == "".join(data.labels)
    assert as_text(data.y[:, 0], data.output_names) == "ello"


def test_a_long_text_suits_no_more_steps_than_there_may_be():
    assert task_named("next-character").natural(experiment("next-character", text="ab" * 5000))["steps"] == 1000


@given(
    text=st.text(st.characters(categories=("L", "N", "P", "So")), min_size=2, max_size=40),
    steps=steps_drawn,
    batch=batches,
)
def test_any_text_is_read_round_and_round(text: str, steps: int, batch: int):
    data = make(experiment("next-character", text=text, steps=steps, batch=batch))
    np.testing.assert_array_equal(data.x.sum(axis=-1), 1.0)
    for sample in range(batch):
        endless = (text * (steps + batch + 1))[sample:]
        assert as_text(data.x[:, sample], data.input_names) == endless[:steps]
        assert as_text(data.y[:, sample], data.output_names) == endless[1 : steps + 1]


def test_characters_that_draw_nothing_get_a_sign():
    data = make(experiment("next-character", text="a b\n\tc\x07", steps=7))
    assert data.labels == ("a", "␣", "b", "↵", "⇥", "c", "U+0007")


def test_an_alphabet_too_large_for_memory_is_refused():
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 5000)))
    with pytest.raises(InputError, match=r"5000 different characters.*1000 steps.*at most 419 steps"):
        make(experiment("next-character", text=text, steps=1000, batch=8))


@given(steps=steps_drawn, batch=batches, seed=seeds)
def test_sine_without_noise_is_a_wave_and_its_next_value(steps: int, batch: int, seed: int):
    clean = make(experiment("sine", steps=steps, batch=batch, data_seed=seed, noise=0.0))
    wave = np.concatenate((clean.x, clean.y[-1:]))
    np.testing.assert_array_equal(clean.y, wave[1:])
    # any sine of that period obeys w_{t+1} + w_{t−1} = 2·cos(2π/25)·w_t, and has amplitude 1
    if steps > 1:
        np.testing.assert_allclose(wave[2:] + wave[:-2], 2 * math.cos(2 * math.pi / 25) * wave[1:-1], atol=1e-12)
        sine, cosine = math.sin(2 * math.pi / 25), math.cos(2 * math.pi / 25)
        quadrature = (wave[1:] - cosine * wave[:-1]) / sine
        np.testing.assert_allclose(wave[:-1] ** 2 + quadrature**2, 1.0, atol=1e-10)


@given(steps=steps_drawn, batch=batches, seed=seeds)
def test_sine_noise_is_on_the_input_alone(steps: int, batch: int, seed: int):
    clean, one, two = (
        make(experiment("sine", steps=steps, batch=batch, data_seed=seed, noise=noise)) for noise in (0.0, 0.1, 0.2)
    )
    np.testing.assert_array_equal(two.y, clean.y)
    np.testing.assert_allclose(two.x - clean.x, 2.0 * (one.x - clean.x), atol=1e-12)
    assert (one.x != clean.x).any()


def test_sine_noise_has_the_size_asked_for_and_samples_their_own_phase():
    clean, noisy = (make(experiment("sine", steps=1000, batch=8, data_seed=4, noise=noise)) for noise in (0.0, 0.3))
    assert np.std(noisy.x - clean.x) == pytest.approx(0.3, rel=0.05)
    assert len(set(clean.x[0, :, 0])) == 8


@given(steps=steps_drawn, batch=batches, seed=seeds)
def test_adding_marks_one_value_in_each_half(steps: int, batch: int, seed: int):
    data = make(experiment("adding", steps=steps, batch=batch, data_seed=seed))
    assert ((data.x[..., 0] >= 0) & (data.x[..., 0] < 1)).all()
    assert data.supervised.all()
    for sample in range(batch):
        read = data.x[:, sample].tolist()
        marked = [t for t, (_, marker) in enumerate(read) if marker == 1.0]
        assert [marker for _, marker in read].count(0.0) == steps - len(marked)
        assert len(marked) == min(steps, 2)
        if steps > 1:
            assert marked[0] < steps // 2 <= marked[1]
        for t in range(steps):
            so_far = sum(read[k][0] for k in marked if k <= t)
            assert data.y[t, sample, 0] == pytest.approx(so_far, abs=1e-15)


def test_adding_can_mark_every_step():
    seen = {
        t for seed in range(200) for t in np.flatnonzero(make(experiment("adding", steps=7, data_seed=seed)).x[:, 0, 1])
    }
    assert seen == set(range(7))


def test_last_step_is_normal_noise_and_the_target_1():
    data = make(experiment("last-step", steps=1000, batch=8, data_seed=2))
    assert (data.y == 1.0).all()
    assert data.x.shape[-1] == 2
    assert data.loss == "squared"
    assert abs(data.x.mean()) < 0.03
    assert abs(data.x.std() - 1.0) < 0.03


@given(steps=steps_drawn, batch=batches, target=st.sampled_from(["", "pm", "wind"]))
def test_csv_predicts_the_next_row(steps: int, batch: int, target: str, csv_path: str):
    data = make(experiment("csv", csv_path, steps=steps, batch=batch, csv_target=target))
    values = read_series(csv_path).values
    scaled = (values - values.min(axis=0)) / (values.max(axis=0) - values.min(axis=0))
    column = {"": 0, "pm": 0, "wind": 2}[target]
    starts = []
    for sample in range(batch):
        (start,) = np.flatnonzero((np.abs(scaled - data.x[0, sample]) < 1e-12).all(axis=1))
        np.testing.assert_allclose(data.x[:, sample], scaled[start : start + steps], atol=1e-14)
        np.testing.assert_allclose(data.y[:, sample, 0], scaled[start + 1 : start + steps + 1, column], atol=1e-14)
        starts.append(int(start))
    assert starts[0] == 0
    assert len(set(starts)) == batch
    assert starts == sorted(starts)
    assert data.input_names == ("pm", "temperature", "wind")
    assert data.output_names == (data.input_names[column],)
    part = 200 // batch
    if steps < part:
        assert starts == [part * sample for sample in range(batch)]  # whatever the steps: prefix-stable


def test_csv_constant_column_and_the_shortest_file(tmp_path):
    path = tmp_path / "short.csv"
    path.write_text("a,b\n1,7\n3,7\n2,7\n5,7\n")
    data = make(experiment("csv", str(path), steps=2, batch=2))
    assert data.x[..., 0].T.tolist() == [[0.0, 0.5], [0.5, 0.25]]
    assert data.y[..., 0].T.tolist() == [
        [0.5, 0.25],
        [0.25, 1.0],
    ]
    assert (data.x[..., 1] == 0.0).all()
    with pytest.raises(
        InputError, match=r"“short.csv” has 4 rows, but 3 steps.*batch of 2 need 5; set the steps to at most 2"
    ):
        make(experiment("csv", str(path), steps=3, batch=2))
    with pytest.raises(InputError, match=r"need 9; set the batch to at most 3"):
        make(experiment("csv", str(path), steps=1, batch=8))


def test_csv_choices_that_cannot_be(tmp_path):
    path = tmp_path / "series.csv"
    path.write_text("day,a,b\nmon,1,2\ntue,2,3\nwed,3,4\n")
    with pytest.raises(InputError, match=r"no file yet; choose a file"):
        make(experiment("csv", steps=1))
    with pytest.raises(InputError, match=r"has no column “c”; its columns of numbers are a, b"):
        make(experiment("csv", str(path), steps=1, csv_target="c"))
    with pytest.raises(InputError, match=r"has no numbers in column “day”; its columns of numbers are a, b"):
        make(experiment("csv", str(path), steps=1, csv_target="day"))
    content_hash = read_series(path).hash
    saved = experiment("csv", str(path), steps=1, csv_hash=content_hash)
    assert make(saved).x.shape == (1, 1, 2)
    path.write_text("day,a,b\nmon,1,2\ntue,2,3\nwed,3,40\n")
    with pytest.raises(InputError, match=r"“series.csv” has changed since the experiment was saved; bring back"):
        make(saved)
