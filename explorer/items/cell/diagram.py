"""The picture of a cell's interior: a ground made once a step, and on it what the passes have done."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.interior.diagram import Interior
from explorer.items.cell.layout import CellLayout
from explorer.items.cell.norms import NormEntry, NormTable
from explorer.items.cell.order import ReadingOrder
from explorer.items.cell.painter import LONE_NORM, WIDEST_NORM, CellPainter, Drawn, norm_font
from explorer.items.cell.routes import nets
from explorer.items.cell.scene import CellStep, Progress
from explorer.items.cell.tags import tags
from explorer.items.pixmaps import painted
from explorer.items.plots.readout import draw_readout
from explorer.style.numbers import number
from explorer.style.theme import Theme
from explorer.widgets.painted import Painted
from explorer.words import in_language

NONE: frozenset[str] = frozenset()
NOTHING = Progress(NONE)


class CellDiagram(Painted):
    """Shows a `CellStep` as far as a `Progress` says. Knows no session; `chosen` tells the node that was clicked."""

    chosen = Signal(str)
    followed = Signal(int)  # the way in from outside that was clicked
    zooms = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.builds = 0  # how often a ground was painted; tests count it
        self.accessible_items: object | None = (
            None  # its nodes and edges for a screen reader, see explorer.widgets.accessible
        )
        self.step: CellStep | None = None
        self.progress = NOTHING
        self.selected = self.focused = ""
        self._layout: Drawn | None = None
        self._painter: CellPainter | None = None  # of this step and layout; it keeps what it has painted
        self._ground: QPixmap | None = None
        self._mouse: QPointF | None = None
        self.norms = NormTable(self)
        self._waiting: tuple[tuple[str, ...], frozenset[str], str, bool] | None = None

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 190)

    # --- what is shown ---
    def show_step(self, step: CellStep | None, theme: Theme) -> None:
        """Another step, another run, another theme."""
        if step is None or self.step is None or self._theme is not theme or _shape(step) != _shape(self.step):
            self._layout = None
        self.step, self._ground, self._painter = step, None, None
        self.norms.set_theme(theme)
        self.set_theme(theme)

    def show_progress(self, progress: Progress) -> None:
        """How far the passes have come within the step."""
        if progress != self.progress:
            self.progress = progress
            self.update()
        if self.step is not None:
            self.norms.set_data([self._norm_entry(name) for name in ordered(self.step.interior)])

    def _norm_entry(self, name: str) -> NormEntry:
        step, progress = self.step, self.progress
        assert step is not None
        value = step.norm(name) if name in progress.forward else None
        return NormEntry(step.symbols[name], value, step.gradient_norm(name) if name in progress.gradients else None)

    def _place_norms(self, layout: CellLayout) -> None:
        """In the free corner, where the boxes have no room for them, and it has room for all."""
        self.norms.place(() if layout.norm_room else layout.free())
        if not self.norms.complete:
            self.norms.hide()

    def mark(self, selected: str, focused: str) -> None:
        """The selected node, and the one that has the keyboard's focus."""
        self.selected, self.focused = selected, focused
        self.update()

    def show_order(self, order: tuple[str, ...] = (), done: frozenset[str] = NONE, waiting: str = "",
                   backward: bool = False) -> None:  # fmt: skip
        """Numbers the operations in the order in which they are read, and frames the one that waits; () ends it."""
        found = (order, done, waiting, backward) if order else None
        if found != self._waiting:
            self._waiting = found
            self.update()

    @property
    def interior(self) -> Interior | None:
        """The diagram on show."""
        return self.step.interior if self.step else None

    def cell_layout(self) -> CellLayout:
        """Where everything lies now."""
        return self._made().layout

    def _made(self) -> Drawn:
        assert self.step is not None and self._theme is not None
        if self._layout is None:
            line = self._theme.small_px * 1.3
            room = self.inner_rect().adjusted(4, 2, -4, -4)
            names = max(map(self._type.width, self.step.ways_in), default=0.0)
            norm = QFontMetricsF(norm_font(self.font(), self._theme)).horizontalAdvance(WIDEST_NORM)
            lone = QFontMetricsF(norm_font(self.font(), self._theme, True)).horizontalAdvance(LONE_NORM)
            layout = CellLayout(self.step.interior, room, line, names, norm, lone)
            ways = nets(layout)
            self._layout = Drawn(layout, ways, tags(layout, ways, self.step.several))
            self._place_norms(layout)
        return self._layout

    # --- painting ---
    def paint(self, painter: QPainter, theme: Theme) -> None:
        if self.step is None:
            return
        drawn = self._made()
        if self._painter is None or self._painter.drawn is not drawn:
            self._painter = CellPainter(drawn, self.step, theme, self.font())
        drawing = self._painter
        if self._ground is None:
            self._ground = self._paint_ground(drawing, theme)
        painter.drawPixmap(0, 0, self._ground)
        drawing.done(painter, self.progress)
        if self.selected:
            drawing.mark(painter, self.selected, QColor(theme.ink), theme.selected)
        if self.focused and self.focused != self.selected:
            drawing.mark(painter, self.focused, QColor(theme.focus), 1.6)
        if self._waiting is not None:
            order, done, waiting, backward = self._waiting
            colour = theme.backward_text if backward else theme.forward_text
            ReadingOrder(drawing.layout, order, self.font(), theme).draw(painter, done, waiting, colour)
        self._readout(painter, drawing, theme)

    def _paint_ground(self, drawing: CellPainter, theme: Theme) -> QPixmap:
        self.builds += 1
        return painted(self.inner_size(), self.ratio(), drawing.ground, QColor(theme.panel))

    def _readout(self, painter: QPainter, drawing: CellPainter, theme: Theme) -> None:
        """The node under the mouse: its name and its norms; between nodes what goes back along the edge."""
        if self.step is None or self._mouse is None:
            return
        name = drawing.layout.under(self._mouse)
        if name is None:
            self._edge_readout(painter, drawing, theme)
            return
        rows, heading = [], self.step.symbols[name]
        title = in_language(self.step.interior.by_name[name].title)
        if name in self.progress.forward:
            rows.append(("‖·‖", number(self.step.norm(name), 3), theme.forward_text))
        if name in self.progress.gradients:
            rows.append(("‖∇‖", number(self.step.gradient_norm(name), 3), theme.backward_text))
        text = f"{heading}  {title}" if title else heading
        draw_readout(painter, self._mouse, text, rows, drawing.small, self.inner_rect(), theme)

    def _edge_readout(self, painter: QPainter, drawing: CellPainter, theme: Theme) -> None:
        step, mouse = self.step, self._mouse
        assert step is not None and mouse is not None
        keys = drawing.edges_under(mouse, self.progress)
        if not keys:
            return
        source = step.symbols[next(iter(keys))[1]]
        if len(keys) == 1:
            text = f"→ {source}:  {step.edge_text(next(iter(keys)))}"
        else:
            text = self.tr("→ {name}:  sum of {n} addends").format(name=source, n=len(keys))
        rows = [("‖·‖", number(step.sum_norm(keys), 3), theme.backward_text)]
        draw_readout(painter, mouse, text, rows, drawing.small, self.inner_rect(), theme)

    def neighbour(self, name: str, right: int, down: int) -> str:
        """The nearest node in a direction from another, by their places; itself where there is none."""
        layout = self.cell_layout()
        here = layout.source(name).center()
        best, nearest = name, float("inf")
        for other in (*layout.boxes, *layout.signs):
            centre = layout.source(other).center()
            along = (centre.x() - here.x()) * right + (centre.y() - here.y()) * down
            aside = abs((centre.x() - here.x()) * down) + abs((centre.y() - here.y()) * right)
            if other != name and along > 4 and along + 2.5 * aside < nearest:
                best, nearest = other, along + 2.5 * aside
        return best

    # --- mouse and keys ---
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        before = self._mouse
        place = self.inner(event.position())
        self._mouse = place if self.step is not None else None
        over = self.step is not None and (
            self.cell_layout().under(place) is not None or self._inflow_at(place) is not None
        )
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
        if over or before is not None:
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._mouse = None
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.step is not None:
            place = self.inner(event.position())
            inflow = self._inflow_at(place)
            if inflow is not None:
                self.followed.emit(inflow)
            else:
                self.chosen.emit(self.cell_layout().under(place) or "")
        super().mousePressEvent(event)

    def _inflow_at(self, place: QPointF) -> int | None:
        return self._painter.inflow_under(place) if self._painter is not None else None

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._layout = self._ground = None


def ordered(diagram: Interior) -> list[str]:
    """What is passed on first, then what comes in, then back through the cell; constants have no norm worth reading."""
    made = [name for name in reversed(diagram.order) if name not in diagram.outgoing]
    kept = [name for name in made if diagram.by_name[name].recorded and diagram.by_name[name].held is None]
    incoming = [node.name for node in diagram.nodes if node.outside]
    return [*reversed(diagram.outgoing), *incoming, *kept]


def _shape(step: CellStep) -> tuple[Interior, tuple[str, ...], tuple[str, ...]]:
    """What the geometry depends on."""
    return step.interior, tuple(each.name for each in step.inflows), step.ways_in
