"""The page of numbers and the inspector have the same number selected."""

import pytest
from PySide6.QtWidgets import QApplication

from core.experiment import Experiment
from explorer.panels.inspector.panel import InspectorPanel
from explorer.panels.numbers.panel import NumbersPanel
from explorer.session.session import Selection, Session


@pytest.fixture
def both(qtbot):
    session = Session(Experiment(cell="lstm", steps=5, hidden=3))
    session.seek(session.timeline.complete)
    panels = NumbersPanel(), InspectorPanel()
    for panel in panels:
        qtbot.addWidget(panel)
        panel.resize(360, 900)
        panel.bind(session)
        panel.show()
        qtbot.waitExposed(panel)
    QApplication.processEvents()
    return *panels, session


def test_a_selected_number_is_the_inspectors_place(both):
    hands, inspector, session = both
    hands.take("L1.W_f", None)
    hands.map.chosen.emit(2, 1)
    selection = session.selection
    assert selection is not None
    assert selection.parameter.startswith("L1.W_")
    array = session.trace.named_parameters(session.trace.parameters)[selection.parameter]
    assert hands._matrix.values[2, 1] == array[selection.entry]
    assert inspector._page.record == f"#{selection.parameter}"
    hands.take("x", (3, 0, 0))
    assert (session.selection.row, session.selection.t, session.selection.unit) == ("x", 4, 0)


def test_an_entry_in_the_inspector_is_the_number_that_the_page_begins_with(both):
    hands, inspector, session = both
    session.select(Selection("gates", 3, record="h_g", parameter="L1.W_g", entry=(1, 2)))
    name, index = session.edits.selected_number()
    assert (name, index) == ("L1.W", (1, 2 * 3 + 2))
    hands.take(name, index)
    assert session.selection.parameter == "L1.W_g"
    assert session.selection.entry == (1, 2)
    assert inspector.heading.text().startswith("Wᵍ[2, 3] ")
