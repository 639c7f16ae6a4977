"""The start's own functions, under conditions that are made up: no network, nothing installed, nothing removed."""

import ast
import json
import os
import re
import sys
import tomllib
from pathlib import Path

import pytest

import main
from explorer import cli
from start import (
    READING,
    WINDOW_OPTIONS,
    environment,
    hand_over,
    keep_compiled,
    making,
    pytest_arguments,
    refuse_unknown,
    stop,
)

ROOT = Path(environment.ROOT)


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 10, 13), (3, 15, 0)])
def test_python_that_is_too_old_or_too_new_is_named_with_a_remedy(version, monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", version)
    assert main.main([]) == main.WRONG_PYTHON
    complaint = capsys.readouterr().err
    assert "needs Python 3.11 to 3.14, and this is Python {}.{} (".format(*version) in complaint
    assert "uv run main.py" in complaint and complaint.count("\n") == 1


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 1), (3, 13, 0), (3, 14, 9)])
def test_supported_python_is_accepted(version):
    assert main.python_complaint(version, "python") is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {}),
        ({"PYTHONDONTWRITEBYTECODE": "1"}, {"PYTHONPYCACHEPREFIX": os.path.join("env", "compiled")}),
        ({"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": "own"}, {"PYTHONPYCACHEPREFIX": "own"}),
    ],
)
def test_the_tests_compile_the_program_once_and_not_beside_the_sources_where_that_is_not_wanted(before, after):
    found = dict(before)
    keep_compiled(found, "env")
    assert found == after


def test_main_is_readable_by_an_old_python():
    tree = ast.parse((ROOT / "main.py").read_bytes(), feature_version=(3, 4))
    modern = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Match)
    assert not [node for node in ast.walk(tree) if isinstance(node, modern)]
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert functions and not [f for f in functions if f.returns or any(a.annotation for a in f.args.args)]
    assert (ROOT / "main.py").read_bytes().isascii()


def test_statuses_are_distinct_and_not_those_of_the_program_or_pytest():
    names = [name for name, value in vars(stop).items() if name.isupper() and isinstance(value, int)]
    statuses = [main.WRONG_PYTHON, *(getattr(stop, name) for name in names)]
    assert len(set(statuses)) == len(statuses) == 10
    assert min(statuses) > 5 and max(statuses) < 128


@pytest.mark.parametrize(
    ("machine", "library", "version", "words"),
    [
        ("x86_64", "glibc", "2.31", "glibc 2.34 or later on x86_64 and this system has glibc 2.31"),
        ("aarch64", "glibc", "2.36", "glibc 2.39 or later on aarch64"),
        ("x86_64", "musl", "libc", "this system has musl libc"),
        ("riscv64", "glibc", "2.41", "not published for riscv64"),
        ("x86_64", "glibc", "2.34", None),
        ("aarch64", "glibc", "2.39.9000", None),
    ],
)
def test_linux_that_qt_is_not_published_for_is_named(machine, library, version, words):
    complaint = stop.linux_complaint(machine, library, version)
    assert complaint is None if words is None else words in complaint


def test_32_bit_python_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "maxsize", 2**31 - 1)
    with pytest.raises(stop.Stop, match="install a 64-bit Python") as caught:
        stop.check_system()
    assert caught.value.status == stop.WRONG_SYSTEM


def test_environment_is_in_the_cache_where_the_folder_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "ROOT", str(tmp_path / "read-only"))
    monkeypatch.setattr(environment, "cache_folder", lambda: str(tmp_path / "cache"))
    monkeypatch.setattr(environment, "writable", lambda folder: "read-only" not in folder)
    assert Path(environment.home()).parent == tmp_path / "cache" / "bptt-explorer"


