"""Pictures without a display: the window drawn into a file, or the run as an animation. Each is a job."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from PySide6.QtCore import QBuffer, QCoreApplication, QPoint, QRect, QSize, Qt, QThread
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from core.errors import InputError
from core.experiment import Experiment
from core.files.gif import GifWriter
from core.files.png import PngWriter
from core.files.writing import replacing
from core.jobs import Job, part
from core.maths.arrays import Array
from explorer.application import application
from explorer.export.palette import Palette, Seen
from explorer.export.video import Video, can_write_video, needed_for_video
from explorer.session.player import Player
from explorer.session.session import Session
from explorer.session.work import out_of
from explorer.settings import Settings
from explorer.style.formula import typeset_count
from explorer.widgets.passing import without_passing
from explorer.window.arrangement import Arrangement
from explorer.window.window import Window

if TYPE_CHECKING:
    from PIL.Image import Image

TRAINING = "training"  # the name of the picture of a training, and what an animation is of
Draw = Callable[[Window, BinaryIO], Job[None]]  # what a window shows into a file
MOST_FRAMES = 160
FRAME_MS, LAST_FRAME_MS = 220, 1800
LOOKED_AT = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the run: where the colours of an animation are taken from
BAND = 2_000_000  # pixels that are drawn at once
SETTLING = 4  # rounds in which widgets within widgets ask for their place
PIECE_SECONDS = 0.02  # of the jobs that are waited for, at once
CHECK_SECONDS = 5.0  # a longer gradient check is shown as far as it has come


@dataclass(frozen=True)
class Drawing:
    """An experiment to be drawn into a file by its suffix: .png, .svg, or .gif or .mp4 (all beats); `size` in px,
    `beat` 0 … 2T + 2, the end where it is None; `parameters`: the run's own; in the symbols of a notation, by name."""

    experiment: Experiment
    path: Path
    size: tuple[int, int]
    beat: int | None = None
    theme: str = "light"
    parameters: Mapping[str, Array] | None = None
    notation: str = "row"

    def job(self) -> Job[None]:
        """Raises InputError for an experiment that cannot be run, OSError where the file cannot be written."""
        application()
        session = Session(self.experiment, self.theme, parameters=self.parameters)
        yield 0.01
        session.set_view(notation=self.notation)
        session.seek(session.timeline.complete if self.beat is None else self.beat)
        yield from _render(session, self.path, self.size)


def rendering(
    session: Session, path: Path, size: tuple[int, int], arrangement: Arrangement | None = None, of: str = ""
) -> Job[None]:
    """Draws into a file what a window shows, arranged as it is (None: as a new window would be), by another window that
    nobody sees; `of`: what an animation is of, as for `course_of`. Raises InputError for an unknown suffix, OSError for
    a place that cannot be written."""
    copy = session.copy()
    yield 0.01
    yield from _render(copy, path, size, arrangement, of)


def _render(
    session: Session, path: Path, size: tuple[int, int], arrangement: Arrangement | None = None, of: str = ""
) -> Job[None]:
    yield from drawn_in_window(session, path, size, _drawer(path, of), arrangement)


def drawn_in_window(
    session: Session, path: Path, size: tuple[int, int], draw: Draw, arrangement: Arrangement | None = None
) -> Job[None]:
    """Gives `draw` a window of the session that nobody sees, and the file that it writes into."""
    with tempfile.TemporaryDirectory() as folder:
        player = Player(session)
        player.stop()
        window = Window(session, player, Settings(Path(folder) / "settings.ini"), in_pieces=True)
        try:
            yield from part(window.building, 0.01, 0.1)
            yield from part(_prepare(window, size, arrangement), 0.1, 0.2)
            with replacing(path) as file:
                yield from part(draw(window, file), 0.2, 1.0)
        finally:
            window.building.close()
            player.stop()
            window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            window.close()
            QCoreApplication.sendPostedEvents(None, 0)


def picturing(window: Window, path: Path) -> Job[None]:
    """Draws a window as it is on the screen, .png or .svg, without what is there only for the person before it. Raises
    InputError for an unknown suffix, OSError for a place that cannot be written."""
    draw = _drawer(path)
    with window.without_hints():
        yield from part(jobs_done(window.session), 0.0, 0.5)
        window.setProperty("wanted", window.size())
        yield from typeset_all(window)
        with replacing(path) as file:
            yield from part(draw(window, file), 0.5, 1.0)


def _drawer(path: Path, of: str = "") -> Draw:
    suffix = path.suffix.lower()
    gif, mp4 = partial(_gif, of=of), partial(_mp4, of=of)
    draw: Draw | None = {".png": _png, ".svg": _svg, ".gif": gif, ".mp4": mp4}.get(suffix)
    if draw is None:
        raise InputError("{file}: pictures end in .png, .svg, .gif or .mp4.", file=path.name)
    if suffix == ".mp4" and not can_write_video():
        raise InputError("{file}: {needed}", file=path.name, needed=needed_for_video())
    return draw


