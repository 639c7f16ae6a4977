"""A number with its name, its value and a slider, beneath or between them: live while dragged, exact when typed."""

from functools import cached_property

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QSizePolicy, QSlider, QStyle, QStyleOptionSlider, QWidget

from explorer.style.fonts import tabular
from explorer.widgets.card import repolish
from explorer.widgets.keys import ARROWS, ENDS, TAKES_ITS_KEYS, keeps
from explorer.widgets.labels import CutLabel, text_label
from explorer.widgets.scale import Scale

BURST_MS = 400  # after this much rest, key presses and wheel turns count as one finished gesture
_EDIT = frozenset((Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2))
_POPUP = Qt.FocusReason.PopupFocusReason  # the field's own menu: it is not left
_KEYS = ARROWS | ENDS | _EDIT


class ValueSlider(QWidget):
    """Caption on the left, bold value on the right, slider beneath; or between them, where all is on one line.

    A double click on the value, or Return or F2 on the slider, opens a field for an exact number; also where a word
    such as "off" stands instead of one, which a typed number then replaces.
    """

    changed = Signal(object)  # the value, at every change that a person makes
    committed = Signal()  # the end of a gesture: a release, a rest after keys or the wheel, a typed number
    switched_on = Signal()  # a number was typed where there was none; `changed` follows

    def __init__(
        self,
        caption: str,
        scale: Scale,
        value: float,
        parent: QWidget | None = None,
        caption_widget: QWidget | None = None,
        one_line: bool = False,
    ) -> None:
        """caption_widget: stands in for the caption's label, such as a check box that shows the same words."""
        super().__init__(parent)
        self._caption, self._scale, self._value = caption, scale, value
        self._off = ""
        self._name = caption_widget or CutLabel("muted", caption)
        self._text = _Value()
        self._text.asked.connect(self.edit)
        self._slider = _Slider()
        self._slider.setAccessibleName(caption)
        self._slider.valueChanged.connect(self._on_slid)
        self._slider.sliderPressed.connect(self._on_pressed)
        self._slider.sliderReleased.connect(self._on_released)
        self._slider.asked.connect(self.edit)
        self._slider.left.connect(self._on_slider_left)
        self._burst = QTimer(self)
        self._burst.setSingleShot(True)
        self._burst.setInterval(BURST_MS)
        self._burst.timeout.connect(self._commit)
        self._moved = self._editing = False
        grid = self._grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(1)
        grid.setColumnStretch(1 if one_line else 0, 1)
        grid.addWidget(self._name, 0, 0)
        self._last = 2 if one_line else 1  # the column of the value
        grid.addWidget(self._text, 0, self._last)
        if one_line:
            grid.setHorizontalSpacing(8)
            grid.addWidget(self._slider, 0, 1)
            self._slider.setMinimumWidth(36)  # which is all that it has before the caption is cut
            self._slider.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            self._text.setMinimumWidth(44)
        else:
            grid.addWidget(self._slider, 1, 0, 1, 2)
        self.setFocusProxy(self._slider)
        self.set_scale(scale)

    def value(self) -> float:
        return self._value

    @property
    def caption(self) -> QWidget:
        """What shows its name; several of them may be given one width."""
        return self._name

    def setValue(self, value: float) -> None:
        """Shows a value, clamped to the scale; no signal. Another value than the current one ends a burst of keys."""
        value = min(max(value, self._scale.low), self._scale.high)
        if value != self._value and self._burst.isActive():
            self._burst.stop()
            self._moved = False
        self._value = value
        with QSignalBlocker(self._slider):
            self._slider.setValue(self._scale.position(self._value))
        self._show()

    def scale(self) -> Scale:
        return self._scale

    def set_scale(self, scale: Scale) -> None:
        """Other limits; the value is clamped to them; no signal."""
        self._scale = scale
        with QSignalBlocker(self._slider):
            self._slider.setRange(0, scale.positions)
            self._slider.setPageStep(max(scale.positions // 10, 1))
        limits = self.tr("{low} to {high}; double-click the value, or press F2, to type one.")
        self.setToolTip(limits.format(low=scale.text(scale.low), high=scale.text(scale.high)))
        self.setValue(self._value)

    def set_off(self, text: str) -> None:
        """Hides the slider and shows a word such as "off" instead of the value; "" brings both back."""
        self._off = text
        self._slider.setVisible(not text)
        self._close()
        self._show()

    def edit(self) -> None:
        """Opens the field for an exact number."""
        if not self.isEnabled():
            return
        self._field.setText(self._scale.text(self._value))
        self._editing = True
        self._text.hide()
        self._field.show()
        self._field.selectAll()
        self._field.setFocus()

    # The field and its message are made when they are first needed: a theme has to dress all that is there.
    @cached_property
    def _field(self) -> QLineEdit:
        field = _Field()
        field.setProperty(TAKES_ITS_KEYS, True)
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.setAccessibleName(self._caption)
        field.setMaximumWidth(140)
        field.returnPressed.connect(self._on_typed)
        field.installEventFilter(self)
        self._grid.addWidget(field, 0, self._last)
        QWidget.setTabOrder(
            self._slider, field
        )  # beside it first, then before it: Tab goes from the number to the slider
        QWidget.setTabOrder(field, self._slider)
        return field

    @cached_property
    def _message(self) -> QLabel:
        message = text_label("error", wraps=True)
        self._grid.addWidget(message, 2, 0, 1, self._last + 1)
        return message

    def _show(self) -> None:
        text = self._off or self._scale.text(self._value)
        self._text.setText(text)
        self._slider.setAccessibleDescription(text)

    def _apply(self, value: float) -> None:
        if value != self._value:
            self._set(value)

    def _set(self, value: float) -> None:
        self._value = value
        self._show()
        self._moved = True
        self.changed.emit(value)

    def _on_slid(self, position: int) -> None:
        self._apply(self._scale.value(position))
        if not self._slider.isSliderDown():
            self._burst.start()

    def _on_pressed(self) -> None:
        if self._burst.isActive():
            self._burst.stop()  # a click beside the handle moved it and then took hold of it: one gesture

    def _on_released(self) -> None:
        """After a drag the arrows are the window's again; Tab gives the slider the keys."""
        if self._moved:
            self._commit()
        self._slider.clearFocus()

    def _on_slider_left(self) -> None:
        if self._burst.isActive():
            self._commit()

    def _commit(self) -> None:
        self._burst.stop()
        self._moved = False
        self.committed.emit()

    def _on_typed(self) -> None:
        try:
            value = self._scale.read(self._field.text(), self._caption)
        except ValueError as error:
            self._message.setText(str(error))
            # A word-wrapped label claims one line's height only, and the second would be cut off.
            self._message.setMinimumHeight(self._message.heightForWidth(max(self.width(), 1)))
            self._message.show()
            self._field.setProperty("invalid", True)
            repolish(self._field)
            return
        self._close()
        switched = self._switch_on()
        self._slider.setFocus()
        self._take(value, switched)

    def _on_left(self) -> None:
        """Gone to something else: what was typed is taken, as far as it is a number."""
        typed = self._field.isModified() or not self._off
        try:
            value = self._scale.read(self._field.text(), self._caption)
        except ValueError:
            value, typed = self._value, False
        self._close()
        if typed:
            self._take(value, self._switch_on())

    def _switch_on(self) -> bool:
        """A number takes the place of the word, where there is one. Whether there was."""
        if not self._off:
            return False
        self.set_off("")
        self.switched_on.emit()
        return True

    def _take(self, value: float, switched: bool) -> None:
        if switched or value != self._value:
            with QSignalBlocker(self._slider):
                self._slider.setValue(self._scale.position(value))
            self._set(value)
            self._commit()

    def _close(self) -> None:
        if not self._editing:
            return
        self._editing = False
        if self._field.property("invalid"):
            self._field.setProperty("invalid", False)
            repolish(self._field)
            self._message.hide()
        self._field.hide()
        self._text.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._editing and watched is self._field:
            if isinstance(event, QFocusEvent) and event.lostFocus() and event.reason() != _POPUP:
                self._on_left()
            elif (
                isinstance(event, QKeyEvent)
                and event.type() == QEvent.Type.KeyPress
                and event.key() == Qt.Key.Key_Escape
            ):
                self._close()
                (self._name if self._off else self._slider).setFocus()
                return True
        return super().eventFilter(watched, event)


class _Field(QLineEdit):
    def event(self, event: QEvent) -> bool:
        # Esc closes the field, and nothing else in the window.
        return keeps(event, frozenset((Qt.Key.Key_Escape,))) or super().event(event)


class _Value(QLabel):
    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "value")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setFont(tabular(self.font()))
        self.setMinimumWidth(56)  # a single digit must not be hard to hit
        self.setCursor(Qt.CursorShape.IBeamCursor)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.asked.emit()


class _Slider(QSlider):
    """Takes hold where it is pressed, and leaves Return and F2 to the number beside it."""

    asked = Signal()
    left = Signal()  # the focus has gone

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def event(self, event: QEvent) -> bool:
        # ← → step through time elsewhere; PgUp and PgDn, which a lecturer's clicker sends, are left to the window.
        return keeps(event, _KEYS) or super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            option = QStyleOptionSlider()
            self.initStyleOption(option)
            part, control = QStyle.SubControl, QStyle.ComplexControl.CC_Slider
            handle = self.style().subControlRect(control, option, part.SC_SliderHandle, self)
            groove = self.style().subControlRect(control, option, part.SC_SliderGroove, self)
            x = round(event.position().x())
            if not handle.left() <= x <= handle.right():
                along, span = x - groove.x() - handle.width() // 2, groove.width() - handle.width()
                self.setValue(QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), along, span))
        super().mousePressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()

    def wheelEvent(self, event) -> None:
        # A wheel meant for the scrolling panel must not change a number on its way.
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _EDIT:
            self.asked.emit()
        else:
            super().keyPressEvent(event)