def test_no_write_permission_anywhere_is_named(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("a file is no folder, not even for root")
    monkeypatch.setattr(environment, "ROOT", str(blocked))
    monkeypatch.setattr(environment, "cache_folder", lambda: str(blocked))
    with pytest.raises(stop.Stop, match="can be written: allow writing to one of them") as caught:
        environment.home()
    assert caught.value.status == stop.NO_WRITE


def made(env):
    """Fill the folder as `build` and `install` would, and stamp it."""
    site = env / ("Lib" if os.name == "nt" else "lib/python{}.{}".format(*sys.version_info)) / "site-packages"
    (site / "numpy").mkdir(parents=True)
    python = Path(environment.interpreter(str(env)))
    python.parent.mkdir()
    (env.parent / "python").write_text("stands for the Python that the environment was made from")
    python.symlink_to(env.parent / "python")
    environment.write_stamp(str(env))
    return site


def test_environment_is_ready_only_while_nothing_of_it_is_missing_or_older(tmp_path, monkeypatch):
    env = tmp_path / ".venv"
    assert not environment.ready(str(env))
    site = made(env)
    assert environment.ready(str(env))
    (site / "something-of-the-user's").mkdir()
    assert environment.ready(str(env))
    (site / "numpy").rename(site / "gone")
    assert not environment.ready(str(env))
    (site / "gone").rename(site / "numpy")
    other = tmp_path / "requirements.lock"
    other.write_text("numpy==9\n")
    with monkeypatch.context() as patch:
        patch.setattr(environment, "LOCK", str(other))
        assert not environment.ready(str(env))
    (tmp_path / "python").rename(tmp_path / "uninstalled")
    assert not environment.ready(str(env))
    (tmp_path / "python").symlink_to("uninstalled")  # as a system's python3 that became a newer one
    assert not environment.ready(str(env))


@pytest.mark.parametrize("damage", ["", "{", "[]", json.dumps({"lock": 1})])
def test_broken_stamp_is_no_stamp(tmp_path, damage):
    made(tmp_path / ".venv")
    (tmp_path / ".venv" / environment.STAMP).write_text(damage)
    assert not environment.ready(str(tmp_path / ".venv"))


def test_half_made_environment_is_removed(tmp_path, capsys):
    env = tmp_path / ".venv"
    making.begin(str(env))
    (env / "lib").mkdir()
    making.clear(str(env))
    assert not env.exists()
    assert "is unfinished or out of date: it is made anew" in capsys.readouterr().err


def test_an_environment_that_was_half_removed_is_still_ours(tmp_path, monkeypatch):
    env = tmp_path / ".venv"
    making.begin(str(env))
    for name in ("bin", "lib"):
        (env / name).mkdir()

    def killed(path, *_):
        raise KeyboardInterrupt

    for kill_at in ("rmtree", "remove"):
        (env / "pyvenv.cfg").write_text("")
        with monkeypatch.context() as patch:
            patch.setattr(making.shutil if kill_at == "rmtree" else making.os, kill_at, killed)
            with pytest.raises(KeyboardInterrupt):
                making.clear(str(env))
        assert making.ours(str(env))
    making.clear(str(env))
    assert not env.exists()


def test_foreign_environment_is_kept_under_another_name(tmp_path, capsys):
    for number in (1, 2):
        env = tmp_path / ".venv"
        env.mkdir()
        (env / "pyvenv.cfg").write_text(f"of someone else, {number}")
        making.clear(str(env))
        assert not env.exists()
        assert (tmp_path / f".venv.before{number}" / "pyvenv.cfg").read_text() == f"of someone else, {number}"
        assert f"it is kept as .venv.before{number}, and a new one is made" in capsys.readouterr().err


def test_link_to_an_environment_elsewhere_is_set_aside_and_its_target_untouched(tmp_path):
    making.begin(str(tmp_path / "elsewhere"))
    (tmp_path / ".venv").symlink_to(tmp_path / "elsewhere")
    making.clear(str(tmp_path / ".venv"))
    assert not os.path.lexists(tmp_path / ".venv")
    assert (tmp_path / "elsewhere" / environment.MARK).exists()


def test_environment_that_cannot_be_removed_is_named(tmp_path, monkeypatch):
    env = tmp_path / ".venv"
    making.begin(str(env))

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(making.shutil, "rmtree", refuse)
    with pytest.raises(stop.Stop, match=r"cannot be removed \(Permission denied\): end what is using it") as caught:
        making.clear(str(env))
    assert caught.value.status == stop.STUCK_ENVIRONMENT


@pytest.mark.parametrize("absent", ["venv", "ensurepip"])
def test_python_without_venv_or_ensurepip_is_named_and_nothing_is_touched(tmp_path, monkeypatch, absent):
    monkeypatch.setattr(making, "find_spec", lambda name: None if name == absent else object())
    monkeypatch.setattr(making.shutil, "which", lambda name: None)
    env = tmp_path / ".venv"
    env.mkdir()
    package = "python{}.{}-venv".format(*sys.version_info)
    with pytest.raises(stop.Stop, match=f"sudo apt install {package}`") as caught:
        making.make(str(env), {}, 0)
    assert caught.value.status == stop.NO_VENV
    assert env.exists()


def failing(output):
    def run(command):
        raise making.subprocess.CalledProcessError(1, command, output)

    return run


@pytest.mark.parametrize(
    ("output", "status", "words"),
    [
        ("WARNING: Retrying\nERROR: No matching distribution found for x==1\n", "NOT_FETCHED", "for x==1): connect"),
        ("  × Failed to fetch\n  ├─▶ cause\n  ╰─▶ dns error\n", "NOT_FETCHED", "fetched (dns error): connect"),
        ("ERROR: [Errno 28] No space left on device\n", "DISK_FULL", "The disk is full: free"),
        ("", "NOT_FETCHED", "fetched (status 1): connect"),
    ],
)
def test_packages_that_cannot_be_fetched_are_explained(tmp_path, output, status, words):
    with pytest.raises(stop.Stop, match=re.escape(words)) as caught:
        making.install(str(tmp_path), "x.lock", "uv", failing(output))
    assert caught.value.status == getattr(stop, status)


@pytest.mark.parametrize("uv", ["uv", ""])
def test_only_hashed_wheels_of_the_lock_are_installed(tmp_path, uv, monkeypatch):
    commands = []
    monkeypatch.setattr(making, "has_pip", lambda env: True)
    making.install(str(tmp_path), "x.lock", uv, commands.append)
    (command,) = commands
    assert command[-5:] == ["--only-binary", ":all:", "--require-hashes", "-r", "x.lock"]
    assert "--no-deps" in command


def test_pip_follows_where_uv_fails(tmp_path, monkeypatch, capsys):
    tried = []

    def install(env, lock, tool, run):
        tried.append(tool)
        if tool:
            raise stop.Stop(stop.NOT_FETCHED, "no")

    monkeypatch.setattr(making, "build", lambda env, tool, run: None)
    monkeypatch.setattr(making, "install", install)
    monkeypatch.setattr(making, "write_stamp", lambda env: None)
    monkeypatch.setattr(making, "runner", lambda environment, lock: None)
    monkeypatch.setattr(making.shutil, "which", lambda name: "/bin/uv")
    monkeypatch.setattr(making, "find_spec", lambda name: object())
    making.make(str(tmp_path / ".venv"), {}, 0)
    assert tried == ["/bin/uv", ""]
    assert "uv could not do it; trying pip" in capsys.readouterr().err


def test_only_one_start_holds_the_lock(tmp_path):
    path = tmp_path / ".venv.lock"
    with making.only_one(str(path)), open(path, "ab") as second:
        assert not making.take(second.fileno(), wait=False)
    with open(path, "ab") as second:
        assert making.take(second.fileno(), wait=False)


def test_missing_lock_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(making, "LOCK", str(tmp_path / "requirements.lock"))
    with pytest.raises(stop.Stop, match="missing from this copy of the project") as caught:
        making.ensure(str(tmp_path), {})
    assert caught.value.status == stop.INCOMPLETE


def test_pytest_gets_paths_of_the_folder_that_the_person_is_in(tmp_path, monkeypatch):
    (tmp_path / "test_x.py").write_text("")
    monkeypatch.chdir(tmp_path)
    arguments = pytest_arguments(os.path.join(environment.ROOT, ".venv"), ["test_x.py::test_y[1]", "-k", "z"])
    assert arguments[-3:] == [str(tmp_path / "test_x.py::test_y[1]"), "-k", "z"]
    assert arguments[:2] == ["--rootdir", environment.ROOT]
    assert "-o" not in arguments
    assert "-n" not in arguments, "a test that is named runs by itself"
    whole = pytest_arguments(os.path.join(environment.ROOT, ".venv"), ["-k", "z"])
    assert whole[whole.index("-n") + 1] == "auto"
    assert f"cache_dir={tmp_path / 'env' / 'pytest_cache'}" in pytest_arguments(str(tmp_path / "env"), [])


@pytest.mark.skipif(os.name == "nt", reason="Windows waits for a child instead")
def test_the_process_becomes_the_program(monkeypatch, tmp_path):
    became = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "execve", lambda *call: became.append(call))
    hand_over(["/bin/python", "main.py"], {"A": "1"}, str(ROOT))
    assert became == [("/bin/python", ["/bin/python", "main.py"], {"A": "1"})]
    assert Path.cwd() == ROOT


