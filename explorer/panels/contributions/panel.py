"""How much of the memory at step k reaches step t: ‖∂s_t/∂s_k‖₂ for all k ≤ t, in the columns of the chain; of a memory
beside the state the total derivative, or the partial one with that state fixed. The playhead's t alone, until the whole
map is asked for."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSignalBlocker, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from core.analysis.contributions import LARGEST_JACOBIAN, Contributions, no_contributions, separate_memory
from core.chain.rows import key_of, style_of
from core.network.attention import WEIGHTS
from explorer.items.legends import ReachLegend
from explorer.items.pixmaps import painted
from explorer.items.plots.log_axis import power_of
from explorer.items.plots.triangle import Triangle, draw_row, draw_triangle, triangle_colours
from explorer.panels.columns.column_panel import CellsPanel
from explorer.session.session import Change, Selection, Session
from explorer.style.formula import FormulaLabel
from explorer.style.numbers import number
from explorer.widgets.labels import text_label
from explorer.widgets.segmented import SegmentedControl

_ARROWS = {
    Qt.Key.Key_Up: (1, 0),
    Qt.Key.Key_Down: (-1, 0),
    Qt.Key.Key_BracketLeft: (0, -1),
    Qt.Key.Key_BracketRight: (0, 1),
}


_SIDEWAYS = frozenset((Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight))
ROW_LINES = 2.2  # of text that the one row is high
AROUND_ROW = 54  # px of the card's margins and its header
LEAST_HEIGHT, WHOLE_HEIGHT, UNLIMITED = 110, 150, 16777215  # px; the last is Qt's QWIDGETSIZE_MAX

# lower than the segments of a toolbar: the header takes its height from the map
_LOW = "QPushButton { padding: 0px 8px; } QPushButton:focus { padding: 0px 7px; }"


class ContributionsPanel(CellsPanel):
    """The row of the playhead's t, with its numbers; its cell k says how much of the memory at k reaches t. Of the
    whole map a row for each t, the last at the top. A row is shown once the forward pass has done its step, since its
    Jacobians are made of that step's values."""

    name = "contributions"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.keys = (
            (self.tr("[ ]"), self.tr("move the readout; on the whole map ↑ ↓, too")),
            (self.tr("Return"), self.tr("select its step")),
        )
        self._title, self._note = text_label("title"), text_label("muted")
        self._formula, self._legend = FormulaLabel(), ReachLegend(40)
        self._title.setTextFormat(Qt.TextFormat.RichText)
        self._formula.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._formula.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.ways = SegmentedControl()
        self.ways.setAccessibleName(self.tr("which derivative"))
        self.ways.setStyleSheet(_LOW)
        self.ways.currentChanged.connect(lambda key: self.session.set_view(reach=key))
        self.extent = QPushButton(self.tr("all t"))
        self.extent.setCheckable(True)
        self.extent.setToolTip(self.tr("Shows every t, the last at the top; otherwise the playhead’s t alone."))
        self.extent.setStyleSheet(_LOW)
        self.extent.toggled.connect(lambda on: self.session.set_view(whole_map=on))
        for widget in (self._title, self.ways, self._formula, self._note):
            self.card.header.addWidget(widget)
        self.card.header.addStretch(1)
        self.card.header.addWidget(self._legend)
        self.card.header.addWidget(self.extent)
        self.renders = 0  # how often the map was painted anew; tests count it
        self._picture: tuple[QPixmap, Triangle] | None = None
        self._row: Triangle | None = None  # where the one row lies
        self._drawn = (0, 0, False)

    # --- what is shown -----------------------------------------------------------------------------------------------
    @property
    def triangle(self) -> Triangle | None:
        """Where the map, or its one row, lies; None until it has been painted."""
        if not self.whole:
            return self._row
        return self._picture[1] if self._picture is not None else None

    @property
    def whole(self) -> bool:
        """Whether every t is asked for, and not only the playhead's; presented alone, it has the room."""
        return self.session.view.whole_map or self.presented

    def shown_row(self) -> int:
        """The row of the one t that is shown, as the map counts them: in the backward pass the playhead's, otherwise
        the last that the forward pass has done; −1 where there is none."""
        found = self.session.contributions
        if found is None:
            return -1
        live, done, backward = self.now()
        at = int(np.searchsorted(found.rows, live)) if backward else int(np.searchsorted(found.rows, done, "right")) - 1
        return min(at, len(found.rows) - 1)

    @property
    def before(self) -> int:
        """How many columns come before the first step of the scan that is mapped: an encoder's before a decoder's."""
        return self.session.trace.schedule.offset(self.session.trace.scan.name)

    @property
    def memory(self) -> str:
        """The name of the cell's memory."""
        found = self.session.contributions
        return found.name if found is not None else self.session.trace.scan.cell.memory

    def empty(self, session: Session) -> bool:
        return bool(no_contributions(session.trace))

    def own_steps(self) -> tuple[int, int] | None:
        """Those of the scan that is mapped."""
        return self.session.trace.schedule.lanes[self.session.trace.scan.name][:2]

    def wanted(self, session: Session) -> bool:
        """With attention the matrix of its weights is there in its place."""
        return WEIGHTS not in session.trace.values

    def refresh(self, flags: Change) -> None:
        if not flags & (Change.RUN | Change.CONTRIBUTIONS | Change.THEME | Change.VIEW):
            return
        found, theme = self.session.contributions, self.session.theme
        if flags & (Change.RUN | Change.THEME | Change.CONTRIBUTIONS | Change.VIEW):
            title = self.tr("How much of {k} reaches {t}")
            k, t = (self._symbol(letter, False) for letter in "kt")
            self._title.setText(title.format(k=k, t=t))
            self.canvas.setAccessibleName(title.format(k=k, t=t))
            size = theme.enlarged.font_px + 1.0
            self._formula.set_formula(self._tex(), size, theme.backward_text, self._spoken(t, k))
            self._legend.set_theme(theme)
            self._show_ways()
        if found is None or (self._at is not None and self._at[0] >= len(found.rows)):
            self._at = None
        stride = int(found.rows[1] - found.rows[0]) if found is not None and len(found.rows) > 1 else 1
        self._note.setText("" if stride == 1 else self.tr("every {n} t").format(n=self._ordinal(stride)))
        self._note.setVisible(stride != 1 and self.whole)
        with QSignalBlocker(self.extent):
            self.extent.setChecked(self.whole)
        self.extent.setVisible(not self.presented)
        for each in (self.ways, self.extent):
            each.setMaximumHeight(round(2 * theme.enlarged.font_px))
        self._fit_height()
        self.resized()
        self._at = self._followed(self._at)
        self.canvas.setAccessibleDescription(self._description())

    def _fit_height(self) -> None:
        """One row needs no more than its own height: what it leaves goes to the other pictures."""
        needed = round(AROUND_ROW + ROW_LINES * QFontMetricsF(self.small_font()).height())
        self.setMinimumHeight(WHOLE_HEIGHT if self.whole else min(needed, LEAST_HEIGHT))
        self.setMaximumHeight(UNLIMITED if self.whole else needed)

    def _followed(self, at: tuple[int, int] | None) -> tuple[int, int] | None:
        """A cell that is read off, in the row that is shown now; None where that has no such cell."""
        found = self.session.contributions
        if at is None or found is None or self.whole:
            return at
        row = self.shown_row()
        return (row, at[1]) if row >= 0 and at[1] <= found.rows[row] else None

    def _symbol(self, t: int | str | None, tex: bool) -> str:
        """The memory's symbol at a step; without one for None."""
        trace = self.session.trace
        style = style_of(trace, trace.scan, tex, t, self.session.notation)
        return style.letter(trace.scan.cell, self.memory) if t is None else style.symbol(trace.scan.cell, self.memory)

    @property
    def separate(self) -> bool:
        """Whether there are two derivatives to choose from: the cell has a memory beside its state."""
        return separate_memory(self.session.trace.scan.cell)

    @property
    def total(self) -> bool:
        """Whether all paths are mapped, and not only those with the state of step k fixed."""
        return self.session.view.reach == "total"

    def _state(self, t: int | str, tex: bool) -> str:
        """The state's symbol at a step."""
        trace = self.session.trace
        return style_of(trace, trace.scan, tex, t, self.session.notation).symbol(trace.scan.cell, "s")

    def _tex(self) -> str:
        d = r"\mathrm{d}" if self.separate and self.total else r"\partial"
        fixed = rf",\ {self._state('k', True)}\ \text{{fixed}}" if self.separate and not self.total else ""
        return rf"\Vert {d} {self._symbol('t', True)} / {d} {self._symbol('k', True)} \Vert_2{fixed}"

    def _spoken(self, t: str, k: str) -> str:
        if not self.separate:
            return self.tr("the norm of the derivative of {t} by {k}").format(k=k, t=t)
        if self.total:
            return self.tr("the norm of the total derivative of {t} with respect to {k}, all paths").format(k=k, t=t)
        words = self.tr("the norm of the partial derivative of {t} by {k}, {s} held fixed")
        return words.format(k=k, t=t, s=self._state("k", False))

    def _show_ways(self) -> None:
        """The two derivatives, by their symbols, where there are two."""
        self.ways.setVisible(self.separate)
        if not self.separate:
            return
        t, k, s = self._symbol("t", False), self._symbol("k", False), self._state("k", False)
        tips = (
            self.tr("The total derivative: all paths from {k} to {t}, as in every recorded gradient."),
            self.tr("The partial derivative: {s} is held fixed, and only what goes on along {c} is counted."),
        )
        words = {"k": k, "t": t, "s": s, "c": self._symbol(None, False)}
        labels = (self.tr("all paths"), self.tr("{s} fixed").format(**words))
        self.ways.set_options(
            (key, label, tip.format(**words))
            for key, label, tip in zip(("total", "partial"), labels, tips, strict=True)
        )
        self.ways.setCurrent(self.session.view.reach)

    def _ordinal(self, n: int) -> str:
        return {2: self.tr("2nd"), 3: self.tr("3rd")}.get(n, self.tr("{n}th").format(n=n))

    def _stale(self) -> None:
        self._picture = None
        self.canvas.update()

    columns_changed = _stale

    def resized(self) -> None:
        self._fit_header()
        self._stale()

    def _fit_header(self) -> None:
        """The legend, and then the formula, where there is room for them."""
        always = [each for each in (self._title, self.ways, self._note, self.extent) if each.isVisibleTo(self)]
        room = self.card.width() - 46 - sum(each.sizeHint().width() + 10 for each in always)
        for each in (self._legend, self._formula):
            room -= each.sizeHint().width() + 10
            each.setVisible(room >= 0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # The type first: a card that is being destroyed still gets events, and the panel has no attributes any more.
        if event.type() == QEvent.Type.LayoutRequest and watched is self.card and self.session is not None:
            self._fit_header()  # something in it has another width: the style sheet has come, or other words
        return super().eventFilter(watched, event)

    def _absence(self) -> str:
        """Why there is no map."""
        if self.session.mapping:
            return self.tr("computing …")
        reason = no_contributions(self.session.trace)
        if reason == "stateless":
            return self.tr("no step passes a state to the next one: there is nothing to map")
        if reason == "fed":
            return self.tr("outputs are fed back: a second path through time, which this map would leave out")
        if reason == "samples":
            return self.tr("the samples of a batch depend on each other here: a map of one sample would be wrong")
        recurrent_states = max(1, len(self.session.trace.scan.cell.recurrent_states))
        return self.tr("not computed for more than {n} hidden units").format(n=LARGEST_JACOBIAN // recurrent_states)

    def _description(self) -> str:
        found = self.session.contributions
        if found is None:
            return self._absence()
        index = len(found.rows) - 1 if self.whole else max(self.shown_row(), 0)
        t, row = int(found.rows[index]) - self.before, found.decades[index, self.before :]
        if t == 1 and len(found.rows) > 1:
            return self.tr("{name} at t = 1 reaches itself whole.").format(name=self._symbol(None, False))
        if t == 1:
            return self.tr("One step: {name} at t = 1 reaches itself whole.").format(name=self._symbol(None, False))
        words = self.tr("Of {name} at t = 1, {first} reaches t = {t}; of the step before it, {near}.")
        if self.separate and not self.total:
            words = self.tr("With the state fixed at the step it begins with: ") + words
        name, near = self._symbol(None, False), power_of(float(row[t - 2]))
        return words.format(name=name, first=power_of(float(row[0])), t=t, near=near)

    def show_time(self, position: float) -> None:
        if self.now() != self._drawn:
            self._at = self._followed(self._at)
            if not self.whole:
                self.canvas.setAccessibleDescription(self._description())
        super().show_time(position)

    def now(self) -> tuple[int, ...]:
        """The live step, how far the forward pass has come, and whether the backward pass is under way."""
        session = self.session
        schedule, name = session.trace.schedule, session.trace.scan.name
        beats = schedule.forward(name)[self.before : schedule.lanes[name].last]
        done = self.before + int(np.searchsorted(beats, session.timeline.forward_done(session.position), side="right"))
        return self.live, done, session.time.phase == "backward" and self.live > self.before

    # --- painting ----------------------------------------------------------------------------------------------------
    def paint(self, painter: QPainter) -> None:
        live, done, backward = self._drawn = self.now()
        self.draw_playhead(painter)
        found = self.session.contributions
        if found is None:
            self.draw_absence(painter, self._absence())
        elif self.whole:
            self._paint_map(painter, found, live, done, bool(backward))
        else:
            self._paint_row(painter, found)

    def _paint_row(self, painter: QPainter, found: Contributions) -> None:
        """The one row, painted anew at each step: it has a few dozen cells, or is one picture."""
        index = self.shown_row()
        if index < 0:
            self._row = None
            return
        session, columns, plot = self.session, self.session.columns, self.plot
        painter.setFont(self.small_font())
        high = min(plot.height() - 2, ROW_LINES * painter.fontMetrics().height())
        rect = QRectF(plot.left(), plot.top(), plot.width(), high)
        place = self._row = Triangle(
            found.rows[index : index + 1], session.trace.steps, rect, columns.first, columns.column, self.before
        )
        draw_row(painter, place, found.decades[index], row_texts, session.theme)
        painter.setPen(QColor(session.theme.muted))
        self._draw_axis(painter, place)
        if self._at is not None:
            self._draw_readout(painter, place, 0, self._at[1])

    def _paint_map(self, painter: QPainter, found: Contributions, live: int, done: int, backward: bool) -> None:
        theme = self.session.theme
        ratio = self.ratio()
        if self._picture is None or self._picture[0].devicePixelRatio() != ratio or self._picture[1].rect != self.plot:
            self._picture = self._render(found)
        picture, place = self._picture
        painter.drawPixmap(0, 0, picture, 0, 0, round(place.rect.left() * picture.devicePixelRatio()), -1)
        shown = int(np.searchsorted(place.rows, done, side="right"))  # rows t ≤ done, from the bottom
        if shown:
            painter.save()
            painter.setClipRect(QRectF(place.rect.left(), place.y(shown - 1), place.rect.width(), shown * place.row))
            painter.drawPixmap(0, 0, picture)
            painter.restore()
        if backward:
            row = place.span(place.index_of(live)).adjusted(-1, -1, 1, 1)
            self._outline(painter, row.adjusted(-1, -1, 1, 1), theme.panel, 2.0)  # the map has the outline's hues
            self._outline(painter, row, theme.backward_text, theme.outline)
        if self._at is not None:
            self._draw_readout(painter, place, *self._at)

    @staticmethod
    def _outline(painter: QPainter, box: QRectF, colour: str, width: float) -> None:
        painter.setPen(QPen(QColor(colour), width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)

    def _render(self, found: Contributions) -> tuple[QPixmap, Triangle]:
        session, columns = self.session, self.session.columns
        place = Triangle(found.rows, session.trace.steps, self.plot, columns.first, columns.column, self.before)
        colours = triangle_colours(found.rows, found.decades, session.theme, self.before)

        def draw(painter: QPainter) -> None:
            draw_triangle(painter, place, colours, found.decades, session.theme)
            painter.setFont(self.small_font())
            painter.setPen(QColor(session.theme.muted))
            self._draw_axis(painter, place)

        self.renders += 1
        return painted(self.picture_size(), self.ratio(), draw), place

    def _draw_axis(self, painter: QPainter, place: Triangle) -> None:
        """t = T and t = 1, and round numbers between them where there is room."""
        height = QFontMetricsF(painter.font()).height()
        last = int(place.rows[-1])
        per_step = place.row * len(place.rows) / max(last, 1)
        step = next(n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if n * per_step >= 1.9 * height or n == 1000)
        drawn: list[float] = []
        for t in (last, int(place.rows[0]), *range(step, last, step)):
            y = place.y(place.index_of(t)) + place.row / 2
            if all(abs(y - other) >= 1.1 * height for other in drawn):
                box = QRectF(0, y - height / 2, self.session.columns.LEFT - 8, height)
                own = f"{t - self.before}{'′' if self.before else ''}"
                fits = QFontMetricsF(painter.font()).horizontalAdvance(f"t = {own}") <= box.width() - 4
                text = f"t = {own}" if fits else own
                painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
                drawn.append(y)

    def readout(self) -> str:
        """ "‖∂s₁₂/∂s₃‖ = 2.1·10⁻⁵" of the cell that is read off, "" where there is none."""
        if self._at is None or self.session.contributions is None:
            return ""
        index, k = self._at
        found = self.session.contributions
        steps, mark = (int(found.rows[index]) - self.before, k - self.before), "′" if self.before else ""
        upper, lower = (self._symbol(t, False) + mark for t in steps)
        if self.separate:
            d, fixed = ("d", "") if self.total else ("∂", f", {self._state(steps[1], False)}{mark} fixed")
            return f"‖{d}{upper}/{d}{lower}‖{fixed} = {power_of(float(found.decades[index, k - 1]))}"
        return f"‖∂{upper}/∂{lower}‖ = {power_of(float(found.decades[index, k - 1]))}"

    def _draw_readout(self, painter: QPainter, place: Triangle, index: int, k: int) -> None:
        theme = self.session.theme
        cell = place.cell(index, k)
        self._outline(painter, cell, theme.ink, 1.6)
        name, _, value = self.readout().partition(" = ")
        at = QPointF(cell.center().x() + min(cell.width() / 2, 20), cell.center().y())
        self.draw_readout(painter, at, "", [(name, value, theme.ink)])

    # --- mouse and keys ----------------------------------------------------------------------------------------------
    def _hit(self, place: QPointF | None) -> tuple[int, int] | None:
        """The visible cell under a point."""
        triangle = self.triangle
        if place is None or triangle is None or self.session.contributions is None:
            return None
        hit = triangle.hit(place)
        if hit is None or not self.whole:
            return hit and (self.shown_row(), hit[1])
        return hit if triangle.rows[hit[0]] <= self._drawn[1] else None

    def _select(self, index: int, k: int) -> None:
        """Selects step k, and how much of it reaches the step of that row."""
        name, trace, found = self.memory, self.session.trace, self.session.contributions
        row = next((row.name for row in trace.scan.cell.rows if name in row.shown), None)
        if row is not None and found is not None:
            at = int(found.rows[index])
            self.session.select(Selection(row + key_of(trace, trace.scan), k, record=name, reaches=at))

    def own_keys(self) -> frozenset[Qt.Key]:
        if self.session.contributions is None:
            return frozenset()
        with_cell = () if self._at is None else (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
        return frozenset((*(_ARROWS if self.whole else _SIDEWAYS), *with_cell))

    def key(self, key: Qt.Key) -> bool:
        if key not in self.own_keys():
            return False
        if key == Qt.Key.Key_Escape:
            self._at = None
        elif key not in _ARROWS and self._at is not None:
            self._select(*self._at)
        elif self.session.contributions is not None:
            self._move(self.session.contributions.rows, *_ARROWS[key])
        self.canvas.update()
        return True

    def _move(self, rows: np.ndarray, up: int, right: int) -> None:
        """To the next cell; from none to the first of the last row in sight."""
        shown = int(np.searchsorted(rows, self.now()[1], side="right")) if self.whole else self.shown_row() + 1
        if not shown:
            return
        if self._at is None:
            self._at = (shown - 1, self.before + 1)
        else:
            index = min(max(self._at[0] + up, 0), shown - 1)
            self._at = (index, min(max(self._at[1] + right, self.before + 1), int(rows[index])))
        self.session.columns.reveal(self._at[1])


def row_texts(log: float) -> tuple[str, ...]:
    """A factor of 10**log as its cell may say it, from longer to shorter."""
    if not -3.0 <= log < 3.0:
        return (power_of(log, 2),)
    value = 10.0**log
    return number(value, 3), number(value, 2), number(value, 2).removeprefix("0")
