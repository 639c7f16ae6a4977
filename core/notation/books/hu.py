"""(6) h1, s1, Q, W1: the layer's number behind the letter."""

from core.notation.base import Notation, Symbol, one
from core.notation.layers import BehindTheLetter

HU = Notation(
    number=6,
    name="hu",
    title="h1, s1, Q, W1: layers by numbers behind the letter",
    short="Hu et al.",
    source="Hu, Qin, Li & Zou 2020, 智能之门 (the course microsoft/ai-edu), section 19.6",
    notes=(
        "A batch is (B, n), one sample a row; weights are (in, out), as ours. dh1 stands for ∂Loss/∂h1.",
        "Layer 1 has U and W1, layer 2 Q and W2, layer 3 Q3 and W3. A network of one layer has no numbers.",
        "What layer 2 reads is s1. dx2 here is the share of ds1 that comes from it, in the book dh2·Qᵀ.",
        "The book's network has no biases: b1, b2 and b_z are this program's. Gates are written as in our notation.",
        "s1r is the reverse chain of layer 1. In section 19.7, where there is one layer, the book writes s2 for it.",
        "The book's (17) leaves out the addend dh2·Qᵀ in dh1 of the steps before the last.",
    ),
    stacked=True,
    symbols={"ℓ": Symbol(r"\mathrm{loss}_@", "loss@")},
    parameters={"b_z": one("b_{z}", "b_z")},
    gradient=Symbol("d#", "d#"),
    layers=BehindTheLetter(states_read=True, above={"U": "Q"}),
)
