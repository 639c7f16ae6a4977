"""Cells without gates derived by hand: one unit, two or three steps. Fractions must be equal, the rest to 1e-12.

Row vectors: h_t = x_t·U + s_{t−1}·W + b, s_t = φ(h_t), z_t = s_t·V + b_z, ℓ_t = ½(z_t − y_t)², so that
∂ℓ_t/∂z_t = δ_t = z_t − y_t. ds stands for ∂L/∂s. Nothing here is computed by the program that is tested.
"""

from __future__ import annotations

from math import exp, log, sqrt, tanh

import numpy as np

from tests.core.board import agree, run

LINE = {"L1.U": 0.5, "L1.W": 2, "L1.b": -1, "out.V": 0.5, "out.b": 1}


def test_elman_identity_with_a_loss_at_every_step():
    """x = 1, 2, −1; y = 1, 0, 2; s₀ = 2; U ½, W 2, b −1, V ½, b_z 1.

    s₁ = ½ + 4 − 1 = 7/2,   s₂ = 1 + 7 − 1 = 7,   s₃ = −½ + 14 − 1 = 25/2
    z = 11/4, 9/2, 29/4;   δ = 7/4, 9/2, 21/4;   L = ½(49/16 + 81/4 + 441/16) = 49/32 + 81/8 + 441/32 = 407/16
    ds₃ = ½·21/4 = 21/8
    ds₂ = ½·9/2 + 2·21/8 = 15/2
    ds₁ = ½·7/4 + 2·15/2 = 127/8,     ds₀ = 2·127/8 = 127/4
    dU = 127/8 + 2·15/2 − 21/8 = 113/4
    dW = 2·127/8 + 7/2·15/2 + 7·21/8 = 611/8
    db = 127/8 + 15/2 + 21/8 = 26
    dV = 7/2·7/4 + 7·9/2 + 25/2·21/4 = 413/4,   db_z = 7/4 + 9/2 + 21/4 = 23/2
    """
    trace = run([1, 2, -1], [1, 0, 2], LINE, cell="identity", structure="n-n", initial_state=2)
    agree(
        trace,
        "407/16",
        {"L1.h": "7/2 7 25/2", "L1.s": "7/2 7 25/2", "out.z": "11/4 9/2 29/4"},
        {"L1.s": "127/8 15/2 21/8", "L1.h": "127/8 15/2 21/8", "out.z": "7/4 9/2 21/4", "L1.x": "127/16 15/4 21/16"},
        {"L1.U": "113/4", "L1.W": "611/8", "L1.b": "26", "out.V": "413/4", "out.b": "23/2"},
    )
    assert list(trace.loss_t) == [49 / 32, 81 / 8, 441 / 32]
    assert trace.start_gradients["L1", "s"] == 127 / 4


def test_elman_identity_truncated():
    """The same with a window of 2, counted from the end: steps 3 and 2, then step 1. Nothing goes from 2 back to 1:

    ds₁ = ½·7/4 = 7/8, the others stay;   dU = 7/8 + 15 − 21/8 = 53/4,   dW = 2·7/8 + 105/4 + 147/8 = 371/8,
    db = 7/8 + 15/2 + 21/8 = 11. The exact gradient stays beside it. Clipped by value at 12, the used dU and dW are 12.
    """
    chosen = {"cell": "identity", "structure": "n-n", "initial_state": 2, "truncate": 2}
    trace = run([1, 2, -1], [1, 0, 2], LINE, **chosen)
    assert list(trace.used["L1", "s"].ravel()) == [7 / 8, 15 / 2, 21 / 8]
    assert list(trace.exact["L1", "s"].ravel()) == [127 / 8, 15 / 2, 21 / 8]
    used = {"L1.U": 53 / 4, "L1.W": 371 / 8, "L1.b": 11, "out.V": 413 / 4, "out.b": 23 / 2}
    assert {name: float(array.item()) for name, array in trace.used_parameters.items()} == used
    clipped = run([1, 2, -1], [1, 0, 2], LINE, **chosen, clip_value=12)
    assert {name: float(array.item()) for name, array in clipped.used_parameters.items()} == {
        name: min(12, gradient) for name, gradient in used.items()
    }


