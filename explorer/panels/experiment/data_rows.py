"""Rows of the experiment panel for what the network reads: a typed text, a file, the sample that is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMenu, QPushButton

from core.errors import InputError
from core.experiment import Experiment
from core.tasks import notes, task_named
from core.tasks.csv_series import with_predict, with_target
from core.tasks.files.series import Series, cached, load, stated_by
from core.tasks.files.text import normal, read_text
from explorer.panels.experiment.csv_choice import ask_for_file, ask_for_images
from explorer.panels.experiment.rows import SPACE, ComboRow, Guard, Row, SegmentRow
from explorer.session.session import Session
from explorer.style.numbers import count
from explorer.widgets.labels import text_label
from explorer.widgets.scale import Scale
from explorer.widgets.slider import ValueSlider
from explorer.words import in_language

SHORTEST_TEXT, LONGEST_TEXT = 2, 10_000


def following(experiment: Experiment, values: dict[str, Any]) -> dict[str, Any]:
    """What the changed fields change in the task's natural choices: what a person chose besides them stays."""
    natural = task_named(experiment.task).natural
    before = natural(experiment)
    try:
        after = natural(experiment.with_changes(**values))
    except InputError:
        return {}  # the session says why
    return {field: value for field, value in after.items() if before.get(field) != value}


class TextRow(Row):
    """A text, live while it is typed. What suits the task's text (the number of steps) follows it."""

    def __init__(self, title: str, tip: str) -> None:
        super().__init__(title, tip, ("text",))
        caption = text_label("muted", title)
        self.edit = QLineEdit()
        self.edit.setMaxLength(LONGEST_TEXT)
        self.name(self.edit)
        self.edit.textEdited.connect(self._on_edited)
        self.edit.editingFinished.connect(self._on_finished)
        self.button = QPushButton(self.tr("Text file…"))
        self.button.setToolTip(self.tr("The text in a file (UTF-8).\nA click asks which."))
        self.button.setAccessibleName(self.tr("Text file…"))
        Guard(self.button, SPACE)
        self.button.clicked.connect(self._on_clicked)
        self.put(caption)
        self.put(self.edit)
        self.put(self.button)
        self._truth, self._folder = "", ""

    def apply(self, session: Session, values: dict[str, Any], gesture: str) -> bool:
        return session.change(gesture=gesture, **{**following(session.experiment, values), **values})

    def sync(self, session: Session) -> None:
        known, self._truth = self._truth, session.experiment.text
        if self._truth != self.edit.text() and (self._truth != known or not self.edit.hasFocus()):
            self.edit.setText(self._truth)

    def _on_clicked(self) -> None:
        kinds = self.tr("Texts (*.txt);;All files (*)")
        path, _ = QFileDialog.getOpenFileName(self, self.tr("Choose a text"), self._folder, kinds)
        if not path:
            return
        self._folder = str(Path(path).parent)
        try:
            text = read_text(path)
        except InputError as error:
            self.show_error(in_language(error))
            return
        self.show_error("")
        self.choose(text)

    def _on_edited(self, text: str) -> None:
        text = normal(text)
        if len(text) < SHORTEST_TEXT:
            self.show_error(self.tr("Type at least %n characters.", "", SHORTEST_TEXT))
            return
        self.show_error("")
        self._truth = text
        self.changed.emit({"text": text})

    def _on_finished(self) -> None:
        if self.edit.text() != self._truth:
            self.edit.setText(self._truth)
            self.show_error("")
        self.committed.emit()


def table_of(experiment: Experiment) -> Series | None:
    """The table that the experiment names; None where there is none, or it is still to be read, which is not done here.
    Raises InputError where it cannot be used."""
    if not experiment.csv_path or cached(experiment.csv_path, stated_by(experiment)) is None:
        return None
    return load(experiment.csv_path, experiment.csv_hash, stated_by(experiment))


def columns_of(experiment: Experiment, texts: bool = False) -> tuple[str, ...]:
    """The table's columns of numbers, and of texts that can be labels; none where no table is (its row says why)."""
    try:
        table = table_of(experiment)
    except InputError:
        return ()
    return () if table is None else (*table.names, *(table.texts if texts else ()))


class ColumnsRow(Row):
    """Which columns of the table are read: a menu with a tick for each; all of them where none is named."""

    def __init__(self, title: str, tip: str) -> None:
        super().__init__(title, tip, ("csv_columns",))
        self.button = QPushButton()
        self.name(self.button)
        Guard(self.button, SPACE)
        self.menu = QMenu(self.button)
        self.button.setMenu(self.menu)
        self.menu.triggered.connect(lambda _: self._on_triggered())
        self.put(self.button)

    def sync(self, session: Session) -> None:
        experiment, names = session.experiment, columns_of(session.experiment)
        chosen = [name for name in names if not experiment.csv_columns or name in experiment.csv_columns]
        if [action.text() for action in self.menu.actions()] != list(names):
            self.menu.clear()
            for name in names:
                self.menu.addAction(name).setCheckable(True)
        for action in self.menu.actions():
            action.setChecked(action.text() in chosen)
        self.button.setText(self.tr("{n} of {all} columns read").format(n=len(chosen), all=len(names)))
        self.button.setEnabled(bool(names))

    def _on_triggered(self) -> None:
        actions = self.menu.actions()
        chosen = tuple(action.text() for action in actions if action.isChecked())
        self.choose(() if len(chosen) == len(actions) else chosen)


