"""Structures derived by hand. With s = h and squared error every number is a fraction, and the program's must be equal.

Row vectors: h_t = x_t·U + s_{t−1}·W + b, z_t = s_t·V + b_z, ℓ_t = ½(z_t − y_t)², so that ∂ℓ_t/∂z_t = δ_t = z_t − y_t.
ds stands for ∂L/∂s; with s = h it is dh as well. Nothing here is computed by the program that is tested.
"""

from __future__ import annotations

from math import log, tanh

import numpy as np

from tests.core.board import agree, run


def test_two_layers():
    """p: U 2, W ½, b 0; above it q: U ½, W −1, b 1; V = 2, b_z = 0. x = 1, 2; y = 1, 1; n-n.

    p₁ = 2·1 = 2                       q₁ = ½·2 + 1 = 2
    p₂ = 2·2 + ½·2 = 5                 q₂ = ½·5 − 1·2 + 1 = 3/2
    z = 4, 3     δ = 3, 2              L = ½(9 + 4) = 13/2
    dq₂ = 2·2 = 4                      dq₁ = 2·3 − 1·4 = 2
    dp₂ = ½·dq₂ = 2                    dp₁ = ½·dq₁ + ½·dp₂ = 2
    q: dU = p₁dq₁ + p₂dq₂ = 4 + 20 = 24,   dW = q₁dq₂ = 8,   db = 6
    p: dU = 1·2 + 2·2 = 6,                 dW = p₁dp₂ = 4,   db = 4
    dV = 2·3 + 3/2·2 = 9,   db_z = 5.      To x goes dp·2 = 4, 4.
    """
    given = {"L1.U": 2, "L1.W": 0.5, "L1.b": 0, "L2.U": 0.5, "L2.W": -1, "L2.b": 1, "out.V": 2, "out.b": 0}
    agree(
        run([1, 2], [1, 1], given, cell="identity", layers=2, structure="n-n"),
        "13/2",
        {"L1.s": "2 5", "L2.h": "2 3/2", "L2.s": "2 3/2", "out.z": "4 3"},
        {"L1.s": "2 2", "L1.h": "2 2", "L2.s": "2 4", "L2.x": "1 2", "L1.x": "4 4", "out.z": "3 2"},
        {"L1.U": "6", "L1.W": "4", "L1.b": "4", "L2.U": "24", "L2.W": "8", "L2.b": "6", "out.V": "9", "out.b": "5"},
    )


BOTH = {"L1.U": 1, "L1.W": 2, "L1.b": 0, "L1r.U": 2, "L1r.W": 0.5, "L1r.b": -1, "out.V": 0.5, "out.b": 0}
# x = 1, 3:  f₁ = 1, f₂ = 3 + 2·1 = 5;  the reverse chain reads x₂ first: r₂ = 2·3 − 1 = 5, r₁ = 2·1 + ½·5 − 1 = 7/2.
CHAINS = {"L1.s": "1 5", "L1r.s": "7/2 5"}


def test_bidirectional_sum_read_at_its_own_end():
    """n-1: the last states of both are read, f₂ and r₁. j = f₂ + r₁ = 17/2, z = 17/4, y = 4: δ = ¼, L = 1/32.

    dj = ½·¼ = ⅛
    df₂ = ⅛,  df₁ = 2·⅛ = ¼;     dr₁ = ⅛,  dr₂ = ½·⅛ = 1/16
    f: dU = 1·¼ + 3·⅛ = 5/8,     dW = f₁df₂ = ⅛,         db = ⅜
    r: dU = 1·⅛ + 3/16 = 5/16,   dW = r₂dr₁ = 5/8,       db = 3/16
    dV = 17/2·¼ = 17/8,  db_z = ¼.   To x: through f 1·df, through r 2·dr.
    """
    agree(
        run([1, 3], [0, 4], BOTH, cell="identity", bidirectional="sum"),
        "1/32",
        {**CHAINS, "J1.s": "9/2 17/2"},
        {"J1.s": "0 1/8", "L1.s": "1/4 1/8", "L1r.s": "1/8 1/16", "L1.x": "1/4 1/8", "L1r.x": "1/4 1/8"},
        {
            "L1.U": "5/8", "L1.W": "1/8", "L1.b": "3/8", "L1r.U": "5/16", "L1r.W": "5/8", "L1r.b": "3/16",
            "out.V": "17/8", "out.b": "1/4",
        },
    )  # fmt: skip


