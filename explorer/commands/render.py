"""render: draw an experiment into a picture or an animation, without a display."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping
from pathlib import Path

from core import tasks
from core.documents.export import refuse_suffix
from core.errors import InputError, quoted
from core.experiment import Experiment
from core.lessons.reading import lesson_named, read_lesson
from core.maths.arrays import Array
from core.network.schedule import schedule_of
from core.network.structures import build
from core.notation.books import NOTATIONS, notation_named
from core.own.without_weights import RecordedRun
from core.timeline.timeline import Timeline
from explorer.commands.base import THEMES, Command, file_faults, refuse_unwritable, run_job
from explorer.commands.options.arrays import run_to_show
from explorer.commands.options.experiment import add_experiment_options, experiment_to_run, own_parameters
from start.interrupt import leaving_at_once

SUFFIXES, FILMS = (".png", ".svg", ".gif", ".mp4"), (".gif", ".mp4")
LESSON_SUFFIXES = (".gif", ".mp4", ".pdf")
SMALLEST, LARGEST = (320, 240), (7680, 4320)  # pixels


def without_display() -> None:
    """Lets Qt draw where no display is; to be called before Qt is imported."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"


def size_of(text: str) -> tuple[int, int]:
    """WIDTHxHEIGHT in pixels. Raises InputError."""
    found = re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", text)
    size = (int(found[1]), int(found[2])) if found else (0, 0)
    if not all(low <= length <= high for low, length, high in zip(SMALLEST, size, LARGEST, strict=True)):
        limits = "from {}x{} to {}x{}".format(*SMALLEST, *LARGEST)
        raise InputError(
            "--size: “{text}” cannot be used; give WIDTHxHEIGHT in pixels, {limits}.", text=quoted(text), limits=limits
        )
    return size


def _beat(text: str | None, experiment: Experiment) -> int | None:
    """A beat of a run of the experiment. Raises InputError."""
    if text is None:
        return None
    data = tasks.make(experiment)
    network = build(experiment, data)
    schedule = schedule_of(network, len(data.x), len(data.y))
    last = Timeline(schedule.columns, schedule.sweeps).last
    if not re.fullmatch(r"\d{1,9}", text) or int(text) > last:
        limits = f"from 0 to {last} (2 × {schedule.beats} + 3)"
        raise InputError(
            "--beat: “{text}” cannot be used; give a whole number {limits}.", text=quoted(text), limits=limits
        )
    return int(text)


def _add_options(parser: argparse.ArgumentParser) -> None:
    add_experiment_options(parser)
    kinds = "picture.png, picture.svg, run.gif or run.mp4"
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help=kinds)
    parser.add_argument("--size", metavar="WxH", default="1600x1000", help="in pixels (default: 1600x1000)")
    beat = "the moment to draw: 0 nothing yet, 2T+2 all gradients (default), 2T+3 the update"
    parser.add_argument("--beat", metavar="N", help=beat)
    parser.add_argument("--theme", choices=THEMES, default=THEMES[0], help="default: light")
    choices = ", ".join(f"{notation.number} ({notation.name})" for notation in NOTATIONS)
    about = "a whole lesson instead: its number (9) or its file; --out is then film.gif, film.mp4 or slides.pdf"
    parser.add_argument("--lesson", metavar="NAME", help=about)
    parser.add_argument("--notation", metavar="N", default="1", help=f"one of {choices} (default: 1)")


def _run(options: argparse.Namespace) -> int:
    if options.lesson is not None:
        return _draw_lesson(options)
    if (shown := run_to_show(options)) is not None:
        return draw_recorded(shown, options.arrays[0].name, options.out, size_of(options.size)[0], options.theme)
    refuse_suffix(options.out, SUFFIXES)
    size = size_of(options.size)
    experiment = experiment_to_run(options)
    notation = notation_named(options.notation)
    beat = _beat(options.beat, experiment)
    if beat is not None and options.out.suffix.lower() in FILMS:
        kind = options.out.suffix.lower()
        raise InputError(
            "--beat picks one moment, and a {kind} shows them all; leave it out, or write .png or .svg.", kind=kind
        )
    refuse_unwritable(options.out)
    without_display()
    with leaving_at_once():
        from explorer.export.picture import Drawing

    with file_faults(options.out):
        own = own_parameters(options, experiment)
        wanted = Drawing(experiment, options.out, size, beat, options.theme, own, notation.name)
        run_job(f"Drawing {options.out.name}", wanted.job())
    print(f"{options.out}: {experiment.cell} on {experiment.task}, {size[0]} × {size[1]}")
    return 0


def draw_recorded(shown: tuple[RecordedRun, Mapping[str, Array]], name: str, out: Path, width: int, theme: str) -> int:
    """Draws a recorded run without its weights into a PNG; the exit status."""
    refuse_suffix(out, (".png",))
    refuse_unwritable(out)
    without_display()
    with leaving_at_once():
        from explorer.export.recorded import drawing

    with file_faults(out):
        size = run_job(f"Drawing {out.name}", drawing(*shown, name, out, width, theme))
    print(f"{out}: a recorded run without its weights, {size[0]} × {size[1]}")
    return 0


def _draw_lesson(options: argparse.Namespace) -> int:
    refuse_suffix(options.out, LESSON_SUFFIXES)
    if options.beat is not None:
        raise InputError("--beat is of a run; a lesson shows the beats that its steps name.")
    path = lesson_named(options.lesson)
    read_lesson(path)
    size = size_of(options.size)
    refuse_unwritable(options.out)
    without_display()
    with leaving_at_once():
        from explorer.export.lesson import drawing

    with file_faults(options.out):
        count = run_job(f"Drawing {options.out.name}", drawing(path, options.out, size, options.theme))
    print(f"{options.out}: {path.stem}, {count} {'pages' if options.out.suffix.lower() == '.pdf' else 'frames'}")
    return 0


RENDER = Command(
    "render",
    "Draw a run into a picture (PNG, SVG) or an animation of its forward and backward pass (GIF); needs no display.",
    (
        "render --cell gru --task sine --steps 40 --out picture.png --size 1600x1000",
        "render --cell tanh --steps 14 --beat 20 --theme dark --out picture.svg",
        "render --experiment saved.json --out run.gif --size 960x600",
        "render --lesson 9 --out slides.pdf --size 1280x720",
    ),
    _add_options,
    _run,
)
