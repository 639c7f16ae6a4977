"""Arrays of several layers by the names that people give them: with the layer, from 0 or from 1, and the direction."""

from __future__ import annotations

import numpy as np
import pytest

from core.diagnosis.diagnosis import diagnosing
from core.diagnosis.given import read
from core.diagnosis.report import Report
from core.errors import InputError
from core.experiment import natural
from core.jobs import finished
from core.own.layout import ROWS, Layout
from core.recorder import record
from core.trace import Trace

SIZES = {"steps": 4, "batch": 2, "hidden": 3, "bias": 0.1}


def trace_of(cell: str = "lstm", **changes) -> Trace:
    return record(natural("echo", cell=cell, **{**SIZES, "layers": 2, **changes}))


def torch(trace: Trace) -> dict[str, np.ndarray]:
    """Gradients under PyTorch's names; gates i, f, g, o as here."""
    found = {}
    for scan in trace.scans:
        layer = f"l{int(scan.name[1]) - 1}" + "_reverse" * scan.reverse
        for own, name in (("U", "weight_ih"), ("W", "weight_hh"), ("b", "bias_ih"), ("b", "bias_hh")):
            found[f"lstm.{name}_{layer}.grad"] = trace.exact_parameters[f"{scan.name}.{own}"].T
    return found | {
        "fc.weight.grad": trace.exact_parameters["out.V"].T,
        "fc.bias.grad": trace.exact_parameters["out.b"],
    }


@pytest.mark.parametrize("bidirectional", [None, "concat"])
def test_those_of_a_state_dict(bidirectional):
    trace = trace_of(bidirectional=bidirectional)
    arrays = torch(trace)
    found = finished(diagnosing(trace, read(trace, arrays)))
    assert found.agrees and len(found.items) == len(arrays)
    name = next(each for each in arrays if "hh_l0" in each)
    arrays[name] = 2.0 * arrays[name]
    found = finished(diagnosing(trace, read(trace, arrays)))
    assert found.first is not None and found.first.item.name == name


@pytest.mark.parametrize("form", ["{}{}", "{}_{}", "{}_l{}", "{}_layer{}", "layer{1}.{0}", "L{1}_{0}", "{}_layer_{}"])
@pytest.mark.parametrize("first", [0, 1])
def test_the_layer_in_any_place(form, first):
    trace = trace_of("tanh")
    arrays = {}
    for k, scan in enumerate(trace.scans, first):
        for own, name in (("U", "dWxh"), ("W", "dWhh"), ("b", "dbh")):
            arrays[form.format(name, k)] = np.array(trace.exact_parameters[f"{scan.name}.{own}"])
    arrays["dWhy"] = np.array(trace.exact_parameters["out.V"])
    found = finished(diagnosing(trace, read(trace, arrays, Layout(weights=ROWS))))
    assert found.agrees
    named = {each.name: each.quantities[0].name for each in found.items}
    assert named[form.format("dWhh", first + 1)] == "L2.W" and named["dWhy"] == "out.V"


def test_both_directions_of_one_layer():
    trace = trace_of("tanh", layers=1, bidirectional="sum")
    arrays = {"dWh_fwd": trace.exact_parameters["L1.W"], "dWh_bwd": trace.exact_parameters["L1r.W"]}
    found = finished(diagnosing(trace, read(trace, {name: np.array(array) for name, array in arrays.items()})))
    assert {each.quantities[0].name for each in found.items} == {"L1.W", "L1r.W"} and found.agrees


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("dW",), "dW could be of several layers here; name the layer: dW1, dWx_l2"),
        (("foo1",), "foo1 could be of several layers here"),
        (("dW3",), r"dW3 is of a layer that this network does not have \(it has L1, L2\)"),
        (("dW1", "dW_l1"), "dW1 and dW_l1 mean the same array"),
    ],
)
def test_a_name_that_says_nothing_gets_one_sentence(names, said):
    trace = trace_of("tanh")
    with pytest.raises(InputError, match=said):
        read(trace, {name: np.zeros((3, 3)) for name in names})


FORMS = ("{1}.{0}", "{0}_{1}", "{1}oder_{0}", "{0}_{1}oder", "model.{1}oder.{0}", "{0}_{1}1", "{1}.{0}_l1")


@pytest.mark.parametrize("structure", ["encoder-decoder", "attention"])
def test_an_encoder_and_a_decoder_are_told_by_their_names(structure):
    trace = trace_of("tanh", layers=1, structure=structure, output_steps=3, delay=1)
    right = trace.exact_parameters
    parts = (("enc", "E1"), ("dec", "D1"))
    for form in FORMS:
        arrays = {
            form.format(name, coder): np.array(right[f"{part}.{own}"])
            for coder, part in parts
            for own, name in (("U", "dWxh"), ("W", "dWhh"), ("b", "dbh"))
        }
        arrays["dec.dWhy"] = np.array(right["out.V"])
        found = finished(diagnosing(trace, read(trace, arrays, Layout(weights=ROWS))))
        assert found.agrees, form
        named = {each.name: each.quantities[0].name for each in found.items}
        assert named[form.format("dWhh", "dec")] == "D1.W" and named["dec.dWhy"] == "out.V"
    steps = {f"{coder}.dh": np.array(trace.exact[part, "s"]) for coder, part in parts}
    assert len(steps) == 2 and finished(diagnosing(trace, read(trace, steps))).agrees
    torch = {
        f"{coder}oder.rnn.{name}_l0.grad": np.array(right[f"{part}.{own}"].T)
        for coder, part in parts
        for own, name in (("U", "weight_ih"), ("W", "weight_hh"))
    }
    torch["decoder.rnn.weight_hh_l0.grad"] *= 2.0
    found = finished(diagnosing(trace, read(trace, torch)))
    assert found.first is not None and found.first.item.name == "decoder.rnn.weight_hh_l0.grad"


def test_a_name_that_does_not_say_whose_it_is_gets_one_sentence():
    trace = trace_of("tanh", layers=1, structure="encoder-decoder", output_steps=3, delay=1)
    for name in ("dW", "dWhh1", "weight_hh_l0.grad"):
        with pytest.raises(InputError, match="could be of the encoder or of the decoder here; say which: dec.dW"):
            read(trace, {name: np.zeros((3, 3))})
    with pytest.raises(InputError, match="a layer that this network does not have"):
        read(trace, {"dec.dWhh2": np.zeros((3, 3))})
    with pytest.raises(InputError, match="“foo” is no name that is looked for"):
        read(trace, {"enc.foo": np.zeros((3, 3))})


@pytest.mark.parametrize("said", ["ifgo", "ifog", "fiog"])
@pytest.mark.parametrize("is_so", ["iofg", "ifgo", "gofi"])
def test_gates_in_another_order_than_is_said_are_named_in_the_order_that_they_have(said, is_so):
    if said == is_so:
        return
    trace = record(natural("echo", cell="lstm", **SIZES))
    stacks = {own: np.split(trace.exact_parameters[f"L1.{own}"], 4, axis=-1) for own in "UWb"}
    blocks = {own: dict(zip(trace.scan.cell.blocks, parts, strict=True)) for own, parts in stacks.items()}
    arrays = {
        name: np.concatenate([blocks[own][gate] for gate in is_so], axis=-1)
        for own, name in (("U", "dWx"), ("W", "dWh"), ("b", "db"))
    }
    found = finished(diagnosing(trace, read(trace, arrays, Layout(weights=ROWS, gates=said))))
    assert f"gates in the order {' '.join(is_so)}" in "\n".join(Report(found).lines())
