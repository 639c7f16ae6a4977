"""main.py as a person starts it: a copy of the project, in processes of its own, without a network."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from start import environment, making, stop

pytestmark = pytest.mark.skipif(os.name == "nt", reason="written for POSIX")
ROOT = Path(environment.ROOT)
BASE = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
# Answers with all that a test asks about; waits for a signal where it is told to.
PROGRAM = """
import json, os, signal, sys
def main(arguments):
    names = ("PYTHONPATH", "QT_PLUGIN_PATH", "PYTHONUTF8", "QT_API", "QT_QPA_PLATFORM", "BPTT_EXPLORER_ENVIRONMENT")
    names += ("OPENBLAS_NUM_THREADS",)
    print(json.dumps([arguments, sys.prefix, {name: os.environ.get(name) for name in names}]), flush=True)
    if "wait" in arguments:
        signal.pause()
    return 7
"""


@pytest.fixture
def project(tmp_path):
    """A copy of what starts the program, with a program that only answers, and locks that ask for nothing."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "start", folder / "start", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "main.py", folder)
    for lock in ("requirements.lock", "requirements-lint.lock"):
        (folder / lock).write_text("# nothing\n")
    (folder / "explorer").mkdir()
    (folder / "explorer" / "cli.py").write_text(PROGRAM)
    return folder


