"""`train` and `sample` on the command line."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.documents import trained
from core.experiment import from_json, natural
from core.interop.libraries import open_weights
from core.network.initialisation import initial_parameters
from core.network.structures import build
from core.tasks import make
from core.tasks.dataset import held_out, held_out_count, held_out_in_parts
from core.tasks.splits import Split
from core.training.measures import measure, measure_in_parts
from core.training.optimizers import SGD
from core.training.plan import from_json as plan_from_json
from core.training.run import TrainingRun
from core.training.training import Training, train
from explorer import cli

ECHO = "train --cell tanh --task echo --steps 6 --hidden 3 --batch 2 --seed 4".split()
HELLO = "sample --set text=hello --hidden 8 --rate 0.02 --updates 300 --length 4 --seed-text h".split()


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = cli.main([*arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_it_trains_says_how_far_it_is_and_writes_the_run(capsys):
    options = "--updates 40 --optimizer sgd --rate 0.05 --momentum 0.5 --sequences 8 --out run.npz".split()
    status, out, err = said(capsys, *ECHO, *options)
    assert (status, err) == (0, "")
    experiment = natural("echo", cell="tanh", steps=6, hidden=3, batch=2, data_seed=4, weight_seed=4)
    expected = Training(experiment, SGD(0.05, momentum=0.5), size=8)
    history = list(train(expected, 40))
    found = trained.read(Path("run.npz"))
    assert found.experiment == experiment
    assert all(np.array_equal(found.parameters[name], array) for name, array in expected.parameters.items())
    lines = out.splitlines()
    assert [int(re.match(r"update (\d+): loss", line)[1]) for line in lines[:-2]] == [1, *range(4, 41, 4)]
    assert f"update 40: loss {history[-1].loss:.6g}, gradient {history[-1].norm:.4g}" in lines
    assert re.fullmatch(r"held out: loss [\d.]+, accuracy [01]\.\d{4} \(over 512 new sequences\)", lines[-2])
    assert lines[-1] == "run.npz: tanh on echo, 40 updates"


def test_a_regression_says_its_r_squared(capsys):
    arguments = "train --task sine --steps 12 --updates 5 --out run.npz"
    status, out, _ = said(capsys, *arguments.split())
    assert status == 0
    assert re.search(r"held out: loss [\d.e-]+, R² -?[\d.]+ \(over 512 new sequences\)\n", out)


def test_it_goes_on_from_a_trained_run_and_holds_what_it_is_told_to(capsys):
    assert said(capsys, *ECHO, "--updates", "3", "--out", "first.npz")[0] == 0
    options = "--updates 3 --start first.npz --hold L1.W --hold L1.b --out second.npz".split()
    assert said(capsys, *ECHO, *options)[0] == 0
    first, second = (trained.read(Path(name)).parameters for name in ("first.npz", "second.npz"))
    assert {name for name in first if np.array_equal(first[name], second[name])} == {"L1.W", "L1.b"}


def test_a_training_that_breaks_off_says_so_and_writes_what_was_good(capsys):
    arguments = "train --cell relu --set w_gain=1.5 --set w_init=identity --set nonnegative=true --steps 12"
    status, out, _ = said(capsys, *arguments.split(), *"--optimizer sgd --rate 10 --out run.npz".split())
    assert status == 0
    assert re.search(r"Stopped at update \d+: the (loss|gradient|parameters) (is|are) no longer finite\.", out)
    assert max(map(len, out.splitlines())) < 200
    found = trained.read(Path("run.npz")).parameters
    assert all(np.isfinite(array).all() for array in found.values())
    with np.load("run.npz", allow_pickle=False) as file:
        assert len(file["history.loss"]) == int(re.search(r"Stopped at update (\d+)", out)[1])


class Gone(io.TextIOBase):
    """A standard output that breaks with its second line, as where `head -1` has read one or a disk is full."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.lines, self.error = "", error

    def write(self, text: str) -> int:
        self.lines += text
        return len(text)

    def flush(self) -> None:
        if self.lines.count("\n") == 2:
            self.lines += "\n"
            raise self.error


