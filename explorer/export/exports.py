"""What the window writes for others: pictures, animations, worksheets, traces, weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtWidgets import QFileDialog

from core.errors import InputError
from core.files.writing import unwritable
from core.jobs import Job, part
from core.notation.base import Notation
from core.trace import Trace
from explorer.window.arrangement import arrangement_of
from explorer.window.window import Window
from explorer.words import in_language, translator

WEIGHTS_FOR = (("torch", "PyTorch", ".npz"), ("torch", "PyTorch", ".safetensors"), ("keras", "Keras", ".npz"))

RUN, TRAINING = "run", "training"  # what an animation is of


class Kind(NamedTuple):
    """A line of the dialog's list, and what it stands for."""

    line: str
    of: str  # what an animation is of
    suffix: str


FILMS = (
    Kind("Animation of the training (*.gif)", TRAINING, ".gif"),
    Kind("Video of the training (*.mp4)", TRAINING, ".mp4"),
)
PICTURES = (
    Kind("Picture (*.png)", "", ".png"),
    Kind("Vector picture (*.svg)", "", ".svg"),
    Kind("Animation of the run (*.gif)", RUN, ".gif"),
    Kind("Video of the run (*.mp4)", RUN, ".mp4"),
    *FILMS,
)

_tr = translator("exports")


class Exports:
    """The exports of one window: dialogs here, the work in `core` and beside this, loaded when it is asked for."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._folder: Path | None = None  # where something was exported last
        self._kind: Kind | None = None  # of the latest picture

    def _suggested(self, name: str) -> str:
        """A file of that name where something was exported last, else where the person looked for a file last."""
        return str((self._folder or Path(self._window.settings.last_folder())) / name)

    def _ask(self, title: str, name: str, kinds: Iterable[str], first: str = "") -> tuple[Path, str] | None:
        """The file that a person chooses and the line of the dialog's list that it is of, `first` at first; without a
        suffix it gets that line's. None where none is chosen."""
        found, kind = QFileDialog.getSaveFileName(self._window, title, self._suggested(name), ";;".join(kinds), first)
        if not found:
            return None
        path = Path(found) if Path(found).suffix else Path(found + kind[kind.index("*") + 1 : -1])
        self._folder = path.parent
        return path, kind

    def picture(self) -> None:
        """Asks for a file and draws what is shown, or the whole run or its training as an animation."""
        screen, training = self._window.session.screen, self._window.session.trainer.training
        pictures = [each for each in PICTURES if training is not None or each not in FILMS]
        first = FILMS[0] if training is not None and screen.presented == TRAINING else pictures[0]
        self._draw(_tr("Export picture or animation"), "bptt", pictures, first)

    def film(self) -> None:
        """Asks for a file and draws the training into it, update by update; says so where there is none."""
        if self._window.session.trainer.training is None:
            text = _tr("There is no training to film: T trains the network on show.")
            self._window.session.message.emit(text)
        else:
            self._draw(_tr("Export a film of the training"), TRAINING, FILMS, FILMS[0])

    def _draw(self, title: str, stem: str, kinds: Sequence[Kind], first: Kind) -> None:
        """Asks for a file of one of the kinds, that of the latest picture at first, and draws it."""
        if self._kind is not None and self._kind in kinds:
            first = self._kind
        asked = self._ask(title, stem + first.suffix, [_tr(kind.line) for kind in kinds], _tr(first.line))
        if asked is None:
            return
        path, line = asked
        suffix = path.suffix.lower()
        fitting = [kind for kind in kinds if kind.suffix == suffix]  # a suffix that is typed goes before the list
        chosen = [kind for kind in fitting if _tr(kind.line) == line] or fitting[:1]
        self._kind = chosen[0] if chosen else self._kind
        self.picture_to(path, chosen[0].of if chosen else "")

    def picture_to(self, path: Path, of: str = "") -> None:
        """Draws into a file by its suffix, in the window's size and theme: what is on the screen, or an animation `of`
        the RUN or the TRAINING; "": of what is presented."""
        from explorer.export.picture import picturing, rendering

        window = self._window
        if path.suffix.lower() in (".gif", ".mp4"):
            size = (window.width(), window.height())
            of = of or (TRAINING if window.session.screen.presented == TRAINING else RUN)
            job = rendering(window.session, path, size, arrangement_of(window), of)
            said = _tr("Exported {name}: the training, update by update.") if of == TRAINING else ""
        else:
            job, said = picturing(window, path), ""
        self._export(path, job, (lambda _: said.format(name=path.name)) if said else None)

    def _export(self, path: Path, job: Job[Any], said: Callable[[Any], str] | None = None) -> None:
        """Starts an export; `said` makes the sentence at its end from what the job returns."""
        work = self._window.session.work

        def done(result: Any) -> None:
            work.message.emit(said(result) if said else _tr("Exported {name}.").format(name=path.name))

        work.start(_tr("Exporting {name}").format(name=path.name), job, done, slow=True)

    def worksheet(self) -> None:
        """Asks for a file, and whether the answers stand in it."""
        blank, solved = _tr("Worksheet to fill in (*.pdf)"), _tr("Worksheet with the answers (*.pdf)")
        asked = self._ask(_tr("Worksheet"), "worksheet.pdf", (blank, solved))
        if asked is not None:
            self.worksheet_to(asked[0], asked[1] == solved)

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
        kinds = (_tr("All arrays (*.npz)"), _tr("Norms at each step (*.csv)"))
        asked = self._ask(_tr("Export trace"), "run.npz", kinds)
        if asked is not None:
            self.trace_to(asked[0])

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
        kinds = {f"{title} (*{suffix})": name for name, title, suffix in WEIGHTS_FOR}
        asked = self._ask(_tr("Export weights"), "weights.npz", kinds)
        if asked is not None:
            self.weights_to(asked[0], kinds[asked[1]])

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
            session.message.emit(in_language(error))
        except OSError as error:
            session.message.emit(str(unwritable(path, error)))
        else:
            said = _tr("Exported {name}: {count} arrays of {layer}.")
            session.message.emit(said.format(name=path.name, count=len(arrays), layer=layer))
