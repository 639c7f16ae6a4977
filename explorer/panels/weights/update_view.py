"""The widgets of the update beside W: the change, the new W, and one entry's gradient as a sum to click."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy

from explorer.items.heat.values import ValueMap
from explorer.panels.numbers.words import entry_text
from explorer.panels.weights import update as scenes
from explorer.panels.weights.scene import WeightsScene
from explorer.style.theme import Theme
from explorer.widgets.labels import text_label


class UpdateView:
    """`caption(label, texts)` writes the longest text that fits over a map. It is on show (`shown`) while the playhead
    is at the update, and what the update does is known."""

    def __init__(self, caption: Callable[[QLabel, tuple[str, ...]], None], chosen: Callable[[str], object]) -> None:
        self.change, self.after = ValueMap(), ValueMap()
        self.over_change, self.over_after = text_label("small"), text_label("small")
        self.addends = text_label("small", wraps=True)
        self.addends.setTextFormat(Qt.TextFormat.RichText)
        links = Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        self.addends.setTextInteractionFlags(links)
        self.addends.linkActivated.connect(chosen)
        self.addends.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        for label in (self.over_change, self.over_after, self.addends):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._caption, self._share = caption, 0.0
        self._line: tuple = ()  # of what the line of an entry is
        self._height = 0
        self.moved: scenes.Moved | None = None
        self._scene: WeightsScene | None = None
        self.show_parts()

    @property
    def shown(self) -> bool:
        return self.moved is not None

    def set_theme(self, theme: Theme) -> None:
        self.change.set_theme(theme)
        self.after.set_theme(theme)

    def follow(self, scene: WeightsScene) -> bool:
        """Takes the playhead's place; whether it has come on show or gone."""
        share, before, same = scenes.share_done(scene.session), self.shown, scene is self._scene
        if not same:  # in another book, of another matrix or run
            self._line = ()
            self.addends.clear()
        if share is None:
            self.moved, self._scene = None, scene
        elif not (same and self.moved is not None and self.moved.update is scene.session.findings.update):
            self.moved, self._scene, same = scenes.moved(scene), scene, False
        if self.moved is not None and share is not None and not (same and share == self._share):
            self._share = share
            under_way = scene.matrix.values + share * self.moved.change
            self.change.show_values(self.moved.change, self.moved.own)
            self.after.show_values(under_way if share < 1.0 else self.moved.after, self.moved.limit)
        return before != self.shown

    def show_parts(self) -> None:
        """Its widgets are seen while it is on show."""
        for each in (self.over_change, self.change, self.over_after, self.after, self.addends):
            each.setVisible(self.shown)

    def write(self, cell: tuple[int, int], width: int) -> None:
        """What stands over both maps, and the line of a cell."""
        scene, moved = self._scene, self.moved
        if scene is None or moved is None:
            return
        symbol = scene.matrix.symbol
        self._caption(self.over_change, scenes.change_texts(symbol, moved.update))
        self._caption(self.over_after, scenes.after_texts(symbol, self._share))
        self.change.setAccessibleName(self.over_change.toolTip())
        self.after.setAccessibleName(self.over_after.toolTip())
        self.prepare(scene, cell)
        height = self.height_of(width)
        if height != self.addends.minimumHeight():
            self.addends.setFixedHeight(height)

    def height_of(self, width: int) -> int:
        """px of the line of a cell at a width, of the last one until there is another; 0 where there has been none."""
        if self._line:
            self._height = max(self.addends.heightForWidth(max(width, 20)), 1)
        return self._height

    def prepare(self, scene: WeightsScene, cell: tuple[int, int]) -> None:
        """Works out the line of a cell, once, so that a playhead that comes to the update has nothing to wait for."""
        session = scene.session
        key = scene, session.findings.update, cell, session.theme.name
        if key != self._line:
            self._line = key
            entry = entry_text(scene.trace, scene.matrix, cell, session.notation)
            self.addends.setText(scenes.entry_html(scene, cell, entry, session.theme.backward_text))

    def line(self, entry: str, before: float, cell: tuple[int, int]) -> str:
        """One cell of the three maps."""
        return scenes.new_line(entry, before, float(self.change.values[cell]), float(self.after.values[cell]))

    def fit(self, height: int) -> None:
        """Both maps as high as W's."""
        for each in (self.change, self.after):
            if each.minimumHeight() != height:
                each.setFixedHeight(height)

    def limit(self, own: float) -> float:
        """W's scale: the one that the new W shares while it is on show."""
        return own if self.moved is None else self.moved.limit
