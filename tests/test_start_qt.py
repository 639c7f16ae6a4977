"""What Qt needs around it, under made-up conditions: libraries, fonts, displays."""

import os
import socket
import stat
import sys

import pytest

from start import qt, stop

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux lacks these")
ABSENT = [("libEGL.so.1", "libegl1"), ("libgthread-2.0.so.0", "libglib2.0-0"), ("libglib-2.0.so.0", "libglib2.0-0")]


def test_library_that_cannot_be_loaded_is_named_with_its_package():
    words = "c.so.6 libc6 nowhere-at-all.so.7 libnowhere7".split()
    assert qt.missing(words) == [("libnowhere-at-all.so.7", "libnowhere7")]


@pytest.mark.parametrize("group", [qt.ALWAYS, qt.X11, qt.WAYLAND])
def test_every_library_has_a_package(group):
    words = group.split()
    assert all(".so." in soname for soname in words[::2]) and not any(".so" in package for package in words[1::2])
    assert len(words) % 2 == 0


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A system whose tools are scripts in one folder: call it with a name and the script's lines."""
    tools = tmp_path / "tools"
    tools.mkdir()
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    present = {"apt-get": True, "dnf": False}
    monkeypatch.setattr(qt.shutil, "which", lambda name: name if present.get(name) else None)

    def tool(name, *lines):
        file = tools / name
        file.write_text("\n".join(["#!/bin/sh", f'echo "$DEBIAN_FRONTEND $*" >> {tools}/calls', *lines]) + "\n")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)

    tool.calls = lambda: (tools / "calls").read_text().splitlines()
    tool.present, tool.flag = present, tools / "flag"
    monkeypatch.setattr(qt, "missing", lambda words: [] if (tools / "flag").exists() or not words else ABSENT)
    monkeypatch.setattr(qt, "has_font", lambda: True)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return tool


def test_root_on_debian_gets_everything_installed_at_once(system):
    system("apt-get", f"touch {system.flag}")
    qt.provide(ABSENT)
    (call,) = system.calls()
    assert call.startswith("noninteractive install -y") and "--no-install-recommends" in call
    assert call.endswith(" libegl1 libglib2.0-0")


def test_nothing_is_installed_for_arguments_that_are_refused(system, monkeypatch):
    system("apt-get", f"touch {system.flag}")

    def refuse():
        raise SystemExit(2)

    with pytest.raises(SystemExit):
        qt.prepare_qt(["list", "--wrong"], {}, refuse)
    assert not system.flag.exists()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(stop.Stop, match="Qt needs system libraries"):  # said before anything is fetched
        qt.prepare_qt([], {}, refuse)


def test_lists_are_fetched_when_the_first_try_fails(system):
    system("apt-get", f'[ "$1" = update ] && touch {system.flag}', f"[ -e {system.flag} ]")
    qt.provide(ABSENT)
    assert [call.split()[1] for call in system.calls()] == ["install", "update", "install"]


def test_failed_installation_says_why_and_gives_the_line(system):
    system("apt-get", 'echo "E: Unable to locate package libegl1"', "exit 100")
    with pytest.raises(stop.Stop, match="failed .Unable to locate package libegl1.; run `sudo apt install") as caught:
        qt.provide(ABSENT)
    assert caught.value.status == stop.NO_LIBRARIES


