"""(3) h for the state, o and ŷ for the output."""

from core.notation.base import SUPERSCRIPT, Notation, Symbol, one

GOODFELLOW = Notation(
    number=3,
    name="goodfellow",
    title="h for the state, o and ŷ for the output",
    short="Goodfellow et al.",
    source="Goodfellow, Bengio & Courville 2016, Deep Learning, chapter 10 (10.8–10.11, 10.40–10.47)",
    notes=(
        "Vectors are columns: a batch is (n, B), and U, W, V are the transposes of ours.",
        "h is the state (ours: s) and a its pre-activation (ours: h); c is the bias of the output.",
        "In its LSTM s is the cell state (ours: c), g the input gate (ours: i) and q the output gate (ours: o), "
        "whose parameters are called o. The candidate has no symbol there: here it is s̃ (GRU: h̃).",
        "The book prints σ around the candidate, in (10.41) of the LSTM and (10.45) of the GRU. What is computed here "
        "is tanh, or ReLU where that is chosen, and these equations say which.",
        "The book has no index for a layer beside the step's: ⁽²⁾ before it is layer 2 here.",
        "The update gate u keeps (10.45): u here is 1 − u of a GRU whose u writes. The book's printed index t − 1 "
        "of u and r is t here, as in Cho et al. 2014.",
    ),
    transpose=True,
    weights_transposed=True,
    index_tex="^{(#)}",
    index_text="⁽#⁾",
    digits=SUPERSCRIPT,
    symbols={
        "s": Symbol("h@", "h@"),
        "c": Symbol("s@", "s@"),
        "i": Symbol("g@", "g@"),
        "g": Symbol(r"\tilde{s}@", "s̃@"),
        "o": Symbol("q@", "q@"),
        "n": Symbol(r"\tilde{h}@", "h̃@"),
        "z": Symbol("o@", "o@"),
        "a": Symbol(r"\hat{y}@", "ŷ@"),
        "ℓ": Symbol("L@", "L@"),
    },
    pre={False: Symbol("a@", "a@"), True: Symbol("a_{#}@", "a_#@")},
    letters={"i": "g", "g": "", "n": ""},
    parameters={
        "U": (Symbol("U", "U"), Symbol("U^{#}", "U%")),
        "W": (Symbol("W", "W"), Symbol("W^{#}", "W%")),
        "b": (Symbol("b", "b"), Symbol("b^{#}", "b%")),
        "P": (Symbol("P", "P"), Symbol("P^{#}", "P%")),
        "F": (Symbol("F", "F"), Symbol("F^{#}", "F%")),
        "b_q": one("b^{q}", "b_q"),
        "b_z": one("c", "c"),
    },
    dot=Symbol(r" \, ", "·"),
    order="bias first",
    gated_order="bias, input, state",
    sides={"u": "keeps"},
    threshold=Symbol("v", "v"),
)