def test_clipping():
    """T = 1: x = −1, U 0, W 0, b 0, so that s₁ = 0; V = 2, b_z = 0, y = −1: δ = 1, ds = 2.

    dU = −2, dW = 0, db = 2, dV = 0, db_z = 1;  ‖g‖ = √(4 + 4 + 1) = 3
    By norm at ¾ every gradient becomes a quarter; by value at ¾ dU = −¾, db = ¾, db_z = ¾.
    """
    given = {"L1.U": 0, "L1.W": 0, "L1.b": 0, "out.V": 2, "out.b": 0}
    by_norm = run([-1], [-1], given, cell="identity", clip_norm=0.75)
    by_value = run([-1], [-1], given, cell="identity", clip_value=0.75)
    found = [by_norm.used_parameters[name].item() for name in given]
    np.testing.assert_allclose([*found, by_norm.clip_factor], [-0.5, 0, 0.5, 0, 0.25, 0.25], rtol=1e-14)
    assert [by_norm.exact_parameters[name].item() for name in given] == [-2, 0, 2, 0, 1]
    assert [by_value.used_parameters[name].item() for name in given] == [-0.75, 0, 0.75, 0, 0.75]


def test_elman_tanh_with_a_loss_at_the_end():
    """x = ½, −1; y₂ = 1; s₀ = 0; U 0.8, W −1.5, b 0.1, V 2, b_z 0.3. tanh′ = 1 − tanh².

    ds₂ = 2δ,  dh₂ = ds₂(1 − s₂²),  ds₁ = −1.5·dh₂,  dh₁ = ds₁(1 − s₁²);   dU = ½dh₁ − dh₂,  dW = s₁dh₂,  db = dh₁ + dh₂
    """
    s1 = tanh(0.5)
    s2 = tanh(-0.8 - 1.5 * s1 + 0.1)
    delta = 2 * s2 + 0.3 - 1
    dh2 = 2 * delta * (1 - s2**2)
    ds1 = -1.5 * dh2
    dh1 = ds1 * (1 - s1**2)
    agree(
        run([0.5, -1], [0, 1], {"L1.U": 0.8, "L1.W": -1.5, "L1.b": 0.1, "out.V": 2, "out.b": 0.3}, cell="tanh"),
        delta**2 / 2,
        {"L1.h": [0.5, -0.7 - 1.5 * s1], "L1.s": [s1, s2], "out.z": [2 * s1 + 0.3, 2 * s2 + 0.3]},
        {"out.z": [0, delta], "L1.s": [ds1, 2 * delta], "L1.h": [dh1, dh2]},
        {"L1.U": dh1 / 2 - dh2, "L1.W": s1 * dh2, "L1.b": dh1 + dh2, "out.V": s2 * delta, "out.b": delta},
    )


