"""The command line under bad arguments, bad streams and faults of its own: one line, and the right status."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from explorer import cli
from explorer.commands.running.output import Output
from start import environment

ROOT = Path(__file__).resolve().parents[3]
BROKEN = "\udcff"  # how a byte that is no UTF-8 arrives in an argument
NINES, BRACKETS, LONG = "9" * 5000, "[" * 2000, "a" * 5000


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")


WRONG = {
    "brackets": (["trace", "--set", f"w_matrix={BRACKETS}", "--out", "a.npz"], 2),
    "brackets typed": (["trace", "--edit", f"x[0,0,0]={BRACKETS}", "--out", "a.npz"], 2),
    "nines": (["trace", "--steps", NINES, "--out", "a.npz"], 2),
    "nines as a seed": (["trace", "--seed", NINES, "--out", "a.npz"], 2),
    "nines as an index": (["trace", "--edit", f"x[{NINES},0,0]=1", "--out", "a.npz"], 2),
    "nines typed": (["trace", "--edit", f"x[0,0,0]={NINES}", "--out", "a.npz"], 2),
    "nines of updates": (["train", "--updates", NINES, "--out", "a.npz"], 2),
    "nines as a rate": (["train", "--rate", NINES, "--out", "a.npz"], 2),
    "nines to sample": (["sample", "--length", NINES], 2),
    "nines as a size": (["render", "--size", f"{NINES}x{NINES}", "--out", "a.png"], 2),
    "nines as a beat": (["render", "--beat", NINES, "--out", "a.png"], 2),
    "a broken word": ([BROKEN], 2),
    "a broken name": (["trace", "--cell", BROKEN, "--out", "a.npz"], 2),
    "a broken setting": (["trace", "--set", f"steps={BROKEN}", "--out", "a.npz"], 2),
    "a broken text": (["sample", "--set", f"text=h{BROKEN}"], 2),
    "a broken gate": (["trace", "--cell", "lstm", "--set", f"freeze.f={BROKEN}", "--out", "a.npz"], 2),
    "a broken path": (["trace", "--task", "csv", "--set", f"csv_path={BROKEN}.csv", "--out", "a.npz"], 2),
    "a broken option": (["trace", f"--{BROKEN}", "--out", "a.npz"], 2),
    "a broken edit": (["trace", "--edit", f"{BROKEN}[0,0]=1", "--out", "a.npz"], 2),
    "a broken choice": (["render", "--theme", BROKEN, "--out", "a.png"], 2),
    "a broken file": (["trace", "--experiment", BROKEN, "--out", "a.npz"], 1),
    "a long word": ([LONG], 2),
    "a long option": (["trace", f"--{LONG}"], 2),
    "a long name": (["trace", "--cell", LONG, "--out", "a.npz"], 2),
    "a long notation": (["equations", "--cell", "tanh", "--notation", LONG], 2),
    "a long optimizer": (["train", "--optimizer", LONG, "--out", "a.npz"], 2),
    "a long file": (["trace", "--experiment", LONG, "--out", "a.npz"], 1),
    "a long target": (["trace", "--out", f"{LONG}.npz"], 1),
    "a long suffix": (["trace", "--out", f"a.{LONG}"], 2),
    "an empty word": ([""], 2),
    "an empty target": (["trace", "--out", ""], 2),
    "an empty setting": (["trace", "--set", "", "--out", "a.npz"], 2),
    "a control character": (["trace", "--cell", "\x1b[31mred\n", "--out", "a.npz"], 2),
    "a NUL in a target": (["trace", "--out", "a\0.npz"], 1),
    "a NUL in a file": (["trace", "--experiment", "a\0.json", "--out", "a.npz"], 1),
    "links in a circle": (["trace", "--out", "circle/a.npz"], 1),
}


@pytest.mark.parametrize("name", WRONG)
def test_bad_arguments_get_one_line_of_bounded_length(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    Path("circle").symlink_to("circle")
    arguments, status = WRONG[name]
    assert cli.main(arguments) == status
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1 and said.err.endswith("\n")
    assert said.err[:-1].isprintable()
    assert len(said.err) < 1300
    assert [path.name for path in Path.cwd().iterdir()] == ["circle"]


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (ValueError("a fault\nin two lines"), 3, r"Something went wrong (ValueError: a fault in two lines)"),
        (RecursionError("too deep"), 3, "RecursionError"),
        (MemoryError(), 3, "not enough memory"),
        (OSError(errno.EIO, "Input/output error", "a.npz"), 1, "a.npz cannot be used: Input/output error"),
        (KeyboardInterrupt(), 130, None),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, BaseException) else "",
)
def test_what_nobody_foresaw_is_one_line_too(
    error: BaseException, status: int, words: str | None, monkeypatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def failing(*_: object) -> None:
        raise error

    monkeypatch.setattr("explorer.commands.trace.record", failing)
    assert cli.main(["trace", "--out", "a.npz"]) == status
    said = capfd.readouterr().err
    assert said.count("\n") == (words is not None)
    assert words is None or words in said


class Lost(io.StringIO):
    """A stream that fails as a full or a closed one does."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def write(self, text: str) -> int:
        raise OSError(self.number, os.strerror(self.number))  # EPIPE makes it a BrokenPipeError


@pytest.mark.parametrize(
    ("number", "status", "lines"), [(errno.EPIPE, 141, 0), (errno.ENOSPC, 1, 1), (errno.EBADF, 1, 1)]
)
def test_a_training_whose_words_are_lost_keeps_its_file(
    number: int, status: int, lines: int, monkeypatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", Lost(number))
        assert cli.main("train --updates 20 --steps 4 --out trained.npz".split()) == status
    assert capsys.readouterr().err.count("\n") == lines
    assert cli.main("train --updates 20 --start trained.npz --steps 4 --out further.npz".split()) == 0


@pytest.mark.parametrize("number", [errno.EPIPE, errno.ENOSPC, errno.EBADF])
def test_lost_errors_change_nothing(number: int, monkeypatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stderr", Lost(number))
    assert cli.main("sample --set text=hello --updates 5 --hidden 2 --length 3".split()) == 0
    assert len(capsys.readouterr().out) == 5
    assert cli.main(["trace"]) == 2


def test_output_without_a_stream_or_without_the_characters() -> None:
    nowhere = Output(None)
    assert nowhere.write("text") == 4
    nowhere.flush()
    assert nowhere.error is None
    raw = io.BytesIO()
    output = Output(io.TextIOWrapper(raw, encoding="ascii"))
    output.write(f"∂L{BROKEN}\n")
    output.flush()
    assert raw.getvalue() == b"\\u2202L\\udcff\n"


FULL = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")


@pytest.mark.skipif(os.name == "nt", reason="written for POSIX")
@pytest.mark.parametrize(
    ("redirection", "status", "words"),
    [
        (">&-", 1, "Standard output cannot be written: Bad file descriptor."),
        pytest.param(">/dev/full", 1, "Standard output cannot be written: No space left on device.", marks=FULL),
        (">&- 2>&-", 1, ""),
        pytest.param("2>/dev/full >/dev/full", 1, "", marks=FULL),
        ("<&-", 0, ""),
    ],
)
def test_closed_and_full_streams_of_a_real_process(redirection: str, status: int, words: str) -> None:
    if not environment.ready(sys.prefix) or sys.prefix != environment.home():
        pytest.skip("not in the program's environment, which would be made")
    line = f'exec "{sys.executable}" "{ROOT / "main.py"}" list {redirection}'
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == status
    assert done.stderr == (f"main.py: {words}\n" if words else "")
