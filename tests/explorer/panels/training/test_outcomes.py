"""Beside the loss, what the network on show does: the numbers of core, for whichever update is on the screen."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest

from core.experiment import Experiment, natural
from core.jobs import finished
from core.training.forecast import forecasting, rolling_out, stretch
from core.training.loss_slice import path_of
from core.training.sampling import model, sample
from explorer.items.training.forecast import Curves, ForecastPlot
from explorer.items.training.loss_levels import level_text, levels, log_limits
from explorer.items.training.step_map import OTHERS, of_rows, rows_that_fit
from explorer.panels.training.classes import ClassesPicture
from explorer.panels.training.data import DataPicture
from explorer.panels.training.slice import SlicePicture
from explorer.panels.training.text import LENGTH, TextPicture
from explorer.panels.training.view import APART, Asked, Outcome
from explorer.session.selection import Selection
from explorer.style.numbers import number, percent
from explorer.style.theme import LIGHT
from tests.core.task_files import fields


@pytest.fixture
def trained(drive):
    """Opens a window, trains in it, and chooses a picture."""

    def make(experiment: Experiment, name: str, updates: int = 20) -> SimpleNamespace:
        driver = drive(experiment, (1366, 900))
        driver.session.trainer.set_plan(length=updates, rate=0.05)
        driver.settle()
        driver.key(Qt.Key.Key_T)
        panel = driver.window.panels["training"]
        panel.views.button(name).click()
        driver.settle()
        return SimpleNamespace(driver=driver, session=driver.session, panel=panel, picture=panel.pictures[name])

    return make


def shown(opened: SimpleNamespace, update: int) -> None:
    """Another update is on the screen."""
    opened.session.trainer.show_update(update)
    opened.driver.settle()
    assert opened.session.trainer.shown == update


# --- on the data ---
def same_as_core(opened: SimpleNamespace) -> None:
    picture, trace = opened.picture, opened.session.trace
    assert isinstance(picture, DataPicture) and picture.found is not None and picture.plot.curves is not None
    over = stretch(trace.experiment, picture.first)
    wanted = finished(forecasting(over, trace.parameters))
    curves = picture.plot.curves
    np.testing.assert_array_equal(curves.targets, over.targets)
    np.testing.assert_array_equal(curves.outputs, wanted.outputs)
    assert picture.found.update == opened.session.trainer.shown
    if picture.ahead > 1:
        fan = finished(rolling_out(over, trace.parameters, picture.ahead))
        np.testing.assert_array_equal(curves.rolled, fan.rolled.outputs)
        np.testing.assert_array_equal(curves.starts, fan.starts)
        r_squared = fan.rolled.r_squared
    else:
        r_squared = wanted.r_squared
        assert curves.rolled.size == 0
    assert r_squared is not None and opened.panel.isVisible()
    said = float(picture.where.text().rpartition("R² ")[2].replace("−", "-"))
    assert said == pytest.approx(r_squared, rel=6e-3)


def test_the_windows_of_a_series(trained, tmp_path):
    opened = trained(natural("csv", steps=4, hidden=3, **fields(tmp_path)["csv"]), "data")
    picture = opened.picture
    assert picture.where.text().startswith("windows 1–36 of 36: R² ")  # fewer than a stretch has
    assert not picture.on.isEnabled() and not picture.back.isEnabled()
    same_as_core(opened)
    for update in (0, 7):
        shown(opened, update)
        same_as_core(opened)
    for ahead in ("4", "8", "2", "1"):
        picture.steps.button(ahead).click()
        opened.driver.settle()
        same_as_core(opened)


def test_another_stretch_with_the_buttons_and_a_drag(trained):
    opened = trained(natural("sine", steps=12, hidden=3), "data")
    picture = opened.picture
    same_as_core(opened)
    assert picture.where.text().startswith("sequences 1–9 of 512: ") and not picture.back.isEnabled()
    picture.on.click()
    opened.driver.settle()
    assert picture.first == 9 and picture.where.text().startswith("sequences 10–18 of 512: ")
    same_as_core(opened)
    rect = picture.plot.rect_of_plot
    from_, to = (QPoint(int(rect.left() + rect.width() * share), int(rect.center().y())) for share in (0.2, 0.56))
    QTest.mousePress(picture.plot, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, from_)
    QTest.mouseMove(picture.plot, to)
    QTest.mouseRelease(picture.plot, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, to)
    opened.driver.settle()
    assert picture.first == 6  # 0.36 of nine sequences further to the left
    same_as_core(opened)
    QTest.mouseMove(picture.plot, to)
    point = picture.plot.point_at(to.x())
    assert point is not None
    names = [name for name, _, _ in picture.plot.rows(point)]
    assert names == ["target", "prediction", "error", "next = this"]


def test_another_network_has_no_training_and_undo_brings_the_picture_back_with_it(trained):
    opened = trained(natural("sine", steps=12, hidden=3), "data")
    before = opened.picture.plot.curves.outputs
    opened.session.change(hidden=5)
    opened.driver.settle()
    assert opened.session.trainer.training is None and not opened.picture.isVisible()
    opened.session.undo()
    opened.driver.settle()
    assert opened.session.trainer.shown == opened.session.trainer.updates and opened.picture.isVisible()
    np.testing.assert_array_equal(opened.picture.plot.curves.outputs, before)
    same_as_core(opened)


@pytest.mark.parametrize("values", [[np.nan, np.inf, 1e300, -np.inf], [0.0, 0.0, 0.0, 0.0], [1.0, 2.0, 3.0, 4.0]])
@pytest.mark.parametrize("pieces", [(range(4),), (range(2), range(2, 4)), tuple(range(k, k + 1) for k in range(4))])
def test_any_predictions_can_be_drawn(qapp, values, pieces):
    plot = ForecastPlot()
    plot.resize(300, 130)
    plot.set_theme(LIGHT)
    outputs = np.array(values)
    for rolled in (np.zeros((0, 0)), outputs.reshape(2, 2)):
        starts = np.array([0, 2]) if rolled.size else np.zeros(0, dtype=int)
        plot.set_curves(
            Curves(np.array([0.0, 1.0, 0.5, 0.5]), outputs, np.zeros(4), pieces, np.arange(4), starts, rolled)
        )
        low, high = plot.range()
        assert low < high and np.isfinite([low, high]).all() and high - low < 4.0
        plot.grab()


# --- text ---
def test_it_writes_what_each_network_writes(trained):
    opened = trained(natural("next-character"), "text", updates=64)
    picture, session = opened.picture, opened.session
    assert isinstance(picture, TextPicture)
    film = session.trainer.training.film

    def check(last: int, start: str = "", temperature: float = 1.0) -> None:
        lines = picture.text.lines
        assert [line.update for line in lines] == [k for k in (0, 1, 2, 4, 8, 16, 32) if k < last] + [last]
        for line in lines:
            parameters = session.trainer.training.parameters_at(film.at(line.update))
            made = model(session.trainer.training.experiment, parameters)
            seed = session.experiment.data_seed
            assert list(line.pieces) == list(sample(made, LENGTH, start, temperature, seed))
        np.testing.assert_allclose(picture.text.probabilities.sum(axis=1), 1.0, rtol=1e-12)
        drawn = [picture.text.names[k] for k in picture.text.drawn]
        assert tuple(drawn) == lines[-1].pieces

    check(64)
    shown(opened, 20)
    check(20)
    picture.temperature.setValue(0.0)
    picture.wanted.emit()
    opened.driver.settle()
    check(20, temperature=0.0)
    picture.begin.setText("ll")
    picture.begin.editingFinished.emit()
    opened.driver.settle()
    check(20, "ll", 0.0)
    assert len(picture.text.shown()) >= 2
    QTest.mouseClick(picture.text, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(80, 5))
    opened.driver.settle()
    assert session.trainer.shown == 0
    picture.begin.setText("z")
    picture.begin.editingFinished.emit()
    opened.driver.settle()
    assert "“z” is not in the text" in picture.text.fault


def test_words_are_written_as_words(trained):
    chosen = natural("next-character", text="the cat saw the dog and the bird", text_units="words")
    opened = trained(chosen, "text", updates=4)
    assert set(opened.picture.text.lines[-1].pieces) <= set("the cat saw dog and bird".split())
    opened.picture.text.grab()


# --- classes ---
def test_the_classes_are_those_of_the_sample_on_show(trained, tmp_path):
    chosen = natural("digits", steps=6, hidden=4, batch=3, **fields(tmp_path)["digits"])
    opened = trained(chosen, "classes")
    picture, session = opened.picture, opened.session
    assert isinstance(picture, ClassesPicture)
    for update, sample_ in ((20, 0), (3, 0), (3, 2)):
        shown(opened, update)
        session.set_view(sample=sample_)
        opened.driver.settle()
        trace = session.trace
        np.testing.assert_array_equal(picture.map.probabilities, trace.values[trace.head.name, "a"][:, sample_])
        np.testing.assert_allclose(picture.map.probabilities.sum(axis=1), 1.0, rtol=1e-12)
        wanted = [-1] * 5 + [int(trace.data.y[-1, sample_].argmax())]
        assert picture.map.targets.tolist() == wanted
        assert picture.map.targets[-1] in picture.map.rows()
    session.choose_task("sine")
    opened.driver.settle()
    assert session.trainer.training is None and not picture.isVisible()  # the panel is that of the network on show


@given(st.integers(1, 40), st.integers(1, 12), st.integers(2, 20), st.integers(0, 50))
def test_rows_that_have_no_room_are_added_up(units, steps, most, seed):
    probabilities = np.random.default_rng(seed).dirichlet(np.ones(units), steps)
    rows = rows_that_fit(probabilities, most)
    assert len(rows) <= max(most, 1) and (OTHERS in rows) == (units > most)
    np.testing.assert_allclose(of_rows(probabilities, rows).sum(axis=0), 1.0, rtol=1e-12)
    named = [unit for unit in rows if unit != OTHERS]
    assert named == sorted(named)


# --- asking ---
def test_while_it_is_trained_a_picture_is_asked_for_twice_a_second(qapp):
    now, got, made = [0.0], [], []
    trainer = SimpleNamespace(running=True, pace=SimpleNamespace(clock=lambda: now[0]))
    session = SimpleNamespace(trainer=trainer)
    asked = Asked()

    def ask(key: int) -> None:
        def job():
            made.append(key)
            yield 1.0
            return key

        asked.ask(session, key, job, got.append, pytest.fail)  # type: ignore[arg-type]

    for k in range(40):
        ask(k)
        now[0] += 0.125
    assert made == got == list(range(0, 40, round(APART * 8)))


def test_only_what_is_over_updates_has_an_axis_of_them(trained):
    opened = trained(natural("sine", steps=12, hidden=3), "data")
    assert isinstance(opened.picture, Outcome)
    opened.panel.views.button("norms").click()
    opened.driver.settle()
    assert opened.panel.pictures["norms"].last == 20


# --- the slice of the loss ---
def middle(picture: SlicePicture) -> float:
    surface = picture.map.surface
    assert surface is not None
    return float(surface.loss[len(surface.up) // 2, len(surface.across) // 2])


def test_the_slice_is_about_the_network_on_show_and_a_click_on_its_path_shows_another(trained):
    opened = trained(Experiment(steps=5, hidden=3), "slice")
    picture, trainer = opened.picture, opened.session.trainer
    assert isinstance(picture, SlicePicture) and picture.isVisible()
    assert middle(picture) == pytest.approx(opened.session.trace.loss, rel=1e-12)
    surface = picture.map.surface
    assert surface.updates.tolist() == list(range(21)) and surface.path[20].tolist() == [0.0, 0.0]
    spot = picture.map.spots(surface.path)[0]
    QTest.mouseClick(picture.map, Qt.MouseButton.LeftButton, pos=QPoint(*spot.round().astype(int).tolist()))
    opened.driver.settle()
    assert trainer.shown == 0 and middle(picture) == pytest.approx(opened.session.trace.loss, rel=1e-12)
    assert picture.map.surface.path[0].tolist() == [0.0, 0.0] and surface is not picture.map.surface
    far = picture.map.place.bottomRight().toPoint() - QPoint(2, 2)
    QTest.mouseClick(picture.map, Qt.MouseButton.LeftButton, pos=far)
    opened.driver.settle()
    assert trainer.shown == 0


def test_the_slice_says_how_much_of_the_path_it_holds_and_what_clipping_does(trained):
    opened = trained(Experiment(steps=5, hidden=3, clip_norm=0.01), "slice")
    picture, session = opened.picture, opened.session
    path = path_of(session.trainer.training).vectors
    spread = np.linalg.svd(path - path.mean(axis=0), compute_uv=False) ** 2
    tip = picture.said.toolTip()
    assert f"holds {percent(spread[:2].sum() / spread.sum())} of the path" in tip
    update, rule = session.findings.update, session.trainer.rule
    whole = np.concatenate([session.trace.unclipped_parameters[name].ravel() for name in update.moved])
    used = np.concatenate([update.change[name].ravel() for name in update.moved])
    lengths = number(rule.rate * np.linalg.norm(whole)), number(np.linalg.norm(used))
    assert "would be {} long and is clipped to {}.".format(*lengths) in tip
    surface = picture.map.surface
    np.testing.assert_allclose(surface.step * np.linalg.norm(whole) / 0.01, surface.unclipped, rtol=1e-6)
    picture.widths.button("4").click()
    opened.driver.settle()
    assert picture.map.surface.across[-1] == pytest.approx(4 * surface.across[-1])
    assert middle(picture) == pytest.approx(session.trace.loss, rel=1e-12)


def test_two_weights_are_those_that_were_selected_last(trained):
    opened = trained(Experiment(steps=5, hidden=3), "slice")
    picture, session = opened.picture, opened.session
    picture.directions.button("weights").click()
    opened.driver.settle()
    moved = np.ptp(path_of(session.trainer.training).vectors, axis=0)
    found = picture.found
    assert found.slice.plane.across @ moved == moved.max()
    for entry in ((0, 1), (2, 0)):
        session.select(Selection("h", 1, parameter="L1.W", entry=entry))
        opened.driver.settle()
    assert picture.map.surface.titles == ("W[3, 1]", "W[1, 2]")
    w = session.trace.parameters["L1.W"]
    assert picture.map.surface.origin == (w[2, 0], w[0, 1])
    assert middle(picture) == pytest.approx(session.trace.loss, rel=1e-12)


def test_a_slice_before_the_first_update_and_at_one_step(trained):
    opened = trained(Experiment(steps=1, hidden=2), "slice", 1)
    assert "straight line" in opened.picture.said.toolTip()
    assert opened.picture.map.surface.titles == ("direction 1", "gradient")


def test_the_levels_of_the_map_are_round_and_in_its_range():
    for low, high in ((-9.0, 2.0), (-0.1, 0.3), (0.301, 0.302), (-2.0, -1.0), (-300.0, 290.0)):
        found = levels(low, high)
        assert 1 <= len(found) <= 30 and found == sorted(found)
        assert all(low - 0.2 <= math.log10(each) <= high + 0.2 for each in found)
        assert len(set(map(level_text, found))) == len(found) or high - low < 0.01
    assert log_limits(np.zeros((3, 3))) == (-1.0, 0.0) == log_limits(np.full((3, 3), np.inf))
    spread = np.full((3, 3), 1e-9)
    spread[1, 1], spread[0, 0] = 1.0, 1e30
    assert log_limits(spread) == (-6.0, 6.0)


@pytest.mark.parametrize("size", [(960, 600), (1366, 768)])
def test_the_slice_has_its_height_and_no_message_over_its_controls(trained, size):
    opened = trained(Experiment(steps=5, hidden=3), "steps")
    window, panel = opened.driver.window, opened.panel
    window.resize(*size)
    opened.driver.settle()
    window.show_message("20 updates: the loss of the batch was 1 at the first and 0.1 at the last.")
    panel.views.button("slice").click()
    opened.driver.settle(2)
    picture = panel.pictures["slice"]
    assert picture.map.place.height() >= 100
    stage = window.stage
    below = [each for each in stage.pictures if each.isVisible()]
    assert all(stage.rect().contains(each.geometry()) for each in below)
    toasts = window.toasts
    over = QRect(toasts.mapToGlobal(QPoint()), toasts.size())
    for each in (picture.directions, picture.said, picture.widths, picture.map):
        assert not over.intersects(QRect(each.mapToGlobal(QPoint()), each.size()))


def test_other_pictures_give_way_to_the_slice_and_come_back(trained):
    opened = trained(Experiment(steps=5, hidden=3), "norms")
    panel, window = opened.panel, opened.driver.window
    before = [each.name for each in window.stage.pictures if each.isVisible()]
    panel.views.button("slice").click()
    opened.driver.settle()
    assert panel.minimumHeight() == panel.wished_height > 200 and panel.isVisible()
    panel.views.button("norms").click()
    opened.driver.settle()
    assert [each.name for each in window.stage.pictures if each.isVisible()] == before
    assert panel.minimumHeight() == panel.least_height
