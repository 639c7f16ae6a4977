"""What the cell's panel says: where it is, the equation at work, and a sentence for every node."""

from __future__ import annotations

from core.exercises.explanation import explain_fault
from core.timeline.moment import Moment
from core.timeline.timeline import BACKWARD, FORWARD
from explorer.items.cell.scene import CellStep, Progress
from explorer.panels.cell.scene import OpenCell, tr
from explorer.panels.sentences import whole_loss
from explorer.session.session import Session
from explorer.style.numbers import spoken
from explorer.words import clauses, full_sentence, in_language, sentences

MOST = 8  # units that a sentence reads out


def title(cell: OpenCell, now: Moment) -> str:
    """ "Cell LSTM, layer 2, step 9 of 14, backward"."""
    words = [tr("Cell {name}").format(name=in_language(cell.scan.cell.title))]
    if len(cell.trace.scans) > 1:
        words.append(part_name(cell))
    words.append(tr("step {t} of {steps}").format(t=now.t, steps=cell.steps))
    if now.live:
        words.append(tr("backward") if now.live == BACKWARD else tr("forward"))
    elif not now.forward:
        words.append(tr("nothing computed yet"))
    return ", ".join(words)


def part_name(cell: OpenCell) -> str:
    """ "layer 2", "layer 1 from the end"; and which of encoder and decoder, where there are both."""
    name = cell.scan.name[1:]
    text = (tr("layer {name} from the end") if cell.scan.reverse else tr("layer {name}")).format(name=name.rstrip("r"))
    if any(each.decodes for each in cell.trace.scans):
        return (tr("decoder, {layer}") if cell.scan.decodes else tr("encoder, {layer}")).format(layer=text)
    return text


def note(cell: OpenCell, t: int, session: Session) -> str:
    """What is not as in a correct run over the whole sequence: a fault, which a hunt does not name; a step that the
    sample does not have."""
    said = []
    if session.trace.experiment.fault is not None:
        fault = session.hunt.named_fault
        start = (
            tr("wrong on purpose ({fault})").format(fault=in_language(explain_fault(fault, session.notation).title))
            if fault
            else tr("wrong on purpose, the error hidden")
        )
        rest = tr("the gradients are the wrong ones; the addends on the edges follow the correct rules, and need not "
                  "add up to them")  # fmt: skip
        said.append(f"{start}: {rest}")
    if cell.lacks(t):
        sample = session.view.sample + 1
        if cell.copied(t):
            text = tr("sample {n} has no step {t}: its states are passed on unchanged, nothing is computed")
        else:
            text = tr("sample {n} has no step {t}: what is computed here is not used")
        said.append(text.format(n=sample, t=t))
    said += filter(None, [whole_loss(session.notation, session.view.share_at)])
    return sentences(map(full_sentence, said))


def at_work(cell: OpenCell, now: Moment, progress: Progress) -> tuple[str, ...]:
    """The equations of the operation at work, each by itself; at rest that of what the pass has last done; none where
    the step is copied."""
    if cell.copied(now.t):
        return ()
    text, order = cell.text, cell.interior.order
    if progress.live:
        found = text.backward[progress.live] if progress.backward else (text.forward[progress.live],)
    elif now.live == BACKWARD and now.backward >= 1.0:
        found = text.backward[order[0]]
    elif now.live == FORWARD and now.forward >= 1.0:
        found = (text.forward[order[-1]],)
    else:
        found = ()
    return tuple(text.at(each, now.t) for each in found)


def sentence(cell: OpenCell, step: CellStep, name: str, progress: Progress) -> str:
    """One node for a screen reader: what it is, its numbers, its gradient and where that comes from."""
    words = [f"{in_language(cell.text.title(name))} {step.symbols[name]}".strip()]
    node = cell.interior.by_name[name]
    if node.operation is not None:
        sources = [step.symbols[source] for source in dict.fromkeys(node.operation.inputs)]
        if sources:
            words[0] = tr("{quantity}, made of {names}").format(quantity=words[0], names=", ".join(sources))
    if name not in progress.forward:
        return tr("{quantity}: not computed yet.").format(quantity=words[0])
    if step.copied:
        words.append(step.copied if name in step.kept else tr("not used, the sample does not have this step"))
    words.append(tr("value {numbers}").format(numbers=_read(step.values[name])))
    if name in progress.gradients:
        text = tr("gradient {numbers}, its norm {norm}")
        words.append(text.format(numbers=_read(step.gradients[name]), norm=spoken(step.gradient_norm(name))))
        words += _addends(step, name)
    else:
        words.append(tr("no gradient yet"))
    return tr("{quantity}: {clauses}.").format(quantity=words[0], clauses=clauses(words[1:]))


def _addends(step: CellStep, name: str) -> list[str]:
    """Where the gradient comes from."""
    own = [(step.symbols[edge.out], (edge.out, name)) for edge in step.interior.readers[name]]
    found = [f"{symbol} {spoken(step.addend_norm(key))}" for symbol, key in own if key in step.addends]
    arrived = [each for each in step.inflows if each.name == name and not each.cut]
    found += [f"{each.label} {spoken(step.inflow_norm(each))}" for each in arrived]
    return [tr("it comes from {names}").format(names=", ".join(found))] if found else []


def _read(vector) -> str:
    """The numbers of a vector; of a long one the first, and how many there are."""
    shown = " ".join(spoken(float(each)) for each in vector[:MOST])
    return shown if len(vector) <= MOST else tr("{first} … ({n} units)").format(first=shown, n=len(vector))
