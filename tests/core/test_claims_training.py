"""The lessons' claims about learning, over seeds, through the public interface. Both seeds vary together."""

from __future__ import annotations

import math

from core.experiment import Experiment, natural
from core.optimizers import SGD, Adam
from core.tasks import dataset, make
from core.training import Training, measure, train

HELLO = natural("next-character", cell="tanh", text="hello", steps=4, hidden=8, batch=1, w_init="orthogonal")
RECALL = natural("recall", steps=40, hidden=8, noise=0.5, clip_norm=1.0, w_init="orthogonal")


def trained_on_hello(seed: int, gain: float, held: tuple[str, ...] = ()) -> float:
    """The loss, summed over the four steps of hell → ello, after 500 updates of SGD at 0.1."""
    experiment = HELLO.with_changes(w_gain=gain, data_seed=seed, weight_seed=seed)
    data = make(experiment)
    training = Training(experiment, SGD(0.1), batches=lambda update: data, held=held)
    for _ in train(training, 500):
        pass
    return measure(training.network, training.parameters, data).loss


def test_claim_2_without_w_the_two_l_are_one_input():
    """W held at 0: the same l is followed by l and by o, and no U and V can tell them apart."""
    for seed in range(20):
        assert trained_on_hello(seed, 0.0, held=("L1.W",)) >= 2 * math.log(2)


def test_claim_2_with_w_it_is_learned():
    for seed in range(20):
        assert trained_on_hello(seed, 1.0) < 0.02


def accuracy(experiment: Experiment, seed: int) -> float:
    """On 1,000 held-out sequences, after 300 updates of Adam at 0.01 with 32 sequences each, clipped to norm 1."""
    experiment = experiment.with_changes(data_seed=seed, weight_seed=seed)
    training = Training(experiment, Adam(0.01), size=32)
    for _ in train(training, 300):
        pass
    return measure(training.network, training.parameters, dataset.held_out(experiment, 1000)).accuracy


FORGETS = {
    "tanh, orthogonal × 0.5": {"cell": "tanh", "w_gain": 0.5},
    "LSTM, forget bias 0": {"cell": "lstm", "forget_bias": 0.0},
    "LSTM, forget bias 1": {"cell": "lstm", "forget_bias": 1.0},
}
REMEMBERS = {
    "LSTM, forget bias 5": {"cell": "lstm", "forget_bias": 5.0},
    "tanh, orthogonal × 1": {"cell": "tanh", "w_gain": 1.0},
    "ReLU, W = I": {"cell": "relu", "w_init": "identity", "w_gain": 1.0},
}