def test_relu_with_a_unit_that_is_dead_for_a_step():
    """Two units: U = (1, −1), W = [½ 2; −1 1], b = (0, 1), V = (1, 2), b_z = 0; x = ½, 3, 1; y₃ = 13.

    h₁ = (½, −½ + 1) = (½, ½)                                             s₁ = (½, ½)
    h₂ = (3 + ½·½ − ½, −3 + 2·½ + ½ + 1) = (11/4, −½)                     s₂ = (11/4, 0): the second is dead
    h₃ = (1 + ½·11/4, −1 + 2·11/4 + 1) = (19/8, 11/2)                     s₃ = (19/8, 11/2)
    z₃ = 19/8 + 11 = 107/8,  δ = ⅜,  L = 9/128
    ds₃ = dh₃ = (⅜, ¾)
    ds₂ = dh₃·Wᵀ = (½·⅜ + 2·¾, −⅜ + ¾) = (27/16, ⅜)                       dh₂ = (27/16, 0)
    ds₁ = dh₂·Wᵀ = (½·27/16, −27/16) = (27/32, −27/16)                    dh₁ = the same
    dU = ½dh₁ + 3dh₂ + dh₃ = (27/64 + 81/16 + ⅜, −27/32 + 0 + ¾) = (375/64, −3/32)
    dW = s₁ᵀdh₂ + s₂ᵀdh₃ = [27/32 + 33/32, 0 + 33/16; 27/32 + 0, 0] = [15/8, 33/16; 27/32, 0]
    db = (27/32 + 27/16 + ⅜, −27/16 + 0 + ¾) = (93/32, −15/16);   dV = s₃δ = (57/64, 33/16),   db_z = ⅜
    """
    given = {"L1.U": [1, -1], "L1.W": [[0.5, 2], [-1, 1]], "L1.b": [0, 1], "out.V": [1, 2], "out.b": 0}
    agree(
        run([0.5, 3, 1], [0, 0, 13], given, cell="relu", hidden=2),
        "9/128",
        {"L1.h": "1/2 1/2 11/4 −1/2 19/8 11/2", "L1.s": "1/2 1/2 11/4 0 19/8 11/2"},
        {"L1.s": "27/32 −27/16 27/16 3/8 3/8 3/4", "L1.h": "27/32 −27/16 27/16 0 3/8 3/4", "out.z": "0 0 3/8"},
        {
            "L1.U": "375/64 −3/32", "L1.W": "15/8 33/16 27/32 0", "L1.b": "93/32 −15/16",
            "out.V": "57/64 33/16", "out.b": "3/8",
        },
    )  # fmt: skip


def sigmoid(h: float) -> float:
    return 1 / (1 + exp(-h))


def test_elman_sigmoid_with_binary_cross_entropy():
    """x = 1, 0; y = 1, 0; U 2, W −1, b −½, V 3, b_z −1. σ′ = σ(1 − σ).

    ∂ℓ/∂z of ℓ = −y ln a − (1 − y) ln(1 − a) is a − y.
    h₁ = 3/2,  h₂ = −s₁ − ½;   δ₁ = a₁ − 1,  δ₂ = a₂;   ds₂ = 3δ₂,  ds₁ = 3δ₁ − dh₂
    """
    s1 = sigmoid(1.5)
    s2 = sigmoid(-s1 - 0.5)
    a1, a2 = sigmoid(3 * s1 - 1), sigmoid(3 * s2 - 1)
    delta1, delta2 = a1 - 1, a2
    dh2 = 3 * delta2 * s2 * (1 - s2)
    ds1 = 3 * delta1 - dh2
    dh1 = ds1 * s1 * (1 - s1)
    given = {"L1.U": 2, "L1.W": -1, "L1.b": -0.5, "out.V": 3, "out.b": -1}
    agree(
        run([1, 0], [1, 0], given, "binary", cell="sigmoid", structure="n-n"),
        -log(a1) - log(1 - a2),
        {"L1.s": [s1, s2], "out.a": [a1, a2]},
        {"out.z": [delta1, delta2], "L1.s": [ds1, 3 * delta2], "L1.h": [dh1, dh2]},
        {
            "L1.U": dh1, "L1.W": s1 * dh2, "L1.b": dh1 + dh2,
            "out.V": s1 * delta1 + s2 * delta2, "out.b": delta1 + delta2,
        },
    )  # fmt: skip


