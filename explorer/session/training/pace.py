"""How fast a training in the window goes on, and when the next picture of it is due."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

WARM_UP = 2  # pictures: until they are painted all that a training and its pictures need is made for the first time
KNOWN_SECONDS, KNOWN_UPDATES = 1.0, 5  # from fewer of them nothing is said of the speed
STEADY = 1.6  # both halves of that time are as fast as each other up to this factor: it has reached its speed
WINDOW_SECONDS = 5.0  # the speed is that of so long a time
LEAST_SECONDS = 0.2  # between two pictures of a training: five a second
SHARE = 9.0  # it trains at least so many times as long as a picture of it takes


class Pace:
    """From one press on. `clock` gives seconds. `first`: the update at which this press began; `due`: when the next
    picture is."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.first, self.due = 0, 0.0
        self._drawn: float | None = None  # when the making of the latest picture began
        self._pictures = 0  # painted since the press
        self._marks: deque[tuple[float, int]] = deque()  # when a picture was painted, and how many updates there were

    def begin(self, update: int) -> None:
        """A press, after so many updates."""
        self.first, self.due, self._drawn = update, self.clock() + LEAST_SECONDS, None
        self._pictures = 0
        self._marks.clear()

    def painted(self, update: int) -> None:
        """The latest picture, where there is a new one, has been made and painted, after so many updates."""
        if self._drawn is None:
            return
        now = self.clock()
        self.due, self._drawn = now + max(LEAST_SECONDS, SHARE * (now - self._drawn)), None
        self._pictures += 1
        if self._pictures >= WARM_UP:
            self._marks.append((now, update))
        while len(self._marks) > 2 and now - self._marks[1][0] >= WINDOW_SECONDS:
            self._marks.popleft()

    def draws(self) -> bool:
        """Whether a picture is to be made now."""
        now = self.clock()
        if now < self.due:
            return False
        self._drawn = now
        return True

    @property
    def speed(self) -> float | None:
        """Updates a second, lately, with the pictures that were made of them; None where that is not known yet."""
        marks = self._marks
        if len(marks) < 3 or marks[-1][0] - marks[0][0] < KNOWN_SECONDS or marks[-1][1] - marks[0][1] < KNOWN_UPDATES:
            return None
        middle = min(list(marks)[1:-1], key=lambda mark: abs(2.0 * mark[0] - marks[0][0] - marks[-1][0]))
        slower, faster = sorted((_rate(marks[0], middle), _rate(middle, marks[-1])))
        return _rate(marks[0], marks[-1]) if faster <= STEADY * slower else None


def _rate(one: tuple[float, int], later: tuple[float, int]) -> float:
    return (later[1] - one[1]) / max(later[0] - one[0], 1e-9)
