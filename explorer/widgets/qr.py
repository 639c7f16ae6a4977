"""A QR code of a text, where the optional package segno is installed."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

PACKAGE = "segno==1.6.6"  # the pin of pyproject.toml
LONGEST = 1300  # characters: a code of more has modules too small for a telephone across a hall
QUIET = 4  # modules of white around it, as the standard asks for
LEAST = 3  # px of a module


def can_make() -> bool:
    """Whether codes can be made here."""
    return find_spec("segno") is not None


def modules_of(text: str) -> tuple[tuple[bool, ...], ...]:
    """The rows of the code, True where a module is dark; () where the package is not there or the text is too long."""
    if not can_make() or len(text) > LONGEST:
        return ()
    made = import_module("segno").make_qr(text, error="l")
    return tuple(tuple(bool(module) for module in row) for row in made.matrix)


class QRCode(QWidget):
    """Black on white in every theme: that is what cameras read."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.modules: tuple[tuple[bool, ...], ...] = ()

    def set_text(self, text: str) -> None:
        """The code of another text; hidden where there is none."""
        self.modules = modules_of(text)
        self.setVisible(bool(self.modules))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        side = (len(self.modules) + 2 * QUIET) * LEAST
        return QSize(max(side, 260), max(side, 260))

    def minimumSizeHint(self) -> QSize:
        side = (len(self.modules) + 2 * QUIET) * LEAST
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.modules:
            return
        count = len(self.modules) + 2 * QUIET
        px = max(min(self.width(), self.height()) // count, 1)  # whole px, or its edges blur
        left, top = (self.width() - count * px) // 2, (self.height() - count * px) // 2
        with QPainter(self) as painter:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.fillRect(QRectF(left, top, count * px, count * px), QColor("#ffffff"))
            for y, row in enumerate(self.modules, start=QUIET):
                for x, dark in enumerate(row, start=QUIET):
                    if dark:
                        painter.fillRect(left + x * px, top + y * px, px, px, QColor("#000000"))
