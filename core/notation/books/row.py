"""(1) The program's own: row vectors, h before and s after the activation."""

from core.notation.base import Notation, Symbol, one

ROW = Notation(
    number=1,
    name="row",
    title="Row vectors: h before and s after the activation",
    short="Our notation",
    source="this program: x·U + s·W, samples as rows, as arrays are stored",
    stacked=True,
    symbols={"ℓ": Symbol(r"\ell_@", "ℓ@")},
    parameters={"b_z": one("b_{z}", "b_z")},
    notes=("A batch is (B, n), one sample a row; weights are (in, out).", "s⁽²⁾ is the state of layer 2."),
)
