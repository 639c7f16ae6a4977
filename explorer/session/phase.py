"""A phase diagram around the experiment on show: two of its options on a grid."""

from __future__ import annotations

import msgspec

from core.ensemble.grid import Cell, Grid, Knob, phase_diagram
from core.experiment import Experiment
from explorer.session.run import Run
from explorer.session.screen import Screen
from explorer.session.seeds import made_by_seed
from explorer.session.signals import Signals, translated
from explorer.session.work import Work
from explorer.words import in_language


class PhaseDiagram:
    """Runs the cells of a grid, as a job, and keeps them for as long as the experiment on show differs from theirs in
    those two options alone."""

    def __init__(self, signals: Signals, screen: Screen, run: Run, work: Work) -> None:
        self._signals, self._screen, self._run, self._work = signals, screen, run, work
        self._base: Experiment | None = None
        self._kept: Grid | None = None

    def start(self, across: Knob, down: Knob, seeds: int = 1) -> None:
        """Begins the job, once the latest experiment is on the screen; over several seeds a cell has their median.
        Refused, with a message, where no seed makes this run's parameters, or nothing may be changed."""
        if not self._run.refused():
            self._run.when_shown(lambda: self._start(across, down, seeds))

    def _start(self, across: Knob, down: Knob, seeds: int) -> None:
        base = self._screen.trace.experiment
        if not made_by_seed(self._screen, self._signals):
            return

        def take(found: Grid) -> None:
            self._base, self._kept = base, found
            self._signals.grid_changed.emit()

        count = len(across.values) * len(down.values)
        title = translated("Phase diagram of {n} cells").format(n=count)
        self._work.start(title, phase_diagram(base, across, down, seeds), take)

    @property
    def grid(self) -> Grid | None:
        """None where none has been run, or the experiment on show is another one."""
        kept, base, trace = self._kept, self._base, self._screen.trace
        if kept is None or base is None or trace.own_parameters:
            return None
        fields = (msgspec.structs.asdict(each) for each in (base, trace.experiment))
        knobs = {kept.across.name, kept.down.name}
        first, second = ({name: value for name, value in each.items() if name not in knobs} for each in fields)
        if first == second or any(cell.experiment == trace.experiment for cell in kept.cells):
            return kept
        return None

    def open(self, cell: Cell) -> None:
        """Shows the run of a cell: an entry of the history; a cell that is refused says why."""
        experiment = cell.experiment
        if experiment is None:
            self._signals.message.emit(in_language(cell.refusal))
        else:
            self._run.change(lambda: experiment)

    def take_over(self, other: PhaseDiagram) -> None:
        """What another session knows of the same run."""
        self._base, self._kept = other._base, other._kept
