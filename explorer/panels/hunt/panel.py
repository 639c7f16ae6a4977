"""The fault hunt: a bar above the pictures, with what is marked, what the gradient check says, and the buttons to end
it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from explorer.items.note import draw_note
from explorer.panels.base import Listening, Panel
from explorer.panels.hunt.words import introduction, outcome, selected_symbol
from explorer.session.session import Change, Session
from explorer.widgets.labels import text_label


class HuntPanel(Panel):
    """Visible only while a fault is hidden."""

    name = "hunt"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Hidden error"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._title = text_label("title", self.tr("Hidden error"))
        self._message = QLabel()
        self._message.setWordWrap(True)
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        self._message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._message.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._tries = text_label("muted")
        self.what = QComboBox()
        self.what.setAccessibleName(self.tr("What is marked: the selected node, or a parameter's gradient"))
        self.what.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.wrong = QPushButton(self.tr("This is wrong  W"))
        self.wrong.setToolTip(
            self.tr("Your answer: this gradient is the wrong one.\nA click marks it; the gradient check judges (W).")
        )
        self.wrong.clicked.connect(self._on_wrong)
        self.give_up = QPushButton(self.tr("Give up"))
        self.give_up.setToolTip(self.tr("The hidden error, by its name.\nA click reveals it."))
        self.give_up.clicked.connect(lambda: self.session.hunt.give_up())
        self.end = QPushButton(self.tr("End the search"))
        self.end.setToolTip(self.tr("Back to the experiment as it was (Esc)"))
        self.end.clicked.connect(lambda: self.session.hunt.leave())
        line = QHBoxLayout()
        line.setSpacing(8)
        for widget in (self._title, self._tries):
            line.addWidget(widget)
        line.addStretch(1)
        for widget in (self.what, self.wrong, self.give_up, self.end):
            line.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 9, 12, 10)
        column.setSpacing(6)
        column.addLayout(line)
        column.addWidget(self._message)
        self.hide()

    # --- changes of the session ---
    def listens(self, session: Session) -> Listening:
        yield from super().listens(session)
        yield session.hunt_changed, self._on_hunt

    def bind(self, session: Session) -> None:
        super().bind(session)
        self._on_hunt()

    def refresh(self, flags: Change) -> None:
        if self.session.hunting is not None:
            self._fill()
        self.update()

    def show_selection(self) -> None:
        if self.session.hunting is not None:
            self.what.setItemText(0, selected_symbol(self.session))
            if self.session.selection is not None:
                self.what.setCurrentIndex(0)

    def _on_hunt(self) -> None:
        state = self.session.hunting
        self.setVisible(state is not None)
        if state is not None:
            self._fill()

    def _fill(self) -> None:
        session = self.session
        session.hunt.reword_verdict()
        state = session.hunting
        if state is None:
            return
        hunt = state.hunt
        hunt.notation = session.notation
        wanted = [("", selected_symbol(session)), *((name, hunt.parameter_title(name)) for name in hunt.parameters())]
        if [self.what.itemText(k) for k in range(self.what.count())] != [text for _, text in wanted]:
            chosen = max(0, self.what.currentIndex())
            self.what.clear()
            for name, text in wanted:
                self.what.addItem(text, name)
            self.what.setCurrentIndex(min(chosen, self.what.count() - 1))
        for widget in (self.what, self.wrong, self.give_up):
            widget.setEnabled(not state.revealed)
        text = outcome(session, state) if state.verdict is not None or state.revealed else introduction()
        self._message.setText(text)
        self._message.setAccessibleName(text)
        self._tries.setText(self.tr("%n tries", "", state.tries) if state.tries != 1 else self.tr("1 try"))
        self.setAccessibleDescription(text)

    # --- user actions ---
    def _on_wrong(self) -> None:
        self.mark()

    def commands(self) -> Mapping[str, Callable[[], object]]:
        return {"mark": self.mark}

    def mark(self) -> None:
        """Marks what is chosen."""
        self.session.hunt.mark(self.what.currentData() or "")

    # --- Qt ---
    def paintEvent(self, event: QPaintEvent) -> None:
        if self.session is None:
            return
        state = self.session.hunting
        with QPainter(self) as painter:
            draw_note(painter, QRectF(self.rect()), self.session.theme, state is not None and state.found)
