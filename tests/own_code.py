"""What a learner has who comes from a course or a library: forward passes in their layouts, under their names, with
gradients by central differences, so that nothing of this program is in them; and stand-ins for two libraries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np

Array = np.ndarray
Names = dict[str, Any]
STEP = 1e-5


def sigmoid(v: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-v))


def slopes(f: Callable[[], float], *arrays: Array) -> list[Array]:
    """∂f/∂ each array, by central differences in place."""
    found = []
    for array in arrays:
        slope = np.zeros(array.shape)
        for index in np.ndindex(array.shape):
            kept, ends = array[index], []
            for number in (kept + STEP, kept - STEP):
                array[index] = number
                ends.append(f())
            array[index] = kept
            slope[index] = (ends[0] - ends[1]) / (2.0 * STEP)
        found.append(slope)
    return found


def states(xs: Array, h: Array, made: Callable[[Array, Array], Array]) -> Array:
    """Every state (T, B, H) of a recurrence h_t = made(x_t, h_{t−1}); `made` keeps a cell state of its own."""
    found = []
    for x in xs:
        h = made(x, h)
        found.append(h)
    return np.stack(found)


def lstm(gates: Callable[[Array, Array], list[Array]]) -> Callable[[Array, Array], Array]:
    """A step from the pre-activations of i, f, o and g; c begins at 0."""
    c: Array | float = 0.0

    def step(x: Array, h: Array) -> Array:
        nonlocal c
        i, f, o, g = gates(x, h)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return sigmoid(o) * np.tanh(c)

    return step


# --- courses ---
def cs231n(gated: bool) -> Names:
    """rnn_layers.py and the arrays of its notebook, or those of the LSTM."""
    random = np.random.RandomState(231)
    n, t, d, h, g = 2, 4, 3, 5, 4 if gated else 1
    name = "lstm" if gated else "rnn"

    def forward(x: Array, h0: Array, wx: Array, wh: Array, b: Array) -> tuple[Array, tuple]:
        def plain(at: Array, prev: Array) -> Array:
            return np.tanh(at @ wx + prev @ wh + b)

        step = lstm(lambda at, prev: np.split(at @ wx + prev @ wh + b, 4, axis=1)) if gated else plain
        return states(x.swapaxes(0, 1), h0, step).swapaxes(0, 1), (x, h0, wx, wh, b)

    def backward(dh: Array, cache: tuple) -> list[Array]:
        return slopes(lambda: float((forward(*cache)[0] * dh).sum()), *cache)

    arrays = {"x": (n, t, d), "h0": (n, h), "Wx": (d, g * h), "Wh": (h, g * h), "b": (g * h,)}
    own: Names = {each: random.randn(*shape) for each, shape in arrays.items()}
    return {"np": np, **own, f"{name}_forward": forward, f"{name}_backward": backward}


def deeplearning(gated: bool) -> Names:
    """The functions of Sequence Models, week 1: columns, [a; x], gates f, i, c and o, a dense layer that stays idle."""
    random = np.random.RandomState(1)
    n_x, m, steps, n_a = 3, 2, 4, 5
    shapes = {"Wax": (n_a, n_x), "Waa": (n_a, n_a), "Wya": (2, n_a), "ba": (n_a, 1), "by": (2, 1)}
    if gated:
        shapes = {f"W{k}": (n_a, n_a + n_x) for k in "fico"} | {f"b{k}": (n_a, 1) for k in "fico"}
        shapes |= {"Wy": (2, n_a), "by": (2, 1)}
    parameters = {name: random.randn(*shape) for name, shape in shapes.items()}

    def run(x: Array, a0: Array, own: dict[str, Array]) -> Array:
        def plain(at: Array, prev: Array) -> Array:
            return np.tanh(own["Wax"] @ at + own["Waa"] @ prev + own["ba"])

        def gates(at: Array, prev: Array) -> list[Array]:
            return [own[f"W{k}"] @ np.concatenate((prev, at)) + own[f"b{k}"] for k in "ifoc"]

        return np.moveaxis(states(np.moveaxis(x, 2, 0), a0, lstm(gates) if gated else plain), 0, 2)

    def forward(x: Array, a0: Array, own: dict[str, Array]) -> tuple:
        a = run(x, a0, own)
        return (a, None, None, (x, a0, own)) if gated else (a, None, (x, a0, own))

    def backward(da: Array, caches: tuple) -> dict[str, Array]:
        x, a0, own = caches
        names = [each for each in own if each not in ("Wy", "Wya", "by")]
        found = slopes(lambda: float((run(x, a0, own) * da).sum()), x, a0, *(own[each] for each in names))
        return dict(zip(["dx", "da0", *(f"d{each}" for each in names)], found, strict=True))

    name = "lstm" if gated else "rnn"
    own = {"x": random.randn(n_x, m, steps), "a0": random.randn(n_a, m), "parameters": parameters}
    return {"np": np, **own, f"{name}_forward": forward, f"{name}_backward": backward}


def min_char_rnn() -> Names:
    """lossFun of a script with four characters."""
    random = np.random.RandomState(0)
    data, hidden = "abca bcab", 5
    characters = sorted(set(data))
    size = len(characters)
    shapes = {"Wxh": (hidden, size), "Whh": (hidden, hidden), "Why": (size, hidden)}
    own = {name: random.randn(*shape) * 0.5 for name, shape in shapes.items()}
    own |= {"bh": random.randn(hidden, 1), "by": random.randn(size, 1)}
    hprev = random.randn(hidden, 1)

    def loss_of(inputs: list[int], targets: list[int]) -> float:
        h, loss = hprev, 0.0
        for at, target in zip(inputs, targets, strict=True):
            h = np.tanh(own["Wxh"][:, [at]] + own["Whh"] @ h + own["bh"])
            y = own["Why"] @ h + own["by"]
            loss += float(np.log(np.exp(y).sum()) - y[target, 0])
        return loss

    def loss_fun(inputs: list[int], targets: list[int], hprev: Array) -> tuple:
        found = slopes(lambda: loss_of(inputs, targets), *own.values())
        return (loss_of(inputs, targets), *found, hprev)

    ix = {character: k for k, character in enumerate(characters)}
    return {"np": np, **own, "hprev": hprev, "data": data, "p": 1, "seq_length": 6, "char_to_ix": ix,
            "lossFun": loss_fun}  # fmt: skip


# --- libraries ---
class Tensor:
    """What the guide uses of a library's tensor."""

    def __init__(self, array: Array) -> None:
        self.array, self.grad = array, None
        self.sent: Callable[[Tensor], None] | None = None  # what `backward` does

    shape = property(lambda self: self.array.shape)

    def requires_grad_(self) -> None:
        pass

    def detach(self) -> Tensor:
        return self

    def numpy(self) -> Array:
        return self.array

    def backward(self, dout: Tensor) -> None:
        assert self.sent is not None
        self.sent(dout)

    def __mul__(self, other: Tensor) -> Tensor:
        return Tensor(self.array * other.array)


