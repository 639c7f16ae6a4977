"""Details of the chain that no other test looks at: arcs, far edges, answers, numbers, outlines, what is read aloud."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from core.chain.rows import INPUT_ROW, OUTPUT_ROW
from core.experiment import Experiment, natural
from core.network.parts import Key
from core.notation.books import NOTATIONS
from explorer.items.chain.edges import WIDE, ChainEdges
from explorer.items.chain.layout import Detail
from explorer.items.chain.painter import ChainPainter
from explorer.panels.chain.marks import Answer, answer_labels
from explorer.panels.chain.panel import ChainPanel
from explorer.panels.chain.scene import build_scene
from explorer.panels.chain.step_numbers import BEYOND
from explorer.session.session import Selection, Session
from explorer.style.decades import HIGH
from tests.explorer.pixels import pixels, shot

ATTENTION = natural("reverse", structure="attention", steps=6, output_steps=6, hidden=3)


@pytest.fixture
def open_chain(show_panel):
    def make(experiment: Experiment, width: int = 1200, theme: str = "light") -> tuple[ChainPanel, Session]:
        return show_panel(ChainPanel(), Session(experiment, theme), width, 480)

    return make


# --- the scene ---
def test_the_rows_scale_goes_to_one_where_each_is_by_itself(open_chain):
    session = Session(natural("echo", steps=8, hidden=3, w_gain=2.0, input_scale=1e-3))
    for normalise in (True, False, True):
        session.set_view(normalise=normalise)
        scene = build_scene(session)
        assert scene.high != HIGH
        assert {row.high for row in scene.rows} == {HIGH if normalise else scene.high}
        assert any(row.scale != 1.0 for row in scene.rows) is normalise
    session.deleteLater()


def test_a_decoders_units_at_rest_stand_in_its_own_columns():
    session = Session(
        natural("reverse", structure="encoder-decoder", cell="clockwork", steps=5, output_steps=4, hidden=8)
    )
    scene = build_scene(session)
    for part, columns in (("encoder", slice(0, 5)), ("decoder", slice(5, 9))):
        scan = next(each for each in session.trace.scans if each.decodes == (part == "decoder"))
        row = next(row for row in scene.rows if row.resting is not None and row.present[columns].all())
        clock = next(each.out for each in scan.cell.graph if each.kind == "clock")
        key: Key = (scan.name, clock)
        expected = session.trace.values[key][:, 0] == 0.0
        assert np.array_equal(row.resting[columns], expected) and expected.any() and not expected.all()
    session.deleteLater()


# --- what is painted ---
def test_the_arcs_of_attention_are_in_the_panels_picture(open_chain, monkeypatch):
    panel, session = open_chain(ATTENTION)
    session.seek(9.0)
    with_arcs = pixels(shot(panel))
    monkeypatch.setattr(ChainEdges, "draw_arcs", lambda *arguments: None)
    panel.drawing._arcs = None
    assert (np.abs(with_arcs - pixels(shot(panel))).max(axis=2) > 20).sum() > 200


def test_the_strongest_weights_of_the_selected_step_have_wide_arcs(open_chain, monkeypatch):
    read, written = WIDE + 2, 3
    attention = natural("reverse", structure="attention", steps=read, output_steps=written, hidden=3)
    panel, session = open_chain(attention, width=1800)
    assert panel.view.layout.detail is Detail.FULL
    edges = ChainPainter(panel.view.layout, session.theme).edges
    drawn: list[tuple[int, int, bool]] = []
    monkeypatch.setattr(ChainEdges, "_arc", lambda self, p, i, j, back, alpha, wide: drawn.append((i, j, wide)))
    picture = QImage(10, 10, QImage.Format.Format_ARGB32_Premultiplied)
    painter = QPainter(picture)
    now, shown = edges.arcs_shown(session.timeline.beats, read + 2)
    edges.draw_arcs(painter, now, shown)
    painter.end()
    assert now == 1
    weights = panel.view.scene.arcs.weights[1]
    assert {j for i, j, wide in drawn if wide} == set(np.argsort(-weights, kind="stable")[:WIDE].tolist())
    assert {i for i, _, wide in drawn if wide} == {1}
    strongest_last = np.argsort(-weights, kind="stable")[::-1].tolist()
    assert [j for _, j, _ in drawn] == strongest_last, "of many only the selected step's, the strongest on top"


def test_far_edges_are_shown_from_the_first_step_on(open_chain):
    panel, session = open_chain(natural("reverse", structure="encoder-decoder", context_at="every", steps=4, hidden=3))
    edges, scene = ChainPainter(panel.view.layout, session.theme).edges, panel.view.scene
    far = [link for link in scene.links if link.far and not link.recurrent]
    assert far
    assert all(edges.far_steps(link, 2) == range(1, scene.steps + 1) for link in far)
    one, _ = open_chain(natural("last-step", steps=60, cell="narx", hidden=2))
    edges = ChainPainter(one.view.layout, session.theme).edges
    every = [edges.far_steps(link, 7) for link in one.view.scene.links if link.recurrent and not link.single]
    assert every and set(every) == {range(7, 8)}


def outlined(panel: ChainPanel, session: Session, row: str, t: int) -> bool:
    """Whether the selection's colour runs down beside a node."""
    picture, node = pixels(shot(panel)), panel.view.layout.node(panel.view.scene.row_index(row), t)
    colour = QColor(session.theme.ink)
    top, bottom, left = round(node.top()) + 6, round(node.bottom()) - 6, round(node.left())
    part = picture[top:bottom, left - 5 : left + 3]
    near = np.abs(part - [colour.blue(), colour.green(), colour.red()]).max(axis=2) < 12
    return bool(near.any(axis=1).mean() > 0.9)


