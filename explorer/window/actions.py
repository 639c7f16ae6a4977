"""Everything a person can do by menu and key, as one visible table."""

from __future__ import annotations

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from core.cells import PRIMARY
from core.notation.books import NOTATIONS
from explorer.languages import languages_there, name_of
from explorer.style.theme import THEMES
from explorer.window.help import show_about
from explorer.window.history import show_history
from explorer.window.navigation import go, zoom
from explorer.window.palette.finder import GLOSSARY, LESSONS, USES
from explorer.window.program import Entry, Program
from explorer.window.window import Window
from explorer.words import translator

_tr = translator("actions")


def _after(name: str) -> str:
    """The notation after this one; the first after the last."""
    names = [notation.name for notation in NOTATIONS]
    return names[(names.index(name) + 1) % len(names)]


def _notation_or_black(program: Program) -> None:
    if program.window.presenting:
        program.window.presentation.black()
    else:
        program.session.set_view(notation=_after(program.session.notation.name))


def _freeze(window: Window) -> None:
    if window.presenting:
        window.presentation.freeze()
    else:
        window.show_message(_tr("F holds the picture while presenting; F5 starts that."))


def _pin_inspector(window: Window) -> None:
    window.command("pin what is shown")
    window.show_right()


def _play(program: Program) -> None:
    """Space: in a lesson to the next rest, and from the last one to the next step; elsewhere plays, or pauses."""
    lesson, player = program.session.lesson, program.player
    if lesson.lesson is None or player.playing:
        player.toggle()
    elif not lesson.waits and any(rest > program.session.position for rest in program.session.screen.rests):
        player.play_on()
    else:
        lesson.on(1)


def _choose(program: Program, number: int, cell: str) -> None:
    """A digit: an option of the question that waits, otherwise a cell."""
    page, lesson = program.session.lesson.page, program.session.lesson
    if page is not None and lesson.asks and page.ask is not None and page.ask.kind == "choice":
        program.window.command(f"option {number}")
    else:
        program.session.choose_cell(cell)


def _to_rest(program: Program, by: int) -> None:
    """PgUp and PgDown, which a clicker sends: from rest to rest of a lesson, otherwise of the run."""
    if program.session.lesson.lesson is not None:
        program.player.pause()
        program.session.lesson.on(by)
    else:
        program.player.jump(by)


MENUS = ("File", "Edit", "Play", "View", "Tools", "Lesson", "Help")

