"""The norm of the gradient at each step, on a logarithmic axis, in the columns of the chain."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QMenu, QWidget

from core.chain.rows import key_of, style_of
from explorer.items.plots import end_labels
from explorer.items.plots.axes.log import DecadeRange, power_of
from explorer.items.plots.bracket import Bracket, draw_bracket, draw_words
from explorer.items.plots.clear import Line
from explorer.items.plots.end_labels import EndLabel
from explorer.items.plots.norms import Curve, Frame, NormPlot, draw_dot, marks
from explorer.items.plots.quantile_band import beneath
from explorer.panels.base import Listening
from explorer.panels.columns.column_panel import ColumnPanel
from explorer.panels.norms.bracket import bracket_of
from explorer.panels.norms.curves import CurveSource, gradient, quantities
from explorer.panels.norms.guess import guess_of
from explorer.panels.norms.header import NormsHeader
from explorer.panels.norms.menu import menu_of
from explorer.panels.norms.reach import said_beside
from explorer.panels.norms.seeds import SeedBand, seed_band
from explorer.panels.norms.words import in_words
from explorer.panels.sentences import loss_symbol
from explorer.session.pinned import last_loss
from explorer.session.session import Change, Selection, Session
from explorer.words import ended, sentences

CALM_MS = 500  # after this much rest the axis may shrink again
LOW = 8.0  # heights of the small type: a lower plot may have no room for a bracket's words
_CROSS = 18.0  # px


class NormsPanel(ColumnPanel):
    """‖∂L/∂s_t‖, ‖∂L/∂h_t‖ and that of the cell's memory, for the current run as far as the backward pass has come and
    for the pinned runs. The curves are stroked once per change; a moving playhead only shows more of a picture."""

    name = "norms"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Gradient norm at each step"), parent)
        self.keys = ((self.tr("[ ]"), self.tr("move the readout")),)
        self.header = NormsHeader()
        self.header.toggled.connect(self._on_toggled)
        self.header.seeds_wanted.connect(lambda: self.session.seeds.start())
        self.header.looked.connect(lambda fields: self.session.set_view(**fields))
        self.header.share_chosen.connect(lambda t: self.session.set_view(share_at=t))
        self.card.header.addWidget(self.header, 1)
        self.renders = 0  # how often the curves were stroked; tests count it
        self._plot = NormPlot(self)
        self._source, self._range = CurveSource(), DecadeRange()
        self._overrides: dict[str, bool] = {}
        self._curves: list[Curve] = []
        self._guess: Curve | None = None
        self._symbols: tuple = (None, b"", {})  # a notation, the supervised steps, and the symbols of their losses
        self.seeds: SeedBand | None = None
        self._pictures: tuple[QPixmap, QPixmap] | None = None
        self._frame = Frame(QRectF(), 0.0, 1.0, 0, 1)
        self._pin_labels: list[tuple[EndLabel, QRectF, int]] = []
        self._lines: list[Line] = []
        self._taken: list[QRectF] = []
        self._at: int | None = None  # the step that is read off
        self._mouse_at: QPointF | None = None
        self._drawn = (0, 0)
        self._beside: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        self._passes = False, False  # whether the forward and the backward pass were through when that was said
        self._said = 0  # the step that the backward pass had reached when the header was painted
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(CALM_MS)
        self._calm.timeout.connect(self._on_calm)

    # --- what is shown -----------------------------------------------------------------------------------------------
    @property
    def shown(self) -> tuple[str, ...]:
        """The quantities of the current run that have a curve: its memory, unless a person chose otherwise."""
        trace = self.session.trace
        memory = trace.scan.cell.memory
        return tuple(name for name in quantities(trace) if self._overrides.get(name, name == memory))

    def chosen(self) -> dict[str, bool]:
        """The quantities that a person has switched on or off."""
        return dict(self._overrides)

    def choose(self, chosen: dict[str, bool]) -> None:
        """Takes over the choice of another panel of this kind."""
        self._overrides = dict(chosen)
        self._make_curves()

    def _on_toggled(self, name: str, on: bool) -> None:
        self._overrides[name] = on
        self._make_curves()

    def listens(self, session: Session) -> Listening:
        yield from super().listens(session)
        yield session.seeds_changed, self._make_curves
        yield session.lesson_changed, self._on_lesson

    def _on_lesson(self) -> None:
        """A curve may have been drawn, or belong to a step that is no longer on show."""
        guessed = guess_of(self.session, [each for each in self._curves if each is not self._guess], "")
        if (guessed is None) != (self._guess is None):
            self._make_curves()

    def refresh(self, flags: Change) -> None:
        if not flags & ~Change.CONTRIBUTIONS:
            return
        gesture = bool(flags & Change.RUN) and self._calm.isActive()
        if flags & Change.RUN:
            self._calm.start()
        self._make_curves(only_grow=gesture)

    def _make_curves(self, only_grow: bool = False) -> None:
        session = self.session
        trace, share = session.trace, session.view.share_at
        words = {
            "pinned": self.tr("pinned"), "exact": self.tr("exact"), "whole": self.tr("pinned, whole loss"),
            "before": self.tr("before")
        }  # fmt: skip
        self._curves = self._source.curves(session, self.shown, words)
        self._guess = guess_of(session, self._curves, self.tr("your guess"))
        if self._guess is not None:
            self._curves.insert(0, self._guess)
        self.seeds = seed_band(session, self.shown)
        self._range.fit(self._logs(), only_grow)
        notation, style = session.notation, style_of(trace, trace.scan, False, None, session.notation)
        cell = trace.scan.cell
        symbols = {name: (self.gradient(name), style.letter(cell, name)) for name in quantities(trace)}
        self.header.set_quantities(symbols, self.shown)
        self.header.set_steps(self._losses(), share)
        others = any(pin.trace.steps != trace.steps for pin in session.pins)
        self.header.set_comparing(session.view.relative, session.view.pins_at if others else "")
        self.header.set_aside("" if share is None else self.tr("of {l} alone").format(l=loss_symbol(notation, share)))
        self._beside = said_beside(session)
        self._describe()
        self._say_beside()
        self.stale()

    def _say_beside(self) -> None:
        """Beside the title: how far the gradient reaches once the backward pass is through, and what is saturated once
        the forward pass is."""
        reach, saturated = self._beside
        forward, backward = self._passes = self._passes_through()
        seeds = "" if self.seeds is None else self.seeds.in_words()
        self.header.set_more(seeds, reach if backward else (), saturated if forward else ())
        self.fit_header()

    def _passes_through(self) -> tuple[bool, bool]:
        line = self.session.timeline
        return line.forward_done(self.session.position) == line.beats, self.reached == 1

    def _losses(self) -> dict[int, str]:
        """The symbols of the losses, by step; those of the last run where it has the same."""
        notation, supervised = self.session.notation, self.session.trace.supervised.tobytes()
        if self._symbols[:2] != (notation, supervised):
            steps = (np.flatnonzero(self.session.trace.supervised) + 1).tolist()
            self._symbols = notation, supervised, {t: loss_symbol(notation, t) for t in steps}
        return self._symbols[2]

    def _on_calm(self) -> None:
        if self._range.fit(self._logs()):
            self.stale()

    def _logs(self) -> list[np.ndarray]:
        return [*(curve.logs for curve in self._curves), *(() if self.seeds is None else self.seeds.logs)]

    def forget_picture(self) -> None:
        self._pictures = None

    def fit_header(self) -> None:
        self.header.fit(self.card.width(), self.card.title_width(), self._kept())

    def _kept(self) -> int:
        """px of the header that stay free for a bracket's words: where the plot may be too low for them."""
        if self.plot.height() >= LOW * self.session.theme.small_px:
            return 0
        columns = self.session.columns
        frame = Frame(self.plot, columns.first, columns.column, self._range.low, self._range.high)
        bracket = self.bracket(frame, columns.visible()[0])
        return 0 if bracket is None else math.ceil(bracket.one_line(*self._fonts_above())[0] * self.zoom) + 16

    def _describe(self) -> None:
        self.canvas.setAccessibleName(self.card.title())
        gradients = {curve.name: self.gradient(curve.name) for curve in self._curves}
        relative, aligned = (
            self.tr("Each curve is divided by its value at the loss."),
            self.tr("{label}: aligned at the loss."),
        )
        said = (
            relative if self.session.view.relative else "",
            in_words([curve for curve in self._curves if not curve.absent], gradients),
            *(aligned.format(label=curve.label) for curve in self._curves if curve.absent),
            *(self.session.pinned.sentence(pin) for pin in self.session.pins),
            "" if self.seeds is None else ended(self.seeds.in_words()),
        )
        self.canvas.setAccessibleDescription(sentences(said))

    def gradient(self, name: str, t: int | None = None) -> str:
        """The symbol of a gradient in the book on view, at a step or without one: "∂L/∂s", "∂ℓ₂₄/∂s", "da⟨5⟩"."""
        session = self.session
        return gradient(session.trace, session.notation, name, session.view.share_at, t)

    # --- time --------------------------------------------------------------------------------------------------------
    @property
    def reached(self) -> int:
        """The first step whose gradient is there; T + 1 where none is."""
        return self.session.timeline.backward_reached(self.session.position)

    def now(self) -> tuple[int, ...]:
        return self.live, self.reached

    # --- painting ----------------------------------------------------------------------------------------------------
    def paint(self, painter: QPainter) -> None:
        theme, columns = self.session.theme, self.session.columns
        if self._pictures is None or self._pictures[0].devicePixelRatio() != self.ratio():
            self._pictures, self._frame = self._render()
        pictures, frame = self._pictures, self._frame
        _, reached = self._drawn = self.now()
        self.draw_playhead(painter)
        painter.drawPixmap(0, 0, pictures[0])
        if reached <= self.session.trace.steps:
            now = [curve for curve in self._curves if curve.current]
            half_a_mark = any(not np.isfinite(curve.logs[reached - 1]) for curve in now)
            edge = columns.x(reached) - (4.5 if half_a_mark else 0.0)
            painter.save()
            painter.setClipRect(QRectF(edge, 0, self.wide - edge, self.high))
            painter.drawPixmap(0, 0, pictures[1])
            painter.restore()
            self._draw_tips(painter, frame, reached, *self._draw_bracket(painter, frame, reached))
            if columns.LEFT <= columns.x(reached) <= frame.rect.right():
                for curve in now:
                    if not curve.dashed:
                        draw_dot(painter, curve, frame, reached, theme)
        self._draw_cross(painter)
        self._draw_unit(painter, frame)
        if self._at is not None:
            self._draw_readout(painter, frame, self._at)

    def _draw_unit(self, painter: QPainter, frame: Frame) -> None:
        """On the axis, what its numbers are where they are no norms: "÷ t = 14"."""
        if self.session.view.relative:
            painter.save()
            painter.setFont(self.small_font())
            painter.setPen(QColor(self.session.theme.muted))
            painter.translate(3.0, frame.rect.center().y())
            painter.rotate(-90.0)
            high = 1.4 * self.session.theme.small_px
            place = QRectF(-frame.rect.height() / 2, 0, frame.rect.height(), high)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self.unit())
            painter.restore()

    def unit(self) -> str:
        """What the numbers of the axis are where they are no norms."""
        last = last_loss(self.session.trace, self.session.view.share_at)
        return self.tr("÷ t = {t}").format(t=last) if self.session.view.relative else ""

    def _render(self) -> tuple[tuple[QPixmap, QPixmap], Frame]:
        columns, font = self.session.columns, self.small_font()
        frame = Frame(self.plot, columns.first, columns.column, self._range.low, self._range.high)
        clipped = [self._clipped(curve) for curve in self._curves]
        pinned, current = self._plot.render(clipped, frame, self.picture_size(), self.ratio(), font, self.session.theme)
        self.renders += 1
        labelled = QPixmap(pinned)  # the plot keeps its own for the next change, without labels
        if self.seeds is not None:
            labelled = beneath(pinned, self.seeds.band, frame, self.session.theme)
        self._label_pins(labelled, frame, clipped)
        return (labelled, current), frame

    def _clipped(self, curve: Curve) -> Curve:
        """A pinned run may be longer than this one; what has no column is not drawn."""
        steps = self.session.trace.steps
        if len(curve.logs) <= steps:
            return curve
        return Curve(**{**vars(curve), "logs": curve.logs[:steps]})

    def _label_pins(self, picture: QPixmap, frame: Frame, curves: list[Curve]) -> None:
        """Places the labels of the pinned runs and draws them into the picture; keeps what the live labels avoid."""
        font = self._label_font()
        drawn = [curve.logs for curve in curves] + ([*self.seeds.logs] if self.seeds is not None else [])
        self._lines = [frame.line(logs) for logs in drawn if np.isfinite(logs).any()]
        self._taken = [mark.box for curve in curves for mark in marks(curve, frame, self.small_font()) if mark.sign]
        self._pin_labels = []
        labels, numbers = [], []
        first, last = self.session.columns.visible()
        for curve in curves:
            if curve.pin is not None and len(curve.logs) >= first:
                labels.append(self._end_label(curve, frame, first, min(last, len(curve.logs))))
                numbers.append(curve.pin)
        if self._guess is not None:
            labels.append(self._end_label(self._guess, frame, first, min(last, len(self._guess.logs))))
        median = self.seeds and self.seeds.end_label(frame, first, last, self.session.theme)
        labels += [median] if median else []
        boxes = end_labels.place(labels, font, frame.rect, self._lines, self._taken)
        self._pin_labels = list(zip(labels, boxes, numbers, strict=False))  # the last may be no pin's
        self._taken += boxes
        with QPainter(picture) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for label, box in zip(labels, boxes, strict=True):
                end_labels.draw(painter, label, box, font, self.session.theme.panel)

    @staticmethod
    def _end_label(curve: Curve, frame: Frame, first: int, last: int) -> EndLabel:
        """At either end of what is in sight of a curve; where nothing of it is finite, at its marks."""
        finite = first + np.flatnonzero(np.isfinite(curve.logs[first - 1 : last]))
        left, right = (int(finite[0]), int(finite[-1])) if finite.size else (first, last)
        y, other = (frame.mark_y(curve.logs[t - 1]) for t in (left, right))
        return EndLabel(curve.label, curve.text_colour, float(frame.x(left)) + 2, y, (float(frame.x(right)) - 2, other))

    def _label_font(self):
        font = self.small_font()
        font.setBold(True)
        return font

    def tips(self, t: int) -> list[tuple[Curve, str]]:
        """The curves of the current run with what their labels say once the backward pass has reached t."""
        found = []
        for curve in self._curves:
            if curve.current:
                value = power_of(float(curve.logs[t - 1]))
                found.append((curve, f"{curve.label}  {self._norm(curve.name, t)} = {value}"))
        return found

    def _norm(self, name: str, t: int) -> str:
        """ "‖∂L/∂s₁‖", divided by that at the loss where norms are relative."""
        norm = f"‖{self.gradient(name, t)}‖"
        last = last_loss(self.session.trace, self.session.view.share_at)
        return f"{norm} / ‖{self.gradient(name, last)}‖" if self.session.view.relative else norm

    def bracket(self, frame: Frame, reached: int) -> Bracket | None:
        """From the loss back to the step that the pass has reached, where the run has one such way."""
        return bracket_of(self.session, self._curves, frame, reached)

    def pointed(self, item: str) -> QRectF | None:
        """ "bracket": its words; where there are none, the whole plot."""
        bracket = self.bracket(self._frame, min(self.reached, self.session.trace.steps)) if item == "bracket" else None
        place = QRectF() if bracket is None else bracket.text_place(*self._bracket_room(self._frame))[0]
        if place.isEmpty() and bracket is not None:
            place = self.words_above(bracket)
        return (self.plot if place.isEmpty() else place).translated(QPointF(self.card.pos()))

    def _draw_bracket(self, painter: QPainter, frame: Frame, reached: int) -> tuple[list[QRectF], list[Line]]:
        """What others avoid: the place of its words, and its line; nothing where the words stand in the header, because
        the plot is too low for them, or there are none."""
        bracket = self.bracket(frame, reached)
        if bracket is None:
            return [], []
        place = draw_bracket(painter, bracket, self.session.theme, *self._bracket_room(frame))
        if not place.isEmpty():
            return [place], [bracket.line]
        above = self.words_above(bracket)
        if not above.isEmpty():
            draw_words(painter, bracket, self.session.theme, *self._fonts_above(), above, one_line=True)
        return [], []

    def words_above(self, bracket: Bracket) -> QRectF:
        """Where a bracket's words stand in the header, beside the title; nothing where they have no room there."""
        width, height = bracket.one_line(*self._fonts_above())
        free = QRectF(self.header.spare().translated(self.header.mapTo(self.card, QPoint())))
        free = QRectF(free.x() / self.zoom, free.y() / self.zoom, free.width() / self.zoom, free.height() / self.zoom)
        return QRectF(free.x(), free.center().y() - height / 2, width, height) if width <= free.width() else QRectF()

    def _fonts_above(self) -> tuple[QFont, QFont]:
        """Of a bracket's words in the header: as large as the title."""
        large = self._label_font()
        large.setPixelSize(self.session.theme.title_px)
        return large, self.small_font()

    def show_time(self, position: float) -> None:
        super().show_time(position)
        if self._passes_through() != self._passes:
            self._say_beside()
        if self.reached != self._said:  # its words may stand in the header
            self._said = self.reached
            self.canvas.update(self.outer(QRectF(0, 0, self.wide, self.plot.top())))

    def _bracket_room(self, frame: Frame) -> tuple[QFont, QFont, QRectF, list[Line], list[QRectF]]:
        """The fonts of a bracket's words, their room, and what they avoid: the curves and what is written."""
        large = self._label_font()
        large.setPixelSize(round(self.session.theme.title_px * 1.25))
        return large, self.small_font(), frame.rect, self._lines, self._taken

    def _draw_tips(
        self, painter: QPainter, frame: Frame, reached: int, beside: list[QRectF], lines: list[Line]
    ) -> None:
        first, last = self.session.columns.visible()
        if reached > last:
            return
        at = max(reached, first)
        tips = self.tips(reached)
        labels = [
            EndLabel(text, curve.text_colour, float(frame.x(at)) + 4, frame.mark_y(curve.logs[at - 1]))
            for curve, text in tips
        ]
        font = self._label_font()
        boxes = end_labels.place(labels, font, frame.rect, [*self._lines, *lines], [*self._taken, *beside])
        for label, box in zip(labels, boxes, strict=True):
            end_labels.draw(painter, label, box, font, self.session.theme.panel)

    def _draw_readout(self, painter: QPainter, frame: Frame, t: int) -> None:
        x = float(frame.x(t))
        self.draw_line(painter, x, frame.rect)
        rows = [(name, value, curve.text_colour) for curve, name, value in self.readout(t)]
        rows += self.seeds.rows(t, self.session.theme) if self.seeds is not None else []
        place = QPointF(x, self._mouse_at.y() if self._mouse_at else frame.rect.center().y())
        self.draw_readout(painter, place, f"t = {t}", rows)

    def readout(self, t: int) -> list[tuple[Curve, str, str]]:
        """(curve, name, exact value) of every curve at step t; "–" where the backward pass has not been, or no step."""
        found = []
        for curve in self._curves:
            there = curve.absent < t <= len(curve.logs) and (not curve.current or t >= self.reached)
            name = curve.label if curve.pin is not None else f"{curve.label}  ‖{self.gradient(curve.name)}‖"
            found.append((curve, name, power_of(float(curve.logs[t - 1]), 4) if there else "–"))
        return found

    # --- mouse, keys and menu ----------------------------------------------------------------------------------------
    def _label_under(self, place: QPointF | None) -> tuple[QRectF, int] | None:
        for _, box, number in self._pin_labels:
            if place is not None and box.adjusted(-2, -2, _CROSS + 4, 2).contains(place):
                return QRectF(box.right() + 2, box.center().y() - _CROSS / 2, _CROSS, _CROSS), number
        return None

    def _draw_cross(self, painter: QPainter) -> None:
        mouse = self._mouse_at
        under = self._label_under(mouse)
        if mouse is None or under is None:
            return
        theme, box = self.session.theme, under[0]
        painter.setPen(QPen(QColor(theme.line), 1.0))
        painter.setBrush(QColor(theme.trough if box.contains(mouse) else theme.panel))
        painter.drawEllipse(box)
        painter.setPen(QPen(QColor(theme.ink), 1.6))
        inner = box.adjusted(5.5, 5.5, -5.5, -5.5)
        painter.drawLine(inner.topLeft(), inner.bottomRight())
        painter.drawLine(inner.topRight(), inner.bottomLeft())

    def hover(self, place: QPointF | None) -> None:
        under = self._label_under(place)
        on_label = under is not None
        pinned = [pin for pin in self.session.pins if under is not None and pin.number == under[1]]
        self.canvas.setToolTip("".join(map(self.session.pinned.sentence, pinned)))
        inside = place is not None and self.steps_rect.adjusted(0, -4, 0, 4).contains(place) and not on_label
        self._mouse_at = place
        self._at = self.session.columns.step_at(place.x()) if inside and place is not None else None
        self.canvas.setCursor(Qt.CursorShape.PointingHandCursor if on_label else Qt.CursorShape.ArrowCursor)
        self.canvas.update()

    def click(self, place: QPointF) -> None:
        under = self._label_under(place)
        if under is not None and under[0].contains(place):
            self.session.unpin(under[1])
        elif self.steps_rect.contains(place):
            t = self.session.columns.step_at(place.x())
            if self.canvas.modifiers & Qt.KeyboardModifier.AltModifier:
                self.share_of(t)
            else:
                self._select(t)

    def share_of(self, t: int) -> None:
        """Shows the gradient of step t's own loss, if it has one; of the whole loss, if it was shown already."""
        session = self.session
        if not session.trace.supervised[t - 1]:
            session.message.emit(self.tr("Step {t} has no loss of its own; choose one that has.").format(t=t))
            return
        session.set_view(share_at=None if session.view.share_at == t else t)

    def _select(self, t: int) -> None:
        memory = self.session.trace.scan.cell.memory
        row = next((row.name for row in self.session.trace.scan.cell.rows if memory in row.shown), None)
        if row is not None:
            trace = self.session.trace
            self.session.select(Selection(row + key_of(trace, trace.scan), t, record=memory))

    def own_keys(self) -> frozenset[Qt.Key]:
        brackets = (Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight)
        return frozenset(brackets if self._at is None else (*brackets, Qt.Key.Key_Escape))

    def key(self, key: Qt.Key) -> bool:
        if key not in self.own_keys():
            return False
        if key == Qt.Key.Key_Escape:
            self._at = None
        else:
            by, steps = (1 if key == Qt.Key.Key_BracketRight else -1), self.session.trace.steps
            self._at = min(max(self._at + by, 1), steps) if self._at else self.live or steps
            self.session.columns.reveal(self._at)
        self._mouse_at = None
        self.canvas.update()
        return True

    def menu(self) -> QMenu:
        return menu_of(self, self.session, self._at or self.live, self.share_of)