def test_bidirectional_sum_read_at_the_last_step():
    """The wrong drawing: at t = 2 the reverse chain has read x₂ alone. j₂ = f₂ + r₂ = 10, z = 5, y = 4: δ = 1, L = ½.

    dj₂ = ½,  df₂ = ½, df₁ = 1;  dr₂ = ½ and dr₁ = 0: r₁, the state that has read everything, goes nowhere.
    f: dU = 1·1 + 3·½ = 5/2, dW = ½, db = 3/2;   r: dU = 3·½ = 3/2, dW = 0, db = ½;   dV = 10, db_z = 1
    """
    agree(
        run([1, 3], [0, 4], BOTH, cell="identity", bidirectional="sum", reverse_at="last-step"),
        "1/2",
        {**CHAINS, "J1.s": "9/2 10"},
        {"J1.s": "0 1/2", "L1.s": "1 1/2", "L1r.s": "0 1/2"},
        {
            "L1.U": "5/2", "L1.W": "1/2", "L1.b": "3/2", "L1r.U": "3/2", "L1r.W": "0", "L1r.b": "1/2",
            "out.V": "10", "out.b": "1",
        },
    )  # fmt: skip


def test_bidirectional_product():
    """n-n: j₁ = f₁r₁ = 7/2, j₂ = f₂r₂ = 25; z = 7/4, 25/2; y = 2, 12: δ = −¼, ½;  L = ½(1/16 + ¼) = 5/32.

    dj = −⅛, ¼;  each factor receives dj times the other:
    df₂ = ¼·5 = 5/4,   df₁ = −⅛·7/2 + 2·5/4 = 33/16
    dr₁ = −⅛·1 = −⅛,   dr₂ = ¼·5 + ½·(−⅛) = 19/16
    f: dU = 33/16 + 3·5/4 = 93/16,   dW = f₁df₂ = 5/4,    db = 53/16
    r: dU = −⅛ + 3·19/16 = 55/16,    dW = r₂dr₁ = −5/8,   db = 17/16
    dV = −¼·7/2 + ½·25 = 93/8,  db_z = ¼
    """
    agree(
        run([1, 3], [2, 12], BOTH, cell="identity", bidirectional="product", structure="n-n"),
        "5/32",
        {**CHAINS, "J1.s": "7/2 25"},
        {"J1.s": "−1/8 1/4", "L1.s": "33/16 5/4", "L1r.s": "−1/8 19/16"},
        {
            "L1.U": "93/16", "L1.W": "5/4", "L1.b": "53/16", "L1r.U": "55/16", "L1r.W": "−5/8", "L1r.b": "17/16",
            "out.V": "93/8", "out.b": "1/4",
        },
    )  # fmt: skip


def test_bidirectional_mean_and_concatenation():
    """n-1, own end: (f₂, r₁) = (5, 7/2).

    mean: j = 17/4, z = 17/8, y = 2: δ = ⅛; dj = 1/16, and each gets the half, df₂ = dr₁ = 1/32: a quarter of the sum's
    dj = ⅛. So every gradient of the chains is a quarter of the sum's; dV = 17/4·⅛ = 17/32.
    concatenation, V = (½, 1), b_z = −5: z = 5/2 + 7/2 − 5 = 1, y = 0: δ = 1; df₂ = ½, dr₁ = 1;
    df₁ = 1, dr₂ = ½;  f: dU = 1 + 3/2 = 5/2, dW = ½, db = 3/2;  r: dU = 1 + 3/2 = 5/2, dW = 5, db = 3/2;  dV = (5, 7/2)
    """
    agree(
        run([1, 3], [0, 2], BOTH, cell="identity", bidirectional="mean"),
        "1/128",
        {**CHAINS, "J1.s": "9/4 17/4"},
        {"L1.s": "1/16 1/32", "L1r.s": "1/32 1/64"},
        {
            "L1.U": "5/32", "L1.W": "1/32", "L1.b": "3/32", "L1r.U": "5/64", "L1r.W": "5/32", "L1r.b": "3/64",
            "out.V": "17/32", "out.b": "1/8",
        },
    )  # fmt: skip
    agree(
        run([1, 3], [0, 0], {**BOTH, "out.V": [0.5, 1], "out.b": -5}, cell="identity", bidirectional="concat"),
        "1/2",
        {**CHAINS, "J1.s": "1 7/2 5 7/2"},
        {"L1.s": "1 1/2", "L1r.s": "1 1/2"},
        {
            "L1.U": "5/2", "L1.W": "1/2", "L1.b": "3/2", "L1r.U": "5/2", "L1r.W": "5", "L1r.b": "3/2",
            "out.V": "5 7/2", "out.b": "1",
        },
    )  # fmt: skip


