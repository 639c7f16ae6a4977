"""A cell, a task and a part with options of their own are a file and a line each: nothing else in the program knows
them."""

from __future__ import annotations

import pytest

from core.cells.leaky import LEAK
from core.choices import Choices
from core.experiment import OPTIONS, Experiment
from core.options import Option, collected
from tests.added import copy_with_additions, run

SCRIPT = """
import contextlib
import io
import sys
from pathlib import Path

import numpy as np
import pytest

import core
from core.analysis.gradcheck import finish
from core.choices import Edit
from core.documents import storage
from core.edits.editing import surviving
from core.errors import InputError
from core.experiment import MAKES_PARAMETERS, Experiment, describe, from_json, natural, to_json
from core.recorder import record
from explorer import cli
from explorer.commands.listing import lines

folder = Path.cwd()
assert Path(core.__file__).is_relative_to(folder)
CELL, TASK = "time-constant", "parity"

# it has its default, its limits and its effect
assert Experiment().time_constant == 4.0 and Experiment().parity_of == "ones" and Experiment().embedding is None
slow = natural(TASK, cell=CELL, time_constant=20.0)
for name, wrong in (("time_constant", 0.5), ("time_constant", 51.0), ("time_constant", "long"), ("parity_of", "twos"),
                    ("embedding", 0), ("embedding", 33), ("embedding", "wide")):
    with pytest.raises(InputError) as refused:
        slow.with_changes(**{name: wrong})
    assert str(refused.value).startswith(f"{name}: ") and str(refused.value).count(".") <= 2
fast, zeros = slow.with_changes(time_constant=1.0), slow.with_changes(parity_of="zeros")
traces = [record(each) for each in (slow, fast, zeros)]
assert len({trace.loss for trace in traces}) == 3
assert (traces[0].data.x == traces[2].data.x).all() and (traces[0].data.y != traces[2].data.y).any()
assert record(natural(TASK, cell="tanh", time_constant=20.0)).loss == record(natural(TASK, cell="tanh")).loss
embedded = record(slow.with_changes(embedding=3))
assert embedded.network.parameter_shapes["embed.E"] == (1, 3) and embedded.network.parameter_shapes["L1.U"] == (3, 6)
assert embedded.values["embed", "s"].shape == (slow.steps, slow.batch, 3) and embedded.loss != traces[0].loss
assert "embed.E" not in traces[0].network.parameter_shapes and "embedding" in MAKES_PARAMETERS

# its gradients are checked
for changes in ({}, {"embedding": 2}, {"embedding": 2, "convolution": 3, "structure": "encoder-decoder"}):
    result = finish(record(natural(TASK, cell=CELL, time_constant=3.0, steps=5, hidden=3, **changes)))
    assert result.passed and result.finished, (changes, result)

# the command line sets and refuses it
out = folder / "run.npz"
line = ["trace", "--cell", CELL, "--task", TASK, "--out", str(out)]
assert cli.main([*line, "--set", "time_constant=7.5", "--set", "parity_of=zeros", "--set", "embedding=5"]) == 0
with np.load(out) as file:
    saved = from_json(str(file["experiment"]))
    assert file["param.embed.E"].shape == (1, 5)
assert (saved.time_constant, saved.parity_of, saved.embedding) == (7.5, "zeros", 5)

for setting, sentence in (
    ("time_constant=0", "--set time_constant: “0” cannot be used; give a number of steps from 1 to 50."),
    ("parity_of=twos", "--set parity_of: “twos” cannot be used; give one of ones, zeros."),
    ("embedding=0", "--set embedding: “0” cannot be used; give a whole number of columns from 1 to 32 or off."),
):
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        assert cli.main([*line, "--set", setting]) == 2
    assert sentence in said.getvalue() and said.getvalue().strip().count("\\n") == 0

# the list has it with its limits
listed = {line.split()[0]: " ".join(line.split()) for line in lines()}
assert listed["time_constant"] == (
    "time_constant a number of steps from 1 to 50 (default: 4.0); of the cell time-constant; "
    "1 renews the whole state at each step"
)
assert listed["parity_of"] == "parity_of one of ones, zeros (default: ones); of the task parity"
assert listed["embedding"] == "embedding a whole number of columns from 1 to 32 or off (default: off)"
names = list(listed)
assert names[names.index("filters") + 1 :][:2] == ["embedding", "fault"]
assert CELL in listed and listed[TASK].endswith("Its options: parity_of.")

# it is saved, opened and described
experiment = natural(TASK, cell=CELL, time_constant=9.0, parity_of="zeros", embedding=2, steps=4, hidden=2)
path = folder / "saved.json"
storage.save(path, storage.to_text(record(experiment)))
assert storage.load(path).experiment == experiment == from_json(to_json(experiment))
assert describe(experiment).startswith("time constant")
older = sys.argv[1]  # an experiment of the program without the three
assert from_json(older).time_constant == 4.0 and from_json(older).cell == "lstm" and from_json(older).embedding is None
assert storage.from_text(older).experiment == from_json(older)

# what was typed over the data goes with another value
start = natural(TASK, cell=CELL, edits=(Edit("x", (0, 0, 0), 1.0),))
other_data, other_cell = start.with_changes(parity_of="zeros"), start.with_changes(time_constant=2.0)
assert not surviving(start, other_data).edits and surviving(start, other_cell).edits == start.edits
"""


def test_an_added_option_is_checked_set_listed_saved_and_opened(tmp_path):
    older = '{"cell": "lstm", "steps": 5, "forget_bias": 2.5, "loss_at": "last"}'
    run(copy_with_additions(tmp_path), SCRIPT, older)


def test_an_option_has_one_declaration_and_a_name_of_its_own():
    assert collected([(LEAK,), (LEAK,)], taken=())["leak"] is LEAK
    with pytest.raises(ValueError, match="leak is declared twice"):
        collected([(LEAK,), (Option("leak", float, 0.3),)], taken=())
    with pytest.raises(ValueError, match="hidden is a choice of every experiment"):
        collected([(Option("hidden", int, 3),)], taken=Choices.__struct_fields__)


def test_an_experiment_has_a_field_for_every_option_and_choice():
    fields = set(Experiment.__struct_fields__)
    assert fields == {*OPTIONS, *Choices.__struct_fields__}
    default = Experiment()
    assert all(getattr(default, name) == option.default for name, option in OPTIONS.items())
    for option in OPTIONS.values():
        assert bool(option.title) == bool(option.tip), option.name
        assert not option.tip or option.tip.endswith("."), option.name
        assert set(option.makes) <= {"parameters", "data"}, option.name
