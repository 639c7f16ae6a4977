"""Every word of the arithmetic is put through the translator: under one that marks what it gets, none is unmarked."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import QCoreApplication, QTranslator

from core.chain.rows import rows
from core.experiment import Experiment, natural
from explorer.panels.inspector.pages import Pages
from explorer.session.progress import Progress
from explorer.session.session import Selection, Session

MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
WORD = re.compile(r"[A-Za-z]{4,}")
FUNCTIONS = {"tanh", "softmax", "sigm"}
RUNS = (
    Experiment(task="reverse", structure="encoder-decoder", steps=3, hidden=2, output_steps=3),
    Experiment(task="reverse", structure="attention", steps=3, hidden=2, output_steps=3),
    Experiment(task="sine", structure="1-n-feedback", steps=3, hidden=2),
    Experiment(steps=3, hidden=2, bidirectional="concat", batch=2),
    Experiment(steps=3, hidden=2, layers=2, convolution=2, cell="lstm", truncate=2),
    natural("next-character", text="hello", steps=4, cell="gru", batch=2, hidden=2),
)


class Marking(QTranslator):
    """Marks every text that it is asked for."""

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:  # type: ignore[override]
        return f"⟦{source}⟧"

    def isEmpty(self) -> bool:
        return False


@pytest.fixture
def marking(qapp):
    translator = Marking(qapp)
    QCoreApplication.installTranslator(translator)
    yield
    QCoreApplication.removeTranslator(translator)
    translator.setParent(None)


def unmarked(text: str) -> list[str]:
    """The words that are in no mark, however deep the marks lie in each other."""
    while MARKED.search(text):
        text = MARKED.sub("", text)
    return [word for word in WORD.findall(text) if word not in FUNCTIONS]


@pytest.mark.parametrize("experiment", RUNS, ids=lambda each: f"{each.task} {each.structure} {each.cell}")
def test_no_word_of_a_sum_is_left_in_english(marking, experiment):
    session, pages, found = Session(experiment), Pages(), 0
    session.seek(session.timeline.complete)
    for row in rows(session.trace):
        for t in range(1, session.trace.steps + 1):
            if row.piece(t) is None:
                continue
            for wanted in dict.fromkeys(("ℓ", "L", *(name for _, name in row.signals))):
                page = pages.page(session, Selection(row.name, t), wanted, Progress(True, True), 0)
                for entry in page.entries:
                    assert unmarked(entry.label) == [] == unmarked(entry.numbers), (row.name, t, wanted, entry)
                for column in page.columns:
                    assert unmarked(column.label) == [], (row.name, t, column.label)
                assert unmarked(page.title) == [] == unmarked("".join(page.shorter)), page.title
                assert unmarked(page.sentence) == [], page.sentence
                found += len(page.entries)
    assert found > 30