def test_leaky():
    """α = ¼: s = ¼n + ¾s_{t−1}, n = tanh(h). x = 1, −1; s₀ = ½; U 0.6, W −0.8, b 0.2, V 2, b_z 0; y₂ = 1.

    h₁ = 0.6 − 0.4 + 0.2 = 0.4;   ds₂ = 2δ,  dn₂ = ¼ds₂,  dh₂ = dn₂(1 − n₂²),  ds₁ = ¾ds₂ − 0.8·dh₂
    """
    n1 = tanh(0.4)
    s1 = n1 / 4 + 0.375
    n2 = tanh(-0.6 - 0.8 * s1 + 0.2)
    s2 = n2 / 4 + 0.75 * s1
    delta = 2 * s2 - 1
    ds2 = 2 * delta
    dh2 = ds2 / 4 * (1 - n2**2)
    ds1 = 0.75 * ds2 - 0.8 * dh2
    dh1 = ds1 / 4 * (1 - n1**2)
    given = {"L1.U": 0.6, "L1.W": -0.8, "L1.b": 0.2, "out.V": 2, "out.b": 0}
    trace = run([1, -1], [0, 1], given, cell="leaky", leak=0.25, initial_state=0.5)
    agree(
        trace,
        delta**2 / 2,
        {"L1.n": [n1, n2], "L1.s": [s1, s2]},
        {"L1.s": [ds1, ds2], "L1.n": [ds1 / 4, ds2 / 4], "L1.h": [dh1, dh2]},
        {"L1.U": dh1 - dh2, "L1.W": dh1 / 2 + s1 * dh2, "L1.b": dh1 + dh2, "out.V": s2 * delta, "out.b": delta},
    )
    np.testing.assert_allclose(trace.start_gradients["L1", "s"], 0.75 * ds1 - 0.8 * dh1, rtol=1e-12)


def test_clockwork_copies():
    """Unit A of period 1, unit B of period 2; A may not feed B. x = ½ at t = 1, 2, 3; s₀ = (½, ½).

    U = (1, −1), W = [½ ·; −1 2] (row: from, column: to), b = 0, V = (1, 2), b_z = 0; y₃ = 1.
    t = 1, B sleeps:   A₁ = tanh(½ + ¼ − ½) = tanh(¼),              B₁ = ½
    t = 2, both:       A₂ = tanh(½ + ½A₁ − ½) = tanh(½A₁),          B₂ = tanh(−½ + 2·½) = tanh(½)
    t = 3, B sleeps:   A₃ = tanh(½ + ½A₂ − B₂),                     B₃ = B₂
    z = A₃ + 2B₃
    dA₃ = δ,   a₃ = dA₃(1 − A₃²) before tanh;    dB₃ = 2δ
    dA₂ = ½a₃,  a₂ = dA₂(1 − A₂²);   dB₂ = dB₃ − a₃  (the copy, whole, and A₃),  b₂ = dB₂(1 − B₂²)
    dA₁ = ½a₂,  a₁ = dA₁(1 − A₁²);   dB₁ = −a₂ + 2b₂,  and b₁ = b₃ = 0
    dU = ½(a₁ + a₂ + a₃, b₂);   dW: A→A ½a₁ + A₁a₂ + A₂a₃,  A→B none,  B→A ½a₁ + ½a₂ + B₂a₃,  B→B ½b₂
    """
    A1 = tanh(0.25)
    A2, B2 = tanh(A1 / 2), tanh(0.5)
    A3 = tanh(0.5 + A2 / 2 - B2)
    delta = A3 + 2 * B2 - 1
    a3 = delta * (1 - A3**2)
    dB2 = 2 * delta - a3
    a2, b2 = a3 / 2 * (1 - A2**2), dB2 * (1 - B2**2)
    a1, dB1 = a2 / 2 * (1 - A1**2), -a2 + 2 * b2
    given = {"L1.U": [1, -1], "L1.W": [[0.5, 0], [-1, 2]], "L1.b": [0, 0], "out.V": [1, 2], "out.b": 0}
    trace = run([0.5] * 3, [0, 0, 1], given, cell="clockwork", hidden=2, periods=(1, 2), initial_state=0.5)
    agree(
        trace,
        delta**2 / 2,
        {"L1.k": "1 0 1 1 1 0", "L1.s": [A1, 0.5, A2, B2, A3, B2]},
        {"L1.s": [a2 / 2, dB1, a3 / 2, dB2, delta, 2 * delta], "L1.h": [a1, 0, a2, b2, a3, 0]},
        {
            "L1.U": [(a1 + a2 + a3) / 2, b2 / 2], "L1.b": [a1 + a2 + a3, b2],
            "L1.W": [a1 / 2 + A1 * a2 + A2 * a3, 0, a1 / 2 + a2 / 2 + B2 * a3, b2 / 2],
            "out.V": [A3 * delta, B2 * delta], "out.b": delta,
        },
    )  # fmt: skip
    states = trace.values["L1", "s"][:, 0, 1]
    assert states[0] == 0.5, "copied, not computed"
    assert states[2] == states[1]
    assert trace.parameters["L1.W"][0, 1] == 0.0


