"""The one application that all windows share."""

from __future__ import annotations

import sys

from PySide6.QtCore import QCoreApplication, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QWidget

from explorer.settings import APPLICATION, ORGANISATION
from explorer.style.fonts import prepare_fonts
from explorer.widgets import accessible


def application() -> QApplication:
    """The one QApplication, dressed; made where there is none yet."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
        QCoreApplication.setOrganizationName(ORGANISATION)
        QCoreApplication.setApplicationName(APPLICATION)
        app.setStyle("Fusion")
        if app.platformName() == "offscreen":
            qInstallMessageHandler(_without_size_hints)
        prepare_fonts(app)
        accessible.install()
    return app


def application_of(window: QWidget) -> QApplication:
    """The application that a window belongs to. Raises RuntimeError where there is none."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise RuntimeError(f"{window.windowTitle()} needs a QApplication")
    return app


def _without_size_hints(kind: QtMsgType, context: object, text: str) -> None:
    """Qt's messages on standard error, but for one that says nothing where no window is ever shown."""
    if "propagateSizeHints" not in text:
        print(text, file=sys.stderr)
