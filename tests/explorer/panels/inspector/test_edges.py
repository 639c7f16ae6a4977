"""An edge in the inspector: each addend that comes back along it, with one unit's numbers put in."""

import re

import numpy as np
import pytest

from core.experiment import Experiment
from explorer.session.session import Selection


def plain(text: str) -> str:
    """A term as Python reads it: 3.15·10⁻¹ is 3.15e-1."""
    power = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    text = re.sub("·10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda found: "e" + found[1].translate(power), text)
    return text.replace("−", "-").replace("²", "**2").replace("·", "*").replace("×", "*")


@pytest.mark.parametrize("selection", [Selection("h", 3, "s", True), Selection("z", 5, "s"), Selection("s", 3, "h")])
def test_the_numbers_of_an_edges_addend_make_its_value(show, selection):
    panel = show(Experiment(steps=5, hidden=3, loss_at="every"))
    panel.session.select(selection)
    panel.show_now()
    lines = [entry for entry in panel.arithmetic.entries if entry.label.startswith("unit ")]
    assert lines
    for entry in lines:
        assert entry.numbers.startswith("= ")
        made = eval(plain(entry.numbers.removeprefix("= ")))
        assert np.isclose(made, float(plain(entry.value)), rtol=0.05, atol=2e-3), (entry.numbers, entry.value)
