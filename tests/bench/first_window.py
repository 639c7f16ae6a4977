"""One process from nothing to its first painted window; prints the CPU seconds and the memory that took, as JSON.

`python first_window.py bare` opens a pyqtgraph plot with one curve, `python first_window.py ours` the explorer.
"""

from __future__ import annotations

import gc
import json
import sys
import tempfile
from pathlib import Path
from time import process_time

ROOT = Path(__file__).resolve().parents[2]


def bare():
    """A window with one curve; (application, window, the widget whose paint is waited for)."""
    import pyqtgraph as pg

    app = pg.mkQApp()
    plot = pg.PlotWidget()
    plot.plot([1.0, 3.0, 2.0])
    plot.resize(1366, 768)
    return app, plot, plot.viewport()


def ours():
    """The explorer's window as `run` opens it, with nobody's settings."""
    from PySide6.QtCore import QSettings

    folder = tempfile.mkdtemp()
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
    gc.disable()  # as the command does, and so is the next one
    from explorer.features import unsearched

    unsearched()
    from explorer.app import open_program
    from explorer.application import application

    app = application()
    window = open_program().window
    return app, window, window.central_panels[0]


def first_paint(make):
    """Shows what `make` makes and lets Qt work until it has been painted."""
    app, window, canvas = make()
    from PySide6.QtCore import QEvent, QObject

    class Progress(QObject):
        painted = False

        def eventFilter(self, watched, event):
            self.painted = self.painted or event.type() == QEvent.Type.Paint
            return False

    seen = Progress()
    canvas.installEventFilter(seen)
    window.show()
    while not seen.painted:
        app.processEvents()
    return app, window


def resident() -> int:
    """Bytes of memory that this process has now (Linux), or had at most (elsewhere)."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) * 1024
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    kept = first_paint({"bare": bare, "ours": ours}[sys.argv[1]])
    modules = sorted(name for name in sys.modules if "." not in name or name.startswith(("core.", "explorer.")))
    print(json.dumps({"cpu": process_time(), "bytes": resident(), "modules": modules}))
