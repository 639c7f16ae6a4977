"""(5) PyTorch's weight_ih, weight_hh."""

from core.notation.base import Notation, Symbol, one
from core.notation.layers import AttributeNumbers

PYTORCH = Notation(
    number=5,
    name="pytorch",
    title="PyTorch: weight_ih, weight_hh",
    short="PyTorch",
    source="PyTorch, documentation of torch.nn.RNN, LSTM and GRU",
    notes=(
        "Vectors are rows, as ours, but a weight is stored as (out, in) and used transposed: x·weight_ihᵀ.",
        "W_if is the f block of weight_ih (of weight_ih_l0 for one layer), W_hf that of weight_hh; b_ih is the "
        "attribute bias_ih. Blocks: LSTM i, f, g, o; GRU r, z, n.",
        "There are two biases, of which only the sum matters: b_ih is our b and b_hh is 0, except b_hn of the GRU, "
        "which is inside the reset gate's product (ours: b_q).",
        "The gate z of the GRU keeps: z = 1 − u where our u writes. PyTorch's own reset gate comes after the product: "
        "that is our option reset=after.",
        "weight_ih_l1 is that of layer 2, h⁽²⁾ its state; ⁽¹ʳ⁾ is the reverse chain of layer 1.",
        "h is the state (ours: s) and c the cell state; a is the pre-activation, which has no name there.",
        "output is not used for ŷ: there it means the states of the last layer. linear is the layer on top.",
    ),
    weights_transposed=True,
    stacked=True,
    symbols={
        "s": Symbol("h_@", "h@"),
        "u": Symbol("z_@", "z@"),
        "z": Symbol(r"\mathrm{logits}_@", "logits@"),
        "a": Symbol(r"\mathrm{pred}_@", "pred@"),
        "ℓ": Symbol(r"\ell_@", "ℓ@"),
    },
    pre={False: Symbol("a_@", "a@"), True: Symbol("a^{#}_@", "a%@")},
    letters={"u": "z"},
    parameters={
        "U": (Symbol(r"\mathrm{weight\_ih}", "weight_ih"), Symbol("W_{i#}", "W_i#")),
        "W": (Symbol(r"\mathrm{weight\_hh}", "weight_hh"), Symbol("W_{h#}", "W_h#")),
        "b": (Symbol("b_{ih}", "b_ih"), Symbol("b_{i#}", "b_i#")),
        "F": (Symbol(r"\mathrm{weight\_yh}", "weight_yh"), Symbol("W_{y#}", "W_y#")),
        "P": (Symbol("p", "p"), Symbol("p_{#}", "p_#")),
        "b_q": one("b_{hn}", "b_hn"),
        "V": one(r"\mathrm{linear.weight}", "linear.weight"),
        "b_z": one(r"\mathrm{linear.bias}", "linear.bias"),
    },
    second_bias=(Symbol("b_{hh}", "b_hh"), Symbol("b_{h#}", "b_h#")),
    layers=AttributeNumbers(names=("weight_ih", "weight_hh", r"weight\_ih", r"weight\_hh")),
    sides={"u": "keeps"},
)
