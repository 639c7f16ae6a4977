"""A training as a plan says: the same numbers however it is paused, rewound or branched, and what is recorded is so."""

from __future__ import annotations

import numpy as np
import pytest

from core.cells import CELLS
from core.errors import InputError
from core.experiment import Experiment, natural
from core.maths.arrays import norms, scaled_norm
from core.recorder import record
from core.tasks import dataset
from core.training.film import MOST_FRAMES, Film, Frame
from core.training.measures import measure
from core.training.optimizers import SGD
from core.training.plan import Plan
from core.training.run import TrainingRun
from core.training.training import Training, train
from core.training.watching import NOTHING

ECHO = natural("echo", cell="lstm", steps=6, hidden=3, batch=4)
SURNAME = natural("surname", cell="tanh", steps=5, hidden=3)
PLANS = {
    "sgd": Plan(optimizer="sgd", momentum=0.9, rate=0.05, length=24, validation=0.2),
    "rmsprop": Plan(optimizer="rmsprop", rate=0.01, length=24, schedule="step", step_every=5),
    "adam": Plan(rate=0.01, length=24, schedule="cosine", validation=0.2, validate_every=5),
}


def finished(run: TrainingRun) -> TrainingRun:
    for _ in run.steps():
        pass
    return run


def validated(run: TrainingRun) -> list:
    found = run.validations
    return [found.updates.tolist(), found.loss.tolist(), found.metric.tolist()]


def same(one: TrainingRun, other: TrainingRun) -> bool:
    """Bit by bit: the parameters, every update and every validation."""
    return (
        np.array_equal(one.training.vector, other.training.vector)
        and list(one.history) == list(other.history)
        and validated(one) == validated(other)
        and one.ended == other.ended
        and (one.best and one.best.best) == (other.best and other.best.best)
    )


def test_it_is_the_engine_s_training():
    plain = Training(ECHO, SGD(0.1), size=4)
    expected = list(train(plain, 20))
    run = TrainingRun(ECHO, Plan(optimizer="sgd", rate=0.1, length=20), watch=NOTHING)
    assert [progress for progress in run.steps() if progress is not None] == expected
    assert np.array_equal(run.training.vector, plain.vector)
    assert (run.ended, run.update, run.total, run.epoch) == ("length", 20, 20, None)
    assert list(run.steps()) == []


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("experiment", [ECHO, SURNAME], ids=["drawn", "stock"])
def test_a_pause_a_rewind_and_a_branch_change_no_number(monkeypatch, name: str, experiment: Experiment):
    monkeypatch.setattr("core.training.training.MOST_STEPS", 1)
    whole = finished(TrainingRun(experiment, PLANS[name]))
    paused = TrainingRun(experiment, PLANS[name], film_bytes=1)  # few frames: what lies between is trained again
    while paused.ended is None:
        for k, _ in enumerate(paused.steps(within=True)):
            if k == 40:  # in the middle of an update or of a validation
                break
        if paused.ended is None and paused.update % 2 == 0:
            for progress in paused.steps():
                if progress is not None:
                    break
    assert len(paused.film) < 6
    for update in (17, 5, 0):
        for _ in paused.rewinding(update):
            pass
        assert paused.update == len(paused.history) == update and paused.ended is None
        assert list(paused.history) == whole.history[:update]
        found = yielded(paused.branching(min(update, 4)))
        assert found.update == min(update, 4)
        assert same(finished(found), whole)
    assert same(finished(paused), whole)


def yielded(job) -> TrainingRun:
    while True:
        try:
            next(job)
        except StopIteration as end:
            return end.value


def test_a_step_within_an_update_that_is_left_is_done_again(monkeypatch):
    monkeypatch.setattr("core.training.training.MOST_STEPS", 1)
    run = TrainingRun(ECHO, PLANS["adam"])
    for k, _ in enumerate(run.steps(within=True)):
        if k == 5:
            break
    assert run.update == 0
    assert same(finished(run), finished(TrainingRun(ECHO, PLANS["adam"])))


def test_a_branch_goes_its_own_way_and_leaves_the_first_as_it_was():
    run = finished(TrainingRun(SURNAME, PLANS["adam"]))
    kept, rows = run.training.vector.copy(), list(run.history)
    plan = PLANS["adam"].with_changes(rate=0.5, length=30)
    branch = yielded(run.branching(10, plan, SURNAME.with_changes(clip_norm=1.0)))
    assert list(branch.history) == rows[:10]
    finished(branch)
    assert branch.update == 30 and branch.history[10].rate != rows[10].rate
    assert np.array_equal(run.training.vector, kept) and list(run.history) == rows
    other = yielded(run.branching(10, PLANS["adam"].with_changes(optimizer="sgd")))
    assert other.training.optimizer.updates == 0
    with pytest.raises(InputError, match="a branch holds the parameters that its training has held"):
        yielded(run.branching(3, plan.with_changes(held=("L1.W",))))
    with pytest.raises(InputError, match="has the shape"):
        yielded(run.branching(3, experiment=SURNAME.with_changes(hidden=5)))


