"""The window's budgets: its start against a bare pyqtgraph window, a slider to all panels, and a frame of playback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import thread_time

from timing import interleaved

from core.experiment import Experiment
from core.recorder import record

FIRST = Path(__file__).with_name("first_window.py")
CELLS = ("tanh", "lstm")
SLIDER_MS = {50: 16, 200: 33, 1000: 100}
FRAME_MS = 6
FRAMES = 200


def run(rounds: int) -> None:
    """Prints the start, the slider and the playback, drawn offscreen."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    _start(max(5, rounds // 3))
    window = _window()
    print("\nSlider to all panels at 1366 × 768: change, run, every panel refreshed and painted")
    print("(goals: ≤ 16, 33 and 100 ms; ≤ 2 × the run and one paint)")
    for steps in SLIDER_MS:
        for cell in CELLS:
            _slider(window, cell, steps, rounds)
    print(f"\nPlayback, {FRAMES} frames through the whole line, every panel (goal: p95 ≤ {FRAME_MS} ms)")
    for steps in (50, 1000):
        for cell in CELLS:
            _playback(window, cell, steps)
    window.close()


def _start(rounds: int) -> None:
    ratios, seconds, extra = [], [], []
    for _ in range(rounds):
        bare, ours = _process("bare"), _process("ours")
        ratios.append(ours["cpu"] / bare["cpu"])
        seconds.append(ours["cpu"])
        extra.append((ours["bytes"] - bare["bytes"]) / 2**20)
    print(f"\nFirst painted window, CPU time of a process, {rounds} pairs with a bare pyqtgraph window")
    print(f"  {median(seconds):.2f} s, {median(ratios):.2f} × (goal: ≤ 2.2 ×)")
    print(f"Memory then: {median(extra):.0f} MB more than the bare window (goal: ≤ 60)")


def _process(what: str) -> dict:
    done = subprocess.run([sys.executable, str(FIRST), what], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _window():
    """A shown window that remembers nothing; frames come only when they are asked for."""
    from explorer.application import application
    from explorer.session.player import Player
    from explorer.session.session import Session
    from explorer.settings import Settings
    from explorer.window.window import Window

    app = application()
    folder = Path(tempfile.mkdtemp())
    session = Session(Experiment())
    player = Player(session)
    session.frame_wanted.disconnect()  # the player would sleep and wake on its own
    player.stop()
    window = Window(session, player, Settings(folder / "settings.ini"))
    window.resize(1366, 768)
    window.show()
    app.processEvents()
    return window


def _experiment(cell: str, steps: int) -> Experiment:
    return Experiment(cell=cell, steps=steps, hidden=4, loss_at="every")


def _slider(window, cell: str, steps: int, rounds: int) -> None:
    from PySide6.QtWidgets import QApplication

    session, gains = _at_rest(window, _experiment(cell, steps)), [0.8, 0.9]

    def run_and_paint() -> None:
        record(session.experiment)
        for panel in window.panels.values():
            panel.update()
        QApplication.processEvents()

    def slide() -> None:
        gains.reverse()
        session.change(gesture="w_gain", w_gain=gains[0])
        session.update()
        QApplication.processEvents()

    timed = interleaved({"parts": run_and_paint, "slide": slide}, max(5, rounds // 2))
    ms, goal = timed.seconds["slide"] * 1e3, SLIDER_MS[steps]
    print(
        f"  T {steps:5} {cell:>5} {ms:7.1f} ms {'met' if ms <= goal else 'MISSED':>6}, "
        f"{timed.ratios['slide']:5.2f} × the run and one paint"
    )


def _playback(window, cell: str, steps: int) -> None:
    from PySide6.QtWidgets import QApplication

    session = _at_rest(window, _experiment(cell, steps))
    last = session.timeline.last
    times = []
    for playing in (False, True):  # once before, so that every layer is there
        for k in range(FRAMES):
            start = thread_time()
            session.seek(last * k / (FRAMES - 1))
            QApplication.processEvents()
            if playing:
                times.append((thread_time() - start) * 1e3)
    times.sort()
    p95 = times[int(0.95 * FRAMES)]
    verdict = "met" if p95 <= FRAME_MS else "MISSED"
    print(f"  T {steps:5} {cell:>5} median {median(times):6.1f} ms, p95 {p95:6.1f} ms {verdict}")


def _at_rest(window, experiment: Experiment):
    """The window's session on that experiment, everything computed but the gradient check, and painted."""
    from PySide6.QtWidgets import QApplication

    session = window.session
    session.change(**{name: getattr(experiment, name) for name in ("cell", "steps", "hidden", "loss_at")})
    session.update()
    session.pull(lambda: session.contributions is not None)
    for _ in range(5):
        QApplication.processEvents()
    return session