def _prepare(window: Window, size: tuple[int, int], arrangement: Arrangement | None = None) -> Job[None]:
    """Lays the window out, finishes the jobs, and lets everything be typeset."""
    window.setMinimumSize(0, 0)
    window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    window.resize(*size)
    window.show()
    if arrangement is not None:
        arrangement.apply(window)
    yield 0.1
    yield from part(jobs_done(window.session), 0.1, 0.6)
    yield from typeset_all(window)
    for widget in (*window.docks, window.panels["topbar"], window.panels["timeline"], None):
        window.resize(*size)
        for _ in range(SETTLING):
            lay_out()
            window.grab()
            yield 0.9
        if widget is None or (window.width() <= size[0] and window.height() <= size[1]):
            break
        widget.hide()  # a small picture shows less: the pictures come first
    if arrangement is not None:
        arrangement.scroll(window)
        yield from typeset_all(window)
    window.setProperty("wanted", QSize(*size))


def jobs_done(session: Session) -> Job[None]:
    """The map is waited for; there is none in every run. The check has CHECK_SECONDS."""
    begun = time.monotonic()

    def late() -> bool:
        return time.monotonic() >= begun + CHECK_SECONDS and not session.mapping

    def one_piece() -> None:
        until = time.monotonic() + PIECE_SECONDS
        session.find(lambda: time.monotonic() >= until or late())

    while session.finding and not late():
        one_piece()
        yield min((time.monotonic() - begun) / max(CHECK_SECONDS, 1e-3), 1.0)


def typeset_all(window: Window) -> Job[None]:
    """Every formula, until nothing new asks for one and every widget has its place: what is typeset takes another
    room than what stood there before, and its neighbours move."""
    before, now = None, (typeset_count(), _places(window))
    while now != before:
        window.grab()
        yield 0.7
        for widget in window.findChildren(QWidget):
            typeset = getattr(widget, "typeset", None)  # what else waits until the person does nothing
            if callable(typeset):
                typeset()
                yield 0.7
        lay_out()
        yield 0.7
        before, now = now, (typeset_count(), _places(window))


def _places(window: Window) -> list[QRect]:
    return [widget.geometry() for widget in window.findChildren(QWidget) if widget.isVisibleTo(window)]


def lay_out() -> None:
    """What widgets have asked for happens. Where the program's own event loop runs, nothing that a person does comes in
    between: this is a piece of a job."""
    if QThread.currentThread().loopLevel():
        QCoreApplication.sendPostedEvents(None, 0)
    else:
        QCoreApplication.processEvents()


def _png(window: Window, file: BinaryIO) -> Job[None]:
    wanted: QSize = window.property("wanted")
    writer = PngWriter(file, wanted.width(), wanted.height())
    done = 0
    for rows in _bands(window):
        writer.add(rows)
        done += len(rows)
        yield done / wanted.height()
    writer.end()


