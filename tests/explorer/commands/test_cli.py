"""The command line: what it writes, what it refuses, and that nothing but a window or a picture needs Qt."""

import io
import re
import subprocess
import sys
import types
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from core.documents import storage
from core.errors import InputError
from core.experiment import NOTES, Experiment, from_json, natural
from core.jobs import Job
from core.recorder import record
from core.sharing.strings import of_session
from explorer import cli
from explorer.commands import COMMANDS
from explorer.commands import base as commands_base
from explorer.style.theme import THEMES

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")


def written(*arguments: str) -> Experiment:
    """The experiment that `trace` runs with these arguments."""
    assert cli.main(["trace", *arguments, "--out", "run.npz"]) == 0
    with np.load("run.npz", allow_pickle=False) as file:
        return from_json(str(file["experiment"]))


def test_trace_writes_the_run_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    line = "--cell lstm --task echo --steps 24 --hidden 8 --batch 1 --seed 7 --set forget_bias=1.5"
    expected = natural("echo", cell="lstm", steps=24, hidden=8, batch=1, data_seed=7, weight_seed=7, forget_bias=1.5)
    assert written(*line.split()) == expected
    said = capsys.readouterr().out
    assert repr(record(expected).loss) in said
    assert "L1.s (24, 1, 8)" in said
    assert "329 parameters (L1 4·(1·8 + 8·8 + 8) = 320, out 8·1 + 1 = 9)" in said
    assert said.count("\n") == 1


def test_csv_has_a_line_a_step() -> None:
    assert cli.main(["trace", "--steps", "6", "--out", "run.csv"]) == 0
    assert len(Path("run.csv").read_text(encoding="utf-8").splitlines()) == 7


@pytest.mark.parametrize(
    ("setting", "changes"),
    [
        ("w_gain=.5", {"w_gain": 0.5}),
        ("nonnegative=true", {"nonnegative": True}),
        ("truncate=4", {"truncate": 4}),
        ("truncate=off", {}),
        ("clip_norm=null", {}),
        ("loss_at=every", {"loss_at": "every"}),
        ("text=123", {"text": "123"}),
        ("update_bias=-5", {"update_bias": -5.0}),
    ],
)
def test_settings_are_read_by_the_type_of_their_field(setting: str, changes: dict) -> None:
    assert written("--set", setting) == natural("last-step", **changes)


def test_a_typed_matrix() -> None:
    experiment = written("--hidden", "2", "--set", "w_init=matrix", "--set", "w_matrix=[[0.5, 20], [0, 0.5]]")
    assert experiment.w_matrix == ((0.5, 20.0), (0.0, 0.5))


def test_a_text_brings_its_own_length() -> None:
    assert written("--task", "next-character", "--set", "text=gradient").steps == 7
    assert written("--task", "next-character", "--set", "text=gradient", "--steps", "3").steps == 3


def test_gates_are_frozen_and_learned_again() -> None:
    assert written("--cell", "lstm", "--set", "freeze.f=1", "--set", "freeze.i=0.5").frozen_at("f") == 1.0
    assert written("--cell", "lstm", "--set", "freeze.f=1", "--set", "freeze.f=off").frozen == ()


def test_a_saved_experiment_is_changed_by_the_other_options() -> None:
    saved = natural("sine", cell="gru", steps=9, loss_at="last")
    storage.save(Path("saved.json"), storage.to_text(record(saved)))
    assert written("--experiment", "saved.json") == saved
    assert written("--experiment", "saved.json", "--hidden", "3") == saved.with_changes(hidden=3)
    assert written("--experiment", "saved.json", "--task", "echo").loss_at == "every"


