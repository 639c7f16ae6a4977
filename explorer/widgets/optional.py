"""Off, or a value: clipping, truncation, a frozen gate."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from explorer.widgets.keys import keeps
from explorer.widgets.scale import Scale
from explorer.widgets.slider import ValueSlider

_KEYS = frozenset((Qt.Key.Key_Space, Qt.Key.Key_F2))


class OptionalValue(QWidget):
    """A check box with the caption; the slider shows while it is ticked. "Off" is None, never infinity."""

    changed = Signal(object)  # None or the value, at every change that a person makes
    committed = Signal()

    def __init__(
        self,
        caption: str,
        scale: Scale,
        value: float | None,
        default: float,
        off: str = "",
        parent: QWidget | None = None,
    ) -> None:
        """default: what ticking the box starts from; off: the word for "no value" ("off", "learned")."""
        super().__init__(parent)
        self._off = off or self.tr("off")
        self._box = _Box(caption)
        self._slider = ValueSlider(caption, scale, default, caption_widget=self._box)
        self._slider.changed.connect(self.changed)
        self._slider.committed.connect(self.committed)
        self._slider.switched_on.connect(lambda: self._box.setChecked(True))
        self._box.asked.connect(self._slider.edit)
        self._box.clicked.connect(self._on_clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._slider)
        self.setFocusProxy(self._box)
        self.setValue(value)

    def value(self) -> float | None:
        return self._slider.value() if self._box.isChecked() else None

    def setValue(self, value: float | None) -> None:
        """Shows None or a value, clamped to the scale; no signal. Ticking the box brings back the last value."""
        self._box.setChecked(value is not None)
        if value is not None:
            self._slider.setValue(value)
        self._slider.set_off("" if value is not None else self._off)

    def set_scale(self, scale: Scale) -> None:
        self._slider.set_scale(scale)

    @property
    def box(self) -> QCheckBox:
        return self._box

    @property
    def slider(self) -> ValueSlider:
        return self._slider

    def _on_clicked(self, on: bool) -> None:
        self._slider.set_off("" if on else self._off)
        self.changed.emit(self.value())
        self.committed.emit()


class _Box(QCheckBox):
    """Space switches, F2 types a number."""

    asked = Signal()

    def event(self, event: QEvent) -> bool:
        return keeps(event, _KEYS) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F2:
            self.asked.emit()
        else:
            super().keyPressEvent(event)
