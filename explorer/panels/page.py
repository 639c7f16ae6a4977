"""A page on the right: hidden it does nothing, and it catches up with the session where it is seen."""

from __future__ import annotations

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from explorer.panels.base import Panel
from explorer.session.session import Change


class PagePanel(Panel):
    """A panel that shows a whole run at a time: after the changes it `follows`, once it is in sight."""

    follows = Change.RUN | Change.VIEW | Change.THEME

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stale = True  # whether the session knows more than it shows

    def show_run(self) -> None:
        """Shows the run that the session has now."""
        raise NotImplementedError

    def refresh(self, flags: Change) -> None:
        if flags & self.follows:
            self.show_again()

    def show_again(self) -> None:
        """What it shows is no longer so."""
        self.stale = True
        self.show_now()

    def show_now(self) -> None:
        """Catches up with the session, where it is seen."""
        if self.session is not None and self.stale and self.isVisible():
            self.stale = False
            self.show_run()

    # --- Qt ---
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.show_now()
