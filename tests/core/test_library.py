"""core as a library: what `from core import …` gives, and a recorder that is read while it steps."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import core
from core import Event, Experiment, Recorder, record
from core.experiment import natural
from core.network.scan import Scan
from core.network.structures import STRUCTURES

ROOT = Path(core.__file__).resolve().parents[1]


def test_the_names_of_the_library_are_those_of_its_modules():
    for name in core.__all__:
        assert getattr(core, name).__name__ == name
    assert core.record is sys.modules["core.recorder"].record
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        core.nothing


def test_the_library_is_imported_when_it_is_used():
    script = (
        "import sys, core; print('core.recorder' in sys.modules, bool(core.record), 'core.recorder' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "True"]


@pytest.mark.parametrize("structure", STRUCTURES)
def test_a_recorder_is_read_while_it_steps(structure):
    """Whatever step has just been done has the numbers of the finished run, values and gradients, all parts."""
    experiment = natural("reverse" if structure in ("encoder-decoder", "attention") else "echo")
    experiment = experiment.with_changes(structure=structure, steps=4, hidden=3, cell="gru")
    trace, recorder = record(experiment), Recorder(experiment)
    assert recorder.values == {} and recorder.gradients == {}
    seen = set()
    for event in recorder:
        assert isinstance(event, Event)
        values, gradients = recorder.values, recorder.gradients
        if event.phase in ("forward", "backward"):
            arrays, finished = (values, trace.values) if event.phase == "forward" else (gradients, trace.exact)
            part = next(each for each in recorder.network.parts if each.name == event.part)
            for scan in (each for each in part.members or (part,) if isinstance(each, Scan)):
                t = len(finished[scan.name, "h"]) - 1 - event.t if scan.reverse else event.t
                np.testing.assert_array_equal(arrays[scan.name, "h"][t], finished[scan.name, "h"][t])
                seen.add((event.phase, scan.name, event.t))
        if event.phase == "loss":
            assert values.keys() == trace.values.keys()
            assert all(np.array_equal(values[key], trace.values[key], equal_nan=True) for key in values)
    assert len(seen) == 2 * sum(len(trace.values[scan.name, "h"]) for scan in trace.scans)
    assert recorder.gradients.keys() == trace.exact.keys()
    assert all(np.array_equal(recorder.gradients[key], trace.exact[key], equal_nan=True) for key in trace.exact)


def test_what_a_recorder_shows_cannot_be_written_to():
    recorder = Recorder(Experiment())
    next(iter(recorder))
    with pytest.raises(ValueError, match="read-only"):
        recorder.values["L1", "h"][0] = 0.0


def test_a_recorder_that_has_recorded_shows_all_of_it():
    recorder = Recorder(Experiment())
    trace = recorder.record()
    assert recorder.values.keys() == trace.values.keys() and recorder.gradients.keys() == trace.exact.keys()
