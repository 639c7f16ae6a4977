"""Pictures without a display: the window drawn into a file, or the run as an animation."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QBuffer, QCoreApplication, QIODevice, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from core.cells.base import Array
from core.errors import InputError
from core.experiment import Experiment
from core.files.writing import write_bytes
from core.timeline import Timeline
from explorer.items.formula import typeset_count
from explorer.player import Player
from explorer.session import Session
from explorer.settings import Settings
from explorer.window import Window

MOST_FRAMES = 160
FRAME_MS, LAST_FRAME_MS = 220, 1800
SETTLING = 4  # rounds in which widgets within widgets ask for their place
CHECK_SECONDS = 5.0  # a longer gradient check is shown as far as it has come


def render_file(
    experiment: Experiment,
    path: Path,
    size: tuple[int, int],
    beat: int | None,
    theme: str = "light",
    parameters: Mapping[str, Array] | None = None,
    notation: str = "row",
) -> None:
    """Draws an experiment by the file's suffix: .png, .svg, or .gif (all beats). `size` in px, `beat` 0 … 2T + 2, the
    end by default; in the symbols of a notation, by name. Raises InputError for an experiment that cannot be run,
    OSError where the file cannot be written."""
    from explorer.app import application

    application()
    session = Session(experiment, theme, parameters=parameters)
    session.set_view(notation=notation)
    session.seek(session.timeline.last if beat is None else beat)
    _render(session, path, size)


def render_session(session: Session, path: Path, size: tuple[int, int]) -> None:
    """The same for what a window shows. Raises InputError for an unknown suffix or a place that cannot be written."""
    own = session.trace.parameters if session.trace.own_parameters else None
    copy = Session(session.trace.experiment, session.theme.name, parameters=own)
    copy.pins, copy.selection, copy.hunting = session.pins, session.selection, session.hunting
    copy.set_view(**{name: getattr(session.view, name) for name in session.view.__struct_fields__})
    copy.seek(session.position)
    try:
        _render(copy, path, size)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}. Choose another place.") from None


def _render(session: Session, path: Path, size: tuple[int, int]) -> None:
    draw = {".png": _png, ".svg": _svg, ".gif": _gif}.get(path.suffix.lower())
    if draw is None:
        raise InputError(f"{path.name}: pictures end in .png, .svg or .gif.")
    with tempfile.TemporaryDirectory() as folder:
        player = Player(session)
        player.stop()
        window = Window(session, player, Settings(Path(folder) / "settings.ini"))
        try:
            _prepare(window, size)
            write_bytes(path, draw(window))
        finally:
            player.stop()
            window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            window.files.keep_last = lambda: None  # a picture is no session to come back to
            window.close()
            QCoreApplication.sendPostedEvents(None, 0)


def _prepare(window: Window, size: tuple[int, int]) -> None:
    """Lays the window out, finishes the jobs, and lets everything be typeset."""
    window.setMinimumSize(0, 0)
    window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    window.resize(*size)
    window.show()
    session, deadline = window.session, time.monotonic() + CHECK_SECONDS

    def late() -> bool:
        """The map is waited for; there is none in every run."""
        return time.monotonic() >= deadline and not session.mapping

    while session.busy and not late():
        session.pull(late)
    before = -1
    while before != typeset_count():
        before = typeset_count()
        window.grab()
        QCoreApplication.processEvents()
        for widget in window.findChildren(QWidget):
            typeset = getattr(widget, "typeset", None)  # what else waits until the person does nothing
            if callable(typeset):
                typeset()
    for widget in (*window.docks, window.panels["topbar"], window.panels["timeline"], None):
        window.resize(*size)
        for _ in range(SETTLING):
            QCoreApplication.processEvents()
            window.grab()
        if widget is None or (window.width() <= size[0] and window.height() <= size[1]):
            break
        widget.hide()  # a small picture shows less: the pictures come first
    window.setProperty("wanted", QSize(*size))


def _png(window: Window) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QPixmap.fromImage(_shot(window)).save(buffer, "PNG")
    return bytes(buffer.data().data())


def _shot(window: Window) -> QImage:
    """The window in exactly the size that was asked for; scaled down where even its pictures need more."""
    wanted, image = window.property("wanted"), window.grab().toImage()
    if image.size() == wanted:
        return image
    return image.scaled(wanted, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)


def _svg(window: Window) -> bytes:
    from PySide6.QtSvg import QSvgGenerator

    buffer = QBuffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(window.property("wanted"))
    generator.setViewBox(QRect(0, 0, window.width(), window.height()))
    generator.setTitle(window.windowTitle())
    painter = QPainter(generator)
    window.render(painter, QPoint())
    painter.end()
    return bytes(buffer.data().data())


def beats_shown(steps: int) -> list[int]:
    """The beats that an animation has frames for: all, or evenly chosen ones with both ends where they are many."""
    last = Timeline(steps).last
    if last < MOST_FRAMES:
        return list(range(last + 1))
    return sorted({round(k * last / (MOST_FRAMES - 1)) for k in range(MOST_FRAMES)})


def _gif(window: Window) -> bytes:
    import io

    from PIL import Image

    beats = beats_shown(window.session.timeline.steps)
    window.session.seek(beats[-1])
    palette = _frame(window).quantize(colors=255, method=Image.Quantize.MEDIANCUT)
    frames = []
    for beat in beats:
        window.session.seek(beat)
        frames.append(_frame(window).quantize(palette=palette, dither=Image.Dither.NONE))
    times = [FRAME_MS] * (len(frames) - 1) + [LAST_FRAME_MS]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=times, loop=0, optimize=False)
    return out.getvalue()


def _frame(window: Window):
    from PIL import Image

    shot = _shot(window).convertToFormat(QImage.Format.Format_RGB888)
    raw = bytes(shot.constBits())
    return Image.frombuffer("RGB", (shot.width(), shot.height()), raw, "raw", "RGB", shot.bytesPerLine(), 1)
