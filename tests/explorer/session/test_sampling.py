"""A text through the chain: what is drawn is what the run reads next, and its outputs are what it was drawn from."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt

from core.chain.rows import OUTPUT_ROW
from core.experiment import natural
from core.maths.losses import softmax
from core.training.sampling import model, sample
from explorer.panels.chain.drawn import drawn, drawn_sentence
from explorer.panels.chain.hover import node_tip
from explorer.panels.training.text import TextPicture
from explorer.session.sampling import LENGTH
from explorer.session.session import Session


@pytest.fixture
def opened(drive):
    """A window on a text that has been learned for a little."""
    driver = drive(natural("next-character", text="hello world", hidden=4, batch=2), (1366, 900))
    driver.session.trainer.set_plan(length=20, rate=0.1)
    driver.key(Qt.Key.Key_T)
    panel = driver.window.panels["training"]
    panel.views.button("text").click()
    driver.settle()
    driver.picture = panel.pictures["text"]
    return driver


def exactly(session: Session, start: str, temperature: float) -> None:
    """The run on show reads what `sample` gives, and its outputs are what that was drawn from."""
    sampled, trace = session.sampling.on_show, session.trace
    assert sampled is not None
    experiment = session.trainer.training.experiment if session.trainer.training else trace.experiment
    made = model(experiment, trace.parameters)
    texts = list(sample(made, LENGTH, start, temperature, experiment.data_seed))
    assert sampled.written.pieces == tuple(texts)
    assert trace.experiment.read_text == sampled.written.start + "".join(texts)
    assert trace.steps == len(trace.experiment.read_text) - 1 and trace.data.x.shape[1] == 1
    z = trace.values["out", "z"][sampled.first - 1 :, 0]
    wanted = np.eye(z.shape[1])[z.argmax(axis=1)]
    if temperature:
        wanted = np.array([softmax((row - row.max()) / temperature) for row in z])
    np.testing.assert_allclose(sampled.written.probabilities, wanted, rtol=0.0, atol=1e-12)
    names = trace.data.output_names
    for t, each in drawn(session).items():
        assert names[int(trace.data.y[t - 1, 0].argmax())] == each.token
        assert t == trace.steps or trace.data.labels[t] == each.token
        assert each.probability == pytest.approx(wanted[t - sampled.first, names.index(each.token)], abs=1e-12)
    assert list(drawn(session)) == list(range(sampled.first, trace.steps + 1))


def test_the_text_goes_through_the_chain_step_by_step(opened):
    session, player, before = opened.session, opened.player, opened.session.trace
    entries = len(session.history.entries)
    assert isinstance(opened.picture, TextPicture)
    opened.picture.chain.click()
    opened.settle()
    exactly(session, "", 1.0)
    assert session.trainer.shown == 20 and len(session.history.entries) == entries + 1
    assert player.playing and session.position == 0.0
    chain = opened.window.panels["chain"]
    row = chain.view.scene.names[OUTPUT_ROW]
    assert chain.view.frame.title() == "Text sampled at temperature 1" and row
    session.seek(3.0)
    QCoreApplication.processEvents()
    first = drawn(session)[1]
    labels = [each.text for each in chain.view.frame.answer_labels()]
    assert len(labels) == 3 and labels[0].split()[0] == first.token
    assert f"“{first.token}” was drawn, with the probability" in node_tip(session, (OUTPUT_ROW, 1))
    assert drawn_sentence(session, "x", 1) == "" and "was drawn" not in node_tip(session, (OUTPUT_ROW, 4))
    chain.grab()
    opened.play(40, 0.25)
    assert not player.playing and session.time[:2] == ("forward", session.trace.steps)
    session.undo()
    opened.settle()
    assert session.trace.experiment == before.experiment and session.sampling.on_show is None
    assert session.trainer.shown == 20 and not drawn(session)
    session.redo()
    opened.settle()
    exactly(session, "", 1.0)


def test_a_start_a_temperature_and_what_a_training_makes_of_it(opened):
    session = opened.session
    opened.picture.begin.setText("wor")
    opened.picture.temperature.setValue(0.0)
    opened.key(Qt.Key.Key_S, modifier=Qt.KeyboardModifier.ShiftModifier)
    exactly(session, "wor", 0.0)
    assert session.sampling.on_show.first == 3 and session.trace.steps == 2 + LENGTH
    copy = session.copy()
    assert drawn(copy) == drawn(session)
    copy.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    session.trainer.one_update()  # of the training, on its own text
    opened.settle()
    assert session.trainer.shown == 21 and session.sampling.on_show is None
    assert session.experiment.read_text == "" and session.trace.data.x.shape[1] == 2
    opened.picture.begin.setText("z")
    opened.picture.chain.click()
    opened.settle()
    assert "“z” is not in the text" in opened.window.toasts.texts()[-1] and session.sampling.on_show is None


def test_words_are_drawn_as_wholes_and_a_zero_start_draws_the_first(drive):
    chosen = natural("next-character", text="the cat saw the dog", text_units="words", zero_start=True)
    opened = drive(chosen, (960, 600))
    session = opened.session
    session.sampling.start(temperature=2.0)
    opened.settle()
    sampled = session.sampling.on_show
    assert sampled.first == 1 and session.trace.steps == LENGTH and session.trace.data.labels[0] == ""
    assert session.trace.experiment.read_text == " ".join(sampled.written.pieces)
    assert [each.token for each in drawn(session).values()] == list(sampled.written.pieces)
    opened.window.grab()


@pytest.mark.parametrize(
    ("task", "fields", "sentence"),
    [
        ("echo", {}, "The task echo writes no text; sample from a model of next-character."),
        ("next-character", {"structure": "n-1"}, "structure n-1 has its output after the last step alone"),
        ("next-character", {"bidirectional": "concat"}, "A bidirectional network has read what it is to predict"),
    ],
)
def test_runs_that_write_no_text_say_so(task, fields, sentence):
    session, said = Session(natural(task, **fields)), []
    session.message.connect(said.append)
    session.sampling.start()
    assert len(said) == 1 and said[0].startswith(sentence) and not session.work.busy
    session.deleteLater()
