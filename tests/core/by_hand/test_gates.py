"""Gated cells derived by hand, two steps of one unit, to 1e-12: every line is one equation of the textbooks.

σ′ = σ(1 − σ), tanh′ = 1 − tanh². The loss is ½δ², δ = V·s₂ + b_z − y₂. Letters: di2 is ∂L/∂i₂, hi2 is ∂L/∂h^i₂, what
arrives before the gate's σ. Nothing here is computed by the program that is tested.
"""

from __future__ import annotations

from math import exp, tanh

import numpy as np
import pytest

from tests.core.board import agree, run

X1, X2, START = 1.0, -0.5, 0.25  # the input, and every unit of s₀ and c₀


def sigmoid(h: float) -> float:
    return 1 / (1 + exp(-h))


def test_lstm():
    """c = f·c_{t−1} + i·g,  s = o·tanh(c). Blocks i, f, g, o: U = .5 −.3 1.2 .7, W = .4 .6 −.8 .2, b = .1 1 0 −.2."""
    i1, f1 = sigmoid(0.5 * X1 + 0.4 * START + 0.1), sigmoid(-0.3 * X1 + 0.6 * START + 1)
    g1, o1 = tanh(1.2 * X1 - 0.8 * START), sigmoid(0.7 * X1 + 0.2 * START - 0.2)
    c1 = f1 * START + i1 * g1
    s1 = o1 * tanh(c1)
    i2, f2 = sigmoid(0.5 * X2 + 0.4 * s1 + 0.1), sigmoid(-0.3 * X2 + 0.6 * s1 + 1)
    g2, o2 = tanh(1.2 * X2 - 0.8 * s1), sigmoid(0.7 * X2 + 0.2 * s1 - 0.2)
    c2 = f2 * c1 + i2 * g2
    s2 = o2 * tanh(c2)
    delta = 1.5 * s2 + 0.2 - 0.5
    ds2 = 1.5 * delta
    do2, dc2 = ds2 * tanh(c2), ds2 * o2 * (1 - tanh(c2) ** 2)
    di2, df2, dg2 = dc2 * g2, dc2 * c1, dc2 * i2
    hi2, hf2, hg2, ho2 = di2 * i2 * (1 - i2), df2 * f2 * (1 - f2), dg2 * (1 - g2**2), do2 * o2 * (1 - o2)
    ds1 = 0.4 * hi2 + 0.6 * hf2 - 0.8 * hg2 + 0.2 * ho2
    do1, dc1 = ds1 * tanh(c1), dc2 * f2 + ds1 * o1 * (1 - tanh(c1) ** 2)
    di1, df1, dg1 = dc1 * g1, dc1 * START, dc1 * i1
    hi1, hf1, hg1, ho1 = di1 * i1 * (1 - i1), df1 * f1 * (1 - f1), dg1 * (1 - g1**2), do1 * o1 * (1 - o1)
    given = {
        "L1.U": [0.5, -0.3, 1.2, 0.7], "L1.W": [0.4, 0.6, -0.8, 0.2], "L1.b": [0.1, 1, 0, -0.2],
        "out.V": 1.5, "out.b": 0.2,
    }  # fmt: skip
    trace = run([X1, X2], [0, 0.5], given, cell="lstm", initial_state=START)
    agree(
        trace,
        delta**2 / 2,
        {"L1.i": [i1, i2], "L1.f": [f1, f2], "L1.g": [g1, g2], "L1.o": [o1, o2], "L1.c": [c1, c2], "L1.s": [s1, s2]},
        {
            "L1.s": [ds1, ds2], "L1.c": [dc1, dc2], "L1.i": [di1, di2], "L1.f": [df1, df2], "L1.g": [dg1, dg2],
            "L1.o": [do1, do2], "L1.h": [hi1, hf1, hg1, ho1, hi2, hf2, hg2, ho2],
        },
        {
            "L1.U": [X1 * hi1 + X2 * hi2, X1 * hf1 + X2 * hf2, X1 * hg1 + X2 * hg2, X1 * ho1 + X2 * ho2],
            "L1.W": [
                START * hi1 + s1 * hi2, START * hf1 + s1 * hf2, START * hg1 + s1 * hg2, START * ho1 + s1 * ho2,
            ],
            "L1.b": [hi1 + hi2, hf1 + hf2, hg1 + hg2, ho1 + ho2], "out.V": s2 * delta, "out.b": delta,
        },
    )  # fmt: skip
    np.testing.assert_allclose(trace.start_gradients["L1", "c"], dc1 * f1, rtol=1e-12)
    ds0 = 0.4 * hi1 + 0.6 * hf1 - 0.8 * hg1 + 0.2 * ho1
    np.testing.assert_allclose(trace.start_gradients["L1", "s"], ds0, rtol=1e-12)