ENTRIES: tuple[Entry | None, ...] = (  # None: a separator
    Entry("File", "New experiment", ("Ctrl+N",), lambda p: p.files.new()),
    Entry("File", "Open…", ("Ctrl+O",), lambda p: p.files.open()),
    Entry("File", "Open arrays…", (), lambda p: p.files.open_arrays()),
    Entry("File", "Open example…", ("Ctrl+Shift+O",), lambda p: p.files.show_cards("examples")),
    Entry("File", "Recent files…", (), lambda p: p.files.show_cards("recent")),
    Entry("File", "Reopen the last session", (), lambda p: p.files.open_last()),
    Entry("File", "Restore unsaved work…", (), lambda p: p.files.offer_unsaved()),
    Entry("File", "Save", ("Ctrl+S",), lambda p: p.files.save()),
    Entry("File", "Save as…", ("Ctrl+Shift+S",), lambda p: p.files.save_as()),
    None,
    Entry("File", "Import weights…", (), lambda p: p.files.import_weights()),
    Entry("File", "Export weights…", (), lambda p: p.exports.weights()),
    Entry("File", "Export picture or animation…", ("Ctrl+E",), lambda p: p.exports.picture()),
    Entry("File", "Export a film of the training…", (), lambda p: p.exports.film()),
    Entry("File", "Export trace…", ("Ctrl+Shift+E",), lambda p: p.exports.trace()),
    Entry("File", "Share as a string or a QR code…", ("Ctrl+Shift+C",), lambda p: p.files.sharing.share()),
    Entry("File", "Open a string that was copied…", ("Ctrl+V",), lambda p: p.files.sharing.paste()),
    None,
    Entry("File", "Worksheet (PDF)…", ("Ctrl+Shift+W",), lambda p: p.exports.worksheet()),
    None,
    Entry("File", "Quit", ("Ctrl+Q",), lambda p: p.window.close()),
    Entry("Edit", "Undo", ("Ctrl+Z",), lambda p: p.session.undo()),
    Entry("Edit", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), lambda p: p.session.redo()),
    None,
    Entry("Edit", "Numbers: type, drag, lock; the equation while presenting", ("E",),
          lambda p: p.window.toggle_equation() if p.window.presenting else p.window.toggle_numbers()),
    Entry("Edit", "Another word or symbol at the selected input", ("]",),
          lambda p: p.session.edits.another_word()),
    Entry("Edit", "The word or symbol before, at the selected input", ("[",),
          lambda p: p.session.edits.another_word(-1)),
    Entry("Edit", "Rewind to the same start", ("Ctrl+R",), lambda p: p.session.edits.rewind()),
    None,
    Entry("Edit", "Find a hidden error", ("Ctrl+Shift+F",), lambda p: p.session.hunt.start()),
    Entry("Edit", "Mark the selected gradient as wrong", ("W",), lambda p: p.window.command("mark")),
    None,
    Entry("Edit", "Compare with tanh, ReLU, LSTM and GRU on the same data", ("C",), lambda p: p.session.compare()),
    Entry("Edit", "Pin this run", ("P",), lambda p: p.session.pin()),
    Entry("Edit", "Difference to the pinned run", ("Shift+D",),
          lambda p: p.window.command("difference"), lambda p: p.session.view.difference),
    Entry("Edit", "Match parameters: as many as the pinned run, by the hidden units", (),
          lambda p: p.session.pinned.match()),
    Entry("Edit", "Over 100 seeds: median and quantiles of this experiment", (), lambda p: p.session.seeds.start()),
    Entry("Edit", "Unpin all runs", ("Shift+P",), lambda p: p.session.unpin()),
    Entry("Edit", "Pin what the inspector shows", ("I",), lambda p: _pin_inspector(p.window)),
    Entry("Edit", "Unpin all inspectors", ("Shift+I",), lambda p: p.session.set_view(inspectors=())),
    None,
    *(Entry("Edit", cell.title, (str(k),), lambda p, k=k, name=cell.name: _choose(p, k, name))
      for k, cell in enumerate(PRIMARY, start=1)),
    None,
    Entry("Edit", "Cancel or leave: presentation, job, message, selection, cell, full screen", ("Esc",),
          lambda p: p.window.escape()),
    Entry("Play", "Play or pause", ("Space",), lambda p: _play(p), lambda p: p.player.playing),
    Entry("Play", "One step forward", ("Right",), lambda p: p.player.step(1)),
    Entry("Play", "One step back", ("Left",), lambda p: p.player.step(-1)),
    Entry("Play", "One operation forward, inside a cell", (".",), lambda p: p.player.operation(1)),
    Entry("Play", "One operation back, inside a cell", (",",), lambda p: p.player.operation(-1)),
    Entry("Play", "To the end of this pass; in a lesson on to the next rest", ("PgDown",), lambda p: _to_rest(p, 1)),
    Entry("Play", "To the beginning of this pass; in a lesson the step before", ("PgUp",), lambda p: _to_rest(p, -1)),
    Entry("Play", "To the start", ("Home",), lambda p: go(p.session, p.player, 0)),
    Entry("Play", "To the end: the gradients, then the update", ("End",),
          lambda p: go(p.session, p.player, p.session.timeline.end_from(p.session.position))),
    None,
    Entry("Play", "Faster", ("+", "="), lambda p: p.player.change_speed(1)),
    Entry("Play", "Slower", ("-",), lambda p: p.player.change_speed(-1)),
    Entry("Play", "Train the network, or pause the training", ("T",), lambda p: p.session.trainer.toggle(),
          lambda p: p.session.trainer.running),
    Entry("Play", "Race: train the pinned runs along with this one, update by update", ("Ctrl+T",),
          lambda p: p.session.trainer.toggle_race(),
          lambda p: p.session.trainer.running and p.session.trainer.racing),
    Entry("Play", "One update of the parameters", ("Shift+T",), lambda p: p.session.trainer.one_update()),
    Entry("Play", "Back one update of the training", ("Alt+Left",), lambda p: p.session.trainer.step_update(-1)),
    Entry("Play", "On one update, of those made", ("Alt+Right",), lambda p: p.session.trainer.step_update(1)),
    Entry("Play", "The network of the update that was best on validation", (),
          lambda p: p.session.trainer.show_best()),
    Entry("Play", "End the training, and keep the network on show", (), lambda p: p.session.trainer.forget()),
    None,
    Entry("Play", "Sample a text through the chain: each character drawn is the next input", ("Shift+S",),
          lambda p: p.window.command("sample")),
    None,
    Entry("Play", "Loop", ("L",), lambda p: p.player.toggle_loop(), lambda p: p.player.loop),
    Entry("Play", "Without motion", ("Ctrl+M",), lambda p: p.window.toggle_motion(), lambda p: p.player.still),
    Entry("View", "Enter the cell", ("Return", "Enter"), lambda p: p.window.enter()),
    Entry("View", "Back to the chain", ("Backspace",), lambda p: p.session.leave()),
    None,
    Entry("View", "Zoom in", ("Ctrl++", "Ctrl+="), lambda p: zoom(p.session, 1.4)),
    Entry("View", "Zoom out", ("Ctrl+-",), lambda p: zoom(p.session, 1 / 1.4)),
    Entry("View", "All steps", ("Ctrl+0",), lambda p: p.session.columns.fit()),
    None,
    Entry("View", "Next notation; a black screen while presenting", ("B",), lambda p: _notation_or_black(p)),
    Entry("View", "Do it yourself, inside a cell: each operation waits for its click", ("Y",),
          lambda p: p.window.command("do it yourself")),
    Entry("View", "Inside a cell: the next pinned run's cell beside it", ("S",),
          lambda p: p.window.command("beside")),
    Entry("View", "Side by side: the pinned runs' whole chains below this one's", ("Shift+C",),
          lambda p: p.window.command("side by side"), lambda p: p.session.view.side_by_side),
    Entry("View", "Fold the network to one step, or unroll it", ("U",), lambda p: p.window.command("fold")),
    Entry("View", "Digits in the nodes, and the gradient's norm under every step", ("D",),
          lambda p: p.session.set_view(digits=not p.session.view.digits), lambda p: p.session.view.digits),
    Entry("View", "Scale each row of gradients to its own largest", ("N",),
          lambda p: p.session.set_view(normalise=not p.session.view.normalise),
          lambda p: p.session.view.normalise),
    Entry("View", "Factors on the edges: what W and the slope multiply the gradient by", (),
          lambda p: p.session.set_view(factors=not p.session.view.factors), lambda p: p.session.view.factors),
    Entry("View", "Attention: arcs of one step, or the matrix of all", ("A",),
          lambda p: p.window.command("attention")),
    None,
    Entry("View", "Hand-sized: one unit, three steps", ("Ctrl+H",), lambda p: p.session.edits.make_hand_sized()),
    None,
    Entry("View", "Present: one picture, large", ("F5",), lambda p: p.window.present(), lambda p: p.window.presenting),
    Entry("View", "Next picture while presenting", ("F6",), lambda p: p.window.next_picture()),
    Entry("View", "The picture before while presenting", ("Shift+F6",), lambda p: p.window.next_picture(-1)),
    Entry("View", "Freeze the picture while presenting", ("F",), lambda p: _freeze(p.window)),
    Entry("View", "Full screen", ("F11",), lambda p: p.window.toggle_full_screen(), lambda p: p.window.isFullScreen()),
    Entry("Lesson", "Lessons…", ("Ctrl+L",), lambda p: p.finder.open_group(LESSONS)),
    Entry("Lesson", "Open a lesson's file…", (), lambda p: p.files.lessons.open()),
    None,
    Entry("Lesson", "Start a lesson from what is on the screen…", (), lambda p: p.files.lessons.start_lesson()),
    Entry("Lesson", "Add this as a stop…", ("Ctrl+B",), lambda p: p.files.lessons.add_stop()),
    Entry("Lesson", "Show the stops", ("Ctrl+Shift+L",), lambda p: p.files.lessons.show_stops()),
    Entry("Lesson", "Another file of stops…", (), lambda p: p.files.lessons.choose_stops()),
    None,
    Entry("Lesson", "Lecturer's notes: what to say, the answer, the next step and a clock, in a second window",
          ("Ctrl+Shift+P",), lambda p: p.lecture.toggle(),
          lambda p: p.lecture.notes is not None and p.lecture.notes.isVisible()),
    None,
    Entry("Lesson", "Take the lesson's run along as your own experiment", (), lambda p: p.session.lesson.keep()),
    Entry("Lesson", "End the lesson", (), lambda p: p.session.lesson.leave()),
    Entry("Tools", "Check my gradient: open a file…", ("Ctrl+G",), lambda p: p.files.gradients.open()),
    Entry("Tools", "Check my gradient: paste one matrix…", ("Ctrl+Shift+G",), lambda p: p.files.gradients.paste()),
    Entry("Tools", "Show the first wrong number of mine", (), lambda p: p.session.compared.show_first()),
    Entry("Help", "Find anything by its name", ("Ctrl+K",), lambda p: p.finder.open()),
    Entry("Help", "Keys", ("F1",), lambda p: p.finder.open_keys()),
    Entry("Help", "Glossary: what a symbol or a term is", ("Shift+F1",), lambda p: p.finder.open_group(GLOSSARY)),
    Entry("Help", "History: what came when", (), lambda p: show_history(p.window, p.session)),
    Entry("Help", "What the structures are used for", (), lambda p: p.finder.open_group(USES)),
    Entry("Help", "Tour of the window", (), lambda p: p.guide.tour.start()),
    Entry("Help", "Show the start strip", (), lambda p: p.guide.show_strip()),
    Entry("Help", "About", (), lambda p: show_about(p.window)),
)  # fmt: skip


