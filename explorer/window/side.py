"""The dock on one side of the pictures: pages, and what stands below them in its own height."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDockWidget, QVBoxLayout, QWidget

from explorer.panels import LEFT, RIGHT
from explorer.panels.base import Panel
from explorer.session.session import Session
from explorer.widgets.pages import Pages

FIRST_WIDTH = {LEFT: 260, RIGHT: 370}  # px at first, where the window is wide enough
SHARE, LEAST = {LEFT: 0.2, RIGHT: 0.26}, {LEFT: 260, RIGHT: 330}  # of the window's width at most; px never too many
AREA = {LEFT: Qt.DockWidgetArea.LeftDockWidgetArea, RIGHT: Qt.DockWidgetArea.RightDockWidgetArea}


class Side(QDockWidget):
    """Its panels are pages, with a margin around them; the first one names it."""

    def __init__(self, place: str, first: Panel, margin: int, parent: QWidget) -> None:
        """`place`: LEFT or RIGHT."""
        super().__init__(first.page_title()[0], parent)
        self.place, self.pages = place, Pages()
        self.setObjectName(f"dock-{first.name}")
        self.setTitleBarWidget(QWidget())  # the panel has its own title
        self.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
        holder = QWidget()
        self._own: list[Panel] = []
        self._under: list[Panel] = []
        self._frame = frame = QVBoxLayout(holder)
        self._margin = margin
        frame.setContentsMargins(margin, margin, margin, margin)
        frame.setSpacing(margin - 2)
        frame.addWidget(self.pages, 1)
        self.setWidget(holder)
        self.add(first)

    def add(self, panel: Panel) -> None:
        """One page more."""
        self._own.append(panel)
        self.pages.add(panel.name, *panel.page_title(), panel)

    @property
    def panels(self) -> list[Panel]:
        """The pages, and what stands below them."""
        return [*self._own, *self._under]

    def shows(self, panel: Panel) -> bool:
        """Whether a panel is in sight where the dock is."""
        return panel in self._under or self.pages.current() == panel.name

    def show_panel(self, panel: Panel) -> None:
        """Turns to a page; what stands below is there with every page."""
        if panel in self._own:
            self.pages.show_page(panel.name)

    def set_close(self, close: bool) -> None:
        """Half of the margin around its panels, or all of it."""
        margin = self._margin // 2 if close else self._margin
        self._frame.setContentsMargins(margin, margin, margin, margin)

    def add_under(self, panel: Panel) -> None:
        """A panel below the pages, as high as it wants to be."""
        self._under.append(panel)
        self._frame.addWidget(panel)

    def show_wanted(self, session: Session) -> None:
        """What stands below gives its place to the pages where the run has nothing for it."""
        for panel in self._under:
            panel.setVisible(panel.wanted(session))

    def limit(self, width: int, font_px: int) -> None:
        """The pictures keep most of a window of that width."""
        least = round(LEAST[self.place] * font_px / 13)
        self.setMaximumWidth(max(least, round(width * SHARE[self.place])))

    # --- Qt ---
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for panel in self._under:
            panel.fit_height(event.size().height())
