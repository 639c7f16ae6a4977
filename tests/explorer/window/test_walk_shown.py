"""The walk once more, through the inspector itself: what it hands over as text is worked out line by line."""

from __future__ import annotations

import math
import re

import pytest

from core.arithmetic.nodes import node_at
from core.chain.rows import rows
from core.experiment import Experiment, natural
from explorer.application import application
from explorer.panels.inspector.panel import InspectorPanel
from explorer.session.session import Selection, Session
from tests.core.by_calculator import calculated

HEADING = re.compile(r"^(\S.*)\[(\d+)\] = (-?[\d.e+-]+|-?inf|nan)$")


def sums(text: str) -> list[tuple[str, float, list[tuple[str, float]]]]:
    """Every number that a text explains, with its addends: (symbol, number, (arithmetic, value) of each line)."""
    found: list[tuple[str, float, list[tuple[str, float]]]] = []
    open_ = False
    for line in text.splitlines():
        head = HEADING.match(line)
        if head:
            found.append((head[1], float(head[3]), []))
            open_ = True
        elif open_ and line.startswith("    ") and not (line.strip()[0] == "(" and line[-1] == ")"):
            rest = re.split(r"\s{2,}", line.strip(), maxsplit=1)[-1]
            arithmetic, _, value = rest.rpartition(" = ")
            found[-1][2].append((arithmetic, float(value)))
        else:
            open_ = open_ and line.startswith("    ")
    return found


def check(text: str) -> int:
    """Works every sum of a text out; how many there were."""
    explained = 0
    for symbol, number, lines in sums(text):
        for arithmetic, value in lines:
            if arithmetic:
                numbers = re.findall(r"[\d.]+(?:e[+-]?\d+)?", arithmetic)
                size = max([abs(value), *(abs(float(each)) for each in numbers)])
                assert math.isclose(calculated(arithmetic), value, rel_tol=1e-12, abs_tol=1e-12 * size), (symbol, text)
        if lines:
            total = math.fsum(value for _, value in lines)
            size = max(abs(value) for _, value in lines)
            assert math.isclose(total, number, rel_tol=1e-12, abs_tol=1e-12 * size), (symbol, number, lines)
            explained += 1
    return explained


CASES = {
    "lstm": natural("echo", cell="lstm", steps=3, hidden=2),
    "gru": natural("next-character", cell="gru", steps=3, hidden=2, reset="after"),
    "attention": natural("echo", structure="attention", steps=3, output_steps=2, hidden=2, score="additive"),
    "joined": natural("echo", bidirectional="product", structure="n-1", steps=3, hidden=2, truncate=2),
    "convolution": natural("echo", convolution=3, filters=2, layers=2, steps=3, hidden=2),
    "decoder": natural("echo", structure="encoder-decoder", context="all", steps=3, output_steps=2, hidden=2),
}


@pytest.fixture
def inspector(qtbot):
    def make(experiment: Experiment) -> InspectorPanel:
        application()
        session = Session(experiment, "light")
        session.findings.jobs.clear()
        session.seek(session.timeline.complete)
        panel = InspectorPanel()
        qtbot.addWidget(panel)
        panel.bind(session)
        return panel

    return make


@pytest.mark.parametrize("notation", ["row", "ng"])
@pytest.mark.parametrize("name", CASES)
def test_every_node_is_explained_by_what_the_inspector_hands_over(inspector, name, notation):
    panel = inspector(CASES[name])
    session = panel.session
    session.set_view(notation=notation)
    trace = session.trace
    for row in rows(trace):
        for column in range(1, trace.steps + 1):
            if row.piece(column) is None:
                continue
            node = node_at(trace, row.name, column)
            assert node is not None
            for record in dict(node.rows)[row.name]:
                session.select(Selection(row.name, column, record=record))
                text = panel.text().split("is a sum over time")[0]
                found = sums(text)
                if row.name == "x" and not found:  # the task's own input, of which something else is made
                    assert panel.heading.text().startswith("x")
                    continue
                assert found, text
                assert check(text) or not any(lines for _, _, lines in found)
                assert found[0][2] or any(each in text for each in ("(given", "(no output", "(what lies")), text


def test_a_wrong_line_is_found():
    good = "h₂[1] = 0.5\n    x₂·U  0.25 × 2 = 0.5\n"
    assert check(good) == 1
    for wrong in (good.replace("0.25", "0.26"), good.replace("= 0.5\n    x", "= 0.6\n    x")):
        with pytest.raises(AssertionError):
            check(wrong)
