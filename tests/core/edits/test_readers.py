"""What reads typed numbers: teacher forcing, training, sampling, scripts."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest

from core.analysis.gradcheck import finish
from core.choices import Edit
from core.documents import trained
from core.documents.export import arrays
from core.edits import editing
from core.edits.places import places_of, stacked
from core.experiment import natural
from core.interop.scripts.torch_script import torch_script
from core.recorder import record
from core.training.optimizers import optimizer_named
from core.training.rollout import roll_out
from core.training.sampling import model, sample
from core.training.training import Training
from tests.core.edits.typed import S0, SMALL, X, places, refused, some_of_everything, typed
from tests.core.interop.test_scripts import check as check_script
from tests.core.structured import trace_of


@pytest.mark.parametrize("options", [{"structure": "1-n-feedback"}, {"output_feedback": True}, {"cell": "jordan"}])
def test_teacher_forcing_reads_the_typed_target(options):
    forced = natural("sine", steps=4, teacher_forcing=True, **options)
    trace = typed(forced, Edit("y", (1, 0, 0), 0.625))
    fed = ("L1", "a_prev") if ("L1", "a_prev") in trace.values else ("L1", "x")
    assert trace.values[fed][2, 0, 0] == 0.625
    assert finish(trace).passed


def test_with_teacher_forcing_a_target_that_is_only_read_can_be_typed():
    forced = natural("sine", steps=4, output_feedback=True, teacher_forcing=True, loss_at="last")
    trace = typed(forced, Edit("y", (0, 0, 0), 0.625))
    assert trace.values["L1", "a_prev"][1, 0, 0] == 0.625
    assert "does not include" in refused(forced.with_changes(teacher_forcing=False), Edit("y", (0, 0, 0), 0.625))


def test_a_symbol_may_become_any_numbers_and_has_the_name_that_it_has_then():
    plain = record(natural("next-character", text="hello"))
    names, labels = plain.data.input_names, plain.data.labels
    h, e = names.index("h"), names.index("e")
    assert labels[0] == "h"
    between = typed(plain.experiment, Edit("x", (0, 0, h), 0.3), Edit("x", (0, 0, e), -0.7))
    assert between.data.labels == ("", *labels[1:])
    other = typed(plain.experiment, Edit("x", (0, 0, h), 0.0), Edit("x", (0, 0, e), 1.0))
    assert other.data.labels == ("e", *labels[1:])
    assert finish(between).passed


@pytest.mark.parametrize("kind", ["sgd", "adam"])
@pytest.mark.parametrize("given_parameters", [False, True])
def test_a_training_keeps_what_is_locked_and_moves_on_from_the_rest(kind, given_parameters):
    held, free = Edit("L1.W", (0, 1), 0.5, True), Edit("L1.U", (0, 0), 0.3)
    experiment = editing.edited(SMALL, [held, free])
    optimizer = optimizer_named(kind)(0.1, **({"momentum": 0.9} if kind == "sgd" else {}))
    own = {n: a + 0.25 for n, a in record(SMALL).parameters.items()} if given_parameters else None
    training = Training(experiment, optimizer, parameters=own)
    assert training.parameters["L1.U"][0, 0] == (own["L1.U"][0, 0] if own else 0.3)
    before = deepcopy(training.parameters)
    for _ in range(5):
        training.update()
        assert training.parameters["L1.W"][0, 1] == 0.5
    moved = {name: training.parameters[name] != before[name] for name in before}
    assert not moved["L1.W"][0, 1] and moved["L1.W"].sum() == moved["L1.W"].size - 1
    assert moved["L1.U"].all()
    result = editing.absorbed(experiment)
    assert result.edits == (held,)
    assert record(result, training.parameters).parameters["L1.U"][0, 0] == training.parameters["L1.U"][0, 0]


def test_a_trained_runs_file_has_what_is_locked_and_the_shown_data(tmp_path):
    experiment = editing.edited(SMALL, [Edit("L1.W", (0, 1), 0.5, True), Edit("L1.U", (0, 0), 0.3), X, S0])
    training = Training(experiment, optimizer_named("adam")(0.1))
    training.update()
    result = editing.absorbed(experiment)
    assert {edit.name for edit in result.edits} == {"L1.W", "x", "L1.s_0"}
    trained.write(tmp_path / "run.npz", result, training.parameters, training.history)
    back = trained.read(tmp_path / "run.npz")
    assert back.experiment == result
    assert all(np.array_equal(back.parameters[name], array) for name, array in training.parameters.items())
    exported = arrays(record(result, training.parameters))
    assert exported["x"][0, 0, 0] == X.value


def test_sampling_and_rolling_out_go_by_the_typed_parameters():
    words = natural("next-character", text="hello", steps=3, hidden=2)
    plain = record(words)
    moved = typed(words, Edit("out.b", (1,), 9.0), Edit("x", (0, 0, 0), 0.5), Edit("L1.s_0", (0, 0), 0.5))
    made = model(moved.experiment, moved.parameters)
    assert set(sample(made, 5)) == {made.alphabet[1]}
    assert made.probabilities("h")[1] > model(words, plain.parameters).probabilities("h")[1]
    sine = natural("sine", steps=4, hidden=2)
    typed_sine = typed(sine, Edit("out.b", (0,), 0.5), Edit("x", (0, 0, 0), 9.0))
    plainly = roll_out(sine, record(sine).parameters, 3, 2)
    shifted = roll_out(typed_sine.experiment, typed_sine.parameters, 3, 2)
    bias = typed_sine.parameters["out.b"][0] - record(sine).parameters["out.b"][0]
    assert np.allclose(shifted.outputs[0] - plainly.outputs[0], bias)  # x is the shown run's own


SCRIPTED = [
    "n-n",
    "three layers",
    "bidirectional, two layers",
    "encoder-decoder",
    "attention",
    "lengths",
    "1-n-feedback",
]


@pytest.mark.parametrize("kind", ["numpy", "torch"])
@pytest.mark.parametrize("cell", ["tanh", "lstm", "gru"])
@pytest.mark.parametrize("name", SCRIPTED)
def test_a_script_gives_an_edited_runs_numbers(name, cell, kind, capsys):
    plain = trace_of(name, cell, steps=3, hidden=2, batch=2)
    trace = typed(plain.experiment, *some_of_everything(plain))
    check_script(trace, capsys, kind)
    assert trace.loss != plain.loss


def test_torchs_own_layer_begins_with_the_typed_states(capsys):
    plain = trace_of("bidirectional, two layers", "lstm", steps=3, hidden=2, batch=2, bidirectional="concat")
    trace = typed(plain.experiment, *some_of_everything(plain))
    text = torch_script(trace, "run").text
    assert "torch.nn.LSTM" in text and "c_0 = np.array" in text
    check_script(trace, capsys, "torch")


def test_the_places_of_an_experiment_are_those_of_its_run():
    trace = trace_of("attention", "lstm")
    assert places_of(trace.experiment).shapes == places(trace).shapes


@pytest.mark.parametrize("cell", ["lstm", "gru", "tanh", "peephole"])
def test_a_gates_number_has_its_place_in_the_stack(cell):
    trace = record(natural("echo", cell=cell, hidden=3, steps=2))
    numbers = {
        name: np.arange(array.size, dtype=float).reshape(array.shape) for name, array in trace.parameters.items()
    }
    for name, block in trace.named_parameters(numbers).items():
        for index in np.ndindex(block.shape):
            full, place = stacked(trace.network, name, index)
            assert numbers[full][place] == block[index]
    assert stacked(trace.network, "x", (0, 0, 0)) == ("x", (0, 0, 0))
    assert stacked(trace.network, "L1.s_0", (0, 0)) == ("L1.s_0", (0, 0))
    assert stacked(trace.network, "L1.W_q", (0, 0)) == ("L1.W_q", (0, 0))
