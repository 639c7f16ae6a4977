"""Rows of the experiment panel for the network: the initialisation of W, what W can do, and the gates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QPushButton

from core.choices import layer_widths
from core.maths.arrays import Array, singular_range, spectral_radius
from core.notation.books.row import ROW
from core.notation.equations import Style
from explorer.panels.experiment.matrix_dialog import LARGEST, MatrixDialog
from explorer.panels.experiment.rows import SPACE, ComboRow, Guard, Row
from explorer.session.session import Session
from explorer.style.numbers import number, spoken
from explorer.widgets.optional import OptionalValue
from explorer.widgets.scale import Scale
from explorer.words import in_language, sentences

TYPED = "matrix"  # the value of w_init for a typed matrix
AT_ONCE = 32  # up to this many units eigenvalues cost less than a frame; beyond, they wait for a rest
REST_MS = 120


def recurrent(session: Session) -> dict[str, Array]:
    """W (H, H) of each block of the shown cell: {"": W}, or {"i": W_i, "f": W_f …}; empty where it has none."""
    scan = session.trace.scan
    if f"{scan.name}.W" not in session.trace.parameters:
        return {}
    views = scan.cell.named("W", session.trace.parameters[f"{scan.name}.W"], scan.hidden)
    return {name.partition("_")[2]: array for name, array in views.items()}


class _Matrix:
    """Asks for a typed W; shared by the row that chooses the initialisation and the one that edits W."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self.dialog: MatrixDialog | None = None

    def ask(self, session: Session) -> None:
        """Opens the dialog on the W that was typed before, or else on the present one."""
        experiment, size = session.experiment, max(layer_widths(session.experiment))
        if size > LARGEST:
            text = self._row.tr("{w} can be typed for at most {most} hidden units; there are {n}.")
            w = session.notation.parameter("W", False)
            self._row.show_error(text.format(w=w, most=LARGEST, n=size))
            self._row.sync(session)
            return
        typed = experiment.w_matrix
        fits = typed is not None and len(typed) == size
        start = typed if typed is not None and fits else next(iter(recurrent(session).values())).tolist()
        self.dialog = MatrixDialog(start, self._row.window(), session.notation.parameter("W", False))
        self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog.accepted.connect(self._on_accepted)
        self.dialog.rejected.connect(lambda: self._row.sync(session))
        self.dialog.open()

    def _on_accepted(self) -> None:
        if self.dialog is not None:
            matrix = self.dialog.matrix()
            self._row.choose_all({"w_init": TYPED, "w_matrix": matrix, "hidden": len(matrix)})


class InitialisationRow(ComboRow):
    """How W is made. A typed matrix is asked for before it counts."""

    def __init__(self, title: str, tip: str, options: Sequence[tuple[str, str, str]]) -> None:
        super().__init__(title, tip, ("w_init",), options)
        self._session: Session | None = None
        self.typed = _Matrix(self)

    def sync(self, session: Session) -> None:
        self._session = session
        super().sync(session)

    def _on_activated(self, index: int) -> None:
        if self.combo.itemData(index) == TYPED and self._session is not None:
            self.typed.ask(self._session)
        else:
            super()._on_activated(index)


class MatrixRow(Row):
    """Opens the typed W."""

    def __init__(self, title: str, tip: str) -> None:
        super().__init__(title, tip, ("w_matrix",))
        self.button = QPushButton(title)
        self.name(self.button)
        Guard(self.button, SPACE)
        self.button.clicked.connect(self._on_clicked)
        self.put(self.button)
        self._session: Session | None = None
        self.typed = _Matrix(self)

    def sync(self, session: Session) -> None:
        self._session = session
        size = max(layer_widths(session.experiment))
        w = session.notation.parameter("W", False)
        self.button.setText(self.tr("Edit {w} ({n} × {n})…").format(w=w, n=size))

    def _on_clicked(self) -> None:
        if self._session is not None:
            self.typed.ask(self._session)


