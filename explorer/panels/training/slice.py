"""Slice: the loss in a plane through the network on show, with the training's path in it and the next step."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from core.arithmetic.entries import entry_symbol
from core.jobs import Job
from core.maths.arrays import Array, scaled_norm
from core.notation.equations import Style
from core.trace import Trace
from core.training.loss_slice import (
    Path,
    Plane,
    Slice,
    most_moved,
    named_place,
    path_of,
    place_of,
    plane_of_weights,
    principal_plane,
    reach_of,
    slicing,
    vector_of,
)
from core.training.run import TrainingRun
from core.training.update import UpdateRule, steps_of
from explorer.items.training.loss_map import LossMap, Surface
from explorer.items.training.over_updates import OverUpdates
from explorer.panels.training.view import Outcome, View, update_on_show
from explorer.session.session import Session
from explorer.style.numbers import count, number, percent
from explorer.widgets.labels import FittedLabel
from explorer.widgets.segmented import SegmentedControl
from explorer.words import clauses, full_sentence, sentences, translator

_tr = translator("TrainingPanel")
WIDTHS = (("¼", 0.25), ("1", 1.0), ("4", 4.0))  # of the map, in those that hold the path

Number = tuple[str, tuple[int, ...]]  # an entry of a parameter by its book's name


class Found(NamedTuple):
    """What is drawn. `step` and `unclipped`: the next step as a vector (n,), and without clipping where it clips."""

    slice: Slice
    path: Path
    titles: tuple[str, str]
    origin: tuple[float, float]
    update: int
    step: Array
    unclipped: Array | None


class SlicePicture(Outcome):
    """`chosen`: the two numbers that were selected last, the latest first."""

    def __init__(self) -> None:
        self.map = LossMap()
        super().__init__(self.map)
        self.chosen: list[Number] = []
        self.found: Found | None = None
        path_tip = _tr("The two directions in which the path of the training is most spread out.")
        weights_tip = _tr("Two single numbers: the two that were selected last, or those that have moved most.")
        self.directions = SegmentedControl(
            (("path", _tr("Path"), path_tip), ("weights", _tr("Two weights"), weights_tip))
        )
        self.directions.setAccessibleName(_tr("Directions of the slice"))
        self.directions.setCurrent("path")
        wide = _tr("How far the map reaches: {n} times as far as the path.")
        self.widths = SegmentedControl((name, f"{name}×", wide.format(n=name)) for name, _ in WIDTHS)
        self.widths.setAccessibleName(_tr("Reach of the slice"))
        self.widths.setCurrent("1")
        self.said = FittedLabel("small")
        for control in (self.directions, self.widths):
            control.set_tight(True)
            control.currentChanged.connect(lambda key: self.wanted.emit())
        self.line.addWidget(self.directions)
        self.line.addWidget(self.said, 1)
        self.line.addWidget(self.widths)
        self.map.pressed.connect(self.scrubbed)

    def ask(self, session: Session, training: TrainingRun) -> None:
        """Draws the slice through the network on the screen, once it is there."""
        shown = update_on_show(session)
        self._take(session)
        trace, rule, width = session.trace, session.trainer.rule, dict(WIDTHS)[self.widths.current()]
        weights = tuple(self.chosen) if self.directions.current() == "weights" else None
        style = Style(False, None, session.notation)

        def job() -> Job[Found]:
            path = path_of(training)
            names = path.names
            centre = vector_of(trace.parameters, names)
            yield 0.0
            titles, origin = (_tr("direction 1"), _tr("direction 2")), (0.0, 0.0)
            if weights is None:
                plane = principal_plane(path, centre, vector_of(trace.unclipped_parameters, names))
                if plane.gradient_up:
                    titles = titles[0], _tr("gradient")
            else:
                places = two_places(trace, path, weights)
                plane = plane_of_weights(path, centre, *places)
                across, up = (entry_symbol(trace, *named_place(trace, names, k), style) for k in places)
                titles, origin = (across, up), (float(centre[places[0]]), float(centre[places[1]]))
            yield 0.02
            step, unclipped = next_steps(trace, path, rule)
            steps = [step] if unclipped is None else [step, unclipped]
            reach = reach_of(plane.project(path.vectors), plane.shadow(np.array(steps)), width)
            made = yield from slicing(trace, names, plane, reach)
            return Found(made, path, titles, origin, shown, step, unclipped)

        key = (trace, weights, width, training.update, rule, session.notation.name)
        self.asked.ask(session, key, job, self._show, self._refuse)

    def _take(self, session: Session) -> None:
        """Remembers the number that is selected."""
        selected = session.selection
        number_ = (selected.parameter, selected.entry) if selected is not None and selected.entry else None
        if number_ is not None and number_ not in self.chosen[:1]:
            self.chosen = [number_, *(each for each in self.chosen if each != number_)][:2]

    def _show(self, found: Found) -> None:
        self.found = found
        made, plane = found.slice, found.slice.plane
        step, unclipped = (None if each is None else plane.shadow(each) for each in (found.step, found.unclipped))
        path = plane.project(found.path.vectors)
        self.map.set_surface(
            Surface(
                made.across, made.up, made.loss, path, found.path.updates, found.update, step, unclipped,
                found.titles, found.origin,
            )
        )  # fmt: skip
        said = clauses_of(found)
        short = () if math.isnan(plane.share) else shortly(plane.share)
        self.said.set_texts((clauses(said[:2]), said[0], *short))
        self.said.setToolTip(sentences(map(full_sentence, said)))
        self.map.setAccessibleDescription(self.said.toolTip())

    def _refuse(self, sentence: str) -> None:
        self.found = None
        self.said.set_texts(())
        self.said.setToolTip("")
        self.map.set_fault(sentence)


def two_places(trace: Trace, path: Path, chosen: tuple[Number, ...]) -> tuple[int, int]:
    """The places of the numbers that were chosen, as far as they are learned; else of those that have moved most."""
    wanted = [place_of(trace, path.names, *each) for each in chosen]
    found = [place for place in wanted if place is not None]
    found += [place for place in most_moved(path) if place not in found]
    return found[0], found[1]


def next_steps(trace: Trace, path: Path, rule: UpdateRule) -> tuple[Array, Array | None]:
    """What the next update adds to the path's vector (n,), and what it would without clipping, None where it does not
    clip."""
    steps = steps_of(trace, rule)
    still = {name: np.zeros_like(trace.parameters[name]) for name in path.names}  # what is held since then
    step = vector_of({**still, **steps.clipped}, path.names)
    return step, vector_of({**still, **steps.unclipped}, path.names) if steps.clips else None


def clauses_of(found: Found) -> list[str]:
    """What there is to say of it: how much of the path it holds, the next step's length, then how to read the map."""
    plane: Plane = found.slice.plane
    said = []
    if math.isnan(plane.share):
        said.append(_tr("no update yet, so no path"))
    else:
        said.append(_tr("the plane holds {share} of the path’s variance").format(share=percent(plane.share)))
    long = scaled_norm(found.step)
    if found.unclipped is None:
        said.append(_tr("the next step is {x} long").format(x=number(long)))
    else:
        text = _tr("the next step would be {x} long and is clipped to {y}")
        said.append(text.format(x=number(scaled_norm(found.unclipped)), y=number(long)))
    inside = scaled_norm(plane.shadow(found.step))
    if math.isfinite(long) and long > 0.0:
        said.append(_tr("{share} of its length lies in the plane").format(share=percent(min(inside / long, 1.0))))
    if plane.gradient_up:
        said.append(_tr("the path is a straight line, so that upwards is the direction of the gradient"))
    middle = float(found.slice.loss[len(found.slice.up) // 2, len(found.slice.across) // 2])
    text = _tr("in the middle is update {k} with the run’s loss {x}")
    said.append(text.format(k=count(found.update), x=number(middle)))
    said.append(_tr("other updates lie above or below the plane, so that the colour beneath them is not their loss"))
    return said


def shortly(share: float) -> tuple[str, ...]:
    """How much of the path the plane holds, where there is little room; the longest first."""
    found = percent(share)
    return _tr("{share} of the path’s variance").format(share=found), _tr("{share} of the path").format(share=found)


class LossSlice(View):
    """The loss around the network."""

    name, title = "slice", "Slice"
    tip = "The loss in a plane through the network on show, with the path of the training and the next step."
    follows_selection, height = True, 270

    def widget(self) -> SlicePicture:
        return SlicePicture()

    def applies(self, training: TrainingRun) -> bool:
        return training.training.vector.size > 1

    def show(self, widget: OverUpdates | Outcome, session: Session, training: TrainingRun) -> None:
        assert isinstance(widget, SlicePicture)
        widget.ask(session, training)
