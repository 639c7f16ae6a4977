"""A heading that folds what stands below it with one click."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from explorer.widgets.keys import keeps

_KEYS = frozenset((Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter))
PADDING = 8  # px beside the text that the style sheet may take
LEAST = 60  # px


class FoldHeading(QPushButton):
    """Checked while `body` is unfolded; its title has a triangle that says so. Of several titles of the same meaning
    the longest that fits is shown; the shortest is cut in the middle where none does."""

    def __init__(self, body: QWidget, tip: str) -> None:
        super().__init__()
        self._body, self._titles, self._tip = body, ("",), tip
        self.setFlat(True)
        self.setProperty("fold", True)
        self.setCheckable(True)
        self.setChecked(True)
        self.setToolTip(tip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.toggled.connect(self._on_toggled)

    def set_titles(self, *titles: str) -> None:
        """Others, longest first."""
        self._titles = titles
        self._on_toggled(self.isChecked())

    def _on_toggled(self, on: bool) -> None:
        self._body.setVisible(on)
        self.setAccessibleName(self._titles[0])
        self.setAccessibleDescription(self.tr("unfolded") if on else self.tr("folded"))
        self._fit()

    def _fit(self) -> None:
        metrics, room = self.fontMetrics(), self.width() - PADDING
        texts = [self._marked(title) for title in self._titles]
        fits = next((text for text in texts if metrics.horizontalAdvance(text) <= room), None)
        text = metrics.elidedText(texts[-1], Qt.TextElideMode.ElideMiddle, max(room, 0)) if fits is None else fits
        if text != self.text():
            self.setText(text)
        self.setToolTip(self._tip if text == texts[0] else f"{self._titles[0]}\n{self._tip}")

    def _marked(self, title: str) -> str:
        return f"{'▾' if self.isChecked() else '▸'} {title}"

    # --- Qt ---
    def sizeHint(self) -> QSize:
        height = super().sizeHint().height()  # which has polished it: the font is the theme's
        return QSize(self.fontMetrics().horizontalAdvance(self._marked(self._titles[0])) + PADDING, height)

    def minimumSizeHint(self) -> QSize:
        return QSize(LEAST, super().minimumSizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        return keeps(event, _KEYS) or super().event(event)
