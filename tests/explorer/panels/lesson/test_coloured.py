"""The words of a sentence have the colours of the picture."""

from __future__ import annotations

import pytest

from explorer.panels.lesson.coloured import coloured
from explorer.style.theme import DARK, LIGHT


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_what_goes_back_and_what_goes_forward(theme):
    found = coloured("∂L/∂s₂ is the gradient on s₂, and the pinned run's is <dW>.", theme)
    for word, ink in (
        ("∂L/∂s₂", theme.backward_text), ("gradient", theme.backward_text), ("s₂", theme.forward_text),
        ("pinned", theme.pinned_text[0]), ("dW", theme.backward_text),
    ):  # fmt: skip
        assert f'<span style="color:{ink}">{word}</span>' in found
    assert "&lt;" in found and "<dW>" not in found


def test_other_words_have_none():
    assert coloured("Take a stop & add as is.", LIGHT) == "Take a stop &amp; add as is."
