"""The timeline: the line of beats as spans that can be dragged, and the controls of the player."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from core.timeline.timeline import ACCUMULATE, BACKWARD, FORWARD, LOSS, UPDATE
from explorer.panels.base import Listening, Panel
from explorer.session.player import SPEEDS, Player
from explorer.session.session import Change, Session
from explorer.style.theme import Theme
from explorer.widgets.painted import Painted, draw_card
from explorer.widgets.transport import TransportButton

SHORT = 46.0  # px of a span that has one beat
GAP = 5.0
ONE_BEAT = (LOSS, ACCUMULATE, UPDATE)


class TimelinePanel(Panel):
    """Transport buttons, the line, speed and loop."""

    name = "timeline"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.player: Player | None = None
        self.line = Line(self)
        tr = self.tr
        self.back = TransportButton("back", tr("One step back"), "←", self)
        self.play = TransportButton("play", tr("Play"), tr("Space"), self)
        self.on = TransportButton("on", tr("One step forward"), "→", self)
        self.start = TransportButton("start", tr("To the beginning of this pass"), "PgUp", self)
        self.end = TransportButton("end", tr("To the end of this pass"), "PgDn", self)
        self.speed = TransportButton("text", tr("Speed: a click is faster, a right-click slower"), "+  −", self)
        self.loop = TransportButton("loop", tr("Loop: begin again at the end"), "L", self)
        self.loop.setCheckable(True)
        self.train = QToolButton()
        self.train.setText(tr("Train  T"))
        self.train.setToolTip(
            tr(
                "Train: updates of this network's parameters, one after the other.\nA click starts or pauses it (T). "
                "Ctrl+T trains the pinned runs along, as many updates each."
            )
        )
        self.train.setAccessibleName(tr("Train"))
        self.train.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.train.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.train.clicked.connect(lambda: self.session.trainer.toggle())
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(4)
        for button in (self.start, self.back, self.play, self.on, self.end):
            row.addWidget(button)
        row.addSpacing(10)
        row.addWidget(self.line, 1)
        row.addSpacing(10)
        row.addWidget(self.speed)
        row.addWidget(self.loop)
        row.addWidget(self.train)

    def listens(self, session: Session) -> Listening:
        yield from super().listens(session)
        yield session.trainer.changed, self._on_trainer

    def _on_trainer(self) -> None:
        running = self.session.trainer.running
        self.train.setText(self.tr("Pause  T") if running else self.tr("Train  T"))

    def set_player(self, player: Player) -> None:
        """The player whose controls these are."""
        self.player = player
        self.back.clicked.connect(lambda: player.step(-1))
        self.on.clicked.connect(lambda: player.step(1))
        self.play.clicked.connect(player.toggle)
        self.start.clicked.connect(lambda: player.jump(-1))
        self.end.clicked.connect(lambda: player.jump(1))
        self.speed.clicked.connect(self._next_speed)
        self.speed.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.speed.customContextMenuRequested.connect(lambda: player.change_speed(-1))
        self.loop.clicked.connect(player.toggle_loop)
        self.line.grabbed.append(player.pause)
        player.changed.connect(self._on_player)
        self._on_player()

    def _next_speed(self) -> None:
        assert self.player is not None
        if self.player.speed == SPEEDS[-1]:
            self.player.set_speed(SPEEDS[0])
        else:
            self.player.change_speed(1)

    def _on_player(self) -> None:
        assert self.player is not None
        self.play.kind = "pause" if self.player.playing else "play"
        self.play.setAccessibleName(self.tr("Pause") if self.player.playing else self.tr("Play"))
        self.speed.setText(f"{self.player.speed:g}×")
        self.loop.setChecked(self.player.loop)
        self.play.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where it is narrow, what a key does as well makes room for the line."""
        if self.session is None:
            return
        width = event.size().width() / self.session.theme.enlarged.font_px
        for button, least in ((self.start, 36), (self.end, 36), (self.loop, 30), (self.speed, 30)):
            button.setVisible(width >= least)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.session is None:
            return
        theme = self.session.theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw_card(painter, QRectF(self.rect()), theme)

    def refresh(self, flags: Change) -> None:
        if flags & (Change.RUN | Change.THEME):
            theme = self.session.theme.enlarged
            self.line.show_session(self.session)
            for button in (self.back, self.play, self.on, self.start, self.end, self.speed, self.loop):
                button.set_theme(theme)
            self.setFixedHeight(round(theme.font_px * 4.4))

    def show_time(self, position: float) -> None:
        phase = self.session.time.phase
        if self.play.phase != phase:
            self.play.phase = phase
            self.play.update()
        self.line.update()


