"""How a window is dressed in a theme: the application's fonts and colours, and the window's own style sheet."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QApplication, QWidget

from explorer.style.fonts import sized
from explorer.style.stylesheet import stylesheet
from explorer.style.theme import PROJECTOR, Theme, palette

PRESENTED = "#presented {{ background: {background}; }}"  # behind what is presented


def apply_colours(app: QApplication, theme: Theme) -> None:
    """The type and the colours of everything that no style sheet is about."""
    app.setFont(sized(app.font(), theme.font_px))
    app.setPalette(palette(theme))


def apply_sheet(window: QWidget, areas: Sequence[QWidget], theme: Theme) -> None:
    """The window's own sheet, not the application's: another one of an application dresses every widget once for
    each of its ancestors (QStyleSheetStyle::updateObjects), another one of a window twice. What is presented, `areas`,
    has one of its own: the docks, which nobody sees then, keep theirs."""
    sheet, presented = stylesheet(theme), theme.name == PROJECTOR.name
    for area in areas:
        own = sheet + PRESENTED.format(background=theme.background) if presented else ""
        if area.styleSheet() != own:
            area.setStyleSheet(own)
    if window.styleSheet() != sheet and not (presented and window.styleSheet()):
        window.setStyleSheet(sheet)
