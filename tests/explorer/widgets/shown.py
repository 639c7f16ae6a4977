"""Controls on the screen, and what is in them."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSlider

LEFT = Qt.MouseButton.LeftButton
CELLS = (("tanh", "1 tanh", "Elman"), ("relu", "2 ReLU", "rectified"), ("lstm", "3 LSTM", ""), ("gru", "4 GRU", ""))


class Log:
    """Every signal of a slider, in order."""

    def __init__(self, widget):
        self.said = []
        widget.changed.connect(self.said.append)
        widget.committed.connect(lambda: self.said.append("committed"))


def slider_of(widget) -> QSlider:
    return widget.findChild(QSlider)


def texts(widget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]
