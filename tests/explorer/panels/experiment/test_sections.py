"""Few things first: what stands open, what is folded, and what a folded section says."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QSlider,
)

LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key


def test_six_choices_stand_open_on_one_line_each_and_the_rest_is_folded(desk):
    it = desk(unfolded=False)
    assert it.shown() == ["steps", "hidden", "w_gain", "input_scale", "loss_at", "seed"]
    places = [it.row(key).mapTo(it.panel, QPoint(0, 0)).y() for key in it.shown()]
    assert places[-1] + it.row("seed").height() - places[0] <= 200
    for key in it.shown():
        assert it.row(key).height() <= 38, "caption, control and value are beside each other"
    lefts = [it.row(key).findChild(QSlider).mapTo(it.panel, QPoint(0, 0)).x() for key in it.shown()[:4]]
    assert len(set(lefts)) == 1


SAID = [
    ({}, "Data", "2 inputs, batch 1"),
    ({"batch": 3, "nonnegative": True}, "Data", "2 inputs, batch 3, non-negative"),
    ({"task": "next-character"}, "Data", "“hello”, 4 inputs, batch 1"),
    ({"task": "echo"}, "Data", "delay 3, 1 input, batch 1"),
    ({}, "Structure", "N → 1, one layer, 61 parameters"),
    ({"widths": (6, 1), "biases": False}, "Structure", "N → 1, 2 layers 6→1, no biases, 56 parameters"),
    ({"layers": 2, "bidirectional": "sum"}, "Structure", "N → 1, 2 layers, bidirectional (sum), 271 parameters"),
    ({}, "Weights", "g · orthogonal, b 0, s₀ 0"),
    ({"u_gain": 0.5, "bias": -1.0}, "Weights", "g · orthogonal, b −1.00, s₀ 0, U × 0.500"),
    ({"cell": "tdnn"}, "Weights", "b 0"),
    ({"cell": "lstm", "forget_bias": 1.0}, "Cell", "forget bias 1.00, gates learned"),
    ({"cell": "lstm", "frozen": ({"gate": "f", "at": 1.0},)}, "Cell", "f ≡ 1.00"),
    ({"cell": "gru", "update": "keeps", "update_bias": 0.0}, "Cell", "update bias 0, update gate keeps, gates learned"),
    ({}, "Clip, truncate", "off"),
    ({"clip_norm": 0.1, "truncate": 1}, "Clip, truncate", "norm at most 0.100, after 1 step"),
    ({"clip_value": 2.0}, "Clip, truncate", "entries within ±2.00"),
    ({}, "Textbook error", "none"),
]


@pytest.mark.parametrize(("fields", "section", "said"), SAID)
def test_a_folded_section_says_what_its_choices_are(desk, fields, section, said):
    it = desk(unfolded=False, **fields)
    heading = it.panel.sections[section].heading
    assert heading.isVisible()
    assert heading.summary() == said
    assert said in heading.accessibleDescription()
    assert said in heading.toolTip()


def test_a_summary_follows_the_experiment_while_its_section_is_folded(desk):
    it = desk(unfolded=False)
    assert not it.panel.sections["Cell"].isVisible(), "tanh has no choices of its own"
    it.session.change(cell="lstm", forget_bias=1.0, layers=3, truncate=4)
    it.frame()
    said = {name: section.heading.summary() for name, section in it.panel.sections.items()}
    assert (said["Cell"], said["Structure"]) == ("forget bias 1.00, gates learned", "N → 1, 3 layers, 847 parameters")
    assert said["Clip, truncate"] == "after 4 steps"
    it.panel.sections["Structure"].heading.setChecked(True)
    assert it.row("layers").slider.value() == 3, "rows that waited show the present values when they are unfolded"


@pytest.mark.parametrize("height", [280, 420, 700])
def test_a_section_that_is_unfolded_is_in_sight(desk, height):
    it = desk(cell="lstm", unfolded=False)
    it.panel.resize(it.panel.width(), height)
    area = it.panel.area
    for section in it.panel.sections.values():
        if not section.isVisible():
            continue
        area.verticalScrollBar().setValue(0)
        area.ensureWidgetVisible(section.heading, 0, 0)
        QTest.mouseClick(section.heading, Qt.MouseButton.LeftButton)
        QApplication.processEvents()
        room, top = area.viewport().height(), section.mapTo(area.viewport(), QPoint(0, 0)).y()
        assert section.open and top >= 0, "its heading"
        assert top + section.height() <= room or top == 0, "all of it, or as much as there is room for"
        QTest.mouseClick(section.heading, Qt.MouseButton.LeftButton)
        QApplication.processEvents()


def test_which_sections_are_unfolded_can_be_taken_over_whatever_was_kept(desk):
    it = desk(unfolded=False)
    it.panel.choose({"Weights": True, "no such section": True})
    assert it.panel.chosen() == {name: name == "Weights" for name in it.panel.sections}


def test_a_choice_is_revealed_in_its_section_with_the_keyboard_on_it(desk):
    it = desk(cell="lstm", unfolded=False)
    it.panel.reveal("forget_bias")
    assert it.panel.sections["Cell"].open
    assert it.row("forget_bias").isAncestorOf(it.panel.focusWidget())


def test_a_section_folds_away(desk, qtbot):
    it = desk()
    section = it.panel.sections["Weights"]
    qtbot.mouseClick(section.heading, LEFT)
    assert "bias" not in it.shown()
    assert "steps" in it.shown()
    qtbot.keyClick(section.heading, Key.Key_Space)
    assert "bias" in it.shown()
