"""What the window does with files of its own: open, save, restore. Dialogs here, the work in session and core."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox

from core.documents import storage
from core.documents.document import Content
from core.errors import InputError, quoted
from core.experiment import describe
from explorer.session.autosave import Autosave, Leftover, leftovers
from explorer.session.read_first import read_first, title_for
from explorer.session.work import at_once
from explorer.widgets.drop import FileDrop
from explorer.window.cards.card import Card, example_cards, recent_cards
from explorer.window.cards.page import EXAMPLES, RECENT, CardPage
from explorer.window.lessons import SUFFIX as LESSON
from explorer.window.lessons import LessonFiles
from explorer.window.own_gradients import OwnGradients
from explorer.window.sharing import Sharing
from explorer.window.window import Window
from explorer.words import clauses, ended, in_language, translator

if TYPE_CHECKING:  # opening files needs every reader there is, and the first window none
    from core.documents.opening import Kind, Opened
    from core.maths.arrays import Array
    from core.own.without_weights import RecordedRun
    from explorer.window.arrays_dialog import ArraysDialog
    from explorer.window.recorded.page import RecordedPage

SUFFIX = ".json"

_tr = translator("files")


class Files:
    """Open and save for one window, which asks here before it closes."""

    def __init__(self, window: Window, last: Path | None = None) -> None:
        self._window = window
        window.may_close = self.may_close
        window.closing.connect(self.keep_last)
        self._last = last or _default_last()
        self.lessons = LessonFiles(window)
        self.gradients = OwnGradients(window)
        self.sharing = Sharing(window, self.may_lose)
        self._reopened: Content | None = None  # the last session, as it was
        FileDrop(window, self.open, self.open_arrays_from)
        self.autosave: Autosave | None = None
        self._cards: CardPage | None = None
        self._recorded: RecordedPage | None = None
        self.leaving = False  # the system ends the program: nobody is asked, and unsaved work is kept

    # --- open ---
    def new(self) -> bool:
        """Begins with the default experiment, once what there is may go."""
        return self.may_lose() and self._window.session.new()

    def open(self, path: Path | None = None) -> bool:
        """Opens a file of any kind that is known, recognised by what is in it; asks which, unless it is given."""
        from core.documents.opening import kind_of

        window = self._window
        if path is None:
            name, _ = QFileDialog.getOpenFileName(window, _tr("Open"), self._window.settings.last_folder(), _kinds())
            if not name:
                return False
            path = Path(name)
        if path.suffix == LESSON:
            return self.lessons.open(path)
        try:
            kind = kind_of(path)
        except InputError as error:
            window.session.message.emit(in_language(error))
            return False
        if not (self._open_session(path) if kind.name == "session" else self._open_other(path, kind)):
            return False
        window.settings.add_recent_file(path)
        return True

    def open_arrays(self) -> bool:
        """Asks for files of own arrays, and shows how they are read before they are opened."""
        kinds = _tr("Arrays (*.npz *.npy *.json);;All files (*)")
        title, folder = _tr("Open your own arrays"), self._window.settings.last_folder()
        names, _ = QFileDialog.getOpenFileNames(self._window, title, folder, kinds)
        return bool(names) and self.open_arrays_from([Path(name) for name in names])

    def open_arrays_from(self, paths: list[Path]) -> bool:
        """Shows how the arrays of files are read, with what can be said of them; opened once that is accepted. False,
        with a message, where they cannot be read."""
        from core.own.files import read_files
        from core.own.recorded import is_recording
        from explorer.window.arrays_dialog import ArraysDialog

        session = self._window.session
        try:
            arrays = read_files(paths)
        except InputError as error:
            session.message.emit(in_language(error))
            return False
        if is_recording(arrays) and len(paths) == 1:  # it says itself how it lies
            return self.open(paths[0])
        session.hunt.leave()
        dialog = ArraysDialog(arrays, ", ".join(path.name for path in paths), session.experiment, self._window)
        dialog.accepted.connect(lambda: self._once_run(lambda: self._show_arrays(dialog)))
        dialog.open()
        return True

    def _show_arrays(self, dialog: ArraysDialog) -> bool:
        found = dialog.found
        return found is not None and self._show(Path(dialog.name), found)

    def open_card(self, card: Card) -> bool:
        """Opens what a card shows: an example, which is no file of the person's, or a file."""
        if card.example is None:
            return self.open(card.path)
        opened = self.may_lose() and self._window.session.saved.open_example(card.path)
        if opened and card.example.page:
            self._window.show_page(card.example.page)
        return opened

    def show_cards(self, kind: str) -> None:
        """The page of examples or of recent files."""
        if self._cards is None:
            window = self._window
            kinds = {EXAMPLES: example_cards, RECENT: lambda: recent_cards(window.settings)}
            self._cards = CardPage(window.session, kinds, window.below_bar, window)
            self._cards.chosen.connect(self.open_card)
            self._cards.dropped.connect(lambda card: window.settings.drop_recent_file(card.path))
        self._cards.open_page(kind)

    @property
    def cards(self) -> CardPage | None:
        """The page, once it has been open."""
        return self._cards

    def _open_session(self, path: Path) -> bool:
        return self.may_lose() and self._window.session.open(path)

    def _open_other(self, path: Path, kind: Kind) -> bool:
        """Data become those of the experiment; a run or weights are shown, with what is not in the file said. What
        takes long to read, or has to wait for the latest run, is shown after that. False, with a message, where it
        cannot be."""
        self._window.session.hunt.leave()
        return self._once_run(lambda: self._read(path, kind))

    def _once_run(self, do: Callable[[], bool]) -> bool:
        """Does what goes by the latest run, and returns its answer; True where that has to wait for the run."""
        answers: list[bool] = []
        self._window.session.run.when_shown(lambda: answers.append(do()))
        return all(answers)

    def _read(self, path: Path, kind: Kind) -> bool:
        session, shown = self._window.session, True

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
                failed(in_language(error))

        if kind.reads is None:
            show(None)
            return shown
        try:
            job = kind.reads(path, session.experiment)
        except InputError as error:
            failed(in_language(error))
        else:
            read_first(session.work, title_for(str(path)), job, show, failed)
        return shown

    def _show(self, path: Path, found: Opened) -> bool:
        session = self._window.session
        if found.shown is not None:
            self._show_recorded(found.shown, path.name)
            return True
        said = ended(clauses((_tr("Opened {name}").format(name=path.name), *map(in_language, found.remarks))))
        if found.task:
            if not session.choose_task(found.task, **found.fields):
                return False
            session.message.emit(said)
            return True

        def compare() -> None:
            session.compared.lie_as(found.experiment, found.layout)
            if found.compared is not None:
                session.compared.compare(found.compared, path.name)

        return self.may_lose() and session.saved.open_trained(found.experiment, found.parameters or {}, said, compare)

    def _show_recorded(self, shown: tuple[RecordedRun, Mapping[str, Array]], name: str) -> None:
        """The page of a recorded run without its weights, which leaves the experiment as it is."""
        from explorer.window.recorded.page import RecordedPage

        if self._recorded is None:
            window = self._window
            self._recorded = RecordedPage(window.session, window.rect, window)
        self._recorded.open_run(*shown, name)

    @property
    def recorded(self) -> RecordedPage | None:
        """That page, once it has been open."""
        return self._recorded

    def open_last(self) -> bool:
        """What was on the screen when the program was last closed."""
        if not self._last.is_file():
            self._window.session.message.emit(_tr("There is no last session yet."))
            return False
        if not self.may_lose() or not self._window.session.saved.reopen(self._last):
            return False
        self._reopened = self._window.session.saved.entry.content
        return True

    # --- unsaved work of a program that has ended ---
    def leave(self) -> None:
        """The program is about to be ended: what is unsaved is kept for the next start."""
        self.leaving = True
        self.keep_unsaved()

    def set_leaving(self, leaving: bool) -> None:
        """Whether the system is about to end the program."""
        self.leaving = leaving

    def keep_unsaved(self) -> None:
        """Keeps what is unsaved for the next start, now."""
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
                session.message.emit(text.format(path=found.set_aside(), reason=in_language(error)))
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
        box.setText(_tr("The program ended before “{name}” was saved ({when}). Restore it?").format(
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
        if not self.may_lose() or not self._window.session.saved.reopen(kept):
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
        suggested = str(Path(self._window.settings.last_folder()) / f"{experiment.task}-{experiment.cell}{SUFFIX}")
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
        window.session.hunt.leave()
        if not window.session.modified:
            return True
        path = window.session.path
        text = _tr("This experiment has unsaved changes.")
        if path is not None:
            text = _tr("{name} has unsaved changes.").format(name=path.name)
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(
            window, _tr("Save the changes?"), text, buttons.Save | buttons.Discard | buttons.Cancel, buttons.Save
        )
        return self.save() if answer == buttons.Save else answer == buttons.Discard

    def may_close(self) -> bool:
        """The same on closing: a last session that was reopened and left as it is stays the last one."""
        session = self._window.session
        session.hunt.leave()
        untouched = session.path is None and session.saved.entry.content == self._reopened
        return self.leaving or untouched or self.may_lose()

    def keep_last(self) -> None:
        """Keeps what is on the screen for the next start; silent where that cannot be."""
        session = self._window.session
        try:
            session.follow(at_once())
            self._last.parent.mkdir(parents=True, exist_ok=True)
            storage.save(self._last, session.saved.text())
        except (InputError, OSError):
            return

    # --- weights ---
    def import_weights(self) -> bool:
        """Asks for a file of another library, whose weights the network on show takes over."""
        title, kinds = _tr("Import weights of PyTorch or Keras"), _tr("Weights (*.npz *.safetensors);;All files (*)")
        name, _ = QFileDialog.getOpenFileName(self._window, title, self._window.settings.last_folder(), kinds)
        return bool(name) and self.import_weights_from(Path(name))

    def import_weights_from(self, path: Path) -> bool:
        """The library is recognised by the arrays' names; what no array shows is taken as the experiment has it, and
        said. False, with a message, where they do not fit."""
        self._window.session.hunt.leave()
        return self._once_run(lambda: self._import(path))

    def _import(self, path: Path) -> bool:
        from core.interop.libraries import experiment_says, open_weights

        session = self._window.session
        experiment = session.experiment
        try:
            fitted = open_weights(path, experiment, chosen=experiment_says(experiment))
        except InputError as error:
            session.message.emit(in_language(error))
            return False
        said = ended(
            clauses((_tr("The weights of {name} are shown").format(name=path.name), *map(in_language, fitted.remarks)))
        )
        if not session.saved.open_trained(fitted.experiment, fitted.parameters, said):
            return False
        self._window.update_title()
        return True


def _kinds() -> str:
    """The filters of the dialog: everything that is opened, then each kind, then all files."""
    from core.documents.opening import KINDS

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
