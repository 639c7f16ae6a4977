"""What surrounds the chain's nodes and edges: card, names, step numbers, legend, header, playhead, loss, selection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from core.exercises.explanation import explain_fault
from core.narration import mathematics
from core.network.schedule import BACK
from core.timeline.timeline import ACCUMULATE, BACKWARD, FORWARD, LOSS, START, UPDATE, Time
from explorer.items.chain.digits import NodeDigits
from explorer.items.chain.edges import ChainEdges
from explorer.items.chain.layout import ChainLayout, Detail
from explorer.items.chain.loss import DIFFERENCE, OUTPUT, TARGET, LossRow, Said, stage
from explorer.items.chain.loss import LOSS as LOST
from explorer.items.chain.painter import Progress
from explorer.items.chain.scene import ChainScene
from explorer.items.plots.playhead import band, draw_band
from explorer.panels.chain.drawn import draw_way
from explorer.panels.chain.image import ImageBeside
from explorer.panels.chain.layout import AROUND, Around
from explorer.panels.chain.legend import ChainLegend
from explorer.panels.chain.loss import Loss
from explorer.panels.chain.marks import Answer, Label, answer_labels, draw_labels, draw_lanes
from explorer.panels.chain.step_norms import NORMS_HEIGHT, StepNorms
from explorer.panels.chain.step_numbers import BEYOND, StepNumbers, line_height
from explorer.panels.sentences import loss_symbol
from explorer.session.session import Session
from explorer.style.fonts import sized
from explorer.style.formula import formula
from explorer.words import in_language, translator

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
    loss: Loss | None = None
    loss_row: LossRow | None = None  # where it has room
    folded: str = ""  # what is said while it is not unrolled
    folded_step: int = 0  # the step that is seen then
    around: Around = AROUND
    others: tuple[ChainScene, ...] = ()  # of the runs whose chains stand below this one's …
    name: str = ""  # … and what this run is called beside them

    @property
    def line(self) -> float:
        """px of a line of text."""
        return line_height(self.session)

    def background(self, painter: QPainter, columns: bool = True) -> None:
        """What does not move: the card, the rows' names, the legend, and what belongs to the `columns`."""
        theme = self.session.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect, QColor(theme.background))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.setBrush(QColor(theme.panel))
        painter.drawRoundedRect(QRectF(self.rect).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)
        draw_lanes(painter, self.layout, theme, self.rect.width())
        self._row_names(painter)
        self._legend(painter)
        if not columns:
            return
        draw_labels(painter, self.step_labels(), self._font(theme.font_px))
        self.steps.draw_ticks(painter)
        if self.norms is not None:
            self.norms.draw_name(painter)
        self._cuts(painter)

    def _font(self, px: float, bold: bool = False) -> QFont:
        return sized(self.base_font, px, bold)

    def _row_names(self, painter: QPainter) -> None:
        theme, columns = self.session.theme, self.session.columns
        bands, image = self.layout.bands, self.image.place if self.image is not None else None
        for k, row in enumerate(self.scene.rows):
            node = self.layout.node(k, 1)
            box = QRectF(10, bands[k][0], columns.LEFT - 18, bands[k][1] - bands[k][0])
            if k == 0 and image is not None and image.left() < columns.LEFT:
                box.setBottom(min(box.bottom(), image.top() - 1))
            if len(row.lines) == 1:
                if row.tex in self.typeset:
                    self._formula_in(painter, row.tex, box)
                else:
                    self._name(painter, row.text, box)
                continue
            upper, _ = self.layout.strips(k, node)
            height = upper.height() / len(row.lines)
            painter.setPen(QColor(theme.muted))
            if height < READABLE:  # no room for one name a line
                painter.setFont(self._font(theme.small_px))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, row.text)
                continue
            painter.setFont(self._font(min(theme.small_px, height * 1.1)))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            for line, (name, held) in enumerate(zip(row.lines, row.held or ("",) * len(row.lines), strict=True)):
                place = QRectF(2, upper.y() + line * height - 2, columns.LEFT - 18, height + 4)
                painter.setPen(QColor(theme.ink if held else theme.muted))
                painter.drawText(place, right, f"{name} ≡ {held}" if held else name)
        if self.loss is not None and self.loss_row is not None:
            node = self.loss_row.node(0)
            box = QRectF(10, node.top() - 4, columns.LEFT - 18, node.height() + 8)
            if self.loss.tex in self.typeset:
                self._formula_in(painter, self.loss.tex, box)
            else:
                self._name(painter, self.loss.text, box)

    def _name(self, painter: QPainter, text: str, box: QRectF) -> None:
        """A row's name until its formula is typeset."""
        painter.setFont(self._font(self.session.theme.formula_px))
        painter.setPen(QColor(self.session.theme.muted))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

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

    @property
    def norms(self) -> StepNorms | None:
        """The numbers below those of the steps, where they are asked for."""
        if not self.session.view.digits:
            return None
        top = self.layout.bottom + self.around.steps * self.line * 0.92
        return StepNorms(self.session, top, top + NORMS_HEIGHT * self.line, self.base_font)

    def step_labels(self) -> list[Label]:
        """The steps' numbers and words that there is room for."""
        return [label for _, label in self.steps.labels()]

    @property
    def image(self) -> ImageBeside | None:
        """The image that x is, above the name of the norms where that is written."""
        if self.scene.image is None:
            return None
        bottom = self.rect.height() if self.norms is None else self.norms.top + 4.0
        top = self.layout.bands[-1][0] if self.loss_row is None else self.loss_row.node(0).top()
        return ImageBeside(self.session, self.scene.image, self.layout, top, bottom)

    @property
    def legend(self) -> ChainLegend:
        """What the colours mean."""
        theme = self.session.theme
        font, room = self._font(theme.small_px), self.rect.width() - self.session.columns.LEFT - 8
        rows = self.scene.rows
        shown = NodeDigits(self.layout, theme.font_px, theme.digit_px).rows if self.session.view.digits else rows
        return ChainLegend(self.session, self.scene, font, room, len(shown) < len(rows), self.others)

    def _legend(self, painter: QPainter) -> None:
        height = self.around.legend * self.line
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
        """What moves with time: the band of the playhead, the header, the answers, the selection."""
        session, theme = self.session, self.session.theme
        columns, time = session.columns, session.time
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = round(columns.LEFT - BEYOND)  # a clip between two px would be rasterised at every frame
        painter.setClipRect(QRectF(left, 0, round(columns.right + BEYOND) - left, self.rect.height()))
        if time.phase in (FORWARD, BACKWARD):
            bottom = self.rect.height() - self.around.legend * self.line - 2.0
            for t in self.live_steps():
                if t:
                    place = band(columns.x(t), columns.column, 1.0, bottom)
                    draw_band(painter, place, theme, time.phase == FORWARD)
                    self.draw_live(painter, t, theme.backward_text if time.phase == BACKWARD else theme.forward_text)
        draw_labels(painter, self.answer_labels(), self._small)
        before = self.answers.get(time.t - 1)
        if time.phase == FORWARD and before is not None and before.drawn is not None:
            draw_way(painter, self.layout, theme, time.t - 1)
        if self.norms is not None:
            self.norms.draw(painter)
        self._selected(painter)
        painter.setClipping(False)
        self.header(painter, focused)

    def draw_live(self, painter: QPainter, t: int, ink: str) -> None:
        """The number of a step at the playhead."""
        self.steps.draw_live(painter, t, ink)

    def header(self, painter: QPainter, focused: bool) -> None:
        """What is happening, and a ring around a picture that has the keyboard."""
        theme = self.session.theme
        self._header(painter)
        if self.image is not None:
            self.image.draw(painter, self.live_steps())
        if focused:
            painter.setPen(QPen(QColor(theme.focus), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect).adjusted(1.5, 1.5, -1.5, -1.5), 9, 9)

    @property
    def _small(self) -> QFont:
        return self._font(self.session.theme.small_px, bold=True)

    def answer_labels(self) -> list[Label]:
        """What a classifier predicts, over its outputs; not where it stands beside the loss."""
        if not self.answers or (self._lost and any(each.bold for each in self.loss_texts(LOST))):
            return []
        done = Progress.at(self.session.position).done
        losses, loss, metrics = None, self.loss, QFontMetricsF(self._small)
        if loss is not None and self.loss_row is None and not loss.picture.single and not self.session.view.difference:
            terms = zip(loss.picture.columns.tolist(), loss.numbers, strict=True)
            losses = {t: f"{loss.text} {each}" for t, each in terms}
        return answer_labels(self.session, self.layout, self.answers, metrics, done, self.loss_row, losses)

    def live_steps(self) -> tuple[int, ...]:
        """The step at the playhead, and that of the reverse chain before it; 0 stands for none."""
        return tuple(dict.fromkeys((self._mirrored(self.session.time), self.session.time.t)))

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
        theme = self.session.theme
        height, place = self.around.header * self.line, self.title_place()
        painter.setFont(self.title_font)
        painter.setPen(QColor(self.title_ink))
        painter.drawText(place.adjusted(0, 0, 4, 0), Qt.AlignmentFlag.AlignVCenter, self.title())
        x = place.right() + 22
        painter.setFont(self._font(theme.font_px))
        metrics = QFontMetricsF(painter.font())
        room = self.rect.width() - x - 14
        if self._lost and self.loss is not None and not any(each.bold for each in self.loss_texts(LOST)):
            loss = self.loss.words.loss
            painter.setPen(QColor(theme.backward_text))
            painter.setFont(self._font(theme.font_px, bold=True))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(x, 0, room, height), right, loss)
            room -= QFontMetricsF(painter.font()).horizontalAdvance(loss) + 20
            painter.setFont(self._font(theme.font_px))
        text = self.said(room, metrics)
        painter.setPen(QColor(self.said_ink))
        painter.drawText(QRectF(x, 0, room, height), Qt.AlignmentFlag.AlignVCenter, text)

    def title_place(self) -> QRectF:
        """Where the title stands."""
        width = QFontMetricsF(self.title_font).horizontalAdvance(self.title())
        return QRectF(14, 0, width, self.around.header * self.line)

    @property
    def title_font(self) -> QFont:
        """What the title is written in."""
        return self._font(self.session.theme.title_px, bold=True)

    @property
    def title_ink(self) -> str:
        """The title's colour."""
        return self.session.theme.ink

    @property
    def said_ink(self) -> str:
        """The colour of what stands beside it."""
        theme = self.session.theme
        inks = {FORWARD: theme.forward_text, BACKWARD: theme.backward_text}
        return inks.get(self.session.time.phase, theme.muted)

    def said(self, room: float, metrics: QFontMetricsF) -> str:
        """What stands beside the title in `room` px."""
        return fitting(*self.status(), room, metrics)

    def title(self) -> str:
        """The picture's title: folded with its step, and with the term of the loss whose gradient alone is on show."""
        title, t = _tr("Unrolled network"), self.session.view.share_at
        if self.name:
            title = _tr("This run, {name}").format(name=self.name)
        if self.folded and self.session.unrolled == 0.0:
            title = _tr("Folded network, step {t} of {steps}").format(t=self.folded_step, steps=self.scene.steps)
        if self.scene.compared:
            title = _tr("This run − {pinned}").format(pinned=self.scene.compared)
        elif (sampled := self.session.sampling.on_show) is not None:
            title = _tr("Text sampled at temperature {x}").format(x=f"{sampled.temperature:g}")
        elif self.scene.frozen:
            title = _tr("{title}, {gates} frozen").format(title=title, gates=", ".join(self.scene.frozen))
        if t is None:
            return title
        term = loss_symbol(self.session.notation, t)
        return _tr("{title}: the gradient of {l} alone").format(title=title, l=term)

    def status(self) -> tuple[str, str]:
        """What is happening, in words and in mathematics."""
        session, time = self.session, self.session.time
        if self.folded:
            return self.folded, ""
        where = self._where(time)
        words = {
            START: _tr("nothing computed yet") if session.lesson.asks else _tr("nothing computed yet — Space plays"),
            FORWARD: _tr("forward, t = {where}:").format(where=where),
            LOSS: _tr("the loss:"),
            BACKWARD: _tr("backward, t = {where}:").format(where=where),
            ACCUMULATE: _tr("the sum over all steps:")
            if session.lesson.lesson is not None
            else _tr("all done (Space plays it), the sum over all steps:"),
            UPDATE: _tr("the update:"),
        }[time.phase]
        fault = session.hunt.named_fault
        if fault is not None and time.phase in (BACKWARD, ACCUMULATE, UPDATE):
            title = in_language(explain_fault(fault, session.notation).title)
            words = _tr("wrong on purpose ({fault}); {words}").format(fault=title, words=words)
        if self.scene.broken and time.phase == self.scene.broken[0]:
            words = _tr("not finite from t = {t} on; {words}").format(t=self.scene.broken[1], words=words)
        if time.phase == LOSS and not self._lost:
            return self._comparing(), ""
        return words, mathematics(session.trace, time, session.notation, session.findings.rule.step)

    def _comparing(self) -> str:
        """What the loss has done so far."""
        if not self.session.trace.network.loss.compares:
            return _tr("the gradient handed in, y, beside the output: L = Σ y·a")
        return {
            OUTPUT: _tr("the loss: the output"),
            TARGET: _tr("the loss: the output beside its target"),
            DIFFERENCE: _tr("the loss: the difference, output − target"),
        }.get(self.loss_stage, _tr("the loss"))

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
            text = _tr("{steps} and from the end {t}").format(steps=text, t=self._mirrored(time))
        if time.sweep is not None:
            sweeps = len(self.session.timeline.sweeps)
            text = _tr("{steps}, sweep {n} of {all}").format(steps=text, n=time.sweep + 1, all=sweeps)
        return text

    @property
    def _lost(self) -> bool:
        """Whether the loss is computed by now."""
        return self.loss_stage == LOST

    @property
    def loss_stage(self) -> int:
        """How far the loss has come."""
        return stage(self.session.position, self.session.timeline.index(LOSS))

    def loss_texts(self, at: int, folded: LossRow | None = None, term: int = 0) -> list[Said]:
        """What is said at the loss's nodes at a stage; in a `folded` row of them at one `term`."""
        row = folded or self.loss_row
        if self.loss is None or row is None:
            return []
        image = self.image.place if self.image is not None else None
        left = max(self.session.columns.LEFT, 0.0 if image is None else image.right()) + 4.0
        said = row.said(self.loss.words, at, left, self.rect.width() - 10.0)
        if at != LOST:
            return said
        if folded is not None and not row.picture.single:
            return [folded.number(term, self.loss.numbers[term])]
        return said + row.numbers(self.loss.numbers) if row.has_numbers else said

    def draw_loss(self, painter: QPainter, edges: ChainEdges, at: int) -> None:
        """The loss's nodes as far as a stage has come, with what is said at them."""
        if self.loss_row is not None:
            self.loss_row.draw(painter, edges, at)
            theme = self.session.theme
            self.loss_row.draw_texts(painter, self.loss_texts(at), theme.muted, theme.backward_text)


def fitting(words: str, formula_text: str, room: float, metrics: QFontMetricsF) -> str:
    """What is happening, as far as it fits in `room` px: with its formula; words that announce nothing; ""."""
    bare = words.removesuffix(":")
    whole = f"{words}   {formula_text}" if formula_text else bare
    return next((text for text in (whole, bare) if metrics.horizontalAdvance(text) <= room), "")
