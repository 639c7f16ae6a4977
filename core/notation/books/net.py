"""(2) Column vectors, net and δ."""

from core.notation.base import Notation, Symbol, one

NET = Notation(
    number=2,
    name="net",
    title="Column vectors: net and δ",
    short="Rumelhart et al.",
    source="net and δ of Rumelhart, Hinton & Williams 1986 (whose δ is −∂E/∂net), as lecture notes write them",
    notes=(
        "Vectors are columns: a batch is (n, B), and U, W, V are the transposes of ours.",
        "δ is ∂L/∂net, without the minus of 1986; every other gradient is written in full.",
        "s⁽²⁾ is the state of layer 2.",
        "y is the output and d the desired output.",
    ),
    transpose=True,
    weights_transposed=True,
    stacked=True,
    symbols={
        "z": Symbol(r"\mathrm{net}^{y}_@", "netʸ@"),
        "a": Symbol("y_@", "y@"),
        "y": Symbol("d_@", "d@"),
        "ℓ": Symbol(r"\ell_@", "ℓ@"),
    },
    pre={False: Symbol(r"\mathrm{net}_@", "net@"), True: Symbol(r"\mathrm{net}^{#}_@", "net%@")},
    delta={False: Symbol(r"\delta_@", "δ@"), True: Symbol(r"\delta^{#}_@", "δ%@")},
    parameters={"b_z": one("b_{y}", "bʸ")},
    times=Symbol(r" \circ ", " ∘ "),
    dot=Symbol(r" \, ", "·"),
    phi=Symbol("f", "f"),
)
