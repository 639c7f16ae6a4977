"""The inspector under real clicks and keys."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.arithmetic.cell_node import CellNode
from core.arithmetic.text import exact
from core.cells import CELLS
from core.documents.storage import Inspector
from core.experiment import Experiment, natural
from explorer.items.tables import numbers as table_module
from explorer.items.tables.bars import bar_length
from explorer.items.tables.numbers import cell_text
from explorer.panels.inspector.equations_view import pieces
from explorer.session.session import Selection
from explorer.style.formula import typeset_count
from explorer.style.stylesheet import stylesheet
from explorer.style.theme import THEMES, theme_named
from tests.explorer.suited import suited_to

LEFT = Qt.MouseButton.LeftButton


def click_chip(panel, name):
    QTest.mouseClick(panel.chips, LEFT, pos=panel.chips.box(name).center().toPoint())


def click_row(panel, unit):
    line = panel.table._line
    QTest.mouseClick(panel.table.viewport(), LEFT, pos=QPoint(30, round((unit + 1.5) * line)))


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
@pytest.mark.parametrize("steps", [1, 5])
def test_every_record_of_a_step_is_one_click_away(show, cell, steps):
    panel = show(suited_to(cell.name, steps=steps, hidden=3, loss_at="every"))
    session = panel.session
    for t in range(1, session.trace.steps + 1):
        for row, names in CellNode(session.trace, t).rows:
            session.select(Selection(row, t))
            for name in names:
                click_chip(panel, name)
                assert session.selection == Selection(row, t, record=name, unit=0)
                step = panel.node
                assert step.symbol(name) in panel.heading.text()
                text = panel.text()
                assert exact(step.value(name)[0]) in text
                gradient = step.gradient(name)
                if gradient is not None:
                    assert exact(gradient[0]) in text
                assert step.symbol(name) in panel.accessibleDescription()


def test_without_a_selection_it_follows_the_playhead(show):
    panel = show(Experiment(steps=5), end=False)
    session = panel.session
    seen = []
    for beat in range(13):
        session.seek(beat)
        panel.show_now()
        seen.append(panel.heading.text().split()[0])
    assert seen == ["s₁", "s₁", "s₂", "s₃", "s₄", "s₅", "z₅", "h₅", "h₄", "h₃", "h₂", "h₁", "h₁"]
    session.seek(3.5)
    panel.show_now()
    assert panel.heading.text().startswith("s₃")  # the fourth beat is under way and has no numbers yet


def test_what_the_playhead_has_not_reached_is_a_dash(show):
    panel = show(Experiment(steps=5), end=False)
    session = panel.session
    session.select(Selection("h", 3))
    session.seek(2)
    assert {cell for line in panel.table.texts()[1:] for cell in line[1:]} == {"–"}
    session.seek(3)
    h3 = panel.table.texts()[1]
    assert h3[1] != "–"
    assert h3[3:] == ["–", "–"]
    session.seek_to("backward", 4)
    assert panel.table.texts()[1][3:] == ["–", "–"]
    session.seek_to("backward", 3)
    assert "–" not in panel.table.texts()[1]
    assert "not reached yet" not in panel.text().partition("sum over time")[0]


def test_a_click_and_the_arrow_keys_choose_a_unit(show):
    panel = show()
    session = panel.session
    session.select(Selection("h", 5))
    click_row(panel, 3)
    assert session.selection.unit == 3
    assert "h₅[4]" in panel.arithmetic.texts()[0]
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_Down)
    assert session.selection.unit == 4
    QTest.keyClick(panel.table, Qt.Key.Key_End)
    QTest.keyClick(panel.table, Qt.Key.Key_Down)
    assert session.selection.unit == 5
    QTest.keyClick(panel.table, Qt.Key.Key_Home)
    QTest.keyClick(panel.table, Qt.Key.Key_Up)
    assert session.selection.unit == 0


def test_a_unit_stays_while_the_playhead_moves_on(show):
    panel = show()
    click_row(panel, 2)
    assert panel.session.selection is None
    panel.session.seek_to("backward", 7)
    panel.show_now()
    assert "h₇[3]" in panel.arithmetic.texts()[0]


def test_chips_by_keyboard(show):
    panel = show(Experiment(cell="lstm"))
    panel.session.select(Selection("gates", 5, record="i"))
    panel.chips.setFocus()
    QTest.keyClick(panel.chips, Qt.Key.Key_Right)
    assert panel.session.selection.record == "h_f"
    QTest.keyClick(panel.chips, Qt.Key.Key_Left)
    assert panel.session.selection.record == "i"


def test_an_addend_selects_its_step(show):
    panel = show()
    session = panel.session
    y = panel.bars.top + 2.5 * panel.bars._line
    QTest.mouseClick(panel.bars.viewport(), LEFT, pos=QPoint(60, round(y)))
    assert session.selection == Selection("h", 12, record="h", unit=0)
    panel.bars.setFocus()
    QTest.keyClick(panel.bars, Qt.Key.Key_Down)
    QTest.keyClick(panel.bars, Qt.Key.Key_Return)
    assert session.selection.t == 11
    assert panel.bars.line_text(11).startswith("dW₁₁ ")


def test_bars_that_are_not_reached_are_said_so(show):
    panel = show()
    session = panel.session
    session.seek_to("backward", 5)
    panel.show_now()
    assert panel.bars.lines == 10
    assert panel.bars._note == "dW₄ … dW₁: not reached yet"
    assert panel.bars.step_at(panel.bars.top + 9.5 * panel.bars._line) == 5
    assert panel.bars.step_at(panel.bars.top + 10.5 * panel.bars._line) is None
    assert any("sum so far" in text for text in panel.sum_text.texts())
    session.seek(session.timeline.complete)
    panel.show_now()
    assert panel.bars._note == ""
    assert any("the norm of the sum of all 14" in text for text in panel.sum_text.texts())


@pytest.mark.parametrize("at", [0, 40])
def test_nothing_scrolls_while_a_run_is_played_to_its_end_and_back(show, qapp, at):
    panel = show(end=False)
    panel.resize(340, 300)
    for beat in range(panel.session.timeline.last + 1):
        panel.session.seek(beat)
        qapp.processEvents()
        panel.area.verticalScrollBar().setValue(at)
        assert panel.area.verticalScrollBar().value() == at  # there is something to scroll
        panel.session.seek(beat + 1)
        panel.show_now()
        qapp.processEvents()
        assert panel.area.verticalScrollBar().value() == at
    panel.session.seek(0)
    panel.show_now()
    qapp.processEvents()
    assert panel.area.verticalScrollBar().value() == at


def test_every_parameter_can_be_chosen(show):
    panel = show(Experiment(cell="gru", reset="after", steps=5))
    combo = panel.parameters
    for index in range(combo.count()):
        combo.setFocus()
        combo.setCurrentIndex(index)
        combo.activated.emit(index)
        panel.bars.step_chosen.emit(4)
        selection = panel.session.selection
        assert selection.t == 4
        row = next(names for row, names in panel.node.rows if row == selection.row)
        assert selection.record in row
    assert [combo.itemText(k) for k in range(combo.count())][-2:] == ["V", "b_z"]


def test_the_parameter_stays_like_itself_when_the_cell_changes(show):
    panel = show(Experiment(cell="lstm", steps=5))
    index = panel.parameters.findText("Uᶠ")
    panel.parameters.setCurrentIndex(index)
    panel.parameters.activated.emit(index)
    panel.session.change(cell="tanh")
    panel.session.update()
    assert panel.parameters.currentText() == "U"
    panel.session.change(cell="gru")
    panel.session.update()
    assert panel.parameters.currentText().startswith("U")


def test_edges_show_their_addends(show):
    panel = show(Experiment(cell="lstm"))
    panel.session.select(Selection("gates", 5, source="s", recurrent=True))
    heads = [text for text in panel.arithmetic.texts() if "→" in text]
    assert heads == [f"h{k}₅ → s₄:  ∂L/∂h{k}₅·W{k}ᵀ" for k in "ⁱᶠᵍᵒ"]
    assert "∂L/∂hᶠ₅·Wᶠᵀ" in panel.text()
    for column, k in zip(panel.table._columns, "ⁱᶠᵍᵒ", strict=True):  # the addends, not the gradients behind them
        assert (column.label, *column.shorter) == (f"∂L/∂h{k}₅·W{k}ᵀ", f"from h{k}₅", f"← h{k}₅")
    panel.session.select(Selection("z", 14, source="s"))
    assert "∂L/∂z₁₄·Vᵀ" in panel.arithmetic.texts()[0]
    panel.session.select(Selection("z", 14, source="x"))
    assert panel.arithmetic.texts() == ["This cell has no such edge."]


@pytest.mark.parametrize("cell", ["tanh", "lstm", "gru"])
def test_every_edge_of_the_chain_can_be_shown(show, cell):
    from core.chain.edges import links

    panel = show(Experiment(cell=cell, steps=3))
    for t in (1, 3):
        for link in links(panel.session.trace.scan.cell):
            panel.session.select(Selection(link.target, t, source=link.source, recurrent=link.recurrent))
            assert len([text for text in panel.arithmetic.texts() if "→" in text]) == len(link.edges)


def test_a_frozen_gate_says_so(show):
    panel = show(Experiment(cell="lstm").freeze("f", 1.0))
    panel.session.select(Selection("gates", 5, record="f"))
    assert "f ≡ 1: frozen, its own gradient is 0" in panel.notes.text()
    assert any("Frozen" in text for text in panel.arithmetic.texts())


def test_the_last_step_and_truncation_are_said(show):
    panel = show(natural("echo").with_changes(truncate=5))
    session = panel.session
    session.select(Selection("s", session.trace.steps))
    assert any("No next step" in text for text in panel.arithmetic.texts())
    assert "used: truncated after 5" in panel.notes.text()
    session.select(Selection("s", session.trace.steps - 5))
    assert any("Truncated here" in text for text in panel.arithmetic.texts())
    session.set_view(gradient="exact")
    assert "exact gradients" in panel.notes.text()
    assert not any("Truncated here" in text for text in panel.arithmetic.texts())


def test_samples(show):
    panel = show(Experiment(batch=3))
    session = panel.session
    session.select(Selection("h", 5))
    before = panel.table.texts()
    session.set_view(sample=2)
    assert "sample 3 of 3" in panel.notes.text()
    assert panel.table.texts() != before


def test_underflow_infinity_and_not_a_number_have_words(show):
    panel = show(Experiment(steps=200, w_init="identity", w_gain=1e-6, hidden=2))
    panel.session.select(Selection("h", 1))
    assert "is 0 since an underflow at t = " in panel.notes.text()
    panel.session.select(Selection("h", int(panel.notes.text().split()[-1])))
    assert "became 0 here" in panel.notes.text()
    assert panel.table.texts()[1][-1] == "0"
    broken = show(natural("echo").with_changes(cell="identity", steps=400, w_init="identity", w_gain=100.0))
    broken.session.select(Selection("h", 400))
    assert "not finite" in broken.notes.text()
    broken.grab()
    assert cell_text(float("nan"), "value") == "NaN"
    assert cell_text(float("inf"), "gradient") == "+∞"


def test_copy_puts_everything_on_the_clipboard(show, qtbot):
    panel = show()
    panel.session.select(Selection("h", 5))
    QGuiApplication.clipboard().clear()
    QTest.mouseClick(panel.copy_button, LEFT)
    by_button = QGuiApplication.clipboard().text()
    assert exact(panel.session.trace.values["L1", "h"][4, 0, 5]) in by_button
    assert "dW₁₄" in by_button
    QGuiApplication.clipboard().clear()
    panel.activateWindow()
    panel.table.setFocus()
    qtbot.waitUntil(panel.table.hasFocus)
    QTest.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == by_button


def test_follow_lets_the_selection_go(show):
    panel = show()
    assert not panel.follow_button.isVisible()
    panel.session.select(Selection("h", 5))
    assert panel.follow_button.isVisible()
    QTest.mouseClick(panel.follow_button, LEFT)
    assert panel.session.selection is None
    panel.session.select(Selection("h", 5))
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_Escape)
    assert panel.session.selection is None


def test_formulas_are_typeset_only_when_nothing_moves(show, qtbot):
    panel = show(end=False)
    before = typeset_count()
    for beat in range(1, 20):
        panel.session.seek(beat)
        QApplication.processEvents()
    assert typeset_count() == before
    qtbot.waitUntil(lambda: panel.equations.is_typeset, timeout=10_000)
    panel.equations.typeset()
    made = typeset_count()
    panel.session.seek(0)
    panel.show_now()
    panel.equations.typeset()
    assert typeset_count() >= made
    assert pieces("h_{t} = x + (y + z)") == ["h_{t} = x", "{} + (y + z)"]
    assert pieces("d = a (1 - u) - b + c - e") == ["d = a (1 - u)", "{} - b", "{} + c", "{} - e"]


def test_a_fast_playhead_is_followed_at_reading_speed_and_caught_up_with(show, qtbot):
    panel = show(Experiment(steps=200), end=False)
    for beat in range(1, 60):
        panel.session.seek(beat)
    qtbot.waitUntil(lambda: panel.heading.text().startswith("s₅₉ "), timeout=5_000)


def test_moving_time_makes_no_widget(show):
    panel = show(Experiment(cell="lstm", steps=30), end=False)
    from PySide6.QtWidgets import QWidget

    before = len(panel.findChildren(QWidget))
    for beat in range(panel.session.timeline.last + 1):
        panel.session.seek(beat)
        panel.show_now()
    assert len(panel.findChildren(QWidget)) == before


@pytest.mark.parametrize("cell", ["tanh", "lstm", "gru"])
@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("hidden", [1, 6, 32])
def test_nothing_is_wider_than_the_panel(show, qapp, cell, theme, hidden):
    before = qapp.styleSheet()
    qapp.setStyleSheet(stylesheet(theme))
    try:
        width = round(300 * theme.font_px / 13)
        panel = show(natural("echo", cell=cell).with_changes(hidden=hidden, steps=14), theme.name, (width, 900))
        assert panel.width() == width
        for row, names in panel.node.rows:
            for name in names:
                panel.session.select(Selection(row, 14, record=name))
                QApplication.processEvents()
                assert panel.area.widget().width() <= panel.area.viewport().width()
                assert panel.table.horizontalScrollBar().maximum() == 0
                for drawn in panel.arithmetic._drawn:
                    metrics = panel.arithmetic._type.bold_metrics if drawn.bold else panel.arithmetic._type.metrics
                    assert drawn.x + metrics.horizontalAdvance(drawn.text) <= panel.arithmetic.width() + 1
    finally:
        qapp.setStyleSheet(before)


def test_many_units_scroll(show):
    panel = show(Experiment(hidden=256, steps=5))
    panel.session.select(Selection("h", 3))
    assert panel.table.verticalScrollBar().maximum() == 256 - table_module.MOST_ROWS
    panel.table.unit_chosen.emit(200)
    assert 200 in panel.table._visible()
    assert "h₃[201]" in panel.arithmetic.texts()[0]


def test_bars_have_the_length_of_their_decade():
    assert bar_length(0.0) == bar_length(float("nan")) == 0.0
    assert bar_length(1e9) == 1.0
    assert bar_length(1e-9) == 0.0
    assert bar_length(1e-2) == pytest.approx(0.5)


def test_a_smaller_run_keeps_the_panel_whole(show):
    panel = show(Experiment(steps=50, hidden=8, cell="lstm"))
    session = panel.session
    session.select(Selection("gates", 40, record="f", unit=7))
    session.change(steps=2, hidden=1, cell="tanh")
    session.update()
    assert session.selection is None
    session.select(Selection("h", 2))
    assert "h₂[1]" in panel.arithmetic.texts()[0]
    session.set_theme("dark")
    assert panel.minimumWidth() == round(300 * theme_named("dark").font_px / 13)


def test_it_says_whose_gradient_it_shows_while_the_chain_shows_that_of_one_term(show):
    panel = show(Experiment(task="echo", loss_at="every", steps=6, hidden=3))
    session, said = panel.session, "gradients of the whole loss L, not of ℓ₄ alone"
    session.set_view(inspectors=(Inspector(row="h", t=2),))
    places = (Selection("h", 3), Selection("h", 3, source="s", recurrent=True), Selection("s", 3, parameter="L1.W"))
    for place in places:
        session.select(place)
        panel.show_now()
        assert said not in panel.notes.text() and said not in panel.text()
        session.set_view(share_at=4)
        panel.show_now()
        assert said in panel.notes.text() and said in panel.text() and said in panel.accessibleDescription()
        assert not panel.notes.isHidden() and said in panel.pinned.cards[0].arithmetic.texts()
        session.set_view(share_at=None)
    session.set_view(share_at=4)
    session.select(Selection("z", 4, record="L"))  # the loss itself: no gradient
    panel.show_now()
    assert said not in panel.notes.text()
