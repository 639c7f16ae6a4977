"""The rows of options that parts, cells and tasks declare: the type decides on the control, the words are theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import inspect
from PySide6.QtWidgets import QLineEdit

from core.cells import CELLS, cell_named
from core.experiment import OPTIONS, Experiment
from core.network.structures import OPTIONS_OF_PARTS
from core.options import Option, names_of
from core.tasks import task_named
from core.tasks.csv_series import PREDICT
from explorer.panels.experiment.choice import (
    Choice,
    check_row,
    combo_row,
    number_row,
    optional_row,
    segment_row,
    words,
)
from explorer.panels.experiment.data_rows import (
    ColumnsRow,
    FileRow,
    ImagesRow,
    PredictRow,
    TargetRow,
    TextRow,
    following,
)
from explorer.panels.experiment.rows import EXPERIMENT, Captioned, Row, ScaleFor, SegmentRow, Subject
from explorer.panels.experiment.scales import SliderRange
from explorer.session.session import Session
from explorer.widgets.scale import Scale

Build = Callable[[str, str], Row]
NUMBER = (inspect.IntType, inspect.FloatType)
SIDE_BY_SIDE = 20  # letters of the words that stand side by side; longer ones are in a combo box
LAST = {"Structure"}  # sections in which declared options come last; in the others they are the first
PADDING = 3  # letters that the room around each word takes
OWN_ROWS: dict[str, Build] = {  # options that are chosen with more than one common control
    "text": TextRow,
    "read_text": lambda title, tip: FollowedEntry(title, tip, OPTIONS["read_text"]),
    "csv_path": FileRow,
    "csv_columns": ColumnsRow,
    "csv_target": TargetRow,
    "csv_predict": segment_row(PredictRow, "csv_predict", *PREDICT.words),
    "image_path": ImagesRow,
}


class EntryRow(Row):
    """A field for a text, or for words or whole numbers separated by commas."""

    def __init__(self, title: str, tip: str, option: Option) -> None:
        super().__init__(title, tip, (option.name,))
        kind = inspect.type_info(option.type)
        self._several = isinstance(kind, inspect.VarTupleType)
        self._whole = isinstance(kind, inspect.VarTupleType) and isinstance(kind.item_type, inspect.IntType)
        self._usual = self._written(option.default) or words(option.example)
        self.edit = QLineEdit()
        self.edit.setPlaceholderText(words(option.example) if option.example else "")
        self.name(self.edit)
        self.edit.editingFinished.connect(self._on_finished)
        self.put(Captioned(title, self.edit, stretch=True))
        self._truth: Any = option.default

    def sync(self, session: Session) -> None:
        self._truth = getattr(session.experiment, self.fields[0])
        self.edit.setText(self._written(self._truth))

    def _written(self, value: Any) -> str:
        return ", ".join(map(str, value)) if self._several else value

    def _typed(self) -> Any:
        """The value in the field. Raises ValueError where there should be whole numbers."""
        text = self.edit.text()
        if self._whole:
            return tuple(int(part) for part in text.replace(",", " ").split())
        return tuple(filter(None, map(str.strip, text.split(",")))) if self._several else text

    def _on_finished(self) -> None:
        try:
            typed = self._typed()
        except ValueError:
            self.show_error(self.tr("Write whole numbers, separated by commas: {usual}.").format(usual=self._usual))
            self.edit.setText(self._written(self._truth))
            return
        if typed != self._truth:
            self.choose(typed)


class FollowedEntry(EntryRow):
    """A field whose text the task's natural choices follow, such as the number of steps."""

    def apply(self, session: Session, values: dict[str, Any], gesture: str) -> bool:
        return session.change(gesture=gesture, **{**following(session.experiment, values), **values})


def choice_of(option: Option) -> Choice:
    """The row of an option, shown for the cells and tasks that declare it, where it applies."""

    def reach(experiment: Experiment) -> str:
        return "" if option.applies(experiment) else words(option.why)

    if option in OPTIONS_OF_PARTS:
        return Choice(option.name, "Structure", option.title, option.tip, build(option), reach=reach)
    of_cell = any(option in cell.options for cell in CELLS)

    def applies(experiment: Experiment) -> bool:
        owner = cell_named(experiment.cell) if of_cell else task_named(experiment.task)
        return option.name in names_of(owner.options)

    section = "Cell" if of_cell else "Data"
    return Choice(option.name, section, option.title, option.tip, build(option), applies, reach)


def with_options(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """The choices with those of OPTIONS among them: the first or the last of their sections, or below the one that
    they follow."""
    found: list[Choice] = []
    rows = [option for option in OPTIONS.values() if option.title]
    declared = [(choice_of(option), option.after) for option in rows]
    for section in dict.fromkeys(choice.section for choice in choices):
        own = [choice for choice in choices if choice.section == section]
        added = [choice for choice, after in declared if choice.section == section and not after]
        found += [*own, *added] if section in LAST else [*added, *own]
    for choice, after in declared:
        if after:
            place = next(k for k, each in enumerate(found) if each.key == after) + 1
            found.insert(place, choice)
    return tuple(found)


def build(option: Option, subject: Subject = EXPERIMENT) -> Build:
    """The control that suits the option's type."""
    if option.name in OWN_ROWS:
        return OWN_ROWS[option.name]
    kind = inspect.type_info(option.type)
    match kind:
        case inspect.BoolType():
            return check_row(option.name, subject)
        case inspect.LiteralType(values=values):
            labels = option.words or tuple((str(value), str(value), "") for value in values)
            if sum(len(label) + PADDING for _, label, _ in labels) > SIDE_BY_SIDE:
                return combo_row(option.name, *labels, subject=subject)
            return segment_row(SegmentRow, option.name, *labels, subject=subject)
        case inspect.IntType() | inspect.FloatType():
            return number_row(option.name, scale_of(option, kind), subject=subject)
        case inspect.UnionType(types=types) if any(isinstance(each, inspect.NoneType) for each in types):
            number = next(each for each in types if isinstance(each, NUMBER))
            scale, slider = scale_of(option, number), option.slider
            start = scale(Experiment()).low if slider is None else slider.near if slider.start is None else slider.start
            return optional_row(option.name, scale, start, subject)
        case _:
            return lambda title, tip: EntryRow(title, tip, option)


def scale_of(option: Option, kind: inspect.IntType | inspect.FloatType) -> ScaleFor:
    """How the option's slider spaces its numbers; all of them, evenly, where the option does not say."""
    least = kind.ge if kind.ge is not None else kind.gt
    most = kind.le if kind.le is not None else kind.lt
    if least is None or most is None:
        raise ValueError(f"The option {option.name} is a number on a slider; give it a lower and an upper limit.")
    low, high = least, most
    spacing = "int" if isinstance(kind, inspect.IntType) else "float"
    slider = option.slider

    def scale(experiment: Experiment) -> Scale:
        if slider is None:
            return Scale(low, high, spacing)
        far = slider.far(experiment) if callable(slider.far) else slider.far
        if slider.decades:
            return Scale(slider.near, far, "log")
        return SliderRange(low, high, spacing, near=slider.near, far=far)

    return scale
