"""The context menu of the norms."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu, QWidget

from explorer.panels.sentences import loss_symbol
from explorer.session.session import Session


def menu_of(parent: QWidget, session: Session, t: int, share_of: Callable[[int], None]) -> QMenu:
    """What can be done with the pinned runs, with step t (0: none is live) and with the view."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("NormsPanel", text)

    menu, view = QMenu(parent), session.view
    menu.setToolTipsVisible(True)
    for pin in session.pins:
        text = tr("Unpin “{label}”").format(label=pin.label)
        action = menu.addAction(text, lambda number=pin.number: session.unpin(number))
        action.setToolTip(session.pinned.sentence(pin))
    if len(session.pins) > 1:
        menu.addAction(tr("Unpin all runs"), session.unpin)
    if t and session.trace.supervised[t - 1] and view.share_at != t:
        text = tr("Show the share of {l} alone").format(l=loss_symbol(session.notation, t))
        menu.addAction(text, lambda: share_of(t))
    relative = tr("Divide each curve by its value at the loss")
    whole = tr("Show the norms themselves")
    menu.addAction(whole if view.relative else relative, lambda: session.set_view(relative=not view.relative))
    if view.share_at is not None:
        menu.addAction(tr("Show the whole loss"), lambda: session.set_view(share_at=None))
    if session.seeds.ensemble is None:
        menu.addAction(tr("Over 100 seeds"), session.seeds.start)
    return menu
