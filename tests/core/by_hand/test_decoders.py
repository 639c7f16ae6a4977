"""Encoder–decoder and attention derived by hand. With s = h and squared error most numbers are fractions, to be equal.

Row vectors: h_t = x_t·U + s_{t−1}·W + b, z_t = s_t·V + b_z, ℓ_t = ½(z_t − y_t)², so that ∂ℓ_t/∂z_t = δ_t = z_t − y_t.
e are the encoder's states, d the decoder's; de stands for ∂L/∂e, which is ∂L/∂h as well. Nothing here is computed by
the program that is tested.
"""

from __future__ import annotations

from math import exp, tanh

import numpy as np
import pytest

from tests.core.board import agree, run


def test_encoder_and_decoder():
    """T_x = 2, T_y = 1. Encoder U 1, W 2, b 0 reads 1, 3; the decoder begins with e₂: U 3, W ½, b −½, V 2, b_z −1.

    e₁ = 1,  e₂ = 3 + 2 = 5;   d₁ = 3·0 + ½·5 − ½ = 2,  z = 3;   y = 1,  δ = 2,  L = 2
    dd₁ = 4;   de₂ = ½·4 = 2,  de₁ = 2·2 = 4
    encoder: dU = 1·4 + 3·2 = 10,   dW = e₁de₂ = 2,   db = 6
    decoder: dU = 0 (it has read nothing),   dW = e₂dd₁ = 20,   db = 4;   dV = 2·2 = 4,   db_z = 2
    """
    given = {
        "E1.U": 1, "E1.W": 2, "E1.b": 0, "D1.U": 3, "D1.W": 0.5, "D1.b": -0.5, "out.V": 2, "out.b": -1,
    }  # fmt: skip
    trace = run([1, 3], [1], given, cell="identity", structure="encoder-decoder", output_steps=1)
    agree(
        trace,
        "2",
        {"E1.s": "1 5", "D1.x": "0", "D1.s": "2", "context.c": "5"},
        {"E1.s": "4 2", "D1.s": "4", "out.z": "2"},
        {
            "E1.U": "10", "E1.W": "2", "E1.b": "6", "D1.U": "0", "D1.W": "20", "D1.b": "4", "out.V": "4", "out.b": "2",
        },
    )  # fmt: skip
    assert trace.start["D1", "s"] == 5.0
    assert trace.start_gradients["D1", "s"] == 2.0


def test_encoder_and_decoder_with_the_context_at_every_step():
    """T_x = T_y = 2. The same encoder, c = e₂ = 5. Decoder: U = ½ for a_{i−1} and 1 for c, W −1, b 0, V ½, b_z 0.

    d₁ = 0 + 5 = 5,  a₁ = 5/2;   d₂ = ½·5/2 + 5 − 5 = 5/4,  a₂ = 5/8;   y = 2, 1,  δ = ½, −⅜,  L = ½(¼ + 9/64) = 25/128
    dz₂ = −⅜,                   dd₂ = −3/16,                       to a₁ goes ½·dd₂ = −3/32
    dz₁ = ½ − 3/32 = 13/32,     dd₁ = 13/64 + 3/16 = 25/64
    dc = dd₁ + dd₂ = 13/64 = de₂,   de₁ = 2·13/64 = 13/32
    encoder: dU = 13/32 + 3·13/64 = 65/64,   dW = 13/64,   db = 39/64
    decoder: dU = (a₁dd₂, c(dd₁ + dd₂)) = (−15/32, 65/64),   dW = d₁dd₂ = −15/16,   db = 13/64
    dV = 5·13/32 + 5/4·(−⅜) = 25/16,   db_z = 1/32
    """
    given = {
        "E1.U": 1, "E1.W": 2, "E1.b": 0, "D1.U": [[0.5], [1]], "D1.W": -1, "D1.b": 0, "out.V": 0.5, "out.b": 0,
    }  # fmt: skip
    agree(
        run([1, 3], [2, 1], given, cell="identity", structure="encoder-decoder", context_at="every"),
        "25/128",
        {"E1.s": "1 5", "context.c": "5", "D1.x": "0 5 5/2 5", "D1.s": "5 5/4", "out.a": "5/2 5/8"},
        {"out.z": "13/32 −3/8", "D1.s": "25/64 −3/16", "context.c": "13/64", "E1.s": "13/32 13/64"},
        {
            "E1.U": "65/64", "E1.W": "13/64", "E1.b": "39/64",
            "D1.U": "−15/32 65/64", "D1.W": "−15/16", "D1.b": "13/64", "out.V": "25/16", "out.b": "1/32",
        },
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["transform", "all"])
def test_encoder_and_decoder_with_a_learned_context(kind):
    """c = tanh(M·e₂ + m), or of all states c = tanh(M·(e₁ + e₂)/2 + m): M = ¼, m = −1; e = 1, 5, and so the argument is
    5/4 − 1 = ¼, or 3/4 − 1 = −¼. The decoder begins with c: W ½, b 0, V 2, b_z 0; y = 1.

    d = ½c, z = c, δ = c − 1;  dd = 2δ, dW = c·dd, dc = ½·dd = δ;  dm = δ(1 − c²) = g, dM = 5g or 3g
    last: de₂ = ¼g, de₁ = 2·¼g;      all: each gets ½·¼g, and e₁ through e₂ twice of it: de₂ = g/8, de₁ = g/8 + 2g/8
    dU = 1·de₁ + 3·de₂,  dW = 1·de₂,  db = de₁ + de₂
    """
    given = {
        "E1.U": 1, "E1.W": 2, "E1.b": 0, "context.M": 0.25, "context.b": -1,
        "D1.U": 3, "D1.W": 0.5, "D1.b": 0, "out.V": 2, "out.b": 0,
    }  # fmt: skip
    read, c = (5, tanh(0.25)) if kind == "transform" else (3, tanh(-0.25))
    delta = c - 1
    g = delta * (1 - c**2)
    de1, de2 = (g / 2, g / 4) if kind == "transform" else (3 * g / 8, g / 8)
    agree(
        run([1, 3], [1], given, cell="identity", structure="encoder-decoder", output_steps=1, context=kind),
        delta**2 / 2,
        {"E1.s": "1 5", "context.c": c, "D1.s": c / 2, "out.z": c},
        {"context.c": delta, "E1.s": [de1, de2], "D1.s": 2 * delta},
        {
            "E1.U": de1 + 3 * de2, "E1.W": de2, "E1.b": de1 + de2, "context.M": read * g, "context.b": g,
            "D1.U": 0.0, "D1.W": 2 * c * delta, "D1.b": 2 * delta, "out.V": c / 2 * delta, "out.b": delta,
        },
    )  # fmt: skip