ONE = {"L1.U": 0.5, "L1.W": 2, "L1.b": 0.5, "out.V": 2, "out.b": 0}


def test_one_to_many_reads_x_once():
    """x = 2, then nothing; U ½, W 2, b ½, V 2, b_z 0; y = 1, 2, 3.

    s₁ = ½·2 + ½ = 3/2,  s₂ = 3 + ½ = 7/2,  s₃ = 7 + ½ = 15/2;   z = 3, 7, 15;   δ = 2, 5, 12;   L = 173/2
    ds₃ = 24,  ds₂ = 10 + 48 = 58,  ds₁ = 4 + 116 = 120
    dU = 2·120 = 240,   dW = 3/2·58 + 7/2·24 = 171,   db = 202
    dV = 3/2·2 + 7/2·5 + 15/2·12 = 221/2,   db_z = 19
    """
    agree(
        run([2, 7, 7], [1, 2, 3], ONE, cell="identity", structure="1-n"),
        "173/2",
        {"L1.x": "2 0 0", "L1.s": "3/2 7/2 15/2", "out.z": "3 7 15"},
        {"L1.s": "120 58 24", "out.z": "2 5 12"},
        {"L1.U": "240", "L1.W": "171", "L1.b": "202", "out.V": "221/2", "out.b": "19"},
    )


def test_one_to_many_reads_x_at_every_step():
    """The same with x₁ = 2 at every step.

    s₁ = 3/2,  s₂ = 1 + 3 + ½ = 9/2,  s₃ = 1 + 9 + ½ = 21/2;   z = 3, 9, 21;   δ = 2, 7, 18;   L = 377/2
    ds₃ = 36,  ds₂ = 14 + 72 = 86,  ds₁ = 4 + 172 = 176
    dU = 2·(176 + 86 + 36) = 596,   dW = 3/2·86 + 9/2·36 = 291,   db = 298
    dV = 3/2·2 + 9/2·7 + 21/2·18 = 447/2,   db_z = 27
    """
    agree(
        run([2, 7, 7], [1, 2, 3], ONE, cell="identity", structure="1-n-every"),
        "377/2",
        {"L1.x": "2 2 2", "L1.s": "3/2 9/2 21/2", "out.z": "3 9 21"},
        {"L1.s": "176 86 36"},
        {"L1.U": "596", "L1.W": "291", "L1.b": "298", "out.V": "447/2", "out.b": "27"},
    )


FEEDBACK = {"L1.U": 0.5, "L1.W": -1, "L1.b": 1, "out.V": 2, "out.b": 0}


def test_one_to_many_reads_its_own_output():
    """x₁ = 2, then x_t = a_{t−1}; U ½, W −1, b 1, V 2, b_z 0; y = 1, 0, 1.

    s₁ = 1 + 1 = 2,  a₁ = 4;   s₂ = 2 − 2 + 1 = 1,  a₂ = 2;   s₃ = 1 − 1 + 1 = 1,  a₃ = 2;   δ = 3, 2, 1;   L = 7
    dz₃ = 1,             ds₃ = 2,                    to a₂ goes ½·2 = 1
    dz₂ = 2 + 1 = 3,     ds₂ = 2·3 − 2 = 4,          to a₁ goes ½·4 = 2
    dz₁ = 3 + 2 = 5,     ds₁ = 2·5 − 4 = 6
    dU = 2·6 + 4·4 + 2·2 = 32,   dW = 2·4 + 1·2 = 10,   db = 12,   dV = 2·5 + 1·3 + 1·1 = 14,   db_z = 9
    """
    agree(
        run([2, 7, 7], [1, 0, 1], FEEDBACK, cell="identity", structure="1-n-feedback"),
        "7",
        {"L1.x": "2 4 2", "L1.s": "2 1 1", "out.a": "4 2 2"},
        {"out.z": "5 3 1", "L1.s": "6 4 2", "L1.x": "3 2 1"},
        {"L1.U": "32", "L1.W": "10", "L1.b": "12", "out.V": "14", "out.b": "9"},
    )


