"""Screen-reader sentences: one for every node of the chain, every edge and the loss. Pure: from a trace to words."""

from __future__ import annotations

from core.arithmetic.nodes import Node, node_at
from core.chain.rows import OUTPUT_ROW, row_named
from core.maths.arrays import Array, norms
from core.notation.base import Notation
from core.notation.equations import Style
from core.trace import Trace
from explorer.session.progress import Progress
from explorer.style.numbers import spoken
from explorer.words import ended, in_language, sentences, translator

MOST = 8  # units that a sentence reads out

tr = translator("spoken")


def node_sentence(
    trace: Trace, notation: Notation, row: str, column: int, there: Progress, sample: int = 0, used: bool = True
) -> str:
    """The node of a row at a column (from 1): each quantity that it draws by name, its numbers, its gradient and the
    gradient's norm; "" where there is no node. `there`: what the playhead has reached of it."""
    found, node = row_named(trace, row), node_at(trace, row, column, sample, used, notation)
    if node is None:
        return ""
    drawn = tuple(name for _, name in found.signals)
    names = (*drawn, "a") if row == OUTPUT_ROW else drawn
    return sentences(_quantity(node, name, there) for name in names)


def _quantity(node: Node, name: str, there: Progress) -> str:
    head = tr("{symbol}, {title}, step {t}").format(
        symbol=node.symbol(name), title=in_language(node.title(name)), t=node.t
    )
    if not there.forward:
        return tr("{quantity}: not computed yet.").format(quantity=head)
    value, gradient = read_out(node.value(name)), node.gradient(name)
    if node.kind(name) == "gate":
        value = tr("level {numbers}").format(numbers=value)
    if gradient is None:
        return tr("{quantity}: {value}.").format(quantity=head, value=value)
    if not there.backward:
        return tr("{quantity}: {value}; no gradient yet.").format(quantity=head, value=value)
    text = tr("{quantity}: {value}; gradient {numbers}, its norm {norm}.")
    size = spoken(float(norms(gradient[None, None])[0]))
    return text.format(quantity=head, value=value, numbers=read_out(gradient), norm=size)


def read_out(vector: Array) -> str:
    """The numbers of a vector; of a long one the first, and how many there are."""
    shown = " ".join(spoken(float(each)) for each in vector[:MOST])
    return shown if len(vector) <= MOST else tr("{first} … ({n} units)").format(first=shown, n=len(vector))


def whole_loss(notation: Notation, share_at: int | None) -> str:
    """Whose gradients are shown, by a panel that does not follow the choice of one term of the loss; "" where all of
    the loss is on show anyway."""
    if share_at is None:
        return ""
    return tr("gradients of the whole loss L, not of {l} alone").format(l=loss_symbol(notation, share_at))


def loss_symbol(notation: Notation, share_at: int | None) -> str:
    """ "L", or "ℓ₂₄" of the one term that is on show."""
    return "L" if share_at is None else Style(False, share_at, notation).symbol(None, "ℓ")


def edge_sentence(source: str, target: str, norm: float, there: bool, cut: bool = False) -> str:
    """An edge between two nodes by their symbols, with the norm of the gradient that goes back along it."""
    if cut:
        words = tr("Edge from {source} to {target}: truncated here, no gradient passes.")
    elif not there:
        words = tr("Edge from {source} to {target}: no gradient yet.")
    else:
        words = tr("Edge from {source} to {target}: the gradient that goes back along it has the norm {norm}.")
    return words.format(source=source, target=target, norm=spoken(norm))


def loss_sentence(trace: Trace, notation: Notation, there: bool) -> str:
    """The loss, and its terms where there are several."""
    if not there:
        return tr("Loss L: not computed yet.")
    words = tr("Loss L = {value}, {title}").format(value=spoken(trace.loss), title=trace.network.loss.title)
    terms = [t for t in range(1, len(trace.loss_t) + 1) if trace.data.supervised[t - 1]]
    if len(terms) < 2:
        return ended(words)
    symbols = [Style(False, t, notation).symbol(None, "ℓ") for t in terms[:MOST]]
    pairs = [f"{symbol} {spoken(float(trace.loss_t[t - 1]))}" for symbol, t in zip(symbols, terms, strict=False)]
    listed = ", ".join(pairs)
    if len(terms) > MOST:
        listed = tr("{first} … ({n} steps)").format(first=listed, n=len(terms))
    return tr("{loss}: {terms}.").format(loss=words, terms=listed)


def node_symbol(trace: Trace, notation: Notation, row: str, column: int) -> str:
    """The symbol of the node of a row at a column; the row's name with the step where it draws several lines."""
    piece = row_named(trace, row).piece(column)
    return row_symbol(trace, notation, row, column - piece.offset if piece is not None else column)


def row_symbol(trace: Trace, notation: Notation, row: str, t: int) -> str:
    """The same at step t of the part that the node belongs to."""
    found = row_named(trace, row, notation)
    if len(found.lines) > 1:
        return tr("{row} at {t}").format(row=found.text, t=t)
    return found.text.replace(notation.index(0, None, False), notation.index(0, t, False))


def weight_sentence(
    trace: Trace, notation: Notation, i: int, j: int, there: Progress, sample: int = 0, used: bool = True
) -> str:
    """One weight of attention (i, j from 1): how much the decoder's step i takes from the encoder's step j."""
    gradients = trace.used if used else trace.exact
    style = Style(False, f"{i},{j}", notation)
    if not there.forward:
        words = tr("{symbol}, step {i} that is written attends to step {j} that is read: not computed yet.")
    elif not there.backward:
        words = tr("{symbol}, step {i} that is written attends to step {j} that is read: {a}; no gradient yet.")
    else:
        words = tr("{symbol}, step {i} that is written attends to step {j} that is read: {a}; gradient {v}.")
    at = i - 1, sample, j - 1
    return words.format(
        symbol=f"α{style.index(0)}", i=i, j=j, a=spoken(float(trace.values["attention", "a"][at])),
        v=spoken(float(gradients["attention", "a"][at])),
    )  # fmt: skip


def part_words(trace: Trace, part: str) -> str:
    """Which of several scans a parameter belongs to: "layer 2", "encoder"; "" for the only one, and for the output."""
    if len(trace.scans) == 1 or all(scan.name != part for scan in trace.scans):
        return ""
    kinds = {"E": tr("encoder"), "D": tr("decoder")}
    layers = len({scan.name[1:].removesuffix("r") for scan in trace.scans}) > 1
    words = [kinds.get(part[0], ""), tr("layer {n}").format(n=part[1:].removesuffix("r")) if layers else ""]
    return ", ".join([*filter(None, words), *([tr("reverse chain")] if part.endswith("r") else [])])
