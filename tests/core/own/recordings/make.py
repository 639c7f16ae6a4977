"""Writes the recorded runs beside it with explorer/recorders, PyTorch 2.13.0 and Keras 3.15.1 on PyTorch, seed 7.
Neither is a dependency of the program; with any Python that has them, from the project's folder:

    KERAS_BACKEND=torch PYTHONPATH=. python tests/core/own/recordings/make.py
"""

from __future__ import annotations

from pathlib import Path

import keras  # pyright: ignore[reportMissingImports]
import numpy as np
import torch  # pyright: ignore[reportMissingImports]

from explorer.recorders import keras as of_keras
from explorer.recorders import pytorch as of_torch

SEED = 7
FOLDER = Path(__file__).parent


class Classifier(torch.nn.Module):
    """A sentence of symbols to one of three classes, by an LSTM of two layers in both directions."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = torch.nn.Embedding(9, 3)
        self.lstm = torch.nn.LSTM(3, 4, num_layers=2, bidirectional=True, batch_first=True)
        self.head = torch.nn.Linear(8, 3)

    def forward(self, words):
        return self.head(self.lstm(self.embed(words))[0].mean(dim=1))


class Loop(torch.nn.Module):
    """Two GRU cells on each other in a loop, read at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.below, self.upper, self.head = torch.nn.GRUCell(3, 4), torch.nn.GRUCell(4, 2), torch.nn.Linear(2, 1)

    def forward(self, x):
        h = g = None
        for row in x:
            h = self.below(row, h)
            g = self.upper(h, g)
        return self.head(g)


def main() -> None:
    torch.manual_seed(SEED)
    classifier, words = Classifier(), torch.tensor([[1, 5, 2, 8, 0], [3, 3, 7, 4, 6]])
    with of_torch.recording(classifier, FOLDER / "pytorch-lstm.npz"):
        torch.nn.functional.cross_entropy(classifier(words), torch.tensor([0, 2])).backward()
    loop, x = Loop().double(), torch.randn(6, 2, 3).double()
    with of_torch.recording(loop, FOLDER / "pytorch-cells.npz"):
        loop(x).square().mean().backward()
    keras.utils.set_random_seed(SEED)
    numbers = np.random.default_rng(SEED)
    layers = keras.layers
    made = {
        "keras-gru": [layers.GRU(4, return_sequences=True, bias_initializer="normal"), layers.GRU(3), layers.Dense(2)],
        "keras-lstm": [layers.Bidirectional(layers.LSTM(3, return_sequences=True), merge_mode="ave"), layers.Dense(2)],
        "keras-rnn": [layers.SimpleRNN(3, activation="relu"), layers.Dropout(0.5), layers.Dense(2)],
    }
    for name, stack in made.items():
        model = keras.Sequential([keras.Input((5, 3)), *stack])
        x = numbers.standard_normal((2, 5, 3)).astype("float32")
        y = numbers.standard_normal((2, *model.output_shape[1:])).astype("float32")
        of_keras.record(FOLDER / f"{name}.npz", model, x, y, loss="mse")


if __name__ == "__main__":
    main()
