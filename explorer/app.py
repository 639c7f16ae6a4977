"""Builds the application: session, player, window; and reports every unforeseen error in one sentence."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from core.errors import InputError
from core.experiment import Experiment
from core.notation.books import NOTATIONS
from explorer import garbage
from explorer.application import application
from explorer.export.exports import Exports
from explorer.interrupts import Interrupts, LogOut
from explorer.languages import use_language
from explorer.session.autosave import Autosave
from explorer.session.player import Player
from explorer.session.session import Session
from explorer.settings import Settings
from explorer.style.theme import THEMES
from explorer.window.actions import build_menu
from explorer.window.files import Files, unsaved_folder
from explorer.window.guide.start import Guide
from explorer.window.lecture import Lecture
from explorer.window.palette.finder import LESSONS, Finder
from explorer.window.palette.sources import items
from explorer.window.program import Program
from explorer.window.window import Window
from explorer.words import in_language

SIGNALLED = 128  # plus the signal's number: the exit status, as in shells


def compose(session: Session, player: Player, settings: Settings, last: Path | None = None) -> Program:
    """The window around a session and its player, with its files, exports and menu. `last`: where the session that was
    on the screen at the end is kept, elsewhere than usual."""
    window = Window(session, player, settings)
    files = Files(window, last)
    program = Program(window, files, Exports(window), Guide(window, files), Finder(window), Lecture(window))
    program.finder.items = lambda: items(program)
    program.guide.show_lessons = lambda: program.finder.open_group(LESSONS)
    window.set_menu(*build_menu(program))
    return program


def open_program(path: Path | None = None, theme: str | None = None, string: str = "") -> Program:
    """The window with all that belongs to it, not yet shown; with a saved experiment, or what a string holds, where one
    is given."""
    application()
    settings = Settings()
    refused = ""
    try:
        use_language(settings.language)
    except InputError as error:
        refused = in_language(error)
    known = {each.name for each in THEMES}
    chosen = theme or (settings.theme if settings.theme in known else THEMES[0].name)
    session = Session(Experiment(), chosen)
    if settings.notation in {each.name for each in NOTATIONS}:
        session.set_view(notation=settings.notation)
    session.seek(session.timeline.complete)  # a complete run is shown first; Space plays it from its start
    program = compose(session, Player(session), settings)
    sys.excepthook = _reporter(session)
    if refused:
        session.message.emit(refused)
    if string:
        program.files.sharing.open(string)
    elif path is not None:
        program.files.open(path)
    return program


def run(path: Path | None = None, theme: str | None = None, string: str = "") -> int:
    """Opens the window and stays until it is closed or a signal ends it (then 128 + its number); the exit status.

    However it ends, unsaved work is kept; only closing the window can discard it.
    """
    app = application()
    program = open_program(path, theme, string)
    window, files = program.window, program.files
    files.autosave = Autosave(window.session, unsaved_folder())
    interrupts = Interrupts()
    interrupts.came.connect(lambda number: (files.leave(), app.exit(SIGNALLED + number)))
    log_out = LogOut(app, files.keep_unsaved, files.set_leaving)
    window.show()
    garbage.resume()
    if files.offer_unsaved(quietly=True) is None and path is None and not string:
        program.guide.begin()
    status = app.exec()
    interrupts.close()
    log_out.close()
    closed = window.isHidden() and not files.leaving
    if not closed:
        files.leave()
    files.autosave.end(keep=not closed)
    window.player.stop()
    return status


def _reporter(session: Session):
    """The handler of uncaught errors: one sentence in the window, the details on standard error only where
    a developer asks for them."""

    def report(kind: type[BaseException], error: BaseException, trace) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QCoreApplication.exit(130)
            return
        if "-X" in sys.orig_argv or sys.flags.dev_mode:
            traceback.print_exception(kind, error, trace)
        session.message.emit(
            QCoreApplication.translate(
                "app", "Something went wrong ({kind}: {error}). What is shown may be incomplete; save and start again."
            ).format(kind=kind.__name__, error=error)
        )

    return report
