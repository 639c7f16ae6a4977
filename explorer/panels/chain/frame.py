"""What surrounds the chain's nodes and edges: card, names, step numbers, legend, header, playhead, loss, selection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from core.narration import mathematics
from core.network.schedule import BACK
from core.notation.equations import Style
from core.timeline.timeline import ACCUMULATE, BACKWARD, FORWARD, LOSS, START, Time
from explorer.items.chain.layout import ChainLayout, Detail
from explorer.items.chain.painter import Progress
from explorer.items.chain.scene import ChainScene
from explorer.items.plots.playhead import band, draw_band
from explorer.panels.chain.legend import ChainLegend
from explorer.panels.chain.marks import Answer, Label, answer_labels, draw_labels, draw_lanes
from explorer.panels.chain.step_numbers import StepNumbers, line_height
from explorer.session.session import Session
from explorer.style.fonts import sized
from explorer.style.formula import formula
from explorer.style.numbers import number
from explorer.words import translator

HEADER, LEGEND_HEIGHT, ANSWERS = 1.9, 1.5, 0.8  # in lines of text
READABLE = 10.5  # px of a line that can bear its own name

_tr = translator("chain")


@dataclass(frozen=True)
class ChainFrame:
    """Draws around the chain for one paint event. `typeset`: the names that are formulas by now."""

    session: Session
    scene: ChainScene
    layout: ChainLayout
    rect: QRectF
    base_font: QFont
    typeset: frozenset[str]
    answers: Mapping[int, Answer]  # of a classifier, by column

    @property
    def line(self) -> float:
        """px of a line of text."""
        return line_height(self.session)

    def background(self, painter: QPainter) -> None:
        """What does not move: the card, the rows' names, the steps, the legend."""
        theme = self.session.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect, QColor(theme.background))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.setBrush(QColor(theme.panel))
        painter.drawRoundedRect(QRectF(self.rect).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)
        draw_lanes(painter, self.layout, theme, self.rect.width())
        self._row_names(painter)
        draw_labels(painter, self.step_labels(), self._font(theme.font_px))
        self._legend(painter)
        self._cuts(painter)

    def _font(self, px: float, bold: bool = False) -> QFont:
        return sized(self.base_font, px, bold)

    def _row_names(self, painter: QPainter) -> None:
        theme, columns = self.session.theme, self.session.columns
        bands = self.layout.bands
        for k, row in enumerate(self.scene.rows):
            node = self.layout.node(k, 1)
            box = QRectF(10, bands[k][0], columns.LEFT - 18, bands[k][1] - bands[k][0])
            if len(row.lines) == 1:
                if row.tex in self.typeset:
                    self._formula_in(painter, row.tex, box)
                else:
                    painter.setFont(self._font(theme.formula_px))
                    painter.setPen(QColor(theme.muted))
                    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, row.text)
                continue
            upper, _ = self.layout.strips(k, node)
            height = upper.height() / len(row.lines)
            painter.setPen(QColor(theme.muted))
            if height < READABLE:  # no room for one name a line
                painter.setFont(self._font(theme.small_px))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, row.text)
                continue
            painter.setFont(self._font(min(theme.small_px, height * 1.1)))
            for line, name in enumerate(row.lines):
                place = QRectF(10, upper.y() + line * height - 2, columns.LEFT - 26, height + 4)
                painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)

    def _formula_in(self, painter: QPainter, tex: str, box: QRectF) -> None:
        """A row's name, smaller where the rows stand close."""
        theme = self.session.theme
        made = formula(tex, theme.formula_px + 2.0, theme.muted)
        scale = min(1.0, box.height() / made.size().height(), box.width() / made.size().width())
        painter.save()
        painter.translate(box.center())
        painter.scale(scale, scale)
        made.draw(painter, -made.size().width() / 2, -made.size().height() / 2)
        painter.restore()

    @property
    def steps(self) -> StepNumbers:
        """The numbers below the columns."""
        return StepNumbers(self.session, self.scene, self.layout, int(self.rect.width()), self.base_font)

    def step_labels(self) -> list[Label]:
        """The steps' numbers and words that there is room for."""
        return [label for _, label in self.steps.labels()]

    @property
    def legend(self) -> ChainLegend:
        """What the colours mean."""
        font, room = self._font(self.session.theme.small_px), self.rect.width() - self.session.columns.LEFT - 8
        return ChainLegend(self.session, self.scene, font, room)

    def _legend(self, painter: QPainter) -> None:
        height = LEGEND_HEIGHT * self.line
        self.legend.draw(painter, self.session.columns.LEFT, self.rect.height() - height - 2, height)

    def _cuts(self, painter: QPainter) -> None:
        """Where truncation cuts the backward pass."""
        theme, columns = self.session.theme, self.session.columns
        if columns.column < 3 and len(self.scene.cuts) > columns.room / 4:
            return
        painter.setPen(QPen(QColor(theme.fail), 1.6, Qt.PenStyle.DashLine))
        for t in self.scene.cuts:
            x = columns.x(t) - columns.column / 2
            painter.drawLine(QPointF(x, self.layout.top), QPointF(x, self.layout.bottom))

    def overlay(self, painter: QPainter, focused: bool) -> None:
        """What moves with time: the band of the playhead, the header, the loss, the selection."""
        session, theme = self.session, self.session.theme
        columns, time = session.columns, session.time
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = round(columns.LEFT) - 4  # a clip between two px would be rasterised at every frame
        painter.setClipRect(QRectF(left, 0, round(columns.right) + 4 - left, self.rect.height()))
        if time.phase in (FORWARD, BACKWARD):
            bottom = self.rect.height() - LEGEND_HEIGHT * self.line - 2.0
            for t in dict.fromkeys((self._mirrored(time), time.t)):
                if t:
                    place = band(columns.x(t), columns.column, 1.0, bottom)
                    draw_band(painter, place, theme, time.phase == FORWARD)
                    self.steps.draw_live(
                        painter, t, theme.backward_text if time.phase == BACKWARD else theme.forward_text
                    )
        draw_labels(painter, self.answer_labels(), self._small)
        self._selected(painter)
        painter.setClipping(False)
        self._header(painter)
        self._loss(painter)
        if focused:
            painter.setPen(QPen(QColor(theme.focus), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect).adjusted(1.5, 1.5, -1.5, -1.5), 9, 9)

    @property
    def _small(self) -> QFont:
        return self._font(self.session.theme.small_px, bold=True)

    def answer_labels(self) -> list[Label]:
        """What a classifier predicts, over its outputs; not where it stands beside the loss."""
        if not self.answers or (self._lost and self._loss_has_place()):
            return []
        done = Progress.at(self.session.position).done
        return answer_labels(self.session, self.layout, self.answers, QFontMetricsF(self._small), done)

    def _mirrored(self, time: Time) -> int:
        """Where the reverse chain of this sweep is meanwhile; 0 where there is none."""
        schedule, sweep = self.session.trace.schedule, time.sweep or 0
        if not any(lane.sweep == sweep and lane.way == BACK for lane in schedule.lanes.values()):
            return 0
        first, last = schedule.sweeps[sweep]
        return first + last - time.t

    def _selected(self, painter: QPainter) -> None:
        theme, chosen = self.session.theme, self.session.selection
        if chosen is None or chosen.row not in self.scene.names:
            return
        row = self.scene.row_index(chosen.row)
        if not self.scene.rows[row].present[chosen.t - 1]:
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.ink), theme.selected))
        node = self.layout.node(row, chosen.t)
        radius = 7.0 if self.layout.detail is Detail.FULL else 2.0
        link = self.scene.link(chosen.source, chosen.row, chosen.recurrent) if chosen.source else None
        if link is not None and self.scene.has_edge(link, chosen.t):
            other = self.layout.node(link.source, link.origin(chosen.t))
            painter.drawRoundedRect(other.adjusted(-1, -1, 1, 1), radius, radius)
        painter.drawRoundedRect(node.adjusted(-2, -2, 2, 2), radius, radius)

    def _header(self, painter: QPainter) -> None:
        theme, time = self.session.theme, self.session.time
        height = HEADER * self.line
        title = _tr("Unrolled network")
        painter.setFont(self._font(theme.title_px, bold=True))
        painter.setPen(QColor(theme.ink))
        painter.drawText(QRectF(14, 0, 600, height), Qt.AlignmentFlag.AlignVCenter, title)
        x = 14 + QFontMetricsF(painter.font()).horizontalAdvance(title) + 22
        painter.setFont(self._font(theme.font_px))
        metrics = QFontMetricsF(painter.font())
        words, formula_text = self.status()
        room = self.rect.width() - x - 14
        if self._lost and not self._loss_has_place():
            loss = f"L = {number(self.session.trace.loss, 4)}{self._mean()}"
            painter.setPen(QColor(theme.backward_text))
            painter.setFont(self._font(theme.font_px, bold=True))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(x, 0, room, height), right, loss)
            room -= QFontMetricsF(painter.font()).horizontalAdvance(loss) + 20
            painter.setFont(self._font(theme.font_px))
        text = fitting(words, formula_text, room, metrics)
        ink = {FORWARD: theme.forward_text, BACKWARD: theme.backward_text}.get(time.phase, theme.muted)
        painter.setPen(QColor(ink))
        painter.drawText(QRectF(x, 0, room, height), Qt.AlignmentFlag.AlignVCenter, text)

    def status(self) -> tuple[str, str]:
        """What is happening, in words and in mathematics."""
        session, time = self.session, self.session.time
        where = self._where(time)
        words = {
            START: _tr("nothing computed yet — Space plays"),
            FORWARD: _tr("forward, t = {where}:").format(where=where),
            LOSS: _tr("the loss:"),
            BACKWARD: _tr("backward, t = {where}:").format(where=where),
            ACCUMULATE: _tr("all done (Space plays it), the sum over all steps:"),
        }[time.phase]
        fault = session.hunt.named_fault
        if fault is not None and time.phase in (BACKWARD, ACCUMULATE):
            words = _tr("wrong on purpose ({fault}); {words}").format(fault=fault.title, words=words)
        if self.scene.broken and time.phase == self.scene.broken[0]:
            words = _tr("not finite from t = {t} on; {words}").format(t=self.scene.broken[1], words=words)
        return words, mathematics(session.trace, time, session.notation)

    def _where(self, time: Time) -> str:
        """ "3 of 14", a decoder's "2′ of 4′"; with the reverse chain's step, and the sweep where there are several."""
        steps, written = self.session.timeline.steps, self.scene.written
        if not written:
            text = _tr("{t} of {steps}").format(t=time.t, steps=steps)
        elif time.t > written:
            text = _tr("{t} of {steps}").format(t=f"{time.t - written}′", steps=f"{steps - written}′")
        else:
            text = _tr("{t} of {steps}").format(t=time.t, steps=written)
        if self._mirrored(time):
            text += _tr(" and from the end {t}").format(t=self._mirrored(time))
        if time.sweep is not None:
            text += _tr(", sweep {n} of {all}").format(n=time.sweep + 1, all=len(self.session.timeline.sweeps))
        return text

    @property
    def _lost(self) -> bool:
        """Whether the loss is computed by now."""
        return self.session.position >= self.session.timeline.index(LOSS) - 1e-9

    def _mean(self) -> str:
        """What L is the mean of, where the batch has several samples."""
        batch = self.session.trace.data.x.shape[1]
        return _tr("  (mean of {n} samples)").format(n=batch) if batch > 1 else ""

    def _loss_has_place(self) -> bool:
        """Whether L can stand beside the one output that it looks at; otherwise it stands in the header."""
        steps, row = self.scene.steps, len(self.scene.rows) - 1
        if self.scene.rows[row].present[: steps - 1].any() or self.layout.detail is Detail.HEAT:
            return False
        node = self.layout.node(row, steps)
        return self.session.columns.LEFT + 220 <= node.left() <= self.rect.width()

    def _loss(self, painter: QPainter) -> None:
        """L beside the last output, where there is room for it."""
        session, theme = self.session, self.session.theme
        trace = session.trace
        if not self._lost or not self._loss_has_place():
            return
        node = self.layout.node(len(self.scene.rows) - 1, trace.steps)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(self._font(theme.font_px + 1, bold=True))
        painter.setPen(QColor(theme.backward_text))
        box = QRectF(node.left() - 300, node.center().y() - 1.3 * self.line, 290, 1.3 * self.line)
        painter.drawText(box, right, f"L = {number(trace.loss, 4)}{self._mean()}")
        target, output = trace.data.y[-1, session.view.sample], trace.values["out", "a"][-1, session.view.sample]
        if target.size == 1:
            text = _tr("target {y},  {symbol} = {a}").format(
                y=number(float(target[0]), 4),
                symbol=Style(False, None, session.notation).letter(None, "a"),
                a=number(float(output[0]), 4),
            )
        elif answer := self.answers.get(trace.steps):
            text = _tr("target {y},  answer {a}").format(y=answer.right, a=answer.said)
        else:
            return
        if trace.data.x.shape[1] > 1:
            text = _tr("sample {k}: ").format(k=session.view.sample + 1) + text
        painter.setFont(self._font(theme.small_px))
        painter.setPen(QColor(theme.muted))
        painter.drawText(box.translated(0, 1.25 * self.line), right, text)


def fitting(words: str, formula_text: str, room: float, metrics: QFontMetricsF) -> str:
    """What is happening, as far as it fits in `room` px: with its formula; words that announce nothing; ""."""
    bare = words.removesuffix(":")
    whole = f"{words}   {formula_text}" if formula_text else bare
    return next((text for text in (whole, bare) if metrics.horizontalAdvance(text) <= room), "")