def test_one_to_many_reads_its_target():
    """Teacher forcing: x = 2, y₁ = 1, y₂ = 0, and no gradient goes back through what is read.

    s₁ = 2,  s₂ = ½ − 2 + 1 = −½,  s₃ = ½ + 1 = 3/2;   z = 4, −1, 3;   δ = 3, −1, 2;   L = 7
    ds₃ = 4,  ds₂ = −2 − 4 = −6,  ds₁ = 6 + 6 = 12
    dU = 2·12 + 1·(−6) + 0 = 18,   dW = 2·(−6) − ½·4 = −14,   db = 10,   dV = 6 + ½ + 3 = 19/2,   db_z = 4
    """
    agree(
        run([2, 7, 7], [1, 0, 1], FEEDBACK, cell="identity", structure="1-n-feedback", teacher_forcing=True),
        "7",
        {"L1.x": "2 1 0", "L1.s": "2 −1/2 3/2", "out.a": "4 −1 3"},
        {"out.z": "3 −1 2", "L1.s": "12 −6 4"},
        {"L1.U": "18", "L1.W": "−14", "L1.b": "10", "out.V": "19/2", "out.b": "4"},
    )


def test_output_feedback():
    """n-n, and a_{t−1} comes in through F = −½: x = 1, 2; U 1, W 1, b 0, V 2, b_z 1; y = 2, 1.

    s₁ = 1,  a₁ = 3;   s₂ = 2 + 1 − 3/2 = 3/2,  a₂ = 4;   δ = 1, 3;   L = 5
    dz₂ = 3,  ds₂ = 6,  to a₁ goes −½·6 = −3;   dz₁ = 1 − 3 = −2,  ds₁ = 2·(−2) + 6 = 2
    dU = 1·2 + 2·6 = 14,   dW = 1·6 = 6,   dF = a₁ds₂ = 18,   db = 8,   dV = −2 + 3/2·3 = 5/2,   db_z = 1
    With teacher forcing a₁ is y₁ = 2:  s₂ = 2 + 1 − 1 = 2,  z₂ = 5,  δ = 1, 4;  L = 17/2;  ds₂ = 8,  ds₁ = 2 + 8 = 10
    dU = 10 + 16 = 26,   dW = 8,   dF = 2·8 = 16,   db = 18,   dV = 1 + 8 = 9,   db_z = 5
    """
    given = {"L1.U": 1, "L1.W": 1, "L1.b": 0, "L1.F": -0.5, "out.V": 2, "out.b": 1}
    agree(
        run([1, 2], [2, 1], given, cell="identity", structure="n-n", output_feedback=True),
        "5",
        {"L1.s": "1 3/2", "out.a": "3 4", "L1.a_prev": "0 3"},
        {"out.z": "−2 3", "L1.s": "2 6", "L1.a_prev": "−1 −3"},
        {"L1.U": "14", "L1.W": "6", "L1.F": "18", "L1.b": "8", "out.V": "5/2", "out.b": "1"},
    )
    agree(
        run([1, 2], [2, 1], given, cell="identity", structure="n-n", output_feedback=True, teacher_forcing=True),
        "17/2",
        {"L1.s": "1 2", "L1.a_prev": "0 2"},
        {"out.z": "1 4", "L1.s": "10 8"},
        {"L1.U": "26", "L1.W": "8", "L1.F": "16", "L1.b": "18", "out.V": "9", "out.b": "5"},
    )