def test_lstm_with_f_frozen_at_1():
    """f ≡ 1 and i ≡ ½: c₂ = c₁ + ½g₂, c₁ = c₀ + ½g₁; g reads x alone (U 1, W 0), o = σ(0) = ½.

    dc₂ = ds₂·½(1 − tanh²c₂), and dc₁ = 1·dc₂ to the last bit: s₁ goes nowhere. dg = ½dc; i and f get exactly 0.
    """
    g1, g2 = tanh(1.0), tanh(-0.5)
    c2 = START + g1 / 2 + g2 / 2
    s2 = tanh(c2) / 2
    delta = s2 - 1
    dc = delta / 2 * (1 - tanh(c2) ** 2)
    hg1, hg2, ho2 = dc / 2 * (1 - g1**2), dc / 2 * (1 - g2**2), delta * tanh(c2) / 4
    s1 = tanh(START + g1 / 2) / 2
    given = {
        "L1.U": [3, 3, 1, 0], "L1.W": [0, 0, 0, 0], "L1.b": [7, 7, 0, 0], "out.V": 1, "out.b": 0,
    }  # fmt: skip
    frozen = ({"gate": "f", "at": 1.0}, {"gate": "i", "at": 0.5})
    trace = run([X1, X2], [0, 1], given, cell="lstm", initial_state=START, frozen=frozen)
    agree(
        trace,
        delta**2 / 2,
        {"L1.f": "1 1", "L1.i": "1/2 1/2", "L1.o": "1/2 1/2", "L1.s": [s1, s2]},
        {"L1.c": [dc, dc], "L1.s": [0, delta], "L1.i": "0 0", "L1.f": "0 0"},
        {
            "L1.U": [0, 0, X1 * hg1 + X2 * hg2, X2 * ho2], "L1.W": [0, 0, START * hg1 + s1 * hg2, s1 * ho2],
            "L1.b": [0, 0, hg1 + hg2, ho2], "out.V": s2 * delta, "out.b": delta,
        },
    )  # fmt: skip
    assert trace.exact["L1", "c"][0] == trace.exact["L1", "c"][1]


