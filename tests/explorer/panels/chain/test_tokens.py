"""Tokens stand in the inputs' nodes, whole or not at all, each with the gradient that comes to it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QFontMetricsF

from core.experiment import Experiment, natural
from explorer.items.chain.layout import Detail
from explorer.items.chain.tokens import LEAST_PX
from explorer.panels.chain.panel import ChainPanel
from explorer.session.session import Session
from explorer.style.colours import edge_colours
from tests.explorer.pixels import pixels, shot

TASKS = ("next-character", "slot-filling", "agreement", "cloze", "surname")


@pytest.fixture
def open_chain(show_panel):
    def make(experiment: Experiment, width: int = 900, height: int = 420) -> tuple[ChainPanel, Session]:
        return show_panel(ChainPanel(), Session(experiment), width, height)

    return make


@pytest.mark.parametrize("task", TASKS)
def test_the_tokens_are_those_that_are_read_and_the_norms_what_comes_to_them(open_chain, task):
    batch = 2
    panel, session = open_chain(natural(task, steps=6, hidden=4, batch=batch))
    for sample in range(batch):
        session.set_view(sample=sample)
        tokens, data = panel.view.scene.rows[0].tokens, session.trace.data
        for t in range(6):
            unit = int(data.x[t, sample].argmax())
            assert tokens.texts[t] == (data.input_names[unit] if data.x[t, sample].any() else "")
        if sample == 0 and data.present is None:
            assert tokens.texts == tuple(data.labels)
        back = session.trace.exact["L1", "h"][:, sample] @ session.trace.parameters["L1.U"].T
        assert tokens.norms == pytest.approx(np.sqrt((back**2).sum(axis=1)), rel=1e-10, abs=1e-300)


def test_numbers_are_no_tokens(open_chain):
    for task in ("last-step", "sine", "echo"):
        assert open_chain(natural(task, steps=4, hidden=2))[0].view.scene.rows[0].tokens is None


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("steps", [1, 3, 14, 50])
def test_a_token_is_whole_or_its_strip_stays_and_its_word_stands_below(open_chain, task, steps):
    panel, _ = open_chain(natural(task, steps=steps, hidden=3), width=731, height=330)
    layout, tokens = panel.view.layout, panel.view.scene.rows[0].tokens
    written = 0
    numbers = panel.view.frame.steps
    for t in range(1, panel.view.scene.steps + 1):
        node = layout.strips(0, layout.node(0, t))[0]
        font = tokens.font(t, node)
        if font is None:
            continue
        written += 1
        assert font.pixelSize() >= LEAST_PX
        assert QFontMetricsF(font).horizontalAdvance(tokens.texts[t - 1]) <= node.width()
        assert node.contains(tokens.line(t, node)), "the line under it is within the node"
        assert numbers.text(t) == str(t), "not twice"
    assert written or layout.detail is not Detail.FULL or task != "next-character"


def test_the_line_has_the_edges_ink_once_the_gradient_is_there(open_chain):
    panel, session = open_chain(natural("next-character", steps=5, hidden=3))
    layout, tokens = panel.view.layout, panel.view.scene.rows[0].tokens
    line = tokens.line(3, layout.strips(0, layout.node(0, 3))[0]).center().toPoint()
    ink = QColor.fromRgb(int(edge_colours(tokens.norms[2:3], tokens.high, session.theme)[0]))
    session.seek(session.timeline.complete)
    assert np.abs(pixels(shot(panel))[line.y(), line.x()] - [ink.blue(), ink.green(), ink.red()]).max() <= 3
    session.seek(session.timeline.index("loss"))
    assert np.abs(pixels(shot(panel))[line.y(), line.x()] - [ink.blue(), ink.green(), ink.red()]).max() > 40
    session.seek(session.timeline.complete)
    panel.accessible_items.count()
    assert "It reads l; its gradient has the norm" in panel.accessible_items.sentence(
        panel.accessible_items._places["x", 3]
    )
