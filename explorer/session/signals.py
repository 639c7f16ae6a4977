"""What a session announces. Its parts send these; panels and tests listen to them on the session."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject, Signal

from explorer.words import counted


class Signals(QObject):
    """The session's signals."""

    changed = Signal(object)  # Change
    time_changed = Signal(float)
    unrolled_changed = Signal(float)  # how far the chain is unrolled, 0 … 1
    selection_changed = Signal()
    check_changed = Signal(object)  # Check | None
    grid_changed = Signal()  # the cells of a phase diagram are there
    seeds_changed = Signal()  # the runs over many seeds are there
    update_changed = Signal()  # what an update makes of the parameters is found out, or is no longer known
    message = Signal(str)  # one sentence for the person
    undoable = Signal(str)  # one sentence on the change that is the latest entry of the history: undo takes it back
    edit_requested = Signal(str, object)  # a number to edit: the name of its matrix, and its index or None
    document_changed = Signal()  # another document is shown, or it was saved
    hunt_changed = Signal()
    compared_changed = Signal()  # somebody's own gradients have been compared, or no longer are
    lesson_changed = Signal()  # another step of a lesson, an answer, or whether a claim holds
    fold_wanted = Signal(bool)  # the chain is to be folded to one step, or unrolled
    pause_wanted = Signal()  # the playhead stays where it is
    play_wanted = Signal()  # the run is to be played from the playhead to its next rest
    pass_wanted = Signal(float)  # the run is to be played from its start to a place on the line
    presented_changed = Signal()  # another picture is presented, or none
    frame_wanted = Signal()  # something waits for the player's next frame


def translated(text: str) -> str:
    """A sentence of the session in the person's language."""
    return QCoreApplication.translate("session", text)


def translated_of(count: int, one: str, many: str) -> str:
    """One about so many things: `one` of a single thing, else `many`, in which %n stands for how many."""
    return counted("session", count, one, many)
