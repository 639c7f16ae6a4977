"""In a narrow window the panels beside the pictures are drawers: rails at its edges open them over the pictures."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QByteArray, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QLayout,
    QMainWindow,
    QStyle,
    QStyleOptionToolButton,
    QStylePainter,
    QToolBar,
    QToolButton,
    QWidget,
)

from explorer.panels import LEFT
from explorer.panels.base import Panel
from explorer.widgets.card import repolish
from explorer.window.side import AREA, LEAST, Side
from explorer.words import translator

NARROW = 1280  # px of the window's width below which its sides are drawers, in the light theme's type
LARGEST = 0.6  # of the window's width for a drawer

_tr = translator("drawers")


class RailButton(QToolButton):
    """Opens a page: its name, turned by a quarter, so that the rail is as narrow as a line of text."""

    def __init__(self, panel: Panel, tip: str) -> None:
        super().__init__()
        self.panel = panel
        self.setText(panel.page_title()[0] or panel.name)
        self.setCheckable(True)
        self.setToolTip(tip)
        self.setAccessibleName(self.text())
        self.setAccessibleDescription(tip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        return QSize(metrics.height() + 10, metrics.horizontalAdvance(self.text()) + 24)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        option.text = ""
        painter.drawComplexControl(QStyle.ComplexControl.CC_ToolButton, option)
        painter.end()
        with QPainter(self) as turned:
            turned.translate(0, self.height())
            turned.rotate(-90.0)
            turned.drawText(QRect(0, 0, self.height(), self.width()), Qt.AlignmentFlag.AlignCenter, self.text())


class Rail(QToolBar):
    """One button for each panel of a side, at the edge of the window that the side is at."""

    def __init__(self, side: Side, key: str, window: QMainWindow, toggle: Callable[[Side, Panel], object]) -> None:
        super().__init__(side.windowTitle(), window)
        self.side = side
        self.setObjectName(f"rail-{side.place}")
        self.setProperty("rail", True)
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.toggleViewAction().setVisible(False)
        self.buttons: list[RailButton] = []
        for panel in side.panels:
            title, what = panel.page_title()
            about = what or _tr("{title}: a panel beside the pictures.").format(title=title)
            tip = _tr("{about}\nA click opens it over the pictures or closes it ({key}); Esc closes it.")
            button = RailButton(panel, tip.format(about=about, key=key))
            button.clicked.connect(lambda _=False, panel=panel: toggle(side, panel))
            self.buttons.append(button)
            self.addWidget(button)

    def tick(self) -> None:
        """What is open."""
        for button in self.buttons:
            button.setChecked(self.side.isVisible() and self.side.shows(button.panel))


class Drawers:
    """The sides of a window, as docks beside its pictures or, where it is narrow, as drawers over them."""

    def __init__(self, window: QMainWindow, sides: list[Side], over: Callable[[], QRect]) -> None:
        """`over`: where a drawer may lie, in the window."""
        self._window, self._sides, self._over = window, sides, over
        self._were_open, self._docked = [True] * len(sides), QByteArray()
        self._last = sides[0]  # that was opened last
        self.narrow = False
        areas = Qt.ToolBarArea.LeftToolBarArea, Qt.ToolBarArea.RightToolBarArea
        self.rails = [Rail(side, f"Ctrl+{k}", window, self._toggle) for k, side in enumerate(sides, start=1)]
        for rail in self.rails:
            window.addToolBar(areas[rail.side.place != LEFT], rail)
            rail.hide()
            rail.side.visibilityChanged.connect(lambda _: self._on_shown())
            rail.side.pages.page_changed.connect(lambda _: self._on_shown())

    def fit(self, width: int, font_px: int, presenting: bool) -> None:
        """For a window of that width: docks, or drawers that are closed at first."""
        narrow = width < NARROW * font_px / 13
        if narrow != self.narrow and not presenting:
            self.narrow = narrow
            (self._to_drawers if narrow else self._to_docks)()
        for rail in self.rails:
            rail.setVisible(self.narrow and not presenting)
        self.place()

    def state(self) -> QByteArray:
        """The layout that is remembered: that with docks, whatever the width is now."""
        return self._docked if self.narrow else self._window.saveState()

    def place(self) -> None:
        """Each drawer at its edge, over the pictures only."""
        if not self.narrow:
            return
        over = self._over()
        for side in self._sides:
            width = min(max(LEAST[side.place], side.minimumSizeHint().width()), round(self._window.width() * LARGEST))
            left = over.left() if side.place == LEFT else over.right() + 1 - width
            side.setGeometry(QRect(QPoint(left, over.top()), QSize(width, over.height())))
            side.raise_()

    def close(self) -> bool:
        """Closes a drawer, the last side's first; False where none is open."""
        opened = [side for side in self._sides if self.narrow and side.isVisible()]
        if opened:
            opened[-1].hide()
        return bool(opened)

    def _to_drawers(self) -> None:
        self._docked = self._window.saveState()
        self._were_open = [side.isVisibleTo(self._window) for side in self._sides]
        for side in self._sides:
            self._window.removeDockWidget(side)  # from now on a child like any other
            self._dress(side, True)
            side.hide()

    def _to_docks(self) -> None:
        opened = [was or side.isVisibleTo(self._window) for was, side in zip(self._were_open, self._sides, strict=True)]
        for side, rail, shown in zip(self._sides, self.rails, opened, strict=True):
            rail.hide()
            self._dress(side, False)
            self._window.addDockWidget(AREA[side.place], side)
            side.setVisible(shown)

    @staticmethod
    def _dress(side: Side, drawer: bool) -> None:
        """A drawer has an edge of its own, and is as low as the pictures, whatever its pages would like."""
        constraint = QLayout.SizeConstraint
        layout, holder = side.layout(), side.widget()
        if layout is not None:
            layout.setSizeConstraint(constraint.SetNoConstraint if drawer else constraint.SetMinAndMaxSize)
        side.setMinimumSize(0, 0)
        side.set_close(drawer)
        if isinstance(holder, QWidget):
            holder.setProperty("drawer", drawer)
            holder.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, drawer)
            repolish(holder)

    def _toggle(self, side: Side, panel: Panel) -> None:
        if side.isVisible() and side.shows(panel):
            side.hide()
        else:
            side.show_panel(panel)
            side.show()
        self._on_shown()

    def _on_shown(self) -> None:
        """One drawer at a time: together they would leave nothing of the pictures."""
        if self.narrow:
            opened = [side for side in self._sides if side.isVisible()]
            if self._last in opened and len(opened) > 1:
                self._last.hide()
            self._last = next((side for side in opened if side is not self._last), self._last)
            self.place()
        for rail in self.rails:
            rail.tick()
