"""The picture of a recorded run without its weights: its page, as wide as it is asked for and as high as it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtWidgets import QApplication, QWidget

from core.errors import InputError
from core.files.writing import replacing
from core.jobs import Job
from core.maths.arrays import Array
from core.own.without_weights import RecordedRun
from explorer.application import application
from explorer.session.session import Session
from explorer.window.dress import apply_colours, apply_sheet
from explorer.window.recorded.page import RecordedPage

SUFFIX = ".png"
MOST = 16_000  # px of height


def drawing(
    run: RecordedRun, arrays: Mapping[str, Array], name: str, path: Path, width: int, theme: str
) -> Job[tuple[int, int]]:
    """Draws a run from a file of that name into a PNG; returns its size. Raises InputError where it is too high for a
    picture, OSError where the file cannot be written."""
    app = application()
    session, host = Session(theme=theme), QWidget()
    yield 0.1
    apply_colours(app, session.theme)
    apply_sheet(host, (), session.theme)
    host.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    host.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    host.resize(width, 600)
    try:
        page = RecordedPage(session, host.rect, host)
        page.open_run(run, arrays, name)
        host.show()
        yield 0.4
        height = page.height() + page.hidden_height()
        if height > MOST:
            raise InputError(
                "the picture would be {height} px high, more than {most}; record fewer layers.",
                height=height,
                most=MOST,
            )
        host.resize(width, height)
        QApplication.processEvents()
        yield 0.6
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        page.grab().save(buffer, "PNG")  # type: ignore[call-overload]
        with replacing(path) as file:
            file.write(bytes(buffer.data().data()))
    finally:
        host.close()
    return width, height
