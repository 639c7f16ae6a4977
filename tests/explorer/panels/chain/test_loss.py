"""The loss in the chain: an event in four stages, words that are the run's numbers, and one term's gradient alone."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.analysis.contributions import share_of_step
from core.experiment import Experiment, natural
from core.maths.arrays import norms
from explorer.items.chain.layout import Detail
from explorer.items.chain.loss import DIFFERENCE, LOSS, NOTHING, OUTPUT, TARGET, returning, stage
from explorer.panels.chain.panel import ChainPanel
from explorer.session.session import Selection, Session
from explorer.style.numbers import number, spoken
from tests.explorer.pixels import pixels, shot

LETTERS = natural("next-character", steps=6, hidden=3)


@pytest.fixture
def open_chain(show_panel):
    def make(experiment: Experiment, width: int = 1100, height: int = 420) -> tuple[ChainPanel, Session]:
        return show_panel(ChainPanel(), Session(experiment), width, height)

    return make


def test_the_beat_of_the_loss_has_four_stages_and_the_gradient_comes_last():
    assert [stage(p, 15) for p in (0.0, 14.0, 14.01, 14.25, 14.5, 14.75, 15.0, 20.0)] == [
        NOTHING, NOTHING, OUTPUT, TARGET, DIFFERENCE, LOSS, LOSS, LOSS,
    ]  # fmt: skip
    assert [returning(f) for f in (0.2, 0.75, 1.0)] == [0.0, 0.0, 1.0]


def test_each_stage_shows_one_thing_more_and_nothing_is_there_before(open_chain):
    panel, session = open_chain(Experiment(steps=6, hidden=3))
    row, beat = panel.view.loss_row, session.timeline.index("loss")
    strips = [strip.adjusted(2, 2, -2, -2).toAlignedRect() for strip in row._strips(row.node(0))]
    empty = None
    for at, inked in ((0.0, 0), (0.1, 1), (0.3, 2), (0.6, 3), (0.9, 3)):  # the playhead's band lies over the first
        session.seek(beat - 1 + at)
        picture = pixels(shot(panel))
        means = [picture[each.top() : each.bottom(), each.left() : each.right()].mean(axis=(0, 1)) for each in strips]
        if at <= 0.1:
            empty = means[2]
        assert [bool(np.abs(each - empty).max() > 12) for each in means] == [k < inked for k in range(3)], at
    gradient = panel.view.layout.strips(row.output, panel.view.layout.node(row.output, 6))[1]
    spot = gradient.center().toPoint()
    session.seek(beat - 0.3)  # the loss is there from −0.25 on
    before = pixels(shot(panel))[spot.y(), spot.x() + 4]
    session.seek(beat)
    assert np.abs(pixels(shot(panel))[spot.y(), spot.x() + 4] - before).max() > 30


def test_the_words_are_the_runs_numbers(open_chain):
    panel, session = open_chain(Experiment(steps=6, hidden=3))
    trace = session.trace
    a, y = float(trace.values["out", "a"][-1, 0, 0]), float(trace.data.y[-1, 0, 0])
    assert panel.view.loss.words.loss == f"L = {number(trace.loss, 4)}"
    assert panel.view.loss.words.detail[2] == f"output {number(a, 4)} − target {number(y, 4)} = {number(a - y, 4)}"
    panel, session = open_chain(natural("next-character", steps=6, hidden=3, loss_at="last"))
    trace = session.trace
    k = int(trace.data.y[-1, 0].argmax())
    p = float(trace.values["out", "a"][-1, 0, k])
    assert panel.view.loss.words.loss == f"L = −ln {number(p, 3)} = {number(-np.log(p), 4)}"
    assert panel.view.loss.words.detail[2].startswith(trace.data.output_names[k])
    panel, session = open_chain(LETTERS)
    assert panel.view.loss.words.loss == f"L = Σ ℓₜ = {number(session.trace.loss, 4)}"
    assert panel.view.loss.numbers == [number(float(each), 2) for each in session.trace.loss_t]


def test_the_header_has_no_loss_before_it_is_computed(open_chain):
    panel, session = open_chain(LETTERS)
    beat = session.timeline.index("loss")
    for at in (0.1, 0.3, 0.6):
        session.seek(beat - 1 + at)
        words, formula = panel.view.frame.status()
        assert not any(sign.isdigit() for sign in words) and not formula
    session.seek(beat)
    assert panel.view.frame.status()[1]


def test_a_click_on_a_term_shows_its_gradient_alone_and_another_ends_it(open_chain):
    panel, session = open_chain(LETTERS)
    session.seek(session.timeline.complete)
    row = panel.view.loss_row
    QTest.mouseClick(panel, Qt.MouseButton.LeftButton, pos=row.node(2).center().toPoint())
    assert session.view.share_at == 3
    share = share_of_step(session.trace, 3, used=True)
    states = panel.view.scene.rows[panel.view.scene.row_index("s")].gradients
    assert np.array_equal(states[:, 0], share["L1", "s"][:, 0])
    assert not states[3:].any() and states[:3].any(), "nothing of it reaches a later step"
    link = panel.view.scene.link("s", "h", True)
    back = share["L1", "h"][1:, 0] @ session.trace.parameters["L1.W"].T
    assert link.norms[1:] == pytest.approx(norms(back[:, None]), rel=1e-10)
    frame = panel.view.frame
    assert "ℓ₃ alone" in frame.title() and "ℓ₃ alone" in panel.accessibleDescription()
    panel.accessible_items.count()
    sentence = panel.accessible_items.sentence(panel.accessible_items._places["s", 2])
    assert f"Of ℓ₃ alone its norm is {spoken(float(norms(states[1:2])[0]))}." in sentence
    QTest.mouseClick(panel, Qt.MouseButton.LeftButton, pos=row.node(2).center().toPoint())
    assert session.view.share_at is None and "alone" not in panel.view.frame.title()


def test_escape_ends_it(drive):
    driver = drive(LETTERS)
    driver.session.set_view(share_at=2)
    driver.key(Qt.Key.Key_Escape)
    assert driver.session.view.share_at is None


def test_a_click_on_the_only_term_selects_the_loss(open_chain):
    panel, session = open_chain(Experiment(steps=6, hidden=3))
    row = panel.view.loss_row
    QTest.mouseClick(panel, Qt.MouseButton.LeftButton, pos=row.node(0).center().toPoint())
    assert session.selection == Selection("z", 6, record="L") and session.view.share_at is None
    assert row.hit(row.node(0).center()) == 6 and row.hit(panel.view.layout.node(1, 3).center()) is None


@pytest.mark.parametrize("steps", [1, 3, 14, 50, 200, 1000])
@pytest.mark.parametrize("loss_at", ["last", "every"])
def test_at_every_length_the_loss_lies_over_the_outputs_and_its_words_are_free(open_chain, steps, loss_at):
    panel, session = open_chain(natural("last-step", steps=steps, loss_at=loss_at), width=731, height=300)
    session.seek(session.timeline.complete)
    frame, row, layout = panel.view.frame, panel.view.loss_row, panel.view.layout
    assert row is not None
    nodes = [row.node(k) for k in range(len(row.picture))]
    assert all(row.top <= each.top() and each.bottom() <= row.bottom <= layout.top + 1e-6 for each in nodes)
    assert all(each.right() <= session.columns.right + 1 for each in nodes)
    assert all(a.right() <= b.left() + 1e-6 for a, b in itertools.pairwise(nodes))
    texts = frame.loss_texts(LOSS)
    assert any(each.bold for each in texts) is (row.picture.single)
    for each in texts:
        assert each.place.left() >= session.columns.LEFT and each.place.right() <= panel.width()
        assert not any(each.place.adjusted(1, 3, -1, -3).intersects(node) for node in nodes), each.text
    for a, b in itertools.combinations(texts, 2):
        assert not a.place.adjusted(0, 1, 0, -1).intersects(b.place), (a.text, b.text)
    if layout.detail is Detail.FULL and not row.picture.single:
        assert len(texts) == steps


def test_a_low_picture_keeps_its_rows_and_says_the_loss_in_its_header(open_chain):
    panel, session = open_chain(natural("echo", cell="lstm", layers=2, steps=6), width=700, height=190)
    session.seek(session.timeline.complete)
    items = panel.accessible_items
    assert items.count() and panel.view.loss_row is None and items.box(len(items._nodes)).isEmpty()
    words = panel.view.frame
    assert not words.loss_texts(LOSS) and words._lost
