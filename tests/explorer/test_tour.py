"""The README's first tour, walked: what it quotes from the window is what the window says."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from core.claims.claim import column_norms
from core.claims.kept import alternatives
from core.experiment import Experiment
from explorer.panels.claim.panel import claim_shown
from explorer.panels.claim.words import headline, reasons
from explorer.panels.norms.words import change_in_words
from explorer.panels.step_back.panel import StepBackPanel
from explorer.session.session import Session

README = Path(__file__).parents[2] / "README.md"


def stops() -> dict[int, list[str]]:
    """The sentences that each stop of the tour quotes."""
    text = README.read_text(encoding="utf-8").partition("## A first tour")[2].partition("\n![")[0]
    found: dict[int, list[str]] = {}
    for number, stop in re.findall(r"^(\d+)\. (.*?)(?=^\d+\. |\Z)", text, re.DOTALL | re.MULTILINE):
        found[int(number)] = re.findall(r"“(.*?)”", " ".join(stop.split()))
    return found


TOUR = stops()


def say(session: Session) -> str:
    """All that the strip says of the finished run."""
    session.follow(lambda: False)
    session.seek(session.timeline.complete)
    claim = claim_shown(session)
    return "  ".join((headline(claim), *reasons(session, claim)))


def take(session: Session, title: str) -> None:
    """Clicks what the strip offers."""
    other = next(other for each, other in alternatives(session.experiment) if each.title == title)
    assert f"*try {title}*" in " ".join(README.read_text(encoding="utf-8").split())
    session.run.change(lambda: other)


@pytest.fixture(scope="module")
def said(qapp) -> dict[int, str]:
    """What the window says at each stop."""
    session = Session(Experiment())
    found = {1: say(session)}
    trace = session.trace
    panel = StepBackPanel()
    panel.session = session
    panel.update_stacks()
    shares = panel.stacks()
    assert shares is not None

    norms = np.log10(column_norms(trace, trace.exact, "s"))
    found[4] = "  ".join((*change_in_words(float(norms[-1] - norms[0]), 13), shares.label(0)))
    panel.deleteLater()
    session.pin("")
    session.choose_cell("lstm")
    found[5] = say(session)
    take(session, "forget bias 0")
    found[6] = say(session)
    session.freeze("f", 1.0)
    found[6] += "  " + say(session)
    session.change(cell="tanh")
    take(session, "ReLU, W = 1.2·I")
    found[7] = say(session)
    return found


@pytest.mark.parametrize("stop", [number for number, quoted in TOUR.items() if quoted])
def test_what_a_stop_quotes_is_what_the_window_says(stop, said):
    for quoted in TOUR[stop]:
        assert quoted in said[stop], quoted


def test_the_tour_has_its_ten_stops_and_quotes_the_numbers():
    assert list(TOUR) == list(range(1, 11))
    assert sum(map(len, TOUR.values())) >= 9
