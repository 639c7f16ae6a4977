"""A run as a script: it stands alone, computes the recorded loss and gradients, and notices when it does not."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.cells import CELLS
from core.errors import InputError
from core.experiment import natural
from core.interop import files
from core.interop.scripts.numpy_script import numpy_script
from core.interop.scripts.text import INLINE
from core.interop.scripts.torch_script import torch_script
from core.recorder import record
from core.trace import Trace
from core.training.optimizers import Adam
from core.training.training import Training
from tests.core.cases import CASE, CELL, experiment_of
from tests.core.structured import STRUCTURE, STRUCTURES, trace_of

SCRIPTS = {"numpy": numpy_script, "torch": torch_script}
KIND = pytest.mark.parametrize("kind", SCRIPTS)
STRUCTURED_CELLS = ("lstm", "gru", "batchnorm")
DEEP = ("three layers", "bidirectional, two layers", "output feedback", "1-n-feedback")


def goes_together(cell: str, name: str) -> bool:
    try:
        natural("echo", cell=cell, **STRUCTURES[name])
    except InputError:
        return False
    return True


DEEPER = [(cell.name, name) for name in DEEP for cell in CELLS if cell.learned and goes_together(cell.name, name)]


def script_of(trace: Trace, kind: str = "numpy") -> str:
    if kind == "torch":
        pytest.importorskip("torch", reason="PyTorch is not installed, so its scripts are not run")
    found = SCRIPTS[kind](trace, "run")
    assert found.beside is None
    return found.text


def run(text: str) -> dict[str, Any]:
    """Runs a script in this process; its names afterwards. Raises SystemExit where its numbers differ."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(text, "run.py", "exec"), names)
    return names


