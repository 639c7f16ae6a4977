"""How fast a training in the window goes on, and when the next picture of it is due."""

from __future__ import annotations

from collections.abc import Callable

SPEED_SECONDS, SPEED_UPDATES = 1.0, 20  # earlier nothing is said of the time that is left
LEAST_SECONDS = 0.2  # between two pictures of a training: five a second
SHARE = 9.0  # it trains at least so many times as long as a picture of it takes


class Pace:
    """From one press on. `clock` gives seconds. `first`: the update at which this press began; `speed`: updates a
    second, lately; `due`: when the next picture is."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.first, self.speed, self.due = 0, 0.0, 0.0
        self._known, self._measured = 0.0, (0.0, 0)  # when the speed is taken as known; when it was found last, and at
        self._drawn: float | None = None  # when the making of the latest picture began

    def begin(self, update: int) -> None:
        """A press, after so many updates."""
        now = self.clock()
        self.first, self.speed, self.due = update, 0.0, now + LEAST_SECONDS
        self._known, self._measured = now + SPEED_SECONDS, (now, update)

    def painted(self) -> None:
        """The latest picture, where there is one, has been made and painted."""
        if self._drawn is not None:
            now = self.clock()
            self.due, self._drawn = now + max(LEAST_SECONDS, SHARE * (now - self._drawn)), None

    def draws(self, update: int) -> bool:
        """Whether the picture of an update is to be made now."""
        now = self.clock()
        if now < self.due:
            return False
        since, before = self._measured
        self.speed, self._measured = (update - before) / max(now - since, 1e-9), (now, update)
        self._drawn = now
        return True

    def seconds(self, update: int, total: int) -> float | None:
        """From one update to another at its present speed; None where that is not known yet: the first ones are slow,
        since all that they need is made with them."""
        known = update - self.first >= SPEED_UPDATES or self.clock() >= self._known
        return (total - update) / self.speed if known and self.speed > 0.0 else None