def torch_stand_in() -> Names:
    """An LSTM with PyTorch's names and layout: gates i, f, g, o, matrices (4H, D), two biases."""
    random = np.random.RandomState(2)
    steps, batch = 4, 2

    class LSTM:
        def __init__(self, inputs: int, hidden: int) -> None:
            shapes = {"weight_ih_l0": (4 * hidden, inputs), "weight_hh_l0": (4 * hidden, hidden)}
            shapes |= {"bias_ih_l0": (4 * hidden,), "bias_hh_l0": (4 * hidden,)}
            self.own = {name: Tensor(random.randn(*shape)) for name, shape in shapes.items()}

        def named_parameters(self) -> list[tuple[str, Tensor]]:
            return list(self.own.items())

        def run(self, x: Array, h0: Array) -> Array:
            u, w, b, b2 = (each.array for each in self.own.values())

            def gates(at: Array, prev: Array) -> list[Array]:
                i, f, g, o = np.split(at @ u.T + prev @ w.T + b + b2, 4, axis=1)
                return [i, f, o, g]

            return states(x, h0[0], lstm(gates))

        def __call__(self, x: Tensor, starts: tuple[Tensor, Tensor]) -> tuple[Tensor, None]:
            out, read = Tensor(self.run(x.array, starts[0].array)), [x, *self.own.values()]

            def sent(dout: Tensor) -> None:
                found = slopes(
                    lambda: float((self.run(x.array, starts[0].array) * dout.array).sum()),
                    *(each.array for each in read),
                )
                for each, slope in zip(read, found, strict=True):
                    each.grad = Tensor(slope)

            out.sent = sent
            return out, None

    torch = SimpleNamespace(nn=SimpleNamespace(LSTM=LSTM), randn=lambda shape: Tensor(random.randn(*shape)))
    own = {"x": Tensor(random.randn(steps, batch, 3)), "h0": Tensor(random.randn(1, batch, 5))}
    return {"np": np, "torch": torch, **own, "c0": Tensor(np.zeros((1, batch, 5)))}


def keras_stand_in() -> Names:
    """An LSTM with Keras' layout, gates i, f, c, o, and a tape that derives the last sum."""
    random = np.random.RandomState(3)
    shapes = [(3, 20), (5, 20), (20,)]
    last: dict[str, Any] = {}

    class LSTM:
        def __init__(self, hidden: int, return_sequences: bool) -> None:
            assert hidden == 5 and return_sequences
            self.trainable_variables = [Tensor(random.randn(*shape)) for shape in shapes]

        def get_weights(self) -> list[Array]:
            return [each.array for each in self.trainable_variables]

        def __call__(self, x: Tensor) -> Tensor:
            u, w, b = self.get_weights()

            def gates(at: Array, prev: Array) -> list[Array]:
                i, f, g, o = np.split(at @ u + prev @ w + b, 4, axis=1)
                return [i, f, o, g]

            last["again"] = lambda: self(x)
            start = np.zeros((len(x.array), 5))
            return Tensor(states(x.array.swapaxes(0, 1), start, lstm(gates)).swapaxes(0, 1))

    class Tape:
        def watch(self, tensor: Tensor) -> None:
            pass

        def gradient(self, loss: Array, sources: list[Tensor]) -> list[Tensor]:
            again = last["again"]
            value = slopes(lambda: float((again().array * dout.array).sum()), *(each.array for each in sources))
            return [Tensor(each) for each in value]

    @contextmanager
    def recorded() -> Iterator[Tape]:
        yield Tape()

    x, dout = Tensor(random.randn(2, 4, 3)), Tensor(random.randn(2, 4, 5))
    keras = SimpleNamespace(layers=SimpleNamespace(LSTM=LSTM), ops=SimpleNamespace(convert_to_numpy=Tensor.numpy))
    tf = SimpleNamespace(GradientTape=recorded, reduce_sum=lambda product: product)
    return {"np": np, "keras": keras, "tf": tf, "x": x, "dout": dout}