class FilesRow(Row):
    """What is read from files that a button asks for, and how much of it there is. Subclasses give `ask`."""

    def __init__(self, title: str, tip: str, fields: tuple[str, ...]) -> None:
        super().__init__(title, tip, fields)
        self.button = QPushButton()
        self.name(self.button)
        Guard(self.button, SPACE)
        self.button.setMinimumWidth(60)  # a long file name is cut, not the panel widened
        self.button.clicked.connect(lambda: self._session is not None and self.ask(self._session))
        self.facts = text_label("small", wraps=True)
        self.put(self.button)
        self.put(self.facts)
        self._session: Session | None = None

    def ask(self, session: Session) -> None:
        """Asks for other files."""
        raise NotImplementedError

    def show_files(self, session: Session, *paths: str) -> None:
        """The first file's name on the button, all of them in its tip."""
        self._session = session
        name = Path(paths[0]).name
        self.button.setText(self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, 150) or self.title)
        self.button.setToolTip("\n".join(filter(None, (*paths, self.tip))))

    def take(self, fields: dict[str, Any]) -> None:
        """The files have been chosen."""
        self.show_error("")
        self.choose_all(fields)


class ImagesRow(FilesRow):
    """The two IDX files of images and labels."""

    def __init__(self, title: str, tip: str) -> None:
        super().__init__(title, tip, ("image_path", "image_hash", "label_path", "label_hash"))

    def ask(self, session: Session) -> None:
        ask_for_images(self, session, self.take, self.show_error)

    def apply(self, session: Session, values: dict[str, Any], gesture: str) -> bool:
        return session.change(gesture=gesture, **{**following(session.experiment, values), **values})

    def sync(self, session: Session) -> None:
        self.show_files(session, session.experiment.image_path, session.experiment.label_path)
        try:
            self.facts.setText("\n".join(map(in_language, notes(session.trace.experiment))))
        except InputError:
            self.facts.setText("")  # the run says why


class FileRow(FilesRow):
    """The file of a person's own series."""

    def __init__(self, title: str, tip: str) -> None:
        super().__init__(title, tip, ("csv_path", "csv_hash"))

    def ask(self, session: Session) -> None:
        ask_for_file(self, session, self.take, self.show_error)

    def sync(self, session: Session) -> None:
        experiment = session.experiment
        self.show_files(session, experiment.csv_path)
        self.facts.setText("")
        try:
            table = table_of(experiment)
        except InputError as error:
            self.show_error(in_language(error))
            return
        if table is not None:
            facts = [
                self.tr("{n} rows").format(n=count(len(table.values))),
                self.tr("1 column") if len(table.names) == 1 else self.tr("{n} columns").format(n=len(table.names)),
            ]
            self.facts.setText("\n".join((" · ".join(facts), *table.notes)))


class TargetRow(ComboRow):
    """The column of the file that is predicted; of one of texts, the class."""

    def __init__(self, title: str, tip: str) -> None:
        super().__init__(title, tip, ("csv_target",), ())
        self._names: tuple[str, ...] = ()

    def apply(self, session: Session, values: dict[str, Any], gesture: str) -> bool:
        return session.change(gesture=gesture, **_together(with_target, session.experiment, values))

    def sync(self, session: Session) -> None:
        experiment, names = session.experiment, columns_of(session.experiment, texts=True)
        if names != self._names:
            self._names = names
            self.combo.clear()
            for name in names:
                self.combo.addItem(name, name)
        self.combo.setEnabled(bool(names))
        self.combo.setCurrentIndex(self.combo.findData(experiment.csv_target) if experiment.csv_target else 0)


class PredictRow(SegmentRow):
    """The target's next value or its class; where the target column cannot be that, the first one that can."""

    def apply(self, session: Session, values: dict[str, Any], gesture: str) -> bool:
        return session.change(gesture=gesture, **_together(with_predict, session.experiment, values))


def _together(
    suits: Callable[[Series, str, str], dict[str, Any]], experiment: Experiment, values: dict[str, Any]
) -> dict[str, Any]:
    """A target column and what is predicted of it, as they go together."""
    try:
        table = table_of(experiment)
    except InputError:
        table = None  # the file's row says why
    wanted = {"csv_target": experiment.csv_target, "csv_predict": experiment.csv_predict, **values}
    return values if table is None else suits(table, wanted["csv_target"], wanted["csv_predict"])


class SampleRow(Row):
    """Which sample of the batch is drawn, counted from 1. It changes no number of the run."""

    def __init__(self, title: str, tip: str) -> None:
        super().__init__(title, tip, ())
        self.slider = ValueSlider(title, _samples(2), 1)
        self.slider.changed.connect(lambda number: self.changed.emit({"sample": number - 1}))
        self.put(self.slider)
        self._explain()

    def apply(self, session: Session, values: dict[str, Any], gesture: str) -> bool:
        session.set_view(**values)
        return True

    def sync(self, session: Session) -> None:
        scale = _samples(session.trace.data.x.shape[1])
        if scale != self.slider.scale():
            self.slider.set_scale(scale)
            self._explain()
        self.slider.setValue(session.view.sample + 1)

    def _explain(self) -> None:
        self.slider.setToolTip(f"{self.tip}\n{self.slider.toolTip()}")


def _samples(batch: int) -> Scale:
    return Scale(1, max(batch, 2), "int")
