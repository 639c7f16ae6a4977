"""The rows of the structure, of single cells' options and of files, driven by clicks and keys; refusals and undo."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QFileDialog, QLineEdit, QSlider

from core.cells import CELLS
from core.experiment import natural
from core.tasks import TASKS
from explorer.panels.experiment.choices import CHOICES
from explorer.panels.experiment.panel import ExperimentPanel
from explorer.panels.topbar.panel import TopBar
from explorer.session.session import Session
from tests.explorer.driving import error_of
from tests.explorer.suited import task_for

LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key
DATA = Path(__file__).resolve().parents[5] / "shared" / "data"
IMAGES, LABELS = DATA / "t10k-images-idx3-ubyte.gz", DATA / "t10k-labels-idx1-ubyte.gz"
AIR = DATA / "PRSA_data_2010.1.1-2014.12.31.csv"
STRUCTURES = ("n-1", "n-n", "1-1", "1-n", "1-n-every", "1-n-feedback", "encoder-decoder", "attention")


class Desk:
    """The panel and the bar on one session; each change is run at once."""

    def __init__(self, qtbot, experiment):
        self.qtbot, self.session, self.said = qtbot, Session(experiment), []
        self.session.message.connect(self.said.append)
        self.panel, self.bar = ExperimentPanel(), TopBar()
        for widget in (self.panel, self.bar):
            qtbot.addWidget(widget)
            widget.bind(self.session)
        self.panel.choose(dict.fromkeys(self.panel.sections, True))
        self.panel.resize(280, 1600)
        with qtbot.waitActive(self.panel):
            self.panel.show()
            self.panel.activateWindow()

    def row(self, key):
        return self.panel.rows[key]

    def shown(self):
        made = self.panel.rows.made
        return [key for key in self.panel.rows if key in made and made[key].isVisible()]

    def run(self):
        self.session.work.pull(lambda: False)  # a file that takes longer than a person would notice
        self.session.update()
        QApplication.processEvents()

    def choose(self, key, value):
        """In a combo box, as from its list: what lies between is not tried."""
        box = self.row(key).findChild(QComboBox)
        assert box is not None
        box.setCurrentIndex(box.findData(value))
        box.activated.emit(box.currentIndex())
        self.run()

    def state(self):
        return self.session.experiment, self.session.trace


@pytest.fixture
def desk(qtbot):
    return lambda **fields: Desk(qtbot, natural(**{"task": "last-step", "hidden": 3, "steps": 5, **fields}))


# --- rows


def test_the_structure_comes_after_the_data_and_its_rows_in_their_order(desk):
    made = desk()
    sections = ["Training", "Cell", "Data", "Structure", "Weights", "Clip, truncate", "Textbook error"]
    assert list(made.panel.sections) == sections
    assert [key for key in made.shown() if key in {each.key for each in CHOICES if each.section == "Structure"}] == [
        "structure", "layers", "widths", "bidirectional", "parameters", "biases", "head", "reverse_at", "output_steps",
        "context", "context_at", "score", "output_feedback", "teacher_forcing", "convolution", "filters",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "there", "beyond"),
    [
        ({"structure": "encoder-decoder", "task": "reverse"}, {"output_steps", "context", "context_at"}, {"score"}),
        ({"structure": "attention", "task": "reverse"}, {"output_steps", "context", "score"}, {"context_at"}),
        ({"structure": "1-n-feedback", "task": "next-character"}, {"teacher_forcing"}, {"output_feedback", "context"}),
        ({"bidirectional": "sum"}, {"reverse_at"}, {"teacher_forcing", "filters"}),
        ({"bidirectional": "sum", "structure": "n-n", "task": "echo"}, set(), {"reverse_at"}),
        ({"output_feedback": True}, {"teacher_forcing"}, {"output_steps"}),
        ({"convolution": 3}, {"filters"}, {"score"}),
        ({"cell": "jordan"}, {"teacher_forcing"}, {"taps", "output_feedback"}),
        ({"cell": "tdnn"}, {"taps"}, {"leak"}),
        ({"cell": "esn", "task": "sine"}, {"density", "spectral_radius", "ridge", "washout", "gradient"}, {"leak"}),
        ({"cell": "lstm", "frozen": ({"gate": "f", "at": 1.0},)}, {"frozen", "activation"}, {"forget_bias"}),
        ({"cell": "tdnn"}, {"bias"}, {"w_gain", "w_init", "initial_state"}),
        ({"cell": "ar", "task": "sine"}, {"taps"}, {"hidden", "u_gain", "bias", "layers", "bidirectional"}),
        ({"cell": "clockwork"}, {"periods"}, {"density"}),
    ],
    ids=lambda value: " ".join(sorted(map(str, value))),
)  # fmt: skip
def test_a_row_is_out_of_reach_where_it_has_no_effect(desk, fields, there, beyond):
    made = desk(**fields)
    reached = {key for key in made.shown() if made.row(key).isEnabled()}
    assert there <= reached
    assert not beyond & reached
    for key in beyond & set(made.shown()):  # those of other cells are not there at all
        reason = made.row(key).out_of_reach
        assert reason.endswith(".") and reason.count(". ") == 0 and "{" not in reason


CHOSEN = [
    ("structure", "n-n", {}),
    ("structure", "1-n-every", {"task": "echo"}),
    ("structure", "attention", {"task": "reverse"}),
    ("bidirectional", "product", {}),
    ("bidirectional", "concat", {}),
    ("context", "all", {"structure": "encoder-decoder", "task": "reverse"}),
    ("gate_activation", "hard-sigmoid", {"cell": "gru"}),
    ("gate_activation", "hard-sigmoid-keras2", {"cell": "lstm"}),
    ("score", "additive", {"structure": "attention", "task": "reverse"}),
    ("fault", "bias-forgotten", {}),
]


@pytest.mark.parametrize(("key", "value", "fields"), CHOSEN)
def test_a_choice_is_run_shown_and_undone(desk, key, value, fields):
    made = desk(**fields)
    before = made.session.experiment
    made.choose(key, value)
    assert getattr(made.session.trace.experiment, key) == value
    assert made.row(key).findChild(QComboBox).currentData() == value
    while made.session.experiment != before and made.session.history.can_undo:
        made.session.undo()
    made.run()
    assert made.session.trace.experiment == before
    assert made.row(key).findChild(QComboBox).currentData() == getattr(before, key)


@pytest.mark.parametrize(
    ("key", "value", "fields"),
    [
        ("layers", 3, {}),
        ("filters", 5, {"convolution": 3}),
        ("leak", 0.5, {"cell": "leaky"}),
        ("taps", 2, {"cell": "tdnn"}),
        ("washout", 2, {"cell": "esn", "task": "sine"}),
        ("density", 0.5, {"cell": "esn", "task": "sine"}),
        ("spectral_radius", 1.25, {"cell": "esn", "task": "sine"}),
        ("ridge", 0.1, {"cell": "esn", "task": "sine"}),
        ("epsilon", 0.01, {"cell": "batchnorm", "batch": 3}),
    ],
)
def test_a_number_is_typed_run_and_shows_the_truth(desk, key, value, fields):
    made = desk(**fields)
    before, slider = made.session.experiment, made.row(key).findChild(QSlider)
    slider.setFocus()
    made.qtbot.keyClick(slider, Key.Key_F2)
    field = made.row(key).findChild(QLineEdit)
    field.clear()
    made.qtbot.keyClicks(field, str(value))
    made.qtbot.keyClick(field, Key.Key_Return)
    made.run()
    assert getattr(made.session.trace.experiment, key) == value
    assert made.row(key).slider.value() == value
    made.session.undo()
    made.run()
    assert made.session.trace.experiment == before
    assert made.row(key).slider.value() == pytest.approx(getattr(before, key))


@pytest.mark.parametrize(
    ("key", "fields"),
    [
        ("output_feedback", {}),
        ("teacher_forcing", {"cell": "jordan"}),
        ("output_steps", {"structure": "attention", "task": "reverse"}),
        ("convolution", {}),
    ],
)
def test_a_tick_is_run_and_undone(desk, key, fields):
    made = desk(**fields)
    before, box = made.session.experiment, made.row(key).findChild(QCheckBox)
    box.setFocus()
    made.qtbot.keyClick(box, Key.Key_Space)
    made.run()
    assert getattr(made.session.trace.experiment, key) not in (False, None)
    assert box.isChecked()
    made.session.undo()
    made.run()
    assert made.session.trace.experiment == before
    assert not box.isChecked()


@pytest.mark.parametrize(
    ("key", "value", "fields"),
    [
        ("reverse_at", "last-step", {"bidirectional": "sum"}),
        ("context_at", "every", {"structure": "encoder-decoder", "task": "reverse"}),
        ("update", "keeps", {"cell": "gru"}),
        ("peephole_o", "previous", {"cell": "peephole"}),
        ("activation", "relu", {"cell": "lstm"}),
    ],
)
def test_one_of_two_words(desk, key, value, fields):
    made = desk(**fields)
    before, control = made.session.experiment, made.row(key).control
    made.qtbot.mouseClick(control.button(value), LEFT)
    made.run()
    assert getattr(made.session.trace.experiment, key) == value
    made.session.undo()
    made.run()
    assert made.session.trace.experiment == before
    assert control.button(getattr(before, key)).isChecked()


def test_periods_are_typed(desk):
    made = desk(cell="clockwork", hidden=6)
    row = made.row("periods")

    def write(text):
        row.edit.setFocus()
        row.edit.clear()
        made.qtbot.keyClicks(row.edit, text)
        made.qtbot.keyClick(row.edit, Key.Key_Return)
        made.run()

    write("1 3, 9")
    assert made.session.trace.experiment.periods == (1, 3, 9)
    assert row.edit.text() == "1, 3, 9"
    before = made.state()
    write("1, two")
    assert "whole numbers" in error_of(row)
    assert made.state() == before
    assert row.edit.text() == "1, 3, 9"
    write("0, 1")
    assert "periods" in error_of(row)
    assert made.state() == before
    assert row.edit.text() == "1, 3, 9"


@pytest.mark.parametrize(
    ("key", "value", "fields", "word"),
    [
        ("bidirectional", "sum", {"output_feedback": True}, "bidirectional"),
        ("structure", "encoder-decoder", {"output_feedback": True, "task": "reverse"}, "structure encoder-decoder"),
        ("structure", "encoder-decoder", {"cell": "tdnn", "task": "reverse"}, "no state"),
        ("structure", "1-n-feedback", {"convolution": 3}, "convolution"),
        ("bidirectional", "concat", {"structure": "attention", "task": "reverse"}, "score dot"),
        ("structure", "1-n-feedback", {"task": "adding"}, "output_feedback"),
        ("bidirectional", "sum", {"cell": "ar", "task": "sine"}, "outputs that are not computed yet"),
        ("bidirectional", "sum", {"cell": "ngram", "task": "echo", "structure": "n-n"}, "no hidden layer"),
    ],
)
def test_what_does_not_go_together_is_said_at_the_row_and_nothing_changes(desk, key, value, fields, word):
    made = desk(**fields)
    before = made.state()
    made.choose(key, value)
    row = made.row(key)
    assert word in error_of(row)
    assert error_of(row).count(". ") == 0
    assert error_of(row).endswith(".")
    assert made.state() == before
    assert row.findChild(QComboBox).currentData() == getattr(before[0], key)


# --- every pair of a cell or a task with what is there


@pytest.mark.parametrize("structure", STRUCTURES)
def test_every_cell_and_task_is_taken_or_refused_in_one_sentence(qtbot, structure, request):
    """From every other cell, with --long from each."""
    tasks = [task.name for task in TASKS if not task.files]
    first = STRUCTURES.index(structure) % 2
    for cell in CELLS if request.config.getoption("--long") else CELLS[first::2]:
        session = Session(natural(task_for(cell.name), cell=cell.name, hidden=2, steps=4))
        said = []
        session.message.connect(said.append)
        for change in _changes(session, structure, tasks):
            before, trace = session.experiment, session.trace
            said.clear()
            change()
            session.update()
            if said:
                assert len(said) == 1
                assert said[0].endswith(".")
                assert "Traceback" not in said[0]
                assert (session.experiment, session.trace) == (before, trace)
            else:
                assert session.trace.experiment == session.experiment
        session.deleteLater()


def _changes(session, structure, tasks):
    yield lambda: session.change(structure=structure)
    yield from (lambda name=name: session.choose_task(name) for name in tasks)
    yield from (lambda name=cell.name: session.change(cell=name) for cell in CELLS)


# --- files


@pytest.fixture
def digits():
    if not IMAGES.exists():
        pytest.skip("the images of the data folder are not there")
    return [str(IMAGES), str(LABELS)]


def answering(monkeypatch, paths):
    """A file dialog that gives one path after the other, "" when there are no more."""
    left, asked = list(paths), []

    def answer(parent, title, *_):
        asked.append(title)
        return (left.pop(0) if left else "", "")

    monkeypatch.setattr(QFileDialog, "getOpenFileName", answer)
    return asked


def pick_task(made, name):
    made.bar.tasks.setCurrentIndex(made.bar.tasks.findData(name))
    made.bar.tasks.activated.emit(made.bar.tasks.currentIndex())
    made.run()


@pytest.mark.data
def test_digits_from_the_bar_ask_for_images_and_labels(desk, monkeypatch, digits):
    made = desk(cell="relu")
    asked = answering(monkeypatch, digits)
    pick_task(made, "digits")
    assert len(asked) == 2
    assert made.session.trace.experiment.task == "digits"
    assert made.session.trace.data.x.shape == (28, 1, 28)
    assert IMAGES.name.partition("-")[0] in made.row("image_path").button.text()
    assert made.row("image_path").isVisible()
    made.session.choose_task("echo")
    made.run()
    pick_task(made, "digits")  # the files are known by now
    assert len(asked) == 2
    assert made.session.trace.experiment.task == "digits"


@pytest.mark.data
@pytest.mark.parametrize("wrong", ["nothing", "half", "exchanged", "other"])
def test_without_good_images_nothing_changes(desk, monkeypatch, digits, wrong, tmp_path):
    made = desk()
    bad = tmp_path / "bad.gz"
    bad.write_bytes(b"no image")
    paths = {"nothing": [], "half": digits[:1], "exchanged": digits[::-1], "other": [str(bad), digits[1]]}[wrong]
    answering(monkeypatch, paths)
    before = made.state()
    pick_task(made, "digits")
    assert made.state() == before
    assert made.bar.tasks.currentData() == "last-step"
    assert len(made.said) == (wrong in ("exchanged", "other"))


@pytest.mark.data
def test_other_images_by_the_row_of_the_panel(desk, monkeypatch, digits, tmp_path):
    made = desk()
    answering(monkeypatch, digits)
    pick_task(made, "digits")
    row, before = made.row("image_path"), made.state()
    bad = tmp_path / "bad.gz"
    bad.write_bytes(b"no image")
    answering(monkeypatch, [str(bad), digits[1]])
    made.qtbot.mouseClick(row.button, LEFT)
    made.run()
    assert "bad.gz" in error_of(row)
    assert made.state() == before
    answering(monkeypatch, digits)
    made.qtbot.mouseClick(row.button, LEFT)
    made.run()
    assert made.session.trace.experiment.image_path == digits[0]
    assert str(IMAGES) in row.button.toolTip()


@pytest.mark.data
def test_air_quality_from_the_bar_asks_for_its_table(desk, monkeypatch):
    if not AIR.exists():
        pytest.skip("the table of the data folder is not there")
    made = desk(structure="n-1")
    asked = answering(monkeypatch, [str(AIR)])
    pick_task(made, "air-quality")
    assert len(asked) == 1
    assert made.session.trace.experiment.task == "air-quality"
    made.qtbot.mouseClick(made.row("air_quality").control.button("class"), LEFT)
    made.run()
    assert made.session.trace.data.y.shape[2] == 6


def test_a_table_that_is_no_air_quality_is_named(desk, monkeypatch, tmp_path):
    table = tmp_path / "other.csv"
    table.write_text("a,b\n" + "1,2\n3,5\n" * 40)
    made = desk()
    answering(monkeypatch, [str(table)])
    before = made.state()
    pick_task(made, "air-quality")
    assert made.state() == before
    assert len(made.said) == 1
    assert made.bar.tasks.currentData() == "last-step"


def test_the_columns_that_are_read_and_what_is_predicted(desk, monkeypatch, tmp_path):
    table = tmp_path / "river.csv"
    table.write_text("level,flow,state\n" + "".join(f"{k},{k % 7},{k % 2}\n" for k in range(60)))
    made = desk()
    answering(monkeypatch, [str(table)])
    pick_task(made, "csv")
    row = made.row("csv_columns")
    assert row.button.text() == "3 of 3 columns read"
    assert made.session.trace.data.x.shape[2] == 3
    row.menu.actions()[1].trigger()
    made.run()
    assert made.session.trace.experiment.csv_columns == ("level", "state")
    assert made.session.trace.data.x.shape[2] == 2
    assert row.button.text() == "2 of 3 columns read"
    made.session.undo()
    made.run()
    assert row.button.text() == "3 of 3 columns read"
    assert all(action.isChecked() for action in row.menu.actions())
    made.session.change(csv_target="state")
    made.run()
    made.qtbot.mouseClick(made.row("csv_predict").control.button("label"), LEFT)
    made.run()
    assert made.session.trace.experiment.csv_predict == "label"
    assert set(made.session.trace.data.output_names) == {"0", "1"}
