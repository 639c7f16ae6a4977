"""A product in detail: from an entry of the arithmetic to what its table shows. No widget."""

from __future__ import annotations

import re

import numpy as np

from core.arithmetic.lines import Product
from core.arithmetic.text import exact
from core.chain.rows import FED_ROW, INPUT_ROW, row_of_source
from core.notation.base import Notation
from core.notation.layout import factor
from core.trace import Trace
from explorer.items.tables.product_picture import ProductNumbers
from explorer.panels.inspector.arithmetic_view import Entry
from explorer.panels.inspector.node_page import tr

_DIGITS = re.compile("[0-9₀-₉⁰¹²³⁴-⁹]+")


def product_numbers(trace: Trace, notation: Notation, entry: Entry) -> ProductNumbers | None:
    """An entry's product, vector and weights in the order in which the notation writes them; None where it is none."""
    product = entry.product
    if product is None:
        return None
    kind = "gradient" if entry.backward else "value"
    left, right = entry.heads or _factors(entry.term)
    if not product.parameter:
        kinds = (kind, "value")
        return ProductNumbers(entry.term, (left, right), kinds, product.left, product.right, entry.exact)
    matrix = _matrix(trace, product)
    kind = "input" if kind == "value" and _reads_data(trace, product) else kind
    cell = next((scan.cell for scan in trace.scans if product.parameter.startswith(f"{scan.name}.")), trace.scan.cell)
    written = factor(notation, cell, _own(product.parameter), matrix, product.back)
    vector = right if left == written.text else left
    words = {"vector": vector, "matrix": written.text, "k": product.unit + 1}
    if written.vector_first:
        title = tr("{vector} times column {k} of {matrix}").format(**words)
        return ProductNumbers(title, (vector, written.text), (kind, "value"), product.left, product.right, entry.exact,
                              1, written.array, product.unit)  # fmt: skip
    title = tr("row {k} of {matrix} times {vector}").format(**words)
    return ProductNumbers(title, (written.text, vector), ("value", kind), product.right, product.left, entry.exact,
                          0, written.array, product.unit)  # fmt: skip


def _reads_data(trace: Trace, product: Product) -> bool:
    """Whether the parameter multiplies what a layer reads, and that is the data's."""
    part, _, own = product.parameter.partition(".")
    scan = trace.scan_named(part)
    if scan is None or row_of_source(trace, scan) not in (INPUT_ROW, FED_ROW):
        return False
    read = [factor.parameter for factor in scan.cell.factors if factor.left == "x"]
    return any(own == name or own.startswith(f"{name}_") for name in read)


def _factors(term: str) -> tuple[str, str]:
    """ "s₄·W" as its two factors; the whole term and nothing where it is written otherwise."""
    depth = 0
    for k, sign in enumerate(term):
        depth += (sign in "({[") - (sign in ")}]")
        if sign in "·⊙" and not depth:
            return term[:k].strip(), term[k + 1 :].strip()
    head, space, tail = term.partition(" ")
    return (head, tail) if space and tail else (term, "")


def _own(parameter: str) -> str:
    """The parameter's name without its part: "W_f"; the output's bias is distinguished from the cell's."""
    part, _, own = parameter.partition(".")
    return "b_z" if (part, own) == ("out", "b") else own


def _matrix(trace: Trace, product: Product) -> np.ndarray:
    """The whole parameter, (n, m), as it takes part in the step: what is masked is 0."""
    array = trace.named_parameters(trace.parameters)[product.parameter]
    part, _, own = product.parameter.partition(".")
    scan = trace.scan_named(part)
    mask = scan.cell.mask(own, scan.hidden) if scan is not None else None
    return array if mask is None else array * mask


def identity(entry: Entry) -> tuple[str, bool]:
    """What tells a product from the others of a node at whatever step and unit: its parameter, or its symbols."""
    product = entry.product
    assert product is not None
    return entry.key or product.parameter or _DIGITS.sub("", entry.term), entry.backward


def place_of(entries: tuple[Entry, ...], wanted: tuple[str, bool] | None) -> int:
    """The entry with that identity; −1 where there is none."""
    opened = (k for k, each in enumerate(entries) if each.product is not None and identity(each) == wanted)
    return next(opened, -1)


def text(numbers: ProductNumbers) -> str:
    """The product as plain text, every digit: a line for each element, with the sum so far."""
    lines = [numbers.title]
    columns = (numbers.first, numbers.second, numbers.products, numbers.running)
    for k, values in enumerate(zip(*columns, strict=True)):
        first, second, product, running = (exact(float(value)) for value in values)
        lines.append(f"    {k + 1:>3}  {first} × {second} = {product}  sum so far {running}")
    return "\n".join([*lines, f"    sum {exact(numbers.total)}"])


def weight_entry(product: Product, element: int) -> tuple[int, int]:
    """The entry of the parameter, in our layout (in, out), that element number `element` of the product is multiplied
    with."""
    return (product.unit, element) if product.back else (element, product.unit)