@pytest.mark.parametrize("sees", ["current", "previous"])
def test_peephole_lstm(sees):
    """h^i and h^f look at c_{t−1} with P = .3 and −.5; h^o looks with .8 at c_t ("current") or at c_{t−1}.

    So ∂L/∂c₂ has a share through o₂ in the first case, and ∂L/∂c₁ in the second; ∂L/∂c₁ has .3·hi₂ − .5·hf₂ in both.
    """
    now = sees == "current"
    i1, f1 = sigmoid(0.5 * X1 + 0.4 * START + 0.1 + 0.3 * START), sigmoid(-0.3 * X1 + 0.6 * START + 1 - 0.5 * START)
    g1 = tanh(1.2 * X1 - 0.8 * START)
    c1 = f1 * START + i1 * g1
    seen1 = c1 if now else START
    o1 = sigmoid(0.7 * X1 + 0.2 * START - 0.2 + 0.8 * seen1)
    s1 = o1 * tanh(c1)
    i2, f2 = sigmoid(0.5 * X2 + 0.4 * s1 + 0.1 + 0.3 * c1), sigmoid(-0.3 * X2 + 0.6 * s1 + 1 - 0.5 * c1)
    g2 = tanh(1.2 * X2 - 0.8 * s1)
    c2 = f2 * c1 + i2 * g2
    seen2 = c2 if now else c1
    o2 = sigmoid(0.7 * X2 + 0.2 * s1 - 0.2 + 0.8 * seen2)
    s2 = o2 * tanh(c2)
    delta = 1.5 * s2 + 0.2 - 0.5
    ds2 = 1.5 * delta
    ho2 = ds2 * tanh(c2) * o2 * (1 - o2)
    dc2 = ds2 * o2 * (1 - tanh(c2) ** 2) + (0.8 * ho2 if now else 0)
    hi2, hf2, hg2 = dc2 * g2 * i2 * (1 - i2), dc2 * c1 * f2 * (1 - f2), dc2 * i2 * (1 - g2**2)
    ds1 = 0.4 * hi2 + 0.6 * hf2 - 0.8 * hg2 + 0.2 * ho2
    ho1 = ds1 * tanh(c1) * o1 * (1 - o1)
    dc1 = dc2 * f2 + 0.3 * hi2 - 0.5 * hf2 + ds1 * o1 * (1 - tanh(c1) ** 2) + (0.8 * ho1 if now else 0.8 * ho2)
    hi1, hf1, hg1 = dc1 * g1 * i1 * (1 - i1), dc1 * START * f1 * (1 - f1), dc1 * i1 * (1 - g1**2)
    given = {
        "L1.U": [0.5, -0.3, 1.2, 0.7], "L1.W": [0.4, 0.6, -0.8, 0.2], "L1.b": [0.1, 1, 0, -0.2],
        "L1.P_i": 0.3, "L1.P_f": -0.5, "L1.P_o": 0.8, "out.V": 1.5, "out.b": 0.2,
    }  # fmt: skip
    agree(
        run([X1, X2], [0, 0.5], given, cell="peephole", peephole_o=sees, initial_state=START),
        delta**2 / 2,
        {"L1.i": [i1, i2], "L1.f": [f1, f2], "L1.g": [g1, g2], "L1.o": [o1, o2], "L1.c": [c1, c2], "L1.s": [s1, s2]},
        {"L1.s": [ds1, ds2], "L1.c": [dc1, dc2], "L1.h": [hi1, hf1, hg1, ho1, hi2, hf2, hg2, ho2]},
        {
            "L1.U": [X1 * hi1 + X2 * hi2, X1 * hf1 + X2 * hf2, X1 * hg1 + X2 * hg2, X1 * ho1 + X2 * ho2],
            "L1.W": [
                START * hi1 + s1 * hi2, START * hf1 + s1 * hf2, START * hg1 + s1 * hg2, START * ho1 + s1 * ho2,
            ],
            "L1.b": [hi1 + hi2, hf1 + hf2, hg1 + hg2, ho1 + ho2],
            "L1.P_i": START * hi1 + c1 * hi2, "L1.P_f": START * hf1 + c1 * hf2, "L1.P_o": seen1 * ho1 + seen2 * ho2,
            "out.V": s2 * delta, "out.b": delta,
        },
    )  # fmt: skip


def test_coupled_lstm():
    """c = f·c_{t−1} + (1 − f)·g: ∂c/∂f = c_{t−1} − g. Blocks f, g, o: U = −.3 1.2 .7, W = .6 −.8 .2, b = 1 0 −.2."""
    f1, g1, o1 = (
        sigmoid(-0.3 * X1 + 0.6 * START + 1), tanh(1.2 * X1 - 0.8 * START), sigmoid(0.7 * X1 + 0.2 * START - 0.2),
    )  # fmt: skip
    c1 = f1 * START + (1 - f1) * g1
    s1 = o1 * tanh(c1)
    f2, g2, o2 = sigmoid(-0.3 * X2 + 0.6 * s1 + 1), tanh(1.2 * X2 - 0.8 * s1), sigmoid(0.7 * X2 + 0.2 * s1 - 0.2)
    c2 = f2 * c1 + (1 - f2) * g2
    s2 = o2 * tanh(c2)
    delta = 1.5 * s2 + 0.2 - 0.5
    ds2 = 1.5 * delta
    dc2 = ds2 * o2 * (1 - tanh(c2) ** 2)
    hf2, hg2 = dc2 * (c1 - g2) * f2 * (1 - f2), dc2 * (1 - f2) * (1 - g2**2)
    ho2 = ds2 * tanh(c2) * o2 * (1 - o2)
    ds1 = 0.6 * hf2 - 0.8 * hg2 + 0.2 * ho2
    dc1 = dc2 * f2 + ds1 * o1 * (1 - tanh(c1) ** 2)
    hf1, hg1 = dc1 * (START - g1) * f1 * (1 - f1), dc1 * (1 - f1) * (1 - g1**2)
    ho1 = ds1 * tanh(c1) * o1 * (1 - o1)
    given = {
        "L1.U": [-0.3, 1.2, 0.7], "L1.W": [0.6, -0.8, 0.2], "L1.b": [1, 0, -0.2], "out.V": 1.5, "out.b": 0.2,
    }  # fmt: skip
    agree(
        run([X1, X2], [0, 0.5], given, cell="coupled", initial_state=START),
        delta**2 / 2,
        {"L1.f": [f1, f2], "L1.g": [g1, g2], "L1.o": [o1, o2], "L1.c": [c1, c2], "L1.s": [s1, s2]},
        {"L1.s": [ds1, ds2], "L1.c": [dc1, dc2], "L1.h": [hf1, hg1, ho1, hf2, hg2, ho2]},
        {
            "L1.U": [X1 * hf1 + X2 * hf2, X1 * hg1 + X2 * hg2, X1 * ho1 + X2 * ho2],
            "L1.W": [START * hf1 + s1 * hf2, START * hg1 + s1 * hg2, START * ho1 + s1 * ho2],
            "L1.b": [hf1 + hf2, hg1 + hg2, ho1 + ho2], "out.V": s2 * delta, "out.b": delta,
        },
    )  # fmt: skip


