"""The top bar, driven by real clicks and keys: task, cell, tools, menu, and the badge of the gradient check."""

import math
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from core.analysis.gradcheck import Check
from core.arithmetic.place_symbols import place_symbol
from core.cells import CELLS, cell_named
from core.experiment import Experiment, natural
from core.notation.books import notation_named
from core.tasks import TASKS
from explorer.panels.topbar.check_badge import CheckBadge, headline, in_notation, in_words
from explorer.panels.topbar.panel import PRIMARY, TopBar
from explorer.session.player import Player
from explorer.session.session import Session
from explorer.style.stylesheet import stylesheet
from explorer.style.theme import THEMES, theme_named
from tests.explorer.suited import task_for

# The offscreen platform says so whenever a window's least size changes, or a menu takes the mouse.
LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key
OTHERS = [cell.name for cell in CELLS if cell.name not in PRIMARY]
BY_LENGTH = sorted(OTHERS, key=lambda name: len(cell_named(name).title))


class Desk:
    """A bound bar with its session, and frames on demand."""

    def __init__(self, qtbot, experiment, theme):
        self.session = Session(experiment, theme)
        self.player = Player(self.session)
        self.bar = TopBar()
        qtbot.addWidget(self.bar)
        self.bar.setStyleSheet(stylesheet(theme_named(theme)))
        self.bar.bind(self.session)
        self.bar.resize(1366, self.bar.sizeHint().height())
        with qtbot.waitActive(self.bar):
            self.bar.show()
            self.bar.activateWindow()
        self.settle()

    def settle(self):
        while True:
            self.player.frame()
            if not self.session.busy:
                return

    def chosen(self):
        return [key for key in self.bar.cells.keys() if self.bar.cells.button(key).isChecked()]  # noqa: SIM118


@pytest.fixture
def desk(qtbot):
    desks = []

    def make(theme="light", task=None, **fields):
        task = task or task_for(fields.get("cell", "tanh"))
        desks.append(Desk(qtbot, natural(task, **fields), theme))
        return desks[-1]

    yield make
    for each in desks:
        each.player.stop()


# --- cells


def test_the_four_cells_by_click_and_by_arrow(desk, qtbot):
    it = desk()
    for name in (*PRIMARY[1:], PRIMARY[0]):
        qtbot.mouseClick(it.bar.cells.button(name), LEFT)
        it.settle()
        assert it.session.trace.experiment.cell == name
        assert it.chosen() == [name]
    it.bar.cells.button(PRIMARY[0]).setFocus()
    qtbot.keyClick(it.bar.cells.button(PRIMARY[0]), Key.Key_Right)
    assert it.session.experiment.cell == PRIMARY[1]


@pytest.mark.parametrize("name", OTHERS)
def test_the_other_cells_are_in_a_menu_that_shows_the_active_one(desk, name):
    it = desk(task=task_for(name))
    it.bar.resize(1900, it.bar.height())
    title = cell_named(name).title
    assert title not in it.bar.more.text()
    action = next(action for action in it.bar.others.choices() if action.data() == name)
    action.trigger()
    it.settle()
    assert it.session.trace.experiment.cell == name
    assert it.chosen() == []
    assert title in it.bar.more.text()
    assert action.isChecked()
    it.session.undo()
    it.settle()
    assert it.chosen() == ["tanh"]
    assert title not in it.bar.more.text()
    assert not action.isChecked()


def test_every_cell_is_there_exactly_once(desk):
    it = desk()
    menu = [action.data() for action in it.bar.others.choices()]
    assert sorted([*it.bar.cells.keys(), *menu]) == sorted(cell.name for cell in CELLS)
    assert [it.bar.cells.button(name).text().split()[0] for name in PRIMARY] == ["1", "2", "3", "4"]


def test_the_other_cells_stand_under_the_names_of_their_families(desk):
    it = desk()
    listed, heading = {}, ""
    for action in it.bar.more.menu().actions():
        if action.isEnabled():
            listed.setdefault(heading, []).append(action.data())
        else:
            heading = action.text()
    assert list(listed) == ["recurrent", "without BPTT", "without recurrence"]
    assert listed["without BPTT"] == ["esn", "ngram"]
    assert listed["without recurrence"] == ["feedforward", "tdnn", "ar", "narx"]
    assert all(cell_named(name).family == family for family, names in listed.items() for name in names)


