"""The claim strip: its sentences against the run's numbers, what it says while a run plays, and that nothing is cut."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from PySide6.QtGui import QFontMetricsF

from core.cells import CELLS
from core.claims import claim as claims
from core.claims.claim import claim_of
from core.errors import InputError
from core.experiment import Experiment, natural
from core.network.structures import STRUCTURES
from core.recorder import record
from core.timeline.timeline import BACKWARD, FORWARD, LOSS
from explorer.panels.claim.panel import ClaimPanel
from explorer.panels.claim.words import headline, reasons
from explorer.session.session import Session
from explorer.style.numbers import parse
from tests.core.claims.test_claim import KINDS
from tests.core.strategies import DRAWN, RELAXED, experiments

NUMBER = r"(−?\d+(?:\.\d+)?(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?)"
FACTOR = re.compile(rf"{NUMBER} times (smaller|larger)\.")
BACK = re.compile(r"^(\d+) steps? back, ")
PRODUCT = re.compile(rf"^{NUMBER} × {NUMBER} ([=≈]) {NUMBER} a step\.$")
RANGE = re.compile(rf"{NUMBER} … {NUMBER}")
ABOUT = re.compile(rf"about {NUMBER}")


@pytest.fixture
def strip(show_panel):
    """A strip on a session with the whole run done, of a width."""

    def make(experiment=None, width=940, theme="light", **changes):
        session = Session((experiment or Experiment()).with_changes(**changes), theme)
        session.seek(session.timeline.complete)
        while session.finding:
            session.find(lambda: False)
        panel = ClaimPanel()
        show_panel(panel, session, width, panel.sizeHint().height())
        panel.resize(width, panel.sizeHint().height())
        return panel

    return make


def said(experiment) -> tuple[str, list[str], object]:
    """Headline, reasons and trace of an experiment's finished run."""
    session = Session(experiment)
    session.seek(session.timeline.complete)
    claim = claim_of(session.trace)
    return headline(claim), reasons(session, claim), session.trace


def test_a_span_whose_ends_are_written_alike_is_one_number():
    _, why, _ = said(Experiment().with_cell("gru"))
    assert why[1].startswith("Along s alone a step passes on about 0.99; ")


def close(shown: str, wanted: float) -> bool:
    """Whether a number is shown as one should be: to half a unit of its last digit, of three at most."""
    decimals = len(re.sub(r"·10.*", "", shown).partition(".")[2])
    exponent = math.floor(math.log10(abs(parse(shown))))
    unit = 10.0 ** (exponent - decimals if "·10" in shown else max(-decimals, exponent - 2))
    return abs(parse(shown) - wanted) <= 0.5000001 * unit


def check(head: str, why: list[str], trace) -> None:
    claim = claim_of(trace)
    text = " ".join((head, *why))
    assert "{" not in text and "}" not in text and head.endswith(".") and all(each.endswith(".") for each in why)
    back = BACK.match(head)
    assert (back is not None) == (claim.form in (claims.SMALLER, claims.LARGER, claims.ALIKE))
    if back is not None:
        assert int(back[1]) == claim.numbers["steps"]
        factor = FACTOR.search(head)
        assert (factor is None) == (claim.form == claims.ALIKE)
        if factor is not None:
            assert factor[2] == claim.form and close(factor[1], claim.numbers["factor"])
    for each in why:
        product = PRODUCT.match(each)
        if product is not None:
            w, slope, sign, whole = product.groups()
            assert close(w, claim.numbers["weights"]) and close(slope, claim.numbers["slope"])
            assert close(whole, claim.numbers["each"])
            assert (sign == "=") == (round(parse(w) * parse(slope), 2) == parse(whole)) or "·10" in each
        elif claim.cause in (claims.EVEN, claims.PRODUCT) and ", the slope " in each:
            slope = each.partition(", the slope ")[2]
            low, high = RANGE.findall(slope)[-1] if RANGE.search(slope) else 2 * (ABOUT.findall(slope)[-1],)
            assert close(low, claim.numbers["slope_low"]) and close(high, claim.numbers["slope_high"])


@settings(RELAXED, max_examples=60)
@given(experiments(DRAWN, steps=(1, 8)))
def test_every_number_of_every_sentence_is_that_of_its_run(experiment):
    check(*said(experiment))


@pytest.mark.parametrize("changes", [kind[2] for kind in KINDS.values()], ids=KINDS)
def test_every_kind_has_its_sentence(changes):
    check(*said(Experiment().with_changes(**changes)))


def test_the_default_run_says_what_the_design_says():
    head, why, _ = said(Experiment())
    assert head == "13 steps back, the gradient is 388 times smaller."
    assert why == [
        "W multiplies it by exactly 0.80 at every step, the slope 1 − s² by 0.58 … 0.90.",
        "0.80 × 0.79 = 0.63 a step.",
    ]


def test_a_relu_of_the_identity_is_a_power_of_its_factor():
    head, why, _ = said(Experiment().with_changes(**KINDS["explodes"][2]))
    assert head == "13 steps back, the gradient is 10.7 times larger."
    assert why == ["W multiplies it by exactly 1.20 at every step, and every slope is 1.", "1.20¹³ = 10.7."]


