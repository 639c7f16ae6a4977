"""What a panel is: a widget that is bound to the session, and draws what the session says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import cast

from PySide6.QtCore import QRectF, Signal, SignalInstance
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from explorer.session.player import Player
from explorer.session.session import Change, Session
from explorer.style.theme import PROJECTOR
from explorer.widgets.zoomed import Zoomed

Listening = Iterable[tuple[SignalInstance, Callable[..., object]]]


class Panel(Zoomed):
    """Base of all panels. `refresh` after a change, `show_time` after a move of the playhead; a panel keeps no time of
    its own. `keys`: the view-only shortcuts that it handles while it has the focus, for the help."""

    name = ""
    remembered = False  # from one start to the next: what `chosen` returns, then plain JSON

    wish_changed = Signal()  # another height is wished for

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session: Session = cast(Session, None)  # until `bind`, which comes before anything else
        self.refreshes = 0  # tests count them

    def bind(self, session: Session) -> None:
        """Leaves the old session, listens to the new one, and shows it once."""
        if self.session is not None:
            for signal, slot in self.listens(self.session):
                signal.disconnect(slot)
        self.session = session
        for signal, slot in self.listens(session):
            signal.connect(slot)
        self._on_changed(Change.ALL)
        self.show_time(session.position)
        self.show_selection()

    def listens(self, session: Session) -> Listening:
        """The signals of a session that it listens to, each with what is called."""
        yield session.changed, self._on_changed
        yield session.time_changed, self.show_time
        yield session.selection_changed, self.show_selection

    @property
    def zoom(self) -> float:  # type: ignore[override]
        """How far its picture is enlarged: what is presented grows with the screen."""
        return self.session.theme.zoom if self.session is not None else 1.0

    @property
    def least_height(self) -> int:
        """px of height below which it is not shown at all."""
        return self.minimumHeight()

    @property
    def foot(self) -> int:
        """px along its lower edge that say what its colours mean."""
        return 0

    @property
    def has_controls(self) -> bool:
        """Whether controls stand within its picture: messages keep away from it."""
        return False

    @property
    def wished_height(self) -> int:
        """px that it is given before pictures after it are; 0: no more than the least."""
        return 0

    @property
    def presented(self) -> bool:
        """Whether it is the only picture on show."""
        return self.session is not None and self.session.theme.name == PROJECTOR.name

    def page_title(self) -> tuple[str, str]:
        """What it is called where it is one of several pages, and a tip."""
        return self.name, ""

    def wanted(self, session: Session) -> bool:
        """Whether this run has anything for it to show; the window gives its place to others where it has not."""
        return True

    def empty(self, session: Session) -> bool:
        """Whether all that it could say of this run is why there is no picture: it is not presented then."""
        return False

    def own_steps(self) -> tuple[int, int] | None:
        """The first and the last column that it has anything in; None for all."""
        return None

    def fit_height(self, px: int) -> None:
        """So many px of height are there for it and what stands above it."""

    def set_player(self, player: Player) -> None:
        """Gets the player, where the panel has controls of it."""

    def set_menu(self, menu: QMenu) -> None:
        """Gets the window's menu, where the panel has its button."""

    def set_actions(self, actions: Mapping[str, QAction]) -> None:
        """Gets the window's actions, by their English texts, where the panel has buttons of some."""

    def commands(self) -> Mapping[str, Callable[[], object]]:
        """What an action of the menu may ask of this panel, by name."""
        return {}

    def pointed(self, item: str) -> QRectF | None:
        """Where an item of it is now, in its own coordinates, for a note that points at it; None: it has none."""
        return None

    def busy(self) -> list[QRectF]:
        """What a note should not cover, in its own coordinates."""
        return []

    def _on_changed(self, flags: Change) -> None:
        self.refreshes += 1
        self.refresh(flags)

    def chosen(self) -> object:
        """What a person has chosen in this panel that neither the session nor its view knows, for a copy of it."""
        return None

    def choose(self, chosen: object) -> None:
        """Takes over what another panel of its kind returned by `chosen`."""

    def refresh(self, flags: Change) -> None:
        """Shows what has changed."""

    def show_time(self, position: float) -> None:
        """Shows the playhead at a position on the line."""

    def show_selection(self) -> None:
        """Shows the selection."""
