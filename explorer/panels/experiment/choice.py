"""What a row of the experiment panel is: its words, how it is built, when it is shown, and when it has an effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QCoreApplication

from explorer.panels.experiment.rows import (
    EXPERIMENT,
    CheckRow,
    ComboRow,
    NumberRow,
    OptionalRow,
    Row,
    ScaleFor,
    SeedRow,
    SegmentRow,
    Subject,
)
from explorer.panels.experiment.scales import SliderRange
from explorer.session.session import Session
from explorer.widgets.scale import Scale


@dataclass(frozen=True)
class Choice:
    """One row: its section, the words for it, how it is built from them, when it is there and has an effect."""

    key: str  # the field of the experiment that it sets first, or a name of its own; "plan.rate" is of the plan
    section: str  # one of SECTIONS
    title: str
    tip: str
    build: Callable[[str, str], Row]
    applies: Callable[[Any], bool] = lambda subject: True  # it is shown
    reach: Callable[[Any], str] = lambda subject: ""  # why it has no effect, one sentence; "" where it has
    ruled: bool = True  # the rules say which of its values are out of reach; not where its row asks for what they need
    subject: Subject = EXPERIMENT  # whose field it is
    initial: bool = False  # a number by which the seed's weights are made: none is in those that a file brought

    def is_there(self, session: Session) -> bool:
        """Whether it is shown for what a session has, and is not hidden."""
        return self.key not in session.hunt.hidden_fields and self.applies(self.subject.of(session))

    def row(self) -> Row:
        """The row's widget, in the chosen language."""
        return self.build(words(self.title), words(self.tip))


def words(text: str) -> str:
    """A choice's text in the person's language."""
    return QCoreApplication.translate("ExperimentPanel", text)


def number_row(
    field: str, scale: Scale | ScaleFor, one_line: bool = False, subject: Subject = EXPERIMENT
) -> Callable[[str, str], Row]:
    """A number on a slider, all on one line where that is wanted."""

    def scale_for(now: Any) -> Scale:
        return scale if isinstance(scale, Scale) else scale(now)

    return lambda title, tip: NumberRow(title, tip, field, scale_for, one_line, subject)


def segment_row(
    row: type[SegmentRow], field: str, *options: tuple[str, str, str], subject: Subject = EXPERIMENT
) -> Callable[[str, str], Row]:
    """One of two or three words: (value, label, tip)."""

    def build(title: str, tip: str) -> Row:
        return row(title, tip, field, [(key, words(label), words(text)) for key, label, text in options], subject)

    return build


def seed_row(throw: str, *fields: str) -> Callable[[str, str], Row]:
    """A seed, or several at once, and a die for another one."""
    return lambda title, tip: SeedRow(title, tip, fields, words(throw))


def about(limit: float, typed: float) -> Scale:
    """A scale around 0: ±limit on the slider, ±exact numbers by typing."""
    return SliderRange(-typed, typed, "float", near=-limit, far=limit)


def combo_row(
    field: str, *options: tuple[str | None, str, str], subject: Subject = EXPERIMENT
) -> Callable[[str, str], Row]:
    """One of several: (value, label, tip)."""

    def build(title: str, tip: str) -> Row:
        return ComboRow(title, tip, (field,), [(key, words(a), words(b)) for key, a, b in options], subject)

    return build


def check_row(field: str, subject: Subject = EXPERIMENT) -> Callable[[str, str], Row]:
    """On or off."""
    return lambda title, tip: CheckRow(title, tip, field, subject)


def optional_row(
    field: str, scale: ScaleFor, default: float, subject: Subject = EXPERIMENT
) -> Callable[[str, str], Row]:
    """Off, or a number that starts from `default`."""
    return lambda title, tip: OptionalRow(title, tip, field, scale, default, subject)