def test_the_selected_node_is_outlined_and_both_ends_of_a_selected_edge(open_chain):
    panel, session = open_chain(Experiment(steps=5, hidden=3))
    session.select(Selection("s", 3))
    assert outlined(panel, session, "s", 3)
    assert not outlined(panel, session, "s", 2) and not outlined(panel, session, "h", 3)
    session.select(Selection("h", 3, "s", True))
    assert outlined(panel, session, "h", 3) and outlined(panel, session, "s", 2)
    assert not outlined(panel, session, "s", 3)


# --- words and numbers ---
@pytest.mark.parametrize(("loss_at", "shown"), [("last", {6}), ("every", set())])
def test_an_answer_may_be_as_wide_as_the_columns_beside_it_that_have_none(open_chain, loss_at, shown):
    panel, session = open_chain(natural("next-character", text="hello wo", steps=6, loss_at=loss_at, hidden=2))
    layout, metrics = panel.view.layout, QFontMetricsF(QFont())
    word = "w" * int(1.5 * layout.column / metrics.horizontalAdvance("w"))  # wider than a column, narrower than three
    said = {t: Answer(word, "") for t in range(1, 7)}
    labels = answer_labels(session, layout, said, metrics, session.timeline.last)
    row = panel.view.scene.row_index(OUTPUT_ROW)
    places = {t for t in range(1, 7) for each in labels if abs(each.place.center().x() - layout.x(t)) < layout.column}
    assert [each.text for each in labels] == [word] * len(shown)
    assert shown <= places and panel.view.scene.rows[row].present.sum() == (1 if loss_at == "last" else 6)
    short = answer_labels(session, layout, {6: Answer("a", "b")}, metrics, session.timeline.last)
    assert [each.text for each in short] == ["a ≠ b"]
    losses = {6: "ℓₜ 0.73"}
    with_loss = answer_labels(session, layout, {6: Answer("a", "b")}, metrics, session.timeline.last, None, losses)
    assert [each.text for each in with_loss] == ["a ≠ b, ℓₜ 0.73"]
    room = layout.column * (3 if loss_at == "last" else 1) - 8
    whole = {6: Answer("w" * int(room / metrics.horizontalAdvance("w")), "")}
    narrow = answer_labels(session, layout, whole, metrics, session.timeline.last, None, losses)
    assert [each.text for each in narrow] == [whole[6].said]  # the number gives way first


def test_a_decoders_steps_are_counted_from_its_own_first(open_chain):
    panel, _ = open_chain(natural("reverse", structure="encoder-decoder", steps=33, output_steps=37), width=1000)
    texts = {t: label.text for t, label in panel.view.frame.steps.labels()}
    assert {t: text for t, text in texts.items() if t <= 33} == {t: str(t) for t in (1, *range(5, 34, 5))}
    assert {t: text for t, text in texts.items() if t > 33} == {33 + t: f"{t}′" for t in (1, *range(5, 38, 5))}


