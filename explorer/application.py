"""The one application that all windows share."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QWidget


def application_of(window: QWidget) -> QApplication:
    """The application that a window belongs to. Raises RuntimeError where there is none."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise RuntimeError(f"{window.windowTitle()} needs a QApplication")
    return app
