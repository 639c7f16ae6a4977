"""The training panel: there while there is a training, following it, and the way back to every update."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.experiment import Experiment
from core.training.plan import Plan
from core.training.run import TrainingRun
from core.training.spikes import Spike as Jump
from explorer.items.plots.clear import crosses
from explorer.items.training.curves import Series, Spike, UpdateCurves
from explorer.items.training.film import MatrixFilm
from explorer.items.training.map import UpdateMap, columns_over
from explorer.items.training.over_updates import UpdateAxis
from explorer.panels.training import former, words
from explorer.panels.training.panel import TrainingPanel
from explorer.panels.training.view import Outcome
from explorer.panels.training.views import VIEWS, loss_series
from explorer.style.numbers import number
from explorer.style.theme import LIGHT, THEMES


@pytest.fixture
def driver(drive):
    made = drive(Experiment(steps=5, hidden=3), (1366, 900))
    made.session.trainer.set_plan(length=30, rate=0.05, validation=0.2, validate_every=5)
    made.settle()
    return made


def panel_of(driver) -> TrainingPanel:
    found = driver.window.panels["training"]
    assert isinstance(found, TrainingPanel)
    return found


def test_the_key_trains_and_the_panel_is_there(driver):
    panel = panel_of(driver)
    assert not panel.isVisible()
    driver.key(Qt.Key.Key_T)
    assert driver.session.trainer.updates == 30 and panel.isVisible()
    assert panel.state.text() == "update 30 of 30"
    assert panel.loss.last == panel.loss.at_update == 30
    assert panel.loss.best == driver.session.trainer.training.best.update
    assert "at the last" in panel.loss.accessibleDescription()
    driver.session.trainer.forget()
    driver.settle()
    assert not panel.isVisible()


def test_a_training_before_lies_faint_beside_the_present_one(driver):
    trainer, panel = driver.session.trainer, panel_of(driver)
    driver.key(Qt.Key.Key_T)
    first = trainer.training
    trainer.set_plan(length=50)
    driver.key(Qt.Key.Key_T)  # goes on: the first one's curve is the beginning of this one's
    assert trainer.training is not first and not former.losses(driver.session)
    trainer.show_update(0)
    driver.settle()
    trainer.set_plan(rate=0.2, length=20)
    driver.key(Qt.Key.Key_T)
    (faint,) = former.losses(driver.session)
    assert faint.name == "η 0.05" and len(faint.at) == trainer.updates == 20
    assert np.array_equal(faint.values, first.history.column("loss")[:20])
    assert panel.loss.series[0].name == faint.name and panel.loss.last == 20
    driver.session.change(task="echo")
    driver.key(Qt.Key.Key_T)
    assert trainer.updates == 20 and not former.losses(driver.session)


def test_shift_t_makes_one_update(driver):
    driver.key(Qt.Key.Key_T, modifier=Qt.KeyboardModifier.ShiftModifier)
    driver.key(Qt.Key.Key_T, modifier=Qt.KeyboardModifier.ShiftModifier)
    assert driver.session.trainer.updates == 2
    assert panel_of(driver).state.toolTip().startswith("update 2 of 30, paused")
    assert panel_of(driver).state.text().startswith("update 2 of 30")


def test_a_drag_over_the_loss_shows_the_network_as_it_was(driver):
    driver.key(Qt.Key.Key_T)
    panel = panel_of(driver)
    axis = panel.loss.axis
    places = [QPointF(axis.x(update), axis.rect.center().y()).toPoint() for update in (20, 12)]
    QTest.mousePress(panel.loss, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, places[0])
    driver.settle()
    assert driver.session.trainer.shown == 20 == panel.loss.at_update
    QTest.mouseRelease(panel.loss, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, places[0])
    QTest.mouseClick(panel.loss, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, places[1])
    driver.settle()
    assert driver.session.trainer.shown == 12 == panel.loss.at_update
    assert panel.state.toolTip().startswith("shown: update 12 of 30")
    assert panel.state.text() in ("shown: update 12 of 30", "shown: 12")
    panel.loss.setFocus()
    QTest.keyClick(panel.loss, Qt.Key.Key_BracketRight)
    driver.settle()
    assert driver.session.trainer.shown == 13


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
def test_every_view_draws_what_is_recorded(driver, theme):
    driver.key(Qt.Key.Key_T)
    driver.session.set_theme(theme)
    driver.settle()
    panel = panel_of(driver)
    while not panel.isVisible():  # presented, the pictures take turns
        driver.window.next_picture()
        driver.settle()
    training = driver.session.trainer.training
    there = [view.name for view in VIEWS if view.applies(training)]
    assert panel.views.keys() == there and {"steps", "norms", "spectrum", "film"} <= set(there)
    for name in there:
        panel.views.button(name).click()
        driver.settle()
        picture = panel.pictures[name]
        assert picture.isVisible() and (isinstance(picture, Outcome) or picture.last == 30)
        image = picture.grab().toImage()
        places = [(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)]
        colours = {image.pixelColor(x, y).rgb() for x, y in places}
        assert len(colours) > 4


def test_what_the_curves_show_is_what_was_recorded(driver):
    driver.key(Qt.Key.Key_T)
    training = driver.session.trainer.training
    batch, validation = loss_series(training, LIGHT)
    assert batch.values.tolist() == [each.loss for each in training.history]
    assert batch.at.tolist() == list(range(30))  # each at the network that read the batch
    assert validation.at.tolist() == training.validations.updates.tolist()
    panel = panel_of(driver)
    panel.views.button("steps").click()
    driver.settle()
    drawn = panel.pictures["steps"]
    assert isinstance(drawn, UpdateMap) and np.array_equal(drawn._norms, training.watched.steps("L1"))


def test_the_film_has_the_matrices_of_its_updates(driver):
    driver.key(Qt.Key.Key_T)
    panel = panel_of(driver)
    panel.views.button("film").click()
    driver.settle()
    film = panel.pictures["film"]
    assert isinstance(film, MatrixFilm)
    training = driver.session.trainer.training
    for update, matrix in zip(film._at.tolist(), film._frames, strict=True):
        frame = training.film.at(update)
        assert frame.update == update and np.array_equal(training.parameters_at(frame)["L1.W"], matrix)


def test_the_choice_of_a_picture_is_remembered(driver):
    driver.key(Qt.Key.Key_T)
    panel = panel_of(driver)
    panel.views.button("film").click()
    assert panel.chosen() == ["film", False]
    panel.choose("norms")
    assert panel.views.current() == "norms"


# --- items ---
def test_ticks_of_updates_are_round_and_apart():
    for last in (1, 7, 99, 500, 12_345, 1_000_000):
        axis = UpdateAxis(QRectF(10, 0, 300, 100), last)
        ticks = axis.ticks(40)
        assert ticks[0] == 0 and ticks[-1] <= last
        assert all(axis.x(b) - axis.x(a) >= 39.9 for a, b in pairwise(ticks))
        for update in {0, last // 3, last}:
            assert abs(axis.update_at(axis.x(update)) - update) <= max(1, last // 10**6)


def test_a_curve_of_many_updates_keeps_its_extremes(qapp):
    curves = UpdateCurves("x", logarithmic=False)
    curves.resize(300, 120)
    curves.set_theme(LIGHT)
    n = 20_000
    values = np.zeros(n)
    values[7_777] = 1.0
    curves.set_updates(n, 0)
    curves.set_series([Series("x", np.arange(1, n + 1), values, "#000000", 1.0)])
    x, y = curves._places(curves.series[0], values, curves.axis)
    assert len(x) < 1200 and np.isclose(y.min(), float(curves._y(1.0, curves.axis)))


@pytest.mark.parametrize("logarithmic", [True, False])
@pytest.mark.parametrize("values", [[0.5], [1.0, 1.0], [1e-9, 1e3], [0.0, np.nan, np.inf], [], [3.0, 3.0001]])
def test_any_numbers_can_be_drawn(qapp, values, logarithmic):
    curves = UpdateCurves("x", logarithmic)
    curves.resize(260, 110)
    curves.set_theme(LIGHT)
    curves.set_updates(max(len(values), 1), 0)
    at, numbers = np.arange(1, len(values) + 1), np.array(values, dtype=float)
    curves.set_series([Series("x", at, numbers, "#123456", 2.0, band=np.array([numbers, numbers]))], [Spike(1, "x")])
    curves.grab()
    low, high = curves.range()
    assert low < high and np.isfinite([low, high]).all()
    ticks = curves.value_ticks(100.0)
    assert all(low - 1e-9 <= place <= high + 1e-9 for place, _ in ticks)


@pytest.mark.parametrize("logarithmic", [True, False])
@pytest.mark.parametrize("size", [(260, 110), (420, 180), (700, 90)])
def test_what_is_written_of_a_spike_is_on_no_curve_and_on_no_other_text(qapp, size, logarithmic):
    """In many trainings with jumps up to the top of the picture."""
    for seed in range(25):
        random = np.random.default_rng(seed)
        curves = UpdateCurves("x", logarithmic)
        curves.resize(*size)
        curves.set_theme(LIGHT)
        curves.set_updates(300, 0)
        at = np.arange(301)
        numbers = 10.0 ** (random.uniform(-3, 0) * at / 300 + 0.1 * random.standard_normal(301))
        spikes = sorted(random.choice(301, 5, replace=False).tolist())
        numbers[spikes] *= 10.0 ** random.uniform(0.5, 4, 5)
        named = [Spike(k, f"loss {numbers[k]:.3g} at update {k}") for k in spikes]
        curves.set_series([Series("x", at, numbers, "#123456", 2.0)], named)
        axis = curves.axis
        line = curves._places(curves.series[0], curves.series[0].values, axis)
        boxes = [box for box, _ in curves.labels(axis)]
        assert boxes or curves.lane(axis) == 0.0
        for k, box in enumerate(boxes):
            assert axis.rect.contains(box) and not crosses(line, box, 1.0)
            assert not any(box.intersects(other) for other in boxes[:k])
        curves.grab()


def test_words():
    assert words.duration(0.2) == "1 s" and words.duration(119) == "2 min" and words.duration(7200) == "2 h"
    assert words.named(Jump(329, "loss", 0.00173, 1e-4)) == Spike(328, "loss 0.00173 at update 328")
    training = TrainingRun(Experiment(steps=3, hidden=2), Plan(length=3))
    assert words.in_words(training) == "No update has been made yet."


def test_the_panel_stays_beside_the_chain_at_every_size(driver):
    driver.key(Qt.Key.Key_T)
    for size in ((960, 600), (1366, 768), (1920, 1080)):
        driver.window.resize(*size)
        driver.settle(2)
        QApplication.processEvents()
        panel = panel_of(driver)
        assert panel.isVisible()
        assert_the_choice_is_whole(panel)


def assert_the_choice_is_whole(panel):
    assert panel.views.isVisible() != panel.menu.isVisible()
    assert panel.menu.currentData() == panel.views.current()
    assert [panel.menu.itemData(k) for k in range(panel.menu.count())] == panel.views.keys()
    shown = [panel.views.button(key) for key in list(panel.views.keys())] if panel.views.isVisible() else [panel.menu]
    for each in (*shown, panel.decades):
        assert each.width() >= each.sizeHint().width()
        right = each.mapTo(panel, each.rect().topRight()).x()
        assert right < panel.width()


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
def test_beside_a_pinned_run_the_pictures_names_are_whole_or_a_menu(driver, theme):
    driver.session.set_theme(theme)
    driver.settle()
    driver.key(Qt.Key.Key_P, Qt.Key.Key_3)
    driver.key(Qt.Key.Key_T, modifier=Qt.KeyboardModifier.ShiftModifier)  # the first update
    panel = panel_of(driver)
    if not panel.isVisible():  # presented, the pictures take turns
        return
    for width in (960, 1366, 1920):
        driver.window.resize(width, 768)
        driver.settle(3)
        assert_the_choice_is_whole(panel)
    panel.menu.activated.emit(panel.menu.findData("film"))
    assert panel.views.current() == "film" == panel.menu.currentData()


def test_the_film_of_stacked_gates_has_many_updates_and_the_one_on_show(driver):
    driver.key(Qt.Key.Key_3, Qt.Key.Key_T)
    panel = panel_of(driver)
    panel.views.button("film").click()
    driver.session.trainer.show_update(13)
    driver.settle()
    film = panel.pictures["film"]
    assert film._blocks == ("Wⁱ", "Wᶠ", "Wᵍ", "Wᵒ") and film.grid == (2, 2)
    shown = [int(film._at[frame]) for frame, _ in film.tiles(film.axis)]
    assert len(shown) > 3 and shown[0] == 0 and shown[-1] == 30 and 13 in shown
    frame, tile = film.tiles(film.axis)[0]
    place = film.parts(tile)[2]  # g, its unit 2 by 3
    film._hover = QPointF(place.left() + place.width() * 0.9, place.top() + place.height() * 0.5)
    name, value, _ = film.readout(0)[0]
    assert (name, value) == ("Wᵍ [2, 3]", number(float(film._frames[frame, 1, 2 * 3 + 2])))


def test_no_pixel_between_the_columns_of_a_map_is_left_out():
    for last, ratio in ((500, 1.0), (500, 1.25), (7, 2.0)):
        axis = UpdateAxis(QRectF(51.3, 0, 283.7, 60), last, decades=True)
        found = columns_over(axis, np.arange(-0.5, last + 0.5), ratio)
        ends = [(left, right) for _, left, right in found]
        assert all(a[1] == b[0] for a, b in pairwise(ends)) and all(left < right for left, right in ends)
        assert all(float(x * ratio).is_integer() for pair in ends for x in pair)
        assert ends[0][0] <= axis.rect.left() and ends[-1][1] >= axis.x(last - 0.5) - 1.0


@pytest.mark.parametrize(("slow", "each"), [(0, 0.04), (4, 0.04), (2, 0.5), (1, 0.0004)])
def test_nothing_is_said_of_the_time_that_is_left_until_it_is_known(driver, slow, each):
    """The first updates take two seconds each, while all is made for the first time: what is said of the time left is
    right from the first time that it is said."""
    trainer = driver.session.trainer
    trainer.pace.clock = lambda: 2.0 * min(trainer.updates, slow) + each * max(trainer.updates - slow, 0)
    trainer.set_plan(length=300)
    driver.settle()
    trainer.toggle()
    said = []
    while trainer.running:
        trainer.pull(lambda: True)
        if trainer.speed is None:
            assert "left" not in words.state(trainer)
            continue
        said.append((300 - trainer.updates) / trainer.speed)
        assert said[-1] == pytest.approx((300 - trainer.updates) * each, rel=0.25)
        assert words.state(trainer).endswith(f"{words.duration(said[-1])} left") and "a second" in words.state(trainer)
        assert words.states(trainer)[-1] == f"update {trainer.updates} of 300"
    assert bool(said) == (300 * each > 1.0)


# --- the first updates ---
@pytest.mark.parametrize("last", [0, 1, 2, 7, 30, 500, 123456])
def test_a_logarithmic_axis_leads_back_to_every_update_and_its_ticks_are_apart(last):
    axis = UpdateAxis(QRectF(10, 0, 400, 100), last, True)
    assert axis.x(0) == 10.0 and (not last or axis.x(last) == pytest.approx(410.0))
    for update in {0, 1, 2, 3, last // 7, last} & set(range(last + 1)):
        assert axis.update_at(axis.x(update)) == update
    ticks = axis.ticks(24.0)
    assert ticks[0] == 0 and all(tick <= last for tick in ticks)
    assert all(axis.x(b) - axis.x(a) >= 24.0 for a, b in pairwise(ticks))
    if last >= 500:
        assert ticks[1] <= 2 and axis.x(10) - axis.x(0) > 0.2 * 400
    assert UpdateAxis(QRectF(10, 0, 400, 100), last, True).update_at(-50.0) == 0


def test_the_button_makes_the_first_updates_large_in_every_picture_and_is_remembered(driver):
    driver.key(Qt.Key.Key_T)
    panel = panel_of(driver)
    even = panel.loss.axis.x(3)
    panel.decades.click()
    for name in ("steps", "norms", "film"):
        panel.views.button(name).click()
        driver.settle()
        assert panel.pictures[name].decades and not panel.pictures[name].grab().isNull()
    assert panel.loss.axis.x(3) > 3 * even - 2 * panel.loss.axis.x(0) and panel.chosen() == ["film", True]
    tiles = panel.pictures["film"].tiles(panel.pictures["film"].axis)
    assert [frame for frame, _ in tiles][:2] != [0, round(30 / (len(tiles) - 1))]
    panel.choose("norms")  # as earlier versions kept it
    driver.settle()
    assert panel.chosen() == ["norms", False] and not panel.loss.decades
    panel.choose(["steps", True])
    assert panel.chosen() == ["steps", True] and panel.loss.decades


def test_keys_go_one_update_back_and_on_among_those_made(driver):
    said = []
    driver.session.message.connect(said.append)
    alt = Qt.KeyboardModifier.AltModifier
    driver.key(Qt.Key.Key_Left, modifier=alt)
    assert "no training" in said[-1]
    driver.key(Qt.Key.Key_T)
    trainer = driver.session.trainer
    driver.key(Qt.Key.Key_Left, Qt.Key.Key_Left, modifier=alt)
    assert trainer.shown == 28
    driver.key(Qt.Key.Key_Right, modifier=alt)
    assert trainer.shown == 29
    driver.key(Qt.Key.Key_Right, Qt.Key.Key_Right, modifier=alt)
    assert trainer.shown == 30 and said[-1].startswith("Update 30 is the last")
    trainer.show_update(0)
    driver.settle()
    driver.key(Qt.Key.Key_Left, modifier=alt)
    assert trainer.shown == 0 and "before the first" in said[-1]
    assert "Alt+←" in panel_of(driver).state.toolTip()


def test_in_a_race_every_runs_curve_is_drawn_in_its_colour_with_what_it_has_otherwise(driver):
    panel, session = panel_of(driver), driver.session
    session.pin()
    session.choose_cell("lstm")
    session.trainer.set_plan(rate=0.2)
    driver.settle()
    driver.key(Qt.Key.Key_T, modifier=Qt.KeyboardModifier.ControlModifier)
    ((pin, run),) = session.trainer.race.trainings()
    assert session.trainer.updates == run.update == 30
    colour = session.theme.enlarged.pinned[pin.number]
    found = next(each for each in panel.loss.series if each.colour == colour)
    assert found.name == "tanh, η 0.05" and np.array_equal(found.values, run.history.column("loss"))
    assert all("tanh instead of LSTM" in text for text in (panel.loss.toolTip(), panel.loss.accessibleDescription()))
    for name, values in (("metric", run.validations.metric), ("norms", run.history.column("norm"))):
        panel.choose(name)
        found = next(each for each in panel.pictures[name].series if each.colour == colour)
        np.testing.assert_array_equal(found.values, np.clip(values, -1, 1) if name == "metric" else values)
    session.choose_cell("gru")
    driver.settle()
    assert panel.isVisible() and panel.views.isHidden() and panel.state.text() == "not trained; Ctrl+T trains it, too"
    assert [each.name for each in panel.loss.series if each.name] == [" ".join(pin.label.split())]
    panel.race.click()
    driver.settle()
    assert session.trainer.updates == 30 and len(panel.loss.series) > 2
    session.unpin()
    assert panel.race.isHidden()


def test_names_that_have_no_room_in_the_legend_lose_their_ends_alike(driver):
    driver.key(Qt.Key.Key_T)
    loss = panel_of(driver).loss
    long = "one thing instead of another, and another one instead of that"
    at = np.arange(3)
    loss.set_series([Series(name, at, at + 1.0, "#000000", 1.0) for name in ("batch", long, long)])
    roomy, tight = loss._fitting(5000.0), loss._fitting(320.0)
    assert [each[0] for each in roomy] == ["batch", long, long]
    assert tight[0][0] == "batch" and tight[1][0].endswith("…") and tight[1][0] == tight[2][0]
