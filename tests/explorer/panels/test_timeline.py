"""The timeline panel under a real mouse and keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication

from core.cells import CELLS
from core.timeline.timeline import ACCUMULATE, BACKWARD, FORWARD, LOSS, UPDATE
from explorer.panels.timeline.panel import TimelinePanel
from explorer.session.player import SPEEDS, Player
from explorer.session.session import Session
from explorer.style.stylesheet import stylesheet
from explorer.style.theme import THEMES, theme_named
from explorer.widgets.transport import TransportButton
from tests.explorer.suited import suited_to

# The offscreen platform says so whenever a window's least size changes.
LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key


class Desk:
    def __init__(self, qtbot, theme="light", width=900, **fields):
        self.now = 0.0
        self.session = Session(suited_to(**{"cell": "tanh", "hidden": 2, **fields}), theme)
        self.player = Player(self.session, lambda: self.now)
        self.player._timer.stop()
        self.panel = TimelinePanel()
        self.line = self.panel.line
        qtbot.addWidget(self.panel)
        self.panel.setStyleSheet(stylesheet(theme_named(theme)))
        self.panel.set_player(self.player)
        self.panel.bind(self.session)
        self.panel.resize(width, 64)
        with qtbot.waitActive(self.panel):
            self.panel.show()
            self.panel.activateWindow()
        while self.session.busy:
            self.player.frame()

    def frames(self, seconds):
        for _ in range(round(seconds / 0.02)):
            self.now += 0.02
            self.player.frame()

    def point(self, position) -> QPoint:
        return QPoint(round(self.line.x(position)), round(self.line.height() * 0.66))


@pytest.fixture
def desk(qtbot):
    return lambda **fields: Desk(qtbot, **fields)


@pytest.mark.parametrize("steps", [1, 14, 1000])
@pytest.mark.parametrize("width", [480, 900, 1900])
def test_px_and_positions_are_inverse(desk, steps, width):
    made = desk(steps=steps, width=width)
    last = made.session.timeline.last
    for k in range(201):
        position = last * k / 200
        assert made.line.position(made.line.x(position)) == pytest.approx(position, abs=1e-6)
    xs = [made.line.x(last * k / 200) for k in range(201)]
    assert xs == sorted(xs)
    assert made.line.position(-50) == 0.0
    assert made.line.position(width * 2) == last
    assert xs[0] >= 0 and xs[-1] <= made.line.width()


def test_the_spans_are_the_line_s_phases_from_left_to_right(desk):
    made = desk(steps=14)
    spans = made.line.spans()
    assert [span[0] for span in spans] == [FORWARD, LOSS, BACKWARD, ACCUMULATE, UPDATE]
    edges = [edge for _, left, right, _, _ in spans for edge in (left, right)]
    assert edges == sorted(edges)
    forward, backward = spans[0], spans[2]
    assert forward[2] - forward[1] == pytest.approx(backward[2] - backward[1])


@pytest.mark.parametrize("beat", [0, 1, 7, 14, 15, 16, 22, 29, 30, 31])
def test_a_click_goes_to_the_beat(desk, qtbot, beat):
    made = desk(steps=14)
    made.session.seek(5.0 if beat != 5 else 6.0)
    qtbot.mouseClick(made.line, LEFT, pos=made.point(beat))
    assert made.session.position == beat


def test_a_drag_follows_the_hand_and_rests_on_a_whole_beat(desk, qtbot):
    made = desk(steps=14)
    qtbot.mousePress(made.line, LEFT, pos=made.point(3.0))
    seen = []
    for position in (3.3, 6.4, 14.9, 20.3, 8.6):
        qtbot.mouseMove(made.line, made.point(position))
        seen.append(made.session.position)
    assert seen == pytest.approx([3.3, 6.4, 14.9, 20.3, 8.6], abs=0.06)
    qtbot.mouseRelease(made.line, LEFT, pos=made.point(8.6))
    assert made.session.position == 9.0


def test_a_drag_beyond_the_ends_stays_on_the_line(desk, qtbot):
    made = desk(steps=4)
    qtbot.mousePress(made.line, LEFT, pos=made.point(2))
    qtbot.mouseMove(made.line, QPoint(made.line.width() + 300, 5))
    assert made.session.position == made.session.timeline.last
    qtbot.mouseMove(made.line, QPoint(-300, 5))
    assert made.session.position == 0
    qtbot.mouseRelease(made.line, LEFT, pos=QPoint(0, 5))
    assert made.session.position == 0


def test_the_other_buttons_of_the_mouse_do_not_move_it(desk, qtbot):
    made = desk()
    for button in (Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton):
        qtbot.mouseClick(made.line, button, pos=made.point(9))
        assert made.session.position == 0.0
    qtbot.mouseMove(made.line, made.point(4))
    assert made.session.position == 0.0


def test_a_hand_on_the_line_pauses(desk, qtbot):
    made = desk(steps=14)
    qtbot.mouseClick(made.panel.play, LEFT)
    made.frames(1.0)
    assert made.player.playing
    qtbot.mouseClick(made.line, LEFT, pos=made.point(9))
    assert not made.player.playing
    made.frames(1.0)
    assert made.session.position == 9


def test_the_buttons_of_the_transport(desk, qtbot):
    made = desk(steps=4)
    panel = made.panel
    seen = []
    for button in (panel.on, panel.on, panel.back, panel.end, panel.end, panel.end, panel.start, panel.start):
        qtbot.mouseClick(button, LEFT)
        seen.append(made.session.position)
    assert seen == [1, 2, 1, 4, 5, 9, 5, 4]


def test_play_says_what_it_will_do(desk, qtbot):
    made = desk(steps=1)
    assert made.panel.play.accessibleName() == "Play"
    qtbot.mouseClick(made.panel.play, LEFT)
    assert made.player.playing
    assert (made.panel.play.kind, made.panel.play.accessibleName()) == ("pause", "Pause")
    made.frames(8)
    assert not made.player.playing and made.session.position == made.session.timeline.last
    assert (made.panel.play.kind, made.panel.play.accessibleName()) == ("play", "Play")


def test_speed_goes_round_and_back_by_the_right_button(desk, qtbot):
    made = desk()
    seen = []
    for _ in range(len(SPEEDS)):
        qtbot.mouseClick(made.panel.speed, LEFT)
        seen.append(made.panel.speed.text())
    assert seen == ["2×", "4×", "8×", "0.25×", "0.5×", "1×"]
    place = made.panel.speed.rect().center()
    where = made.panel.speed.mapToGlobal(place)
    QApplication.sendEvent(made.panel.speed, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, where))
    assert made.player.speed == 0.5


def test_loop_is_seen_on_its_button(desk, qtbot):
    made = desk()
    qtbot.mouseClick(made.panel.loop, LEFT)
    assert made.player.loop and made.panel.loop.isChecked()
    made.player.toggle_loop()
    assert not made.panel.loop.isChecked()


def test_every_control_is_reached_by_the_keyboard(desk, qtbot):
    made = desk()
    panel = made.panel
    made.line.setFocus()
    reached = []
    for _ in range(12):
        reached.append(QApplication.focusWidget())
        qtbot.keyClick(QApplication.focusWidget(), Key.Key_Tab)
    for control in (made.line, panel.start, panel.back, panel.play, panel.on, panel.end, panel.speed, panel.loop):
        assert control in reached
        assert control.accessibleName()
    panel.on.setFocus()
    qtbot.keyClick(panel.on, Key.Key_Space)
    assert made.session.position == 1


def test_the_focus_is_seen(desk):
    made = desk()
    for widget in (made.line, made.panel.on, made.panel.play):
        made.panel.setFocus()
        without = widget.grab().toImage()
        widget.setFocus()
        assert widget.hasFocus()
        assert widget.grab().toImage() != without


def test_the_picture_follows_the_playhead(desk):
    made = desk(steps=14)
    pictures = []
    for position in (0, 3.5, 15, 22, 30, 31):
        made.session.seek(position)
        pictures.append(made.line.grab().toImage())
    assert all(pictures[k] != pictures[k + 1] for k in range(5))
    made.session.seek(3.5)
    assert made.line.grab().toImage() == pictures[1]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("steps", [1, 20, 1000])
def test_it_paints_in_every_theme(desk, theme, steps):
    made = desk(theme=theme.name, steps=steps)
    for position in (0, 0.5, steps, steps + 1, steps + 1.5, 2 * steps + 2, 2 * steps + 2.5, 2 * steps + 3):
        made.session.seek(position)
        assert not made.panel.grab().isNull()


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_another_run_has_another_line(desk, cell):
    made = desk(steps=14, cell=cell.name)
    made.session.change(steps=3)
    made.session.update()
    assert made.line.spans()[-1][4] == 9
    assert not made.panel.grab().isNull()


def test_nothing_can_break_it_before_it_is_bound(qtbot):
    panel = TimelinePanel()
    qtbot.addWidget(panel)
    panel.resize(800, 60)
    panel.show()
    qtbot.mouseClick(panel.line, LEFT, pos=QPoint(100, 10))
    assert not panel.grab().isNull()


def test_another_run_paints_no_button_anew(qtbot, monkeypatch):
    desk = Desk(qtbot, steps=5)
    QApplication.processEvents()
    painted: list[str] = []
    monkeypatch.setattr(TransportButton, "update", lambda button: painted.append(button.kind))
    desk.session.change(w_gain=0.7)
    desk.session.update()
    assert not painted
    desk.session.set_theme("dark")
    assert painted
