"""A heading that folds what stands below it with one click."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from explorer.widgets.keys import keeps

_KEYS = frozenset((Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter))


class FoldHeading(QPushButton):
    """Checked while `body` is unfolded; its title has a triangle that says so."""

    def __init__(self, body: QWidget, tip: str) -> None:
        super().__init__()
        self._body, self._title = body, ""
        self.setFlat(True)
        self.setProperty("fold", True)
        self.setCheckable(True)
        self.setChecked(True)
        self.setToolTip(tip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.toggled.connect(self._on_toggled)

    def set_title(self, title: str) -> None:
        """Another title."""
        self._title = title
        self._on_toggled(self.isChecked())

    def _on_toggled(self, on: bool) -> None:
        self._body.setVisible(on)
        self.setText(f"{'▾' if on else '▸'} {self._title}")
        self.setAccessibleName(self._title)
        self.setAccessibleDescription(self.tr("unfolded") if on else self.tr("folded"))

    def event(self, event: QEvent) -> bool:
        return keeps(event, _KEYS) or super().event(event)
