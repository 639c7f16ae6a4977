"""The image beside the inputs where the data declare that x is one, read row by row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from core.timeline.timeline import BACKWARD, FORWARD
from explorer.items.chain.image import MARK, ImagePicture
from explorer.items.chain.layout import ChainLayout
from explorer.session.session import Session
from explorer.words import translator

MARGIN, LEAST = 6.0, 20.0  # px around it, and the height below which it is left out
SHARE = 0.3  # of the columns' room that it takes at most: the words of the loss need the rest
NAME = 1.5  # heights of the text that the name of the inputs keeps

_tr = translator("chain")


def image_of(session: Session, limit: float) -> ImagePicture | None:
    """That of the sample on view, on the scale ±limit; None where x is no image."""
    trace, sample = session.trace, session.view.sample
    data = trace.data
    if data.image is None or len(data.image.rows) < 2:
        return None
    return ImagePicture(data.x[:, sample], data.image.rows, data.image.high, limit, label_of(session), session.theme)


def label_of(session: Session) -> str:
    """The class that every target of the sample on view names; "" where they name none, or several."""
    data, sample = session.trace.data, session.view.sample
    asked = data.supervised if data.counted is None else data.supervised & data.counted[:, sample]
    y = data.y[asked, sample]
    classes = set(y.argmax(axis=1).tolist()) if len(data.output_names) == y.shape[1] > 1 else set()
    return data.output_names[classes.pop()] if len(classes) == 1 else ""


@dataclass(frozen=True)
class ImageBeside:
    """Draws it over the first steps, where no output stands there, or else left of the columns, under the name of the
    inputs and above `bottom` (px)."""

    session: Session
    picture: ImagePicture
    layout: ChainLayout
    top: float  # px from which on there are nodes
    bottom: float

    @property
    def place(self) -> QRectF | None:
        """Where it lies; None where there is no room for it."""
        beside, over = self._beside(), self._over()
        if beside is None or over is None:
            return beside or over
        return over if over.height() > beside.height() else beside

    def _over(self) -> QRectF | None:
        """The corner above the states of the first steps in sight, as far as nothing else stands in it."""
        rows, columns = self.layout.scene.rows, self.session.columns
        first, last = columns.visible()
        highest = max((k for k, row in enumerate(rows) if row.present[first - 1]), default=0)
        taken = [t for t in range(first, last + 1) if any(row.present[t - 1] for row in rows[highest + 1 :])]
        right = min([columns.x(t) - columns.column / 2 for t in taken], default=columns.right)
        right = min(right, columns.LEFT + columns.room * SHARE)
        side = MARGIN + MARK
        room = QRectF(columns.LEFT + side, self.top, 0, self.layout.node(highest, first).top() - 2 * MARGIN - self.top)
        room.setRight(right - side)
        if highest == len(rows) - 1 or room.height() < LEAST or room.width() < LEAST:
            return None
        place = self.picture.within(room)
        place.moveLeft(room.left())
        return place

    def _beside(self) -> QRectF | None:
        theme, columns = self.session.theme, self.session.columns
        side = MARGIN + MARK
        top = self.layout.bands[0][0] + NAME * theme.formula_px
        room = QRectF(side, top, columns.LEFT - 2 * side, self.bottom - MARGIN - top)
        if room.height() < LEAST:
            return None
        return self.picture.within(room)

    @property
    def read(self) -> np.ndarray:
        """(T,) bool: the steps whose row has been read."""
        beats = self.layout.scene.rows[0].forward[: len(self.picture.rows)]
        return beats <= int(self.session.position + 1e-9)

    def sentence(self) -> str:
        """What it shows, and how much of it has been read."""
        text = _tr("x is an image labelled {label}, {read} of its {rows} rows are read")
        if not self.picture.shows:
            text = _tr("x is an image, {read} of its {rows} rows are read")
        return text.format(label=self.picture.shows, read=int(self.read.sum()), rows=len(self.picture.rows))

    def draw(self, painter: QPainter, live: tuple[int, ...]) -> None:
        """With the rows of the steps `live` marked, as far as they read one."""
        place, phase, theme = self.place, self.session.time.phase, self.session.theme
        if place is None:
            return
        marked = [t for t in live if 1 <= t <= len(self.picture.rows)] if phase in (FORWARD, BACKWARD) else []
        ink = theme.backward_text if phase == BACKWARD else theme.forward_text
        self.picture.draw(painter, place, self.read, marked, ink)
