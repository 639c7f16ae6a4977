"""Free generation: a trained model writes a text, each character or word drawn from its own prediction.

`Reading` goes through a text character by character, in a window as well; `sample` draws what it reads next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec
import numpy as np

from core import bptt, tasks
from core.cells import cell_named
from core.choices import is_data, is_start
from core.edits.applied import start_states
from core.errors import InputError
from core.experiment import Experiment
from core.maths.arrays import Array
from core.maths.losses import softmax
from core.maths.streams import stream
from core.network.declared import EACH, PREVIOUS
from core.network.parts import ForwardPass, Key, Network
from core.network.scan import scans_of
from core.network.structures import build
from core.tasks.base import Data
from core.tasks.next_character import UNKNOWN, alphabet, encoded, pieces
from core.tasks.words import one_hot
from core.training.training import checked

STRUCTURES = ("n-n", "n-1")  # those whose last output predicts what follows the last x
LONGEST = 10_000  # characters or words of a text that is written, its seed included
NOTHING = -1  # the code of x = 0, with which a text begins where the experiment says so


@dataclass(frozen=True, eq=False)
class Model:
    """A character model: `alphabet[k]` is the character of input and output k. Made by `model`."""

    experiment: Experiment
    network: Network
    parameters: Mapping[str, Array]
    alphabet: tuple[str, ...]

    def probabilities(self, text: str, temperature: float = 1.0) -> Array:
        """What follows `text` (one character or more): a probability for each of the alphabet, (O,), sum 1, as
        `Reading.probabilities` gives them. Raises InputError as `sample` does."""
        reading = Reading(self)
        reading.read(text)
        return reading.probabilities(temperature)

    @property
    def carries(self) -> bool:
        """Whether the network's recurrent states are all that a step knows of the steps before. A window of inputs, an
        output that is fed back or a clock is more, and then every character needs the whole text again."""
        for declared in self.network.declared:
            if declared.clocks or declared.reverse:
                return False
            carried = {f"{name}{PREVIOUS}" for name in declared.recurrent_states}
            for name, reads in declared.reads(self.network.widths).items():
                if name not in carried and any(read.at != EACH or read.lag for read in reads):
                    return False
        return True


class Reading:
    """A text that a model reads character by character. Where the model's states carry all that it knows (`carries`),
    a character costs one step, however long the text is; otherwise it costs a run over the whole text. The numbers are
    the same, to rounding."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._carries = model.carries
        self._codes = np.empty(0, dtype=np.intp)  # of the whole text, where that is needed
        self._states: dict[Key, Array] = {}
        self._z: Array | None = None
        if model.experiment.zero_start:
            self._go_on(np.array([NOTHING]))

    def read(self, text: str) -> None:
        """Goes on in the text. Raises InputError for a character or word that the model does not know."""
        codes = encoded(self.model.experiment, text)
        if len(codes):
            self._go_on(codes)

    def _go_on(self, codes: Array) -> None:
        if not self._carries:
            codes = self._codes = np.concatenate((self._codes, codes))
        run = self._run(codes)
        self._z = run.z[-1, 0].copy()
        if self._carries:
            for scan in scans_of(self.model.network):
                records = run.records[scan.name]
                for name in scan.recurrent_states:
                    self._states[scan.name, name] = getattr(records, name)[-1].copy()

    def probabilities(self, temperature: float = 1.0) -> Array:
        """What follows what has been read: a probability for each of the alphabet, (O,), sum 1.

        softmax(z / temperature) (Hinton, Vinyals & Dean 2015, section 2, equation 1): below 1 the likely becomes
        likelier, above 1 all become alike; 0 is the limit, all of it on the largest z (the first, where several are).
        Raises InputError for a temperature below 0 or not finite, and ValueError where nothing has been read.
        """
        _refuse_temperature(temperature)
        if self._z is None:
            raise ValueError("nothing has been read yet")
        z = self._z
        if not np.isfinite(z).all():
            raise InputError("The model's output is not finite, so no character can be sampled; train it again.")
        if temperature == 0.0:
            return np.eye(len(z))[z.argmax()]
        with np.errstate(all="ignore"):  # z / 1e-300 may be infinite: the largest alone stays at 0
            return softmax((z - z.max()) / temperature)

    def _run(self, codes: Array) -> ForwardPass:
        """A run over these characters, from the states that the ones before have led to."""
        model, steps, width = self.model, len(codes), len(self.model.alphabet)
        x = one_hot(codes[:, np.newaxis], width)
        y = np.zeros_like(x)
        y[:-1] = x[1:]  # known, where a network reads the targets of the steps before
        data = Data(
            x * model.experiment.input_scale, y, np.zeros(steps, dtype=bool), "categorical", model.alphabet,
            model.alphabet,
        )  # fmt: skip
        run = ForwardPass(model.network, dict(model.parameters), data, recorded=False, starts=self._states)
        with np.errstate(all="ignore"):
            for _ in bptt.forward(model.network, run):
                pass
        return run


