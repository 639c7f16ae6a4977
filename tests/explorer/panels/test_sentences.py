"""A screen reader gets a sentence for every node, edge, weight and operation; and everything goes by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QScrollBar,
    QWidget,
)

from core.chain.rows import rows
from core.experiment import Experiment, natural
from core.notation.books import NOTATIONS
from core.recorder import record
from explorer.app import compose
from explorer.application import application
from explorer.panels.attention.panel import AttentionPanel
from explorer.panels.cell.panel import CellPanel
from explorer.panels.chain.panel import ChainPanel
from explorer.panels.sentences import edge_sentence, loss_sentence, node_sentence, read_out, weight_sentence
from explorer.session.player import Player
from explorer.session.progress import Progress, progress_at
from explorer.session.session import Selection, Session
from explorer.settings import Settings
from explorer.style.numbers import spoken
from explorer.widgets import accessible
from explorer.window.actions import ENTRIES
from tests.core.structured import STRUCTURES, trace_of

NAME = QAccessible.Text.Name
HERE, FORWARD, NOWHERE = Progress(True, True), Progress(True, False), Progress(False, False)


class Desk:
    """A window on an experiment."""

    def __init__(self, folder, experiment: Experiment):
        application()
        self.session = Session(experiment, "light")
        settings, last = Settings(folder / "settings.ini"), folder / "last.json"
        self.program = compose(self.session, Player(self.session), settings, last)
        self.window = self.program.window
        self.window.resize(1500, 1000)
        self.window.show()
        QTest.qWaitForWindowExposed(self.window)
        self.window.activateWindow()
        self.session.seek(self.session.timeline.complete)
        QApplication.processEvents()

    def close(self) -> None:
        self.program.files.may_lose = lambda: True
        self.window.close()
        self.window.deleteLater()
        QApplication.sendPostedEvents(None, 0)
        QApplication.processEvents()


@pytest.fixture
def desk(qapp, tmp_path):
    made = []

    def open_(experiment: Experiment) -> Desk:
        made.append(Desk(tmp_path, experiment))
        return made[-1]

    yield open_
    for each in made:
        each.close()


class Picture:
    """One panel by itself, at the end of the run, and what a screen reader is given of it."""

    def __init__(self, qtbot, kind, experiment: Experiment, inside: bool = False):
        application()
        accessible.install()
        self.session = Session(experiment, "light")
        self.session.findings.jobs.clear()
        if inside:
            self.session.enter(self.session.trace.scan.name, 2)
        self.session.seek(self.session.timeline.complete)
        self.panel = kind()
        qtbot.addWidget(self.panel)
        self.panel.bind(self.session)
        self.session.columns.set_width(1000.0)
        self.panel.resize(1000, 500)
        with qtbot.waitExposed(self.panel):
            self.panel.show()
        self.panel.activateWindow()
        self.painted = getattr(self.panel, "canvas", None) or getattr(self.panel, "diagram", None) or self.panel

    @property
    def interface(self):
        return QAccessible.queryAccessibleInterface(self.painted)

    def names(self) -> list[str]:
        return [self.interface.child(k).text(NAME) for k in range(self.interface.childCount())]


@pytest.fixture
def show(qtbot):
    """A panel by itself."""
    return lambda kind, experiment, inside=False: Picture(qtbot, kind, experiment, inside)


# --- the sentences ---
@pytest.mark.parametrize("name", STRUCTURES)
def test_every_node_has_a_sentence_with_its_numbers(name):
    trace = trace_of(name, batch=2)
    for k, row in enumerate(rows(trace)):
        for column in range(1, trace.steps + 1):
            piece = row.piece(column)
            said = node_sentence(trace, NOTATIONS[0], row.name, column, HERE)
            if piece is None:
                assert said == ""
                continue
            assert said.endswith(".") and f"step {column - piece.offset}:" in said
            for signal in piece.signals:
                at = column - piece.offset - 1
                values = trace.values.get(signal, trace.data.x)
                assert read_out(values[at, 0]) in said
                if signal in trace.used:
                    assert f"gradient {read_out(trace.used[signal][at, 0])}, its norm" in said
            book = NOTATIONS[(k + column) % len(NOTATIONS)]
            assert node_sentence(trace, book, row.name, column, HERE)
            waiting = node_sentence(trace, NOTATIONS[0], row.name, column, FORWARD)
            assert ("no gradient yet" in waiting) == ("gradient" in said)
            assert "not computed yet" in node_sentence(trace, NOTATIONS[0], row.name, column, NOWHERE)


def test_the_sentences_of_edges_the_loss_and_weights_say_what_is_there():
    trace = trace_of("attention")
    book = NOTATIONS[0]
    assert edge_sentence("s₁", "h₂", 0.5, True) == (
        "Edge from s₁ to h₂: the gradient that goes back along it has the norm 0.5."
    )
    assert "no gradient yet" in edge_sentence("s₁", "h₂", 0.5, False)
    assert "truncated" in edge_sentence("s₁", "h₂", 0.0, True, cut=True)
    assert loss_sentence(trace, book, False) == "Loss L: not computed yet."
    said = loss_sentence(trace, book, True)
    assert spoken(trace.loss) in said and all(spoken(float(each)) in said for each in trace.loss_t)
    for i, j in np.ndindex(*trace.values["attention", "a"].shape[::2]):
        said = weight_sentence(trace, book, i + 1, j + 1, HERE)
        assert f"step {i + 1} that is written attends to step {j + 1} that is read" in said
        assert spoken(float(trace.values["attention", "a"][i, 0, j])) in said
        assert spoken(float(trace.used["attention", "a"][i, 0, j])) in said
    many = record(natural("echo", steps=20, hidden=12))
    assert "… (12 units)" in node_sentence(many, book, "s", 3, HERE)
    assert "… (20 steps)" in loss_sentence(record(natural("sine", steps=20)), book, True) or many.loss_t.size == 20


# --- what a screen reader is given ---
@pytest.mark.parametrize(
    "experiment",
    [
        natural("echo", cell="lstm", steps=4, hidden=3),
        natural("echo", steps=3, hidden=2, structure="attention", output_steps=3),
        natural("echo", steps=3, hidden=2, bidirectional="concat", layers=2, truncate=2),
    ],
    ids=["lstm", "attention", "bidirectional"],
)
def test_the_chain_tells_every_node_the_loss_and_every_edge(show, experiment):
    made = show(ChainPanel, experiment)
    session, trace, panel = made.session, made.session.trace, made.panel
    assert made.interface.role() == QAccessible.Role.Graphic
    names = made.names()
    for row in panel.view.whole.rows:
        for column in 1 + np.flatnonzero(row.present):
            there = progress_at(session, row.name, int(column))
            assert there == HERE
            assert node_sentence(trace, session.notation, row.name, int(column), there) in names
    assert loss_sentence(trace, session.notation, True) in names
    edges = [name for name in names if name.startswith("Edge from")]
    steps = range(1, trace.steps + 1)
    assert len(edges) == sum(panel.view.whole.has_edge(link, t) for link in panel.view.whole.links for t in steps)
    assert ("truncated here" in " ".join(edges)) == (experiment.truncate is not None)
    session.seek(0.0)
    assert "not computed yet" in made.names()[names.index(loss_sentence(trace, session.notation, True))]


def test_a_node_told_lies_where_it_is_painted_and_is_found_there(show):
    made = show(ChainPanel, natural("echo", steps=4, hidden=3))
    panel, picture = made.panel, made.interface
    layout = panel.view.layout
    for k in range(panel.accessible_items.count()):
        thing = picture.child(k)
        assert picture.indexOfChild(thing) == k and thing.isValid() and thing.childCount() == 0
        box = thing.rect()
        if not panel.accessible_items.sentence(k).startswith(("Edge", "Loss")):
            row, t = layout.hit(panel.mapFromGlobal(box.center()).toPointF())
            assert f"step {t}:" in panel.accessible_items.sentence(k) and row < len(panel.view.scene.rows)
            assert picture.childAt(box.center().x(), box.center().y()) is thing
            assert panel.rect().contains(QRect(panel.mapFromGlobal(box.topLeft()), box.size()))
    assert picture.childAt(-5000, -5000) is None
    assert picture.child(panel.accessible_items.count()) is None
    assert picture.child(0).parent() is picture


def test_the_selected_node_is_announced_and_has_the_focus(show):
    made = show(ChainPanel, natural("echo", steps=4, hidden=3, cell="gru"))
    panel, picture = made.panel, made.interface
    panel.setFocus()
    assert picture.focusChild() is None
    QTest.keyClick(panel, Qt.Key.Key_Up)
    chosen = made.session.selection
    assert chosen is not None
    said = node_sentence(made.session.trace, made.session.notation, chosen.row, chosen.t, HERE)
    assert panel.accessibleDescription().startswith(said)
    assert picture.focusChild().text(NAME) == said
    assert picture.focusChild().state().focused and picture.focusChild().state().selected
    made.session.select(Selection("gates", 3, "s", True))
    assert picture.focusChild().text(NAME).startswith("Edge from s₂ to")
    assert panel.accessibleDescription().startswith("Edge from s₂ to")
    made.session.select(None)
    assert picture.focusChild() is None
    assert not panel.accessibleDescription().startswith(("Edge", said))


def test_moving_by_keyboard_announces_the_node(show, monkeypatch):
    panel = show(ChainPanel, natural("echo", steps=4, hidden=3)).panel
    panel.setFocus()
    told = []
    monkeypatch.setattr(accessible, "screen_reader_active", lambda: True)
    monkeypatch.setattr(accessible.QAccessible, "updateAccessibility", lambda event: told.append(event.child()))
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down):
        QTest.keyClick(panel, key)
    assert len(told) == 3 and told[0] == told[2] != told[1]
    assert told[-1] == panel.accessible_items.focus()


@pytest.mark.parametrize("cell", ["lstm", "gru", "tanh"])
def test_the_inside_of_a_cell_tells_every_operation_and_every_edge(show, cell):
    made = show(CellPanel, natural("echo", steps=4, hidden=3, cell=cell), inside=True)
    panel, names = made.panel, made.names()
    interior = panel.opened.interior
    assert len(names) == len(interior.nodes) + len(interior.edges) and all(names)
    assert names[: len(interior.nodes)] == [panel.sentences()[node.name] for node in interior.nodes]
    assert not any(made.interface.child(k).rect().isEmpty() for k in range(len(names)))
    panel.setFocus()
    QTest.keyClick(panel, Qt.Key.Key_Up)
    assert panel.node and made.interface.focusChild().text(NAME) == panel.sentences()[panel.node]


def test_the_matrix_of_attention_tells_every_weight(show):
    made = show(AttentionPanel, natural("echo", steps=4, hidden=3, structure="attention", output_steps=3))
    trace, book = made.session.trace, made.session.notation
    assert made.names() == [weight_sentence(trace, book, k // 4 + 1, k % 4 + 1, HERE) for k in range(12)]
    made.painted.setFocus()
    QTest.keyClick(made.painted, Qt.Key.Key_Down)
    assert made.interface.focusChild().text(NAME) in made.names()


def test_a_picture_that_has_gone_tells_nothing(qapp):
    accessible.install()
    session = Session(natural("echo", steps=3, hidden=2), "light")
    session.findings.jobs.clear()
    panel = ChainPanel()
    panel.bind(session)
    thing = QAccessible.queryAccessibleInterface(panel).child(1)
    assert thing.isValid() and thing.text(NAME)
    shiboken6.delete(panel)
    assert (thing.isValid(), thing.text(NAME), thing.rect(), thing.parent()) == (False, "", QRect(), None)


# --- the keyboard ---
def interactive(window: QWidget) -> list[QWidget]:
    """Every widget that a person can do something with, as far as it is on show."""
    kinds = (QAbstractButton, QComboBox, QLineEdit, QAbstractSlider, QAbstractSpinBox)
    found = []
    for widget in window.findChildren(QWidget):
        own = isinstance(widget, kinds) and not isinstance(widget, QScrollBar)
        painted = (
            widget.focusPolicy() & Qt.FocusPolicy.ClickFocus or getattr(widget, "accessible_items", None) is not None
        )
        inner = isinstance(widget.parent(), QComboBox | QAbstractSpinBox)
        if widget.isVisible() and widget.isEnabled() and (own or painted) and not inner:
            found.append(widget)
    return found


def by_tab(window: QWidget) -> Iterator[QWidget]:
    """The widgets that Tab comes by, once round, each with the focus."""
    found: list[QWidget] = []
    for _ in range(400):
        QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_Tab)
        now = window.focusWidget()
        if now in found:
            return
        found.append(now)
        yield now
    raise AssertionError("Tab does not come round")


def answers(widget: QWidget, reached: set[QWidget]) -> bool:
    """Whether the keyboard comes to a widget: by Tab, or by the arrows among buttons of which one is chosen, or as a
    part of what has the focus for it."""
    if widget in reached or (widget.focusProxy() in reached):
        return True
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    if group is not None and group.exclusive():
        return any(each in reached for each in group.buttons())
    return any(parent in reached for parent in parents(widget))


def parents(widget: QWidget) -> list[QWidget]:
    found, above = [], widget.parentWidget()
    while above is not None:
        found.append(above)
        above = above.parentWidget()
    return found


@pytest.mark.parametrize("inside", [False, True], ids=["chain", "cell"])
def test_tab_comes_to_everything_that_can_be_used(desk, inside):
    made = desk(natural("echo", steps=4, hidden=3, cell="lstm"))
    if inside:
        made.session.enter(made.session.trace.scan.name, 2)
        QApplication.processEvents()
    reached = set(by_tab(made.window))
    missed = [f"{type(each).__name__} {each.accessibleName() or each.objectName()}" for each in
              interactive(made.window) if not answers(each, reached)]  # fmt: skip
    assert not missed


def test_whatever_has_the_focus_is_seen_to_have_it_and_has_a_name(desk):
    made = desk(natural("echo", steps=4, hidden=3, cell="lstm"))
    unseen, unnamed = [], []
    for widget in by_tab(made.window):
        word = f"{type(widget).__name__} {widget.accessibleName() or widget.objectName()}"
        QApplication.processEvents()
        with_focus = picture_of(made.window, widget)
        made.window.setFocus()
        QApplication.processEvents()
        if picture_of(made.window, widget) == with_focus:
            unseen.append(word)
        if not QAccessible.queryAccessibleInterface(widget).text(NAME):
            unnamed.append(word)
        widget.setFocus(Qt.FocusReason.TabFocusReason)
    assert not unseen
    assert not unnamed


def picture_of(window: QWidget, widget: QWidget) -> bytes:
    """The pixels of a widget and of what is just around it."""
    place = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size()).adjusted(-4, -4, 4, 4)
    image = window.grab(place.intersected(window.rect())).toImage()
    assert not image.isNull(), f"{widget.accessibleName()} is not on show"
    return bytes(image.constBits())


def test_every_action_is_in_the_menu_and_no_key_is_used_twice(desk):
    made = desk(natural("echo", steps=3, hidden=2))
    menus = made.window.panels["topbar"].menu.menu().actions()
    in_menu = {action.text() for menu in menus for action in menu.menu().actions()}
    used: dict[str, str] = {}
    for entry in filter(None, ENTRIES):
        assert entry.text in in_menu
        for keys in entry.keys:
            key = QKeySequence(keys).toString()
            assert key and key not in used, (keys, entry.text, used.get(key))
            used[key] = entry.text