# --- tasks


@pytest.mark.parametrize("task", [task for task in TASKS if not task.files], ids=lambda task: task.name)
def test_a_task_brings_what_suits_it(desk, qtbot, task):
    first = "echo" if task.name != "echo" else "adding"
    it = desk(task=first)
    box = it.bar.tasks
    box.setFocus()
    qtbot.keyClick(box, Key.Key_Home)
    for _ in range(box.findData(task.name)):
        qtbot.keyClick(box, Key.Key_Down)
    it.settle()
    assert it.session.trace.experiment.task == task.name
    assert box.currentData() == task.name
    assert task.description in box.toolTip()
    assert it.session.experiment.loss_at == task.natural(it.session.experiment)["loss_at"]


def choose_csv(it, qtbot):
    tasks = it.bar.tasks
    tasks.setFocus()
    tasks.setCurrentIndex(tasks.findData("csv") - 1)
    qtbot.keyClick(tasks, Key.Key_Down)


def test_a_task_that_reads_a_file_asks_for_it_once(desk, qtbot, tmp_path, monkeypatch):
    path = tmp_path / "series.csv"
    path.write_text("a,b\n" + "1,2\n3,5\n" * 20)
    asked = []
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a: (asked.append(a), (str(path), ""))[1])
    it = desk()
    choose_csv(it, qtbot)
    it.settle()
    assert it.session.trace.experiment.task == "csv"
    assert it.session.trace.experiment.csv_target == "a"
    assert len(asked) == 1
    it.session.choose_task("echo")
    it.settle()
    choose_csv(it, qtbot)
    it.settle()
    assert it.session.trace.experiment.task == "csv"
    assert len(asked) == 1


@pytest.mark.parametrize("content", [None, "a,b\n1,x\n2,3\n"])
def test_without_a_good_file_the_task_stays(desk, qtbot, tmp_path, monkeypatch, content):
    path = tmp_path / "series.csv"
    if content:
        path.write_text(content)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path) if content else "", ""))
    it = desk(task="echo")
    said = []
    it.session.message.connect(said.append)
    choose_csv(it, qtbot)
    it.settle()
    assert it.session.experiment.task == it.bar.tasks.currentData() == "echo"
    assert [("line 2" in text) for text in said] == ([True] if content else [])


# --- tools


def test_undo_and_redo_are_out_of_reach_where_there_is_nothing_to_undo(desk, qtbot):
    it = desk()
    assert (it.bar.undo.isEnabled(), it.bar.redo.isEnabled()) == (False, False)
    it.session.change(w_gain=0.5)
    it.settle()
    assert (it.bar.undo.isEnabled(), it.bar.redo.isEnabled()) == (True, False)
    qtbot.mouseClick(it.bar.undo, LEFT)
    it.settle()
    assert it.session.experiment.w_gain == 0.8
    assert (it.bar.undo.isEnabled(), it.bar.redo.isEnabled()) == (False, True)
    qtbot.mouseClick(it.bar.redo, LEFT)
    it.settle()
    assert it.session.experiment.w_gain == 0.5


def test_compare_is_pressed_while_the_other_cells_are_pinned(desk, qtbot):
    it = desk()
    assert not it.bar.compare.isChecked()
    qtbot.mouseClick(it.bar.compare, LEFT)
    it.settle()
    assert [pin.trace.experiment.cell for pin in it.session.pins] == ["relu", "lstm", "gru"]
    assert it.bar.compare.isChecked()
    it.session.change(w_gain=0.5)
    it.settle()
    assert not it.bar.compare.isChecked(), "they are no longer the same experiment"
    it.session.undo()
    it.settle()
    assert it.bar.compare.isChecked()
    qtbot.mouseClick(it.bar.compare, LEFT)
    it.settle()
    assert not it.session.pins and not it.bar.compare.isChecked()