def build_menu(program: Program) -> tuple[QMenu, dict[str, QAction]]:
    """The whole menu, and its actions by their English texts. They are the window's as well, so that their keys work
    everywhere in it."""
    window, actions = program.window, {}
    menu = QMenu(window)
    menus = {name: menu.addMenu(_tr(name)) for name in MENUS}
    current = menus[MENUS[0]]
    for entry in ENTRIES:
        if entry is None:
            current.addSeparator()
            continue
        current = menus[entry.menu]
        action = actions[entry.text] = QAction(_tr(entry.text), window)
        action.setShortcuts([QKeySequence(keys) for keys in entry.keys])
        action.triggered.connect(lambda _=False, do=entry.do: do(program))
        if entry.checked is not None:
            action.setCheckable(True)
            current.aboutToShow.connect(lambda a=action, state=entry.checked: a.setChecked(state(program)))
        current.addAction(action)
        window.addAction(action)
    _notations(window, menus["View"])
    _themes(window, menus["View"])
    _recent(program, menus["File"])
    _languages(window, menus["View"])
    _docks(window, menus["View"])
    return menu, actions


def _notations(window: Window, menu: QMenu) -> None:
    """The textbooks, of which one is chosen."""
    books = menu.addMenu(_tr("Notation"))
    for notation in NOTATIONS:
        action = books.addAction(f"{_tr(notation.short)}: {_tr(notation.title)}")
        action.setCheckable(True)
        action.setToolTip(_tr(notation.source))
        action.triggered.connect(lambda _=False, name=notation.name: window.session.set_view(notation=name))
        books.aboutToShow.connect(
            lambda a=action, name=notation.name: a.setChecked(window.session.notation.name == name)
        )


