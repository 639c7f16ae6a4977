"""The lessons' claims about learning, over seeds, through the public interface. Both seeds vary together."""

from __future__ import annotations

import math

import pytest

from core.experiment import Experiment, natural
from core.tasks import dataset, make
from core.training.measures import measure
from core.training.optimizers import SGD, Adam
from core.training.training import Training, train

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


# U × 0.5 keeps tanh out of saturation (with U × 1 it learns in half of the seeds); the LSTM has W × 0.3/√H. Its bias 1
# is at the edge: with U × 0.5 one seed of six learns after all. With these scales each held in 6 seeds of 6.
ELMAN = RECALL.with_changes(u_gain=0.5)
LSTM = RECALL.with_changes(cell="lstm", w_init="normal", w_gain=0.3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("experiment", "seeds"),
    [
        (ELMAN.with_changes(w_gain=0.5), 4),
        (LSTM.with_changes(forget_bias=0.0), 2),
        (LSTM.with_changes(forget_bias=1.0), 2),
    ],
    ids=["tanh, orthogonal × 0.5", "LSTM, bias 0", "LSTM, bias 1"],
)
def test_claim_13_what_forgets_guesses(experiment, seeds):
    for seed in range(seeds):
        assert accuracy(experiment, seed) <= 0.55


@pytest.mark.slow
@pytest.mark.parametrize(
    ("experiment", "seeds"),
    [
        (ELMAN.with_changes(w_gain=1.0), 4),
        (ELMAN.with_changes(cell="relu", w_init="identity", w_gain=1.0), 4),
        (LSTM.with_changes(forget_bias=5.0), 2),
    ],
    ids=["tanh, orthogonal × 1", "ReLU, W = I", "LSTM, bias 5"],
)
def test_claim_13_what_remembers_is_right(experiment, seeds):
    """Said openly: an initialisation can match gates."""
    for seed in range(seeds):
        assert accuracy(experiment, seed) > 0.995