def test_present_and_export_do_what_the_window_s_actions_do(desk, qtbot):
    it = desk()
    done = []
    actions = {}
    for text in ("Present: one picture, large", "Export picture or animation…"):
        actions[text] = QAction(text)
        actions[text].triggered.connect(lambda _=False, text=text: done.append(text))
    it.bar.set_actions(actions)
    qtbot.mouseClick(it.bar.present, LEFT)
    qtbot.mouseClick(it.bar.export, LEFT)
    assert done == list(actions)


def test_the_notations_go_by_their_books(desk):
    it = desk()
    texts = [action.text() for action in it.bar.books.choices()]
    assert [text.partition(":")[0] for text in texts] == [
        "Our notation", "Rumelhart et al.", "Goodfellow et al.", "Ng", "PyTorch", "Hu et al.",
    ]  # fmt: skip
    it.bar.books.choices()[3].trigger()
    assert it.session.notation.name == "ng"
    assert it.bar.notations.text() == "Ng"


def test_every_tool_tip_says_what_the_thing_is_before_what_a_click_does(desk):
    it = desk()
    for widget in it.bar.findChildren(QWidget):
        tip = widget.toolTip()
        if tip and widget is not it.bar.check:
            assert not tip.startswith(("A click", "Click")), tip
            assert "A click" in tip, tip


def test_the_menu_is_the_window_s(desk, qtbot):
    it = desk()
    menu = QMenu()
    qtbot.addWidget(menu)
    it.bar.set_menu(menu)
    assert it.bar.menu.menu() is menu


# --- the check


@pytest.mark.checked
def test_the_badge_follows_the_check_of_each_run(desk, qtbot):
    it = desk(cell="relu")
    assert it.bar.check.state() == "ok"
    name, place = it.session.check.entry
    assert f" at {place_symbol(it.session.trace, name, place, it.session.notation)}." in it.bar.check.toolTip()
    it.session.change(hidden=7)
    it.session.update()
    assert it.bar.check.state() == "running"
    assert "0 %" in it.bar.check.text()
    it.settle()
    assert it.bar.check.state() == "ok"


def test_progress_is_told_at_most_ten_times_a_second_and_the_outcome_at_once(qtbot):
    now = [0.0]
    badge = CheckBadge(clock=lambda: now[0])
    qtbot.addWidget(badge)
    told = []
    badge.show_check(None, "tanh")
    for done in range(1, 100):
        now[0] += 0.016
        if badge.show_check(Check(done, 100, 1e-9, "L1.W[0, 0]"), "tanh"):
            told.append(now[0])
    assert told
    assert all(b - a >= 0.1 for a, b in pairwise(told))
    assert badge.show_check(Check(100, 100, 2e-9, "L1.W[2, 3]"), "tanh")
    assert badge.text() == "✓ gradients checked"
    assert "2.00·10⁻⁹ at L1.W[2, 3]" in badge.toolTip()
    assert badge.show_check(None, "tanh")
    assert badge.state() == "running"


def test_a_failure_is_red_at_once_and_names_the_place(desk):
    it = desk()
    it.session.check_changed.emit(Check(3, 61, 3e-3, "L1.W[1, 2]", entry=("L1.W", (0, 1))))
    assert it.bar.check.state() == "fail"
    assert it.bar.check.text() == "× 3·10⁻³ at W[1, 2]"
    failed = Check(3, 61, 3e-3, "L1.W[1, 2]", entry=("L1.W", (0, 1)))
    named = in_notation(failed, it.session.trace, notation_named("ng"))
    assert named is not None and headline(named)[1] == "3·10⁻³ at W_aa[2, 1]"
    assert "wrong" in it.bar.check.toolTip()
    assert headline(Check(3, 3, math.inf, "L1.b[0]"))[0] == "fail"


def test_what_the_check_says_in_words():
    text = in_words(Check(70, 70, 2e-9, "L1.W[2, 3]", kinks=6, unresolved=4), "ReLU")
    assert "64 entries" in text
    assert "2.00·10⁻⁹ at L1.W[2, 3]" in text
    assert "kinks of ReLU" in text
    assert text.count("\n") == 2
    assert in_words(Check(70, 70), "tanh").count("\n") == 0
    assert "20 of 70" in in_words(Check(20, 70), "tanh")