def test_other_people_get_the_exact_line(system, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(stop.Stop, match="libEGL.so.1, libgthread-2.0.so.0.*`sudo apt install libegl1 libglib2.0-0`"):
        qt.provide(ABSENT)


def test_fedora_gets_its_own_line_and_an_unknown_system_the_sonames(system):
    system.present.update({"apt-get": False, "dnf": True})
    with pytest.raises(stop.Stop, match=r"`sudo dnf install \"libEGL.so.1\(\)\(64bit\)\""):
        qt.provide(ABSENT)
    system.present["dnf"] = False
    with pytest.raises(stop.Stop, match="not here: libEGL.so.1, .*install the packages of your system that have them"):
        qt.provide(ABSENT)


def test_missing_font_is_installed_by_root_and_only_a_hint_for_others(system, monkeypatch, capsys):
    monkeypatch.setattr(qt, "has_font", lambda: system.flag.exists())
    system("apt-get", f"touch {system.flag}")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    qt.provide([])
    assert "Hint: no font was found, so text may show as boxes. To fix it: sudo apt" in capsys.readouterr().err
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    qt.provide([])
    assert system.calls()[0].endswith(" fonts-dejavu-core")
    assert "Hint" not in capsys.readouterr().err


def test_font_is_looked_for_in_the_usual_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(qt, "SYSTEM_DATA", str(tmp_path / "usr"))
    assert not qt.has_font()
    (tmp_path / "own/fonts/some").mkdir(parents=True)
    (tmp_path / "own/fonts/some/README").write_text("")
    assert not qt.has_font()
    (tmp_path / "own/fonts/some/Sans.TTF").write_text("")
    assert qt.has_font()


@pytest.fixture
def display(monkeypatch):
    """Call it with whether the X server answers; libraries and fonts are there. Collects the groups asked for."""
    wanted = []
    monkeypatch.setattr(qt, "provide", lambda absent, before: None)
    monkeypatch.setattr(qt, "missing", lambda words: wanted.extend(words) or [])

    def answers(yes):
        monkeypatch.setattr(qt, "x11_answers", lambda: yes)
        return wanted

    return answers


def test_dead_display_leads_to_no_window_and_needs_no_x11_libraries(display):
    wanted, environment = display(False), {"DISPLAY": ":77"}
    assert qt.prepare_qt(["saved.json"], environment) == ["--no-window", "saved.json"]
    assert environment["QT_QPA_PLATFORM"] == "offscreen"
    assert "libxcb-cursor0" not in wanted


def test_living_display_shows_a_window_and_needs_the_x11_libraries(display):
    wanted, environment = display(True), {"DISPLAY": ":0"}
    assert qt.prepare_qt([], environment) == []
    assert "QT_QPA_PLATFORM" not in environment
    assert "libxcb-cursor0" in wanted and "libegl1" in wanted


def test_display_is_asked_once_the_library_that_asks_is_installed(display, monkeypatch):
    """Without libxcb nobody can tell whether the display lives: the X11 libraries come first, then the question."""
    display(False)
    monkeypatch.setattr(qt, "missing", lambda words: [("libxcb.so.1", "libxcb1")] if "libxcb1" in words else [])
    installed = []
    monkeypatch.setattr(qt, "provide", lambda absent, before: installed.extend(absent))
    assert qt.prepare_qt([], {"DISPLAY": ":77"}) == ["--no-window"]
    assert installed == [("libxcb.so.1", "libxcb1")]


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["render", "--out", "a.png"]])
def test_only_a_start_that_would_open_the_window_gets_no_window(display, arguments):
    display(False)
    environment = {}
    assert qt.prepare_qt(arguments, environment) == arguments
    assert environment["QT_QPA_PLATFORM"] == "offscreen"


def test_platform_that_the_person_chose_is_respected(display):
    display(False)
    environment = {"QT_QPA_PLATFORM": "vnc"}
    assert qt.prepare_qt([], environment) == []
    assert environment == {"QT_QPA_PLATFORM": "vnc"}


def test_tests_never_open_a_window(display):
    display(True)
    environment = {"QT_QPA_PLATFORM": "xcb", "DISPLAY": ":0"}
    assert qt.prepare_qt(["test", "-q"], environment) == ["test", "-q"]
    assert environment["QT_QPA_PLATFORM"] == "offscreen"


def test_wayland_counts_as_a_display_only_while_it_answers(tmp_path, display):
    wanted = display(False)
    environment = {"WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": str(tmp_path)}
    assert qt.prepare_qt([], dict(environment)) == ["--no-window"]
    with socket.socket(socket.AF_UNIX) as compositor:
        compositor.bind(str(tmp_path / "wayland-7"))
        compositor.listen()
        assert qt.prepare_qt([], environment) == []
    assert "QT_QPA_PLATFORM" not in environment
    assert "libwayland-client0" in wanted


def test_display_that_nobody_serves_is_found_dead(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":7777")
    assert not qt.x11_answers()


@pytest.mark.parametrize("x11", [False, True])
@pytest.mark.parametrize("wayland", [False, True])
def test_every_library_has_its_package_for_every_kind_of_screen(x11, wayland):
    words = qt.needed(x11, wayland)
    assert len(words) % 2 == 0
    assert all(".so" in soname for soname in words[::2])
    assert all(package[0].isalpha() and ".so" not in package for package in words[1::2])
    assert ("xcb.so.1" in words) is x11
