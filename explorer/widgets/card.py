"""A titled panel with a rounded border, and the badge that says whether something was checked."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from explorer.widgets.labels import text_label
from explorer.widgets.scroll import SteadyArea

BESIDE_BAR = 4  # px between a scroll bar and the border

_SIGNS = {"ok": "✓ ", "fail": "× ", "running": "… ", "none": ""}


def repolish(widget: QWidget) -> None:
    """Applies the style sheet again after a property that it selects by has changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


class Card(QFrame):
    """A panel: its title, a header area to the right of it, and a column of contents below."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self._title = text_label("title")
        self.header = QHBoxLayout()
        self.header.setSpacing(10)
        top = QHBoxLayout()
        top.setSpacing(14)
        top.addWidget(self._title)
        top.addLayout(self.header, 1)
        self.content = QVBoxLayout()
        self.content.setSpacing(8)
        self._whole = whole = QVBoxLayout(self)
        whole.setContentsMargins(14, 8, 14, 10)
        whole.setSpacing(6)
        whole.addLayout(top)
        whole.addLayout(self.content, 1)
        self.set_title(title)

    def title(self) -> str:
        return self._title.text()

    def title_width(self) -> int:
        """px that the title takes."""
        return self._title.sizeHint().width()

    def set_title(self, title: str) -> None:
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self.setAccessibleName(title)

    def add(self, widget: QWidget, stretch: int = 0) -> None:
        self.content.addWidget(widget, stretch)

    def scroll(self, area: SteadyArea) -> None:
        """Adds what takes all the height that is left; its bar takes the place of the margin on the right."""
        margins = self._whole.contentsMargins()
        self._whole.setContentsMargins(margins.left(), margins.top(), BESIDE_BAR, margins.bottom())
        self.content.addWidget(area, 1)


class Badge(QLabel):
    """ "✓ 2·10⁻⁹": the outcome of a check, shown by a sign and by words as well as by colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.set_state("none", "–")

    def state(self) -> str:
        return self._state

    def set_state(self, state: str, text: str, explanation: str = "") -> None:
        """`state`: ok, fail, running or none; `explanation`: a sentence for the tool tip and the screen reader."""
        self.setText(_SIGNS[state] + text)
        self.setToolTip(explanation)
        words = {"ok": self.tr("passed"), "fail": self.tr("failed"), "running": self.tr("running"), "none": ""}
        self.setAccessibleName(f"{text} {words[state]}".strip())
        self.setAccessibleDescription(explanation)
        if state != self._state:
            self._state = state
            self.setProperty("badge", state)
            repolish(self)