def test_a_reader_that_has_gone_ends_no_training(capsys, monkeypatch):
    assert said(capsys, *ECHO, "--updates", "30", "--out", "whole.npz")[0] == 0
    monkeypatch.setattr("sys.stdout", Gone(BrokenPipeError(32, "Broken pipe")))
    assert cli.main([*ECHO, "--updates", "30", "--out", "run.npz"]) == cli.BROKEN_PIPE
    assert capsys.readouterr().err == ""
    found, wanted = trained.read(Path("run.npz")).parameters, trained.read(Path("whole.npz")).parameters
    assert all(np.array_equal(found[name], wanted[name]) for name in wanted)


def test_a_full_output_is_said_once_the_file_is_written(capsys, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdout", Gone(OSError(28, "No space left on device")))
        assert cli.main([*ECHO, "--updates", "30", "--out", "run.npz"]) == cli.WRONG_FILE
    assert capsys.readouterr().err == "main.py: Standard output cannot be written: No space left on device.\n"
    assert trained.read(Path("run.npz")).experiment.task == "echo"


@pytest.mark.skipif(os.name == "nt", reason="head")
def test_train_into_head_in_real_processes():
    command = [sys.executable, "-c", "import sys; from explorer.cli import main; sys.exit(main(sys.argv[1:]))"]
    options = [*ECHO, "--updates", "1000", "--out", "run.npz"]
    environment = {**os.environ, "PYTHONPATH": str(cli.ROOT)}
    with subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as program:
        assert program.stdout is not None and program.stderr is not None
        assert program.stdout.readline().startswith(b"update 1: loss")
        program.stdout.close()
        assert program.stderr.read() == b""
        assert program.wait() == cli.BROKEN_PIPE
    with np.load("run.npz", allow_pickle=False) as file:
        assert len(file["history.loss"]) == 1000


def test_ctrl_c_writes_what_has_been_learned_so_far(capsys, monkeypatch):
    def pressed(run, steps=TrainingRun.steps):
        for progress in steps(run):
            if progress is not None and progress.update == 7:
                signal.raise_signal(signal.SIGINT)
            yield progress

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(TrainingRun, "steps", pressed)
    status, out, err = said(capsys, *ECHO, "--updates", "30", "--out", "run.npz")
    assert (status, err) == (130, "")
    assert out.splitlines()[-2:] == [
        "Interrupted after update 7: what has been learned so far is written.",
        "run.npz: tanh on echo, 7 updates",
    ]
    with np.load("run.npz", allow_pickle=False) as file:
        assert len(file["history.loss"]) == 7
    status, out, _ = said(capsys, *HELLO)
    assert (status, out) == (130, ""), "a sample of what is half learned is none"
    assert signal.getsignal(signal.SIGINT) == before


def test_a_second_ctrl_c_ends_it_at_once(capsys, monkeypatch):
    def pressed(run, steps=TrainingRun.steps):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        yield from steps(run)

    monkeypatch.setattr(TrainingRun, "steps", pressed)
    assert said(capsys, *ECHO, "--updates", "30", "--out", "run.npz")[0] == 130
    assert not Path("run.npz").exists()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--updates 0 --out run.npz", "--updates: “0” cannot be used; give a whole number from 1 to 10000000."),
        ("--updates many --out run.npz", "--updates: “many” cannot be used"),
        ("--rate fast --out run.npz", "--rate: “fast” cannot be used; give a number."),
        ("--rate -1 --out run.npz", "rate: -1 cannot be used; give a number above 0 and at most 1e6."),
        ("--optimizer newton --out run.npz", "optimizer: there is no “newton”; choose one of sgd, rmsprop, adam."),
        (
            "--momentum 0.5 --out run.npz",
            "--momentum: adam takes none; leave it out, or choose --optimizer sgd or rmsprop.",
        ),
        ("--sequences 0 --out run.npz", "--sequences: “0” cannot be used"),
        ("--hold L1.Q --out run.npz", "There is no parameter “L1.Q” to hold"),
        ("--out run.csv", "“run.csv” does not say what to write; end its name in .npz, .json or .safetensors."),
    ],
)
def test_wrong_arguments_are_one_sentence_and_write_nothing(options, sentence, capsys):
    status, out, err = said(capsys, *ECHO, *options.split())
    assert status == 2
    assert sentence in err and err.count("\n") == 1 and out == ""
    assert not list(Path().iterdir())


