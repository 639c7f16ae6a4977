"""Which file a person's own series comes from, and what of the experiment follows from the choice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from core.errors import InputError
from core.experiment import Experiment
from core.series import Series, load
from core.tasks import Task


def reads_file(task: Task) -> bool:
    """Whether a task takes its numbers from a file that a person chooses."""
    return "csv_path" in task.options


def has_file(experiment: Experiment) -> bool:
    """Whether the file that the experiment names is still there, as it was."""
    try:
        return bool(experiment.csv_path) and load(experiment.csv_path, experiment.csv_hash) is not None
    except InputError:
        return False


def ask_for_file(parent: QWidget, experiment: Experiment) -> dict[str, Any] | None:
    """Lets a person choose a file; the fields that name it, or None where none was chosen. Raises InputError where it
    holds no series."""
    title = QCoreApplication.translate("csv_choice", "Choose a table of numbers")
    kinds = QCoreApplication.translate("csv_choice", "Tables (*.csv *.tsv *.txt);;All files (*)")
    folder = str(Path(experiment.csv_path).parent) if experiment.csv_path else ""
    path, _ = QFileDialog.getOpenFileName(parent, title, folder, kinds)
    return fields_of(load(path), experiment) if path else None


def fields_of(table: Series, experiment: Experiment) -> dict[str, Any]:
    """The experiment's fields for a file: its path, its content's hash, a target column that it has, and no more steps
    than it has rows for."""
    target = experiment.csv_target if experiment.csv_target in table.names else table.names[0]
    fields: dict[str, Any] = {"csv_path": table.path, "csv_hash": table.hash, "csv_target": target}
    room = len(table.values) - experiment.batch
    if 1 <= room < experiment.steps:
        fields["steps"] = room
    return fields
