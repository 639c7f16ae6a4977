"""The loss over the chain: from the run to the picture of its nodes, and to what is said beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.chain.losses import LossNodes, loss_nodes
from core.chain.rows import limit_of
from core.maths.losses import CATEGORICAL, SQUARED
from core.notation.equations import Style
from core.timeline.timeline import LOSS
from explorer.items.chain.loss import LossPicture, Words
from explorer.panels.chain.marks import Answer
from explorer.session.session import Session
from explorer.style.numbers import number
from explorer.words import translator

_tr = translator("chain")


@dataclass(frozen=True)
class Loss:
    """The loss of a run as the chain shows it. `numbers`: each term's own; `tex`, `text`: the row's name."""

    picture: LossPicture
    words: Words
    numbers: list[str]
    tex: str
    text: str
    beat: int


def loss_of(session: Session, high: float, said: Mapping[int, Answer]) -> Loss | None:
    """That of the sample on view; None where the loss looks at no step of it. `said`: a classifier's answers."""
    trace, sample, notation = session.trace, session.view.sample, session.notation
    nodes = loss_nodes(trace, sample)
    if not len(nodes):
        return None
    picture = LossPicture(
        **vars(nodes),
        levels=trace.network.loss.name != SQUARED.name,
        limit=limit_of(trace, "z", sample),
        theme=session.theme,
        high=high,
        alone=session.view.share_at,
    )
    several = len(nodes) > 1
    index = "t" if several else None
    tex, text = (Style(form, index, notation).symbol(None, "ℓ") if several else "L" for form in (True, False))
    words = Words(_detail(session, nodes, said), total(session, nodes))
    numbers = [number(float(loss), 2) for loss in nodes.losses]
    return Loss(picture, words, numbers, tex, text, session.timeline.index(LOSS))


def total(session: Session, nodes: LossNodes) -> str:
    """ "L = 1.250"; "L = Σ ℓₜ = 9.1"; of a classifier with one target "L = −ln 0.0513 = 2.970". In a batch the mean."""
    trace = session.trace
    text, batch = f"L = {number(trace.loss, 4)}", trace.data.x.shape[1]
    if len(nodes) > 1:
        text = text.replace("=", f"= Σ {Style(False, 't', session.notation).symbol(None, 'ℓ')} =")
    if batch > 1:
        return text + _tr("  (mean of {n} samples)").format(n=batch)
    if trace.network.loss.name == CATEGORICAL.name and len(nodes) == 1 and (nodes.targets[0] == 1.0).any():
        a = float(nodes.outputs[0, int(nodes.targets[0].argmax())])
        return text.replace("=", f"= −ln {number(a, 3)} =") if a > 0.0 else text
    return text


def _detail(session: Session, nodes: LossNodes, said: Mapping[int, Answer]) -> tuple[str, str, str]:
    """Output, target and difference of the only term, one more at a time."""
    trace = session.trace
    output, target = nodes.outputs[0], nodes.targets[0]
    answer = said.get(int(nodes.columns[0]))
    if answer is not None and answer.right and answer.said:
        k, best = int(target.argmax()), float(output.max())
        first = _tr("answer {a} ({p})").format(a=answer.said, p=number(best, 2))
        second = first + _tr(", target {y}").format(y=answer.right)
        third = _tr("{y}: output {a} − target {one} = {d}").format(
            y=answer.right, a=number(float(output[k]), 3), one=number(float(target[k]), 3),
            d=number(float(nodes.differences[0, k]), 3),
        )  # fmt: skip
    elif target.size == 1:
        first = _tr("output {a}").format(a=number(float(output[0]), 4))
        second = first + _tr(", target {y}").format(y=number(float(target[0]), 4))
        third = _tr("output {a} − target {y} = {d}").format(
            a=number(float(output[0]), 4), y=number(float(target[0]), 4), d=number(float(nodes.differences[0, 0]), 4)
        )
    else:
        first = _tr("{n} outputs").format(n=target.size)
        second = first + _tr(" beside their targets")
        size = float(np.sqrt(np.square(nodes.differences[0]).sum()))
        third = _tr("‖outputs − targets‖ = {d}").format(d=number(size, 4))
    if trace.data.x.shape[1] > 1:
        prefix = _tr("sample {k}: ").format(k=session.view.sample + 1)
        return prefix + first, prefix + second, prefix + third
    return first, second, third