WRONG = {
    "trace": "--out",
    "trace --bogus --out a.npz": "--bogus",
    "trace --out a.txt": r"\.npz or \.csv",
    "trace --steps 0 --out a.npz": "--steps: “0”.*from 1 to 1000",
    "trace --steps many --out a.npz": "--steps: “many”.*a whole number",
    "trace --seed -1 --out a.npz": "--seed: “-1”.*from 0",
    "trace --cell rnn --out a.npz": "--cell: “rnn”.*tanh.*lstm",
    "trace --task bits --out a.npz": "--task: “bits”.*echo.*csv",
    "trace --set forget_bias --out a.npz": "NAME=VALUE",
    "trace --edit L1.W[0,0]=0.5 --lock L1.W[0,0]=0.7 --out a.npz": r"--lock .*=0.5 sets the same number",
    "trace --edit L1.W[0,0]=inf --out a.npz": r"--edit L1.W.0,0.=inf: “inf” cannot be used",
    "trace --set forgot_bias=1 --out a.npz": "forgot_bias.*forget_bias",
    "trace --set w_gain=nan --out a.npz": "w_gain: “nan”.*from 0 to 100",
    "trace --set w_gain=1e999 --out a.npz": "w_gain",
    "trace --set clip_norm=0 --out a.npz": "clip_norm.*above 0.*or off",
    "trace --set clip_norm=1 --set clip_value=1 --out a.npz": "clip_norm and clip_value",
    "trace --set nonnegative=yes --out a.npz": "true or false",
    "trace --set loss_at=first --out a.npz": "one of every, last",
    "trace --set w_init=matrix --out a.npz": "w_matrix",
    "trace --set freeze.f=1 --out a.npz": "tanh has no gate “f”; it has no gates",
    "trace --cell gru --set freeze.f=1 --out a.npz": "its gates are r, u",
    "trace --cell lstm --set freeze.f=2 --out a.npz": "from 0 to 1, or off",
    "trace --cell lstm --set freeze.f=true --out a.npz": "from 0 to 1, or off",
    "trace --task csv --out a.npz": "csv_path",
    "trace --steps 1000 --batch 256 --hidden 256 --out a.npz": "MB",
    "render": "--out",
    "render --out a.jpg": r"\.png, \.svg, \.gif or \.mp4",
    "render --size 200x100 --out a.png": "--size: “200x100”.*320x240 to 7680x4320",
    "render --size 9999x1000 --out a.png": "--size",
    "render --size big --out a.png": "WIDTHxHEIGHT",
    "render --steps 5 --beat 14 --out a.png": "--beat: “14”.*from 0 to 13",
    "render --beat -1 --out a.png": "--beat",
    "render --beat 3 --out a.gif": "--beat.*leave it out",
    "render --theme pink --out a.png": "light.*dark.*projector",
    "list everything": "everything",
    "rendr": "“rendr” is neither a file nor a command.*render",
    "--theme pink": "light.*dark.*projector",
}


@pytest.mark.parametrize("line", WRONG)
def test_wrong_arguments_get_one_line_and_status_2(line: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main(line.split()) == 2
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.startswith("main.py")
    assert re.search(WRONG[line], said.err), said.err
    assert not list(Path.cwd().iterdir())


@pytest.mark.parametrize(
    "line",
    [
        "trace --out missing/run.npz",
        "trace --out folder.npz",
        "trace --experiment missing.json --out run.npz",
        "trace --experiment broken.json --out run.npz",
        "render --out missing/picture.png",
        "broken.json",
    ],
)
def test_files_that_fail_get_one_line_and_status_1(line: str, capfd: pytest.CaptureFixture[str]) -> None:
    Path("folder.npz").mkdir()
    Path("broken.json").write_text("{", encoding="utf-8")
    assert cli.main(line.split()) == 1
    said = capfd.readouterr().err
    assert said.count("\n") == 1
    assert line.split()[-1] in said or "missing.json" in said or "broken.json" in said


def test_an_interrupt_is_status_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("explorer.commands.trace.record", interrupted)
    assert cli.main(["trace", "--out", "run.npz"]) == 130


@pytest.mark.parametrize("words", [[command.name] for command in COMMANDS] + [[]], ids=lambda words: " ".join(words))
def test_help_shows_an_example(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*words, "--help"]) == 0
    assert " ".join(["python3 main.py", *words]) in capsys.readouterr().out.split("Examples:")[1]