def test_every_node_the_loss_and_every_edge_are_read_aloud_and_lie_where_they_are_painted(open_chain):
    panel, session = open_chain(Experiment(steps=4, hidden=3))
    session.seek(session.timeline.complete)
    items, scene, layout = panel.accessible_items, panel.view.scene, panel.view.layout
    nodes = [(row.name, t) for t in range(1, 5) for row in scene.rows if row.present[t - 1]]
    ends = [
        ((link.source, link.origin(t)), (link.target, link.end(t)))
        for link in scene.links
        for t in range(1, 5)
        if scene.has_edge(link, t)
    ]
    assert items.count() == len(nodes) + 1 + len(ends) and ends
    for k, (row, t) in enumerate(nodes):
        assert items.box(k).contains(layout.node(scene.row_index(row), t).center().toPoint())
    assert items.box(len(nodes)).contains(panel.view.loss_row.node(0).center().toPoint())
    for k, both in enumerate(ends, len(nodes) + 1):
        assert all(items.box(k).contains(layout.node(*end).center().toPoint()) for end in both)
    assert len({items.sentence(k) for k in range(items.count())}) == items.count()


def test_the_cell_that_opens_is_the_one_of_its_own_row(open_chain):
    panel, session = open_chain(Experiment(steps=4, hidden=3, layers=2))
    assert panel._enter("s2", 3) and session.inside == "L2" and session.time.t == 3
    session.leave()
    assert not panel._enter(INPUT_ROW, 3) and session.inside is None


# --- gates that are frozen ---
@pytest.mark.parametrize(("cell", "gate", "at"), [("lstm", "f", 1.0), ("lstm", "i", 0.25), ("gru", "u", 0.5)])
def test_a_frozen_gate_stands_in_the_title_and_in_its_lines_name(open_chain, cell, gate, at):
    panel, session = open_chain(Experiment(cell=cell, steps=5, hidden=3))
    assert panel.view.frame.title() == "Unrolled network"
    session.freeze(gate, at)
    session.update()
    assert panel.view.frame.title() == f"Unrolled network, {gate} ≡ {at:g} frozen"
    row = next(row for row in panel.view.whole.rows if any(row.held))
    line = [bool(held) for held in row.held].index(True)
    assert (row.values[:, line] == float(row.held[line])).all(), "what it says is what the line shows"
    session.freeze(gate, None)
    session.update()
    assert "frozen" not in panel.view.frame.title()


def test_in_a_book_with_the_complement_it_is_1_minus_the_value(open_chain):
    panel, session = open_chain(Experiment(cell="gru", steps=4, hidden=2))
    session.freeze("u", 0.25)
    session.update()
    for number in range(1, 6):
        session.set_view(notation=NOTATIONS[number - 1].name)
        row = next(row for row in panel.view.whole.rows if any(row.held))
        line = [bool(held) for held in row.held].index(True)
        assert (row.values[:, line] == float(row.held[line])).all()


def test_a_clock_has_marks_at_the_steps_at_which_its_groups_run(open_chain):
    panel, session = open_chain(Experiment(cell="clockwork", steps=16, hidden=8))
    marks = panel.view.frame.steps.ticks()
    assert len(marks) == 16  # the group of period 1 runs at every step
    heights = [mark.height() for mark in marks]
    assert heights[7] == max(heights) and heights[15] == heights[7] and heights[0] == min(heights)
    assert heights[1] > heights[0] and heights[3] > heights[1] and heights[7] > heights[3]
    session.change(cell="tanh")
    session.update()
    assert panel.view.frame.steps.ticks() == []


@pytest.mark.parametrize("steps", [1, 5, 24, 200, 1000])
def test_the_number_at_the_playhead_is_whole_at_the_first_and_the_last_step(open_chain, steps):
    panel, session = open_chain(natural("last-step", steps=steps, hidden=3), width=736)
    columns = session.columns
    for t in (1, steps):
        session.seek(float(t))
        _, box = panel.view.frame.steps._live(t)
        width = QFontMetricsF(panel.view.frame.steps._font(bold=True)).horizontalAdvance(str(t))
        assert box.center().x() - width / 2 >= columns.LEFT - BEYOND - 0.5
        assert box.center().x() + width / 2 <= columns.right + BEYOND + 0.5
