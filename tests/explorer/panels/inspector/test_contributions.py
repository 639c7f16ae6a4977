"""A cell of the contributions map in the inspector: its matrix, its norm, every entry as a product."""

import numpy as np
import pytest

from core.analysis.contributions import state_jacobian_between
from core.arithmetic.text import exact
from core.experiment import Experiment, natural
from explorer.panels.contributions.panel import ContributionsPanel
from explorer.panels.inspector.product import product_numbers
from explorer.session.session import Selection


@pytest.fixture
def show(show):
    return lambda experiment=None: show(experiment or Experiment(cell="lstm", steps=6, hidden=3))


@pytest.mark.parametrize("notation", ["row", "goodfellow"])
def test_every_entry_multiplies_out(show, notation):
    panel = show()
    session = panel.session
    session.set_view(notation=notation)
    session.select(Selection("c", 2, record="c", reaches=5, unit=1))
    one = state_jacobian_between(session.trace, 5, 2)
    assert one is not None
    shown = [entry for entry in panel.arithmetic.entries if entry.product is not None]
    row = one.matrix[1] if notation == "row" else one.matrix[:, 1]
    assert [entry.exact for entry in shown] == pytest.approx(list(row))
    for k, entry in zip(panel.arithmetic.openable(), shown, strict=True):
        numbers = product_numbers(session.trace, session.notation, entry)
        assert numbers is not None
        assert numbers.running[-1] == pytest.approx(entry.exact)
        panel.arithmetic.opened.emit(k)
        assert panel.arithmetic._open == k
        assert panel.product.shown.total == entry.exact
        assert panel.product.horizontalScrollBar().maximum() == 0
    assert exact(one.norm) in panel.text()
    table = np.array([column.values for column in panel.table._columns]).T
    assert table == pytest.approx(one.matrix if notation == "row" else one.matrix.T)


@pytest.mark.parametrize("reached", ["total", "partial"])
def test_the_page_is_of_the_derivative_that_the_map_shows(show, reached):
    panel = show()
    session = panel.session
    session.set_view(reach=reached)
    session.select(Selection("c", 2, record="c", reaches=5))
    one = state_jacobian_between(session.trace, 5, 2, total=reached == "total")
    assert one is not None
    assert exact(one.norm) in panel.text()
    letter, title = ("d", "reaches c₅") if reached == "total" else ("∂", "reaches c₅, s₂ fixed")
    assert panel.heading.text().startswith(f"{letter}c₅/{letter}c₂ ")
    assert panel.heading.text().rstrip().endswith(title)


def test_a_click_on_the_map_leads_there_in_deep_networks_too(show, qtbot):
    panel = show(natural("echo", layers=2, steps=5, hidden=3))
    session = panel.session
    contributions = ContributionsPanel()
    qtbot.addWidget(contributions)
    contributions.bind(session)
    while session.busy:
        session.pull(lambda: False)
    assert session.contributions is not None
    index = list(session.contributions.rows).index(4)
    contributions._select(index, 2)
    assert session.selection == Selection("s2", 2, record="s", reaches=4)
    assert panel.heading.text().startswith("∂s⁽²⁾₄/∂s⁽²⁾₂ ")
    norm = 10.0 ** session.contributions.decades[index, 1]
    one = state_jacobian_between(session.trace, 4, 2)
    assert one is not None
    assert one.norm == pytest.approx(norm)


def test_where_there_is_no_such_number_the_node_is_shown(show):
    panel = show()
    panel.session.select(Selection("c", 4, record="c", reaches=2))
    assert panel.heading.text().startswith("c₄ ")