@pytest.fixture
def surroundings(tmp_path):
    """Environment variables of a machine without uv, without a display, and without a way to any package."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_NO_CACHE_DIR": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def make_ready(project):
    """An environment with nothing in it, stamped as ready: `main.py` starts in a tenth of a second."""
    venv.create(project / ".venv", symlinks=True, with_pip=False)
    code = "from start.environment import *; open('.venv/' + MARK, 'w').close(); write_stamp('.venv')"
    subprocess.run([BASE, "-c", code], cwd=project, check=True)


def run(project, surroundings, *arguments, python=BASE, **more):
    command = [python, str(project / "main.py"), *arguments]
    return subprocess.run(command, env={**surroundings, **more}, capture_output=True, text=True, timeout=110)


def answer(done):
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def test_pip_without_a_network_is_explained(tmp_path, monkeypatch, surroundings):
    """The one real pip that finds no network; it is the base Python's, because making an environment takes seconds."""
    if subprocess.run([BASE, "-m", "pip", "--version"], capture_output=True).returncode:
        pytest.skip("the base Python has no pip")
    venv.create(tmp_path / "env", symlinks=True, system_site_packages=True)
    monkeypatch.setattr(making, "has_pip", lambda env: True)
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    lock = tmp_path / "x.lock"
    lock.write_text(f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    with open(lock) as file, pytest.raises(stop.Stop, match="The packages could not be fetched .No matching") as caught:
        making.install(str(tmp_path / "env"), str(lock), "", making.runner(surroundings, file.fileno()))
    assert caught.value.status == stop.NOT_FETCHED


def test_half_made_environment_is_repaired_from_wheels_and_then_starts_warm(project, surroundings):
    wheel = project / "wheels" / "tiny-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("tiny.py", "")
        file.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        file.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr("tiny-1.0.dist-info/RECORD", "")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (project / "requirements.lock").write_text(f"tiny==1.0 --hash=sha256:{digest}\n")
    making.begin(str(project / ".venv"))

    repaired = run(project, surroundings, "a", "b c")
    assert "is unfinished or out of date: it is made anew" in repaired.stderr
    assert repaired.returncode == 7
    assert answer(repaired)[:2] == [["--no-window", "a", "b c"], str(project / ".venv")]
    assert list(project.glob(".venv/**/site-packages/tiny.py"))

    shutil.rmtree(wheel.parent)
    warm = run(project, surroundings, "trace")
    assert (warm.returncode, warm.stderr) == (7, "")


def test_program_gets_a_clean_environment_and_its_status_is_returned(project, surroundings):
    make_ready(project)
    done = run(project, surroundings, "trace", PYTHONPATH="/nowhere", QT_PLUGIN_PATH="/nowhere", PYTHONSAFEPATH="1")
    arguments, prefix, variables = answer(done)
    assert (done.returncode, arguments, prefix) == (7, ["trace"], str(project / ".venv"))
    assert variables.pop("PYTHONUTF8") == "1" and variables.pop("QT_API") == "pyside6"
    assert variables.pop("OPENBLAS_NUM_THREADS") == "1"
    assert set(variables.values()) == {None}


def test_an_unknown_option_is_refused_before_there_is_an_environment(project, surroundings):
    done = run(project, surroundings, "--unknown-option")
    assert (done.returncode, done.stdout) == (2, "")
    assert "unrecognized arguments: --unknown-option" in done.stderr and len(done.stderr.splitlines()) == 1
    assert not (project / ".venv").exists()


def test_the_program_reads_its_arguments_before_the_system_is_touched(project, surroundings):
    make_ready(project)
    (project / "explorer" / "cli.py").write_text("import start\n"
        "def main(arguments): return 19 if start.only_reading() and arguments == ['right'] else 5\n")  # fmt: skip
    code = "import os, start; start.refuse_wrong([{!r}], dict(os.environ)); print('on')"
    for argument, status, said in (("right", 0, "on\n"), ("wrong", 5, "")):
        command = [BASE, "-c", code.format(argument)]
        done = subprocess.run(command, cwd=project, env=surroundings, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout) == (status, said), done.stderr


def test_python_of_another_environment_is_not_accepted(project, surroundings):
    """This test's own Python has every package; the program must still run in the project's environment."""
    make_ready(project)
    done = run(project, surroundings, "trace", python=sys.executable, BPTT_EXPLORER_ENVIRONMENT=sys.prefix)
    assert answer(done)[1] == str(project / ".venv")


def test_second_first_start_waits_for_the_first(project, surroundings):
    command = [BASE, str(project / "main.py"), "trace"]
    with making.only_one(str(project / ".venv.lock")):
        second = subprocess.Popen(command, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert second.stderr.readline() == "Another start is setting up the environment: waiting for it.\n"
        make_ready(project)
    output, errors = second.communicate(timeout=30)
    assert (second.returncode, errors) == (7, "")
    assert str(project / ".venv") in output


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_signal_ends_the_program_without_a_traceback(project, surroundings, number, status):
    make_ready(project)
    command = [BASE, str(project / "main.py"), "trace", "wait"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=surroundings, text=True, **pipes) as child:
        assert child.stdout.readline()
        child.send_signal(number)
        assert child.wait(timeout=30) == status
        assert child.stderr.read() == ""


def first_imports(surroundings):
    """What this Python imports by itself, before it reads main.py: site, and the packages' .pth files."""
    code = "import sys; print(*sys.modules)"
    return set(subprocess.run([BASE, "-c", code], env=surroundings, capture_output=True, text=True).stdout.split())


SHADOWED = "json subprocess shutil ctypes socket signal hashlib random argparse tomllib inspect ast copy".split()
SHADOWED += "csv zipfile numpy msgspec PySide6 start core explorer".split()


@pytest.mark.parametrize("path", ["{trap}", ":", "{trap}:", ":{trap}/", "{trap}:{library}", None])
def test_nothing_in_the_current_folder_or_in_pythonpath_is_executed(project, surroundings, tmp_path, path):
    make_ready(project)
    answers = (project / "explorer" / "cli.py").read_text()
    (project / "explorer" / "cli.py").write_text("import random, argparse, csv, zipfile, tomllib\n" + answers)
    trap, marker = tmp_path / "trap", tmp_path / "marker"
    trap.mkdir()
    names = set(SHADOWED) - first_imports(surroundings)
    assert {"subprocess", "numpy", "start"} <= names
    for name in names:
        (trap / f"{name}.py").write_text(f"open({str(marker)!r}, 'a').write({name + ' '!r})\n")
        if name not in ("start", "core", "explorer"):
            shutil.copy(trap / f"{name}.py", project)  # beside main.py as well
    library = os.path.dirname(os.__file__)
    added = {} if path is None else {"PYTHONPATH": path.format(trap=trap, library=library)}
    command = [BASE, str(project / "main.py"), "trace"]
    done = subprocess.run(
        command, env={**surroundings, **added}, cwd=trap, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 7, done.stderr
    assert not marker.exists(), marker.read_text()


@pytest.mark.parametrize("streams", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams_are_not_taken_by_files(project, surroundings, streams):
    make_ready(project)
    code = "import os\ndef main(a):\n    f = open(__file__)\n    os.write(9, str(f.fileno()).encode())\n    return 7\n"
    (project / "explorer" / "cli.py").write_text(code)
    line = f"exec {BASE} {project}/main.py trace 9>number {streams}"
    done = subprocess.run(["sh", "-c", line], env=surroundings, cwd=project, timeout=110, check=False)
    assert done.returncode == 7
    assert int((project / "number").read_text()) > 2


def test_a_complaint_of_the_start_needs_no_standard_error(project, surroundings):
    (project / "requirements.lock").unlink()
    line = f"exec {BASE} {project}/main.py trace"
    for streams in (">&- 2>&-", "2>/dev/full") if os.path.exists("/dev/full") else (">&- 2>&-",):
        done = subprocess.run(["sh", "-c", f"{line} {streams}"], env=surroundings, timeout=110, check=False)
        assert done.returncode == stop.INCOMPLETE


def test_an_interrupt_during_the_program_s_imports_ends_it_at_once(project, surroundings):
    """The imports, too, and code there that would take a KeyboardInterrupt for something else."""
    make_ready(project)
    code = "import sys, threading\nsys.stdout.write('here\\n'); sys.stdout.flush()\n"
    code += "try:\n    threading.Event().wait()\nexcept BaseException:\n    raise ImportError('wrong') from None\n"
    (project / "explorer" / "cli.py").write_text(code)
    command = [BASE, str(project / "main.py"), "trace"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=surroundings, text=True, **pipes) as child:
        assert child.stdout.readline() == "here\n"
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=30) == 130
        assert child.stderr.read() == ""


def test_an_interrupt_between_the_two_pythons_waits_for_the_second(project, surroundings):
    make_ready(project)
    code = "import os, signal, sys; sys.path.insert(0, '.'); import start.interrupt; start.interrupt.blocked(); "
    code += "os.kill(os.getpid(), signal.SIGINT); python = '.venv/bin/python'; "
    code += "os.execve(python, [python, '-P', 'main.py', 'trace'], dict(os.environ, BPTT_EXPLORER_ENVIRONMENT=os.path"
    code += ".abspath('.venv')))"
    command = [BASE, "-c", code]
    done = subprocess.run(command, env=surroundings, cwd=project, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_test_command_runs_pytest_in_the_environment(project, surroundings):
    make_ready(project)
    (site,) = project.glob(".venv/lib/*/site-packages")
    platform = "os.environ['QT_QPA_PLATFORM']"
    code = f"import os, sys; print(sys.prefix, os.getcwd(), sys.argv[-1], {platform}); sys.exit(5)"
    (site / "pytest.py").write_text(code)
    done = run(project, surroundings, "test", "-q", QT_QPA_PLATFORM="xcb")
    assert (done.returncode, done.stdout.split()) == (5, [str(project / ".venv"), str(project), "-q", "offscreen"])


OLD = {version: shutil.which(f"python{version}") for version in ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10")}
for found in sorted(Path.home().glob(".pyenv/versions/*/bin/python")):
    version = ".".join(found.parts[-3].split(".")[:2])
    if version in OLD:
        OLD[version] = str(found)


@pytest.mark.parametrize("version", OLD)
def test_real_old_python_says_that_it_is_too_old(version):
    if not OLD[version]:
        pytest.skip(f"no Python {version} here")
    if subprocess.run([OLD[version], "-c", ""], capture_output=True).returncode:
        pytest.skip(f"{OLD[version]} only stands for a Python that is not there")
    done = subprocess.run([OLD[version], str(ROOT / "main.py")], capture_output=True)
    assert done.returncode == 10
    assert b"needs Python 3.11 to 3.14, and this is Python " + version.encode() in done.stderr
    assert b"Traceback" not in done.stderr and done.stderr.count(b"\n") == 1
