"""What the window writes for others: pictures, animations, worksheets, traces, weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog

from core.errors import InputError
from core.files.writing import unwritable
from core.jobs import Job, part
from core.notation.base import Notation
from core.trace import Trace
from explorer.window.arrangement import arrangement_of
from explorer.window.window import Window
from explorer.words import translator

WEIGHTS_FOR = (("torch", "PyTorch", ".npz"), ("torch", "PyTorch", ".safetensors"), ("keras", "Keras", ".npz"))

_tr = translator("exports")


class Exports:
    """The exports of one window: dialogs here, the work in `core` and beside this, loaded when it is asked for."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def _suggested(self, name: str) -> str:
        """A file of that name where the person looked for one last."""
        return str(Path(self._window.settings.last_folder()) / name)

    def picture(self) -> None:
        """Asks for a file and draws what is shown, or the whole run as an animation."""
        window = self._window
        filters = _tr("Picture (*.png);;Vector picture (*.svg);;Animation (*.gif);;Video (*.mp4)")
        name, chosen = QFileDialog.getSaveFileName(
            window,
            _tr("Export picture or animation"),
            self._suggested("bptt.png"),
            filters,
        )
        if name:
            path = Path(name) if Path(name).suffix else Path(name + chosen[chosen.index("*") + 1 : -1])
            self.picture_to(path)

    def picture_to(self, path: Path) -> None:
        """Draws into a file by its suffix, in the window's size and theme: what is on the screen, or an animation."""
        from explorer.export.picture import picturing, rendering

        window = self._window
        if path.suffix.lower() in (".gif", ".mp4"):
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

    def worksheet(self) -> None:
        """Asks for a file, and whether the answers stand in it."""
        window = self._window
        blank, solved = _tr("Worksheet to fill in (*.pdf)"), _tr("Worksheet with the answers (*.pdf)")
        suggested = self._suggested("worksheet.pdf")
        name, chosen = QFileDialog.getSaveFileName(window, _tr("Worksheet"), suggested, f"{blank};;{solved}")
        if name:
            self.worksheet_to(Path(name) if Path(name).suffix else Path(name + ".pdf"), chosen == solved)

    def worksheet_to(self, path: Path, answers: bool) -> None:
        """Writes the worksheet of the run on show, in the notation on show."""
        from core.exercises.worksheet.sheet import worksheet
        from explorer.export.worksheet.pages import writing

        session = self._window.session

        def job(trace: Trace, notation: Notation) -> Job[int]:
            yield 0.0
            sheet = worksheet(trace, notation, answers)
            yield 0.1
            return (yield from part(writing(sheet, path), 0.1, 1.0))

        def said(pages: int) -> str:
            return _tr("Exported {name}, {pages} pages.").format(name=path.name, pages=pages)

        if not self._names_a_fault():
            session.run.when_shown(lambda: self._export(path, job(session.trace, session.notation), said))

    def trace(self) -> None:
        """Asks for a file and writes every number of the run."""
        window = self._window
        name, chosen = QFileDialog.getSaveFileName(
            window,
            _tr("Export trace"),
            self._suggested("run.npz"),
            _tr("All arrays (*.npz);;Norms at each step (*.csv)"),
        )
        if name:
            self.trace_to(Path(name) if Path(name).suffix else Path(name + chosen[chosen.index("*") + 1 : -1]))

    def _names_a_fault(self) -> bool:
        """Whether a file of this run's numbers would give the hidden fault away; says so."""
        if not self._window.session.hunt.hidden_fields:
            return False
        words = _tr(
            "The numbers of a run with a hidden error are not exported: they would give it away. End the search first."
        )
        self._window.session.message.emit(words)
        return True

    def trace_to(self, path: Path) -> None:
        """Writes the trace as NPZ or CSV, by suffix; not of a hunt, whose fault its experiment names."""
        from core.documents import export

        session = self._window.session
        if not self._names_a_fault():
            session.run.when_shown(lambda: self._export(path, export.writing(session.trace, path)))

    def weights(self) -> None:
        """Asks for a file and the library that it is for."""
        suggested = self._suggested("weights.npz")
        kinds = {f"{title} (*{suffix})": (name, suffix) for name, title, suffix in WEIGHTS_FOR}
        name, chosen = QFileDialog.getSaveFileName(self._window, _tr("Export weights"), suggested, ";;".join(kinds))
        if name:
            library, suffix = kinds[chosen]
            self.weights_to(Path(name) if Path(name).suffix else Path(name + suffix), library)

    def weights_to(self, path: Path, library: str) -> None:
        """Writes the weights of the run on show by a library's names, and says for which layer they are."""
        self._window.session.run.when_shown(lambda: self._write_weights(path, library))

    def _write_weights(self, path: Path, library: str) -> None:
        from core.interop import files as weights
        from core.interop.libraries import translated

        session = self._window.session
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
