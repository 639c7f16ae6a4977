"""Example: a saved experiment that shows one thing, with its claim, whose numbers are those of its own run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.claims.claim import claim_of
from core.documents.document import PinnedRun
from core.experiment import Experiment, describe
from core.jobs import Job
from core.maths.arrays import Array
from core.trace import Trace
from core.training.optimizers import optimizer_named
from core.training.training import Training, train
from explorer.style.numbers import number
from explorer.words import translator

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "examples"
SUFFIX = ".json"

Numbers = Mapping[str, float]
tr = translator("examples")


def of_claim(trace: Trace) -> dict[str, float]:
    """The numbers of what the window claims of a run; `kept`: how much of the gradient is left."""
    claim = claim_of(trace)
    numbers = dict(claim.numbers)
    if "factor" in numbers:
        numbers["kept"] = numbers["factor"] if claim.form == "larger" else 1.0 / numbers["factor"]
    return numbers


@dataclass(frozen=True)
class Learned:
    """How an example was trained: updates of `size` sequences each."""

    updates: int
    rate: float
    size: int
    optimizer: str = "adam"


@dataclass(frozen=True)
class Example:
    """`name`: of its file; `group` and `title`: what stands above its claim. `claim`: a sentence, with `numbers` of its
    run by their names in braces; `holds`: whether that is true of them, tested on the file's run. `make`: its
    experiment; `learned`: how its parameters came about, None: they are the seed's; `pinned`: the cells beside
    it; `page`: that of the right dock which it opens with, "" for whichever is there."""

    name: str
    group: str
    title: str
    claim: str
    make: Callable[[], Experiment]
    holds: Callable[[Numbers], bool]
    numbers: Callable[[Trace], Numbers] = of_claim
    learned: Learned | None = None
    pinned: tuple[str, ...] = ()
    page: str = ""

    @property
    def path(self) -> Path:
        return FOLDER / (self.name + SUFFIX)

    def sentence(self, trace: Trace) -> str:
        """The claim with the numbers of a run of it."""
        found = self.numbers(trace)
        written = {
            name: number(value) if isinstance(value, float) else str(value)
            for name, value in found.items()
            if not isinstance(value, float) or value == value
        }
        return tr(self.claim).format(**written)

    def words(self) -> str:
        """What a search looks in: all that is known without its run."""
        return " ".join((tr(self.title), tr(self.group), tr(self.claim), self.name))

    # --- how its file is made ---
    def training(self) -> Job[Mapping[str, Array] | None]:
        """Its own parameters, None where they are the seed's."""
        if self.learned is None:
            return None
        how = self.learned
        training = Training(self.make(), optimizer_named(how.optimizer)(how.rate), how.size)
        for progress in train(training, how.updates):
            yield progress.update / how.updates if progress is not None else 0.0
        return dict(training.parameters)

    def pins(self) -> tuple[PinnedRun, ...]:
        others = [self.make().with_cell(cell) for cell in self.pinned]
        return tuple(PinnedRun(other, describe(other), k) for k, other in enumerate(others))