@pytest.mark.parametrize("t", [2, 7, 14])
def test_while_a_run_plays_the_strip_says_what_the_step_does(strip, t):
    panel = strip()
    session = panel.session
    session.seek(session.timeline.index(FORWARD, t))
    assert panel.headline == f"Forward, step {t} of 14: it reads its input and what step {t - 1} hands on."
    session.seek(session.timeline.index(LOSS))
    assert panel.headline == "The loss compares what came out with the target."
    session.seek(session.timeline.index(BACKWARD, t))
    assert panel.headline.startswith(f"Backward, step {t} of 14: the gradient comes from ")
    index = str(t).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
    after = str(t + 1).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
    arrives = f"∂L/∂h{after}·Wᵀ" if t < 14 else f"∂L/∂z{index}·Vᵀ"
    halves = f"∂L/∂s{index} = {arrives},  then  ∂L/∂h{index} = ∂L/∂s{index} ⊙ (1 − s{index}²)"
    assert panel.reasons == [halves]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_every_step_of_every_cell_has_its_words(strip, cell):
    task = "next-character" if cell.name == "ngram" else "sine"
    panel = strip(natural(task, cell=cell.name, steps=4, hidden=3, batch=2))
    session = panel.session
    for k in range(session.timeline.last + 1):
        session.seek(k)
        assert panel.headline and "{" not in panel.headline
        assert all(text and "{" not in text for text in panel.reasons)


def test_it_follows_a_slider(strip):
    panel = strip()
    before = panel.headline
    panel.session.change(w_gain=1.0)
    panel.session.follow(lambda: False)
    assert panel.headline != before
    assert panel.reasons[0].startswith("W multiplies it by exactly 1.00 at every step")


def test_a_hidden_error_is_not_given_away(strip):
    panel = strip(steps=5)
    panel.session.hunt.start(1)
    panel.session.follow(lambda: False)
    panel.session.seek(panel.session.timeline.complete)
    assert panel.headline == "One step of this backward pass is wrong: which?"
    assert panel.reasons == [] and panel.accessibleDescription() == ""


def test_an_error_that_is_switched_on_is_named(strip):
    panel = strip(fault="only-the-slope")
    assert panel.headline.startswith("Wrong on purpose: ")
    panel.session.set_view(notation="ng")
    assert panel.reasons == ["Vanishing is blamed on φ′ alone: W_aaᵀ is left out of the backward pass."]


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("cell", ["tanh", "lstm", "gru", "jordan", "clockwork"])
def test_nothing_is_cut_off_at_any_width(strip, cell, structure):
    try:
        experiment = natural("sine", cell=cell, structure=structure, steps=5, hidden=3, periods=(1, 2, 4))
    except InputError:
        pytest.skip("they do not go together")
    for theme, width in (("light", 940), ("projector", 1000), ("dark", 1900)):
        panel = strip(experiment, width, theme)
        for position in (panel.session.timeline.complete, panel.session.timeline.index(BACKWARD, 1)):
            panel.session.seek(position)
            for text, font, place in panel.lines():
                assert QFontMetricsF(font).horizontalAdvance(text) <= place.width() + 0.5
                assert place.bottom() <= panel.height()


def test_a_screen_reader_hears_all_of_it(strip):
    panel = strip(width=300, clip_norm=0.01)
    assert panel.accessibleName() == panel.headline
    assert panel.accessibleDescription() == " ".join(panel.reasons)
    assert len(panel.reasons) == 3 and panel.lines()[1][0] != panel.accessibleDescription()


def test_within_a_beat_nothing_is_made_or_painted(strip, qapp):
    panel = strip()
    session = panel.session
    at = session.timeline.index(BACKWARD, 5)
    session.seek(at + 0.05)
    panel.repaint()
    qapp.processEvents()
    before = panel.paints, panel.made
    for share in np.linspace(0.1, 0.9, 9):
        session.seek(at + float(share))
        qapp.processEvents()
    assert (panel.paints, panel.made) == before
    session.seek(at + 1.5)
    qapp.processEvents()
    assert (panel.paints, panel.made) == (before[0] + 1, before[1] + 1)


def test_a_large_run_gets_its_cause_when_the_map_is_there(show_panel, monkeypatch):
    monkeypatch.setattr("explorer.panels.claim.panel.is_quick", lambda trace: False)
    session = Session(Experiment())
    session.seek(session.timeline.complete)
    panel, _ = show_panel(ClaimPanel(), session, 900, 60)
    assert panel.reasons == []
    while session.finding:
        session.find(lambda: False)
    assert panel.reasons


def test_the_claim_is_made_once_for_a_run(strip, monkeypatch):
    from explorer.panels.claim import panel as module

    made = []
    monkeypatch.setattr(module, "claim_of", lambda *args: made.append(1) or claim_of(*args))
    panel = strip()
    for position in range(panel.session.timeline.last + 1):
        panel.session.seek(position)
    assert len(made) == 1


def test_a_kind_without_words_would_be_found():
    known = {claims.NOT_FINITE, claims.SMALLER, claims.LARGER, claims.ALIKE}
    forms = {kind[0] for kind in KINDS.values()}
    assert known <= forms | known
    trace = record(Experiment())
    with pytest.raises(KeyError):
        headline(claims.Claim("unheard of"))
    assert trace.steps == 14