GRU = {
    "L1.U": [0.5, -0.4, 0.8], "L1.W": [-0.6, 0.9, 1.1], "L1.b": [0.2, -0.1, 0.3], "out.V": 2, "out.b": 0.1,
}  # fmt: skip  # blocks r, u, n


def test_gru_with_the_reset_before():
    """s = u·n + (1 − u)·s_{t−1},  n = tanh(.8x + 1.1·(r·s_{t−1}) + .3)."""
    r1, u1 = sigmoid(0.5 * X1 - 0.6 * START + 0.2), sigmoid(-0.4 * X1 + 0.9 * START - 0.1)
    n1 = tanh(0.8 * X1 + 1.1 * r1 * START + 0.3)
    s1 = u1 * n1 + (1 - u1) * START
    r2, u2 = sigmoid(0.5 * X2 - 0.6 * s1 + 0.2), sigmoid(-0.4 * X2 + 0.9 * s1 - 0.1)
    n2 = tanh(0.8 * X2 + 1.1 * r2 * s1 + 0.3)
    s2 = u2 * n2 + (1 - u2) * s1
    delta = 2 * s2 + 0.1 - 0.5
    ds2 = 2 * delta
    hn2 = ds2 * u2 * (1 - n2**2)
    hr2 = 1.1 * hn2 * s1 * r2 * (1 - r2)
    hu2 = ds2 * (n2 - s1) * u2 * (1 - u2)
    ds1 = ds2 * (1 - u2) + 1.1 * hn2 * r2 - 0.6 * hr2 + 0.9 * hu2
    hn1 = ds1 * u1 * (1 - n1**2)
    hr1 = 1.1 * hn1 * START * r1 * (1 - r1)
    hu1 = ds1 * (n1 - START) * u1 * (1 - u1)
    agree(
        run([X1, X2], [0, 0.5], GRU, cell="gru", reset="before", initial_state=START),
        delta**2 / 2,
        {"L1.r": [r1, r2], "L1.u": [u1, u2], "L1.n": [n1, n2], "L1.rs": [r1 * START, r2 * s1], "L1.s": [s1, s2]},
        {"L1.s": [ds1, ds2], "L1.h": [hr1, hu1, hn1, hr2, hu2, hn2], "L1.rs": [1.1 * hn1, 1.1 * hn2]},
        {
            "L1.U": [X1 * hr1 + X2 * hr2, X1 * hu1 + X2 * hu2, X1 * hn1 + X2 * hn2],
            "L1.W": [START * hr1 + s1 * hr2, START * hu1 + s1 * hu2, r1 * START * hn1 + r2 * s1 * hn2],
            "L1.b": [hr1 + hr2, hu1 + hu2, hn1 + hn2], "out.V": s2 * delta, "out.b": delta,
        },
    )  # fmt: skip


