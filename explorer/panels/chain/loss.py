"""The loss over the chain: from the run to the picture of its nodes, and to what is said beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from core.chain.losses import LossNodes, loss_nodes
from core.chain.rows import value_limit
from core.maths.losses import CATEGORICAL, GIVEN, SQUARED
from core.notation.equations import Style
from core.timeline.timeline import LOSS
from explorer.items.chain.loss import LossPicture, Words
from explorer.panels.chain.difference import before_edit, rounded_limit, subtracted_pin
from explorer.panels.chain.marks import Answer
from explorer.session.session import Session
from explorer.style.numbers import number
from explorer.words import translator

_tr = translator("chain")


@dataclass(frozen=True)
class Loss:
    """The loss of a run as the chain shows it. `numbers`: each term's own, worked out where they are written; `tex`,
    `text`: the row's name."""

    picture: LossPicture
    words: Words
    tex: str
    text: str
    beat: int

    @cached_property
    def numbers(self) -> list[str]:
        return [number(float(loss), 2) for loss in self.picture.losses]


def loss_of(session: Session, high: float, said: Mapping[int, Answer], limit: float | None = None) -> Loss | None:
    """That of the sample on view; None where the loss looks at no step of it. `said`: a classifier's answers.
    `limit`: the scale of the outputs, ±; by default that of the run's values."""
    trace, sample, notation = session.trace, session.view.sample, session.notation
    nodes = loss_nodes(trace, sample)
    pin = subtracted_pin(session) if session.view.difference else None
    if pin is not None:
        nodes = _minus(nodes, loss_nodes(pin.trace, sample))
    if nodes is None or not len(nodes):
        return None
    levels = trace.network.loss.name not in (SQUARED.name, GIVEN.name)
    limit = value_limit(trace, sample) if limit is None else limit
    if pin is not None:
        levels, limit = False, rounded_limit([np.abs(nodes.outputs), np.abs(nodes.targets)])
    alone = session.view.share_at
    picture = LossPicture(**vars(nodes), levels=levels, limit=limit, theme=session.theme, high=high, alone=alone)
    several = len(nodes) > 1
    index = "t" if several else None
    tex, text = (Style(form, index, notation).symbol(None, "ℓ") if several else "L" for form in (True, False))
    ghost = before_edit(session)
    then = None if ghost is None else loss_nodes(ghost, sample)
    if then is not None and np.array_equal(then.columns, nodes.columns):
        picture = replace(picture, before=replace(picture, **vars(then)))
    if pin is None:
        words = Words(_detail(session, nodes, said), total(session, nodes))
    else:
        words = Words(_compared(nodes), _tr("L: {a} − {b} = {d}").format(
            a=number(trace.loss, 4), b=number(pin.trace.loss, 4), d=number(trace.loss - pin.trace.loss, 4)
        ))  # fmt: skip
    return Loss(picture, words, tex, text, session.timeline.index(LOSS))


def _minus(nodes: LossNodes, others: LossNodes) -> LossNodes | None:
    """The terms of a loss minus those of another, on edges that carry the gradient of the first; None where they do not
    look at the same steps."""
    if not np.array_equal(nodes.columns, others.columns):
        return None
    with np.errstate(invalid="ignore"):
        return replace(
            nodes,
            outputs=nodes.outputs - others.outputs,
            targets=nodes.targets - others.targets,
            differences=nodes.differences - others.differences,
            losses=nodes.losses - others.losses,
        )


def _compared(nodes: LossNodes) -> tuple[str, str, str]:
    """How outputs, targets and output − target of the only term differ between two runs, one more at a time."""
    texts = []
    for each in (nodes.outputs[0], nodes.targets[0], nodes.differences[0]):
        size = float(each[0]) if each.size == 1 else float(np.sqrt(np.square(each).sum()))
        texts.append(number(size, 4))
    if nodes.outputs[0].size == 1:
        first = _tr("outputs differ by {d}").format(d=texts[0])
        third = _tr("output − target differs by {d}").format(d=texts[2])
    else:
        first = _tr("‖difference of outputs‖ = {d}").format(d=texts[0])
        third = _tr("‖difference of outputs − targets‖ = {d}").format(d=texts[2])
    return first, _tr("{outputs}, targets by {d}").format(outputs=first, d=texts[1]), third


