"""Film: the parameters of a training at some of its updates, so that the network can be seen as it was."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from core.maths.arrays import Array

BUDGET = 64 * 2**20  # bytes
MOST_FRAMES = 1024  # more are no better to look through


@dataclass(frozen=True, eq=False)
class Frame:
    """A training after `update` updates: the learned parameters as one vector (n,), those before the last update, and
    all that it takes to go on as if there had been no interruption. `best`: the update of the lowest validation loss so
    far, and that loss; `waited`: validations since then; `validated`: whether one at this update is among them. Its
    arrays must not be changed."""

    update: int
    vector: Array
    before: Array
    state: Mapping[str, Array] = field(default_factory=dict)
    best: tuple[int, float] | None = None
    waited: int = 0
    validated: bool = False

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        return self.vector.nbytes + self.before.nbytes + sum(array.nbytes for array in self.state.values())


class Film:
    """Frames at every `stride`-th update, the first one (0) among them. Where they would have more than `budget` bytes,
    or be more than MOST_FRAMES, the stride doubles, and every other frame goes. `kept` has frames that stay whatever
    the stride: the best ones, and the last one of a training that has ended."""

    def __init__(self, budget: int = BUDGET) -> None:
        self.budget, self.stride = budget, 1
        self.kept: dict[int, Frame] = {}
        self._frames: list[Frame] = []
        self._bytes = 0

    def __len__(self) -> int:
        return len(self.frames)

    def __iter__(self) -> Iterator[Frame]:
        return iter(self.frames)

    @property
    def frames(self) -> list[Frame]:
        """All frames, in the order of their updates."""
        others = [frame for frame in self.kept.values() if frame.update % self.stride]
        known = {frame.update for frame in self._frames}
        others += [f for f in self.kept.values() if not f.update % self.stride and f.update not in known]
        return sorted([*self._frames, *others], key=lambda frame: frame.update)

    def wanted(self, update: int) -> bool:
        """Whether this update has a frame of its own."""
        return update % self.stride == 0

    def add(self, frame: Frame) -> None:
        """A frame later than all others."""
        self._frames.append(frame)
        self._bytes += frame.nbytes
        while len(self._frames) > 2 and (self._bytes > self.budget or len(self._frames) > MOST_FRAMES):
            self.stride *= 2
            self._frames = [each for each in self._frames if each.update % self.stride == 0]
            self._bytes = sum(each.nbytes for each in self._frames)
            self.forget()

    def keep(self, frame: Frame) -> None:
        """A frame that stays."""
        self.kept[frame.update] = frame

    def forget(self, *needed: int) -> None:
        """Lets kept frames go that no other frame names as its best, but for the `needed` ones and the latest."""
        latest = max(self.kept, default=-1)
        naming = [*self._frames, *(self.kept[update] for update in (*needed, latest) if update in self.kept)]
        wanted = {frame.best[0] for frame in naming if frame.best is not None} | {*needed, latest}
        self.kept = {update: frame for update, frame in self.kept.items() if update in wanted}

    def at(self, update: int) -> Frame | None:
        """The last frame that is not later than this update."""
        frames = self.frames
        place = bisect_right(frames, update, key=lambda frame: frame.update)
        return frames[place - 1] if place else None

    def truncate(self, update: int) -> None:
        """Only frames that are not later than this update."""
        self._frames = [frame for frame in self._frames if frame.update <= update]
        self._bytes = sum(frame.nbytes for frame in self._frames)
        self.kept = {each: frame for each, frame in self.kept.items() if each <= update}

    def copy(self) -> Film:
        """The same frames, to be continued apart."""
        other = Film(self.budget)
        other.stride, other.kept = self.stride, dict(self.kept)
        other._frames, other._bytes = list(self._frames), self._bytes
        return other
