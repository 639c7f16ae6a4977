"""The yardstick: BPTT written straight down in NumPy, one function a cell, recording what the engine records.

No names, no views, no iterator, nothing frozen: what a person would write who wants the numbers once. Each function
returns (dU, dW, db), so that the bench can see that it computes the same thing.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def tanh(x: Array, y: Array, u: Array, w: Array, b: Array, v: Array, bias: Array) -> tuple[Array, Array, Array]:
    """Elman with tanh; records h, s, z, dh, ds, dz."""
    (steps, batch, inputs), hidden = x.shape, w.shape[0]
    h = (x.reshape(-1, inputs) @ u + b).reshape(steps, batch, hidden)
    s = np.zeros((steps + 1, batch, hidden))
    for t in range(steps):
        row = h[t]
        row += s[t] @ w
        np.tanh(row, s[t + 1])
    ds, _ = _head(s, y, v, bias)
    dh, slope, w_t = np.empty_like(h), 1.0 - s[1:] ** 2, np.ascontiguousarray(w.T)
    for t in range(steps - 1, -1, -1):
        np.multiply(ds[t + 1], slope[t], dh[t])
        ds[t] += dh[t] @ w_t
    return _sums(x, s[:-1], dh)


def lstm(x: Array, y: Array, u: Array, w: Array, b: Array, v: Array, bias: Array) -> tuple[Array, Array, Array]:
    """LSTM; records h, the gates, c, tanh(c), s, z and the gradient of each."""
    (steps, batch, inputs), hidden = x.shape, w.shape[0]
    one, two, three = hidden, 2 * hidden, 3 * hidden
    h = (x.reshape(-1, inputs) @ u + b).reshape(steps, batch, 4 * hidden)
    gates, tc = np.empty_like(h), np.empty((steps, batch, hidden))
    c, s, written = (np.zeros((steps + 1, batch, hidden)) for _ in range(3))
    half = np.repeat([0.5, 0.5, 1.0, 0.5], hidden)
    lift = np.repeat([0.5, 0.5, 0.0, 0.5], hidden)
    for t in range(steps):
        row, g = h[t], gates[t]
        row += s[t] @ w
        np.multiply(row, half, g)
        np.tanh(g, g)
        g *= half
        g += lift
        now = c[t + 1]
        np.multiply(g[:, one:two], c[t], now)
        np.multiply(g[:, :one], g[:, two:three], written[t])
        now += written[t]
        np.tanh(now, tc[t])
        np.multiply(g[:, three:], tc[t], s[t + 1])
    ds, _ = _head(s, y, v, bias)
    dh, dgates, dtc, dc = np.empty_like(h), np.empty_like(h), np.empty_like(tc), np.zeros_like(c)
    slope, tc_slope, w_t = gates * (1.0 - gates), 1.0 - tc**2, np.ascontiguousarray(w.T)
    slope[..., two:three] = 1.0 - gates[..., two:three] ** 2
    for t in range(steps - 1, -1, -1):
        g, d, ds_t, dc_t = gates[t], dgates[t], ds[t + 1], dc[t + 1]
        np.multiply(ds_t, tc[t], d[:, three:])
        np.multiply(ds_t, g[:, three:], dtc[t])
        dc_t += dtc[t] * tc_slope[t]
        np.multiply(dc_t, g[:, two:three], d[:, :one])
        np.multiply(dc_t, c[t], d[:, one:two])
        np.multiply(dc_t, g[:, :one], d[:, two:three])
        dc[t] += dc_t * g[:, one:two]
        np.multiply(d, slope[t], dh[t])
        ds[t] += dh[t] @ w_t
    return _sums(x, s[:-1], dh)


def gru(x: Array, y: Array, u: Array, w: Array, b: Array, v: Array, bias: Array) -> tuple[Array, Array, Array]:
    """GRU with the reset before the product; records h, r, u, n, r ⊙ s, s, z and the gradient of each."""
    (steps, batch, inputs), hidden = x.shape, w.shape[0]
    one, two = hidden, 2 * hidden
    w_ru, w_n = np.ascontiguousarray(w[:, :two]), np.ascontiguousarray(w[:, two:])
    h = (x.reshape(-1, inputs) @ u + b).reshape(steps, batch, 3 * hidden)
    gates = np.empty((steps, batch, two))
    n, rs = np.empty((steps, batch, hidden)), np.empty((steps, batch, hidden))
    s = np.zeros((steps + 1, batch, hidden))
    for t in range(steps):
        row, g, before = h[t], gates[t], s[t]
        row[:, :two] += before @ w_ru
        np.multiply(row[:, :two], 0.5, g)
        np.tanh(g, g)
        g *= 0.5
        g += 0.5
        np.multiply(g[:, :one], before, rs[t])
        row[:, two:] += rs[t] @ w_n
        np.tanh(row[:, two:], n[t])
        update = g[:, one:]
        np.multiply(update, n[t], s[t + 1])
        s[t + 1] += (1.0 - update) * before
    ds, _ = _head(s, y, v, bias)
    dh, dgates, dn, drs = np.empty_like(h), np.empty_like(gates), np.empty_like(n), np.empty_like(n)
    slope, n_slope, keep, difference = gates * (1.0 - gates), 1.0 - n**2, 1.0 - gates[..., one:], n - s[:-1]
    w_ru_t, w_n_t = np.ascontiguousarray(w_ru.T), np.ascontiguousarray(w_n.T)
    for t in range(steps - 1, -1, -1):
        g, d, ds_t, before = gates[t], dgates[t], ds[t + 1], ds[t]
        np.multiply(ds_t, difference[t], d[:, one:])
        np.multiply(ds_t, g[:, one:], dn[t])
        np.multiply(dn[t], n_slope[t], dh[t, :, two:])
        before += ds_t * keep[t]
        np.matmul(dh[t, :, two:], w_n_t, drs[t])
        np.multiply(drs[t], s[t], d[:, :one])
        before += drs[t] * g[:, :one]
        np.multiply(d, slope[t], dh[t, :, :two])
        before += dh[t, :, :two] @ w_ru_t
    du, dw_ru, db = _sums(x, s[:-1], dh)
    dw_n = rs.reshape(-1, hidden).T @ dh[..., two:].reshape(-1, hidden)
    return du, np.concatenate((dw_ru[:, :two], dw_n), axis=1), db


def _head(s: Array, y: Array, v: Array, bias: Array) -> tuple[Array, Array]:
    """∂L/∂s from the loss alone, (T + 1, B, H) with a zero row for s_0, and dz; squared error at every step."""
    states = s[1:].reshape(-1, v.shape[0])
    z = (states @ v + bias).reshape(y.shape)
    dz = (z - y) / y.shape[1]
    flat = dz.reshape(-1, v.shape[1])
    float((0.5 * (z - y) ** 2).sum()), states.T @ flat, flat.sum(axis=0)  # the loss, dV and db_z
    ds = np.zeros_like(s)
    np.matmul(flat, v.T, ds[1:].reshape(-1, v.shape[0]))
    return ds, dz


def _sums(x: Array, before: Array, dh: Array) -> tuple[Array, Array, Array]:
    flat = dh.reshape(-1, dh.shape[2])
    du = x.reshape(-1, x.shape[2]).T @ flat
    return du, before.reshape(-1, before.shape[2]).T @ flat, flat.sum(axis=0)


PLAIN = {"tanh": tanh, "lstm": lstm, "gru": gru}
