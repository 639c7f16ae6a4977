"""Every structure in the window's pictures, beat by beat: what is drawn is what the schedule says, nothing breaks."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtTest import QTest

from core.chain.rows import INPUT_ROW, OUTPUT_ROW, read_again, rows, shown_outputs
from core.experiment import Experiment, natural
from explorer.items.chain.layout import Detail
from explorer.items.chain.painter import ChainPainter
from explorer.items.chain.scene import BACKWARD_DONE, EMPTY
from explorer.panels.chain.panel import ChainPanel
from explorer.panels.chain.scene import build_scene
from explorer.panels.chain.under import selection_under
from explorer.panels.contributions.panel import ContributionsPanel
from explorer.panels.inspector.panel import InspectorPanel
from explorer.panels.norms.panel import NormsPanel
from explorer.panels.timeline.panel import TimelinePanel
from explorer.session.session import Selection, Session
from explorer.style.formula import typeset_count
from tests.explorer.pixels import pixels, shot

LEFT = Qt.MouseButton.LeftButton
ED, REVERSE = {"structure": "encoder-decoder", "task": "reverse"}, {"task": "reverse", "structure": "attention"}
STRUCTURES: dict[str, dict] = {
    "two-layers": {"layers": 2},
    "three-layers-lstm": {"layers": 3, "cell": "lstm", "structure": "n-n", "task": "echo"},
    **{f"{how}-n-n": {"bidirectional": how, "structure": "n-n", "task": "echo"} for how in ("sum", "concat")},
    **{f"{how}-n-1": {"bidirectional": how} for how in ("product", "mean")},
    "reverse-read-at-T": {"bidirectional": "sum", "reverse_at": "last-step", "cell": "gru"},
    "two-layers-both-ways": {"layers": 2, "bidirectional": "concat", "structure": "n-n", "task": "echo"},
    "two-layers-both-ways-lstm": {"layers": 2, "bidirectional": "sum", "cell": "lstm"},
    "1-1": {"structure": "1-1"},
    "1-n": {"structure": "1-n", "task": "echo", "delay": 1},
    "1-n-every": {"structure": "1-n-every", "task": "echo", "delay": 1},
    "1-n-feedback": {"structure": "1-n-feedback", "task": "next-character", "text": "hello world"},
    "1-n-feedback-taught": {"structure": "1-n-feedback", "task": "next-character", "teacher_forcing": True},
    "encoder-decoder": {**ED, "output_steps": 3},
    "encoder-decoder-taught": {**ED, "output_steps": 3, "teacher_forcing": True},
    "context-at-every-step": {**ED, "output_steps": 7, "context_at": "every"},
    "context-transformed": {**ED, "context": "transform", "layers": 2},
    "context-of-all": {**ED, "context": "all", "cell": "lstm", "teacher_forcing": True},
    "encoder-both-ways": {**ED, "bidirectional": "concat", "context": "transform", "output_steps": 3},
    "attention": {**REVERSE, "output_steps": 3},
    "attention-additive": {**REVERSE, "score": "additive", "bidirectional": "sum", "cell": "gru"},
    "attention-bilinear": {**REVERSE, "score": "bilinear", "layers": 2},
    "output-feedback": {"output_feedback": True, "task": "echo", "structure": "n-n"},
    "jordan": {"cell": "jordan"},
    "convolution": {"convolution": 3, "filters": 2, "cell": "lstm"},
    "different-lengths": {"task": "surname", "batch": 3},
    "esn": {"cell": "esn", "hidden": 12, "task": "sine"},
    "clockwork": {"cell": "clockwork", "hidden": 8},
    "batchnorm": {"cell": "batchnorm", "batch": 3},
    "tdnn": {"cell": "tdnn"},
    "ar": {"cell": "ar", "task": "sine"},
    "narx-two-layers": {"cell": "narx", "task": "sine", "layers": 2},
    "truncated-both-ways": {"bidirectional": "sum", "truncate": 2, "layers": 2},
}
EACH = pytest.mark.parametrize("name", STRUCTURES)


def experiment_of(name: str, steps: int) -> Experiment:
    return natural(**{"task": "last-step", "hidden": 3, **STRUCTURES[name], "steps": steps})


class Views:
    """All panels that follow a run, without a player."""

    def __init__(self, qtbot, name, steps, size=(900, 420)):
        self.session = Session(experiment_of(name, steps))
        self.session.columns.set_width(size[0])
        self.chain, self.norms, self.map = ChainPanel(), NormsPanel(), ContributionsPanel()
        self.inspector, self.timeline = InspectorPanel(), TimelinePanel()
        self.panels = (self.chain, self.norms, self.map, self.inspector, self.timeline)
        for panel in self.panels:
            qtbot.addWidget(panel)
            panel.resize(*((330, 800) if panel is self.inspector else size))
            panel.bind(self.session)
        self.session.pull(lambda: not self.session.mapping)

    def paint(self):
        for panel in self.panels:
            panel.grab()
        self.inspector.show_now()


def alone(qtbot, name: str, steps: int, size=(560, 260)) -> tuple[Session, ChainPanel]:
    """The chain without its neighbours."""
    session, chain = Session(experiment_of(name, steps)), ChainPanel()
    qtbot.addWidget(chain)
    session.columns.set_width(size[0])
    chain.resize(*size)
    chain.bind(session)
    return session, chain


@pytest.fixture
def views(qtbot):
    return lambda name, steps, **kw: Views(qtbot, name, steps, **kw)


def beats(session: Session, most: int = 60) -> list[float]:
    last = session.timeline.last
    return [0.0, 0.5, *(round(k * last / most) if last > most else k for k in range(1, min(most, last) + 1))]


@EACH
@pytest.mark.parametrize("steps", [1, 5])
def test_every_beat_shows_what_the_schedule_says(views, name, steps):
    made = views(name, steps, size=(560, 300))
    session, scene, schedule = made.session, made.chain.view.whole, made.session.trace.schedule
    early = shown_outputs(session.trace) & ~read_again(session.trace)
    assert [row.name for row in scene.rows] == [row.name for row in rows(session.trace)]
    for number, position in enumerate(beats(session)):
        session.seek(position)
        progress = made.chain.view.progress
        forward, backward = session.timeline.forward_done(position), session.timeline.backward_done(position)
        for picture, row in zip(scene.rows, rows(session.trace), strict=True):
            for t in range(1, scene.steps + 1):
                piece = row.piece(t)
                if piece is None:
                    assert not picture.present[t - 1]
                    continue
                phase = progress.phase(t, picture)
                if row.name == INPUT_ROW:  # there as soon as something reads it
                    continue
                done = schedule.backward(piece.part)[t - 1] <= backward
                if row.name == OUTPUT_ROW and early[t - 1]:  # the loss alone makes its gradient
                    done = position >= session.timeline.beats + 1
                assert (phase == BACKWARD_DONE) == done, (row.name, t)
                assert (phase != EMPTY) == (done or schedule.forward(piece.part)[t - 1] <= forward), (row.name, t)
        if number % 3 == 0 or position == session.timeline.last:
            made.paint()


@EACH
def test_every_node_and_every_edge_has_an_inspector(views, name):
    made = views(name, 3)
    session, chain = made.session, made.chain
    layout, painter = chain.view.layout, ChainPainter(chain.view.layout, session.theme)
    for position in (0.0, session.timeline.last):
        session.seek(position)
        session.select(None)
        for k, row in enumerate(chain.view.scene.rows):
            for t in range(1, chain.view.scene.steps + 1):
                if not row.present[t - 1]:
                    session.select(None)
                QTest.mouseClick(chain, LEFT, pos=layout.node(k, t).center().toPoint())
                if not row.present[t - 1]:
                    assert session.selection is None or session.selection.source
                    continue
                assert session.selection == Selection(row.name, t)
                made.inspector.show_now()
                assert made.inspector.heading.text() and made.inspector.text().strip()
                assert made.inspector.accessibleDescription()
        for link in chain.view.scene.links:
            for t in range(1, chain.view.scene.steps + 1):
                if painter.edges.path(link, t) is None:
                    continue
                session.select(Selection(link.names[1], link.end(t), link.names[0], link.recurrent))
                made.inspector.show_now()
                assert made.inspector.text().strip()
                if t == 2:
                    chain.grab()


@EACH
def test_an_edge_between_the_nodes_is_selected_where_it_is(views, name):
    made = views(name, 4, size=(1400, 900))
    chain, session = made.chain, made.session
    layout, scene = chain.view.layout, chain.view.scene
    painter = ChainPainter(layout, session.theme)
    assert layout.detail is Detail.FULL
    for link in scene.links:
        for t in range(1, scene.steps + 1):
            path = painter.edges.path(link, t)
            if path is None:
                continue
            if t not in painter.edges.far_steps(link, t) or (link.far and link.recurrent):
                continue
            wanted = Selection(link.names[1], link.end(t), link.names[0], link.recurrent)
            places = [path.pointAtPercent(k / 24) for k in range(1, 24)]
            free = [place for place in places if layout.hit(QPointF(place.toPoint())) is None]
            assert any(selection_under(chain.view, place) == wanted for place in free), wanted


@EACH
def test_up_and_down_visit_the_nodes_of_a_column(views, qtbot, name):
    made = views(name, 5)
    chain, session = made.chain, made.session
    for t in (1, chain.view.scene.steps):
        there = [row.name for row in chain.view.scene.rows if row.present[t - 1]]
        session.select(Selection(there[0], t))
        seen = [there[0]]
        for _ in there[1:]:
            qtbot.keyClick(chain, Qt.Key.Key_Up)
            seen.append(session.selection.row)
        assert seen == there
        for _ in range(len(there) + 2):
            qtbot.keyClick(chain, Qt.Key.Key_Down)
        assert session.selection == Selection(there[0], t)


@pytest.mark.parametrize("name", ["two-layers", "sum-n-n", "two-layers-both-ways", "encoder-decoder", "attention"])
def test_a_thousand_steps_play(views, name):
    made = views(name, 1000 if "decoder" not in name and name != "attention" else 400)
    for position in (0, 1, 500, made.session.timeline.beats, made.session.timeline.beats + 2.5, 1e9):
        made.session.seek(position)
        made.paint()
    assert made.chain.view.layout.detail is Detail.HEAT


@pytest.mark.parametrize("name", ["sum-n-n", "two-layers-both-ways", "encoder-decoder", "convolution"])
@pytest.mark.parametrize("steps", [5, 24, 300])
def test_what_is_not_done_has_no_ink(views, name, steps):
    """The strips of each node hold colours where its beat is done, and only the empty strip's where it is not."""
    made = views(name, steps, size=(1100, 600))
    session, chain = made.session, made.chain
    for share in (0.2, 0.45, 0.75):
        session.seek(round(share * session.timeline.last))
        layout, scene, progress = chain.view.layout, chain.view.scene, chain.view.progress
        image = QImage(1100, 600, QImage.Format.Format_RGB32)
        image.fill(QColor(session.theme.panel))
        painter = QPainter(image)
        ChainPainter(layout, session.theme).draw(painter, 1, scene.steps, progress)
        painter.end()
        for k, row in enumerate(scene.rows):
            for t in range(1, scene.steps + 1, max(1, steps // 12)):
                phase = progress.phase(t, row)
                if not row.present[t - 1] or row.gradients is None or row.values[t - 1].any() == 0:
                    continue
                if phase == EMPTY:
                    upper, lower = layout.strips(k, layout.node(k, t))
                    inked = [_colours(image, strip, layout.x(t), layout) for strip in (upper, lower)]
                    blank = {QColor(session.theme.empty_strip).rgb(), QColor(session.theme.node).rgb()}
                    blank.add(QColor(session.theme.panel).rgb())
                    assert inked[0] | inked[1] <= blank, (row.name, t)


def _colours(image: QImage, strip, x: float, layout) -> set[int]:
    """The colours down the middle of a strip."""
    top, bottom = round(strip.top()) + 2, round(strip.bottom()) - 2
    return {image.pixelColor(round(x), y).rgb() for y in range(top, bottom)}


def test_an_output_that_is_read_again_has_its_gradient_when_the_reader_has(views):
    made = views("1-n-feedback", 5)
    session, scene = made.session, made.chain.view.scene
    again = read_again(session.trace)
    assert again.tolist() == [True] * (session.trace.steps - 1) + [False]
    outputs = scene.rows[-1]
    assert (outputs.backward == session.timeline.beats + 1).tolist() == (~again).tolist()
    session.seek_to("loss", 0)
    session.select(Selection(OUTPUT_ROW, 2))
    made.inspector.show_now()
    assert "not reached yet" in made.inspector.text()
    session.select(Selection(OUTPUT_ROW, session.trace.steps))
    assert "not reached yet" not in made.inspector.text().partition("sum over time")[0]
    taught = views("1-n-feedback-taught", 5)
    assert not read_again(taught.session.trace).any()
    assert not any(scene_link.source == len(scene.rows) - 1 for scene_link in taught.chain.view.scene.links)


def test_outputs_that_a_later_step_reads_are_drawn_though_the_loss_does_not_look(views):
    made = views("jordan", 5)
    assert made.session.trace.supervised.sum() == 1
    assert made.chain.view.scene.rows[-1].present.all()


def test_before_a_decoders_first_step_the_map_has_no_cells(views):
    made = views("encoder-decoder-taught", 5)
    session, panel = made.session, made.map
    session.set_view(whole_map=True)
    session.seek(session.timeline.complete)
    while session.mapping:
        session.pull(lambda: False)
    panel.resize(900, 300)
    panel.grab()
    place = panel.triangle
    assert place.before == 5
    assert place.hit(place.cell(0, 3).center()) is None
    assert place.hit(place.cell(0, 6).center()) == (0, 6)
    panel._at = (0, 6)
    assert panel.readout() == "‖∂s₁′/∂s₁′‖ = 1.00·10⁰"
    panel._at = None
    picture = panel.grab().toImage()

    def colour(index, k):
        return picture.pixelColor(panel.canvas.mapTo(panel, place.cell(index, k).center().toPoint()))

    assert colour(1, 2) == colour(0, 8) != colour(1, 6)  # as above the diagonal


def test_the_words_say_where_each_chain_is(views):
    made = views("sum-n-n", 5)
    made.session.seek_to("forward", 4)
    assert "forward, t = 4 of 5 and from the end 2:" in made.chain.accessibleDescription()
    made = views("two-layers-both-ways", 5)
    made.session.seek(made.session.timeline.index("forward", 2, 1))
    assert "t = 2 of 5 and from the end 4, sweep 2 of 2:" in made.chain.accessibleDescription()
    assert "2 times" in made.timeline.line.accessibleDescription()
    made = views("encoder-decoder", 5)
    made.session.seek(7)
    assert "t = 2′ of 3′:" in made.chain.accessibleDescription()


def test_the_sum_over_time_has_the_steps_of_its_own_part(views):
    made = views("encoder-decoder", 5)
    session, inspector = made.session, made.inspector
    names = [inspector.parameters.itemText(k) for k in range(inspector.parameters.count())]
    assert "W · decoder" in names and "W · encoder" in names
    session.seek(session.timeline.complete)
    for words, count in (("W · decoder", 3), ("W · encoder", 5)):
        inspector.sums._on_parameter(names.index(words))
        assert inspector.bars.lines == count
        assert inspector.bars.line_text(count).startswith(f"dW{'₀₁₂₃₄₅'[count]} ")
    inspector.sums._on_parameter(names.index("W · decoder"))
    inspector._on_step(7)
    assert session.selection.t == 7
    session.seek(session.timeline.index("backward", 7))
    inspector.show_now()
    assert inspector.bars.lines == 2


def test_a_scene_is_made_for_every_structure_of_a_long_run():
    for name in STRUCTURES:
        session = Session(experiment_of(name, 60))
        scene = build_scene(session)
        assert scene.steps == session.trace.steps
        session.deleteLater()


@pytest.mark.parametrize("name", ["sum-n-n", "two-layers-both-ways", "convolution"])
def test_an_input_is_drawn_as_soon_as_something_reads_it(views, name):
    made = views(name, 6)
    scene, session = made.chain.view.scene, made.session
    readers = {link.target for link in scene.links if link.source == 0}
    assert readers
    for beat in range(session.timeline.beats + 1):
        session.seek(beat)
        progress = made.chain.view.progress
        for t in range(1, 7):
            read = any(progress.phase(t, scene.rows[k]) != EMPTY for k in readers)
            assert (progress.phase(t, scene.rows[0]) != EMPTY) == read


@pytest.mark.parametrize(("name", "steps"), [*((name, 30) for name in STRUCTURES), ("sum-n-n", 9), ("attention", 400)])
def test_two_hundred_frames_of_playback_only_move_pictures(qtbot, monkeypatch, name, steps):
    """In every structure, at every level of detail: no layer is made, nothing stroked, typeset or computed."""
    session, chain = alone(qtbot, name, steps)
    line = session.timeline
    chain._typeset = chain.view.names
    for share in range(12):  # each front once where it can be
        session.seek(line.last * share / 11.3 + 0.5)
        chain.grab()
    for beat in (0, line.beats, line.beats + 0.5, line.beats + 1, line.last):
        session.seek(beat)
        chain.grab()
    before = chain.drawing.builds, chain.view.scene, chain.refreshes, session.runs, typeset_count()
    strokes = []
    monkeypatch.setattr(ChainPainter, "draw_elements", lambda *arguments: strokes.append(arguments))
    frames = 200 if name == "two-layers-both-ways" or steps != 30 else 25  # all of them, and samples of the others
    for k in range(frames):
        session.seek(line.last * k / (frames - 1))
        chain.grab()
    assert not strokes
    assert (chain.drawing.builds, chain.view.scene, chain.refreshes, session.runs, typeset_count()) == before


@pytest.mark.parametrize(("name", "steps"), [*((name, 7) for name in STRUCTURES), ("sum-n-n", 300), ("attention", 40)])
def test_from_layers_every_structure_looks_as_drawn_directly(qtbot, name, steps):
    session, chain = alone(qtbot, name, steps)
    for share in (0.31, 0.77):
        session.seek(session.timeline.last * share)
        chain.show_time(session.position)
        layered = pixels(shot(chain))
        chain._draw_anew()
        worst = np.abs(layered - pixels(shot(chain))).max(axis=2)
        # Smoothed edges over smoothed edges, blended in another order: single px.
        assert (worst > 24).sum() <= 0.0015 * worst.size, (share, (worst > 24).sum())
