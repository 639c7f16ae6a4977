"""What a screen reader is given of the chain: its nodes column by column, the loss, and the edges."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect

from core.chain.rows import INPUT_ROW
from core.maths.arrays import norms
from core.timeline.timeline import LOSS
from explorer.items.chain.layout import ChainLayout
from explorer.items.chain.links import LinkPicture
from explorer.items.chain.scene import ChainScene
from explorer.panels.chain.drawn import drawn_sentence
from explorer.panels.chain.view import ChainView
from explorer.panels.sentences import edge_sentence, loss_sentence, loss_symbol, node_sentence, node_symbol, tr
from explorer.session.progress import progress_at
from explorer.session.session import Session
from explorer.style.numbers import spoken
from explorer.words import ended, sentences

Node = tuple[str, int]
Edge = tuple[LinkPicture, int]


class ChainItems:
    """The children of the chain's picture, for `explorer.widgets.accessible`. Listed when they are asked for, and anew
    where the picture has another scene."""

    def __init__(self, view: Callable[[], ChainView | None]) -> None:
        self._asked = view
        self._scene: ChainScene | None = None
        self._nodes: list[Node] = []
        self._places: dict[Node, int] = {}
        self._edges: list[Edge] = []

    @property
    def _view(self) -> ChainView:
        view = self._asked()
        assert view is not None, "counted as none"
        return view

    @property
    def _session(self) -> Session:
        return self._view.session

    def _listed(self) -> ChainScene:
        scene = self._view.whole
        if scene is not self._scene:
            self._scene = scene
            steps = range(1, scene.steps + 1)
            self._nodes = [(row.name, t) for t in steps for row in scene.rows if row.present[t - 1]]
            self._places = {node: k for k, node in enumerate(self._nodes)}
            self._edges = [(link, t) for link in scene.links for t in steps if scene.has_edge(link, t)]
        return scene

    def count(self) -> int:
        if self._asked() is None:
            return 0
        self._listed()
        return len(self._nodes) + 1 + len(self._edges)

    def sentence(self, k: int) -> str:
        scene, session = self._listed(), self._session
        trace, notation = session.trace, session.notation
        if k < len(self._nodes):
            row, t = self._nodes[k]
            used = session.view.gradient != "exact"
            there = progress_at(session, row, t)
            whole = node_sentence(trace, notation, row, t, there, session.view.sample, used)
            whole += self._image_row(row, t)
            if there.forward and (word := drawn_sentence(session, row, t)):
                whole = sentences((whole, ended(word)))
            return whole + self._alone(row, t) + self._token(row, t) if there.backward else whole
        if k == len(self._nodes):
            return loss_sentence(trace, notation, session.position >= session.timeline.index(LOSS))
        link, t = self._edges[k - len(self._nodes) - 1]
        (source, before), (target, at) = self._ends(link, t)
        there = progress_at(session, target, at).backward
        start, end = (node_symbol(trace, notation, *place) for place in ((source, before), (target, at)))
        return edge_sentence(start, end, float(link.norms[t - 1]), there, scene.is_cut(link, t))

    def _alone(self, row: str, t: int) -> str:
        """What the picture shows of a node's gradient while it is that of one term of the loss."""
        term, gradients = self._session.view.share_at, self._view.whole.rows[self._view.whole.names[row]].gradients
        if term is None or gradients is None:
            return ""
        symbol = loss_symbol(self._session.notation, term)
        size = spoken(float(norms(gradients[t - 1 : t])[0]))
        return " " + tr("Of {l} alone its norm is {norm}.").format(l=symbol, norm=size)

    def _token(self, row: str, t: int) -> str:
        """What is read at a step as a word, and how much of the gradient comes to it."""
        tokens = self._view.whole.rows[self._view.whole.names[row]].tokens
        if tokens is None or not tokens.texts[t - 1]:
            return ""
        size = spoken(float(tokens.norms[t - 1]))
        return " " + tr("It reads {token}; its gradient has the norm {norm}.").format(
            token=tokens.texts[t - 1], norm=size
        )

    def _image_row(self, row: str, t: int) -> str:
        """Which row of an image an input is."""
        image = self._view.whole.image
        if row != INPUT_ROW or image is None or t > len(image.rows):
            return ""
        text = (
            tr("It is row {row} of {rows} of an image labelled {label}.")
            if image.shows
            else tr("It is row {row} of {rows} of an image.")
        )
        return " " + text.format(row=int(image.places[t - 1]) + 1, rows=len(image.rows), label=image.shows)

    def _ends(self, link: LinkPicture, t: int) -> tuple[Node, Node]:
        source, target = link.names
        return (source, link.origin(t)), (target, link.end(t))

    def box(self, k: int) -> QRect:
        self._listed()
        layout = self._view.layout
        if k < len(self._nodes):
            return _box(layout, self._nodes[k])
        if k == len(self._nodes):
            row, (first, last) = self._view.loss_row, layout.columns.visible()
            if row is None:
                return QRect()
            shown = [row.node(k) for k, t in enumerate(row.picture.columns) if first <= t <= last]
            return shown[0].united(shown[-1]).toAlignedRect() if shown else QRect()
        ends = [_box(layout, end) for end in self._ends(*self._edges[k - len(self._nodes) - 1])]
        return QRect() if any(box.isEmpty() for box in ends) else ends[0].united(ends[1])

    def focus(self) -> int:
        if self._asked() is None or self._session.selection is None:
            return -1
        self._listed()
        chosen = self._session.selection
        if not chosen.source:
            return self._places.get((chosen.row, chosen.t), -1)
        wanted = (chosen.source, chosen.row), chosen.t, chosen.recurrent
        found = (k for k, (link, t) in enumerate(self._edges)
                 if (link.names, link.end(t), link.recurrent) == wanted)  # fmt: skip
        k = next(found, None)
        return -1 if k is None else len(self._nodes) + 1 + k

    def selected_sentence(self) -> str:
        """The sentence of the selection; "" where nothing is selected."""
        k = self.focus()
        return self.sentence(k) if k >= 0 else ""


def _box(layout: ChainLayout, node: Node) -> QRect:
    row = layout.scene.names.get(node[0])
    if row is None or not (0 <= row < len(layout.scene.rows)):
        return QRect()
    return layout.node(row, node[1]).toAlignedRect()
