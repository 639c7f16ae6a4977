"""U folds the network and unrolls it again, over a second and a half, or at once without motion."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from core.experiment import Experiment, natural
from explorer.session.player import UNROLL_SECONDS
from explorer.style.numbers import number
from tests.explorer.pixels import pixels, shot


def test_the_key_folds_over_time_and_unrolls_to_the_same_picture(drive):
    driver = drive(Experiment(steps=6, hidden=3))
    chain, session = driver.window.panels["chain"], driver.session
    session.seek(4.0)
    driver.settle(3)
    before = pixels(shot(chain))
    driver.key(Qt.Key.Key_U)
    driver.play(UNROLL_SECONDS / 2)
    assert 0.2 < session.unrolled < 0.8 and "at every step" in chain.accessibleDescription()
    driver.play(UNROLL_SECONDS)
    assert session.unrolled == 0.0 and not driver.player._timer.isActive()
    assert "folded" in chain.accessibleDescription()
    folded = pixels(shot(chain))
    assert (np.abs(folded - before).max(axis=2) > 20).sum() > 2000
    driver.key(Qt.Key.Key_Right)
    assert (pixels(shot(chain)) != folded).any(), "it shows the playhead's step"
    driver.key(Qt.Key.Key_Left, Qt.Key.Key_U)
    driver.play(2 * UNROLL_SECONDS)
    driver.settle(3)
    assert session.unrolled == 1.0
    assert np.abs(pixels(shot(chain)) - before).max() <= 24


def test_it_says_which_step_it_shows_and_keeps_the_loss(drive):
    driver = drive(Experiment(steps=6, hidden=3))
    chain, session = driver.window.panels["chain"], driver.session
    driver.player.still = True
    driver.key(Qt.Key.Key_U)
    driver.play(0.1)
    seen = []
    for position, step in ((3.0, 3), (session.timeline.complete, 6)):
        session.seek(position)
        view = chain.view
        assert view.frame.title() == f"Folded network, step {step} of 6" and view.folded_step == step
        row = view.folded().loss
        assert row is not None and row.node(0).right() < view.rect.width()
        assert not any(row.node(0).intersects(view.folded().layout.node(k, step)) for k in range(len(view.scene.rows)))
        node = row.node(0).toAlignedRect()
        seen.append(pixels(shot(chain))[node.top() : node.bottom(), node.left() : node.right()])
    assert (np.abs(seen[1] - seen[0]).max(axis=2) > 20).mean() > 0.2, "empty, until it is computed"
    texts = view.frame.loss_texts(view.frame.loss_stage, row, 0)
    assert f"L = {number(session.trace.loss, 4)}" in [each.text for each in texts]


def test_without_motion_it_jumps(drive):
    driver = drive(Experiment(steps=6, hidden=3))
    driver.player.still = True
    driver.key(Qt.Key.Key_U)
    driver.play(0.1)
    assert driver.session.unrolled == 0.0
    driver.key(Qt.Key.Key_U)
    driver.play(0.1)
    assert driver.session.unrolled == 1.0


@pytest.mark.parametrize(
    ("experiment", "said"),
    [(natural("reverse", structure="attention", steps=4), "decoder"), (Experiment(steps=300), "too narrow")],
)
def test_what_cannot_be_folded_is_said(drive, experiment, said):
    driver = drive(experiment)
    messages = []
    driver.session.message.connect(messages.append)
    driver.key(Qt.Key.Key_U)
    driver.play(0.2)
    assert driver.session.unrolled == 1.0
    assert len(messages) == 1 and said in messages[0]