def check(trace: Trace, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    """Runs the script, and compares what it has computed here, too."""
    names = run(script_of(trace, kind))
    assert np.isclose(float(names["L"]), trace.loss, rtol=1e-10, atol=0.0)
    if "G" in names:
        largest = max(abs(gradient).max() for gradient in trace.exact_parameters.values())
        assert set(names["G"]) == set(trace.exact_parameters)
        for name, gradient in trace.exact_parameters.items():
            assert np.allclose(names["G"][name], gradient, rtol=1e-10, atol=1e-12 * largest), name
    said = capsys.readouterr().out
    assert said.startswith("loss ")
    for name in names["recorded"]:
        assert f"dL/d{name}: norm " in said


@KIND
@CELL
@CASE
def test_every_cell_written_out_gives_the_recorded_numbers(cell, case, kind, capsys):
    experiment = experiment_of(cell, case)
    check(record(experiment.with_changes(steps=min(experiment.steps, 3))), capsys, kind)


@KIND
@STRUCTURE
@pytest.mark.parametrize("cell", STRUCTURED_CELLS)
def test_every_structure_written_out_gives_the_recorded_numbers(cell, name, kind, capsys):
    check(trace_of(name, cell, hidden=2, batch=2), capsys, kind)


@pytest.mark.parametrize(("cell", "name"), DEEPER)
def test_every_learned_cell_in_a_deeper_network(cell, name, capsys):
    check(trace_of(name, cell, hidden=2, batch=2), capsys, "numpy")


def test_only_cells_that_read_outputs_or_have_no_layer_are_left_out():
    learned = {cell.name for cell in CELLS if cell.learned}
    for name in DEEP:
        assert learned - {cell for cell, other in DEEPER if other == name} <= {"jordan", "narx", "ar"}


@pytest.mark.parametrize("task", ["adding", "sine", "echo"])
def test_every_loss(task, capsys):
    check(record(natural(task, cell="lstm", hidden=2, steps=3, batch=2)), capsys, "numpy")


@pytest.mark.parametrize("changes", [{"truncate": 2}, {"clip_norm": 0.01}, {"clip_value": 0.001}])
def test_the_gradients_are_the_exact_ones(changes, capsys):
    trace = record(natural("echo", hidden=2, steps=4, batch=2, **changes))
    assert "before truncation and clipping" in script_of(trace)
    check(trace, capsys, "numpy")


def test_weights_that_were_given(capsys):
    experiment = natural("echo", cell="gru", hidden=2, steps=3, batch=2)
    first = record(experiment)
    check(record(experiment, {name: 1.5 * array for name, array in first.parameters.items()}), capsys, "numpy")


@pytest.mark.parametrize(
    ("name", "cell"), [("n-n", "lstm"), ("n-n", "gru"), ("1-n-feedback", "tanh"), ("bidirectional, two layers", "relu")]
)
def test_a_changed_number_or_a_forgotten_addend_is_noticed(name, cell):
    text = script_of(trace_of(name, cell, hidden=2, batch=2))
    first = re.search(r'"L1\.W": np\.array\(\[\s*(-?[\d.e-]+)', text)
    assert first is not None
    value = repr(float(first[1]) * (1 + 1e-6))
    changed = text[: first.start(1)] + value + text[first.end(1) :]
    for wrong in (changed, *without_one_backward_line(text)):
        with pytest.raises(SystemExit) as stop:
            run(wrong)
        assert "the numbers differ by" in str(stop.value.code)


def without_one_backward_line(text: str) -> list[str]:
    """The script without each of the lines that add to a gradient."""
    lines = text.splitlines()
    back = [k for k, line in enumerate(lines) if line.startswith("    d") and " += " in line]
    assert len(back) >= 8
    return ["\n".join([*lines[:k], *lines[k + 1 :]]) for k in back]


@pytest.mark.parametrize("size", [2, 20])
def test_a_script_alone_in_a_folder(size, tmp_path: Path):
    """With few numbers in it, and with many beside it; a changed one ends it with status 1."""
    trace = record(natural("echo", cell="gru", hidden=size, steps=3 * size, batch=2))
    script = numpy_script(trace, "run")
    assert (script.beside is not None) == (size == 20)
    assert script.beside is None or sum(map(np.size, script.beside.arrays.values())) > INLINE
    path = tmp_path / "run.py"
    files.write_script(path, script)
    good = subprocess.run([sys.executable, "-W", "error", path], capture_output=True, text=True, cwd=tmp_path)
    assert (good.returncode, good.stderr) == (0, "")
    assert f"recorded {trace.loss!r}" in good.stdout and "dL/dL1.W: norm" in good.stdout
    path.write_text(re.sub(r"recorded_loss = .*", f"recorded_loss = {trace.loss * (1 + 1e-8)!r}", script.text))
    bad = subprocess.run([sys.executable, path], capture_output=True, text=True, cwd=tmp_path)
    assert bad.returncode == 1 and "the numbers differ by" in bad.stderr


@pytest.mark.parametrize("script", SCRIPTS.values())
def test_a_run_that_is_wrong_or_broken_is_refused(script):
    with pytest.raises(InputError, match="fault time-index makes this run's gradients wrong"):
        script(record(natural("echo", fault="time-index")), "run")
    experiment = natural("echo", cell="relu", w_gain=4.0, steps=100)
    huge = {name: 1e30 * np.ones_like(array) for name, array in record(experiment).parameters.items()}
    with pytest.raises(InputError, match="not finite"):
        script(record(experiment, huge), "run")


@pytest.mark.parametrize("cell", ["tanh", "relu", "lstm", "gru"])
@pytest.mark.parametrize("changes", [{}, {"layers": 2, "bidirectional": "concat"}, {"structure": "n-1"}])
def test_pytorchs_own_layer_gives_the_recorded_numbers(cell, changes, capsys):
    experiment = natural("echo", cell=cell, hidden=2, steps=3, batch=2, reset="after", initial_state=0.2, **changes)
    trace = record(experiment)
    assert f"torch.nn.{'RNN' if cell in ('tanh', 'relu') else cell.upper()}(" in torch_script(trace, "run").text
    check(trace, capsys, "torch")


@pytest.mark.parametrize("rate", [0.1, 1.0])
def test_of_a_trained_network_the_script_says_that_its_numbers_are_the_same(rate):
    """log Σ exp of sure outputs is rounded by a share of 1, which is much of what is left of the loss."""
    experiment = natural("next-character", hidden=4)
    training = Training(experiment, Adam(rate=rate))
    for _ in range(2000):
        training.update()
    trace = record(experiment, deepcopy(training.parameters))
    assert trace.loss < 1e-4
    text = script_of(trace)
    run(text)
    name, gradient = max(trace.exact_parameters.items(), key=lambda each: np.abs(each[1]).max())
    wrong = gradient * (1 + 1e-4)
    changed = script_of(dataclasses.replace(trace, exact_parameters={**trace.exact_parameters, name: wrong}))
    with pytest.raises(SystemExit, match="the numbers differ by"):
        run(changed)
