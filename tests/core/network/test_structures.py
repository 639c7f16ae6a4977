"""Every structure with every cell: each recorded number and gradient against autograd, parameters by differences."""

from __future__ import annotations

from itertools import product
from typing import get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from core.cells import CELLS, cell_named
from core.choices import JoinBy, Structure
from core.errors import InputError
from core.experiment import Experiment, natural
from core.recorder import record
from tests.core.one_step import evaluate
from tests.core.oracle import derivatives as oracle
from tests.core.outcomes import agrees, data_of, differences_agree, outcome
from tests.core.strategies import DRAWN, RELAXED, structures
from tests.core.test_refusals import is_refused

NAMES = tuple(cell.name for cell in CELLS)
JOINS = (None, *get_args(JoinBy))
CODED = [
    {"context": kind, "context_at": at, "output_steps": written, "teacher_forcing": teacher}
    for kind, written, teacher in (("last", 2, False), ("transform", 4, True), ("all", None, False))
    for at in ("initial", "every")
]
ATTENDING = [
    {"context": kind, "score": score, "output_steps": written, "teacher_forcing": teacher}
    for kind, score, written, teacher in (
        ("last", "dot", 2, False),
        ("transform", "additive", 4, True),
        ("all", "bilinear", None, False),
        ("last", "bilinear", 4, False),
        ("transform", "dot", None, False),
        ("all", "additive", 2, True),
    )
]
OTHERS = [
    {},
    {"output_feedback": True},
    {"convolution": 3, "filters": 3},
    {"reverse_at": "last-step"},
    {"output_feedback": True, "teacher_forcing": True, "convolution": 2},
]
OPTIONS = {
    "encoder-decoder": CODED,
    "attention": ATTENDING,
    "1-n-feedback": [{}, {"teacher_forcing": True}],
}
SMALL = {"steps": 3, "hidden": 2, "taps": 2, "periods": (1, 2), "initial_state": 0.2}


def grid(cell: str, structure: str):
    """Every number of layers with every join, the options, losses, lengths and windows in turn."""
    for turn, (layers, join) in enumerate(product((1, 2), JOINS), start=NAMES.index(cell)):
        options = OPTIONS.get(structure, OTHERS)
        chosen = {**SMALL, **options[turn % len(options)]}
        chosen.update(cell=cell, structure=structure, layers=layers, bidirectional=join, batch=3)
        read = 1 if structure == "1-1" else 3
        lengths = (3, 1, 2) if turn % 4 == 1 and read == 3 else ()
        loss, window = oracle.LOSSES[turn % 3], (None, 2, None, None, 1)[turn % 5]
        data = data_of(turn, loss, read, chosen.get("output_steps"), 3, last=structure == "n-1", lengths=lengths)
        yield turn, chosen, data, window if cell_named(cell).learned else None


@pytest.mark.parametrize("structure", get_args(Structure))
@pytest.mark.parametrize("cell", NAMES)
def test_every_cell_in_every_structure(cell, structure):
    reached = 0
    for turn, chosen, data, window in grid(cell, structure):
        if is_refused(chosen):
            with pytest.raises(InputError):
                outcome(Experiment().with_changes(**chosen), data)
            continue
        found = outcome(Experiment().with_changes(**chosen), data, seed=turn, window=window)
        agrees(found, window)
        if turn % 9 == 0 and window is None:
            differences_agree(found)
        reached += 1
    stateless = not cell_named(cell).recurrent_states
    fed = cell_named(cell).fed or cell == "ngram"
    never = (structure in ("encoder-decoder", "attention") and stateless) or (structure == "1-n-feedback" and fed)
    assert (reached == 0) == never


@pytest.mark.parametrize("taps", [1, 2])
@pytest.mark.parametrize("join", ["sum", "concat"])
def test_windows_of_what_a_convolution_has_made_beyond_a_short_sample(join, taps):
    """Found by chance: a window of one step is x_t itself, at the steps that a sample does not have, too."""
    data = data_of(0, "squared", read=3, written=None, batch=2, last=True, lengths=(2, 3))
    chosen = {"cell": "tdnn", "bidirectional": join, "convolution": 2, "filters": 1, "taps": taps}
    found = outcome(Experiment().with_changes(steps=3, batch=2, hidden=1, **chosen), data)
    agrees(found)
    differences_agree(found)


