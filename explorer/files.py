"""What the window does with files: open, save, export. Dialogs here, the work in the session and in core."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox

from core import storage
from core.document import Content
from core.errors import InputError
from core.files.reading import quoted
from core.narration import describe
from explorer.autosave import Autosave, Leftover, leftovers

if TYPE_CHECKING:
    from explorer.window import Window

SUFFIX = ".json"


def _tr(text: str) -> str:
    return QCoreApplication.translate("files", text)


class Files:
    """Open, save and export for one window."""

    def __init__(self, window: Window, last: Path | None = None) -> None:
        self._window = window
        window.session.document_changed.connect(window.update_title)
        self._last = last or _default_last()
        self._reopened: Content | None = None  # the last session, as it was
        self.autosave: Autosave | None = None
        self.leaving = False  # the system ends the program: nobody is asked, and unsaved work is kept

    # --- open ---
    def new(self) -> bool:
        """Begins with the default experiment, once what there is may go."""
        return self.may_lose() and self._window.session.new()

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
        return True

    def open_last(self) -> bool:
        """What was on the screen when the program was last closed."""
        if not self._last.is_file():
            self._window.session.message.emit(_tr("There is no last session yet."))
            return False
        if not self.may_lose() or not self._window.session.reopen(self._last):
            return False
        self._reopened = self._window.session.entry.content
        return True

    # --- unsaved work of a program that has ended ---
    def leave(self) -> None:
        """The program is about to be ended: what is unsaved is kept for the next start."""
        self.leaving = True
        if self.autosave is not None:
            self.autosave.keep_now()

    def offer_unsaved(self, quietly: bool = False) -> QMessageBox | None:
        """Asks, without holding anything up, whether the newest of what was left is to come back. `quietly`: says
        nothing where there is none."""
        session = self._window.session
        for found in leftovers(unsaved_folder()):
            try:
                saved = storage.load(found.file)
            except InputError as error:
                text = _tr("Unsaved work cannot be read, and is set aside as {path}. {reason}")
                session.message.emit(text.format(path=found.set_aside(), reason=error))
                continue
            return self._offered(found, saved)
        if not quietly:
            session.message.emit(_tr("There is no unsaved work."))
        return None

    def _offered(self, found: Leftover, saved: storage.Saved) -> QMessageBox:
        name = saved.changes.name if saved.changes is not None else describe(saved.experiment)
        when = time.strftime("%Y-%m-%d %H:%M", found.when)
        box = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(_tr("Unsaved work"))
        box.setText(_tr("The program was ended before “{name}” was saved ({when}). Restore it?").format(
            name=quoted(name), when=when
        ))  # fmt: skip
        box.setInformativeText(_tr("“Not now” keeps it for the next start."))
        restore = box.addButton(_tr("Restore"), QMessageBox.ButtonRole.AcceptRole)
        later = box.addButton(_tr("Not now"), QMessageBox.ButtonRole.RejectRole)
        discard = box.addButton(_tr("Discard it"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(restore)
        box.setEscapeButton(later)

        def answered() -> None:
            if box.clickedButton() is discard:
                found.discard()
                self.offer_unsaved(quietly=True)
            elif box.clickedButton() is restore and self._restore(found.file):
                found.discard()
            else:
                found.release()

        box.finished.connect(answered)
        box.open()
        return box

    def _restore(self, kept: Path) -> bool:
        """What was left is on the screen, and kept by this window before the old file goes."""
        if not self.may_lose() or not self._window.session.reopen(kept):
            return False
        return self.autosave is None or self.autosave.keep_now()

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
        return saved

    def may_lose(self) -> bool:
        """Whether the present work may go: it is saved, or the person says so. A hunt ends."""
        window = self._window
        window.session.leave_hunt()
        if not window.session.modified:
            return True
        path = window.session.path
        text = _tr("This experiment has changes that are in no file.")
        if path is not None:
            text = _tr("{name} has changes that are not saved.").format(name=path.name)
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(
            window, _tr("Save the changes?"), text, buttons.Save | buttons.Discard | buttons.Cancel, buttons.Save
        )
        return self.save() if answer == buttons.Save else answer == buttons.Discard

    def may_close(self) -> bool:
        """The same at the end: a last session that was reopened and left as it is stays the last one."""
        session = self._window.session
        session.leave_hunt()
        untouched = session.path is None and session.entry.content == self._reopened
        return self.leaving or untouched or self.may_lose()

    def keep_last(self) -> None:
        """Keeps what is on the screen for the next start; silent where that cannot be."""
        session = self._window.session
        try:
            session.update()
            self._last.parent.mkdir(parents=True, exist_ok=True)
            storage.save(self._last, session.text())
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
        """Draws into a file by its suffix, in the window's size and theme."""
        from explorer.render import render_session

        window = self._window
        try:
            render_session(window.session, path, (window.width(), window.height()))
        except InputError as error:
            window.session.message.emit(str(error))
            return
        window.session.message.emit(_tr("Exported {name}.").format(name=path.name))

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
        from explorer.worksheet import write

        session = self._window.session
        session.update()
        try:
            pages = write(worksheet(session.trace, session.notation, answers), path)
        except InputError as error:
            session.message.emit(str(error))
        except OSError as error:
            sentence = _tr("{path} cannot be written: {reason}. Choose another place.")
            session.message.emit(sentence.format(path=path, reason=error.strerror or error))
        else:
            session.message.emit(_tr("Exported {name}, {pages} pages.").format(name=path.name, pages=pages))

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

        try:
            export.write(self._window.session.trace, path)
        except InputError as error:
            self._window.session.message.emit(str(error))
            return
        except OSError as error:
            sentence = _tr("{path} cannot be written: {reason}. Choose another place.")
            self._window.session.message.emit(sentence.format(path=path, reason=error.strerror or error))
            return
        self._window.session.message.emit(_tr("Exported {name}.").format(name=path.name))

    def _folder(self) -> str:
        recent = self._window.settings.recent_files()
        if recent:
            return str(recent[0].parent)
        return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)


def _default_last() -> Path:
    return _own_folder() / f"last-session{SUFFIX}"


def unsaved_folder() -> Path:
    """Where windows keep what is unsaved."""
    return _own_folder() / "unsaved"


def _own_folder() -> Path:
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation))
