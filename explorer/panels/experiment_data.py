"""Rows of the experiment panel for what the network reads: a typed text, a file, the sample that is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu, QPushButton

from core.errors import InputError
from core.series import load
from core.tasks import task_named
from explorer.items.numbers import count
from explorer.panels.csv_choice import ask_for_file, ask_for_images
from explorer.panels.experiment_row import SPACE, ComboRow, Guard, Row
from explorer.session import Session
from explorer.widgets.scale import Scale
from explorer.widgets.slider import ValueSlider

SHORTEST_TEXT, LONGEST_TEXT = 2, 10_000


class TextRow(Row):
    """A text, live while it is typed. What suits the task's text (the number of steps) follows it."""

    def __init__(self, title: str, tip: str) -> None:
        super().__init__(title, tip, ("text",))
        caption = QLabel(title)
        caption.setProperty("role", "muted")
        self.edit = QLineEdit()
        self.edit.setMaxLength(LONGEST_TEXT)
        self.name(self.edit)
        self.edit.textEdited.connect(self._on_edited)
        self.edit.editingFinished.connect(self._on_finished)
        self.put(caption)
        self.put(self.edit)
        self._truth = ""

    def apply(self, session: Session, values: dict[str, Any], gesture: str) -> bool:
        # Only what the new text changes in the natural choices: the loss placement that a person chose stays.
        experiment = session.experiment
        natural = task_named(experiment.task).natural
        before = natural(experiment)
        try:
            after = natural(experiment.with_changes(**values))
        except InputError:
            after = before  # the session says why
        follows = {field: value for field, value in after.items() if before.get(field) != value}
        return session.change(gesture=gesture, **{**follows, **values})

    def show_truth(self, session: Session) -> None:
        known, self._truth = self._truth, session.experiment.text
        if self._truth != self.edit.text() and (self._truth != known or not self.edit.hasFocus()):
            self.edit.setText(self._truth)

    def _on_edited(self, text: str) -> None:
        if len(text) < SHORTEST_TEXT:
            self.say(self.tr("Type at least %n characters.", "", SHORTEST_TEXT))
            return
        self.say("")
        self._truth = text
        self.changed.emit({"text": text})

    def _on_finished(self) -> None:
        if self.edit.text() != self._truth:
            self.edit.setText(self._truth)
            self.say("")
        self.committed.emit()


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

    def show_truth(self, session: Session) -> None:
        experiment, names = session.experiment, ()
        if experiment.csv_path:
            try:
                names = load(experiment.csv_path, experiment.csv_hash).names
            except InputError:
                names = ()  # the file's own row says why
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
        self.changed.emit({"csv_columns": () if len(chosen) == len(actions) else chosen})
        self.committed.emit()


class ImagesRow(Row):
    """The two IDX files of images and labels."""

    def __init__(self, title: str, tip: str) -> None:
        super().__init__(title, tip, ("image_path", "image_hash", "label_path", "label_hash"))
        self.button = QPushButton()
        self.name(self.button)
        Guard(self.button, SPACE)
        self.button.setMinimumWidth(60)
        self.button.clicked.connect(self._on_clicked)
        self.put(self.button)
        self._session: Session | None = None

    def show_truth(self, session: Session) -> None:
        self._session = session
        paths = (session.experiment.image_path, session.experiment.label_path)
        name = Path(paths[0]).name
        self.button.setText(self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, 150) or self.title)
        self.button.setToolTip("\n".join(filter(None, (*paths, self.tip))))

    def _on_clicked(self) -> None:
        if self._session is None:
            return
        try:
            fields = ask_for_images(self, self._session.experiment)
        except InputError as error:
            self.say(str(error))
            return
        if fields is not None:
            self.changed.emit(fields)
            self.committed.emit()


class FileRow(Row):
    """The file of a person's own series, and how much of it there is."""

    def __init__(self, title: str, tip: str) -> None:
        super().__init__(title, tip, ("csv_path", "csv_hash"))
        self.button = QPushButton()
        self.name(self.button)
        Guard(self.button, SPACE)
        self.button.setMinimumWidth(60)  # a long file name is cut, not the panel widened
        self.button.clicked.connect(self._on_clicked)
        self.facts = QLabel()
        self.facts.setProperty("role", "small")
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.facts.setWordWrap(True)
        self.put(self.button)
        self.put(self.facts)
        self._session: Session | None = None

    def show_truth(self, session: Session) -> None:
        self._session = session
        experiment = session.experiment
        name = Path(experiment.csv_path).name
        self.button.setText(self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, 150) or self.title)
        self.button.setToolTip("\n".join(filter(None, (experiment.csv_path, self.tip))))
        self.facts.setText("")
        if experiment.csv_path:
            try:
                table = load(experiment.csv_path, experiment.csv_hash)
            except InputError as error:
                self.say(str(error))
                return
            facts = [
                self.tr("{n} rows").format(n=count(len(table.values))),
                self.tr("1 column") if len(table.names) == 1 else self.tr("{n} columns").format(n=len(table.names)),
            ]
            if table.filled:
                facts.append(self.tr("{n} missing values filled").format(n=count(table.filled)))
            if table.dropped:
                facts.append(self.tr("no numbers in {names}").format(names=", ".join(table.dropped)))
            self.facts.setText(" · ".join(facts))

    def _on_clicked(self) -> None:
        if self._session is None:
            return
        try:
            fields = ask_for_file(self, self._session.experiment)
        except InputError as error:
            self.say(str(error))
            return
        if fields:
            self.say("")
            self.changed.emit(fields)
            self.committed.emit()


class TargetRow(ComboRow):
    """The column of the file that is predicted."""

    def __init__(self, title: str, tip: str) -> None:
        super().__init__(title, tip, ("csv_target",), ())
        self._names: tuple[str, ...] = ()

    def show_truth(self, session: Session) -> None:
        experiment = session.experiment
        try:
            names = load(experiment.csv_path, experiment.csv_hash).names if experiment.csv_path else ()
        except InputError:
            names = ()  # the file's row says why
        if names != self._names:
            self._names = names
            self.combo.clear()
            for name in names:
                self.combo.addItem(name, name)
        self.combo.setEnabled(bool(names))
        self.combo.setCurrentIndex(self.combo.findData(experiment.csv_target) if experiment.csv_target else 0)


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

    def show_truth(self, session: Session) -> None:
        scale = _samples(session.trace.data.x.shape[1])
        if scale != self.slider.scale():
            self.slider.set_scale(scale)
            self._explain()
        self.slider.setValue(session.view.sample + 1)

    def _explain(self) -> None:
        self.slider.setToolTip(f"{self.tip}\n{self.slider.toolTip()}")


def _samples(batch: int) -> Scale:
    return Scale(1, max(batch, 2), "int")
