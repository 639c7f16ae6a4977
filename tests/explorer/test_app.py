"""The start: what the first painted window must not wait for."""

import json
import os
import subprocess
import sys
from pathlib import Path

FIRST = Path(__file__).parents[1] / "bench" / "first_window.py"
LATE = {
    "ziamath",
    "ziafont",
    "latex2mathml",
    "PIL",
    "core.diagnosis.diagnosis",
    "core.documents.export",
    "core.documents.opening",
    "core.interop.libraries",
    "core.own.files",
    "explorer.export.picture",
    "explorer.commands.render",
    "explorer.window.arrays_dialog",
}


def test_typesetting_exporters_and_readers_of_files_are_not_loaded_before_the_first_paint():
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run([sys.executable, str(FIRST), "ours"], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    loaded = set(json.loads(done.stdout)["modules"])
    assert {"explorer.window.window", "core.recorder", "pyqtgraph"} <= loaded
    assert not loaded & LATE