ATTENDED = {
    "E1.U": 1, "E1.W": 1, "E1.b": 0, "D1.U": [[2], [3]], "D1.W": -1, "D1.b": 0, "out.V": 0.5, "out.b": 0,
}  # fmt: skip


@pytest.mark.parametrize(("score", "A"), [("dot", 1.0), ("bilinear", -2.0)])
def test_attention(score, A):
    """T_x = 2, T_y = 1. e₁ = ½, e₂ = 1 + ½ = 3/2; the decoder begins with s₀ = e₂ = 3/2, which is the query too.

    Scores A·s₀·e_j = A·3/4, A·9/4 (dot: A = 1); the weights are a₂ = 1/(1 + exp(−A·3/2)) and a₁ = 1 − a₂.
    c = ½a₁ + 3/2·a₂ = ½ + a₂;   d = 3c − s₀,  z = ½d,  y = 1,  δ = z − 1
    dd = ½δ,  dc = 3dd,  da_j = dc·e_j;  with p = a₁a₂(da₂ − da₁) = a₁a₂·dc the scores get −p and p.
    ds₀ = −1·dd + A·(−p·½ + p·3/2) = −dd + A·p            (through W, and as the query)
    de₂ = a₂dc + p·A·3/2 + ds₀,   de₁ = a₁dc − p·A·3/2 + 1·de₂;    dA = s₀·(−p·½ + p·3/2) = 3/2·p
    encoder: dU = ½·de₁ + 1·de₂,  dW = ½·de₂,  db = de₁ + de₂
    decoder: dU = (0, c·dd),  dW = 3/2·dd,  db = dd;   dV = d·δ,  db_z = δ
    """
    a2 = 1 / (1 + exp(-A * 1.5))
    a1, c = 1 - a2, 0.5 + a2
    d = 3 * c - 1.5
    delta = d / 2 - 1
    dd = delta / 2
    dc = 3 * dd
    p = a1 * a2 * dc
    ds0 = -dd + A * p
    de2 = a2 * dc + p * A * 1.5 + ds0
    de1 = a1 * dc - p * A * 1.5 + de2
    own = {"attention.A": A} if score == "bilinear" else {}
    trace = run([0.5, 1], [1], {**ATTENDED, **own}, cell="identity", structure="attention", score=score, output_steps=1)
    agree(
        trace,
        delta**2 / 2,
        {"E1.s": "1/2 3/2", "attention.e": [A * 0.75, A * 2.25], "attention.a": [a1, a2], "context.c": c, "D1.s": d},
        {"attention.a": [dc / 2, dc * 1.5], "attention.e": [-p, p], "context.c": dc, "E1.s": [de1, de2], "D1.s": dd},
        {
            "E1.U": de1 / 2 + de2, "E1.W": de2 / 2, "E1.b": de1 + de2, "D1.U": [0.0, c * dd], "D1.W": 1.5 * dd,
            "D1.b": dd, "out.V": d * delta, "out.b": delta, **({"attention.A": 1.5 * p} if own else {}),
        },
    )  # fmt: skip
    np.testing.assert_allclose(trace.start_gradients["D1", "s"], [[ds0]], rtol=1e-12)


