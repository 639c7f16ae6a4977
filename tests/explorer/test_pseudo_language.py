"""In a language that answers everything no English word is left in the window, but names; and whatever the window asks
for is in the list that a translator gets."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication

from core.cells import CELLS
from core.lessons.reading import lesson_named
from explorer.texts import needed
from tests.explorer.driving import Driver, come_to_rest
from tests.explorer.pseudo import Pseudo, painted, plain_words, texts_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

# What stays as it is, and why.
NAMES = {
    *"Adam SGD RMSProp BPTT LSTM GRU ReLU Elman Jordan NARX tanh sigmoid softmax PyTorch Keras NumPy".split(),  # names
    *"Ctrl Shift Esc Del Home End PgUp PgDn Enter Space".split(),  # keys
    *"exp max min net diag weight bias std norm".split(),  # symbols
    "English",  # a language is listed by its own name
    "nope",
    *"value next sum hello leave Friday Taipei Rome Oslo from other".split(),  # the tasks' own words and labels
    *(each.name for each in CELLS),  # the experiment's values, as they are written on the command line
    *"echo csv digits reverse sine spectral layers widths cell structure clip norm matrix int".split(),
}
# A run's name is made once and kept in sessions: "tanh 2 layers bidirectional".
KEPT = ("Window.windowTitle",)
# Equations that are copied as plain text keep their words, as those of a textbook do.
EQUATIONS = {"its", "share", "way", "the", "context", "steps", "that", "read", "next", "step", "attention"}
RUNS = (
    {"cell": "lstm", "task": "echo"},
    {"cell": "gru", "structure": "attention", "task": "reverse", "truncate": 3},
    {"cell": "tanh", "structure": "n-1", "task": "slot-filling", "layers": 2, "bidirectional": "concat"},
    {"cell": "clockwork", "bidirectional": None, "layers": 1, "task": "next-character", "structure": "n-n"},
)
PAGES = ("numbers", "map", "plane", "product")
REFUSED = (
    {"layers": 99}, {"cell": "nope"}, {"structure": "encoder-decoder", "cell": "jordan"},
    {"clip_norm": 1.0, "clip_value": 1.0}, {"task": "csv"}, {"task": "digits"}, {"cell": "esn", "task": "echo"},
    {"fault": "lstm-for-good", "cell": "tanh"}, {"widths": (3, 4)},
)  # fmt: skip


class Walk:
    """A window in the pseudo-language: what is said in it, and asked for, piles up."""

    def __init__(self, folder) -> None:
        self.language = Pseudo()
        QCoreApplication.installTranslator(self.language)
        self.driver = Driver(folder, size=(1500, 950))
        self.session, self.window = self.driver.session, self.driver.window
        self.said: dict[tuple[str, str], str] = {}
        for signal in (self.session.message, self.session.undoable):
            signal.connect(lambda text: self.said.setdefault(("message", text), "message"))

    def look(self, at: str) -> None:
        with painted() as found:
            self.driver.settle(2)
            come_to_rest(self.window)
            self.window.grab()
        for where, text in (*texts_of(self.window), *(("painted", text) for text in found)):
            self.said.setdefault((where, text), at)

    def close(self) -> None:
        self.driver.close()
        QCoreApplication.removeTranslator(self.language)
        self.language.setParent(None)


@pytest.fixture(scope="module")
def walk(qapp, tmp_path_factory):
    made = Walk(tmp_path_factory.mktemp("pseudo"))
    try:
        walked(made)
    finally:
        made.close()
    return made


def walked(walk: Walk) -> None:
    session, window = walk.session, walk.window
    for changes in RUNS:
        session.change(**changes)
        walk.driver.settle(2)
        session.seek(session.timeline.complete)
        session.enter()
        walk.look(f"{changes}, a cell")
        session.leave()
        walk.look(str(changes))
    session.seek(3.0)
    session.change(cell="lstm", task="echo", clip_norm=None, steps=14, w_gain=0.8, fault="lstm-for-good")
    walk.look("a fault")
    session.change(fault=None)
    for changes in ({"hidden": 3}, {"cell": "gru"}, {"task": "sine"}):
        session.pin("")
        session.change(**changes)
    walk.look("pinned")
    for changes in REFUSED:
        session.change(**changes)
        walk.driver.settle()
    for page in PAGES:
        window.show_page(page)
        walk.look(page)
    session.trainer.step_update(1)
    walk.look("trained")
    session.hunt.start(1)
    walk.look("a hidden error")
    session.hunt.give_up()
    assert session.lesson.open(lesson_named("9"))
    walk.look("a lesson")
    session.lesson.leave()


def test_no_english_word_is_left_but_names(walk):
    left = {}
    for (where, text), at in walk.said.items():
        words = plain_words(text) - NAMES
        if where in KEPT or (where == "InspectorPanel.text" and words <= EQUATIONS):
            continue
        if words:
            left.setdefault((where, " ".join(sorted(words))), (at, text[:200]))
    assert not left, "\n".join(f"{key}: {value}" for key, value in left.items())
    assert len(walk.said) > 1500


def test_whatever_is_asked_for_is_in_the_list_of_a_translator(walk):
    listed = {text for _, text in needed()}
    lacking = {
        text: context
        for text, context in walk.language.asked.items()
        if text not in listed and plain_words(text) - NAMES and not context.startswith(("Q", "GraphicsScene"))
    }
    assert not lacking
    assert len(walk.language.asked) > 900
