"""A run's picture for its card: the chain as the window draws it, without its header and its legend."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPixmap

from core.trace import Trace
from explorer.panels.chain.panel import ChainPanel
from explorer.session.session import Session

DRAWN = QSize(480, 250)  # px: large enough for nodes in which a value and a gradient can be distinguished
HEAD, FOOT = 30, 34  # px of the panel's header and legend


class Pictures:
    """Draws them on demand, and keeps them: a run has one in each theme and resolution."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, str, float], tuple[Trace, QPixmap]] = {}

    def of(self, trace: Trace, theme: str, ratio: float) -> QPixmap:
        """The picture of a finished run; `ratio`: device pixels in a px."""
        key = id(trace), theme, ratio
        if key not in self._kept:
            self._kept[key] = trace, _drawn(trace, theme, ratio)  # the run is kept, so that its id stays its own
        return self._kept[key][1]

    def has(self, trace: Trace, theme: str, ratio: float) -> bool:
        return (id(trace), theme, ratio) in self._kept


def _drawn(trace: Trace, theme: str, ratio: float) -> QPixmap:
    session = Session(theme=theme, trace=trace)
    session.seek(session.timeline.complete)
    session.columns.set_width(float(DRAWN.width()))
    panel = ChainPanel()
    panel.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    panel.resize(DRAWN)
    panel.bind(session)
    whole = QPixmap(DRAWN * ratio)
    whole.setDevicePixelRatio(ratio)
    panel.render(whole)
    panel.deleteLater()
    session.deleteLater()
    inside = QRect(2, HEAD, DRAWN.width() - 4, DRAWN.height() - HEAD - FOOT)
    return whole.copy(QRect(inside.topLeft() * ratio, inside.size() * ratio))
