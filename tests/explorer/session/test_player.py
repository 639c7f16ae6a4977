"""The player under a clock that the test steps: beats, ends, loops, jumps, and rest when nothing is left to do."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.experiment import Experiment
from explorer.session.player import (
    JOB_SECONDS,
    LONGEST_PASS,
    LOSS_SECONDS,
    SPEEDS,
    TURN_SECONDS,
    UPDATE_SECONDS,
    Player,
)
from explorer.session.session import Session
from tests.core.strategies import RELAXED


class Clock:
    """Seconds that pass when the test says so, and a little at each look where `tick` is set."""

    def __init__(self, tick: float = 0.0):
        self.now, self.tick = 100.0, tick

    def __call__(self) -> float:
        self.now += self.tick
        return self.now


class Desk:
    def __init__(self, steps=4, **fields):
        self.clock = Clock()
        self.session = Session(Experiment(steps=steps, hidden=2, **fields))
        self.player = Player(self.session, self.clock)
        self.player._timer.stop()  # frames come from the test alone
        self.rest()

    def rest(self):
        while self.session.busy:
            self.player.frame()

    def frames(self, seconds: float, by: float = 0.01):
        for _ in range(round(seconds / by)):
            self.clock.now += by
            self.player.frame()

    @property
    def position(self):
        return self.session.position

    @property
    def running(self):
        return self.player._timer.isActive()


@pytest.fixture
def desk(qtbot):
    desks = []

    def make(*args, **fields):
        desks.append(Desk(*args, **fields))
        return desks[-1]

    yield make
    for each in desks:
        each.player.stop()


@pytest.mark.parametrize("speed", SPEEDS)
def test_beats_pass_at_the_speed(desk, speed):
    made = desk(steps=18)
    made.player.set_speed(speed)
    made.player.toggle()
    made.frames(1.0)
    assert made.position == pytest.approx(2.0 * speed)


def test_frames_may_come_late(desk):
    """Many short frames and few long ones lead to one place; a stall (a dialog) is not made up for."""
    made = desk(steps=15)
    made.player.toggle()
    made.frames(1.0, by=0.2)
    assert made.position == pytest.approx(2.0)
    made.clock.now += 60.0
    made.player.frame()
    assert made.position == pytest.approx(2.5)


@pytest.mark.parametrize("steps", [1, 14, 24, 200, 1000])
def test_a_long_run_plays_faster_so_that_it_ends(desk, steps):
    made = desk(steps=steps)
    whole = made.session.timeline.last / made.player.beats_per_second
    assert whole <= LONGEST_PASS
    assert made.player.beats_per_second >= 2.0


@pytest.mark.parametrize("steps", [14, 1000])
@pytest.mark.parametrize("speed", [1.0, 4.0])
def test_the_loss_and_the_first_beat_back_are_slow_whatever_the_others_are(desk, steps, speed):
    made = desk(steps=steps)
    loss = made.session.timeline.index("loss")
    made.player.set_speed(speed)
    made.session.seek(loss - 1.0)
    made.player.toggle()
    made.frames(LOSS_SECONDS / speed / 2)
    assert made.position == pytest.approx(loss - 0.5, abs=0.02)
    made.frames(LOSS_SECONDS / speed / 2)
    assert made.position == pytest.approx(loss, abs=0.02)
    made.frames(0.8 * TURN_SECONDS / speed)
    assert made.position == pytest.approx(loss + 0.8, abs=0.05)
    made.frames(0.25 * TURN_SECONDS / speed)
    assert made.position > loss + 1
    place = made.position
    made.frames(0.5)
    rate = max(2.0, len(made.session.timeline) / LONGEST_PASS)
    assert made.position - place == pytest.approx(0.5 * speed * rate, rel=0.05)


def test_it_pauses_at_the_end_and_plays_again_from_the_start(desk):
    made = desk(steps=2)
    told = []
    made.player.changed.connect(lambda: told.append(made.player.playing))
    made.player.toggle()
    made.frames(9.0)
    assert made.position == made.session.timeline.last
    assert not made.player.playing
    assert told == [True, False]
    made.player.toggle()
    assert made.player.playing and made.position == 0.0
    made.frames(0.5)
    assert made.position == pytest.approx(1.0)


@pytest.mark.parametrize("steps", [3, 1000])
def test_the_update_takes_its_time_after_the_sum(desk, steps):
    made = desk(steps=steps)
    made.session.seek(made.session.timeline.complete)
    made.player.step(-1)
    made.player.step(1)
    made.player.toggle()
    made.frames(UPDATE_SECONDS / 2)
    assert made.position == pytest.approx(made.session.timeline.complete + 0.5, abs=0.02)
    made.frames(UPDATE_SECONDS / 2 + 0.1)
    assert made.position == made.session.timeline.last and not made.player.playing


def test_a_run_that_is_shown_complete_plays_from_its_start_and_one_that_was_played_there_goes_on(desk):
    made = desk(steps=4)
    made.session.seek(made.session.timeline.complete)
    made.player.toggle()
    assert made.player.playing and made.position == 0.0
    made.player.pause()
    for _ in range(4):
        made.player.jump(1)
    assert made.position == made.session.timeline.complete
    made.player.toggle()
    assert made.player.playing and made.position == made.session.timeline.complete
    made.frames(0.5)
    made.player.toggle()
    assert made.session.time.phase == "update" and not made.player.playing


def test_a_run_that_is_played_once_ends_with_its_gradients(desk):
    made = desk(steps=4)
    made.player.toggle_loop()
    made.player.play_once(2.0)
    made.frames(1.0)
    assert made.position == pytest.approx(made.session.timeline.complete / 2, abs=0.1)
    made.frames(1.1)
    assert made.position == made.session.timeline.complete and not made.player.playing


def test_a_loop_begins_again(desk):
    made = desk(steps=2)
    made.player.toggle_loop()
    made.player.toggle()
    seen = []
    for _ in range(1000):
        made.frames(0.01)
        seen.append(made.position)
    turns = sum(later < earlier for earlier, later in itertools.pairwise(seen))
    assert turns >= 1
    assert made.player.playing
    made.player.toggle_loop()
    made.frames(10.0)
    assert made.position == made.session.timeline.last and not made.player.playing


def test_without_motion_it_rests_on_every_beat(desk):
    made = desk(steps=3)
    made.player.still = True
    made.player.toggle()
    seen = []
    for _ in range(1100):
        made.frames(0.01)
        seen.append(made.position)
    beats = list(dict.fromkeys(seen))
    assert beats == [float(k) for k in range(made.session.timeline.last + 1)]
    assert not made.player.playing


@pytest.mark.parametrize("still", [False, True])
def test_a_hand_on_the_playhead_is_followed(desk, still):
    made = desk(steps=15)
    made.player.still = still
    made.player.toggle()
    made.frames(1.0)
    made.session.seek(10.0)
    made.frames(1.0)
    assert made.position == pytest.approx(12.0, abs=0.02 + still)


@RELAXED
@given(st.integers(0, 40), st.sampled_from((0.0, 0.25, 0.5, 0.999)), st.integers(-3, 3).filter(bool))
def test_a_step_from_between_beats_goes_to_the_nearest_in_its_direction(beat, fraction, by):
    session = Session(Experiment(steps=15, hidden=1))
    player = Player(session, Clock())
    player._timer.stop()
    last = session.timeline.last
    session.seek(beat + fraction)
    start = session.position
    player.step(by)
    whole = [k for k in range(-4, last + 5) if (k > start if by > 0 else k < start)]
    expected = whole[by - 1] if by > 0 else whole[by]
    assert session.position == min(max(expected, 0), last)


def test_a_step_pauses(desk):
    made = desk()
    made.player.toggle()
    made.frames(0.3)
    made.player.step(1)
    assert not made.player.playing
    assert made.position == 1.0


def test_jumps_go_from_end_to_end_of_the_phases(desk):
    made = desk(steps=4)
    seen = []
    for _ in range(6):
        made.player.jump(1)
        seen.append(made.position)
    assert seen == [4, 5, 9, 10, 11, 11]
    seen = []
    for _ in range(6):
        made.player.jump(-1)
        seen.append(made.position)
    assert seen == [10, 9, 5, 4, 0, 0]
    made.session.seek(2.5)
    made.player.jump(-1)
    assert made.position == 0
    made.session.seek(7.25)
    made.player.jump(-1)
    assert made.position == 5
    made.session.seek(7.25)
    made.player.jump(1)
    assert made.position == 9


def test_speeds_are_a_list_with_two_ends(desk):
    made = desk()
    for _ in range(20):
        made.player.change_speed(1)
    assert made.player.speed == SPEEDS[-1]
    for _ in range(20):
        made.player.change_speed(-1)
    assert made.player.speed == SPEEDS[0]
    made.player.set_speed(1.1)
    assert made.player.speed == 1.0


def test_the_timer_runs_only_while_something_waits(desk):
    made = desk()
    made.player.frame()
    assert not made.running
    made.session.change(hidden=3)
    assert made.running
    for _ in range(100_000):
        if not made.session.busy:
            break
        made.player.frame()
    assert not made.running
    made.player.toggle()
    assert made.running
    made.frames(0.1)
    assert made.running
    made.player.toggle()
    made.player.frame()
    assert not made.running
    made.session.set_view(sample=0)
    made.session.seek(3.0)
    made.session.select(None)
    assert not made.running


def test_the_player_sleeps_at_the_end_of_the_line(desk):
    made = desk(steps=1)
    made.player.toggle()
    made.frames(8.0)
    assert not made.running


def test_stop_ends_everything(desk):
    made = desk()
    made.player.toggle()
    made.session.change(hidden=3)
    made.player.stop()
    assert not made.running and not made.player.playing
    made.session.change(hidden=4)  # as a field does that accepts what stands in it when its window closes
    assert not made.running


def test_jobs_get_eight_milliseconds_a_frame(qtbot):
    """Each look at the clock takes a millisecond, and so does each step of a job."""
    clock = Clock()
    session = Session(Experiment(steps=30, hidden=6))
    player = Player(session, clock)
    player._timer.stop()
    pulled = []

    def job():
        while True:
            clock.now += 0.001
            pulled.append(clock.now)
            yield None

    session.findings.jobs = {"contributions": job()}
    for _ in range(5):
        before, count = clock.now, len(pulled)
        player.frame()
        assert clock.now - before <= JOB_SECONDS + 0.001 + 1e-9
        assert len(pulled) - count >= 7


def test_a_slow_job_still_comes_on_by_one_step_a_frame(qtbot):
    clock = Clock()
    session = Session(Experiment(hidden=2))
    player = Player(session, clock)
    player._timer.stop()
    pulled = []

    def job():
        while True:
            clock.now += 1.0
            pulled.append(1)
            yield None

    session.findings.jobs = {"contributions": job()}
    player._timer.start()
    for frame in range(1, 4):
        player.frame()
        assert len(pulled) == frame
        assert player._timer.isActive(), "awake while the job lasts"


def test_the_playhead_moves_while_jobs_wait(qtbot):
    clock = Clock()
    session = Session(Experiment(steps=200, hidden=16))
    player = Player(session, clock)
    player._timer.stop()
    player.toggle()
    clock.tick = 0.004
    for _ in range(10):
        clock.now += 0.008
        player.frame()
    assert session.busy
    assert session.position > 0.3


@pytest.mark.checked
def test_the_real_timer_drives_it(qtbot):
    session = Session(Experiment(steps=2, hidden=2))
    player = Player(session)
    player.set_speed(8.0)
    player.toggle()
    qtbot.waitUntil(lambda: not player.playing and not player._timer.isActive(), timeout=10_000)
    assert session.position == session.timeline.last
    assert session.check is not None and session.check.passed