def test_files_that_cannot_be_used_end_with_status_1(capsys):
    Path("bad.npz").write_bytes(b"PK")
    for options in ("--start bad.npz --out run.npz", "--start none.npz --out run.npz", "--out none/run.npz"):
        status, _, err = said(capsys, *ECHO, *options.split())
        assert status == 1 and err.count("\n") == 1
    assert not Path("run.npz").exists()


def test_hello_is_written_at_temperature_0(capsys):
    status, out, err = said(capsys, *HELLO, "--temperature", "0")
    assert (status, out) == (0, "hello\n")
    assert "update 300: loss" in err


def test_a_trained_run_writes_without_training(capsys):
    arguments = "train --task next-character --set text=hello --hidden 8 --rate 0.02 --updates 300 --out run.npz"
    assert said(capsys, *arguments.split())[0] == 0
    options = "sample --trained run.npz --length 4 --temperature 0".split()
    assert said(capsys, *options) == (0, "hello\n", "")


def test_the_seed_decides_what_is_drawn(capsys):
    def drawn(seed: str) -> str:
        options = "--updates 1 --length 60 --temperature 2 --sample-seed".split()
        return said(capsys, *"sample --set text=hello".split(), *options, seed)[1]

    assert drawn("3") == drawn("3")
    assert drawn("3") != drawn("4")


def test_a_text_file_is_learned_from(capsys):
    Path("text.txt").write_text("\ufeffäöü äöü\n", encoding="utf-8")
    options = "--text-file text.txt --hidden 12 --rate 0.03 --updates 300 --temperature 0 --length 6 --seed-text ä"
    status, out, _ = said(capsys, "sample", *options.split())
    assert (status, out) == (0, "äöü äöü\n")


def test_an_unknown_character_needs_the_unknown_token(capsys):
    strange = [*HELLO[:-1], "hx"]
    status, _, err = said(capsys, *strange)
    assert status == 2 and "“x” is not in the text" in err
    assert said(capsys, *strange, "--set", "unknown=true")[0] == 0


@pytest.mark.parametrize(
    ("options", "status", "sentence"),
    [
        ("--text-file none.txt", 1, "There is no file “none.txt”"),
        ("--text-file latin.txt", 1, "“latin.txt” is no text in UTF-8"),
        ("--text-file large.txt", 1, "“large.txt” has 1,048,577 bytes, and a text of 2 to 10,000 characters is needed"),
        ("--text-file empty.txt", 1, "“empty.txt” has 0 characters, and a text of 2 to "),
        ("--text-file long.txt", 1, "“long.txt” has 20,000 characters, and a text of 2 to "),
        ("--text-file latin.txt --set text=abc", 2, "--text-file and --set text=… are both given"),
        ("--set text=abc --temperature -1", 2, "temperature: -1 cannot be used"),
        ("--set text=abc --length 0", 2, "--length: “0” cannot be used"),
        ("--task echo", 2, "The task echo writes no text"),
        ("--set text=abc --set bidirectional=sum", 2, "has read what it is to predict"),
    ],
)
def test_what_cannot_write_is_one_sentence(options, status, sentence, capsys):
    Path("latin.txt").write_bytes("äöü".encode("latin-1"))
    Path("large.txt").write_bytes(b"x" * (2**20 + 1))
    Path("long.txt").write_text("x" * 20_000, encoding="utf-8")
    Path("empty.txt").write_bytes(b"\n")
    found, out, err = said(capsys, "sample", *options.split())
    assert found == status and out == ""
    assert sentence in err and err.count("\n") == 1, err


