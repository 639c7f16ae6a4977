"""EXAMPLES: the visible list of saved experiments, each with its claim. A new one is an entry here and its file, which
`python3 main.py examples --out assets/examples` writes."""

from pathlib import Path

from core.experiment import Experiment, natural
from explorer.examples import findings
from explorer.examples.example import Example, Learned

__all__ = ["EXAMPLES", "Example", "example_of"]

BACK, GATES, LOSSES, SHAPES, LEARNED = "Vanish, explode, survive", "Gates", "Losses and cuts", "Structures", "Learned"
PLANE = "Two units, one plane"
LINE = {"cell": "relu", "w_init": "identity", "nonnegative": True}
TURN = (0.9396926207859084, 0.3420201433256687), (-0.3420201433256687, 0.9396926207859084)  # by 20°
RIVALS = (1.5, -1.0), (-1.0, 1.5)  # each unit holds itself and inhibits the other

EXAMPLES: tuple[Example, ...] = (
    Example(
        "vanishing-tanh", BACK, "tanh: the gradient vanishes",
        "{steps} steps back, the gradient is {factor} times smaller. A step multiplies it by {weights} through W and "
        "by {slope} through the slope.",
        Experiment,
        lambda n: n["factor"] > 300 and n["weights"] < 1 and n["slope"] < 1,
    ),
    Example(
        "exploding-relu", BACK, "ReLU: the gradient explodes",
        "Every slope is 1, so W = 1.2·I alone counts: {steps} steps back, the gradient is {factor} times larger.",
        lambda: Experiment(**LINE, w_gain=1.2, steps=24),
        lambda n: abs(n["factor"] / 1.2 ** n["steps"] - 1) < 1e-9 and n["slope_low"] == n["slope_high"] == 1,
    ),
    Example(
        "identity-relu", BACK, "ReLU that begins with W = I",
        "With W = I and every slope 1 nothing is lost: {steps} steps back, the gradient is as large as at the loss.",
        lambda: Experiment(**LINE, w_gain=1.0, steps=40),
        lambda n: abs(n["kept"] - 1) < 1e-9 and n["slope_low"] == n["slope_high"] == 1,
    ),
    Example(
        "dead-relus", BACK, "Dead ReLUs",
        "With a bias of −3 all {units} units are shut at every step, and before the last step the gradient is exactly "
        "0.",
        lambda: Experiment(cell="relu", bias=-3.0, input_scale=0.5),
        lambda n: n["open"] == 0 and n["before"] == 0,
        findings.shut,
    ),
    Example(
        "saturation", BACK, "Saturation beats a large W",
        "W makes it {weights} times larger at every step, the slopes {slope} times as large: {steps} steps back, the "
        "gradient is {factor} times smaller.",
        lambda: Experiment(w_gain=1.3, steps=30),
        lambda n: n["weights"] > 1.29 and n["slope"] < 0.77 and n["factor"] > 50,
    ),
    Example(
        "tiny-inputs", BACK, "The same W, with tiny inputs",
        "x is a million times smaller, so the slopes stay at 1, and the same W = 1.3·Q explodes: {steps} steps back, "
        "the gradient is {factor} times larger.",
        lambda: Experiment(w_gain=1.3, steps=30, input_scale=1e-6),
        lambda n: n["factor"] > 1000 and n["slope_low"] > 0.999,
    ),
    Example(
        "plane-rotation", PLANE, "Rotation: the gradient stays",
        "W turns the plane by {turn}° and stretches nothing; the slopes are near {slope}: {steps} steps back, {kept} "
        "of the gradient is there.",
        lambda: Experiment(hidden=2, steps=60, w_init="matrix", w_gain=1.0, w_matrix=TURN, input_scale=0.1),
        lambda n: abs(n["turn"] - 20) < 1e-9 and abs(n["stretch"] - 1) < 1e-9 and n["kept"] > 0.5,
        findings.plane, page="plane",
    ),
    Example(
        "plane-latch", PLANE, "Latch: two stable states",
        "{stable} stable points, a saddle between: W multiplies the gradient by {weights}, the slopes by {slope}. "
        "{steps} steps back, it is {factor} times smaller.",
        lambda: Experiment(hidden=2, steps=24, w_init="matrix", w_gain=1.0, w_matrix=RIVALS),
        lambda n: (n["stable"], n["saddle"]) == (2, 1) and n["weights"] > 2 and n["slope"] < 0.1 and n["factor"] > 1e15,
        findings.plane, page="plane",
    ),
    Example(
        "plane-saddle", PLANE, "Beside a saddle: it explodes",
        "The same W, {begins} from the saddle: {weights} through W, {slope} through the slopes. {steps} steps back, "
        "the gradient is {factor} times larger.",
        lambda: Experiment(hidden=2, steps=14, w_init="matrix", w_gain=1.0, w_matrix=RIVALS, input_scale=1e-4),
        lambda n: n["saddle"] == 1 and n["begins"] < 0.01 and n["slope"] > 0.9 and n["kept"] > 1000,
        findings.plane, page="plane",
    ),
    Example(
        "four-cells", GATES, "Four cells on the same data",
        "{steps} steps back, tanh keeps {tanh} of the gradient, ReLU {relu}, LSTM {lstm}, GRU {gru}.",
        Experiment,
        lambda n: max(n["tanh"], n["relu"]) < 1 / 100 and min(n["lstm"], n["gru"]) > 1 / 4,
        findings.cells,
        pinned=("relu", "lstm", "gru"),
    ),
    Example(
        "lstm-remembers", GATES, "LSTM with a forget bias of 5",
        "f is {gate} on average, so that a step passes on {along_low} … {along_high} along c: {steps} steps back, "
        "the gradient on c is {kept} times as large.",
        lambda: Experiment(steps=40).with_cell("lstm"),
        lambda n: n["gate"] > 0.98 and n["along_low"] > 0.9 and n["kept"] > 0.5,
        findings.gates,
    ),
    Example(
        "lstm-forgets", GATES, "LSTM with a forget bias of 0",
        "f is {gate} on average: {steps} steps back, the gradient on c is {factor} times smaller. An LSTM alone is no "
        "cure.",
        lambda: Experiment(cell="lstm", steps=40).with_changes(forget_bias=0.0),
        lambda n: n["gate"] < 0.6 and n["factor"] > 1e6,
        findings.gates,
    ),
    Example(
        "lstm-open", GATES, "LSTM with f held at 1",
        "Along c a step passes on exactly {along_low}, over {steps} steps: the cell of 1997, without a forget gate.",
        lambda: Experiment(steps=40).with_cell("lstm").freeze("f", 1.0),
        lambda n: n["along_low"] == n["along_high"] == 1,
    ),
    Example(
        "gru-remembers", GATES, "GRU with an update bias of −5",
        "u is {gate} on average, so that little is written over: {steps} steps back, {kept} of the gradient is there.",
        lambda: Experiment(steps=40).with_cell("gru"),
        lambda n: n["gate"] < 0.02 and 0.25 < n["kept"] < 4,
        findings.gates,
    ),
    Example(
        "loss-at-every-step", LOSSES, "A loss at every step hides it",
        "At the first step the gradient of all losses together is {total}; that of the last one alone, {steps} steps "
        "on, is {last}.",
        lambda: Experiment(structure="n-n", w_gain=0.5, steps=30),
        lambda n: n["total"] > 0.05 and n["last"] < 1e-9,
        findings.total_and_last,
    ),
    Example(
        "truncation", LOSSES, "Truncated backpropagation",
        "In windows of {window} steps the gradient that is used ends at t = {reached}; uncut, {kept} of it would reach "
        "t = 1.",
        lambda: Experiment(w_gain=1.0, steps=24, truncate=5, input_scale=0.5),
        lambda n: n["reached"] == n["t"] == 20 and 0 < n["kept"] < 1,
        findings.cut,
    ),
    Example(
        "clipping", LOSSES, "Clipping by norm",
        "The norm of all gradients is cut from {before} to {after}; the direction stays, with a cosine of {cosine}.",
        lambda: Experiment(**LINE, w_gain=1.2, steps=20, clip_norm=1.0),
        lambda n: n["before"] > 100 and abs(n["after"] - 1) < 1e-9 and n["cosine"] > 1 - 1e-9,
        findings.clipped,
    ),
    Example(
        "bidirectional", SHAPES, "Read in both directions",
        "The loss of the first word reaches the last one, {steps} steps on, through the chain that runs backward "
        "({reverse}), and not through the other ({forward}).",
        lambda: natural("slot-filling", bidirectional="concat"),
        lambda n: n["forward"] == 0 and n["reverse"] > 1e-6,
        findings.across,
    ),
    Example(
        "encoder-decoder", SHAPES, "Encoder–decoder: a bottleneck",
        "All that the decoder gets is the last of {steps} states: the first one has {ratio} of its gradient.",
        lambda: natural("reverse", structure="encoder-decoder", steps=20, w_gain=0.5),
        lambda n: n["ratio"] < 1e-6,
        findings.handed_over,
    ),
    Example(
        "attention", SHAPES, "Attention: past the bottleneck",
        "Every one of {steps} states is read directly: the first one has {ratio} of the last one’s gradient.",
        lambda: natural("reverse", structure="attention", steps=20, w_gain=0.5),
        lambda n: n["ratio"] > 1e-3,
        findings.handed_over,
    ),
    Example(
        "different-lengths", SHAPES, "A batch of different lengths",
        "{samples} surnames of {shortest} to {longest} letters: each has its loss at its own last letter, and where it "
        "has ended the gradient is exactly 0.",
        lambda: natural("surname", batch=6).with_cell("gru"),
        lambda n: n["padding"] == 0 and n["shortest"] < n["longest"],
        findings.lengths,
    ),
    Example(
        "echo", LEARNED, "Echo, 3 steps later",
        "An LSTM after 600 updates: {right} of {steps} answers are right, and none is off by more than {error}.",
        lambda: natural("echo", cell="lstm", hidden=8, steps=16, forget_bias=1.0),
        lambda n: n["right"] == n["steps"] and n["error"] < 0.5,
        findings.right,
        Learned(600, 0.02, 16),
    ),
    Example(
        "binary-subtraction", LEARNED, "Binary subtraction",
        "tanh after 1,500 updates: {right} of {steps} digits are right, the borrowing included; none is off by more "
        "than {error}.",
        lambda: natural("binary-subtraction", hidden=8, steps=8),
        lambda n: n["right"] == n["steps"] and n["error"] < 0.5,
        findings.right,
        Learned(1500, 0.02, 16),
    ),
    Example(
        "hello", LEARNED, "A character model: hell → ello",
        "After 500 updates all {right} letters are right, though l is followed by l once and by o once; none is off by "
        "more than {error}.",
        lambda: natural("next-character", hidden=8),
        lambda n: n["right"] == n["steps"] == 4 and n["error"] < 0.05,
        findings.right,
        Learned(500, 0.1, 1, "sgd"),
    ),
    Example(
        "digit-rows", LEARNED, "A digit read row by row",
        "A GRU after 400 updates: this is a {digit}, with probability {sure}; of {new} new digits {right} are right. "
        "{steps} rows back, {kept} of the gradient is there.",
        lambda: natural("drawn-digits", hidden=10, data_seed=3).with_cell("gru"),
        lambda n: n["known"] == 1 and n["sure"] > 0.9 and n["right"] > 0.9 * n["new"] and n["kept"] > 0.25,
        findings.recognised,
        Learned(400, 0.02, 32),
    ),
)  # fmt: skip


def example_of(path: Path) -> Example | None:
    """The example whose file it is."""
    return next((each for each in EXAMPLES if each.path == path), None)