def locked(name):
    """{package: version} of a lock, after checking that it consists of pinned, hashed packages and nothing else."""
    text = (ROOT / name).read_text()
    assert not re.search(r"https?:|--index|--extra|--find-links|--trusted", text)
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert all(re.fullmatch(r"(\S+)==(\S+)[^\n]*(\\\n +--hash=sha256:[0-9a-f]{64} ?)+", block) for block in blocks)
    return dict(re.match(r"(\S+)==(\S+)", block).groups() for block in blocks)


def test_locks_hold_the_pins_of_pyproject_with_hashes_and_no_address():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    for name, wanted in [
        ("requirements.lock", project["project"]["dependencies"] + groups["test"]),
        ("requirements-lint.lock", groups["lint"]),
    ]:
        packages = locked(name)
        for pin in wanted:
            package, version = re.sub(r"\[.*\]", "", pin).lower().split("==")
            assert packages[package] == version


def test_both_descriptions_ask_for_the_same_pythons():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    oldest, newest = main.OLDEST, main.NEWEST
    wanted = f">={oldest[0]}.{oldest[1]},<{newest[0]}.{newest[1] + 1}"
    assert project["requires-python"] == wanted
    assert f'# requires-python = "{wanted}"' in (ROOT / "main.py").read_text()


