"""What a row of the experiment panel is, and the rows that show one field with one common control."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QResizeEvent, QStandardItemModel
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from core.documents.document import USUAL_PLAN
from core.experiment import Experiment
from core.notation.base import Notation
from explorer.panels.experiment.symbols import written
from explorer.session.session import Session
from explorer.style.glyphs import set_glyph
from explorer.widgets.keys import keeps
from explorer.widgets.labels import CutLabel, text_label
from explorer.widgets.list_box import ListBox
from explorer.widgets.optional import OptionalValue
from explorer.widgets.scale import Scale
from explorer.widgets.segmented import SegmentedControl
from explorer.widgets.slider import ValueSlider

SPACE = frozenset((Qt.Key.Key_Space,))
UP_AND_DOWN = frozenset((Qt.Key.Key_Up, Qt.Key.Key_Down))
LARGEST_SEED = 2**31 - 1
ScaleFor = Callable[[Any], Scale]


class Subject(NamedTuple):
    """Whose fields rows show and change: the latest of a session, how it is changed, and what it is at first."""

    of: Callable[[Session], Any]
    change: Callable[[Session, str, dict[str, Any]], bool]
    first: Callable[[], Any]


EXPERIMENT = Subject(
    lambda session: session.experiment,
    lambda session, gesture, values: session.change(gesture=gesture, **values),
    Experiment,
)
PLAN = Subject(
    lambda session: session.trainer.plan,
    lambda session, gesture, values: session.trainer.set_plan(gesture, **values),
    lambda: USUAL_PLAN,
)
PINS = Subject(lambda session: session.pins, lambda session, gesture, values: False, tuple)  # which no row changes


class Row(QWidget):
    """One choice. `sync` puts the session's value into its control without a signal; a user's change is announced by
    `changed` with the fields and their new values, the end of a gesture by `committed`."""

    changed = Signal(object)  # {field: value}
    committed = Signal()

    def __init__(self, title: str, tip: str, fields: tuple[str, ...], subject: Subject = EXPERIMENT) -> None:
        super().__init__()
        self.title, self.tip, self.fields, self.subject = title, tip, fields, subject
        self.setToolTip(tip)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._error: QLabel | None = None  # made at the first refusal
        self._reason, self._explains = "", False

    def put(self, widget: QWidget) -> None:
        """Adds a control above the place for a refusal."""
        self._column.insertWidget(self._column.count() - int(self._error is not None), widget)

    @property
    def out_of_reach(self) -> str:
        """Why it has no effect here; "" where it has one."""
        return self._reason

    def put_out_of_reach(self, reason: str) -> None:
        """Takes its controls out of reach for a reason, one sentence, which its tool tips give; "" brings them back."""
        if reason == self._reason:
            return
        if reason and not self._explains:
            self._explains = True
            for widget in (self, *self.findChildren(QWidget)):
                widget.installEventFilter(self)
        self._reason = reason
        self.setAccessibleDescription(reason)
        self.setEnabled(not reason)

    def refuse_values(self, reasons: Mapping[Any, str], notation: Notation) -> None:
        """Takes single values out of reach, each for a reason, where the control has one place for each value."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """While it is out of reach, its tool tip is the reason."""
        if self._reason and isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), f"{self.toolTip()}\n{self._reason}")
            return True
        return super().eventFilter(watched, event)

    def name(self, control: QWidget) -> None:
        """The names by which a screen reader knows a control of this row."""
        control.setAccessibleName(self.title)
        control.setAccessibleDescription(self.tip)

    def show_error(self, text: str) -> None:
        """Shows in one sentence why a value was refused; "" takes it away."""
        if self._error is None:
            if not text:
                return
            self._error = text_label("error", wraps=True)
            self._column.addWidget(self._error)
        self._error.setText(text)
        self._error.setVisible(bool(text))

    def apply(self, session: Session, values: dict[str, Any], gesture: str) -> bool:
        """Passes a user's change to the session; False where it was refused."""
        return self.subject.change(session, gesture, values)

    def sync(self, session: Session) -> None:
        """Shows what the session says."""
        raise NotImplementedError

    def choose(self, value: object) -> None:
        """A user has chosen a value of the row's first field, and that is all of the gesture."""
        self.choose_all({self.fields[0]: value})

    def choose_all(self, values: dict[str, Any]) -> None:
        """The same of several fields."""
        self.changed.emit(values)
        self.committed.emit()


