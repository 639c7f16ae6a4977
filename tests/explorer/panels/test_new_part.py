"""A part that only its own class knows of has a row in the chain, a page in the inspector and a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from core.arithmetic.text import exact
from core.experiment import natural
from core.network import structures
from core.notation.books import NOTATIONS
from explorer.panels.chain.scene import build_scene
from explorer.panels.sentences import node_sentence
from explorer.session.progress import progress_at
from explorer.session.session import Selection, Session
from tests.core.network.test_new_part import Shortcut

EXPERIMENT = natural("echo", steps=5, hidden=3, batch=2, layers=2, bidirectional="sum", delay=1)


@pytest.fixture
def session(qapp, monkeypatch) -> Session:
    monkeypatch.setitem(structures.JOIN_PARTS, "sum", Shortcut)
    made = Session(EXPERIMENT, "light")
    made.seek(made.timeline.complete)
    return made


def test_its_row_and_its_edges_are_in_the_picture(session):
    scene = build_scene(session)
    row = next(each for each in scene.rows if each.name == "J1")
    assert np.array_equal(row.values[:, 0], session.trace.values["J1", "s"][:, 0])
    names = {name: k for k, name in enumerate(each.name for each in scene.rows)}
    ends = {(each.source, each.target) for each in scene.links}
    assert {(names[a], names[b]) for a, b in (("s1", "J1"), ("s1r", "J1"), ("J1", "h2"), ("J1", "h2r"))} <= ends


def test_it_is_spoken_of_in_every_notation(session):
    there = progress_at(session, "J1", 3)
    for notation in NOTATIONS:
        said = node_sentence(session.trace, notation, "J1", 3, there)
        assert "a chain and a share of the other" in said.lower() and "gradient" in said


def test_the_inspector_has_its_page(show, monkeypatch):
    monkeypatch.setitem(structures.JOIN_PARTS, "sum", Shortcut)
    panel = show(EXPERIMENT)
    session = panel.session
    for row in ("J1", "J2"):
        session.select(Selection(row, 3, record="s", unit=1))
        assert exact(session.trace.values[row, "s"][2, 0, 1]) in panel.text()
        assert "M" in panel.text()
    session.select(Selection("J2", 3, record="s", parameter="J2.M"))
    assert exact(session.trace.exact_parameters["J2.M"][0, 0]) in panel.text()
