"""Several panels in one place, one of them in sight, with their names above to choose by."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from explorer.widgets.segmented import SegmentedControl

IN_LINE = 3  # names beside each other: a dock is no wider than these


class Pages(QWidget):
    """A stack with a segmented control on top, in lines of three, which is there from the second page on."""

    page_changed = Signal(str)  # to the page of that key, by the user or by `show_page`

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._options: list[tuple[str, str, str]] = []
        self._pages: dict[str, QWidget] = {}
        self._stack = QStackedWidget()
        self.control = SegmentedControl(in_line=IN_LINE)
        self.control.setVisible(False)
        self.control.currentChanged.connect(self.show_page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.control)
        column.addWidget(self._stack, 1)

    def add(self, key: str, label: str, tip: str, page: QWidget) -> None:
        """One page more, behind the others."""
        self._options.append((key, label, tip))
        self._pages[key] = page
        self._stack.addWidget(page)
        self.control.set_options(self._options)
        self.control.setVisible(len(self._options) > 1)

    def keys(self) -> list[str]:
        """Of all pages, in their order."""
        return list(self._pages)

    def current(self) -> str:
        """The key of the page in sight."""
        return next((key for key, page in self._pages.items() if page is self._stack.currentWidget()), "")

    def show_page(self, key: str) -> None:
        """Turns to a page. Raises KeyError for an unknown one."""
        page = self._pages[key]
        self.control.setCurrent(key)
        if page is not self._stack.currentWidget():
            self._stack.setCurrentWidget(page)
            self.page_changed.emit(key)