def test_the_options_that_the_start_knows_are_those_of_the_window():
    actions = cli._window_parser()._actions
    assert sorted(option for each in actions for option in each.option_strings) == sorted(WINDOW_OPTIONS)


@pytest.mark.parametrize("arguments", [["--unknown"], ["--theme", "dark", "-x", "--y=1"], ["--them=dark"], ["--\x1b"]])
def test_an_unknown_option_is_refused_by_the_start_as_by_the_program(arguments, capsys):
    with pytest.raises(stop.Stop) as caught:
        refuse_unknown(arguments)
    assert caught.value.status == cli.main(arguments) == 2
    assert capsys.readouterr().err == f"{caught.value}\n"


@pytest.mark.parametrize(
    "arguments",
    [[], ["-"], ["a.json", "--theme=dark"], ["--theme=dark"], ["--no-window", "--theme", "dark", "--", "--x"],
     ["--x", "--help"], ["trace", "--x"]],
)  # fmt: skip
def test_whatever_else_is_left_to_the_program(arguments):
    refuse_unknown(arguments)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["list"], stop.WELL_READ), (["list", "--wrong"], 2), (["--version"], 0), (["nothing"], 2)],
)
def test_arguments_that_are_only_read_are_not_acted_upon(arguments, status, monkeypatch, capsys):
    monkeypatch.setenv(READING, "1")
    assert cli.main(arguments) == status
    assert bool("".join(capsys.readouterr())) == (status != stop.WELL_READ)
