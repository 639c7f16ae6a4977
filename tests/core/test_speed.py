"""An added cell costs no existing one anything: counts of what a step calls, and of what an import brings with it."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from core import bptt
from core.cells import CELLS, cell_named
from core.experiment import natural
from core.network.parts import BackwardPass, ForwardPass
from core.recorder import Recorder

CORE = Path(bptt.__file__).parent
STEPS = 3 * bptt.FLUSH_EVERY // 2  # few enough for arrays that are looked through together at the end
OWN = {  # what one step calls, forward and back: the products by W and its transpose, and φ where it is a function
    "tanh": (Counter(dot=1), Counter(dot=1)),
    "relu": (Counter(dot=1, _relu=1), Counter(dot=1)),
    "sigmoid": (Counter(dot=1, _sigmoid=1), Counter(dot=1)),
    "identity": (Counter(dot=1, _identity=1), Counter(dot=1)),
    "lstm": (Counter(dot=1), Counter(dot=1)),
    "gru": (Counter(dot=2), Counter(dot=2)),
}
ROUND_THE_STEP = {  # what the loop and the scan do for a step, and once in FLUSH_EVERY of them
    "forward": ("forward", "<lambda>", "step", "flush"),
    "backward": ("backward", "<lambda>", "step_back", "flush_back"),
}


def calls_of(loop: Iterable[object]) -> tuple[Counter, Counter]:
    """How often core's functions are called while `loop` runs to its end: those of cells, and all others, by name.

    A generator that goes on counts as a call; so does NumPy's `dot`, which is the matrix product in a step.
    """
    of_cells, others = Counter(), Counter()

    def count(frame, event: str, argument) -> None:
        place = Path(frame.f_code.co_filename)
        if not place.is_relative_to(CORE):
            return
        if event == "call":
            own = place.parent.name == "cells" and frame.f_code.co_name not in ("step", "step_back")
            (of_cells if own or place.name == "activations.py" else others)[frame.f_code.co_name] += 1
        elif event == "c_call" and argument.__name__ == "dot":
            of_cells["dot"] += 1

    sys.setprofile(count)
    try:
        for _ in loop:
            pass
    finally:
        sys.setprofile(None)
    return of_cells, others


def of_some_steps(cell: str, phase: str) -> tuple[Counter, Counter]:
    """What STEPS more steps of a run call: the difference of two runs, so that nothing done once is in it."""
    found = []
    for steps in (1, 1 + STEPS):
        task = "echo" if cell == "ngram" else "last-step"
        recorder = Recorder(natural(task, cell=cell, steps=steps, hidden=4, delay=1, loss_at="every"))
        recorder.record()  # what is remembered from a first run on is not a step's
        run = ForwardPass(recorder.network, recorder.parameters, recorder.data)
        forward = calls_of(bptt.forward(recorder.network, run))
        found.append(forward if phase == "forward" else calls_of(bptt.backward(recorder.network, BackwardPass(run))))
    (cells, others), (more_cells, more_others) = found
    return more_cells - cells, more_others - others


@pytest.mark.parametrize("phase", ROUND_THE_STEP)
@pytest.mark.parametrize("cell", [each.name for each in CELLS if not each.fed])
def test_a_step_is_one_call_of_the_cell_and_nothing_else(cell: str, phase: str) -> None:
    own, others = of_some_steps(cell, phase)
    loop, scan, step, flush = ROUND_THE_STEP[phase]
    flushes = STEPS // bptt.FLUSH_EVERY
    rows = flushes * len(cell_named(cell).recurrent_states)
    expected = Counter({loop: STEPS, scan: STEPS, step: STEPS, flush: flushes, "flush_row": rows})
    assert others == +expected
    if cell in OWN:
        once = OWN[cell][phase == "backward"]
        assert own == Counter({name: STEPS * times for name, times in once.items()})


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="what is freed is kept by glibc alone")
def test_a_run_is_made_in_the_memory_that_the_last_one_left() -> None:
    script = (
        "import resource\n"
        "from core.experiment import Experiment\n"
        "from core.recorder import Recorder\n"
        "recorder = Recorder(Experiment(steps=100, batch=16, hidden=64))\n"
        "for _ in range(4):\n"
        "    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "    bytes = recorder.record().nbytes()\n"
        "    print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / (bytes / resource.getpagesize()))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=CORE.parent, capture_output=True, text=True, check=True)
    first, *_, last = (float(line) for line in done.stdout.split())
    assert first > 0.5 and last < 0.05


def test_the_list_of_cells_imports_numpy_and_what_declares_limits_and_no_more() -> None:
    """msgspec, in which the options of cells have their limits, takes typing_extensions with it where it is there."""
    script = "import sys, core.cells; print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", script], cwd=CORE.parent, capture_output=True, text=True, check=True)
    bare = subprocess.run(
        [sys.executable, "-c", script.replace(", core.cells", "")], capture_output=True, text=True, check=True
    )
    brought = set(done.stdout.split()) - set(bare.stdout.split()) - set(sys.stdlib_module_names)
    brought = {name for name in brought if not name.startswith("_")}
    assert brought - {"typing_extensions"} == {"core", "numpy", "msgspec"}
