"""No command: the window, or, where there is no display, the pictures it would have shown."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from core.documents.opening import Opened, open_file
from core.errors import InputError
from core.experiment import Experiment
from core.lessons.setting import settings_of
from core.sharing import strings
from explorer import garbage
from explorer.commands.base import THEMES, FileFault, file_faults, run_job
from explorer.commands.render import draw_recorded, without_display
from start.environment import cache_folder
from start.interrupt import leaving_at_once

PICTURES = (("bptt-explorer.png", (1600, 1000)), ("bptt-explorer.gif", (960, 600)))


def add_options(parser: argparse.ArgumentParser) -> None:
    """What the window takes."""
    about = (
        "what to open: a saved experiment, an exported run (.npz), weights, a table, digits or a text; or a string "
        "that somebody has shared (bptt1.…)"
    )
    parser.add_argument("file", metavar="FILE", nargs="?", help=about)
    parser.add_argument("--theme", choices=THEMES, help="default: the last one chosen")
    parser.add_argument("--no-window", action="store_true", help="write the pictures of the experiment instead")


def run(options: argparse.Namespace) -> int:
    """Opens the window; its exit status."""
    found, string = Opened(Experiment()), ""
    if options.file is not None and strings.is_string(options.file) and not os.path.exists(options.file):
        string = options.file
        found = _shown_by(strings.read(string))  # what is wrong with it is said here, before any window
    elif options.file is not None:
        try:
            found = open_file(Path(options.file), found.experiment)  # a bad file, too
        except InputError as error:
            raise FileFault(str(error)) from None
    if options.no_window:
        for remark in found.remarks:
            print(remark)
        if found.shown is not None and options.file is not None:
            (name, (width, _)), *_ = PICTURES
            out = writable_folder() / name
            return draw_recorded(found.shown, Path(options.file).name, out, width, options.theme or THEMES[0])
        return write_pictures(found, options.theme or THEMES[0])
    with garbage.paused():  # until the window is shown
        with leaving_at_once():
            from explorer.features import unsearched

            unsearched()
            from explorer.app import run as open_window

        path = None if string or options.file is None else Path(options.file)
        return open_window(path, theme=options.theme, string=string)


def _shown_by(shared: strings.Shared) -> Opened:
    """The experiment that a string shows. Raises InputError."""
    if shared.saved is not None:
        return Opened(shared.saved.experiment, shared.saved.given)
    assert shared.lesson is not None
    return Opened(settings_of(shared.lesson)[shared.step].experiment())


def write_pictures(found: Opened, theme: str) -> int:
    """A picture and an animation of an experiment, in the current folder, or in the user's cache."""
    print("There is no display here, so the pictures are written instead of opening a window.", flush=True)
    folder = writable_folder()
    without_display()
    with leaving_at_once():
        from explorer.export.picture import Drawing

    for name, size in PICTURES:
        with file_faults(folder / name):
            wanted = Drawing(found.experiment, folder / name, size, None, theme, found.parameters)
            run_job(f"Drawing {name}", wanted.job())
        print(f"Written: {folder / name}", flush=True)
    return 0


def writable_folder() -> Path:
    """The current folder, else one in the user's cache. Raises FileFault where neither can be written."""
    cache = Path(cache_folder()) / "bptt-explorer"
    for folder in (Path.cwd(), cache):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):  # asked by doing it: os.access does not know Windows's rights
                return folder
        except OSError:
            continue
    raise FileFault(f"Neither {os.getcwd()} nor {cache} can be written; start from a folder of your own.")
