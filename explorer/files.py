"""What the window does with files: open, save, export. Dialogs here, the work in the session and in core."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QStandardPaths
from PySide6.QtWidgets import QFileDialog, QMessageBox

from core.errors import InputError
from core.jobs import Job, part

if TYPE_CHECKING:
    from explorer.window import Window

SUFFIX = ".json"


def _tr(text: str) -> str:
    return QCoreApplication.translate("files", text)


class Files:
    """Open, save and export for one window."""

    def __init__(self, window: Window, last: Path | None = None) -> None:
        self._window = window
        self._last = last or _default_last()

    # --- open ---
    def open(self, path: Path | None = None) -> bool:
        """Opens a saved session; asks which, unless it is given."""
        window = self._window
        if path is None:
            name, _ = QFileDialog.getOpenFileName(
                window, _tr("Open an experiment"), self._folder(), _tr("Experiments (*.json);;All files (*)")
            )
            if not name:
                return False
            path = Path(name)
        if not self.may_lose() or not window.session.open(path):
            return False
        window.settings.add_recent_file(path)
        window.update_title()
        return True

    def open_last(self) -> bool:
        """What was on the screen when the program was last closed."""
        if not self._last.is_file():
            self._window.session.message.emit(_tr("There is no last session yet."))
            return False
        opened = self._window.session.open(self._last)
        self._window.session.path = None
        return opened

    # --- save ---
    def save(self) -> bool:
        """Saves where it was saved before, or asks."""
        path = self._window.session.path
        return self.save_as() if path is None else self._save(path)

    def save_as(self) -> bool:
        """Asks where to save."""
        experiment = self._window.session.experiment
        suggested = str(Path(self._folder()) / f"{experiment.task}-{experiment.cell}{SUFFIX}")
        name, _ = QFileDialog.getSaveFileName(
            self._window, _tr("Save the experiment"), suggested, _tr("Experiments (*.json)")
        )
        return bool(name) and self._save(Path(name) if Path(name).suffix else Path(name + SUFFIX))

    def _save(self, path: Path) -> bool:
        saved = self._window.session.save(path)
        if saved:
            self._window.settings.add_recent_file(path)
            self._window.update_title()
        return saved

    def may_lose(self) -> bool:
        """Whether the present experiment may go: it is no file's, or is saved, or the person says so."""
        window = self._window
        window.session.leave_hunt()
        if window.session.path is None or not window.session.modified:
            return True
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(
            window,
            _tr("Save the changes?"),
            _tr("{name} has changes that are not saved.").format(name=window.session.path.name),
            buttons.Save | buttons.Discard | buttons.Cancel,
        )
        return self.save() if answer == buttons.Save else answer == buttons.Discard

    def keep_last(self) -> None:
        """Keeps what is on the screen for the next start; silent where that cannot be."""
        from core import storage

        session = self._window.session
        try:
            self._last.parent.mkdir(parents=True, exist_ok=True)
            pinned = tuple(pin.trace.experiment for pin in session.pins)
            storage.save(self._last, storage.to_text(session.trace, session.position, session.view, pinned))
        except (InputError, OSError):
            return

    # --- export ---
    def export_picture(self) -> None:
        """Asks for a file and draws what is shown, or the whole run as an animation."""
        window = self._window
        filters = _tr("Picture (*.png);;Vector picture (*.svg);;Animation (*.gif)")
        name, chosen = QFileDialog.getSaveFileName(
            window, _tr("Export picture or animation"), str(Path(self._folder()) / "bptt.png"), filters
        )
        if name:
            path = Path(name) if Path(name).suffix else Path(name + chosen[chosen.index("*") + 1 : -1])
            self.export_to(path)

    def export_to(self, path: Path) -> None:
        """Draws into a file by its suffix, in the window's size and theme: what is on the screen, or an animation."""
        from explorer.render import picturing, rendering

        window = self._window
        if path.suffix.lower() == ".gif":
            job = rendering(window.session, path, (window.width(), window.height()))
        else:
            window.show_message("")  # it is no part of the picture
            job = picturing(window, path)
        self._export(path, job)

    def _export(self, path: Path, job: Job[Any], said: Callable[[Any], str] | None = None) -> None:
        """Starts an export; `said` makes the sentence at its end from what the job returns."""
        work = self._window.session.work

        def done(result: Any) -> None:
            work.message.emit(said(result) if said else _tr("Exported {name}.").format(name=path.name))

        work.start(_tr("Exporting {name}").format(name=path.name), job, done, slow=True)

    def export_worksheet(self) -> None:
        """Asks for a file, and whether the answers stand in it."""
        window = self._window
        blank, solved = _tr("Worksheet to fill in (*.pdf)"), _tr("Worksheet with the answers (*.pdf)")
        suggested = str(Path(self._folder()) / "worksheet.pdf")
        name, chosen = QFileDialog.getSaveFileName(window, _tr("Worksheet"), suggested, f"{blank};;{solved}")
        if name:
            self.export_worksheet_to(Path(name) if Path(name).suffix else Path(name + ".pdf"), chosen == solved)

    def export_worksheet_to(self, path: Path, answers: bool) -> None:
        """Writes the worksheet of the run on show, in the notation on show."""
        from core.worksheet import worksheet
        from explorer.worksheet import writing

        session = self._window.session
        session.update()
        trace, notation = session.trace, session.notation

        def job() -> Job[int]:
            yield 0.0
            sheet = worksheet(trace, notation, answers)
            yield 0.1
            return (yield from part(writing(sheet, path), 0.1, 1.0))

        def said(pages: int) -> str:
            return _tr("Exported {name}, {pages} pages.").format(name=path.name, pages=pages)

        self._export(path, job(), said)

    def export_trace(self) -> None:
        """Asks for a file and writes every number of the run."""
        window = self._window
        name, chosen = QFileDialog.getSaveFileName(
            window,
            _tr("Export trace"),
            str(Path(self._folder()) / "run.npz"),
            _tr("All arrays (*.npz);;Norms at each step (*.csv)"),
        )
        if name:
            self.export_trace_to(Path(name) if Path(name).suffix else Path(name + chosen[chosen.index("*") + 1 : -1]))

    def export_trace_to(self, path: Path) -> None:
        """Writes the trace as NPZ or CSV, by suffix."""
        from core import export

        self._export(path, export.writing(self._window.session.trace, path))

    def _folder(self) -> str:
        recent = self._window.settings.recent_files()
        if recent:
            return str(recent[0].parent)
        return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)


def _default_last() -> Path:
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation)
    return Path(place) / f"last-session{SUFFIX}"
