"""The words of a sentence have the colours of the picture."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QToolTip

from explorer.panels.lesson.coloured import Sentence, coloured, meaning
from explorer.style.theme import DARK, LIGHT


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_what_goes_back_and_what_goes_forward(theme):
    found = coloured("∂L/∂s₂ is the gradient on s₂, and the pinned run's is <dW>.", theme)
    for word, ink in (
        ("∂L/∂s₂", theme.backward_text), ("gradient", theme.backward_text), ("s₂", theme.forward_text),
        ("pinned", theme.pinned_text[0]), ("dW", theme.backward_text),
    ):  # fmt: skip
        assert f'color:{ink}"' in found.partition(f">{word}<")[0].rpartition("<")[2].replace(
            "; text-decoration:none", ""
        )
    assert "&lt;" in found and "<dW>" not in found


def test_other_words_have_none():
    assert coloured("Take it & add as is.", LIGHT) == "Take it &amp; add as is."


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("s₃", "state"), ("∂L/∂h₂", "gradient"), ("dW", "sum over time"), ("eigenvalues", "spectral radius"),
        ("LSTM", "LSTM"), ("forget gate", "forget gate"),
    ],
)  # fmt: skip
def test_terms_and_symbols_say_what_they_are(word, name):
    assert meaning(word).name == name
    found = coloured(f"Here is the {word}.", LIGHT)
    assert f'href="{name}"' in found and f">{word}</a>" in found


def test_a_term_under_the_mouse_has_its_sentence(qtbot, monkeypatch):
    said = []
    monkeypatch.setattr(QToolTip, "showText", lambda place, text, widget: said.append(text))
    label = Sentence("sentence")
    qtbot.addWidget(label)
    label.say("The forget gate is open.", LIGHT)
    label.linkHovered.emit("forget gate")
    label.linkHovered.emit("")
    assert label.text() == "The forget gate is open." and len(said) == 1
    assert said[0].startswith("forget gate   f\n") and "1 keeps all" in said[0]