class Line(Painted):
    """The spans of the phases. Within forward and backward the px are shared evenly among the steps."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session: Session | None = None
        self.grabbed: list = []  # called when the user takes the playhead
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(200)
        self.setAccessibleName(self.tr("Timeline"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_session(self, session: Session) -> None:
        self._session = session
        self.setAccessibleDescription(self._words(session))
        self.set_theme(session.theme)

    def _words(self, session: Session) -> str:
        text = self.tr("forward, loss, backward, sum and update, from left to right; ← and → step")
        sweeps = len(session.timeline.sweeps)
        if sweeps == 1:
            return text
        return self.tr("{text}; each pass goes over the steps {n} times, layer by layer").format(text=text, n=sweeps)

    # --- geometry ---
    def spans(self) -> list[tuple[str, float, float, int, int]]:
        """(phase, left, right, first beat, last beat) in px; the one-beat phases have a fixed width."""
        assert self._session is not None
        declared = self._session.timeline.spans()
        shorts = sum(phase in ONE_BEAT for phase, _, _ in declared)
        ends = self._session.theme.enlarged.font_px * 0.7 + 4  # the handle's radius
        short = min(SHORT, self.width() * 0.11)
        room = self.width() - 2 * ends - shorts * (short + GAP) - GAP
        found, x = [], ends
        for phase, first, last in declared:
            width = short if phase in ONE_BEAT else room / 2
            found.append((phase, x, x + width, first, last))
            x += width + GAP
        return found

    def x(self, position: float) -> float:
        """px of a position on the line."""
        for _, left, right, first, last in self.spans():
            if position <= last:
                share = max(0.0, position - (first - 1)) / (last - first + 1)
                return left + share * (right - left)
        return self.spans()[-1][2]

    def position(self, x: float) -> float:
        """The position under a px."""
        for _, left, right, first, last in self.spans():
            if x <= right + GAP / 2:
                share = min(max((x - left) / (right - left), 0.0), 1.0)
                return first - 1 + share * (last - first + 1)
        return float(self.spans()[-1][4])

    # --- painting ---
    def paint(self, painter: QPainter, theme: Theme) -> None:
        session = self._session
        assert session is not None
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = {FORWARD: theme.forward, LOSS: theme.loss, BACKWARD: theme.backward, ACCUMULATE: theme.muted,
                   UPDATE: theme.loss}  # fmt: skip
        titles = {
            FORWARD: self._title(self.tr("forward"), session),
            LOSS: self.tr("loss"),
            BACKWARD: self._title(self.tr("backward"), session),
            ACCUMULATE: self.tr("sum"),
            UPDATE: self.tr("update"),
        }
        middle = self.height() * 0.66
        bar = theme.font_px * 1.25
        here = self.x(session.position)
        painter.setFont(self._type.plain)
        for phase, left, right, first, last in self.spans():
            box = QRectF(left, middle - bar / 2, right - left, bar)
            pale = QColor(colours[phase])
            pale.setAlpha(52)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(pale)
            painter.drawRoundedRect(box, 4, 4)
            if here > left:
                painter.save()
                painter.setClipRect(QRectF(left, 0, min(here, right) - left, self.height()))
                painter.setBrush(QColor(colours[phase]))
                painter.drawRoundedRect(box, 4, 4)
                painter.restore()
            self._ticks(painter, box, last - first + 1, QColor(theme.panel))
            if phase in (FORWARD, BACKWARD):
                self._sweeps(painter, box, phase == BACKWARD, session, QColor(theme.panel))
            painter.setPen(QColor(theme.muted))
            room = (self.width() if last == session.timeline.last else right + GAP) - left
            top = QRectF(left, 0, room, middle - bar / 2)
            words = (titles[phase], titles[phase].partition(",")[0])  # the short one where there is little room
            title = next((text for text in words if painter.fontMetrics().horizontalAdvance(text) <= top.width()), "")
            painter.drawText(top, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)
        painter.setPen(QPen(QColor(theme.ink), 2))
        painter.setBrush(QColor(theme.panel))
        painter.drawEllipse(QPointF(here, middle), bar * 0.56, bar * 0.56)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.focus), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(here, middle), bar * 0.56 + 3, bar * 0.56 + 3)

    def _title(self, name: str, session: Session) -> str:
        """ "forward"; "forward, 2 sweeps" where a pass goes over the steps more than once."""
        sweeps = len(session.timeline.sweeps)
        return name if sweeps == 1 else self.tr("{name}, {n} sweeps").format(name=name, n=sweeps)

    @staticmethod
    def _sweeps(painter: QPainter, box: QRectF, back: bool, session: Session, colour: QColor) -> None:
        """A cut through the bar between one sweep and the next."""
        lengths = [last - first + 1 for first, last in session.timeline.sweeps]
        painter.setPen(QPen(colour, 2.5))
        done = 0
        for length in (lengths[::-1] if back else lengths)[:-1]:
            done += length
            x = box.x() + done * box.width() / sum(lengths)
            painter.drawLine(QPointF(x, box.y()), QPointF(x, box.bottom()))

    def _ticks(self, painter: QPainter, box: QRectF, beats: int, colour: QColor) -> None:
        """A notch between beats where there is room for them."""
        if beats < 2 or box.width() / beats < 7:
            return
        colour.setAlpha(150)
        painter.setPen(QPen(colour, 1))
        for k in range(1, beats):
            x = box.x() + k * box.width() / beats
            painter.drawLine(QPointF(x, box.y() + 4), QPointF(x, box.bottom() - 4))

    # --- mouse and keys ---
    def _drag(self, x: float) -> None:
        assert self._session is not None
        for grabbed in self.grabbed:
            grabbed()
        self._session.seek(self.position(x))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._session is not None:
            self._drag(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton and self._session is not None:
            self._drag(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A released playhead rests on a whole beat."""
        if event.button() == Qt.MouseButton.LeftButton and self._session is not None:
            self._session.seek(round(self._session.position))
