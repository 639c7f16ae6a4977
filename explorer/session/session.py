"""Session: the only mutable state of the program. Panels read it, change it through its methods, and listen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from core.analysis.contributions import Contributions
from core.analysis.gradcheck import Check
from core.cells import PRIMARY
from core.documents.document import Content, own_parameters
from core.documents.storage import View
from core.experiment import Experiment
from core.history import History
from core.maths.arrays import Array
from core.network.parts import Key
from core.notation.base import Notation
from core.recorder import record
from core.timeline.timeline import Time, Timeline
from core.trace import Trace
from explorer.columns import Columns
from explorer.session.compared import Compared
from explorer.session.documents import Document, Entry
from explorer.session.edits import Edits
from explorer.session.findings import Findings
from explorer.session.hunt import HiddenError, Hunting
from explorer.session.lessons.walk import OpenLesson
from explorer.session.looking import Looking
from explorer.session.phase import PhaseDiagram
from explorer.session.pinned import Pinned
from explorer.session.run import Run
from explorer.session.sampling import Sampling
from explorer.session.saved import Saved
from explorer.session.screen import Screen
from explorer.session.seeds import Seeds
from explorer.session.selection import Change, Pin, Selection, shares
from explorer.session.signals import Signals
from explorer.session.training.trainer import Trainer
from explorer.session.work import Work
from explorer.style.theme import Theme, theme_named

__all__ = ["Change", "Pin", "Selection", "Session", "shares"]


class Session(Signals):
    """Composed of its parts, each of which says more: `screen` (what is on the screen), `findings` (check and map),
    `looking` (the view), `run` (the experiment and its history), `edits`, `trainer`, `sampling`, `hunt`, `compared`,
    `lesson`, `pinned`, `seeds`, `phase`, `saved`; `work` and `running` are the jobs under way. What panels use most is
    named here again.

    A change of the experiment marks the run dirty; once a frame `follow` runs the latest. Everything that follows is
    announced by one `changed`. What a person has made, pins and a file's parameters too, is an entry of the history.
    """

    def __init__(
        self,
        experiment: Experiment | None = None,
        theme: str = "light",
        parent: QObject | None = None,
        parameters: Mapping[str, Array] | None = None,
        trace: Trace | None = None,
    ) -> None:
        """`parameters`: the run's own, where they are not those that its seed makes. `trace`: the finished run, where
        there is one already."""
        super().__init__(parent)
        chosen = trace.experiment if trace is not None else experiment or Experiment()
        if trace is not None and trace.own_parameters:
            parameters = trace.parameters
        content = Content(chosen, own_parameters(chosen, parameters))
        self.work = Work(self)
        self.running = Work(self)  # the run of the latest experiment, where it takes more than a frame
        for work in (self.work, self.running):
            work.message.connect(self.message)
            work.wanted.connect(self.frame_wanted)
        entry = Entry(content, Document(began=content))
        self.screen = Screen(self, entry, trace or record(chosen, content.parameters), theme_named(theme))
        self.findings = Findings(self, self.screen)
        self.looking = Looking(self, self.screen, self.findings, self.running)
        self.run = Run(self, self.screen, self.findings, self.looking, self.running)
        self.edits = Edits(self, self.screen, self.run)
        self.trainer = Trainer(self, self.screen, self.run, self.findings)
        self.sampling = Sampling(self, self.screen, self.run, self.work)
        self.hunt = HiddenError(self, self.screen, self.findings, self.run, self.running)
        self.compared = Compared(self, self.screen, self.run, self.looking, self.work)
        self.pinned = Pinned(self, self.screen, self.run, self.work)
        self.seeds = Seeds(self, self.screen, self.run, self.work)
        self.phase = PhaseDiagram(self, self.screen, self.run, self.work)
        self.lesson = OpenLesson(self, self.screen, self.run, self.findings, self.hunt, self.trainer, self.running)
        self.saved = Saved(self, self.screen, self.run, self.hunt, self.lesson, self.work)
        # What panels ask of the parts; each says what it does.
        self.seek, self.select, self.unroll = self.screen.seek, self.screen.select, self.screen.unroll
        self.set_view, self.set_theme, self.enter = self.looking.set_view, self.looking.set_theme, self.looking.enter
        self.find = self.findings.find
        self.choose_task, self.undo, self.redo = self.run.choose_task, self.run.undo, self.run.redo
        self.follow, self.pin, self.unpin = self.run.follow, self.run.pin, self.run.unpin
        self.edit, self.edit_number = self.edits.edit, self.edits.edit_number
        self.save, self.open, self.new = self.saved.save, self.saved.open, self.saved.new
        self.findings.start()

    def copy(self) -> Session:
        """Another session that shows the same, the hunt and what has been found out included."""
        made = Session(theme=self.theme.name, trace=self.trace)
        made.screen.pins, made.screen.selection = self.pins, self.selection
        made.screen.theme = self.theme
        made.hunt.show_as(self.hunt)
        made.looking.take_over(self.looking)
        made.findings.take_over(self.findings)
        made.trainer.take_over(self.trainer)
        made.sampling.take_over(self.sampling)
        made.seeds.take_over(self.seeds)
        made.phase.take_over(self.phase)
        made.seek(self.position)
        made.unroll(self.unrolled)
        return made

    # --- what is on the screen ---
    @property
    def trace(self) -> Trace:
        return self.screen.trace

    @property
    def pins(self) -> tuple[Pin, ...]:
        return self.screen.pins

    @property
    def columns(self) -> Columns:
        return self.screen.columns

    @property
    def timeline(self) -> Timeline:
        return self.screen.timeline

    @property
    def position(self) -> float:
        return self.screen.position

    @property
    def time(self) -> Time:
        """The beat that is under way."""
        return self.screen.time

    @property
    def selection(self) -> Selection | None:
        return self.screen.selection

    @property
    def view(self) -> View:
        return self.screen.view

    @property
    def theme(self) -> Theme:
        return self.screen.theme

    @property
    def notation(self) -> Notation:
        """The textbook whose symbols are on the screen."""
        return self.screen.notation

    @property
    def unrolled(self) -> float:
        """How far the chain is unrolled: 0 folded to one step, 1 every step in its column."""
        return self.screen.unrolled

    def seek_to(self, phase: str, t: int) -> None:
        """Moves the playhead to where `phase` has done step t."""
        self.seek(self.timeline.position(Time(phase, t)))

    # --- how it is looked at ---
    @property
    def inside(self) -> str | None:
        """The part whose cell is open, by name; None on the chain."""
        return self.looking.inside

    @property
    def gradients(self) -> Mapping[Key, Array]:
        """The gradients that the view asks for: exact, or used (truncated)."""
        return self.looking.gradients

    @property
    def share(self) -> Mapping[Key, Array]:
        """The same for one step's share of the loss, where the view asks for it; otherwise `gradients`."""
        return self.looking.share

    def leave(self) -> None:
        """Back to the chain."""
        self.looking.leave()

    # --- what is found out about it ---
    @property
    def check(self) -> Check | None:
        return self.findings.check

    @property
    def contributions(self) -> Contributions | None:
        return self.findings.contributions

    @property
    def mapping(self) -> bool:
        """See `Findings.mapping`."""
        return self.findings.mapping

    @property
    def finding(self) -> bool:
        """Whether the map or the check is still being worked out."""
        return bool(self.findings.jobs)

    @property
    def busy(self) -> bool:
        """Whether a job or a change waits."""
        return self.finding or self.run.dirty or self.work.busy or self.running.busy or self.trainer.busy

    def pull(self, out_of_time: Callable[[], bool]) -> None:
        """Pulls what a person has started, then what is found out, until `out_of_time()` or they are done."""
        if self.work.busy:
            self.work.pull(out_of_time)
        if self.trainer.busy:
            self.trainer.pull(out_of_time)
        if not (self.trainer.busy or out_of_time()):
            self.find(out_of_time)

    # --- the experiment ---
    @property
    def experiment(self) -> Experiment:
        """The latest, which the trace follows within a frame."""
        return self.run.experiment

    @property
    def content(self) -> Content:
        """That of the latest entry: the experiment, its own weights, pins, the plan of the training."""
        return self.run.history.current.content

    @property
    def history(self) -> History[Entry]:
        return self.run.history

    @property
    def runs(self) -> int:
        """How often core has run."""
        return self.run.count

    def change(self, gesture: str | None = None, **fields: Any) -> bool:
        """Changes fields of the experiment; `gesture` names a drag, so that it is one entry of the history. False, with
        a message, where a value is refused; nothing changes then."""
        return self.run.change(lambda: self.experiment.with_changes(**fields), gesture)

    def choose_cell(self, name: str) -> bool:
        """Another cell from a list, as it is first met (`Experiment.with_cell`). False, with a message, where this
        experiment cannot have it."""
        return self.run.change(lambda: self.experiment.with_cell(name))

    def freeze(self, gate: str, at: float | None, gesture: str | None = None) -> None:
        """Holds a gate at a value, or lets it be learned again (None)."""
        self.run.change(lambda: self.experiment.freeze(gate, at), gesture)

    def end_gesture(self) -> None:
        """The drag is over: the next change is an entry of its own."""
        self.history.end_gesture()

    def update(self) -> None:
        """Runs the latest entry of the history, if it is not the one shown, to its end."""
        self.follow(lambda: False)
        if self.running.busy:  # it would have begun in the next frame
            self.follow(lambda: False)

    def compare(self) -> None:
        """See `Run.compare`: the cells that have a key of their own."""
        self.run.compare([cell.name for cell in PRIMARY])

    @property
    def comparing(self) -> bool:
        """Whether `compare` has pinned those cells, and would unpin them."""
        return self.run.comparing([cell.name for cell in PRIMARY])

    # --- numbers ---
    # --- files ---
    @property
    def path(self) -> Path | None:
        """The file that the document on show belongs to."""
        return self.saved.path

    @property
    def modified(self) -> bool:
        """Whether there is work in it that is in no file."""
        return self.saved.modified

    # --- a hidden error ---
    @property
    def hunting(self) -> Hunting | None:
        """How far the hunt is; None where no error is hidden."""
        return self.hunt.state