def test_batch_normalisation_of_two_samples():
    """Of two numbers a, b the mean is (a + b)/2 and the variance d², d = (a − b)/2: m = ±d/√(d² + ε), ε = 1e-5.

    q = γm + β, s = tanh(q); A reads .51, .02, B .49, 0; U 1, W ½, γ 0.8, β 0.3, V 2, b_z 0; y₂ = 1; L = ½(ℓ_A + ℓ_B).
    ∂m_A/∂d = ε/(d² + ε)^{3/2} = −∂m_B/∂d,  and ∂d/∂a = ½ = −∂d/∂b. So with D = ε/(d² + ε)^{3/2} and what arrives at
    m_A less what arrives at m_B, g:  dh_A = ½Dg = −dh_B. What one sample gets the other loses.
    """
    eps, gamma, beta = 1e-5, 0.8, 0.3
    d1 = 0.01
    m1 = d1 / sqrt(d1**2 + eps)
    A1, B1 = tanh(gamma * m1 + beta), tanh(-gamma * m1 + beta)
    d2 = (0.02 + A1 / 2 - B1 / 2) / 2
    m2 = d2 / sqrt(d2**2 + eps)
    A2, B2 = tanh(gamma * m2 + beta), tanh(-gamma * m2 + beta)
    deltaA, deltaB = (2 * A2 - 1) / 2, (2 * B2 - 1) / 2  # with the batch's 1/2
    qA2, qB2 = 2 * deltaA * (1 - A2**2), 2 * deltaB * (1 - B2**2)
    h2 = gamma * (qA2 - qB2) * eps / (d2**2 + eps) ** 1.5 / 2
    qA1, qB1 = h2 / 2 * (1 - A1**2), -h2 / 2 * (1 - B1**2)
    h1 = gamma * (qA1 - qB1) * eps / (d1**2 + eps) ** 1.5 / 2
    given = {"L1.U": 1, "L1.W": 0.5, "L1.gamma": gamma, "L1.beta": beta, "out.V": 2, "out.b": 0}
    agree(
        run([[[0.51], [0.49]], [[0.02], [0.0]]], [[[0], [0]], [[1], [1]]], given, cell="batchnorm", epsilon=1e-5),
        ((2 * A2 - 1) ** 2 + (2 * B2 - 1) ** 2) / 4,
        {"L1.m": [m1, -m1, m2, -m2], "L1.s": [A1, B1, A2, B2]},
        {"L1.s": [h2 / 2, -h2 / 2, 2 * deltaA, 2 * deltaB], "L1.h": [h1, -h1, h2, -h2], "L1.q": [qA1, qB1, qA2, qB2]},
        {
            "L1.U": 0.02 * h1 + 0.02 * h2, "L1.W": (A1 - B1) * h2,
            "L1.gamma": m1 * (qA1 - qB1) + m2 * (qA2 - qB2), "L1.beta": qA1 + qB1 + qA2 + qB2,
            "out.V": A2 * deltaA + B2 * deltaB, "out.b": deltaA + deltaB,
        },
    )  # fmt: skip


