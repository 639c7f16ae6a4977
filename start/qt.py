"""What Qt needs around it: system libraries on Linux, a font, and a display that answers."""

import ctypes
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence

from start.stop import NO_LIBRARIES, Stop, say

# What Qt's wheels load: sonames without "lib", each with its Debian package; even offscreen Qt needs the first group.
ALWAYS = """EGL.so.1 libegl1  GL.so.1 libgl1  xkbcommon.so.0 libxkbcommon0  X11.so.6 libx11-6  dbus-1.so.3 libdbus-1-3
    fontconfig.so.1 libfontconfig1  freetype.so.6 libfreetype6  glib-2.0.so.0 libglib2.0-0
    gthread-2.0.so.0 libglib2.0-0  z.so.1 zlib1g  zstd.so.1 libzstd1  stdc++.so.6 libstdc++6"""
X11 = """xcb.so.1 libxcb1  xcb-cursor.so.0 libxcb-cursor0  xkbcommon-x11.so.0 libxkbcommon-x11-0
    xcb-icccm.so.4 libxcb-icccm4  xcb-image.so.0 libxcb-image0  xcb-keysyms.so.1 libxcb-keysyms1
    xcb-randr.so.0 libxcb-randr0  xcb-render.so.0 libxcb-render0  xcb-render-util.so.0 libxcb-render-util0
    xcb-shape.so.0 libxcb-shape0  xcb-shm.so.0 libxcb-shm0  xcb-sync.so.1 libxcb-sync1  xcb-util.so.1 libxcb-util1
    xcb-xfixes.so.0 libxcb-xfixes0  xcb-xkb.so.1 libxcb-xkb1  X11-xcb.so.1 libx11-xcb1"""
WAYLAND = """wayland-client.so.0 libwayland-client0  wayland-cursor.so.0 libwayland-cursor0
    wayland-egl.so.1 libwayland-egl1"""
SYSTEM_DATA = "/usr/share"
FONT = "fonts-dejavu-core"
COMMANDS = ("render", "test", "trace", "lint")


def prepare_qt(
    arguments: list[str], environment: dict[str, str], before: Callable[[], object] = lambda: None
) -> list[str]:
    """Settle QT_QPA_PLATFORM in `environment`, and on Linux what Qt needs; `before` is called before anything is
    installed. Returns the arguments, led by --no-window where a window was asked for and cannot be shown. Raises Stop,
    and what `before` raises."""
    command = arguments[0] if arguments else ""
    if command == "test" or (command == "render" and not environment.get("QT_QPA_PLATFORM")):
        environment["QT_QPA_PLATFORM"] = "offscreen"
    if not sys.platform.startswith("linux"):
        return arguments
    chosen = environment.get("QT_QPA_PLATFORM", "")
    x11 = chosen.startswith("xcb") or (not chosen and bool(environment.get("DISPLAY")))
    if x11 and not chosen and not missing(["xcb.so.1", "libxcb1"]):
        x11 = x11_answers()
    wayland = not chosen and wayland_answers(environment)
    provide(missing(needed(x11, wayland and not x11)), before)
    if chosen or wayland or (x11 and x11_answers()):
        return arguments
    environment["QT_QPA_PLATFORM"] = "offscreen"
    window = command not in COMMANDS and not {"-h", "--help", "--version"} & set(arguments)
    return ["--no-window"] * window + arguments


def needed(x11: bool, wayland: bool) -> Sequence[str]:
    """The libraries for these screens, and without one, as "soname package" words."""
    return " ".join((ALWAYS, X11 * x11, WAYLAND * wayland)).split()


def missing(words: Sequence[str]) -> list[tuple[str, str]]:
    """(soname, Debian package) of every library that cannot be loaded; `words` alternates the two, without "lib"."""
    absent = []
    for soname, package in zip(words[::2], words[1::2], strict=True):
        try:
            ctypes.CDLL("lib" + soname)
        except OSError:
            absent.append(("lib" + soname, package))
    return absent


def provide(absent: list[tuple[str, str]], before: Callable[[], object] = lambda: None) -> None:
    """Install what is absent where that is ours to do, after `before`; otherwise print the line that does it. Raises
    Stop."""
    font = has_font()
    if not absent and font:
        return
    sonames = [soname for soname, package in absent]
    packages = list(dict.fromkeys(package for soname, package in absent)) + [FONT] * (not font)
    failure = ""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        before()
        say("Installing what Qt needs of the system: " + " ".join(packages))
        failure = apt_get(packages)
        words = [word for soname, package in absent for word in (soname.removeprefix("lib"), package)]
        absent = missing(words)
    if absent:
        raise Stop(NO_LIBRARIES, libraries_sentence(sonames, packages, failure))
    if not has_font():
        say(f"Hint: no font was found, so text may show as boxes. To fix it: {font_line()}")


def apt_get(packages: Iterable[str]) -> str:
    """Install Debian packages, with fresh lists if the first try fails. Returns why it failed, or an empty string."""
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120", *packages]
    for command in (install, ["apt-get", "update", "-q"], install):
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        if command is install and done.returncode == 0:
            return ""
    lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("E: ") if lines else f"apt-get ended with status {done.returncode}"


def libraries_sentence(sonames: list[str], packages: list[str], failure: str = "") -> str:
    if shutil.which("apt-get"):
        line = "run `sudo apt install " + " ".join(packages) + "`"
    elif shutil.which("dnf"):  # it finds packages by what they provide
        line = "run `sudo dnf install " + " ".join(f'"{soname}()(64bit)"' for soname in sonames) + "`"
    else:
        line = "install the packages of your system that have them"
    failed = f", and installing them failed ({failure})" if failure else ""
    return f"Qt needs system libraries that are not here: {', '.join(sonames)}{failed}; {line}, then start again."


def font_line() -> str:
    return "sudo dnf install dejavu-sans-fonts" if shutil.which("dnf") else f"sudo apt install {FONT}"


def has_font() -> bool:
    """Whether fontconfig's usual folders hold an outline font; Qt's wheel brings none, and draws boxes without."""
    shared = (os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    own = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    folders = [os.path.join(folder, "fonts") for folder in (*shared, SYSTEM_DATA, own)]
    for folder in (*folders, os.path.expanduser("~/.fonts")):
        for _, _, files in os.walk(folder, followlinks=True):
            if any(name.lower().endswith((".ttf", ".otf", ".ttc", ".pfb")) for name in files):
                return True
    return False


def x11_answers() -> bool:
    """Whether the X server named by DISPLAY answers. Qt aborts the process if it does not, so it is asked first."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return False
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    refused = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not refused


def wayland_answers(environment: dict[str, str]) -> bool:
    """Whether the compositor named by WAYLAND_DISPLAY answers; a socket's name is relative to XDG_RUNTIME_DIR."""
    name = environment.get("WAYLAND_DISPLAY")
    if not name:
        return False
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(os.path.join(environment.get("XDG_RUNTIME_DIR", ""), name))
        except OSError:
            return False
    return True
