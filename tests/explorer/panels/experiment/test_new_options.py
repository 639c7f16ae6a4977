"""The option of an added cell, task and part is a row of the Experiment panel, shown where it is read, and undone."""

from __future__ import annotations

from tests.added import copy_with_additions, run

SCRIPT = """
from pathlib import Path

from PySide6.QtWidgets import QApplication

import explorer
from core.experiment import natural
from explorer.panels.experiment.panel import ExperimentPanel
from explorer.session.player import Player
from explorer.session.session import Session

assert Path(explorer.__file__).is_relative_to(Path.cwd())
application = QApplication([])
session = Session(natural("last-step"))
player = Player(session)
panel = ExperimentPanel()
panel.bind(session)
panel.choose(dict.fromkeys(panel.sections, True))
panel.resize(250, 1400)
panel.show()


def frame(**changes):
    assert session.change(**changes) if changes else True
    player.frame()
    session.update()


def shown():
    return {key for key, row in panel.rows.made.items() if row.isVisible()}


frame()
assert not {"time_constant", "parity_of"} & shown()
frame(cell="time-constant")
assert "time_constant" in shown() and "parity_of" not in shown() and "leak" not in shown()
frame(task="parity")
assert {"time_constant", "parity_of"} <= shown()

row = panel.rows["time_constant"]
assert row.title == "Time constant τ" and row.slider.value() == 4.0
assert (row.slider.scale().low, row.slider.scale().high, row.slider.scale().far) == (1.0, 50.0, 10.0)
row.changed.emit({"time_constant": 6.0})
row.committed.emit()
frame()
assert session.trace.experiment.time_constant == 6.0 and row.slider.value() == 6.0
session.undo()
frame()
assert session.trace.experiment.time_constant == 4.0 and row.slider.value() == 4.0
row.changed.emit({"time_constant": 60.0})
frame()
assert row._error.text().startswith("time_constant: ") and session.experiment.time_constant == 4.0

choice = panel.rows["parity_of"]
choice.control.button("zeros").click()
frame()
assert session.trace.experiment.parity_of == "zeros"
session.undo()
frame()
assert session.trace.experiment.parity_of == "ones" and choice.control.button("ones").isChecked()
frame(cell="tanh")
assert "time_constant" not in shown() and "parity_of" in shown()

rows = list(panel.rows)
assert rows[rows.index("filters") + 1] == "embedding" in shown()
columns = panel.rows["embedding"]
columns.changed.emit({"embedding": 3})
columns.committed.emit()
frame()
assert session.trace.values["embed", "s"].shape[2] == 3
session.undo()
frame()
assert session.trace.experiment.embedding is None
player.stop()
"""


def test_an_added_option_is_a_row_where_it_is_read_and_is_undone(tmp_path):
    run(copy_with_additions(tmp_path), SCRIPT)