def test_jordan():
    """The output comes back: h₂ = x₂U + a₁F + b, with a = σ(z) and binary cross-entropy. x = 1, −1; y = 0, 1.

    U ½, F −2, b 0.1, V 1.5, b_z −0.5.   δ = a − y;   dh₂ = 1.5·δ₂(1 − s₂²);   to a₁ goes −2·dh₂, to z₁ through σ′:
    dz₁ = δ₁ − 2dh₂·a₁(1 − a₁),   dh₁ = 1.5·dz₁(1 − s₁²);   dF = a₁dh₂
    """
    s1 = tanh(0.6)
    a1 = sigmoid(1.5 * s1 - 0.5)
    s2 = tanh(-0.5 - 2 * a1 + 0.1)
    a2 = sigmoid(1.5 * s2 - 0.5)
    dz2 = a2 - 1
    dh2 = 1.5 * dz2 * (1 - s2**2)
    dz1 = a1 - 2 * dh2 * a1 * (1 - a1)
    dh1 = 1.5 * dz1 * (1 - s1**2)
    given = {"L1.U": 0.5, "L1.F": -2, "L1.b": 0.1, "out.V": 1.5, "out.b": -0.5}
    agree(
        run([1, -1], [0, 1], given, "binary", cell="jordan", structure="n-n"),
        -log(1 - a1) - log(a2),
        {"L1.a_prev": [0, a1], "L1.s": [s1, s2], "out.a": [a1, a2]},
        {"out.z": [dz1, dz2], "L1.h": [dh1, dh2], "L1.s": [1.5 * dz1, 1.5 * dz2]},
        {
            "L1.U": dh1 - dh2, "L1.F": a1 * dh2, "L1.b": dh1 + dh2,
            "out.V": s1 * dz1 + s2 * dz2, "out.b": dz1 + dz2,
        },
    )  # fmt: skip


def test_time_delays():
    """h_t = x_tU₀ + x_{t−1}U₁ + b: x = 1, −2; U = (0.4, 0.7), b 0.1, V 2, b_z 0; y = 0, 1. Nothing comes back in time.

    h₁ = 0.5, h₂ = −0.8 + 0.7 + 0.1 = 0 and s₂ = 0: δ = 2·tanh(½), −1.  dh = 4·tanh(½)(1 − tanh²(½)), −2
    dU₀ = dh₁ − 2dh₂,  dU₁ = 0 + 1·dh₂ = −2
    """
    s1 = tanh(0.5)
    dh1 = 4 * s1 * (1 - s1**2)
    given = {"L1.U": [0.4, 0.7], "L1.b": 0.1, "out.V": 2, "out.b": 0}
    agree(
        run([1, -2], [0, 1], given, cell="tdnn", taps=2, structure="n-n"),
        2 * s1**2 + 0.5,
        {"L1.s": [s1, 0]},
        {"L1.h": [dh1, -2], "out.z": [2 * s1, -1]},
        {"L1.U": [dh1 + 4, -2], "L1.b": dh1 - 2, "out.V": 2 * s1**2, "out.b": 2 * s1 - 1},
    )


def test_narx():
    """Two taps of the input and two of the output: h_t = x_tU₀ + x_{t−1}U₁ + a_{t−1}F₀ + a_{t−2}F₁.

    x = ½, 1, −1; y₃ = 1;  U = (0.6, −0.4), F = (0.5, −1), b 0, V 2, b_z 0.1:
    h₁ = 0.3,   h₂ = 0.6 − 0.2 + ½a₁,   h₃ = −0.6 − 0.4 + ½a₂ − a₁
    dz₃ = δ;   to a₂ goes ½dh₃;   to a₁ go −dh₃, over two steps at a jump, and ½dh₂. Each dh = 2dz(1 − s²).
    """
    s1 = tanh(0.3)
    a1 = 2 * s1 + 0.1
    s2 = tanh(0.4 + a1 / 2)
    a2 = 2 * s2 + 0.1
    s3 = tanh(-1 + a2 / 2 - a1)
    dz3 = 2 * s3 + 0.1 - 1
    dh3 = 2 * dz3 * (1 - s3**2)
    dz2 = dh3 / 2
    dh2 = 2 * dz2 * (1 - s2**2)
    dz1 = -dh3 + dh2 / 2
    dh1 = 2 * dz1 * (1 - s1**2)
    given = {"L1.U": [0.6, -0.4], "L1.F": [0.5, -1], "L1.b": 0, "out.V": 2, "out.b": 0.1}
    agree(
        run([0.5, 1, -1], [0, 0, 1], given, cell="narx", taps=2),
        dz3**2 / 2,
        {"L1.x": "1/2 0 1 1/2 −1 1", "L1.a_prev": [0, 0, a1, 0, a2, a1], "L1.s": [s1, s2, s3]},
        {"out.z": [dz1, dz2, dz3], "L1.h": [dh1, dh2, dh3]},
        {
            "L1.U": [dh1 / 2 + dh2 - dh3, dh2 / 2 + dh3], "L1.F": [a1 * dh2 + a2 * dh3, a1 * dh3],
            "L1.b": dh1 + dh2 + dh3, "out.V": s1 * dz1 + s2 * dz2 + s3 * dz3, "out.b": dz1 + dz2 + dz3,
        },
    )  # fmt: skip


