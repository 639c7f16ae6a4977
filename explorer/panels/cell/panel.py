"""The inside of one step: every gate, state and operation, forward and back, under the same playhead as the chain."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from core.interior.numbers import NEXT
from core.timeline.moment import Moment, beat_of
from core.timeline.timeline import BACKWARD
from explorer.items.cell.diagram import CellDiagram
from explorer.items.cell.scene import Progress
from explorer.panels.base import Listening, Panel
from explorer.panels.cell.accessible import CellItems
from explorer.panels.cell.beside import Beside
from explorer.panels.cell.doing import Doing, beginning, doing
from explorer.panels.cell.scene import OpenCell, open_cell
from explorer.panels.cell.words import at_work, note, sentence, title
from explorer.session.player import Player
from explorer.session.session import Change, Session
from explorer.widgets.accessible import announce
from explorer.widgets.card import repolish
from explorer.widgets.keys import keeps
from explorer.widgets.labels import text_label
from explorer.widgets.painted import draw_card


class CellPanel(Panel):
    """Takes the chain's place while a cell is open. Its numbers are made when it opens; a moving playhead only looks
    them up, and paints the ground of the diagram once a beat."""

    name = "cell"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(250)
        self.opened: OpenCell | None = None
        self.computed = 0  # how often core was asked for numbers; tests count it
        self.node = ""  # the one that the keyboard or the mouse was at last
        self._now = Moment(0, 0, 0.0, 0.0, "")
        self._progress: Progress | None = None
        self._equations: tuple[str, ...] = ()
        self._selected: tuple[tuple, str] | None = None
        self._player: Player | None = None
        self.doing: Doing | None = None  # the step, while its operations wait for their clicks
        self._build()
        self.back.clicked.connect(self._leave)
        self.diagram.chosen.connect(self._choose)
        self.diagram.followed.connect(self._follow)
        self.yourself.clicked.connect(self.toggle_doing)
        self.pair.clicked.connect(self.show_beside)

    def _build(self) -> None:
        self.diagram = CellDiagram(self)
        self.accessible_items = self.diagram.accessible_items = CellItems(self)
        self.back = QPushButton(self.tr("← chain"))
        self.back.setAccessibleName(self.tr("Back to the chain"))
        self.back.setToolTip(self.tr("Back to the chain (Backspace)"))
        self.where, self.equation = text_label("title"), text_label("status")
        self.equation.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.equation.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.yourself = QPushButton(self.tr("Do it yourself"))
        self.yourself.setCheckable(True)
        self.yourself.setToolTip(self.tr("Each operation waits for a click on it, in the order of its number (Y)"))
        self.beside = Beside(self.diagram, self)
        self.pair = QPushButton(self.tr("Beside"))
        self.pair.setCheckable(True)
        self.pair.setToolTip(self.tr("The same step of the next pinned run beside this one, on one scale (S)"))
        self.said = text_label("title")
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.said.hide()
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.hide()
        header = QHBoxLayout()
        header.setSpacing(10)
        header.addWidget(self.back)
        header.addWidget(QLabel("›"))
        header.addWidget(self.where)
        self.equation.installEventFilter(self)
        header.addWidget(self.equation, 1)
        header.addWidget(self.pair)
        header.addWidget(self.yourself)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 10)
        column.setSpacing(4)
        column.addLayout(header)
        column.addWidget(self.said)
        column.addWidget(self.note)
        column.addWidget(self.beside, 1)

    def _leave(self) -> None:
        self.session.leave()

    def set_player(self, player: Player) -> None:
        self._player = player

    def commands(self) -> Mapping[str, Callable[[], object]]:
        return {"do it yourself": self.toggle_doing, "beside": self.show_beside}

    # --- a second cell ---
    def show_beside(self) -> None:
        """The next pinned run's cell beside this one; after the last none."""
        if self.opened is None:
            self.session.message.emit(self.tr("Open a cell first: a double click on a node, or Enter."))
        else:
            refused = self.beside.choose_next(self.session)
            if refused:
                self.session.message.emit(refused)
            self.refresh(Change.VIEW)
        self.pair.setChecked(self.beside.other is not None)

    def chosen(self) -> int | None:
        return self.beside.number

    def choose(self, chosen: object) -> None:
        self.beside.number = chosen if isinstance(chosen, int) else None
        self.refresh(Change.VIEW)

    # --- do it yourself ---
    def toggle_doing(self) -> None:
        """Begins the step on show anew and waits for a click on each operation; or no longer waits."""
        if self.opened is None:
            self.session.message.emit(self.tr("Open a cell first: a double click on a node, or Enter."))
        if self.opened is None or self.doing is not None:
            self.doing = None
        else:
            self.doing = doing(self.opened, self._now, self.session)
            if self._player is not None:
                self._player.pause()
            self.session.seek(beginning(self.opened, self._now, self.session))
        self._show_doing()

    def _show_doing(self) -> None:
        """Numbers, frame and sentence, as far as the step has come."""
        if self.opened is None:
            self.doing = None
        if self.doing is not None and self.opened is not None:
            now = self.doing = doing(self.opened, self._now, self.session)
            self.diagram.show_order(now.order, now.finished, now.waiting, now.backward)
            self._say(now.sentences())
        else:
            self.diagram.show_order()
        self.yourself.setChecked(self.doing is not None)
        self.said.setVisible(self.doing is not None)
        self._write_equations()

    def _say(self, sentences: tuple[str, ...]) -> None:
        """The longest sentence that there is room for, in one line: the picture below it does not move."""
        metrics, room = self.said.fontMetrics(), self.width() - 26
        self.said.setText(next((each for each in sentences if metrics.horizontalAdvance(each) <= room), sentences[-1]))
        self.said.setToolTip(sentences[0])

    def _do(self, name: str) -> bool:
        """What a click on a node does while one waits: it is done, or something is said. False: nothing of that."""
        if self.doing is None or self._player is None or not name:
            return False
        if name == self.doing.waiting:
            self._player.operation(1)
            announce(self)
            return True
        refused = self.doing.refused(name)
        if refused:
            self._say((refused,))
        return bool(refused)

    # --- changes of the session ---
    def listens(self, session: Session) -> Listening:
        yield from super().listens(session)
        yield session.hunt_changed, self._update_note

    def refresh(self, flags: Change) -> None:
        """Everything anew, as far as it can be seen."""
        paired = Change.PINS if self.beside.number is not None else Change.RUN
        if not flags & (Change.RUN | Change.VIEW | Change.THEME | paired):
            return
        before = self.opened
        self.opened = open_cell(self.session)
        if self.opened is not None:
            self.opened = self.beside.open(self.session, self.opened)
            self.pair.setVisible(bool(self.session.pins))
            self.pair.setChecked(self.beside.other is not None)
        self._now, self._progress = Moment(0, 0, 0.0, 0.0, ""), None
        if self.opened is None:
            self._show_doing()
            return
        self.computed += 1
        if before is None or self.node not in self.opened.interior.by_name:
            self.node = ""
        self.show_time(self.session.position)

    def show_time(self, position: float) -> None:
        cell = self.opened
        if cell is None:
            return
        now = cell.whereabouts.at(position)
        progress = cell.progress(now)
        if now.t != self._now.t:
            self.diagram.show_step(cell.step(now.t), self.session.theme)
        changed = (now.t, now.live) != (self._now.t, self._now.live) or progress != self._progress
        self._now, self._progress = now, progress
        if not changed:
            return
        self.diagram.show_progress(progress)
        self.beside.show_time(cell, self.diagram.step, now, progress, self.session.theme)
        self._update_words()
        self.show_selection()

    def _update_words(self) -> None:
        """Words and equation: once an operation, not once a frame."""
        cell = self.opened
        assert cell is not None and self._progress is not None
        self.where.setText(title(cell, self._now))
        way = "none" if not self._now.live else "backward" if self._now.live == BACKWARD else "forward"
        if self.equation.property("direction") != way:
            self.equation.setProperty("direction", way)
            repolish(self.equation)
        self._update_note()
        if self.doing is not None:
            self._show_doing()
        else:
            self._write_equations()

    def _write_equations(self) -> None:
        """Those of the operation at work, or of the one that waits for its click."""
        if self.opened is None or self._progress is None:
            return
        asked = self.doing.equations() if self.doing is not None else None
        self._equations = at_work(self.opened, self._now, self._progress) if asked is None else asked
        self._show_equation()

    def _update_note(self) -> None:
        """What is not as it should be, in a sentence; its line stays where some steps of the sample have one."""
        cell = self.opened
        if cell is None:
            return
        text = note(cell, self._now.t, self.session) if self._now.t else ""
        if text != self.note.text():
            self.note.setText(text)
            self.note.setProperty("role", "muted" if self.session.trace.experiment.fault is None else "error")
            repolish(self.note)
        self.note.setVisible(bool(text) or cell.absent is not None)

    def _show_equation(self) -> None:
        """As many equations as the header has room for."""
        metrics, room = self.equation.fontMetrics(), self.equation.width() - 4
        shown = ""
        for text in self._equations:
            more = f"{shown},   {text}" if shown else text
            if metrics.horizontalAdvance(more) > room:
                break
            shown = more
        self.equation.setText(shown)
        self.equation.setToolTip(",  ".join(self._equations))

    def show_selection(self) -> None:
        """Marks the selected node and describes it to a screen reader."""
        cell, step, progress = self.opened, self.diagram.step, self._progress
        if cell is None or step is None or progress is None:
            return
        selected = self._selected_node(cell)
        if selected and self.session.selection != self._selection_of(self.node):
            self.node = selected
        self.diagram.mark(selected, self.node if self.hasFocus() or self.diagram.hasFocus() else "")
        name = title(cell, self._now)
        self.setAccessibleName(name)
        self.diagram.setAccessibleName(name)
        focused = self.node or cell.interior.outgoing[-1]
        said = self.said.text() + " " if self.doing is not None else ""
        pair = self.beside.sentence(cell, self._now)
        described = f"{pair} {said}{sentence(cell, step, focused, progress)} {self.note.text()}"
        self.setAccessibleDescription(described.strip())
        self.diagram.setAccessibleDescription(self.accessibleDescription())
        announce(self)

    def _selected_node(self, cell: OpenCell) -> str:
        """The node of the selection, looked up once for each."""
        key = cell, self.session.selection, self._now.column
        if self._selected is None or self._selected[0] != key:
            self._selected = key, cell.node(self.session.selection, self._now.column)
        return self._selected[1]

    def sentences(self) -> dict[str, str]:
        """One sentence for every node on show, by name."""
        cell, step, progress = self.opened, self.diagram.step, self._progress
        if cell is None or step is None or progress is None:
            return {}
        return {node.name: sentence(cell, step, node.name, progress) for node in cell.interior.nodes}

    # --- mouse and keys ---
    def _selection_of(self, name: str):
        return self.opened.selection(name, self._now.column) if self.opened is not None and name else None

    def _choose(self, name: str) -> None:
        """Selects a node, so that the inspector shows its arithmetic; "" clears the selection."""
        self._do(name)
        self.node = name
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.session.select(self._selection_of(name))
        self.show_selection()

    def _follow(self, k: int) -> None:
        """Goes where a gradient comes from: to the next step, or into the layer above at this one."""
        cell, step = self.opened, self.diagram.step
        if cell is None or step is None:
            return
        origin, column = step.inflows[k].origin, self._now.column
        if origin == NEXT:
            back = self._now.backward > 0.0
            session, column = self.session, column + cell.text.way
            session.seek(beat_of(session.trace, cell.scan.name, session.timeline, column, back))
        elif any(each.name == origin for each in cell.trace.scans):
            self.session.enter(origin, column)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._do(self.node):
            return
        key, shift = Qt.Key(event.key()), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        sides = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
        if self.opened is None or key not in sides or (key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and not shift):
            super().keyPressEvent(event)
            return
        self._choose(self.diagram.neighbour(self.node or self.opened.interior.outgoing[-1], *sides[key]))

    def event(self, event: QEvent) -> bool:
        own = {Qt.Key.Key_Up, Qt.Key.Key_Down}
        if self.doing is not None and self.node == self.doing.waiting:
            own |= {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        return keeps(event, frozenset(own)) or super().event(event)

    def focusInEvent(self, event) -> None:
        super().focusInEvent(event)
        self.show_selection()

    def focusOutEvent(self, event) -> None:
        super().focusOutEvent(event)
        self.show_selection()

    # --- Qt ---
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The words beside the equation may take other room without a change of the panel's own size."""
        if event.type() == QEvent.Type.Resize and self.opened is not None and self._progress is not None:
            self._show_equation()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.session is None:
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw_card(painter, QRectF(self.rect()), self.session.theme, self.hasFocus())
