"""A whole lesson without a display: as a film, or as slides of which each is a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QPoint, QSizeF
from PySide6.QtGui import QPageLayout, QPageSize, QPainter, QPdfWriter

from core.errors import InputError
from core.experiment import Experiment
from core.jobs import Job, part
from explorer.application import application
from explorer.export.picture import (
    FRAME_MS,
    Course,
    drawn_in_window,
    jobs_done,
    lay_out,
    rest_at,
    typeset_all,
    write_gif,
    write_mp4,
)
from explorer.export.video import can_write_video, needed_for_video
from explorer.session.session import Session
from explorer.session.work import out_of
from explorer.widgets.passing import without_passing
from explorer.window.window import Window

READ_MS = 4000  # of a question, and of what a step comes to
PIECE_SECONDS = 0.02
DOTS = 96  # of a page to the inch: a pixel of the window is one of them
LONGEST = 24  # frames of one pass: a longer one shows some of its beats


@dataclass(frozen=True)
class Moment:
    """A step, from 0, whether its question is answered, and the place of the playhead; `ms`: how long it is shown."""

    step: int
    answered: bool
    position: float
    ms: int


@dataclass
class Showing:
    """A lesson in a window that nobody sees. `moments`: in their order."""

    path: Path
    moments: list[Moment] = field(default_factory=list)

    def begin(self, window: Window) -> Job[None]:
        """Opens the lesson and finds its moments. Raises InputError where it cannot be opened."""
        session, said = window.session, []
        session.message.connect(said.append)
        if not session.lesson.open(self.path):
            raise InputError(said[-1])
        for k in range(session.lesson.count):
            yield from self._settled(window, lambda k=k: session.lesson.show(k))
            start, rests = session.position, session.screen.rests
            if session.lesson.asks:
                self.moments.append(Moment(k, False, start, READ_MS))
            last = rests[-1] if rests else start
            beats = [float(beat) for beat in range(int(start) + 1, int(last))]
            every = max(1, -(-len(beats) // LONGEST))
            asked = session.lesson.asks
            self.moments += [Moment(k, asked, beat, FRAME_MS) for beat in beats[::every]]
            self.moments.append(Moment(k, asked, last, READ_MS))
            yield k / session.lesson.count

    def go(self, window: Window, number: int) -> Job[None]:
        """Shows a moment, by its number."""
        moment, lesson = self.moments[number], window.session.lesson
        assert lesson.page is not None
        if lesson.page.number != moment.step or (lesson.question.answered is not None) != moment.answered:
            lesson.question.predictions.clear()
            yield from self._settled(window, lambda: lesson.show(moment.step))
            if moment.answered:
                yield from self._settled(window, lesson.question.reveal)
        rest_at(window, int(moment.position))
        lay_out()
        yield 1.0

    def _settled(self, window: Window, do: Callable[[], object]) -> Job[None]:
        """Does something, and waits for all that follows from it."""
        session = window.session
        do()
        while session.running.busy or session.run.dirty:
            session.follow(out_of(PIECE_SECONDS))
            yield 0.3
        window.player.pause()
        yield from part(jobs_done(session), 0.3, 0.8)
        lay_out()
        yield 0.9

    def course(self) -> Course:
        """All moments."""
        return Course(list(range(len(self.moments))), self.go, lambda number: self.moments[number].ms)


def drawing(lesson: Path, out: Path, size: tuple[int, int], theme: str = "light") -> Job[int]:
    """Draws a lesson's file as a film (.gif, .mp4) or as slides (.pdf); returns how many frames or pages there are.
    Raises InputError for an unknown suffix or a lesson that cannot be opened, OSError where `out` cannot be written."""
    draw = _drawer(out)
    application()
    session, showing = Session(Experiment(), theme), Showing(lesson)
    count = 0

    def drawn(window: Window, file: BinaryIO) -> Job[None]:
        nonlocal count
        yield from part(showing.begin(window), 0.0, 0.2)
        count = yield from part(draw(window, file, showing), 0.2, 1.0)

    yield from drawn_in_window(session, out, size, drawn)
    return count


def _drawer(path: Path) -> Callable[[Window, BinaryIO, Showing], Job[int]]:
    suffix = path.suffix.lower()
    draw = {".gif": _film(write_gif), ".mp4": _film(write_mp4), ".pdf": _slides}.get(suffix)
    if draw is None:
        raise InputError("{file}: lessons are drawn as .gif, .mp4 or .pdf.", file=path.name)
    if suffix == ".mp4" and not can_write_video():
        raise InputError("{file}: {needed}", file=path.name, needed=needed_for_video())
    return draw


def _film(write: Callable[[Window, BinaryIO, Course], Job[None]]) -> Callable[[Window, BinaryIO, Showing], Job[int]]:
    def film(window: Window, file: BinaryIO, showing: Showing) -> Job[int]:
        yield from write(window, file, showing.course())
        return len(showing.moments)

    return film


def _slides(window: Window, file: BinaryIO, showing: Showing) -> Job[int]:
    """A page of every question, and of what every step comes to."""
    pages = [k for k, moment in enumerate(showing.moments) if moment.ms == READ_MS]
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(DOTS)
    lesson = window.session.lesson.lesson
    assert lesson is not None
    writer.setTitle(lesson.title.en)
    size = QPageSize(QSizeF(window.width() / DOTS, window.height() / DOTS), QPageSize.Unit.Inch)
    writer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
    with QPainter(writer) as painter:
        for k, number in enumerate(pages):
            if k:
                writer.newPage()
            yield from part(showing.go(window, number), k / len(pages), (k + 0.8) / len(pages))
            yield from part(typeset_all(window), (k + 0.8) / len(pages), (k + 0.9) / len(pages))
            with without_passing(window):
                window.render(painter, QPoint())
            yield (k + 1) / len(pages)
    file.write(buffer.data().data())
    return len(pages)
