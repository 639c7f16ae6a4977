"""The widgets of dW beside W: its map, which fills addend by addend, and how much of it each step makes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QLabel, QSizePolicy

from explorer.items.heat.gradient import GradientMap
from explorer.items.plots.lag_bars import LagBars
from explorer.panels.weights import words
from explorer.panels.weights.scene import WeightsScene
from explorer.style.theme import Theme
from explorer.widgets.labels import text_label
from explorer.words import sentences, translator

_tr = translator("weights")


class SumView:
    """`caption(label, texts)` writes the longest text that fits over a map; `brushed()`: another part of the sum is to
    be shown. `lag`: the map is what is left of the sum from so many steps back on; None for all of it."""

    def __init__(self, caption: Callable[[QLabel, tuple[str, ...]], None], brushed: Callable[[], None]) -> None:
        self.map, self.bars = GradientMap(), LagBars()
        self.over, self.made = text_label("small"), text_label("small", wraps=True)
        self.made.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        for label in (self.over, self.made):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.bars.brushed_to.connect(self._on_brushed)
        self.lag: int | None = None
        self.made_at_end = ""  # what each step makes of dW, once the sum is done
        self._caption, self._brushed = caption, brushed
        self._scene: WeightsScene | None = None
        self._moment: tuple[int, bool] = (-1, False)

    def set_theme(self, theme: Theme) -> None:
        self.map.set_theme(theme)
        self.bars.set_theme(theme)

    # --- what is shown ---
    def set_scene(self, scene: WeightsScene) -> None:
        """Another matrix or run, of which nothing is on show before `follow`."""
        self._scene, self.lag, self._moment = scene, None, (-1, False)
        symbol = scene.matrix.symbol
        self.made_at_end = ""
        if scene.shares is not None:
            made = words.made_text(symbol, scene.shares, scene.norm, self._of_share)
            self.made_at_end = sentences((made, words.used_text(symbol, scene)))
        self.map.setAccessibleName(f"d{symbol}")
        self.bars.setAccessibleName(_tr("share of each step in d{W}").format(W=symbol))

    def follow(self) -> bool:
        """Takes the playhead's place; whether there is an addend more or less than before, to be shown."""
        assert self._scene is not None
        moment = self._scene.moment()
        changed = moment != self._moment
        self._moment = moment
        return changed

    @property
    def _of_share(self) -> bool:
        """Whether the chain shows the gradient of one term of the loss, which dW, made for the update, is not of."""
        return self._scene is not None and self._scene.session.view.share_at is not None

    @property
    def several(self) -> bool:
        """Whether there is more than one step that makes something of dW."""
        shares = self._scene.shares if self._scene is not None else None
        return shares is not None and len(shares.shares) > 1

    @property
    def followed(self) -> bool:
        """Whether it has a place on the line."""
        return self._moment[0] >= 0

    def show(self, captioned: bool) -> None:
        """dW at the playhead, what stands over it where it is `captioned`, and what each step makes of it."""
        scene = self._scene
        assert scene is not None
        hidden, symbol = scene.sums is None, scene.matrix.symbol
        lag = self.lag if self._moment[1] else None
        shown = scene.at(self._moment, lag)
        self.map.set_values(shown.values, scene.decades, not shown.count, shown.finished and lag is None)
        left = _tr("{n}+ steps back").format(n=lag) if lag is not None else ""
        if captioned:
            self._caption(self.over, words.sum_texts(symbol, shown, hidden, left, self._of_share))
        self.map.setAccessibleDescription(words.sum_sentence(symbol, shown, hidden, self._of_share))
        self.made.setText(self._show_shares(lag))
        self.bars.setAccessibleDescription(self.made.text())

    def _show_shares(self, lag: int | None) -> str:
        """Draws the bars; what they say."""
        scene = self._scene
        assert scene is not None
        shares, (count, finished), symbol = scene.shares, self._moment, scene.matrix.symbol
        if shares is None:
            return ""
        order = np.argsort(shares.columns)
        there = np.arange(len(order)) < count
        values = np.where(there & shares.known, shares.shares, np.nan)[order]
        brushed = (shares.lag < (lag or 0))[order]
        at = int(shares.columns[shares.first + lag]) if lag is not None else 0
        falling = len(order) < 2 or shares.columns[0] > shares.columns[-1]
        self.bars.set_shares(values, int(shares.columns.min()), brushed, at, bool(falling))
        if not finished:
            return _tr("The share of each step in d{W}, once the sum is done.").format(W=symbol)
        return words.left_text(symbol, shares, lag, scene) if lag is not None else self.made_at_end

    def _on_brushed(self, column: int) -> None:
        lag = self._scene.lag_of(column) if column and self._scene is not None else None
        if lag != self.lag and self._moment[1]:
            self.lag = lag or None
            self._brushed()

    # --- its room ---
    def show_parts(self, shown: bool, low: bool) -> None:
        """`shown`: unless the update has its place; `low`: there is room for the map alone."""
        self.bars.setVisible(self.several and not low)
        known = self._scene is not None and self._scene.sums is not None
        self.made.setVisible(shown and not low and known)
        for each in (self.map, self.over):
            each.setVisible(shown)

    def height_of(self, width: int) -> int:
        """px of what the steps make: two lines or more, and as many as the text at the end of the run has, so that
        nothing moves in between."""
        metrics, wraps = self.made.fontMetrics(), Qt.TextFlag.TextWordWrap
        room = QRect(0, 0, width, 1000)
        texts = self.made.text(), self.made_at_end
        needed = max(metrics.boundingRect(room, wraps, each).height() for each in texts)
        return max(needed, 2 * metrics.lineSpacing()) + 1