def test_autoregression():
    """z_t = ½a_{t−1} + 2a_{t−2} + 1; y = 0, 1, 3.

    Its own outputs: a = 1, ½ + 1 = 3/2, ¾ + 2 + 1 = 15/4;   δ = 1, ½, ¾;   L = ½(1 + ¼ + 9/16) = 29/32
    dz₃ = ¾,   dz₂ = ½ + ½·¾ = 7/8,   dz₁ = 1 + ½·7/8 + 2·¾ = 47/16
    dV = (1·7/8 + 3/2·¾, 1·¾) = (2, ¾),   db_z = 47/16 + 7/8 + ¾ = 73/16
    Fed with the targets: z = 1, ½·0 + 1 = 1, ½·1 + 2·0 + 1 = 3/2;  δ = 1, 0, −3/2;  L = 13/8;  dV = (−3/2, 0)
    """
    given = {"out.V": [0.5, 2], "out.b": 1}
    agree(
        run([0, 0, 0], [0, 1, 3], given, cell="ar", taps=2, structure="n-n"),
        "29/32",
        {"L1.s": "0 0 1 0 3/2 1", "out.a": "1 3/2 15/4"},
        {"out.z": "47/16 7/8 3/4"},
        {"out.V": "2 3/4", "out.b": "73/16"},
    )
    agree(
        run([0, 0, 0], [0, 1, 3], given, cell="ar", taps=2, structure="n-n", teacher_forcing=True),
        "13/8",
        {"L1.s": "0 0 0 0 1 0", "out.a": "1 1 3/2"},
        {"out.z": "1 0 −3/2"},
        {"out.V": "−3/2 0", "out.b": "−1/2"},
    )


def test_an_echo_state_networks_read_out():
    """W = ½ and one unit; U is as drawn. The read-out is the line through (s_t, y_t), with ρ = 0.1 on its slope:

    V = Σ(s − s̄)(y − ȳ)/(Σ(s − s̄)² + ρ),   b_z = ȳ − V·s̄.
    Where it was fitted, Σδ = 0 and Σδs = −ρV: what is left of dV, and dU, dW, db are not used at all.
    """
    x, y = (1, -1, 0.5), (0, 1, 3)
    chosen = {"w_init": "matrix", "w_matrix": ((0.5,),), "ridge": 0.1}
    trace = run(x, y, None, cell="esn", structure="n-n", **chosen)
    U = trace.parameters["L1.U"].item()
    s1 = tanh(U)
    s2 = tanh(-U + s1 / 2)
    s3 = tanh(U / 2 + s2 / 2)
    s_mean, y_mean = (s1 + s2 + s3) / 3, 4 / 3
    above = (s1 - s_mean) * (0 - y_mean) + (s2 - s_mean) * (1 - y_mean) + (s3 - s_mean) * (3 - y_mean)
    V = above / ((s1 - s_mean) ** 2 + (s2 - s_mean) ** 2 + (s3 - s_mean) ** 2 + 0.1)
    b = y_mean - V * s_mean
    np.testing.assert_allclose(trace.values["L1", "s"].ravel(), [s1, s2, s3], rtol=1e-12)
    np.testing.assert_allclose(trace.values["out", "z"].ravel(), [V * s1 + b, V * s2 + b, V * s3 + b], rtol=1e-12)
    used = trace.used_parameters
    np.testing.assert_allclose(used["out.V"].item(), -0.1 * V, rtol=1e-12)
    assert abs(used["out.b"].item()) < 1e-14
    assert [used[name].item() for name in ("L1.U", "L1.W", "L1.b")] == [0, 0, 0]