def test_the_experiment_of_the_file_is_what_was_asked_for(capsys):
    assert said(capsys, *ECHO, "--set", "clip_norm=1", "--updates", "2", "--out", "run.npz")[0] == 0
    with np.load("run.npz", allow_pickle=False) as file:
        assert from_json(str(file["experiment"])).clip_norm == 1.0


OVER = [("", "all 20"), ("--held-out all", "all 20"), ("--held-out 7", "7 of 20")]


@pytest.mark.parametrize(("wanted", "over"), OVER)
def test_it_says_over_how_many_sequences_the_result_is(capsys, wanted, over):
    """A stock's test part is measured whole unless fewer are asked for; in parts it gives the same numbers."""
    rows = "\n".join(f"{k % 7 / 7:.4f},{k % 5}" for k in range(104))
    Path("own.csv").write_text("a,b\n" + rows + "\n")
    arguments = "train --task csv --set csv_path=own.csv --set csv_target=b --steps 4 --hidden 2 --updates 3"
    experiment = natural("csv", csv_path="own.csv", csv_target="b", steps=4, hidden=2)
    count = held_out_count(experiment)
    assert count is not None
    status, out, err = said(capsys, *arguments.split(), *wanted.split(), "--out", "run.npz")
    assert (status, err) == (0, "")
    line = next(each for each in out.splitlines() if each.startswith("held out"))
    assert line.endswith(f"(over {over.replace('20', str(count))} sequences)")
    size = 7 if "7" in wanted else count
    found = trained.read(Path("run.npz")).parameters
    network = build(experiment, make(experiment))
    whole = measure(network, found, held_out(experiment, size))
    assert f"loss {whole.loss:.6g}" in line
    assert f"R² {whole.r_squared:.4f}" in line
    for most in (1, 3, size):
        again = measure_in_parts(network, found, held_out_in_parts(experiment, size, most))
        assert again.sequences == whole.sequences == size
        assert again.loss == pytest.approx(whole.loss, rel=1e-12)
        assert again.r_squared == pytest.approx(whole.r_squared, rel=1e-11)


def test_a_stock_of_one_is_measured_on_what_it_was_trained_on_and_says_so(capsys):
    Path("own.csv").write_text("a,b\n" + "".join(f"{k},{k % 3}\n" for k in range(6)))
    arguments = "train --task csv --set csv_path=own.csv --steps 5 --hidden 2 --updates 2 --out run.npz"
    status, out, _ = said(capsys, *arguments.split())
    assert status == 0
    assert "sequences, which are also trained on: there are no others)" in out


@pytest.mark.parametrize("wanted", ["0", "some", "1000001", "-3"])
def test_a_number_of_held_out_sequences_that_is_none_is_refused_at_once(capsys, wanted):
    status, out, err = said(capsys, *ECHO, "--out", "run.npz", f"--held-out={wanted}")
    assert (status, out) == (2, "")
    assert f"--held-out: “{wanted}” cannot be used; give a whole number from 1 to 1000000." in err
    assert not Path("run.npz").exists()


@pytest.mark.parametrize("task", ["echo", "next-character", "adding"])
def test_parts_of_a_test_add_up(task):
    experiment = natural(task, steps=5, hidden=3)
    data = [held_out(experiment.with_changes(data_seed=seed), 5) for seed in (1, 2)]
    network = build(experiment, make(experiment))
    parameters = initial_parameters(network, experiment)
    names = [name for name in ("x", "y", "present", "counted") if getattr(data[0], name) is not None]
    joined = replace(data[0], **{n: np.concatenate([getattr(d, n) for d in data], axis=1) for n in names})
    whole, parts = measure(network, parameters, joined), measure_in_parts(network, parameters, data)
    for one, other in zip(whole, parts, strict=True):
        assert (one is None and other is None) or one == pytest.approx(other, rel=1e-12)


SURNAME = "train --task surname --hidden 4 --steps 5 --sequences 50 --rate 0.02".split()