def _bands(window: Window) -> Iterator[Array]:
    """The window in exactly the size that was asked for, rows from above, (n, width, 3) of uint8, so many at once that
    a large one is not drawn in one piece; scaled down as a whole where even its pictures need more."""
    wanted: QSize = window.property("wanted")
    if window.size() != wanted or window.devicePixelRatioF() != 1.0:
        keep, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        yield _pixels(_shot(window, window.rect()).scaled(wanted, keep, smooth))
        return
    height = max(1, BAND // wanted.width())
    for top in range(0, wanted.height(), height):
        rows = min(height, wanted.height() - top)
        yield _pixels(_shot(window, QRect(0, top, wanted.width(), rows)))


def _shot(window: Window, part_of_it: QRect) -> QImage:
    with without_passing(window):
        return window.grab(part_of_it).toImage()


def _pixels(image: QImage) -> Array:
    """(height, width, 3) of uint8."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    raw = np.frombuffer(rgb.constBits(), dtype=np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return raw[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).copy()


def _svg(window: Window, file: BinaryIO) -> Job[None]:
    from PySide6.QtSvg import QSvgGenerator

    buffer = QBuffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(window.property("wanted"))
    generator.setViewBox(QRect(0, 0, window.width(), window.height()))
    generator.setTitle(window.windowTitle())
    with QPainter(generator) as painter, without_passing(window):
        window.render(painter, QPoint())
    yield 0.9
    file.write(buffer.data().data())


def beats_shown(last: int) -> list[int]:
    """The beats, of 0 … last, that an animation has frames for: all, or evenly chosen ones with both ends where they
    are many."""
    if last < MOST_FRAMES:
        return list(range(last + 1))
    return sorted({round(k * last / (MOST_FRAMES - 1)) for k in range(MOST_FRAMES)})


@dataclass(frozen=True)
class Course:
    """What the frames of an animation are of: `stops` in their order, and the way to one of them."""

    stops: list[int]
    go: Callable[[Window, int], Job[None]]
    lasting: Callable[[int], int] | None = None  # ms of a stop; None: FRAME_MS, and LAST_FRAME_MS of the last one

    def ms(self, stop: int) -> int:
        """How long a stop is shown."""
        if self.lasting is not None:
            return self.lasting(stop)
        return FRAME_MS if stop != self.stops[-1] else LAST_FRAME_MS


def course_of(window: Window, of: str = "") -> Course:
    """Over the updates of a training, where `of` is TRAINING or, of "", its picture is presented; else over the beats
    of the run."""
    training = window.session.trainer.training
    if training is not None and (of or window.session.screen.presented) == TRAINING:
        frames = sorted({*(frame.update for frame in training.film.frames), training.update})
        return Course([frames[k] for k in beats_shown(len(frames) - 1)], _show_update)
    return Course(beats_shown(window.session.timeline.last), _show_beat)


def _show_update(window: Window, update: int) -> Job[None]:
    """The network of an update with its whole run, and what the picture beside the loss finds out about it."""
    session, alone = window.session, window.session.screen.presented == TRAINING
    session.trainer.show_update(update)
    while session.trainer.busy:
        session.trainer.pull(out_of(PIECE_SECONDS))
        yield 0.3
    for name in ("check", "contributions") if alone else ():  # neither is in this picture
        session.findings.jobs.pop(name, None)
    yield from part(jobs_done(session), 0.3, 0.9)
    rest_at(window, session.timeline.complete)
    lay_out()


def _gif(window: Window, file: BinaryIO, of: str) -> Job[None]:
    yield from write_gif(window, file, course_of(window, of))


def write_gif(window: Window, file: BinaryIO, course: Course) -> Job[None]:
    """A frame of every stop."""
    beats = course.stops
    palette = yield from part(_palette(window, course), 0.0, 0.1)
    writer = GifWriter(file)
    for k, beat in enumerate(beats):
        yield from part(course.go(window, beat), 0.1 + 0.9 * k / len(beats), 0.1 + 0.9 * (k + 0.5) / len(beats))
        frame = yield from part(_frame(window, palette), 0.1 + 0.9 * k / len(beats), 0.1 + 0.9 * (k + 1) / len(beats))
        writer.add(frame, course.ms(beat))
        del frame
        yield 0.1 + 0.9 * (k + 1) / len(beats)
    writer.end()


def _mp4(window: Window, file: BinaryIO, of: str) -> Job[None]:
    yield from write_mp4(window, file, course_of(window, of))


def write_mp4(window: Window, file: BinaryIO, course: Course) -> Job[None]:
    """Every stop is shown as long as in a GIF."""
    beats = course.stops
    wanted: QSize = window.property("wanted")
    with Video(file, wanted.width(), wanted.height(), FRAME_MS) as video:
        for k, beat in enumerate(beats):
            yield from part(course.go(window, beat), k / len(beats), (k + 0.5) / len(beats))
            rows = []
            for band in _bands(window):
                rows.append(band)
                yield k / len(beats)
            video.add(np.concatenate(rows), max(round(course.ms(beat) / FRAME_MS), 1))
            yield (k + 1) / len(beats)


def _show_beat(window: Window, beat: int) -> Job[None]:
    rest_at(window, beat)
    yield 1.0


def rest_at(window: Window, beat: int) -> None:
    """Goes to a beat, and shows what waits elsewhere until the playhead rests: a frame has no later moment."""
    window.session.seek(beat)
    for name in ("show_now", "typeset"):
        for widget in window.findChildren(QWidget):
            waiting = getattr(widget, name, None)
            if callable(waiting):
                waiting()


def _palette(window: Window, course: Course) -> Job[Palette]:
    """Of what is on show at the beginning, in each pass and at the end: every kind of thing has been there by then."""
    beats = course.stops
    seen, looked_at = Seen(), [beats[round(share * (len(beats) - 1))] for share in LOOKED_AT]
    for k, beat in enumerate(looked_at):
        yield from part(course.go(window, beat), k / len(looked_at), (k + 0.5) / len(looked_at))
        for band in _bands(window):
            seen.add(band)
            yield (k + 0.5) / len(looked_at)
    return seen.palette(window.session.theme)


def _frame(window: Window, palette: Palette) -> Job[Image]:
    """What the window shows, in the colours of the palette."""
    from PIL import Image

    wanted: QSize = window.property("wanted")
    frame = Image.new("P", (wanted.width(), wanted.height()))
    frame.putpalette(palette.bytes())
    top = 0
    for band in _bands(window):
        yield top / wanted.height()
        frame.paste(Image.fromarray(palette.indices(band)), (0, top))
        top += len(band)
        yield top / wanted.height()
    return frame