@pytest.mark.parametrize("structure", get_args(Structure))
@settings(
    RELAXED, max_examples=12, suppress_health_check=[*RELAXED.suppress_health_check, HealthCheck.large_base_example]
)
@given(draw=st.data())
def test_any_structure_of_any_size(structure, draw):
    """T from 1, one sample and one unit too, every option, truncated or not, samples of different lengths or not."""
    seed, steps, batch = (draw.draw(st.integers(low, high)) for low, high in ((0, 9999), (1, 4), (1, 3)))
    chosen = {**draw.draw(structures()), "structure": structure, "cell": draw.draw(st.sampled_from(DRAWN))}
    chosen.update(steps=steps, batch=batch, hidden=draw.draw(st.integers(1, 3)), periods=(1,), initial_state=0.1)
    chosen["taps"] = draw.draw(st.integers(1, 3))
    read = 1 if structure == "1-1" else steps
    lengths = draw.draw(st.just(()) | st.tuples(*[st.integers(1, read)] * batch))
    data = data_of(
        seed,
        draw.draw(st.sampled_from(oracle.LOSSES)),
        read=read,
        written=chosen["output_steps"] if structure in ("encoder-decoder", "attention") else None,
        batch=batch,
        last=structure == "n-1",
        lengths=lengths,
    )
    window = draw.draw(st.none() | st.integers(1, steps))
    try:
        experiment = Experiment().with_changes(**chosen)
    except InputError:
        reject()
    found = outcome(experiment, data, seed, window=window)
    agrees(found, window)
    if window is None:
        differences_agree(found)


def test_the_oracle_knows_every_cell():
    assert set(oracle.KINDS) == set(NAMES)


def recorded(structure: str, **changes):
    """A small run of a text by way of the recorder, T = 3."""
    small = {"text": "abac", "steps": 3, "hidden": 2, "batch": 3, "initial_state": 0.2, "bias": 0.1}
    return record(natural("next-character", **small).with_changes(structure=structure, **changes))


@pytest.mark.parametrize("written", [1, 2, 5, None])
@pytest.mark.parametrize("score", ["dot", "additive", "bilinear"])
def test_what_attention_records(score, written):
    trace = recorded("attention", score=score, output_steps=written, layers=2, context="transform")
    steps = written or 3
    for numbers in (trace.values, trace.exact):
        assert numbers["attention", "e"].shape == numbers["attention", "a"].shape == (steps, 3, 3)
        assert numbers["context", "c"].shape == (steps, 3, 2)
        assert numbers["bridge", "c"].shape == numbers["bridge", "h"].shape == (1, 3, 2)
        assert numbers["E1", "h"].shape == numbers["E2", "s"].shape == (3, 3, 2)
        assert numbers["D1", "s"].shape == numbers["D2", "h"].shape == (steps, 3, 2)
        assert numbers["D1", "x"].shape == (steps, 3, 3 + 2)
        assert numbers["out", "z"].shape == (steps, 3, 3)
    assert np.allclose(trace.values["attention", "a"].sum(axis=2), 1.0, rtol=1e-14)
    own = {"dot": set(), "additive": {"A_s", "A_k", "v"}, "bilinear": {"A"}}[score]
    assert {name for name in trace.parameters if name.startswith("attention.")} == {f"attention.{k}" for k in own}
    assert all(trace.exact_parameters[f"attention.{k}"].any() for k in own) or written == 1


@pytest.mark.parametrize("written", [1, 5, None])
@pytest.mark.parametrize("at", ["initial", "every"])
@pytest.mark.parametrize("kind", ["last", "transform", "all"])
def test_what_an_encoder_and_a_decoder_record(kind, at, written):
    trace = recorded("encoder-decoder", context=kind, context_at=at, output_steps=written, cell="lstm", layers=2)
    steps = written or 3
    for numbers in (trace.values, trace.exact):
        assert numbers["context", "c"].shape == (1, 3, 2)
        assert (("context", "h") in numbers) == (kind != "last")
        assert numbers["E2", "c"].shape == (3, 3, 2)
        assert numbers["D2", "c"].shape == (steps, 3, 2)
        assert numbers["D1", "x"].shape == (steps, 3, 3 + (2 if at == "every" else 0))
    assert trace.exact["context", "c"].any()
    if kind == "last":
        assert np.array_equal(trace.values["context", "c"][0], trace.values["E2", "s"][-1])
    handed = {name for name in ("s", "c") if np.array_equal(trace.start["D1", name], trace.values["E1", name][-1])}
    assert handed == ({"s", "c"} if (kind, at) == ("last", "initial") else set())


def test_what_layers_joins_convolution_and_feedback_record():
    trace = recorded("n-n", layers=2, bidirectional="concat", convolution=2, filters=5)
    assert trace.values["conv", "h"].shape == trace.exact["conv", "s"].shape == (3, 3, 5)
    for part in ("L1", "L1r", "L2", "L2r"):
        assert trace.exact[part, "h"].shape == (3, 3, 2)
    assert trace.values["J1", "s"].shape == trace.values["L2r", "x"].shape == trace.exact["J2", "s"].shape == (3, 3, 4)
    fed = recorded("n-n", layers=2, output_feedback=True, cell="gru")
    assert fed.values["L1", "a_prev"].shape == fed.exact["L1", "a_prev"].shape == (3, 3, 3)
    assert np.array_equal(fed.values["L1", "a_prev"][1:], fed.values["out", "a"][:-1])
    assert fed.parameters["L1.F"].shape == (3, 6)
    one = recorded("1-n-feedback")
    assert np.array_equal(one.values["L1", "x"][0], one.data.x[0])
    assert np.array_equal(one.values["L1", "x"][1:], one.values["out", "a"][:-1])
    forced = recorded("1-n-feedback", teacher_forcing=True)
    assert np.array_equal(forced.values["L1", "x"][1:], forced.data.y[:-1])


