"""Ctrl+K and F1, by the keyboard alone: everything there is has a name there, and choosing it does it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog

from core.cells import CELLS
from core.chain.rows import rows
from core.experiment import OPTIONS, Experiment
from core.notation.books import NOTATIONS
from core.tasks import TASKS
from explorer.examples import EXAMPLES
from explorer.panels.experiment.choices import CHOICES
from explorer.panels.experiment.structure_rows import STRUCTURES
from explorer.panels.experiment.symbols import written
from explorer.widgets.whole_words import whole_words
from explorer.window.actions import ENTRIES
from explorer.window.palette.finder import HISTORY, READ, USES
from explorer.window.palette.match import ranked
from explorer.window.palette.sources import ELSEWHERE, items

Key = Qt.Key


@pytest.fixture
def window(drive):
    return drive(Experiment(steps=5, hidden=3))


def opened(driver, keys=False):
    if keys:
        driver.key(Key.Key_F1)
    else:
        driver.key(Key.Key_K, modifier=Qt.KeyboardModifier.ControlModifier)
    dialog = driver.program.finder.dialog
    assert dialog is not None and dialog.isVisible()
    return dialog


def take(driver, text, key=Key.Key_Return):
    """Types into the palette and takes the first."""
    dialog = opened(driver)
    QTest.keyClicks(dialog.field, text)
    QTest.keyClick(dialog.field, key)
    QApplication.processEvents()
    driver.settle()


def test_everything_there_is_has_a_name_in_it(window, tmp_path):
    path = tmp_path / "mine.json"
    assert window.session.save(path)
    window.settings.add_recent_file(path)
    found = {(item.group, item.title): item for item in items(window.program)}
    titles = {group: [title for each, title in found if each == group] for group, _ in found}
    assert {entry.text for entry in ENTRIES if entry is not None} <= {title for _, title in found}
    assert titles["Cells"] == [cell.title for cell in CELLS]
    assert titles["Tasks"] == [task.title for task in TASKS]
    assert titles["Notations"] == [notation.short for notation in NOTATIONS]
    assert titles["Examples"] == [example.title for example in EXAMPLES]
    assert titles["Recent files"] == ["mine.json"]
    assert len(titles["Quantities"]) == len(rows(window.session.trace))
    shown = [choice for choice in CHOICES if choice.is_there(window.session)]
    assert len([item for item in items(window.program) if item.group == "Experiment"]) == len(shown)
    assert any("W" in title for title in titles["Numbers"])
    for entry in ENTRIES:
        if entry is not None:
            group = "Cells" if entry.keys and entry.keys[0].isdigit() else entry.menu
            assert found[group, entry.text].key == ", ".join(entry.keys)


def test_every_name_of_the_command_line_is_found(window):
    """What `list` prints is found as it is written there, among the first few."""
    things = [item for item in items(window.program) if item.group not in READ]  # which comes after all others

    texts = [(each, each.title, f"{each.hint} {each.group}") for each in things]

    def answers(query):
        return [item.title for item in ranked(query, texts)]

    for kind in (CELLS, TASKS, NOTATIONS):
        for each in kind:
            assert (each.short if kind is NOTATIONS else each.title) in answers(each.name)[:8], each.name
    for name, label, _ in STRUCTURES:
        assert f"Structure: {label}" in answers(name)[:8], name
    for option in OPTIONS.values():
        for value, label, _ in option.words:
            if option.title and not any(option in task.options and task.files for task in TASKS):
                title = written(f"{option.title}: {label}", window.session.notation)
                assert title in answers(f"{option.name.replace('_', ' ')} {value}")[:8], (option.name, value)
    for example in EXAMPLES:
        assert example.title in answers(example.name)[:8]


@pytest.mark.parametrize(
    ("typed", "done"),
    [
        ("n-n", lambda d: d.session.trace.experiment.structure == "n-n"),
        ("1-n", lambda d: d.session.experiment.structure.startswith("1-n")),
        ("encoder-decoder", lambda d: d.session.experiment.structure == "encoder-decoder"),
        ("reset after", lambda d: d.session.experiment.cell == "gru" and d.session.experiment.reset == "after"),
        ("bidirectional concat", lambda d: d.session.experiment.bidirectional == "concat"),
        ("peephole", lambda d: d.session.trace.experiment.cell == "peephole"),
        ("adding problem", lambda d: d.session.trace.experiment.task == "adding"),
        ("pytorch", lambda d: d.session.notation.name == "pytorch"),
        ("theme: dark", lambda d: d.session.theme.name == "dark"),
        ("pre-activation", lambda d: d.session.selection is not None and d.session.selection.row == "h"),
        ("from the state", lambda d: d.window.pages["right"].current() == "numbers"),
        ("pin this run", lambda d: len(d.session.pins) == 1),
        ("enter the cell", lambda d: d.session.inside == "L1"),
    ],
)
def test_what_is_typed_and_taken_is_done(window, typed, done):
    window.session.seek(window.session.timeline.complete)
    assert not done(window)
    take(window, typed)
    assert done(window)
    assert not window.window.findChildren(type(window.program.finder.dialog))


def test_a_choice_of_the_experiment_gets_the_keyboard(window):
    panel = window.window.panels["experiment"]
    assert not panel.sections["Weights"].open
    take(window, "initial state")
    assert panel.sections["Weights"].open
    assert panel.rows["initial_state"].isAncestorOf(window.window.focusWidget())


def test_an_example_opens(window):
    window.files.may_lose = lambda: True
    take(window, EXAMPLES[1].title)
    assert window.session.trace.experiment.cell == EXAMPLES[1].make().cell


def test_the_arrows_choose_and_escape_does_nothing(window):
    dialog = opened(window)
    first = dialog.current()
    QTest.keyClick(dialog.field, Key.Key_Down)
    assert dialog.current() is not first and dialog.current() is not None
    QTest.keyClick(dialog.field, Key.Key_Up)
    assert dialog.current() is first
    QTest.keyClicks(dialog.field, "3")  # a digit is text here, and no cell's key
    before = window.session.experiment
    QTest.keyClick(dialog.field, Key.Key_Escape)
    window.settle()
    assert window.session.experiment == before and not window.player.playing
    assert not window.window.findChildren(QDialog) or not window.window.findChildren(QDialog)[0].isVisible()


def test_what_has_no_name_is_said(window):
    dialog = opened(window)
    QTest.keyClicks(dialog.field, "qqqq")
    assert dialog.found() == [] and dialog.current() is None
    assert dialog.count.text().startswith("Nothing has that name; ")
    QTest.keyClick(dialog.field, Key.Key_Return)
    assert dialog.isVisible()
    dialog.reject()


def test_f1_lists_every_key_under_its_heading_and_is_searched(window):
    dialog = opened(window, keys=True)
    listed = dialog.found()
    keys = {item.key for item in listed}
    for entry in ENTRIES:
        if entry is not None and entry.keys:
            assert ", ".join(entry.keys) in keys
    assert {key for _, _, key in ELSEWHERE} <= keys
    assert {"Ctrl+1", "Ctrl+2"} <= keys
    groups = [item.group for item in listed]
    assert len(set(groups)) == sum(a != b for a, b in zip([None, *groups], groups, strict=False)), "each heading once"
    QTest.keyClicks(dialog.field, "zoom")
    assert {item.title for item in dialog.found()} >= {"Zoom in", "Zoom out"}
    assert dialog.height() <= window.window.height()
    dialog.reject()


def test_it_fits_into_the_smallest_window_and_cuts_no_title(drive):
    driver = drive(Experiment(steps=5, hidden=3), size=(960, 600))
    dialog = opened(driver)
    box, window = dialog.frameGeometry(), driver.window.frameGeometry()
    assert window.contains(box)
    column = dialog.list.columnWidth(0)
    metrics = dialog.list.fontMetrics()
    for title in {item.title for item in dialog.found()}:
        shown = whole_words(title, metrics, column - 10)
        assert metrics.horizontalAdvance(shown) <= column - 10, title
        words = shown.removesuffix(" …").split()
        assert words == [word.rstrip(",") if k == len(words) - 1 and shown != title else word
                         for k, word in enumerate(title.split()[: len(words)])]  # fmt: skip
    dialog.reject()


def test_a_term_is_looked_up_by_any_of_its_names(window):
    window.key(Key.Key_F1, modifier=Qt.KeyboardModifier.ShiftModifier)
    dialog = window.program.finder.dialog
    assert dialog.windowTitle() == "Glossary" and len(dialog.found()) > 100
    QTest.keyClicks(dialog.field, "eigenvalue")
    assert dialog.current().title.startswith("spectral radius")
    QTest.keyClick(dialog.field, Key.Key_Return)
    window.settle(2)
    assert "largest absolute eigenvalue" in window.window.toasts.texts()[-1]


@pytest.mark.parametrize("heading", [HISTORY, USES])
def test_history_and_uses_can_each_be_shown(window, heading):
    """Every one of them makes its experiment, and says what it is."""
    for item in [each for each in items(window.program) if each.group == heading]:
        window.session.new()
        window.settle()
        item.do()
        window.settle()
        assert item.hint in window.window.toasts.texts()[-1], item.title


def test_the_history_is_in_the_order_of_its_years(window):
    years = [int(item.title[:4]) for item in items(window.program) if item.group == HISTORY]
    assert years == sorted(years) and len(years) > 15
