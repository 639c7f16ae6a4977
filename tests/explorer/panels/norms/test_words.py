"""What the norms panel says and marks: the direction of each curve, the live column, the readout where the mouse is."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from core.experiment import Experiment
from explorer.items.plots.clear import crosses
from explorer.items.plots.norms import Curve
from explorer.panels.norms.panel import NormsPanel
from explorer.panels.norms.words import in_words, reach_in_words, saturated_in_words
from explorer.session.session import Session
from tests.explorer.pixels import pixels, shot


@pytest.mark.parametrize(
    ("logs", "words"),
    [
        ([1.0, 0.0, 2.0], "the norm falls from 100 at t = 3 to 10 at t = 1."),
        ([-1.0, 0.0, -2.0], "the norm grows from 0.01 at t = 3 to 0.1 at t = 1."),
        ([2.0, 0.0, 1.0], "the norm grows from 10 at t = 3 to 100 at t = 1."),
        ([0.0, -3.0, 0.04], "the norm stays near 1.1 from t = 3 to t = 1."),
        ([-np.inf, 0.0, 2.0], "the norm is 100 at t = 3 and 0 at t = 1."),
        ([2.0], "the norm is 100 at t = 1."),
    ],
)
def test_a_sentence_says_where_the_norm_goes_on_its_way_back(logs, words):
    curve = Curve(np.array(logs), "tanh", "#000000", "#000000", 1.0, True, name="s")
    assert in_words([curve], {"s": "∂L/∂s"}) == f"tanh, ∂L/∂s: {words}"


@pytest.fixture
def shown(show_panel):
    return show_panel(NormsPanel(), Session(Experiment()), 990, 180)


def test_the_live_column_alone_is_shaded(shown):
    panel, session = shown
    session.seek_to("forward", 6)
    picture, plain = pixels(shot(panel)), QColor(session.theme.panel)
    plain_pixel = [plain.blue(), plain.green(), plain.red()]

    def shaded(t: int) -> float:
        """The share of a column's middle that is not the card's ground; nothing is plotted yet."""
        x, plot = round(session.columns.x(t)), panel.plot
        part = picture[round(plot.top()) + 2 : round(plot.bottom()) - 2, x - 2 : x + 3]
        return float((part != plain_pixel).any(axis=2).mean())

    assert shaded(6) == 1.0
    assert shaded(5) < 0.3 and shaded(7) < 0.3


def test_the_readout_is_where_the_mouse_is_or_in_the_middle(shown, monkeypatch):
    panel, session = shown
    session.seek(session.timeline.complete)
    places: list[QPointF] = []
    monkeypatch.setattr(panel, "draw_readout", lambda painter, place, *rest: places.append(place))
    plot: QRectF = panel.plot
    for y in (plot.top() + 5.0, plot.bottom() - 5.0):
        panel.hover(QPointF(session.columns.x(4), y))
        panel.canvas.repaint()
        assert places[-1].y() == y and abs(places[-1].x() - session.columns.x(4)) <= 1.0
    panel.hover(None)
    panel._at = 9
    panel.canvas.repaint()
    assert places[-1].y() == pytest.approx(plot.center().y()) and abs(places[-1].x() - session.columns.x(9)) <= 1.0


@pytest.mark.parametrize(("height", "in_header"), [(112, True), (420, False)])
def test_where_the_plot_is_too_low_the_factor_stands_beside_the_title(show_panel, height, in_header):
    panel, session = show_panel(NormsPanel(), Session(Experiment()), 734, height)
    session.seek(session.timeline.complete)
    shot(panel)
    bracket = panel.bracket(panel._frame, panel.reached)
    logs = panel._curves[-1].logs
    assert bracket.factor == f"÷ {10.0 ** (logs[-1] - logs[0]):.0f}" and bracket.steps == "in 13 steps"
    place = panel.pointed("bracket")
    assert not place.isEmpty() and (place.bottom() <= panel.plot.top()) is in_header
    if in_header:
        free = panel.header.geometry()
        assert place.left() >= free.left() and place.right() <= min(
            button.mapTo(panel, button.rect().topLeft()).x() for button in panel.header.buttons.values()
        )
        box = place.toAlignedRect()
        inked = pixels(shot(panel))[box.top() : box.bottom(), box.left() : box.right()].reshape(-1, 3)
        session.seek_to("forward", 3)
        blank = pixels(shot(panel))[box.top() : box.bottom(), box.left() : box.right()].reshape(-1, 3)
        assert len(np.unique(inked, axis=0)) > len(np.unique(blank, axis=0)) + 5


@pytest.mark.parametrize("cell", ["tanh", "relu", "lstm", "gru"])
@pytest.mark.parametrize("height", [150, 260])
def test_what_is_written_among_the_curves_is_on_none_of_them(show_panel, cell, height):
    """The bracket's words and the pinned runs' labels, for many seeds of this run and of the pinned ones."""
    panel, session = show_panel(NormsPanel(), Session(Experiment(cell=cell)), 734, height)
    session.seek(session.timeline.complete)
    for seed in range(1, 9):
        session.change(weight_seed=seed, w_gain=0.3 * seed)
        session.update()
        if seed in (2, 4):
            session.pin()
        shot(panel)
        bracket = panel.bracket(panel._frame, panel.reached)
        place = QRectF() if bracket is None else bracket.text_place(*panel._bracket_room(panel._frame))[0]
        for box in [place, *(box for _, box, _ in panel._pin_labels)]:
            assert box.isEmpty() or not any(crosses(line, box, 0.0) for line in panel._lines), (seed, box)


@pytest.mark.parametrize(
    ("half", "percent", "said"),
    [
        (None, None, "At every step more than half of the gradient is left."),
        (1, None, "1 step back half of the gradient is left, and at every step more than 1 %."),
        (3, None, "3 steps back half of the gradient is left, and at every step more than 1 %."),
        (1, 9, "1 step back half of the gradient is left, 9 steps back 1 %."),
    ],
)
def test_how_far_it_reaches_in_words(half, percent, said):
    whole, short = reach_in_words(half, percent)
    assert whole == said and len(short) < len(whole) and not short.endswith(".")


@pytest.mark.parametrize(
    ("slopes", "gates", "said"),
    [
        (0.0, math.nan, ("0 % of the slopes are below 0.1.", "0 % of slopes < 0.1")),
        (0.004, math.nan, ("< 1 % of the slopes are below 0.1.", "< 1 % of slopes < 0.1")),
        (math.nan, 0.2, ("20 % of the gates are within 0.1 of 0 or 1.", "20 % of gates within 0.1 of 0 or 1")),
        (
            0.996,
            0.345,
            (
                "> 99 % of the slopes are below 0.1, 34 % of the gates within 0.1 of 0 or 1.",
                "> 99 % of slopes < 0.1, 34 % of gates within 0.1 of 0 or 1",
            ),
        ),
        (math.nan, math.nan, ()),
    ],
)
def test_what_is_saturated_in_words(slopes, gates, said):
    assert saturated_in_words(slopes, gates) == said


def test_the_header_says_both_where_there_is_room(drive):
    driver = drive(Experiment(), (1920, 1080))
    driver.session.seek(driver.session.timeline.complete)
    driver.settle()
    _, first, second = driver.window.panels["norms"].header._more
    assert first.text() == "2 steps back half of the gradient is left, 10 steps back 1 %."
    assert second.text() == "7 % of the slopes are below 0.1." and second.toolTip() == second.text()
    assert first.isVisible() and second.isVisible()
    driver.window.resize(960, 600)
    driver.settle()
    header = driver.window.panels["norms"].header
    shown = [each for each in header.children() if isinstance(each, QWidget) and each.isVisible()]
    assert all(each.width() >= each.sizeHint().width() for each in shown)
    driver.session.change(structure="n-n")
    driver.settle()
    assert first.text() == ""  # of several losses together there is no one place where it begins
    driver.session.set_view(share_at=9)
    driver.settle()
    assert first.text() != ""


def test_nothing_is_said_of_a_pass_before_it_is_through(drive):
    driver = drive(Experiment(), (1920, 1080))
    session = driver.session
    _, reach, saturated = driver.window.panels["norms"].header._more
    line = session.timeline
    for position in (*range(line.last + 1), *reversed(range(line.last + 1))):
        session.seek(float(position))
        driver.settle()
        assert bool(saturated.text()) == (position >= line.beats), position
        assert bool(reach.text()) == (line.backward_done(position) == line.beats), position