def _themes(window: Window, menu: QMenu) -> None:
    themes = menu.addMenu(_tr("Theme"))
    for theme in THEMES:
        action = QAction(_tr(theme.name.capitalize()), window)
        action.setCheckable(True)
        action.triggered.connect(lambda _=False, name=theme.name: window.set_theme(name))
        themes.aboutToShow.connect(lambda a=action, name=theme.name: a.setChecked(window.session.theme.name == name))
        themes.addAction(action)


def _languages(window: Window, menu: QMenu) -> None:
    """English, and those that have a file; the next start speaks it."""
    names = languages_there()
    if not names:
        return
    languages = menu.addMenu(_tr("Language"))
    for name in ("", *names):
        action = languages.addAction(name or "English")
        action.setCheckable(True)
        if name:  # its file is read once somebody looks
            languages.aboutToShow.connect(lambda a=action, name=name: a.setText(name_of(name)))
        action.triggered.connect(lambda _=False, name=name: _choose_language(window, name))
        languages.aboutToShow.connect(lambda a=action, name=name: a.setChecked(window.settings.language == name))


def _choose_language(window: Window, name: str) -> None:
    window.settings.language = name
    if name and name_of(name) == name:
        window.show_message(_tr("No font of this machine has that language's characters: install one first."))
    else:
        window.show_message(_tr("The next start is in that language."))


def _docks(window: Window, menu: QMenu) -> None:
    menu.addSeparator()
    for key, dock in zip(("Ctrl+1", "Ctrl+2"), window.docks, strict=False):
        action = dock.toggleViewAction()
        action.setShortcut(QKeySequence(key))
        menu.addAction(action)
        window.addAction(action)


def _recent(program: Program, menu: QMenu) -> None:
    recent = menu.addMenu(_tr("Recent files"))

    def fill() -> None:
        recent.clear()
        for path in program.window.settings.recent_files():
            recent.addAction(str(path), lambda p=path: program.files.open(p))
        recent.setEnabled(True)
        if recent.isEmpty():
            recent.addAction(_tr("none yet")).setEnabled(False)

    recent.aboutToShow.connect(fill)
