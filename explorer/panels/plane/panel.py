"""The plane of a layer with two units: where the state goes, how the gradient comes back, what one step does."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from core.analysis.state_map import no_state_map
from core.timeline.moment import Whereabouts
from core.timeline.timeline import ACCUMULATE, BACKWARD, START, UPDATE
from explorer.items.plane.picture import PlanePicture
from explorer.items.plots.readout import Row
from explorer.panels.memory.words import select_node
from explorer.panels.page import PagePanel
from explorer.panels.plane import words
from explorer.panels.plane.accessible import PlaneItems
from explorer.panels.plane.scene import letter, plane_of, quantities, quantity, symbol
from explorer.session.session import Session
from explorer.style.numbers import number
from explorer.widgets.accessible import announce
from explorer.widgets.card import Card
from explorer.widgets.labels import text_label
from explorer.widgets.segmented import SegmentedControl
from explorer.words import ended, sentences


class PlanePanel(PagePanel):
    """The plane; of a layer with another number of units it says how to get there."""

    name = "plane"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.keys = (
            (self.tr("↑ ↓"), self.tr("the next step, the one before, in numbers")),
            (self.tr("Return"), self.tr("select the state of that step")),
        )
        self.made = 0  # how often core was asked; tests count it
        self._field_of = 0  # the step whose field is on show
        self.picture = PlanePicture()
        self.picture.accessible_items = PlaneItems(self)
        self.picture.read, self.picture.says = self._read, self._says
        self.picture.chosen.connect(self._select)
        self.which = SegmentedControl()
        self.field = SegmentedControl(
            (
                ("input", "x", self.tr("One step from every point, with the input of the live step")),
                ("zero", "x = 0", self.tr("One step from every point, with no input")),
                ("none", self.tr("off"), self.tr("The path and its gradients alone")),
            )
        )
        self.near = QPushButton(self.tr("fit path"))
        self.near.setCheckable(True)
        self.near.setToolTip(self.tr("As far as the path reaches, instead of the whole plane around 0"))
        self.which.currentChanged.connect(lambda key: self.session.set_view(plane_of=key))
        self.field.currentChanged.connect(lambda key: self.session.set_view(plane=key))
        self.near.toggled.connect(lambda on: self.session.set_view(plane_near=on))
        self.why = text_label("muted", wraps=True)
        self.why.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.make_two = QPushButton(self.tr("Set H = 2"))
        self.make_two.clicked.connect(lambda: self.session.change(hidden=words.UNITS))
        self._arrange()

    def _arrange(self) -> None:
        self.card = Card(self.tr("Plane of the two units"))
        self.controls = QWidget()
        row = QHBoxLayout(self.controls)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.label = text_label("muted", self.tr("field"))
        for widget in (self.label, self.field, self.which):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.near)
        button = QHBoxLayout()
        button.addWidget(self.make_two)
        button.addStretch(1)
        self.card.add(self.controls)
        self.card.add(self.why)
        self.card.content.addLayout(button)
        self.card.add(self.picture, 1)
        self._rest = QWidget()
        self.card.add(self._rest, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.card)
        self.setFocusProxy(self.picture)

    def page_title(self) -> tuple[str, str]:
        return self.tr("Plane"), self.tr("Two units as a plane: the path of the state, its gradients, fixed points")

    # --- what is shown ---
    def show_run(self) -> None:
        session, why = self.session, words.why_none(self.session)
        self.why.setText(why)
        self.make_two.setVisible(bool(why) and not session.hunt.hidden_fields)
        for widget, shown in ((self.why, why), (self._rest, why), (self.controls, not why), (self.picture, not why)):
            widget.setVisible(bool(shown))
        self.setAccessibleDescription(why)
        self.picture.set_theme(session.theme)
        if why:
            self.picture.set_plane(None)
            return
        self._show_choices(session)
        self._field_of = 0
        self._whereabouts = Whereabouts(session.trace, session.trace.scan.name, session.timeline)
        schedule, scan = session.trace.schedule, session.trace.scan
        lane = schedule.lanes[scan.name]
        beats = (way(scan.name)[lane.first - 1 : lane.last] for way in (schedule.forward, schedule.backward))
        self._forward, self._backward = beats
        self.show_time(session.position)
        self.show_selection()

    def _show_choices(self, session: Session) -> None:
        names = quantities(session.trace.scan)
        keys = ("memory", "state")[: len(names)]
        if self.which.keys() != list(keys):
            self.which.set_options((key, letter(session, name), "") for key, name in zip(keys, names, strict=True))
        for key, name in zip(keys, names, strict=True):
            self.which.button(key).setText(letter(session, name))
        self.which.setVisible(len(names) > 1)
        if len(names) > 1:
            self.which.setCurrent(session.view.plane_of)
        there = not no_state_map(session.trace, session.trace.scan)
        self.field.setVisible(there)
        self.label.setVisible(there)
        x = letter(session, "x")
        for key, text in (("input", self.tr("{x} at t").format(x=x)), ("zero", f"{x} = 0")):
            self.field.button(key).setText(text)
        self.field.setCurrent(session.view.plane)
        self.near.blockSignals(True)
        self.near.setChecked(session.view.plane_near)
        self.near.blockSignals(False)

    def _make(self, t: int) -> None:
        session = self.session
        self.made += 1
        self._field_of = t
        plane = plane_of(session, t)
        self.picture.set_plane(plane)
        self.picture.setAccessibleName(sentences(map(ended, (self.card.title(), *(note.text for note in plane.notes)))))

    def show_time(self, position: float) -> None:
        if self.stale or not self.isVisible() or words.why_none(self.session):
            return
        session, moment = self.session, self._whereabouts.at(position)
        moves = session.view.plane == "input" and not no_state_map(session.trace, session.trace.scan)
        if not self._field_of or (moves and self._field_of != moment.t):
            self._make(moment.t)
        line, phase = session.timeline, session.time.phase
        done = int((self._forward <= line.forward_done(position)).sum())
        back = int((self._backward <= line.backward_done(position)).sum())
        live = None if phase in (ACCUMULATE, UPDATE) else -1 if phase == START else moment.t - 1
        self.picture.set_time(done, back, live, phase == BACKWARD)

    def show_selection(self) -> None:
        if self.stale or not self.isVisible() or self.picture.plane is None:
            return
        chosen, trace = self.session.selection, self.session.trace
        step = None
        if chosen is not None and chosen.record == quantity(self.session) and not chosen.source:
            step = chosen.t - trace.schedule.lanes[trace.scan.name].first
        self.picture.set_selected(step if step is not None and 0 <= step < self.picture.plane.steps else None)

    # --- one step ---
    def _back(self, k: int) -> bool:
        """Whether the backward pass has reached step k (from 0)."""
        plane = self.picture.plane
        return plane is not None and k >= plane.steps - self.picture.time[1]

    def _read(self, k: int) -> tuple[str, tuple[Row, ...]]:
        session, plane = self.session, self.picture.plane
        if plane is None:
            return "", ()
        theme, name = session.theme, quantity(session)
        rows = [
            (axis, number(float(value), sign=True), theme.forward_text)
            for axis, value in zip(plane.axes, plane.path[k], strict=True)
        ]
        own = symbol(session, k + 1, name, gradient=True)
        for unit in range(words.UNITS):
            value = number(float(plane.gradients[k, unit]), sign=True) if self._back(k) else "–"
            rows.append((f"{own}[{unit + 1}]", value, theme.backward_text))
        rows.append((f"‖{own}‖", words.norm_text(plane.gradients[k]) if self._back(k) else "–", theme.backward_text))
        return plane.names[k + 1], tuple(rows)

    def sentence(self, k: int) -> str:
        """Step k (from 0) in words."""
        plane = self.picture.plane
        if plane is None:
            return ""
        own = symbol(self.session, k + 1, quantity(self.session), gradient=True)
        gradient = plane.gradients[k] if self._back(k) else None
        return words.step_sentence(plane.names[k + 1], plane.path[k], own, gradient)

    def _says(self, k: int) -> str:
        announce(self.picture)
        return self.sentence(k)

    def _select(self, k: int) -> None:
        trace = self.session.trace
        column = trace.schedule.lanes[trace.scan.name].first + k
        select_node(self.session, trace.scan, quantity(self.session), column)

    # --- Qt ---
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.session is not None and not self.stale:
            self.show_time(self.session.position)
            self.show_selection()


class PresentedPlane(PlanePanel):
    """The same as a picture of its own, which is there while presenting and where a layer has two units."""

    name = "presented plane"

    def wanted(self, session: Session) -> bool:
        return session.trace.scan.hidden == words.UNITS and not words.why_none(session)
