"""The inspector counts saturated units and steps: against plain counts of the run's own numbers."""

from __future__ import annotations

import numpy as np
import pytest

from core.chain.rows import row_of_signal
from core.experiment import Experiment, natural
from explorer.session.session import Selection


def saturation_of(panel) -> list[str]:
    """The lines from the first that says so to the end."""
    texts = panel.arithmetic.texts()
    return texts[next((k for k, text in enumerate(texts) if text.startswith("Saturated")), len(texts)) :]


def choose(session, record: str, t: int, unit: int) -> None:
    row = row_of_signal(session.trace, (session.trace.scan.name, record))
    session.select(Selection(row, t, record=record, unit=unit))


def counted(flat: np.ndarray, t: int, unit: int, steps: int) -> list[str]:
    """`flat` (T, H) bool."""
    own = flat[:steps, unit].sum()
    return [f"at t = {t} {flat[t - 1].sum()} of {flat.shape[1]} units", f"unit {unit + 1} at {own} of {steps} steps"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_of_a_state_it_is_a_small_slope(show, seed):
    panel = show(Experiment(steps=7, hidden=5, input_scale=4.0, weight_seed=seed, batch=2))
    session = panel.session
    for sample in range(2):
        session.set_view(sample=sample)
        flat = 1 - session.trace.values["L1", "s"][:, sample] ** 2 < 0.1
        assert flat.any() and not flat.all()
        for t in (1, 4, 7):
            for record in ("s", "h"):
                choose(session, record, t, 2)
                assert saturation_of(panel) == ["Saturated, a slope below 0.1:", *counted(flat, t, 2, 7)]


@pytest.mark.parametrize("gate", ["i", "f", "o"])
def test_of_a_gate_it_is_how_near_it_is_to_its_ends(show, gate):
    panel = show(Experiment(steps=6, hidden=4, input_scale=3.0).with_cell("lstm"))
    value = panel.session.trace.values["L1", gate][:, 0]
    choose(panel.session, gate, 3, 1)
    flat = (value <= 0.1) | (value >= 0.9)
    assert saturation_of(panel) == ["Saturated, within 0.1 of 0 or 1:", *counted(flat, 3, 1, 6)]


def test_a_reverse_chain_is_counted_at_its_own_step_and_only_what_a_sample_has(show):
    panel = show(natural("surname", hidden=3, batch=3, bidirectional="concat", input_scale=4.0))
    session, trace = panel.session, panel.session.trace
    for sample in range(3):
        session.set_view(sample=sample)
        own = int(trace.data.present[:, sample].sum())
        for scan in trace.scans[:2]:
            flat = 1 - trace.values[scan.name, "s"][:, sample] ** 2 < 0.1
            session.select(Selection(row_of_signal(trace, (scan.name, "s")), 2, record="s", unit=0))
            assert saturation_of(panel)[1:] == counted(flat, 2, 0, own)


def test_nothing_is_said_of_sums_and_of_a_frozen_gate_and_before_it_is_computed(show):
    panel = show(Experiment(steps=4).with_cell("lstm").freeze("f", 1.0), end=False)
    session = panel.session
    choose(session, "i", 2, 0)
    assert not saturation_of(panel)
    session.seek(session.timeline.index("loss"))
    assert len(saturation_of(panel)) == 2, "the other steps are counted when the gradient has come here"
    session.seek(session.timeline.complete)
    assert len(saturation_of(panel)) == 3
    for record in ("f", "c"):
        choose(session, record, 2, 0)
        assert not saturation_of(panel)