def test_what_each_wiring_of_one_to_many_reads():
    assert not recorded("1-n").values["L1", "x"][1:].any()
    every = recorded("1-n-every").values["L1", "x"]
    assert (every == every[0]).all() and every.any()
    assert recorded("1-1").values["L1", "x"].shape == (1, 3, 3)


@pytest.mark.parametrize("how", ["last-step", "own-end"])
@pytest.mark.parametrize("cell", [name for name in NAMES if cell_named(name).recurrent_states])
def test_claim_16_the_reverse_state_at_the_last_step_ignores_the_first_input(cell, how):
    """At the original T the reverse chain has read x_T alone; at its own end it has read everything."""
    reached = 0
    for seed in range(20):
        data = data_of(seed, "squared", read=6, last=True, batch=3)
        chosen = {"cell": cell, "steps": 6, "hidden": 2, "batch": 3, "periods": (1, 2), "bidirectional": "concat"}
        found = outcome(Experiment(reverse_at=how).with_changes(**chosen), data, seed)
        arrived = found.gradients["L1r", "x"]
        if how == "last-step":
            assert not arrived[:-1].any()
        reached += bool(arrived[-1 if how == "last-step" else 0].any())
    assert reached >= (10 if cell == "relu" else 20)  # a unit of the ReLU may be shut for all samples


@pytest.mark.parametrize("structure", ["n-n", "encoder-decoder", "attention", "1-n-feedback"])
@pytest.mark.parametrize("cell", NAMES)
def test_the_graph_agrees_with_the_loops_in_every_chain(cell, structure):
    """Every step of every scan, evaluated from what the loop read; the gradient it arrives with is the recorded one."""
    kind = cell_named(cell)
    chosen = {**SMALL, "cell": cell, "structure": structure, "layers": 2 if kind.stackable else 1, "batch": 3}
    if structure == "n-n":
        chosen |= {"bidirectional": "sum"} if kind.stackable and not kind.fed else {"output_feedback": True}
    if is_refused(chosen):
        return
    found = outcome(Experiment().with_changes(**chosen), data_of(3, "categorical", batch=3), seed=5)
    for scan in found.network.members:
        if scan.name in found.run.records:
            asked = structure == "attention" and scan.name == "D1"  # its s_{t−1} is the query, too
            for key, (evaluated, looped) in steps_of(found, scan).items():
                if asked and key == ("start", "s"):
                    continue
                scale = max(np.abs(looped).max(), 1e-3)
                assert np.abs(evaluated - looped).max() < 1e-11 * scale, (scan.name, key)


def steps_of(found, scan):
    """Each quantity and gradient of every step: as the graph has it, as the loop has it."""
    r, d = found.run.records[scan.name], found.back.records[scan.name]
    parameters, cell = scan.views(found.parameters), scan.cell
    for name, (array, mask) in scan.masked(dict(parameters)).items():
        parameters[name] = array if mask is None else array * mask
    compared, later = {}, None
    for t in reversed(range(len(r.x))):
        came = {f"{name}_prev": getattr(r, f"{name}_prev")[t] for name in cell.recurrent_states}
        clocks = {each.out: getattr(r, each.out)[t] for each in cell.graph if each.kind == "clock"}
        fed = {"a_prev": r.a_prev[t]} if scan.feedback else {}
        arriving = {"s": d.s[t]}
        if "c" in cell.recurrent_states:  # nothing but the next step, or a decoder's first, reads a cell state
            begins = [each for each in found.network.members if getattr(each, "initial", None) == scan.name]
            outside = found.gradients[f"start {begins[0].name} c"] if begins else np.zeros_like(d.c[t])
            arriving["c"] = outside if later is None else later
        step = evaluate(cell.graph, parameters, {"x": r.x[t], **came, **clocks, **fed}, arriving)
        later = step.gradients.get("c_prev")
        for each in cell.records:
            compared[each.name, t] = step.values[each.name], getattr(r, each.name)[t]
            compared["d", each.name, t] = step.gradients[each.name], getattr(d, each.name)[t]
        compared["dx", t] = step.gradients["x"], d.x[t]
        if fed:
            compared["da", t] = step.gradients["a_prev"], d.a_prev[t]
        if t == 0:
            for name in cell.recurrent_states:
                compared["start", name] = step.gradients[f"{name}_prev"], getattr(d, f"{name}_base")[0]
    return compared