def test_a_click_or_a_key_opens_the_same_in_words(desk, qtbot):
    it = desk()
    qtbot.mouseClick(it.bar.check, LEFT)
    assert it.bar.popup.isVisible()
    assert it.bar.popup.text() == it.bar.check.toolTip()
    qtbot.keyClick(it.bar.popup, Key.Key_Escape)
    assert not it.bar.popup.isVisible()
    it.bar.check.setFocus()
    before = it.bar.check.grab().toImage()
    it.bar.menu.setFocus()
    assert before != it.bar.check.grab().toImage()
    it.bar.check.setFocus()
    qtbot.keyClick(it.bar.check, Key.Key_Space)
    assert it.bar.popup.isVisible()
    it.bar.popup.hide()


# --- room


def uncut(bar):
    """Every text of the bar in whole words: as it is declared, or shortened to whole words."""
    for widget in (*(bar.cells.button(name) for name in PRIMARY), bar.more, bar.notations, bar.compare, bar.present):
        assert widget.width() >= widget.minimumSizeHint().width(), widget.text()
    assert bar.check.width() >= bar.check.minimumSizeHint().width()
    pairs = (bar.tasks.shown(), bar.tasks.currentText()), (bar.more.text(), bar._other or bar.more.text())
    for shown, whole in pairs:
        words = shown.removesuffix(" ▾").removesuffix(" …").split()
        assert words == whole.removesuffix(" ▾").split()[: len(words)]
    assert bar.tasks.fontMetrics().horizontalAdvance(bar.tasks.shown()) <= bar.tasks.width() - 30


@pytest.mark.parametrize("width", [960, 1024, 1280, 1366, 1920])
@pytest.mark.parametrize("cell", ["tanh", BY_LENGTH[0], BY_LENGTH[-1]])
@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_everything_has_room_and_no_word_is_cut(desk, theme, width, cell):
    it = desk(theme=theme.name, cell=cell)
    it.bar.resize(width, it.bar.height())
    places = []
    bar = it.bar
    tools = bar.notations, bar.undo, bar.redo, bar.compare, bar.present, bar.export, bar.menu, bar.check
    for widget in (bar.tasks, bar.cells, bar.more, *tools):
        assert widget.isVisible()
        left = widget.mapTo(it.bar, QPoint(0, 0)).x()
        places += [left, left + widget.width()]
    assert places == sorted(places)
    if theme.font_px < 16 or width >= 1280:  # the projector's type is for a screen as wide as it is large
        assert places[-1] <= width
        uncut(bar)
        keys = [bar.cells.button(name).text()[:2] for name in PRIMARY]
        assert keys == ["1 ", "2 ", "3 ", "4 "], "the cells' keys stay"
    assert it.bar.height() <= 64
    if cell != "tanh":
        assert bar.more.toolTip().startswith(cell_named(cell).title)


@pytest.mark.parametrize("task", [task.name for task in TASKS if not task.files])
def test_every_task_is_shown_in_whole_words_at_960(desk, task):
    it = desk(task=task)
    it.bar.resize(960, it.bar.height())
    uncut(it.bar)


def test_what_gives_way_gives_way_in_its_order_and_comes_back(desk):
    it = desk()
    levels = []
    for width in range(1900, 700, -20):
        it.bar.resize(width, 52)
        levels.append(it.bar._level)
    assert levels[0] == 0 and it.bar._level >= 8
    assert levels == sorted(levels)
    assert not it.bar.brand.isVisible()
    it.bar.resize(1900, 52)
    assert it.bar._level == 0 and it.bar.brand.isVisible()
    assert it.bar.tasks.shown() == it.bar.tasks.currentText()
    assert it.bar.compare.text() == "Compare  C"


def test_a_bar_follows_another_session(desk):
    it = desk()
    old, new = it.session, Session(Experiment(cell="gru", task="adding"))
    it.bar.bind(new)
    assert it.chosen() == ["gru"]
    assert it.bar.tasks.currentData() == "adding"
    old.check_changed.emit(Check(1, 2, 1.0, "L1.b[0]"))
    assert it.bar.check.state() == "running"
