"""What the window does with files: open, save, export. Dialogs here, the work in the session and in core."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox

from core import storage
from core.document import Content
from core.errors import InputError
from core.files.reading import quoted
from core.files.writing import unwritable
from core.interop import files as weights
from core.interop.libraries import experiment_says, open_weights, translated
from core.jobs import Job, part
from core.narration import describe
from core.opening import KINDS, Kind, Opened, kind_of
from explorer.autosave import Autosave, Leftover, leftovers
from explorer.read_first import read_first, title_for
from explorer.widgets.drop import FileDrop

if TYPE_CHECKING:
    from explorer.window import Window

SUFFIX = ".json"
WEIGHTS_FOR = (("torch", "PyTorch", ".npz"), ("torch", "PyTorch", ".safetensors"), ("keras", "Keras", ".npz"))


def _tr(text: str) -> str:
    return QCoreApplication.translate("files", text)


class Files:
    """Open, save and export for one window."""

    def __init__(self, window: Window, last: Path | None = None) -> None:
        self._window = window
        window.session.document_changed.connect(window.update_title)
        self._last = last or _default_last()
        self._reopened: Content | None = None  # the last session, as it was
        self._drop = FileDrop(window, self.open)
        self.autosave: Autosave | None = None
        self.leaving = False  # the system ends the program: nobody is asked, and unsaved work is kept

    # --- open ---
    def new(self) -> bool:
        """Begins with the default experiment, once what there is may go."""
        return self.may_lose() and self._window.session.new()

    def open(self, path: Path | None = None) -> bool:
        """Opens a file of any kind that is known, told by what is in it; asks which, unless it is given."""
        window = self._window
        if path is None:
            name, _ = QFileDialog.getOpenFileName(window, _tr("Open"), self._folder(), _kinds())
            if not name:
                return False
            path = Path(name)
        try:
            kind = kind_of(path)
        except InputError as error:
            window.session.message.emit(str(error))
            return False
        if not (self._open_session(path) if kind.name == "session" else self._open_other(path, kind)):
            return False
        window.settings.add_recent_file(path)
        return True

    def _open_session(self, path: Path) -> bool:
        return self.may_lose() and self._window.session.open(path)

    def _open_other(self, path: Path, kind: Kind) -> bool:
        """Data become those of the experiment; a run or weights are shown, with what is not in the file said. What
        takes long to read is shown after that. False, with a message, where it cannot be."""
        session = self._window.session
        session.leave_hunt()
        session.update()
        shown = True

        def failed(reason: str) -> None:
            nonlocal shown
            shown = False
            if reason:
                session.message.emit(reason)

        def show(_: object) -> None:
            nonlocal shown
            try:
                shown = self._show(path, kind.opens(path, session.experiment))
            except InputError as error:
                failed(str(error))

        if kind.reads is None:
            show(None)
            return shown
        try:
            job = kind.reads(path, session.experiment)
        except InputError as error:
            failed(str(error))
        else:
            read_first(session.work, title_for(str(path)), job, show, failed)
        return shown

    def _show(self, path: Path, found: Opened) -> bool:
        session = self._window.session
        said = "; ".join((_tr("Opened {name}").format(name=path.name), *found.remarks)) + "."
        if found.task:
            if not session.choose_task(found.task, **found.fields):
                return False
            session.message.emit(said)
            return True
        return self.may_lose() and session.open_trained(found.experiment, found.parameters or {}, said)

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
        if self._window.session.work.busy:  # a file that it names is being read, and that can be cancelled
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

    # --- weights ---
    def import_weights(self) -> bool:
        """Asks for a file of another library, whose weights the network on show takes over."""
        title, kinds = _tr("Import weights of PyTorch or Keras"), _tr("Weights (*.npz *.safetensors);;All files (*)")
        name, _ = QFileDialog.getOpenFileName(self._window, title, self._folder(), kinds)
        return bool(name) and self.import_weights_from(Path(name))

    def import_weights_from(self, path: Path) -> bool:
        """The library is recognised by the arrays' names; what no array shows is taken as the experiment has it, and
        said. False, with a message, where they do not fit."""
        session = self._window.session
        session.leave_hunt()
        session.update()
        experiment = session.experiment
        try:
            fitted = open_weights(path, experiment, chosen=experiment_says(experiment))
        except InputError as error:
            session.message.emit(str(error))
            return False
        said = "; ".join((_tr("The weights of {name} are shown").format(name=path.name), *fitted.remarks)) + "."
        if not session.open_trained(fitted.experiment, fitted.parameters, said):
            return False
        self._window.update_title()
        return True

    def export_weights(self) -> None:
        """Asks for a file and the library that it is for."""
        suggested = str(Path(self._folder()) / "weights.npz")
        kinds = {f"{title} (*{suffix})": (name, suffix) for name, title, suffix in WEIGHTS_FOR}
        name, chosen = QFileDialog.getSaveFileName(self._window, _tr("Export weights"), suggested, ";;".join(kinds))
        if name:
            library, suffix = kinds[chosen]
            self.export_weights_to(Path(name) if Path(name).suffix else Path(name + suffix), library)

    def export_weights_to(self, path: Path, library: str) -> None:
        """Writes the weights of the run on show by a library's names, and says for which layer they are."""
        session = self._window.session
        session.update()
        try:
            arrays, layer = translated(library, session.trace.experiment, session.trace.parameters)
            weights.write(path, arrays)
        except InputError as error:
            session.message.emit(str(error))
        except OSError as error:
            session.message.emit(str(unwritable(path, error)))
        else:
            said = _tr("Exported {name}: {count} arrays of {layer}.")
            session.message.emit(said.format(name=path.name, count=len(arrays), layer=layer))

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
        from explorer.arrangement import arrangement_of
        from explorer.render import picturing, rendering

        window = self._window
        if path.suffix.lower() == ".gif":
            size = (window.width(), window.height())
            job = rendering(window.session, path, size, arrangement_of(window))
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
        if self._names_a_fault():
            return
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

    def _names_a_fault(self) -> bool:
        """Whether a file of this run's numbers would tell what is hunted; says so."""
        if not self._window.session.untold:
            return False
        words = _tr("The numbers of a hunted run are not written: they would name the fault. End the hunt first.")
        self._window.session.message.emit(words)
        return True

    def export_trace_to(self, path: Path) -> None:
        """Writes the trace as NPZ or CSV, by suffix; not of a hunt, whose fault its experiment names."""
        from core import export

        if not self._names_a_fault():
            self._export(path, export.writing(self._window.session.trace, path))

    def _folder(self) -> str:
        recent = self._window.settings.recent_files()
        if recent:
            return str(recent[0].parent)
        return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)


def _kinds() -> str:
    """The filters of the dialog: everything that is opened, then each kind, then all files."""
    every = " ".join(dict.fromkeys(pattern for kind in KINDS for pattern in kind.patterns))
    each = [f"{_tr(kind.title)} ({' '.join(kind.patterns)})" for kind in KINDS]
    return ";;".join((f"{_tr('What can be opened')} ({every})", *each, _tr("All files (*)")))


def _default_last() -> Path:
    return _own_folder() / f"last-session{SUFFIX}"


def unsaved_folder() -> Path:
    """Where windows keep what is unsaved."""
    return _own_folder() / "unsaved"


def _own_folder() -> Path:
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation))