_BESIDE = 4  # px between a caption and the control to its right


class Guard(QObject):
    """A control keeps its own keys from the window's shortcuts, and its value from a wheel that scrolls the panel."""

    def __init__(self, widget: QWidget, keys: frozenset[Qt.Key] = frozenset()) -> None:
        super().__init__(widget)
        self._widget, self._keys = widget, keys
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and not self._widget.hasFocus():
            event.ignore()
            return True
        return keeps(event, self._keys)


class Captioned(QWidget):
    """A caption with a control to its right, or below it where the panel is too narrow for both."""

    def __init__(self, title: str, control: QWidget, stretch: bool = False) -> None:
        super().__init__()
        self._caption = self.caption = CutLabel("muted", title)
        self._control, self._aligned = control, 0
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(_BESIDE)
        self._box.addWidget(self._caption)
        self._box.addWidget(control, int(stretch), Qt.AlignmentFlag(0) if stretch else Qt.AlignmentFlag.AlignRight)

    def minimumSizeHint(self) -> QSize:
        width = max(self._caption.minimumSizeHint().width(), self._control.minimumSizeHint().width())
        return QSize(width, self._box.minimumSize().height())

    def align(self, width: int) -> None:
        """Gives the caption this width, px, where the control has room beside that; else what there is."""
        self._aligned = width
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        # Not the box's spacing: it differs by direction, so that each would ask for the other for ever.
        room = self.width() - _BESIDE - self._control.minimumSizeHint().width()
        across = self._caption.sizeHint().width() <= room
        self._caption.setMinimumWidth(min(self._aligned, room) if across else 0)
        direction = QBoxLayout.Direction.LeftToRight if across else QBoxLayout.Direction.TopToBottom
        if direction != self._box.direction():
            self._box.setDirection(direction)
            self._box.setSpacing(_BESIDE if across else 2)
            self.updateGeometry()


class NumberRow(Row):
    """A number on a slider; the scale may depend on the other choices."""

    def __init__(
        self,
        title: str,
        tip: str,
        field: str,
        scale: ScaleFor,
        one_line: bool = False,
        subject: Subject = EXPERIMENT,
    ) -> None:
        super().__init__(title, tip, (field,), subject)
        self._scale = scale
        first = subject.first()
        self.slider = ValueSlider(title, scale(first), getattr(first, field), one_line=one_line)
        self.slider.changed.connect(lambda value: self.changed.emit({field: value}))
        self.slider.committed.connect(self.committed)
        self.put(self.slider)
        self._explain()

    def sync(self, session: Session) -> None:
        now = self.subject.of(session)
        scale = self._scale(now)
        if scale != self.slider.scale():
            self.slider.set_scale(scale)
            self._explain()
        self.slider.setValue(getattr(now, self.fields[0]))

    def _explain(self) -> None:
        self.slider.setToolTip(f"{self.tip}\n{self.slider.toolTip()}")


class OptionalRow(Row):
    """Off, or a number on a slider."""

    def __init__(
        self, title: str, tip: str, field: str, scale: ScaleFor, default: float, subject: Subject = EXPERIMENT
    ) -> None:
        """default: what switching it on starts from."""
        super().__init__(title, tip, (field,), subject)
        self._scale = scale
        first = subject.first()
        self.choice = OptionalValue(title, scale(first), getattr(first, field), default)
        self.choice.changed.connect(lambda value: self.changed.emit({field: value}))
        self.choice.committed.connect(self.committed)
        self.choice.box.setToolTip(tip)
        self.choice.box.setAccessibleDescription(tip)
        self.put(self.choice)

    def sync(self, session: Session) -> None:
        now = self.subject.of(session)
        scale = self._scale(now)
        if scale != self.choice.slider.scale():
            self.choice.set_scale(scale)
        self.choice.setValue(getattr(now, self.fields[0]))


class SegmentRow(Row):
    """One of two or three short words. options: (value, label, tip)."""

    def __init__(
        self,
        title: str,
        tip: str,
        field: str,
        options: Sequence[tuple[str, str, str]],
        subject: Subject = EXPERIMENT,
    ) -> None:
        super().__init__(title, tip, (field,), subject)
        self.control = SegmentedControl(options)
        self.name(self.control)
        self.control.currentChanged.connect(self.choose)
        self.put(Captioned(title, self.control))

    def sync(self, session: Session) -> None:
        self.control.setCurrent(getattr(self.subject.of(session), self.fields[0]))