def test_one_to_one_with_softmax():
    """One step, two outputs. s = 1; V = (0, ln 3), so z = (0, ln 3) and a = (1, 3)/(1 + 3) = (¼, ¾); y = (1, 0).

    L = −ln ¼ = ln 4;   δ = a − y = (−¾, ¾);   ds = ¾·ln 3;   dV = s·δ
    """
    given = {"L1.U": 2, "L1.W": 5, "L1.b": 0, "out.V": [[0, log(3)]], "out.b": [0, 0]}
    ds = 0.75 * log(3)
    agree(
        run([[[0.5]]], [[[1, 0]]], given, "categorical", cell="identity", structure="1-1"),
        log(4),
        {"L1.s": "1", "out.a": [0.25, 0.75]},
        {"out.z": [-0.75, 0.75], "L1.s": ds},
        {"L1.U": ds / 2, "L1.W": "0", "L1.b": ds, "out.V": [-0.75, 0.75], "out.b": [-0.75, 0.75]},
    )


def test_samples_of_different_lengths():
    """n-1 and a batch of two: sample A reads 1, 2; sample B reads 3 and ends. L is the mean of ½δ² at each one's end.

    U 2, W ½, b 0, V 1, b_z 0; y = 4 at both ends.  A: s = 2, 5, δ = 1.   B: s₁ = 6, δ = 2, and s₂ is a copy, 6.
    L = ½(½ + 2) = 5/4;   A: ds₂ = ½, ds₁ = ¼.   B: ds₁ = ½·2 = 1 (its copy's share is 0: it counts at t = 1).
    dU = 1·¼ + 2·½ + 3·1 = 17/4,   dW = 2·½ = 1,   db = 7/4,   dV = 5·½ + 6·1 = 17/2,   db_z = 3/2
    """
    given = {"L1.U": 2, "L1.W": 0.5, "L1.b": 0, "out.V": 1, "out.b": 0}
    present = np.array([[True, True], [True, False]])
    agree(
        run([[[1], [3]], [[2], [0]]], [[[4], [4]], [[4], [4]]], given, cell="identity", present=present),
        "5/4",
        {"L1.s": "2 6 5 6"},
        {"L1.s": "1/4 1 1/2 0", "out.z": "0 1 1/2 0"},
        {"L1.U": "17/4", "L1.W": "1", "L1.b": "7/4", "out.V": "17/2", "out.b": "3/2"},
    )


def test_a_convolution_before_the_recurrence():
    """A kernel of 2 reads (x_{t−1}, x_t), x₀ = 0: q_t = tanh(¼x_{t−1} + ½x_t); then s_t = 2q_t − s_{t−1}; V 1, y = 1.

    x = 1, −1:  q₁ = tanh(½), q₂ = tanh(¼ − ½) = −tanh(¼);  s₁ = 2q₁, s₂ = 2q₂ − s₁, δ = s₂ − 1
    ds₂ = δ, ds₁ = −δ;  dq = −2δ, 2δ;  in front of tanh g₁ = −2δ(1 − q₁²), g₂ = 2δ(1 − q₂²)
    dC = (x₀g₁ + x₁g₂, x₁g₁ + x₂g₂) = (g₂, g₁ − g₂),  db of the kernel = g₁ + g₂;   dU = −δq₁ + δq₂,  dW = s₁δ,  db = 0
    """
    q1, q2 = tanh(0.5), -tanh(0.25)
    s1 = 2 * q1
    s2 = 2 * q2 - s1
    delta = s2 - 1
    g1, g2 = -2 * delta * (1 - q1**2), 2 * delta * (1 - q2**2)
    given = {
        "conv.C": [0.25, 0.5], "conv.b": 0, "L1.U": 2, "L1.W": -1, "L1.b": 0, "out.V": 1, "out.b": 0,
    }  # fmt: skip
    agree(
        run([1, -1], [0, 1], given, cell="identity", convolution=2, filters=1),
        delta**2 / 2,
        {"conv.s": [q1, q2], "L1.s": [s1, s2]},
        {"conv.s": [-2 * delta, 2 * delta], "conv.h": [g1, g2], "L1.s": [-delta, delta]},
        {
            "conv.C": [g2, g1 - g2], "conv.b": g1 + g2, "L1.U": delta * (q2 - q1), "L1.W": s1 * delta, "L1.b": "0",
            "out.V": s2 * delta, "out.b": delta,
        },
    )  # fmt: skip
