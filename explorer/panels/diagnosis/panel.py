"""A bar above the pictures: what agrees of a person's own gradients, the first that does not, and the mistake."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from explorer.items.note import draw_note
from explorer.panels.base import Listening, Panel
from explorer.session.session import Change, Session
from explorer.widgets.labels import text_label
from explorer.widgets.scroll import SteadyArea
from explorer.words import in_language

SHARE = 0.22  # of the window's height that the text takes at most; what is longer is scrolled


class DiagnosisPanel(Panel):
    """Visible only while gradients are compared."""

    name = "diagnosis"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Your gradients"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._title, self._source = text_label("title", self.tr("Your gradients")), text_label("muted")
        self._mistake = text_label("value", wraps=True)
        self._mistake.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.area = SteadyArea(self._text)
        self.show_first = QPushButton(self.tr("Show where"))
        self.show_first.setToolTip(self.tr("The node of the first wrong number, yours beside the right one.\n"
                                           "A click selects it."))  # fmt: skip
        self.show_first.clicked.connect(lambda: self.session.compared.show_first())
        self.close_button = QPushButton(self.tr("Close"))
        self.close_button.setToolTip(self.tr("The run without your numbers (Esc)"))
        self.close_button.clicked.connect(lambda: self.session.compared.leave())
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._title)
        line.addWidget(self._source)
        line.addStretch(1)
        line.addWidget(self.show_first)
        line.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 9, 12, 10)
        column.setSpacing(6)
        column.addLayout(line)
        column.addWidget(self._mistake)
        column.addWidget(self.area)
        self.hide()

    # --- changes of the session ---
    def listens(self, session: Session) -> Listening:
        yield from super().listens(session)
        yield session.compared_changed, self._fill

    def bind(self, session: Session) -> None:
        super().bind(session)
        self._fill()

    def refresh(self, flags: Change) -> None:
        if self.session.compared.state is not None:
            self._fill()
        self.update()

    def text(self) -> str:
        """What it says, a sentence or an equation a line, the mistake first."""
        return "\n".join(each.text() for each in (self._mistake, self._text) if each.text())

    def _fill(self) -> None:
        state = self.session.compared.state
        self.setVisible(state is not None)
        if state is None:
            return
        mistake: list[str] = []
        rest = list(state.lines(self.session.notation))
        if not state.unchecked:
            report = state.report(self.session.notation)
            mistake, more = _headed(list(map(in_language, report.mistake())))
            rest = [*map(in_language, (*report.agreement(), *filter(None, [report.difference()]))), *more]
        lines = [*mistake, *rest]
        title = self.tr("Your model's run") if state.unchecked else self.tr("Your gradients")
        self._title.setText(title)
        self.setAccessibleName(title)
        self._source.setText(state.source)
        self._mistake.setText("\n".join(line.strip() for line in mistake))
        self._mistake.setVisible(bool(mistake))
        self._text.setText("\n".join(rest))
        first = state.diagnosis.first
        self.show_first.setEnabled(first is not None)
        self.setAccessibleDescription(" ".join(line.strip() for line in lines))
        self._limit()
        self.update()

    def _limit(self) -> None:
        """As high as the text, up to its share of the window."""
        self._text.ensurePolished()  # before it is first shown it has not the theme's font yet
        width = max(200, self.width() - 48)
        height = self._text.heightForWidth(width)
        self.area.setFixedHeight(min(height + 4, round(SHARE * self.window().height())))

    # --- Qt ---
    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        if self.session is not None and self.session.compared.state is not None:
            self._limit()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.session is None:
            return
        state = self.session.compared.state
        with QPainter(self) as painter:
            right = state is not None and state.diagnosis.agrees
            draw_note(painter, QRectF(self.rect()), self.session.theme, right)


def _headed(lines: list[str]) -> tuple[list[str], list[str]]:
    """The sentence on the mistake with the right equation below it, which the eye meets first; and what is left."""
    end = 1 + sum(line.startswith(" ") for line in lines[1:2])
    return lines[:end], lines[end:]