class ViewRow(SegmentRow):
    """The same for a choice of the view: no number of the run depends on it, and undo leaves it alone."""

    def apply(self, session: Session, values: dict[str, Any], gesture: str) -> bool:
        session.set_view(**values)
        return True

    def sync(self, session: Session) -> None:
        self.control.setCurrent(getattr(session.view, self.fields[0]))


class CheckRow(Row):
    """Yes or no."""

    def __init__(self, title: str, tip: str, field: str, subject: Subject = EXPERIMENT) -> None:
        super().__init__(title, tip, (field,), subject)
        self.box = QCheckBox(title)
        self.name(self.box)
        Guard(self.box, SPACE)
        self.box.clicked.connect(self.choose)
        self.put(self.box)

    def sync(self, session: Session) -> None:
        self.box.setChecked(getattr(self.subject.of(session), self.fields[0]))


class SeedRow(Row):
    """A seed, or several at once, and a dice that throws another one. Where they differ, all of them are shown."""

    def __init__(self, title: str, tip: str, fields: tuple[str, ...], throw: str) -> None:
        super().__init__(title, tip, fields)
        self.spin = QSpinBox()
        self.spin.setRange(0, LARGEST_SEED)
        self.spin.setKeyboardTracking(False)
        self.spin.setMinimumWidth(70)
        self.spin.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.name(self.spin)
        Guard(self.spin)
        self.spin.valueChanged.connect(lambda seed: self.choose_all(dict.fromkeys(self.fields, seed)))
        self.dice = QToolButton()
        self.dice.setToolTip(throw)
        self.dice.setAccessibleName(throw)
        Guard(self.dice, SPACE)
        self.dice.clicked.connect(self._on_thrown)
        both = QWidget()
        line = QHBoxLayout(both)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        line.addWidget(self.spin, 1)
        line.addWidget(self.dice)
        self.put(Captioned(title, both))
        self._theme = ""

    def sync(self, session: Session) -> None:
        if session.theme.name != self._theme:
            self._theme = session.theme.name
            set_glyph(self.dice, "dice", session.theme)
        first, *others = (getattr(session.experiment, field) for field in self.fields)
        with QSignalBlocker(self.spin):
            self.spin.setValue(first)
            self.spin.setSuffix("" if all(each == first for each in others) else f" / {', '.join(map(str, others))}")

    def _on_thrown(self) -> None:
        # Four digits can be read out in a lecture; the same number again would look like a broken button.
        thrown = 1 + secrets.randbelow(9998)
        self.spin.setValue(thrown if thrown != self.spin.value() else 9999)


class ComboRow(Row):
    """One of several. options: (value, label, tip)."""

    def __init__(
        self,
        title: str,
        tip: str,
        fields: tuple[str, ...],
        options: Sequence[tuple[str | None, str, str]],
        subject: Subject = EXPERIMENT,
    ) -> None:
        super().__init__(title, tip, fields, subject)
        self._tips = {value: tip for value, _, tip in options}
        self._refused: Mapping[Any, str] = {}
        self.combo = combo(options)
        self.name(self.combo)
        self.combo.activated.connect(self._on_activated)
        self.put(Captioned(title, self.combo, stretch=True))

    def sync(self, session: Session) -> None:
        self.combo.setCurrentIndex(self.combo.findData(getattr(self.subject.of(session), self.fields[0])))

    def refuse_values(self, reasons: Mapping[Any, str], notation: Notation) -> None:
        if not reasons and not self._refused:
            return
        self._refused = reasons
        model = self.combo.model()
        for k in range(self.combo.count()):
            value = self.combo.itemData(k)
            item = model.item(k) if isinstance(model, QStandardItemModel) else None
            if item is not None:
                item.setEnabled(value not in reasons)
                item.setToolTip(reasons.get(value) or written(self._tips.get(value, ""), notation))

    def _on_activated(self, index: int) -> None:
        self.choose(self.combo.itemData(index))


def combo(options: Sequence[tuple[str | None, str, str]]) -> QComboBox:
    """A combo box that shrinks with the panel. options: (value, label, tip)."""
    box = ListBox()
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(8)
    Guard(box, UP_AND_DOWN | SPACE)
    for index, (value, label, tip) in enumerate(options):
        box.addItem(label, value)
        box.setItemData(index, tip, Qt.ItemDataRole.ToolTipRole)
    return box
