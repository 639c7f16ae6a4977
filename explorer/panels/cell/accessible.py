"""What a screen reader is given of the inside of a cell: a sentence for every node and every edge."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QRect

from core.interior.diagram import Edge
from explorer.items.cell.diagram import CellDiagram
from explorer.panels.cell.scene import OpenCell
from explorer.panels.sentences import edge_sentence


class CellPicture(Protocol):
    """What it needs of the panel."""

    opened: OpenCell | None
    diagram: CellDiagram
    node: str

    def sentences(self) -> dict[str, str]:
        """One sentence for every node on show, by name."""
        ...


class CellItems:
    """The children of the diagram, for `explorer.widgets.accessible`: its nodes, then its edges."""

    def __init__(self, panel: CellPicture) -> None:
        self._panel = panel

    @property
    def _names(self) -> tuple[str, ...]:
        cell = self._panel.opened
        return () if cell is None else tuple(node.name for node in cell.interior.nodes)

    @property
    def _edges(self) -> tuple[Edge, ...]:
        cell = self._panel.opened
        return () if cell is None else cell.interior.edges

    def count(self) -> int:
        return len(self._names) + len(self._edges)

    def sentence(self, k: int) -> str:
        names = self._names
        if k < len(names):
            return self._panel.sentences().get(names[k], "")
        step, edge = self._panel.diagram.step, self._edges[k - len(names)]
        if step is None:
            return ""
        key = edge.out, edge.source
        there = edge.out in self._panel.diagram.progress.passed
        norm = step.addend_norm(key) if key in step.addends else 0.0
        return edge_sentence(step.symbols[edge.source], step.symbols[edge.out], norm, there)

    def box(self, k: int) -> QRect:
        names, diagram = self._names, self._panel.diagram
        if diagram.step is None:
            return QRect()
        source = diagram.cell_layout().source
        if k < len(names):
            return source(names[k]).toAlignedRect()
        edge = self._edges[k - len(names)]
        return source(edge.source).united(source(edge.out)).toAlignedRect()

    def focus(self) -> int:
        return self._names.index(self._panel.node) if self._panel.node in self._names else -1
