"""Real processes that write one file: killed in the middle, or two at once, they leave one whole content."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from core.documents import storage
from core.experiment import Experiment
from core.recorder import record

SAVE = """
import sys
from pathlib import Path
from core.documents import storage
from core.experiment import Experiment
from core.recorder import record

path, seed = Path(sys.argv[1]), int(sys.argv[2])
trace = record(Experiment(hidden=40, steps=2, weight_seed=seed))
texts = [storage.to_text(trace, position) for position in (0.0, 1.0)]
print("ready", flush=True)
for k in range(int(sys.argv[3])):
    storage.save(path, texts[k % 2])
"""


def saver(path, seed: int, times: int) -> subprocess.Popen:
    arguments = [sys.executable, "-c", SAVE, str(path), str(seed), str(times)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def ready(program: subprocess.Popen) -> None:
    assert program.stdout is not None and program.stdout.readline() == "ready\n"


def test_killed_in_the_middle_of_saving_the_session_is_whole(tmp_path):
    path = tmp_path / "a.json"
    storage.save(path, storage.to_text(record(Experiment(hidden=40, steps=2, weight_seed=2))))
    deadline, kills = time.monotonic() + 3.0, 0
    while kills < 2 or (time.monotonic() < deadline and kills < 20):
        with saver(path, 2, 10**6) as program:
            try:
                ready(program)
                for _ in range(kills):  # each time a little later
                    storage.load(path)
            finally:
                program.kill()
        kills += 1
        assert storage.load(path).experiment.weight_seed == 2
    left = [name for name in os.listdir(tmp_path) if name != "a.json"]
    assert all(name.startswith(".a.json.") and name.endswith(".new") for name in left)
    assert len(left) <= kills


def test_two_savers_never_mix(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("old")
    with saver(path, 3, 60) as first, saver(path, 4, 60) as second:
        ready(first)
        ready(second)
        while first.poll() is None or second.poll() is None:
            if path.read_text(encoding="utf-8") != "old":
                saved = storage.load(path)
                wanted = record(saved.experiment)
                assert storage.differences(saved, wanted) == "" and saved.experiment.weight_seed in (3, 4)
    assert (first.returncode, second.returncode) == (0, 0)
    assert os.listdir(tmp_path) == ["a.json"]


FULL = """
import resource, sys
from pathlib import Path
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
sys.dont_write_bytecode = True  # a cut one would be taken for whole by all others
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
from explorer.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(os.name == "nt", reason="a limit on the size of a file")
@pytest.mark.parametrize(
    "arguments",
    [
        "trace --steps 30 --out {}.npz",
        "trace --steps 300 --out {}.csv",
        "train --updates 1 --hidden 30 --out {}.npz",
        "train --updates 1 --hidden 30 --out {}.json",
    ],
)
def test_a_disk_that_is_full_leaves_what_was_there(tmp_path, arguments):
    words = arguments.format(tmp_path / "kept").split()
    target = words[-1]
    with open(target, "w", encoding="utf-8") as file:
        file.write("what was there")
    done = subprocess.run([sys.executable, "-c", FULL, *words], capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "cannot be written" in done.stderr, done.stderr
    with open(target, encoding="utf-8") as file:
        assert file.read() == "what was there"
    assert os.listdir(tmp_path) == [os.path.basename(target)]
