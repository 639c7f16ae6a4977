"""The same runs in PyTorch: its Python loop with retain_grad on every quantity, and its fused layers, recording none.

The loop is what its tutorials write: x_t·U, the step and the loss of step t in the loop, one line each.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np

Array = np.ndarray
Parameters = tuple[Array, Array, Array, Array, Array]  # U, W, b, V, b_z


def load() -> ModuleType | None:
    """PyTorch on one thread, or None where it is not installed."""
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    return torch


def loop(torch: ModuleType, cell: str, x: Array, y: Array, arrays: Parameters) -> Callable[[], tuple]:
    """A function that runs forward and backward with everything recorded, and returns (dU, dW, db)."""
    inputs, targets = torch.tensor(x), torch.tensor(y)
    u, w, b, v, bias = parameters = [torch.tensor(array, requires_grad=True) for array in arrays]
    step = {"tanh": _tanh, "lstm": _lstm, "gru": _gru}[cell]
    batch, hidden = x.shape[1], arrays[1].shape[0]

    def run() -> tuple:
        for parameter in parameters:
            parameter.grad = None
        s = torch.zeros(batch, hidden, dtype=torch.float64)
        c = torch.zeros(batch, hidden, dtype=torch.float64)
        loss, recorded = 0.0, []
        for t in range(len(inputs)):
            s, c, quantities = step(torch, inputs[t] @ u + b, s, c, w)
            z = s @ v + bias
            quantities.append(z)
            for quantity in quantities:
                quantity.retain_grad()
            recorded.append(quantities)
            loss = loss + 0.5 * ((z - targets[t]) ** 2).sum() / batch
        loss.backward()
        return u.grad, w.grad, b.grad

    return run


def _tanh(torch: ModuleType, xu, s, c, w):
    h = xu + s @ w
    s = torch.tanh(h)
    return s, c, [h, s]


def _lstm(torch: ModuleType, xu, s, c, w):
    h = xu + s @ w
    h_i, h_f, h_g, h_o = h.chunk(4, 1)
    i, f, g, o = torch.sigmoid(h_i), torch.sigmoid(h_f), torch.tanh(h_g), torch.sigmoid(h_o)
    c = f * c + i * g
    tc = torch.tanh(c)
    s = o * tc
    return s, c, [h, i, f, g, o, c, tc, s]


def _gru(torch: ModuleType, xu, s, c, w):
    hidden = s.shape[1]
    h_ru = xu[:, : 2 * hidden] + s @ w[:, : 2 * hidden]
    r, u = torch.sigmoid(h_ru).chunk(2, 1)
    rs = r * s
    h_n = xu[:, 2 * hidden :] + rs @ w[:, 2 * hidden :]
    n = torch.tanh(h_n)
    s = u * n + (1.0 - u) * s
    return s, c, [h_ru, r, u, rs, h_n, n, s]


def fused(torch: ModuleType, cell: str, x: Array, y: Array, hidden: int) -> Callable[[], None]:
    """A function that trains one step of the fused layer of that name; its GRU resets after the product."""
    layer = {"tanh": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell](x.shape[2], hidden).double()
    head = torch.nn.Linear(hidden, y.shape[2]).double()
    inputs, targets = torch.tensor(x), torch.tensor(y)

    def run() -> None:
        layer.zero_grad()
        head.zero_grad()
        (0.5 * ((head(layer(inputs)[0]) - targets) ** 2).sum() / x.shape[1]).backward()

    return run


def trained_fused(
    torch: ModuleType, batches: list[tuple[Array, Array]], hidden: int, rate: float
) -> Callable[[], None]:
    """A function that makes one update of its fused RNN with tanh for each batch (x, and y of the last step)."""
    layer = torch.nn.RNN(batches[0][0].shape[2], hidden).double()
    head = torch.nn.Linear(hidden, batches[0][1].shape[1]).double()
    optimizer = torch.optim.SGD([*layer.parameters(), *head.parameters()], lr=rate)
    tensors = [(torch.tensor(x), torch.tensor(y)) for x, y in batches]

    def run() -> None:
        for x, y in tensors:
            optimizer.zero_grad()
            (0.5 * ((head(layer(x)[0][-1]) - y) ** 2).sum() / x.shape[1]).backward()
            optimizer.step()

    return run
