"""The row that counts the network's parameters: by part and by matrix, each with the product that it is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from core.arithmetic.matrices import symbol_of
from core.network.parameter_counts import PartCount, count_of, counts_of
from explorer.panels.experiment.rows import Row
from explorer.session.session import Session
from explorer.words import clauses, ended, sentences


class ParametersRow(Row):
    """A table: a line for each part with its sum, below it one for each of its parameters."""

    def __init__(self, title: str, tip: str) -> None:
        super().__init__(title, tip, ())
        self.label = QLabel()
        self.label.setTextFormat(Qt.TextFormat.RichText)
        self.label.setWordWrap(True)
        self.label.setAccessibleName(title)
        self.put(self.label)

    def sync(self, session: Session) -> None:
        network = session.trace.network
        parts = counts_of(network)
        total = self.tr("{n} parameters").format(n=f"{count_of(network):,}")
        rows = "".join(self._lines(each, session) for each in parts)
        self.label.setText(f"<b>{total}</b><table cellspacing='0' cellpadding='1'>{rows}</table>")
        said = clauses(f"{each.part}: {each.formula} = {each.count}" for each in parts)
        self.label.setAccessibleDescription(sentences((ended(total), ended(said))))

    def _lines(self, part: PartCount, session: Session) -> str:
        found = [_line(f"<b>{part.part}</b>", part.formula, f"<b>{part.count:,}</b>")]
        for each in part.matrices:
            name, gates = symbol_of(session.trace, each.name, session.notation), len(each.gates)
            formula = each.formula
            if gates:
                formula = self.tr("{formula} ({n} a gate)").format(formula=formula, n=f"{each.of_gate:,}")
            found.append(_line(f"&nbsp;{name}", formula, f"{each.count:,}"))
        return "".join(found)


def _line(name: str, formula: str, number: str) -> str:
    return f"<tr><td>{name}&nbsp;</td><td>{formula}&nbsp;</td><td align='right'>{number}</td></tr>"