def model(experiment: Experiment, parameters: Mapping[str, Array]) -> Model:
    """The character model that an experiment and its trained parameters make. It begins with the initial states that
    are typed for the first sample.

    Raises InputError where the task predicts no character, where a network needs what comes after the text to predict
    it, or where the parameters are not this network's.
    """
    refuse_structure(experiment)
    network = build(experiment, tasks.make(experiment))
    start_states(network, 1, of_one_sequence(experiment))
    return Model(experiment, network, checked(network, parameters), alphabet(experiment))


def of_one_sequence(experiment: Experiment) -> Experiment:
    """The experiment without the numbers typed over its data and over the initial states of samples but the first."""
    kept = tuple(
        each for each in experiment.edits if not is_data(each.name) and (not is_start(each.name) or each.index[0] == 0)
    )
    return msgspec.structs.replace(experiment, edits=kept)


def refuse_structure(experiment: Experiment) -> None:
    """Raises InputError where the task predicts no character, or a network needs what comes after the text to predict
    it."""
    if experiment.task != "next-character":
        raise InputError("The task {task} writes no text; sample from a model of next-character.", task=experiment.task)
    if experiment.structure not in STRUCTURES:
        raise InputError(
            "structure {structure} cannot continue a text; train with n-n or n-1.", structure=experiment.structure
        )
    if experiment.read_backwards:
        raise InputError("read_backwards: a text goes on after the character that is read last; switch it off.")
    if experiment.bidirectional is not None:
        raise InputError("A bidirectional network has read what it is to predict; switch bidirectional off.")
    if cell_named(experiment.cell).couples_samples:
        raise InputError(
            "The cell {cell} needs a batch to normalise over, and sampling runs a single sequence; choose another "
            "cell.",
            cell=experiment.cell,
        )


def sample(
    model: Model, length: int, seed_text: str = "", temperature: float = 1.0, seed: int = 0, unknown: bool = False
) -> Iterator[str]:
    """`length` new characters or words, one by one, that go on after `seed_text` (`first_text` where it is empty). The
    same arguments give the same ones.

    A character that the model does not know is read as the unknown token "�", where its alphabet has that; where "�" is
    drawn, it is drawn anew among the others, unless `unknown` is True. Raises InputError, at once, where it has not,
    for a temperature below 0 or not finite, or a text that would get too long.
    """
    text = seed_text or first_text(model)
    if length < 0 or len(pieces(model.experiment, text)) + length > LONGEST:
        raise InputError(
            "length: {length} cannot be used; seed text and new text together are at most {most}.",
            length=length,
            most=LONGEST,
        )
    _refuse_temperature(temperature)
    encoded(model.experiment, text)
    return _drawn(model, length, text, temperature, seed, unknown)


def first_text(model: Model) -> str:
    """What a sample begins with where no seed text is given: nothing where the model has learned how a text begins
    (`zero_start`), else the first character or word of its text."""
    experiment = model.experiment
    return "" if experiment.zero_start else pieces(experiment, experiment.text)[0]


def _drawn(model: Model, length: int, text: str, temperature: float, seed: int, unknown: bool) -> Iterator[str]:
    random, reading = stream(seed, "sampling"), Reading(model)
    for _ in range(length):
        reading.read(text)
        text = draw(model, reading.probabilities(temperature), random, unknown)
        yield text


def draw(model: Model, probabilities: Array, random: np.random.Generator, unknown: bool = False) -> str:
    """One of the alphabet, as likely as `probabilities` (O,) says. Where the unknown token is drawn, another one is,
    as likely as they are without it, unless `unknown` is True, or there is no other with a probability."""
    drawn = _drawn_unit(probabilities, random)
    if model.alphabet[drawn] == UNKNOWN and model.experiment.unknown and not unknown:
        others = np.where(np.arange(len(probabilities)) == drawn, 0.0, probabilities)
        drawn = _drawn_unit(others, random) if others.any() else drawn
    return model.alphabet[drawn]


def _drawn_unit(probabilities: Array, random: np.random.Generator) -> int:
    ladder = probabilities.cumsum()
    return int(np.searchsorted(ladder, random.random() * ladder[-1], side="right"))


def _refuse_temperature(temperature: float) -> None:
    if not 0.0 <= temperature <= 1e6:
        raise InputError(
            "temperature: {temperature:g} cannot be used; give a number from 0 to 1e6.", temperature=temperature
        )