def test_epochs_validation_and_a_history_that_says_what_it_is(capsys):
    options = "--epochs 4 --validation 0.25 --schedule step --plan step_every=2 --plan step_factor=0.1"
    status, out, err = said(capsys, *SURNAME, *options.split(), "--out", "run.npz", "--history", "h.csv")
    assert (status, err) == (0, "")
    assert "update 12 (epoch 4): loss" in out and "; validation loss" in out
    assert re.search(
        r"validation: kept are the parameters of update \d+: loss [\d.]+, accuracy 0\.\d{4} \(over 40 ", out
    )
    assert re.search(r"held out: loss [\d.]+, accuracy 0\.\d{4} \(over all 40 sequences\)", out)
    header, *lines = Path("h.csv").read_text().splitlines()
    assert header == ("update,epoch,rate,loss,norm,used_norm,validation_loss,validation_accuracy,validation_sequences")
    rows = [line.split(",") for line in lines]
    assert [row[0] for row in rows] == [str(k) for k in range(13)]
    assert [row[1] for row in rows[1:]] == [str(1 + k // 3) for k in range(12)]
    assert [float(row[2]) for row in rows[1:]] == pytest.approx([0.02] * 6 + [0.002] * 6)
    assert [row[0] for row in rows if row[6]] == ["0", "3", "6", "9", "12"]
    assert {row[8] for row in rows if row[6]} == {"40"}
    with np.load("run.npz", allow_pickle=False) as file:
        assert [float(row[3]) for row in rows[1:]] == file["history.loss"].tolist()
        assert [float(row[6]) for row in rows if row[6]] == file["validation.loss"].tolist()
        assert plan_from_json(str(file["plan"])).step_factor == 0.1
    found = trained.read(Path("run.npz"))
    best = int(np.argmin([float(row[6]) for row in rows if row[6]]))
    data = held_out(found.experiment, 10**6, "validation", Split(0.25))
    measured = measure(build(found.experiment, data), found.parameters, data)
    assert measured.loss == pytest.approx([float(row[6]) for row in rows if row[6]][best], rel=1e-12)


def test_patience_ends_it_and_says_so(capsys):
    options = "--updates 500 --validation 0.25 --patience 2 --optimizer sgd --rate 3".split()
    status, out, _ = said(capsys, *SURNAME, *options, "--out", "run.npz")
    assert status == 0
    assert re.search(r"Stopped at update \d+: the validation loss has not fallen 2 times\.", out)


def test_pytorch_s_weights_are_written_and_opened_again(capsys):
    assert said(capsys, *ECHO, "--updates", "3", "--optimizer", "rmsprop", "--out", "w.safetensors")[0] == 0
    assert said(capsys, *ECHO, "--updates", "3", "--optimizer", "rmsprop", "--out", "run.npz")[0] == 0
    run = trained.read(Path("run.npz"))
    fitted = open_weights(Path("w.safetensors"), run.experiment)
    assert all(np.array_equal(fitted.parameters[name], array) for name, array in run.parameters.items())
    clockwork = "train --cell clockwork --hidden 4 --updates 3 --out w.safetensors".split()
    Path("w.safetensors").unlink()
    assert said(capsys, *clockwork)[0] == 2
    assert not list(Path().glob("*.safetensors"))


def test_what_was_saved_on_the_way_is_there_after_a_kill(capsys, monkeypatch):
    """`--every`: the file is that of the last multiple, whole, however the training ends."""

    class Killed(BaseException):
        """Nothing catches it."""

    def killed(run, steps=TrainingRun.steps):
        for progress in steps(run):
            if progress is not None and progress.update == 25:
                raise Killed
            yield progress

    with monkeypatch.context() as patch:
        patch.setattr(TrainingRun, "steps", killed)
        with pytest.raises(Killed):
            said(capsys, *ECHO, *"--updates 40 --every 10 --out run.npz --history h.csv".split())
    with np.load("run.npz", allow_pickle=False) as file:
        assert len(file["history.loss"]) == 20
    assert len(Path("h.csv").read_text().splitlines()) == 21
    assert said(capsys, *ECHO, *"--updates 20 --out whole.npz".split())[0] == 0
    found, wanted = trained.read(Path("run.npz")).parameters, trained.read(Path("whole.npz")).parameters
    assert all(np.array_equal(found[name], wanted[name]) for name in wanted)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--epochs 3", "The task echo draws new sequences at every update, so there is no epoch"),
        ("--epochs 3 --updates 3", "not allowed with argument"),
        ("--schedule linear", "schedule: there is no “linear”; choose one of constant, step, cosine."),
        ("--validation 2", "validation: expected `float` < 1.0."),
        ("--validation much", "--validation: “much” cannot be used; give a number."),
        ("--patience 3", "patience: nothing is validated on"),
        ("--plan speed=3", "--plan speed=3: write it as NAME=VALUE; the choices are momentum, "),
        ("--plan beta1=2", "beta1: expected `float` < 1.0."),
        ("--every 0", "--every: “0” cannot be used"),
        ("--history h.txt", "“h.txt” does not say what to write; end its name in .csv."),
    ],
)
def test_a_plan_that_cannot_be_is_one_sentence(options, sentence, capsys):
    try:
        status, out, err = said(capsys, *ECHO, *options.split(), "--out", "run.npz")
    except SystemExit as end:
        status, (out, err) = end.code, capsys.readouterr()
    assert (status, out) == (2, "")
    assert sentence in err and err.count("\n") == 1, err
    assert not list(Path().iterdir())