def test_an_epoch_is_every_training_sequence_once():
    run = TrainingRun(SURNAME, Plan(length=3, unit="epochs", sequences=50, validation=0.25))
    assert run.epoch == (120, 3, 20)
    assert run.total == 9
    finished(run)
    assert run.history.column("epoch").tolist() == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert run.validations.updates.tolist() == [0, 3, 6, 9]
    assert run.validations.sequences == 40 and run.metric_name == "accuracy"
    with pytest.raises(InputError, match="draws new sequences at every update, so there is no epoch"):
        TrainingRun(ECHO, Plan(unit="epochs"))
    with pytest.raises(InputError, match=r"length: 9,000,000 epochs are 27,000,000 updates"):
        TrainingRun(SURNAME, Plan(length=9_000_000, unit="epochs", sequences=64))


def test_validations_are_measures_of_the_parameters_then():
    run = finished(TrainingRun(SURNAME, Plan(length=8, validation=0.2, validate_every=4, rate=0.05)))
    data = dataset.held_out(SURNAME, 10**6, "validation", run.plan.split)
    for k, update in enumerate(run.validations.updates):
        frame = run.film.at(int(update))
        assert frame is not None and frame.update == update
        found = measure(run.network, run.parameters_at(frame), data)
        assert run.validations.loss[k] == pytest.approx(found.loss, rel=1e-12)
        assert run.validations.metric[k] == pytest.approx(found.metric, rel=1e-12)


def test_it_ends_where_validation_gets_no_better_and_offers_the_best():
    plan = Plan(optimizer="sgd", rate=3.0, length=400, validation=0.2, validate_every=2, patience=4)
    run = finished(TrainingRun(SURNAME, plan))
    assert run.ended == "patience" and run.update < 400
    best = int(np.argmin(run.validations.loss))
    assert len(run.validations) - 1 - best == 4
    assert run.best is not None and run.best.update == run.validations.updates[best]
    measured = measure(run.network, run.result, dataset.held_out(SURNAME, 10**6, "validation", plan.split))
    assert measured.loss == pytest.approx(run.validations.loss[best], rel=1e-12)
    last = finished(TrainingRun(SURNAME, plan.with_changes(keep_best=False)))
    assert all(np.array_equal(last.result[name], array) for name, array in last.parameters.items())


def test_what_is_watched_is_what_the_recorded_run_says():
    """The first update, of the recorded run's own data: norms by parameter and timestep, before and after clipping."""
    hello = natural("next-character", cell="gru", hidden=3, layers=2, clip_norm=0.05)
    trace = record(hello)
    run = finished(TrainingRun(hello, Plan(length=3)))
    for name, exact in trace.exact_parameters.items():
        assert run.watched.norm(name)[0] == pytest.approx(scaled_norm(exact), rel=1e-12)
        assert run.watched.used_norm(name)[0] == pytest.approx(scaled_norm(trace.used_parameters[name]), rel=1e-12)
    assert run.watched.scan_names == ("L1", "L2")
    for scan in run.watched.scan_names:
        assert run.watched.steps(scan).shape == (3, hello.steps)
        np.testing.assert_allclose(run.watched.steps(scan)[0], norms(trace.exact[scan, "s"]), rtol=1e-12)
    assert run.watched.matrix_names == tuple(f"L{k}.W_{block}" for k in (1, 2) for block in "run")
    for name in run.watched.matrix_names:
        w = trace.named_parameters(trace.parameters)[name]
        assert run.watched.sigma(name)[0] == pytest.approx(np.linalg.norm(w, 2))
        assert run.watched.rho(name)[0] == pytest.approx(np.abs(np.linalg.eigvals(w)).max())
    measured = measure(trace.network, trace.parameters, trace.data)
    assert run.watched.metric[0] == measured.accuracy
    assert run.history[0].norm == pytest.approx(
        scaled_norm(np.array([*map(scaled_norm, trace.exact_parameters.values())]))
    )
    assert run.history[0].used == pytest.approx(0.05)
    nothing = finished(TrainingRun(hello, Plan(length=3), watch=NOTHING))
    assert len(nothing.watched) == 0 and nothing.watched.metric.size == 0


