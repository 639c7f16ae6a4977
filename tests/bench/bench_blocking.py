"""How long the window is blocked: every action of the menu and the large runs, each with the longest time between two
turns of the event loop, in CPU time of this thread. Nothing may take more than 200 ms unannounced."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, thread_time

LIMIT_MS = 200
LONGEST_S = 25.0  # until a step is given up
ROOT = Path(__file__).resolve().parents[2]


def run(rounds: int) -> None:
    """Prints a line for every step, drawn offscreen."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    print(f"\nThe longest time that the window is blocked (goal: ≤ {LIMIT_MS} ms in one piece)")
    found: dict[str, list[float]] = {}
    for _ in range(max(1, rounds // 8)):
        for name, milliseconds in _blocked():
            found.setdefault(name, []).append(milliseconds)
    for name, times in found.items():
        worst = median(times)
        print(f"  {name:44} {worst:7.0f} ms {'' if worst <= LIMIT_MS else 'MISSED'}", flush=True)


class Heartbeat:
    """Runs the event loop until nothing is left to do, and notes the longest time between two of its turns."""

    def __init__(self, window) -> None:
        from PySide6.QtCore import QEventLoop, QTimer

        self._window, self._loop = window, QEventLoop()
        self._timer = QTimer()
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._beat)
        self._last = self.longest = 0.0
        self._quiet, self._until = 0, 0.0

    def longest_of(self, action: Callable[[], object]) -> float:
        """The longest block, in ms, of an action and all that follows from it."""
        self.longest, self._quiet, self._until = 0.0, 0, perf_counter() + LONGEST_S
        self._last = thread_time()
        action()
        self._timer.start()
        self._loop.exec()
        self._timer.stop()
        return self.longest * 1e3

    def _beat(self) -> None:
        now = thread_time()
        self.longest = max(self.longest, now - self._last)
        self._last = now
        session = self._window.session
        checking = (
            session.busy
            and not session.mapping
            and not session.work.busy
            and session.experiment == (session.trace.experiment)
        )  # the check alone, which is the same all the time
        self._quiet = 0 if session.busy and not checking else self._quiet + 1
        if self._quiet > 30 or perf_counter() > self._until:
            self._loop.quit()


def _blocked() -> Iterator[tuple[str, float]]:
    from explorer.app import compose
    from explorer.application import application
    from explorer.session.player import Player
    from explorer.session.session import Session
    from explorer.settings import Settings

    application()
    folder = Path(tempfile.mkdtemp())
    session = Session()
    player = Player(session)
    program = compose(session, player, Settings(folder / "settings.ini"), folder / "last.json")
    window = program.window
    window.resize(1600, 1000)
    beat = Heartbeat(window)
    yield "show", beat.longest_of(window.show)
    for name, action in _steps(program, folder):
        yield name, beat.longest_of(action)
    player.stop()
    program.files.leaving = True  # nobody is asked
    window.close()


def _steps(program, folder: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    window, session = program.window, program.session
    menu = {action.text(): action for action in window.actions()}

    def press(text: str) -> Callable[[], object]:
        return next(action.trigger for name, action in menu.items() if name.startswith(text))

    for cell in ("lstm", "gru", "tanh"):
        yield f"cell {cell}", lambda cell=cell: session.change(cell=cell)
    for theme in ("dark", "light", "projector", "light", "dark", "light"):
        yield f"theme {theme}", lambda theme=theme: window.set_theme(theme)
    for size in ("first", "again"):
        yield f"present, {size}", press("Present")
        yield f"next picture, {size}", press("Next picture")
        yield f"no longer presenting, {size}", press("Present")
    yield "notation", press("Next notation")
    yield "notation row", lambda: session.set_view(notation="row")
    yield "enter the cell", press("Enter the cell")
    yield "back to the chain", press("Back")
    yield "cell lstm again", lambda: session.change(cell="lstm")
    yield "enter an LSTM", press("Enter the cell")
    yield "notation inside", press("Next notation")
    yield "theme dark inside", lambda: window.set_theme("dark")
    yield "theme light inside", lambda: window.set_theme("light")
    yield "back to the chain, LSTM", press("Back")
    yield "numbers", press("Numbers")
    yield "inspector", press("Numbers")
    yield "pin", press("Pin this run")
    yield "pin an inspector", press("Pin what the inspector")
    yield "hand-sized", press("Hand-sized")
    yield "undo", press("Undo")
    yield "hunt", press("Find a hidden error")
    yield "leave the hunt", session.hunt.leave
    yield "play", press("Play or pause")
    yield "pause", window.player.pause
    for task in ("sine", "echo", "adding", "next-character", "reverse", "air-quality"):
        yield f"task {task}", lambda task=task: session.choose_task(task)
    yield "attention", lambda: session.choose_task("reverse", structure="attention")
    yield "new", press("New experiment")
    yield "T 1000", lambda: session.change(steps=1000)
    yield "T 1000, theme dark", lambda: window.set_theme("dark")
    yield "T 1000, theme light", lambda: window.set_theme("light")
    yield "T 1000, present", press("Present")
    yield "T 1000, no longer presenting", press("Present")
    yield "T 1000, enter the cell", press("Enter the cell")
    yield "T 1000, back", press("Back")
    for hidden in (64, 256):
        yield f"T 1000, H {hidden}", lambda hidden=hidden: session.change(hidden=hidden, loss_at="every")
    yield "T 1000, H 256, seek", lambda: session.seek(700.0)
    yield "undo, H 256", press("Undo")
    yield "LSTM, T 1000, H 64", lambda: session.change(cell="lstm")
    yield "LSTM, T 1000, H 64, enter", press("Enter the cell")
    yield "LSTM, T 1000, H 64, leave", press("Back")
    yield "LSTM, 4 layers, T 500, H 64", lambda: session.change(layers=4, steps=500)
    yield "new again", press("New experiment")
    for name in ("a.png", "a.svg", "a.gif"):
        yield f"export {name}", lambda name=name: program.exports.picture_to(folder / name)
    yield "export a.npz", lambda: program.exports.trace_to(folder / "a.npz")
    yield "hand-sized again", press("Hand-sized")
    yield "worksheet", lambda: program.exports.worksheet_to(folder / "a.pdf", answers=True)


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]
    run(int(sys.argv[1]) if sys.argv[1:] else 8)