def test_every_example_of_trace_runs(capsys: pytest.CaptureFixture[str]) -> None:
    storage.save(Path("saved.json"), storage.to_text(record(Experiment())))
    trace = next(command for command in COMMANDS if command.name == "trace")
    assert [cli.main(example.split()) for example in trace.examples] == [0] * len(trace.examples)


def test_version_and_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert cli.version() in capsys.readouterr().out
    assert cli.main(["--no-window", "list"]) == 0  # as the start calls it where no display is
    lines = capsys.readouterr().out.splitlines()
    names = {line.split()[0] for line in lines}
    assert {*Experiment.__struct_fields__, "lstm", "gru", "next-character", "freeze.GATE"} <= names
    assert any("steps " in line and "from 1 to 1000" in line and "default: 14" in line for line in lines)
    said = {line.split()[0]: line for line in lines if line.startswith("  ")}
    assert "counted back from each sample's own last one" in said["truncate"]
    assert "the decoder's bottom layer" in said["score"]
    assert "samples that have ended included" in said["batchnorm"]
    assert set(NOTES) <= set(Experiment.__struct_fields__)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    """What explorer.export.picture is asked for; it writes its file as the real one does."""
    calls: list[tuple] = []

    @dataclass(frozen=True)
    class Drawing:
        experiment: Experiment
        path: Path
        size: tuple[int, int]
        beat: int | None
        theme: str
        parameters: object = None
        notation: str = "row"

        def job(self) -> Job[None]:
            yield 0.5
            if self.size == (333, 333):
                raise InputError("This cannot be drawn; choose another size.")
            self.path.write_bytes(b"picture")
            notation = [self.notation] if self.notation != "row" else []
            calls.append((self.experiment, self.path.name, self.size, self.beat, self.theme, *notation))

    module = types.ModuleType("explorer.export.picture")
    module.Drawing = Drawing  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "explorer.export.picture", module)
    return calls


def test_render_passes_on_what_was_asked_for(drawn: list[tuple]) -> None:
    line = "render --cell gru --steps 5 --beat 12 --size 640x480 --theme dark --out picture.svg"
    assert cli.main(line.split()) == 0
    assert drawn == [(natural("last-step", cell="gru", steps=5), "picture.svg", (640, 480), 12, "dark")]
    assert cli.main(["render", "--out", "run.gif"]) == 0
    assert drawn[1] == (natural("last-step"), "run.gif", (1600, 1000), None, "light")
    assert cli.main(["render", "--notation", "4", "--out", "run.gif"]) == 0
    assert drawn[2][-1] == "ng"
    assert cli.main(["render", "--size", "333x333", "--out", "run.gif"]) == 2


def test_without_a_display_the_pictures_are_written(drawn: list[tuple], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--no-window"]) == 0
    said = capsys.readouterr().out
    assert "no display" in said
    for name in ("bptt-explorer.png", "bptt-explorer.gif"):
        assert str(Path.cwd() / name) in said
        assert Path(name).is_file()
    assert {call[0] for call in drawn} == {Experiment()}


def test_the_window_opens_the_file_that_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple] = []
    module = types.ModuleType("explorer.app")
    module.run = lambda path, theme, string: calls.append((path, theme, string)) or 0  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "explorer.app", module)
    storage.save(Path("saved.json"), storage.to_text(record(Experiment())))
    assert cli.main(["saved.json", "--theme", "dark"]) == 0
    assert cli.main([]) == 0
    string = of_session(storage.to_text(record(Experiment(steps=3))))
    assert cli.main([string]) == 0
    assert cli.main(["bptt1.wrong"]) == 2
    assert calls == [(Path("saved.json"), "dark", ""), (None, None, ""), (None, None, string)]


def test_the_themes_are_those_that_there_are() -> None:
    assert tuple(theme.name for theme in THEMES) == commands_base.THEMES


