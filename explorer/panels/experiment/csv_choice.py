"""Which file a person's own series comes from, and what of the experiment follows from the choice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from core.errors import InputError
from core.experiment import Experiment
from core.jobs import Job
from core.tables.layout import Stated
from core.tasks import Task
from core.tasks.files import idx
from core.tasks.files.series import reading
from explorer.session.read_first import read_first, title_for
from explorer.session.session import Session


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


Then = Callable[[dict[str, Any]], None]
Failed = Callable[[str], None]


def ask_for(parent: QWidget, session: Session, task: Task, then: Then, failed: Failed) -> None:
    """Lets a person choose the files of a task and reads them; `then` gets the fields that name them, `failed` one
    sentence on why there are none, or "" where none was chosen."""
    if "arrays" in task.files:
        sentence = "Own arrays are opened with File, Open arrays, or dropped onto the window."
        failed(QCoreApplication.translate("csv_choice", sentence))
        return
    (ask_for_images if "image_path" in task.files else ask_for_file)(parent, session, then, failed)


def ask_for_images(parent: QWidget, session: Session, then: Then, failed: Failed) -> None:
    """Two IDX files, one after the other."""
    translate = QCoreApplication.translate
    kinds = translate("csv_choice", "IDX files (*ubyte *ubyte.gz *.idx* *.gz);;All files (*)")
    titles = (translate("csv_choice", "Choose the images"), translate("csv_choice", "Choose their labels"))
    now = session.experiment.image_path
    folder, found = str(Path(now).parent) if now else "", []
    for title in titles:
        path, _ = QFileDialog.getOpenFileName(parent, title, folder, kinds)
        if not path:
            failed("")
            return
        folder = str(Path(path).parent)
        found.append(path)
    images, labels = found
    read_first(session.work, title_for(images), _images(images, labels), then, failed)


def _images(images: str, labels: str) -> Job[dict[str, Any]]:
    """Reads both files; the fields that name them. Raises InputError where they are none, or do not belong together."""
    from core.documents.opening import image_fields

    yield from idx.reading(images, labels)
    return image_fields(images, labels)


def ask_for_file(parent: QWidget, session: Session, then: Then, failed: Failed) -> None:
    """One table of numbers."""
    from core.documents.opening import table_fields

    title = QCoreApplication.translate("csv_choice", "Choose a table of numbers")
    kinds = QCoreApplication.translate("csv_choice", "Tables (*.csv *.tsv *.txt);;All files (*)")
    now = session.experiment
    folder = str(Path(now.csv_path).parent) if now.csv_path else ""
    path, _ = QFileDialog.getOpenFileName(parent, title, folder, kinds)
    if not path:
        failed("")
        return
    job = reading(path, Stated(now.csv_missing))
    read_first(session.work, title_for(path), job, lambda table: then(table_fields(table, session.experiment)), failed)
