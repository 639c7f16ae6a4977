"""Player: the only clock. It moves the session's time, runs what is dirty, and pulls jobs for a few ms a frame."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from core.timeline.moment import live_column
from core.timeline.timeline import LOSS, UPDATE
from explorer.session.session import Session
from explorer.session.work import FRAME_SECONDS, out_of

FRAME_MS = 16
JOB_SECONDS = 0.008
TRAINING_SECONDS = 0.014  # of a frame in which nothing else moves
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
BEATS_PER_SECOND = 2.0  # at speed 1, for a short run
OPERATION_SECONDS = 0.4  # inside a cell, at speed 1
LONGEST_PASS = 20.0  # seconds for one whole line at speed 1, however many beats it has, besides the slow ones
UNROLL_SECONDS = 1.6  # from folded to unrolled
# At speed 1, of the loss, of the first beat back and of the update, however short the others are.
LOSS_SECONDS, TURN_SECONDS, UPDATE_SECONDS = 2.0, 1.5, 2.0


class Player(QObject):
    """Plays the session's line forward. The timer runs only while something moves or waits.

    `clock` gives seconds; tests pass one that they advance. Without motion (`still`) it jumps from beat to beat.
    """

    changed = Signal()  # playing, speed or loop

    def __init__(
        self, session: Session, clock: Callable[[], float] = time.perf_counter, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.session, self._clock = session, clock
        self.playing, self.loop, self.still = False, False, False
        self.speed = 1.0
        self._goal = math.inf  # where it stops, the next time that it comes there
        self._seconds: float | None = None  # of the whole line, while it is played once in a given time
        self._last = clock()
        self._place = self._put = session.position  # `_put`: where it was left by the player itself
        self._reminders: dict[str, tuple[float, Callable[[], object]]] = {}
        self._unrolling = session.unrolled  # where the chain is on its way to
        self._ended = False
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.frame)
        session.frame_wanted.connect(self._wake)
        session.play_wanted.connect(self.play_on)
        session.pause_wanted.connect(self.pause)
        session.pass_wanted.connect(self.play_to)
        session.fold_wanted.connect(self.fold)
        self._wake()

    @property
    def beats_per_second(self) -> float:
        """Beats per second at the present speed and place; a long run plays faster, so that it ends within
        LONGEST_PASS. Inside a cell it is the operations that have their time."""
        return self._rate(int(self._place) + 1)

    def _rate(self, beat: int) -> float:
        """Beats per second while a beat is under way."""
        count, line = self._operations(beat), self.session.timeline
        if self._seconds is not None:
            return line.complete / self._seconds
        if count > 1:
            return self.speed / (OPERATION_SECONDS * count)
        rate = max(BEATS_PER_SECOND, len(line) / LONGEST_PASS)
        loss, update = line.index(LOSS), line.index(UPDATE)
        slowest = {loss: LOSS_SECONDS, loss + 1: TURN_SECONDS, update: UPDATE_SECONDS}.get(beat)
        return self.speed * (rate if slowest is None else min(rate, 1.0 / slowest))

    def _later(self, place: float, seconds: float) -> float:
        """Where the playhead is so many seconds after a place."""
        last = self.session.timeline.last
        while place < last:
            end = int(place) + 1
            rate = self._rate(end)
            if place + seconds * rate < end:
                return place + seconds * rate
            seconds -= (end - place) / rate
            place = float(end)
        return place

    def frame(self) -> None:
        """One frame: the latest experiment, the playhead, then the jobs. Sleeps when nothing is left to do."""
        session, now = self.session, self._clock()
        session.follow(out_of(FRAME_SECONDS, self._clock))
        if self.playing:
            self._advance(now - self._last)
        if session.unrolled != self._unrolling:
            self._unroll(now - self._last)
        self._last = now
        training = session.trainer.running and not self.playing
        session.pull(out_of(TRAINING_SECONDS if training else JOB_SECONDS, self._clock))
        for name, (due, do) in list(self._reminders.items()):
            if now >= due:
                del self._reminders[name]
                do()
        if not (self.playing or session.busy or self._reminders) and session.unrolled == self._unrolling:
            self._timer.stop()

    def remind(self, name: str, seconds: float, do: Callable[[], object]) -> None:
        """Does something once so many seconds have passed, unless it is asked for again by that name, or forgotten."""
        self._wake()
        self._reminders[name] = self._clock() + seconds, do

    def forget(self, name: str) -> None:
        """What was to be done by that name is not."""
        self._reminders.pop(name, None)

    def _unroll(self, seconds: float) -> None:
        """Folds or unrolls on; without motion at once."""
        left, step = self._unrolling - self.session.unrolled, min(seconds, 0.1) / UNROLL_SECONDS
        arrived = self.still or abs(left) <= step
        self.session.unroll(self._unrolling if arrived else self.session.unrolled + math.copysign(step, left))

    def toggle_folded(self) -> None:
        """Folds the chain to one step, or unrolls it again."""
        self.fold(self._unrolling != 0.0)

    def fold(self, folded: bool) -> None:
        """Folds the chain to one step, or unrolls it."""
        if (self._unrolling == 0.0) != folded:
            self._unrolling = 0.0 if folded else 1.0
            self._wake()

    def _advance(self, seconds: float) -> None:
        session = self.session
        if self._shown(self._place) != session.position:
            self._place = session.position  # the position was set from outside
        place = self._later(self._place, min(seconds, 0.25))
        once = self._seconds is not None
        rest = next((each for each in session.screen.rests if each > self._place), math.inf)
        if self._place >= self._goal:  # the playhead was moved beyond it
            self._goal = math.inf
        line = session.timeline
        end = min(line.complete if once else line.last, rest, session.screen.limit, self._goal)
        if place >= end:
            if self.loop and not once and end == session.timeline.last:
                place = 0.0
            else:
                place = float(end)
                self.playing, self._seconds, self._goal = False, None, math.inf
                self.changed.emit()
        self._place = place
        self._seek(self._shown(place))
        if once and not self.playing:
            self._put = -1.0  # it is shown complete, as a run that was never played

    def _seek(self, position: float) -> None:
        self.session.seek(position)
        self._put = self.session.position

    def _shown(self, place: float) -> float:
        """Without motion the last beat that is done; inside a cell the last operation."""
        if not self.still:
            return place
        beat = int(place)
        count = self._operations(beat + 1)
        return beat + int((place - beat) * count + 1e-6) / count

    def _operations(self, beat: int) -> int:
        """How many operations a beat has to show: those of the open cell where it works in it, otherwise itself."""
        session = self.session
        scan = next((each for each in session.trace.scans if each.name == session.inside), None)
        if scan is None or beat > session.timeline.last:
            return 1
        live = live_column(session.trace.schedule, scan.name, session.timeline.beat(beat))
        return len(scan.cell.graph) if live else 1

    def _wake(self) -> None:
        if not self._ended and not self._timer.isActive():
            self._last = self._clock()
            self._timer.start()

    # --- user actions ---
    def play_once(self, seconds: float) -> None:
        """Plays from the start until every gradient is there, in so many seconds whatever the speed is."""
        self.session.seek(0.0)
        self.playing, self._seconds, self._place, self._goal = True, seconds, 0.0, math.inf
        self._wake()
        self.changed.emit()

    def play_to(self, place: float) -> None:
        """Plays from the start to a place on the line, at its speed."""
        self.session.seek(0.0)
        self.playing, self._seconds, self._place, self._goal = True, None, 0.0, place
        self._wake()
        self.changed.emit()

    def toggle(self) -> None:
        """Play or pause. At the end of the line it is played from its start; so is a run that is shown complete from
        the first, which the player has not come to the end of step by step."""
        if not self.playing and self._is_over():
            self.session.seek(0.0)
        self.playing, self._seconds, self._goal = not self.playing, None, math.inf
        self._place = self.session.position
        self._wake()
        self.changed.emit()

    def play_on(self) -> None:
        """Plays from where the playhead is, to the next rest; without motion it is there at once."""
        rest = next((each for each in self.session.screen.rests if each > self.session.position), None)
        if rest is not None and self.still:
            self._seek(rest)
        elif rest is not None:
            self.playing, self._seconds, self._place, self._goal = True, None, self.session.position, math.inf
            self._wake()
            self.changed.emit()

    def _is_over(self) -> bool:
        line, position = self.session.timeline, self.session.position
        return position >= line.last or (position == line.complete and position != self._put)

    def pause(self) -> None:
        """Stops where it is."""
        if self.playing:
            self.playing, self._seconds, self._goal = False, None, math.inf
            self.changed.emit()

    def step(self, beats: int) -> None:
        """On or back by whole beats; pauses. From between two beats the nearest in that direction comes first."""
        self.pause()
        place = self.session.position
        whole = int(place) if beats > 0 else -int(-place // 1)
        self._seek(whole + beats)

    def operation(self, by: int) -> None:
        """On or back by one operation of the open cell, or by a beat where there is none; pauses."""
        self.pause()
        place = self.session.position
        if by > 0:
            beat = int(place + 1e-6)
            count = self._operations(beat + 1)
            self._seek(beat + (int((place - beat) * count + 1e-6) + 1) / count)
        else:
            beat = -int(-(place - 1e-6) // 1)
            count = self._operations(max(beat, 0))
            self._seek(beat - 1 + (-int(-((place - beat + 1) * count - 1e-6) // 1) - 1) / count)

    def jump(self, direction: int) -> None:
        """To the end of this phase, or back to the beginning of it or of the one before."""
        self.pause()
        ends = [0, *(last for _, _, last in self.session.timeline.spans())]
        place = self.session.position
        if direction > 0:
            self._seek(next((end for end in ends if end > place), ends[-1]))
        else:
            self._seek(next((end for end in reversed(ends) if end < place), 0))

    def set_speed(self, speed: float) -> None:
        """One of SPEEDS; others go to the nearest."""
        self.speed = min(SPEEDS, key=lambda each: abs(each - speed))
        self.changed.emit()

    def change_speed(self, by: int) -> None:
        """One faster or slower."""
        place = SPEEDS.index(self.speed) + by
        self.set_speed(SPEEDS[min(max(place, 0), len(SPEEDS) - 1)])

    def toggle_loop(self) -> None:
        """Begin again at the end, or stop there."""
        self.loop = not self.loop
        self.changed.emit()

    def stop(self) -> None:
        """For the end of the window: from now on frames come only where `frame` is called. A field that accepts what
        stands in it when its window closes still changes the session."""
        self.playing, self._ended = False, True
        self._reminders.clear()
        self._timer.stop()
