"""What a screen reader is given of the plane: a sentence for every step that the forward pass has reached."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QRect

from explorer.items.plane.picture import PlanePicture


class PlaneHolder(Protocol):
    """What it needs of the panel."""

    picture: PlanePicture

    def sentence(self, k: int) -> str:
        """Step k (from 0) in words."""
        ...


class PlaneItems:
    """The children of the picture, for `explorer.widgets.accessible`: the steps in their order."""

    def __init__(self, panel: PlaneHolder) -> None:
        self._panel = panel

    def count(self) -> int:
        picture = self._panel.picture
        return min(picture.time[0], picture.plane.steps) if picture.plane is not None else 0

    def sentence(self, k: int) -> str:
        return self._panel.sentence(k)

    def box(self, k: int) -> QRect:
        picture = self._panel.picture
        how = picture.painter
        spot = how.spots[k] if how is not None and k < len(how.spots) else None
        if how is None or spot is None or not how.layout.square.contains(spot):
            return QRect()
        return picture.outer(QRect(round(spot.x()) - 5, round(spot.y()) - 5, 10, 10))

    def focus(self) -> int:
        at = self._panel.picture.at
        return -1 if at is None else at