def test_a_terminal_has_a_line_that_says_how_far_it_is(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    assert cli.main([*ECHO, "--updates", "40", "--out", "run.npz"]) == 0
    shown = terminal.getvalue()
    assert re.search(r"\r\d+ %, update \d+ of 40, loss [\d.e-]+, \d+:\d\d left", shown)
    assert shown.endswith("\r") and not shown.rpartition("\r")[0].rpartition("\r")[2].strip()


# --- going on from a file ---
@pytest.mark.parametrize(
    "optimizer",
    ["adam", "sgd --momentum 0.9", "rmsprop --momentum 0.5", "sgd"],
)
def test_some_updates_and_some_more_are_all_of_them_to_the_bit(capsys, optimizer):
    how = f"--optimizer {optimizer} --rate 0.02 --sequences 3".split()
    assert said(capsys, *ECHO, *how, "--updates", "14", "--out", "whole.npz")[0] == 0
    assert said(capsys, *ECHO, *how, "--updates", "6", "--out", "first.npz")[0] == 0
    status, out, _ = said(capsys, *ECHO, *how, "--updates", "8", "--start", "first.npz", "--out", "second.npz")
    assert status == 0 and out.startswith("The optimizer goes on after update 6.\n")
    whole, second = trained.read(Path("whole.npz")), trained.read(Path("second.npz"))
    assert all(np.array_equal(whole.parameters[name], array) for name, array in second.parameters.items())
    assert whole.resumed is not None and second.resumed is not None
    assert whole.resumed.updates == second.resumed.updates == 14
    assert {name: array.tolist() for name, array in whole.resumed.state.items()} == {
        name: array.tolist() for name, array in second.resumed.state.items()
    }
    with np.load("whole.npz") as one, np.load("second.npz") as other:
        np.testing.assert_array_equal(one["history.loss"][6:], other["history.loss"])


def test_an_optimizer_that_cannot_go_on_says_that_it_starts_anew(capsys):
    assert said(capsys, *ECHO, "--updates", "3", "--out", "first.npz")[0] == 0
    with np.load("first.npz") as file:
        np.savez("old.npz", **{name: file[name] for name in file.files if not name.startswith("optimizer")})
    for start, options, reason in (
        ("old.npz", "", "old.npz has no state of one"),
        ("first.npz", "--optimizer sgd", "the file has the state of adam, not of sgd"),
        ("first.npz", "--hold L1.W", "other parameters are held than in the training of the file"),
    ):
        status, out, _ = said(capsys, *ECHO, *f"--updates 2 --start {start} --out more.npz {options}".split())
        assert status == 0 and out.startswith(f"The optimizer starts anew: {reason}.\n")
        resumed = trained.read(Path("more.npz")).resumed
        assert resumed is not None and resumed.updates == 2
