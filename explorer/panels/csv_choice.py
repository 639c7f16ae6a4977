"""Which file a person's own series comes from, and what of the experiment follows from the choice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from core.errors import InputError
from core.experiment import Experiment
from core.opening import image_fields, table_fields
from core.series import load
from core.tasks import Task


def reads_file(task: Task) -> bool:
    """Whether a task takes its numbers from files that a person chooses."""
    return bool(task.files)


def has_file(experiment: Experiment, task: Task) -> bool:
    """Whether the files that the experiment names for a task are still there, as they were."""
    if not all(getattr(experiment, name) for name in task.files):
        return False
    try:
        return task.make(experiment.with_changes(task=task.name, **task.natural(experiment))) is not None
    except InputError:
        return False


def ask_for(parent: QWidget, experiment: Experiment, task: Task) -> dict[str, Any] | None:
    """Lets a person choose the files of a task; the fields that name them, or None. Raises InputError."""
    return (ask_for_images if "image_path" in task.files else ask_for_file)(parent, experiment)


def ask_for_images(parent: QWidget, experiment: Experiment) -> dict[str, Any] | None:
    """Two IDX files, one after the other. Raises InputError where they are none, or do not belong together."""
    translate = QCoreApplication.translate
    kinds = translate("csv_choice", "IDX files (*ubyte *ubyte.gz *.idx* *.gz);;All files (*)")
    titles = (translate("csv_choice", "Choose the images"), translate("csv_choice", "Choose their labels"))
    folder, found = str(Path(experiment.image_path).parent) if experiment.image_path else "", []
    for title in titles:
        path, _ = QFileDialog.getOpenFileName(parent, title, folder, kinds)
        if not path:
            return None
        folder = str(Path(path).parent)
        found.append(path)
    return image_fields(*found)


def ask_for_file(parent: QWidget, experiment: Experiment) -> dict[str, Any] | None:
    """Lets a person choose a file; the fields that name it, or None where none was chosen. Raises InputError where it
    holds no series."""
    title = QCoreApplication.translate("csv_choice", "Choose a table of numbers")
    kinds = QCoreApplication.translate("csv_choice", "Tables (*.csv *.tsv *.txt);;All files (*)")
    folder = str(Path(experiment.csv_path).parent) if experiment.csv_path else ""
    path, _ = QFileDialog.getOpenFileName(parent, title, folder, kinds)
    return table_fields(load(path), experiment) if path else None