def total(session: Session, nodes: LossNodes) -> str:
    """ "L = 1.250"; "L = Σ ℓₜ = 9.1"; of a classifier with one target "L = −ln 0.0513 = 2.970". In a batch the mean."""
    trace = session.trace
    text, batch = f"L = {number(trace.loss, 4)}", trace.data.x.shape[1]
    if len(nodes) > 1 and trace.network.loss.compares:
        text = text.replace("=", f"= Σ {Style(False, 't', session.notation).symbol(None, 'ℓ')} =")
    if not trace.network.loss.compares:
        return _tr("{loss}, y the gradient handed in").format(loss=text.replace("=", "= Σ y·a =", 1))
    if batch > 1:
        return _tr("{loss}  (mean of {n} samples)").format(loss=text, n=batch)
    if trace.network.loss.name == CATEGORICAL.name and len(nodes) == 1 and (nodes.targets[0] == 1.0).any():
        a = float(nodes.outputs[0, int(nodes.targets[0].argmax())])
        return text.replace("=", f"= −ln {number(a, 3)} =") if a > 0.0 else text
    return text


def _detail(session: Session, nodes: LossNodes, said: Mapping[int, Answer]) -> tuple[str, str, str]:
    """Output, target and difference of the only term, one more at a time."""
    trace = session.trace
    output, target = nodes.outputs[0], nodes.targets[0]
    answer = said.get(int(nodes.columns[0]))
    if not trace.network.loss.compares:
        return _handed_in(session, nodes)
    if answer is not None and answer.right and answer.said:
        k, best = int(target.argmax()), float(output.max())
        first = _tr("answer {a} ({p})").format(a=answer.said, p=number(best, 2))
        second = _tr("{answer}, target {y}").format(answer=first, y=answer.right)
        third = _tr("{y}: output {a} − target {one} = {d}").format(
            y=answer.right, a=number(float(output[k]), 3), one=number(float(target[k]), 3),
            d=number(float(nodes.differences[0, k]), 3),
        )  # fmt: skip
    elif target.size == 1:
        first = _tr("output {a}").format(a=number(float(output[0]), 4))
        second = _tr("{answer}, target {y}").format(answer=first, y=number(float(target[0]), 4))
        third = _tr("output {a} − target {y} = {d}").format(
            a=number(float(output[0]), 4), y=number(float(target[0]), 4), d=number(float(nodes.differences[0, 0]), 4)
        )
    else:
        first = _tr("{n} outputs").format(n=target.size)
        second = _tr("{n} outputs beside their targets").format(n=target.size)
        size = float(np.sqrt(np.square(nodes.differences[0]).sum()))
        third = _tr("‖outputs − targets‖ = {d}").format(d=number(size, 4))
    if trace.data.x.shape[1] > 1:
        return _of_sample(session, first), _of_sample(session, second), _of_sample(session, third)
    return first, second, third


def _handed_in(session: Session, nodes: LossNodes) -> tuple[str, str, str]:
    """Output and the gradient handed in, of the only term, one more at a time."""
    output, given = nodes.outputs[0], nodes.targets[0]
    if given.size == 1:
        first = _tr("output {a}").format(a=number(float(output[0]), 4))
        second = _tr("{output}, gradient handed in {y}").format(output=first, y=number(float(given[0]), 4))
    else:
        first = _tr("{n} outputs").format(n=given.size)
        size = number(float(np.sqrt(np.square(given).sum())), 4)
        second = _tr("{outputs}, ‖gradient handed in‖ = {y}").format(outputs=first, y=size)
    if session.trace.data.x.shape[1] > 1:
        return _of_sample(session, first), _of_sample(session, second), _of_sample(session, second)
    return first, second, second


def _of_sample(session: Session, text: str) -> str:
    """Which of several samples a text is about."""
    return _tr("sample {k}: {text}").format(k=session.view.sample + 1, text=text)
