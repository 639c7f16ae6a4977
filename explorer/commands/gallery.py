"""gallery: every cell's inside and every structure, as pictures and a page that shows them; needs no display."""

from __future__ import annotations

import argparse
from pathlib import Path

from explorer.commands.base import THEMES, Command, FileFault, file_faults, run_job
from explorer.commands.render import size_of, without_display
from start.interrupt import leaving_at_once


def _add_options(parser: argparse.ArgumentParser) -> None:
    fixed = "Every picture is of a run of its own that never changes, so no option of an experiment is taken"
    parser.epilog = f"{fixed} (--text-file, --set …); `render` draws yours.\n\n{parser.epilog}"
    about = "where the pictures and index.html go; it is made where there is none"
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help=about)
    parser.add_argument("--size", metavar="WxH", default="1280x720", help="of a picture in pixels (default: 1280x720)")
    parser.add_argument("--theme", choices=THEMES, default=THEMES[0], help="of pictures and page (default: light)")
    about = "this picture alone, by name (a wrong one is answered with all names); can be given again"
    parser.add_argument("--only", metavar="NAME", action="append", default=[], help=about)


def refuse_unusable(folder: Path) -> None:
    """Raises FileFault where there cannot be such a folder."""
    if folder.exists() and not folder.is_dir():
        raise FileFault(f"{folder} cannot be used: it is a file; name a folder.")
    above = folder.resolve().parent
    if not above.is_dir():
        raise FileFault(f"{folder} cannot be made: there is no folder {above}. Choose another place, or make it.")


def _run(options: argparse.Namespace) -> int:
    from explorer.export.gallery_list import named

    size = size_of(options.size)
    pictures = named(tuple(options.only))
    refuse_unusable(options.out)
    without_display()
    with leaving_at_once():
        from explorer.export.gallery import PAGE, writing

    with file_faults(options.out):
        run_job("Drawing the gallery", writing(options.out, pictures, size, options.theme))
    count = f"{len(pictures)} picture{'' if len(pictures) == 1 else 's'}"
    print(f"{options.out / PAGE}: {count}, {size[0]} × {size[1]}, {options.theme}")
    return 0


GALLERY = Command(
    "gallery",
    "Draw the inside of every cell and every structure into pictures, and a page that shows them; needs no display.",
    (
        "gallery --out gallery",
        "gallery --out gallery --theme dark --size 1600x900",
        "gallery --out pictures --only cell-lstm --only structure-attention",
    ),
    _add_options,
    _run,
)
