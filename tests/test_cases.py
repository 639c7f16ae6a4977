"""The public cases beside the project, each run as a person would: its commands' figures are those that it expects.

Every case has a script and a text with what is right (verified with PyTorch or Keras); its figures stand here.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CASES = ROOT.parent / "shared" / "cases"

pytestmark = [
    pytest.mark.data,
    pytest.mark.long,
    pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not beside the project"),
    pytest.mark.skipif(os.name == "nt", reason="the cases are scripts for bash"),
]

# What must stand in the output, in this order; floats are compared to 2e-7 relative, which is Keras's own precision.
EXPECTED = {
    "02-numeric-header": [
        r"pandas.csv rows 20 columns .*'0', '1', '2'",
        r"pandas_noidx.csv rows 20 columns \('0', '1', '2'\)",
        r"years.csv rows 12 columns \('2004', '2005'\)",
    ],
    "03-airquality-uci": [r"airq.csv rows 30 ", r"excel.csv rows 4 columns \('a', 'b'\) filled 0"],
    "04-power-airline-mintemp": [
        r"power.txt rows 20 .* filled 14 ",
        r"air.csv refused: .*27",
        r"mintemp.csv refused: .*9",
    ],
    "05-minus-sign-and-dropped": [r"minus.csv rows 11 columns \('a', 'b'\)", r"last \[11.0, -5.5\]"],
    "07-keras-bidirectional-sum": ["1.6530936570", "2.8472987346"],
    "08-keras-lstm-relu": [r"activation tanh, recurrent_activation sigmoid, go_backwards False: assumed"],
    "09-keras-real-layers": ["0.2333524893", "0.3911790836", "4.5027768450", "0.6687309579"],
    "10-torch-real-layers": ["0.5552513319", "0.7587767398", "0.3602561716", "0.3016634232", "2.5695428800"],
    "12-embedding-and-heads": ["14.2265018570", "14.2265018570", "14.2012550557"],
    "13-torch-to-keras": [r"300 units.*256", r"9 layers.*8"],
    "14-bidirectional-last-output": ["0.069783357169", "0.080834563886"],
    "15-padded-lengths": ["2.3000022033", "0.3252190958"],
    "18-min-char-rnn": ["49.9094638355"],
    "19-truncated-bptt": ["-0.03636409", "-0.0463045", "-0.02867523", "-0.03206831"],
    "20-irnn-pixel-by-pixel": ["2.3022540266", r"exactly 0: 1 ", r"x \(784, 1, 1\)", r"x \(32, 1, 32\)"],
    "21-text-encodings": [r"10.?000 characters", r"carriage returns in the text: 0"],
    "23-lstm-memory-vanishes": ["9.2420706134e-04", "5.8188349000e-01", "0.001588"],
    "24-nan-after-n-steps": [r"not finite from forward step 647 on", r"last good ones"],
}


def _floats(line: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+\.\d+(?:e[-+]\d+)?", line)]


def _has(line: str, wanted: str) -> bool:
    if re.fullmatch(r"-?\d+\.\d+(e[-+]\d+)?", wanted):
        return any(number == pytest.approx(float(wanted), rel=2e-7) for number in _floats(line))
    return re.search(wanted, line) is not None


@pytest.mark.parametrize("name", EXPECTED)
def test_the_figures_are_those_that_the_case_expects(name: str, tmp_path: Path):
    # The cases that read tables import the reader by the name that it had when they were written.
    core = tmp_path / "core"
    core.mkdir()
    (core / "__init__.py").write_text(f"__path__.append({str(ROOT / 'core')!r})\n")
    (core / "series.py").write_text("from core.tasks.files.series import read_series\n")
    environment = os.environ | {"PROJECT": str(ROOT), "PY": sys.executable, "REPO": str(tmp_path)}
    command = ["bash", str(CASES / name / "cmd.sh")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    output = done.stdout + done.stderr
    assert "Traceback" not in output
    lines = output.splitlines()
    for wanted in EXPECTED[name]:
        assert any(_has(line, wanted) for line in lines), f"{wanted} is missing in:\n{output}"