def test_trace_and_list_need_no_qt() -> None:
    script = (
        "import sys; from explorer.cli import main;"
        "status = main(['trace', '--out', 'run.npz']) or main(['list']);"
        "print([name for name in sys.modules if name.split('.')[0] in ('PySide6', 'pyqtgraph')]); sys.exit(status)"
    )
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {script}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8")
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_reader_that_leaves_early_is_no_traceback() -> None:
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from explorer.cli import main; sys.exit(main(['list']))"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as listing:
        assert listing.stdout is not None
        assert listing.stderr is not None
        listing.stdout.close()
        assert listing.stderr.read() == b""


# --- texts and tables from files
def text_written(*arguments: str) -> Experiment:
    return written("--steps", "4", *arguments)


def test_a_text_file_is_read_by_every_command_of_an_experiment(capsys: pytest.CaptureFixture[str]) -> None:
    Path("crlf.txt").write_bytes(b"To be,\r\nor not.\r\n")
    by_file = text_written("--text-file", "crlf.txt")
    assert (by_file.task, by_file.text) == ("next-character", "To be,\nor not.")
    by_option = text_written("--task", "next-character", "--set", "text=To be,\r\nor not.\r\n")
    assert by_option == by_file
    for line in (
        "train --text-file crlf.txt --updates 1 --out trained.npz",
        "weights --text-file crlf.txt --to numpy-code --out run.py",
        "worksheet --hand --text-file crlf.txt --out sheet.pdf",
        "render --text-file crlf.txt --steps 3 --out picture.png --size 320x240",
        "sample --text-file crlf.txt --updates 1 --length 1",
        "equations --text-file crlf.txt",
    ):
        assert cli.main(line.split()) == 0, line
    capsys.readouterr()
    for line, sentence in (
        ("trace --task echo --text-file crlf.txt --out a.npz", "the task echo reads no text; choose --task next-char"),
        ("trace --set text=ab --text-file crlf.txt --out a.npz", "are both given"),
    ):
        assert cli.main(line.split()) == 2
        assert sentence in capsys.readouterr().err


def test_what_was_made_of_a_table_is_said_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"10/03/2004;{k % 5},5;{k}" for k in range(30)]
    lines[20] = "10/03/2004;-200;20"
    Path("air.csv").write_text("\n".join(["day;a;b", *lines, ";;", ";;"]))
    line = "trace --task csv --set csv_path=air.csv --steps 4 --out run.npz"
    assert cli.main(line.split()) == 0
    out, err = capsys.readouterr()
    assert err.splitlines() == [
        "2 rows of separators only are no data.",
        "No numbers in “day” (line 2: “10/03/2004”).",
        "−200 stands once in “a”, far from the rest; if it means missing, set csv_missing=-200.",
    ]
    assert out.count("\n") == 1
    assert cli.main([*line.split(), "--set", "csv_missing=-200"]) == 0
    assert "1 missing value is filled by interpolation (1 in “a”)." in capsys.readouterr().err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def counting(upto: int) -> Job[str]:
    for k in range(upto):
        yield k / upto
    return "done"


def test_how_far_a_job_is_stands_on_a_terminal_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, file = Terminal(), io.StringIO()
    monkeypatch.setattr(commands_base, "LINE_SECONDS", 0.0)
    for stream in (terminal, file):
        monkeypatch.setattr(sys, "stderr", stream)
        assert commands_base.run_job("Drawing run.gif", counting(4)) == "done"
    assert file.getvalue() == ""
    lines = terminal.getvalue().split("\r")
    assert "Drawing run.gif: 75 %" in lines
    assert lines[-1] == "" and not lines[-2].strip()  # nothing of it is left


def test_a_job_that_fails_leaves_no_line_and_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []

    def failing() -> Job[None]:
        try:
            yield 0.5
            raise InputError("It cannot be drawn.")
        finally:
            closed.append(True)

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with pytest.raises(InputError, match="cannot be drawn"):
        commands_base.run_job("Drawing", failing())
    assert closed and terminal.getvalue().endswith("\r")