class SpectraRow(Row):
    """σ_max, σ_min and ρ of W: how much and how little one product with W can stretch, and what many of them do in the
    long run."""

    def __init__(self, title: str, tip: str) -> None:
        super().__init__(title, tip, ())
        self.label = QLabel()
        self.label.setTextFormat(Qt.TextFormat.RichText)
        self.label.setWordWrap(True)
        self.label.setAccessibleName(title)
        self.put(self.label)
        self._shown: dict[str, Array] = {}
        self._wanted: dict[str, Array] = {}
        self._found: dict[str, tuple[float, float, float]] = {}
        self._notation = ROW
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._compute)

    def sync(self, session: Session) -> None:
        blocks = recurrent(session)
        if session.notation is not self._notation:
            self._notation = session.notation
            self._write()
        same = self._shown.keys() == blocks.keys()
        if same and all(np.array_equal(self._shown[block], w) for block, w in blocks.items()):
            self._rest.stop()
            return
        self._wanted = blocks
        if not blocks:
            self._shown, self._found = {}, {}
            self._write()
        elif next(iter(blocks.values())).shape[0] <= AT_ONCE:
            self._compute()
        else:
            self._rest.start()

    def _compute(self) -> None:
        self._rest.stop()
        self._shown = self._wanted
        self._found = {block: (*singular_range(w), spectral_radius(w)) for block, w in self._shown.items()}
        self._write()

    def _write(self) -> None:
        found = {f"W_{block}" if block else "W": values for block, values in self._found.items()}
        found = {self._notation.parameter(name, False): values for name, values in found.items()}
        if not found:
            self.label.setText("")
        elif len(found) == 1:
            (values,) = found.values()
            names = "σ<sub>max</sub>", "σ<sub>min</sub>", "ρ"
            cells = zip(names, values, strict=True)
            self.label.setText(_line(*(f"{name}&nbsp;<b>{number(value)}</b>" for name, value in cells)))
        else:
            rows = [_line("", "<i>σ</i><sub>max</sub>", "<i>σ</i><sub>min</sub>", "<i>ρ</i>", inside=True)]
            for name, values in found.items():
                stem, _, letters = name.partition("_")
                symbol = f"{stem}<sub>{letters}</sub>" if letters else stem
                rows.append(_line(symbol, *(f"<b>{number(value, 2)}</b>" for value in values), inside=True))
            self.label.setText(f"<table cellspacing='0' cellpadding='1'>{''.join(rows)}</table>")
        said = self.tr("{name}: largest singular value {high}, smallest {low}, spectral radius {rho}.")
        rows_said = (
            said.format(name=name, high=spoken(high), low=spoken(low), rho=spoken(rho))
            for name, (high, low, rho) in found.items()
        )
        self.label.setAccessibleDescription(sentences(rows_said))


def _line(*cells: str, inside: bool = False) -> str:
    if not inside:
        return "&nbsp; ".join(cells)
    return "<tr>" + "".join(f"<td align='right'>&nbsp;{cell}&nbsp;&nbsp;</td>" for cell in cells) + "</tr>"


class GatesRow(Row):
    """Each gate of the cell: learned, or frozen at a value. Nothing for a cell without gates."""

    def __init__(self, title: str, tip: str) -> None:
        super().__init__(title, tip, ("frozen",))
        self._column.setSpacing(6)
        self._titles: dict[str, tuple[str, str]] = {}
        self._complemented: frozenset[str] = frozenset()  # the gates that are 1 − ours in the book on view
        self.gates: dict[str, OptionalValue] = {}

    def apply(self, session: Session, values: dict[str, Any], gesture: str) -> bool:
        gate, at = values["frozen"]
        at = 1.0 - at if at is not None and gate in self._complemented else at
        session.freeze(gate, at, gesture=f"{gesture} {gate}")
        return session.experiment.frozen_at(gate) == at

    def sync(self, session: Session) -> None:
        cell = session.trace.scan.cell
        known = {record.name: in_language(record.title) for record in cell.records}
        style = Style(False, None, session.notation)
        titles = {gate: (style.letter(cell, gate), known.get(gate, gate)) for gate in cell.gates}
        if titles != self._titles:
            self._rebuild(titles)
        self._complemented = session.notation.complemented(cell)
        for gate, choice in self.gates.items():
            at = session.experiment.frozen_at(gate)
            choice.setValue(1.0 - at if at is not None and gate in self._complemented else at)

    def _rebuild(self, titles: dict[str, tuple[str, str]]) -> None:
        """titles: by gate, its symbol and what it is."""
        for choice in self.gates.values():
            self._column.removeWidget(choice)
            choice.hide()
            choice.deleteLater()
        self._titles, self.gates = titles, {}
        for gate, (symbol, title) in titles.items():
            choice = OptionalValue(
                self.tr("Freeze {gate}").format(gate=symbol), Scale(0.0, 1.0), None, 1.0, off=self.tr("learned")
            )
            text = self.tr("The {title}: learned, or held at one value at every step.\nA click holds it ({gate} ≡ 1).")
            choice.setToolTip(text.format(title=title, gate=symbol))
            choice.box.setToolTip(choice.toolTip())
            choice.box.setAccessibleDescription(choice.toolTip())
            choice.changed.connect(lambda at, gate=gate: self.changed.emit({"frozen": (gate, at)}))
            choice.committed.connect(self.committed)
            self.gates[gate] = choice
            self.put(choice)