@pytest.mark.parametrize("held", [(), ("L2.W",)], ids=["all", "one held"])
def test_what_is_watched_is_the_same_whenever_somebody_looks(held: tuple[str, ...]):
    hello = natural("next-character", cell="gru", hidden=3, layers=2, clip_norm=0.05)
    seldom, often = (TrainingRun(hello, Plan(length=40, held=held)) for _ in range(2))
    for _ in often.steps():
        often.watched.sigma("L1.W_r")
    finished(seldom)

    def all_of(run: TrainingRun) -> list[np.ndarray]:
        watched = run.watched
        norms_of = [of(name) for of in (watched.norm, watched.used_norm) for name in watched.parameter_names]
        spectra = [of(name) for of in (watched.sigma, watched.rho) for name in watched.matrix_names]
        return [watched.updates, watched.metric, *map(watched.steps, watched.scan_names), *norms_of, *spectra]

    assert len(seldom.watched.matrix_names) == 6 and len(seldom.watched.updates) == 40
    assert all(np.array_equal(one, other) for one, other in zip(all_of(seldom), all_of(often), strict=True))
    for name, w in record(hello).named_parameters(seldom.parameters_at(seldom.film.frames[17])).items():
        if name in seldom.watched.matrix_names:
            assert seldom.watched.sigma(name)[17] == pytest.approx(np.linalg.norm(w, 2))


def test_the_stride_doubles_where_there_are_too_many_rows():
    run = TrainingRun(ECHO, Plan(length=200, optimizer="sgd"))
    for progress in run.steps():
        if progress is not None and progress.update == 1:
            run.watched.most = 20
    assert len(run.watched) <= 20 and run.watched.stride > 1
    updates = run.watched.updates
    assert updates[0] == 1 and (np.diff(updates) == run.watched.stride).all()
    assert len(run.watched.norm("L1.W")) == len(updates)


def frame(update: int, best: int | None = None) -> Frame:
    return Frame(update, np.zeros(10), np.zeros(10), {}, None if best is None else (best, 1.0))


def test_a_film_keeps_the_first_the_last_and_the_best_within_its_budget():
    film = Film(budget=160 * 8)
    for update in range(1000):
        if film.wanted(update):
            film.add(frame(update, best=3))
        if update == 3:
            film.keep(frame(3))
    film.keep(frame(999, best=3))
    film.forget()
    updates = [each.update for each in film]
    assert updates[0] == 0 and updates[-1] == 999 and 3 in updates
    assert len(updates) <= 8 + 2 and len(film) == len(updates)
    assert film.at(4).update == 3 and film.at(2).update == 0
    film.truncate(500)
    assert max(each.update for each in film) <= 500
    many = Film()
    for update in range(5000):
        if many.wanted(update):
            many.add(frame(update))
    assert len(many) <= MOST_FRAMES


def test_a_training_that_breaks_off_ends_so():
    slope = natural("last-step", cell="relu", steps=12, hidden=4, w_gain=1.5, w_init="identity", nonnegative=True)
    run = finished(TrainingRun(slope, Plan(optimizer="sgd", rate=10.0, length=500, validation=0.1)))
    assert run.ended == "broken" and run.training.broken
    assert all(np.isfinite(array).all() for array in run.result.values())
    for _ in run.rewinding(1):
        pass
    assert run.ended is None and run.training.broken is None


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_every_cell_is_watched(cell):
    experiment = natural("echo", cell=cell.name, steps=5, hidden=4, batch=3, delay=1)
    run = finished(TrainingRun(experiment, Plan(length=3, rate=0.01)))
    assert run.watched.updates.tolist() == [1, 2, 3]
    assert run.watched.steps("L1").shape == (3, 5) and np.isfinite(run.watched.steps("L1")).all()
    for name in run.watched.matrix_names:
        assert (run.watched.rho(name) <= run.watched.sigma(name) * (1 + 1e-9)).all()
    assert set(run.watched.parameter_names) == set(run.training.learned)


@pytest.mark.parametrize(
    "changes",
    [{"structure": "attention"}, {"structure": "encoder-decoder", "layers": 2}, {"bidirectional": "concat"}],
    ids=str,
)
def test_every_structure_is_watched(changes):
    experiment = natural("reverse", cell="gru", steps=4, hidden=3, batch=2, **changes)
    trace, run = record(experiment), finished(TrainingRun(experiment, Plan(length=2)))
    assert set(run.watched.scan_names) == {scan for scan, name in trace.exact if name == "s" and scan[0] in "LED"}
    for scan in run.watched.scan_names:
        assert run.watched.steps(scan).shape == (2, len(trace.exact[scan, "s"]))
