"""Free generation: a trained character model writes a text, each character drawn from its own prediction.

The network reads the whole text so far, step by step from its start, for every new character: the plainest way, right
for every cell and layer, and the same numbers as in training.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from core import bptt, tasks
from core.cells import cell_named
from core.errors import InputError
from core.experiment import Experiment
from core.maths.arrays import Array
from core.maths.losses import softmax
from core.maths.streams import stream
from core.network.parts import ForwardPass, Network
from core.network.structures import build
from core.tasks.base import Data
from core.tasks.next_character import alphabet, encoded
from core.training.training import checked

STRUCTURES = ("n-n", "n-1")  # those whose last output predicts what follows the last x
LONGEST = 10_000  # characters of a text that is written, its seed included


@dataclass(frozen=True, eq=False)
class Model:
    """A character model: `alphabet[k]` is the character of input and output k. Made by `model`."""

    experiment: Experiment
    network: Network
    parameters: Mapping[str, Array]
    alphabet: tuple[str, ...]

    def probabilities(self, text: str, temperature: float = 1.0) -> Array:
        """What follows `text` (one character or more): a probability for each of the alphabet, (O,), sum 1.

        softmax(z / temperature) (Hinton, Vinyals & Dean 2015, section 2, equation 1): below 1 the likely becomes
        likelier, above 1 all become alike; 0 is the limit, all of it on the largest z (the first, where several are).
        Raises InputError as `sample` does.
        """
        _refuse_temperature(temperature)
        z = self._logits(encoded(self.experiment, text))
        if not np.isfinite(z).all():
            raise InputError("The model's output is not finite, so no character can be sampled; train it again.")
        if temperature == 0.0:
            return np.eye(len(z))[z.argmax()]
        with np.errstate(all="ignore"):  # z / 1e-300 may be infinite: the largest alone stays at 0
            return softmax((z - z.max()) / temperature)

    def _logits(self, codes: Array) -> Array:
        """z of the last step, (O,), of a run over these characters."""
        steps, width = len(codes), len(self.alphabet)
        one_hot = np.eye(width)[codes][:, np.newaxis]
        y = np.zeros_like(one_hot)
        y[:-1] = one_hot[1:]  # known, where a network reads the targets of the steps before
        data = Data(
            one_hot * self.experiment.input_scale, y, np.zeros(steps, dtype=bool), "categorical", self.alphabet,
            self.alphabet,
        )  # fmt: skip
        run = ForwardPass(self.network, dict(self.parameters), data)
        with np.errstate(all="ignore"):
            for _ in bptt.forward(self.network, run):
                pass
        return run.z[-1, 0]


def model(experiment: Experiment, parameters: Mapping[str, Array]) -> Model:
    """The character model that an experiment and its trained parameters make.

    Raises InputError where the task predicts no character, where a network needs what comes after the text to predict
    it, or where the parameters are not this network's.
    """
    if experiment.task != "next-character":
        raise InputError(f"The task {experiment.task} writes no text; sample from a model of next-character.")
    if experiment.structure not in STRUCTURES:
        raise InputError(f"structure {experiment.structure} cannot continue a text; train with n-n or n-1.")
    if experiment.read_backwards:
        raise InputError("read_backwards: a text goes on after the character that is read last; switch it off.")
    if experiment.bidirectional is not None:
        raise InputError("A bidirectional network has read what it is to predict; switch bidirectional off.")
    if cell_named(experiment.cell).couples_samples:
        raise InputError(
            f"The cell {experiment.cell} needs a batch to normalise over, and sampling runs a single sequence; "
            "choose another cell."
        )
    network = build(experiment, tasks.make(experiment))
    return Model(experiment, network, checked(network, parameters), alphabet(experiment))


def sample(model: Model, length: int, seed_text: str = "", temperature: float = 1.0, seed: int = 0) -> Iterator[str]:
    """`length` new characters, one by one, that go on after `seed_text` (the text's first character where it is
    empty). The same arguments give the same characters.

    A character that the model does not know is read as the unknown token "�", where its alphabet has that. Raises
    InputError, at once, where it has not, for a temperature below 0 or not finite, or a text that would get too long.
    """
    text = seed_text or model.experiment.text[0]
    if length < 0 or len(text) + length > LONGEST:
        raise InputError(f"length: {length} cannot be used; seed text and new text together are at most {LONGEST}.")
    _refuse_temperature(temperature)
    encoded(model.experiment, text)
    return _drawn(model, length, text, temperature, seed)


def _drawn(model: Model, length: int, text: str, temperature: float, seed: int) -> Iterator[str]:
    random = stream(seed, "sampling")
    for _ in range(length):
        ladder = model.probabilities(text, temperature).cumsum()
        drawn = int(np.searchsorted(ladder, random.random() * ladder[-1], side="right"))
        text += model.alphabet[drawn]
        yield model.alphabet[drawn]


def _refuse_temperature(temperature: float) -> None:
    if not 0.0 <= temperature <= 1e6:
        raise InputError(f"temperature: {temperature:g} cannot be used; give a number from 0 to 1e6.")