def test_gru_with_the_reset_after():
    """n = tanh(.8x + .3 + r·q),  q = 1.1·s_{t−1} − .7: r decides about b_q = −.7 too."""
    q1 = 1.1 * START - 0.7
    r1, u1 = sigmoid(0.5 * X1 - 0.6 * START + 0.2), sigmoid(-0.4 * X1 + 0.9 * START - 0.1)
    n1 = tanh(0.8 * X1 + 0.3 + r1 * q1)
    s1 = u1 * n1 + (1 - u1) * START
    q2 = 1.1 * s1 - 0.7
    r2, u2 = sigmoid(0.5 * X2 - 0.6 * s1 + 0.2), sigmoid(-0.4 * X2 + 0.9 * s1 - 0.1)
    n2 = tanh(0.8 * X2 + 0.3 + r2 * q2)
    s2 = u2 * n2 + (1 - u2) * s1
    delta = 2 * s2 + 0.1 - 0.5
    ds2 = 2 * delta
    hn2 = ds2 * u2 * (1 - n2**2)
    dq2 = hn2 * r2
    hr2 = hn2 * q2 * r2 * (1 - r2)
    hu2 = ds2 * (n2 - s1) * u2 * (1 - u2)
    ds1 = ds2 * (1 - u2) + 1.1 * dq2 - 0.6 * hr2 + 0.9 * hu2
    hn1 = ds1 * u1 * (1 - n1**2)
    dq1 = hn1 * r1
    hr1 = hn1 * q1 * r1 * (1 - r1)
    hu1 = ds1 * (n1 - START) * u1 * (1 - u1)
    agree(
        run([X1, X2], [0, 0.5], {**GRU, "L1.b_q": -0.7}, cell="gru", reset="after", initial_state=START),
        delta**2 / 2,
        {"L1.r": [r1, r2], "L1.u": [u1, u2], "L1.n": [n1, n2], "L1.q": [q1, q2], "L1.s": [s1, s2]},
        {"L1.s": [ds1, ds2], "L1.h": [hr1, hu1, hn1, hr2, hu2, hn2], "L1.q": [dq1, dq2]},
        {
            "L1.U": [X1 * hr1 + X2 * hr2, X1 * hu1 + X2 * hu2, X1 * hn1 + X2 * hn2],
            "L1.W": [START * hr1 + s1 * hr2, START * hu1 + s1 * hu2, START * dq1 + s1 * dq2],
            "L1.b": [hr1 + hr2, hu1 + hu2, hn1 + hn2], "L1.b_q": dq1 + dq2, "out.V": s2 * delta, "out.b": delta,
        },
    )  # fmt: skip


@pytest.mark.parametrize("update", ["writes", "keeps"])
def test_simplified_gru(update):
    """No reset gate: n = tanh(.8x + 1.1·s_{t−1} + .3). u writes: s = u·n + (1 − u)·s_{t−1}; keeps: the other way round.

    With w the share that is written, u or 1 − u:  ds_{t−1} = ds(1 − w) + …,  ∂s/∂u = ±(n − s_{t−1}).
    """
    sign = 1 if update == "writes" else -1
    u1, n1 = sigmoid(-0.4 * X1 + 0.9 * START - 0.1), tanh(0.8 * X1 + 1.1 * START + 0.3)
    w1 = u1 if update == "writes" else 1 - u1
    s1 = w1 * n1 + (1 - w1) * START
    u2, n2 = sigmoid(-0.4 * X2 + 0.9 * s1 - 0.1), tanh(0.8 * X2 + 1.1 * s1 + 0.3)
    w2 = u2 if update == "writes" else 1 - u2
    s2 = w2 * n2 + (1 - w2) * s1
    delta = 2 * s2 + 0.1 - 0.5
    ds2 = 2 * delta
    hn2, hu2 = ds2 * w2 * (1 - n2**2), ds2 * sign * (n2 - s1) * u2 * (1 - u2)
    ds1 = ds2 * (1 - w2) + 1.1 * hn2 + 0.9 * hu2
    hn1, hu1 = ds1 * w1 * (1 - n1**2), ds1 * sign * (n1 - START) * u1 * (1 - u1)
    given = {"L1.U": [-0.4, 0.8], "L1.W": [0.9, 1.1], "L1.b": [-0.1, 0.3], "out.V": 2, "out.b": 0.1}
    agree(
        run([X1, X2], [0, 0.5], given, cell="gru-simple", update=update, initial_state=START),
        delta**2 / 2,
        {"L1.u": [u1, u2], "L1.n": [n1, n2], "L1.s": [s1, s2]},
        {"L1.s": [ds1, ds2], "L1.h": [hu1, hn1, hu2, hn2], "L1.n": [ds1 * w1, ds2 * w2]},
        {
            "L1.U": [X1 * hu1 + X2 * hu2, X1 * hn1 + X2 * hn2],
            "L1.W": [START * hu1 + s1 * hu2, START * hn1 + s1 * hn2],
            "L1.b": [hu1 + hu2, hn1 + hn2], "out.V": s2 * delta, "out.b": delta,
        },
    )  # fmt: skip