def test_additive_attention():
    """As before, but the scores are v·tanh(A_s·s₀ + A_k·e_j) with A_s = 1, A_k = −1, v = 2:

    g₁ = tanh(3/2 − ½) = tanh(1), g₂ = tanh(3/2 − 3/2) = 0, so that the scores are 2·tanh(1) and 0.
    With ∓p on the scores: dv = −p·g₁ + p·g₂ = −p·g₁;  in front of tanh arrive q₁ = −2p(1 − g₁²) and q₂ = 2p
    dA_s = s₀(q₁ + q₂),  dA_k = ½q₁ + 3/2·q₂;  the query gets q₁ + q₂, the keys −q₁ and −q₂
    """
    g1 = tanh(1.0)
    a2 = 1 / (1 + exp(2 * g1))
    a1, c = 1 - a2, 0.5 + a2
    d = 3 * c - 1.5
    delta = d / 2 - 1
    dd = delta / 2
    dc = 3 * dd
    p = a1 * a2 * dc
    q1, q2 = -2 * p * (1 - g1**2), 2 * p
    de2 = a2 * dc - q2 + (-dd + q1 + q2)
    de1 = a1 * dc - q1 + de2
    own = {"attention.A_s": 1, "attention.A_k": -1, "attention.v": 2}
    agree(
        run(
            [0.5, 1], [1], {**ATTENDED, **own}, cell="identity", structure="attention", score="additive", output_steps=1
        ),
        delta**2 / 2,
        {"attention.e": [2 * g1, 0.0], "attention.a": [a1, a2], "context.c": c, "D1.s": d},
        {"attention.e": [-p, p], "context.c": dc, "E1.s": [de1, de2]},
        {
            "E1.U": de1 / 2 + de2, "E1.W": de2 / 2, "E1.b": de1 + de2, "D1.U": [0.0, c * dd], "D1.W": 1.5 * dd,
            "D1.b": dd, "out.V": d * delta, "out.b": delta, "attention.v": -p * g1,
            "attention.A_s": 1.5 * (q1 + q2), "attention.A_k": q1 / 2 + 1.5 * q2,
        },
    )  # fmt: skip


def test_an_encoder_of_samples_of_different_lengths():
    """A batch of two: sample A reads 1, 2; sample B reads 3 and ends. The decoder, of one step, begins with e₂.

    Encoder U 2, W ½, b 0.  A: e = 2, 5.  B: e₁ = 6, and e₂ is a copy, 6.
    Decoder W ½, b 0, V 2, b_z 0: d = 5/2, 3,  z = 5, 6;  y = 4, 4:  δ/2 = ½, 1;  L = 5/4;  dd = 1, 2
    de₂ = ½, 1.  A: de₁ = ½·½ = ¼.  B: the copy hands on all of it, de₁ = 1, and nothing of it goes into U, W or b.
    encoder: dU = 1·¼ + 2·½ + 3·1 = 17/4,   dW = 2·½ = 1,   db = 7/4
    decoder: dU = 0,   dW = 5·1 + 6·2 = 17,   db = 3;   dV = 5/2·½ + 3·1 = 17/4,   db_z = 3/2
    """
    given = {
        "E1.U": 2, "E1.W": 0.5, "E1.b": 0, "D1.U": 7, "D1.W": 0.5, "D1.b": 0, "out.V": 2, "out.b": 0,
    }  # fmt: skip
    chosen = {"cell": "identity", "structure": "encoder-decoder", "output_steps": 1}
    present = np.array([[True, True], [True, False]])
    agree(
        run([[[1], [3]], [[2], [0]]], [[[4], [4]]], given, present=present, **chosen),
        "5/4",
        {"E1.s": "2 6 5 6", "context.c": "5 6", "D1.s": "5/2 3"},
        {"E1.s": "1/4 1 1/2 1", "E1.h": "1/4 1 1/2 0", "D1.s": "1 2", "out.z": "1/2 1"},
        {
            "E1.U": "17/4", "E1.W": "1", "E1.b": "7/4", "D1.U": "0", "D1.W": "17", "D1.b": "3",
            "out.V": "17/4", "out.b": "3/2",
        },
    )  # fmt: skip
