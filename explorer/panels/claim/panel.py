"""One sentence about the run, above everything else, and under it why; while a run plays, what the step does. Of an
example under it what it shows, until anything is changed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from core.claims.claim import Claim, claim_of, is_quick
from core.exercises.explanation import explain_fault
from core.memo import remember
from core.timeline.timeline import ACCUMULATE, UPDATE
from core.training.run import TrainingRun
from explorer.examples import example_of
from explorer.items.note import draw_note
from explorer.panels.base import Listening, Panel
from explorer.panels.claim.tries import Tries
from explorer.panels.claim.update_words import update_headline, update_reasons
from explorer.panels.claim.words import (
    example_claim,
    headline,
    hidden_headline,
    reasons,
    seeds_reason,
    step_headline,
    step_reasons,
    wrong_headline,
)
from explorer.panels.training_words import (
    race_headline,
    race_reasons,
    raced,
    training_headline,
    training_reasons,
)
from explorer.session.session import Change, Session
from explorer.style.theme import PROJECTOR
from explorer.widgets.whole_words import whole_words
from explorer.words import in_language, sentences

TRAINING = "training"  # the name of the picture of a training
DONE = ACCUMULATE, UPDATE  # phases in which every gradient is there
MARGINS = 16.0, 7.0  # px beside the text, and above and below it
SIZES = (1.45, 1.25, 1.0)  # of the sentence, in the theme's titles: the largest that has room
GAP = 2.0
GAP_BESIDE = 12.0  # px between the text and what there is to try
TRIES = 0.34  # of the width at most


def claim_shown(session: Session) -> Claim:
    """The claim of what is on show. Of a large run the cause is looked for when the map is done, or there is none: a
    slider does not wait for it."""
    trace, view = session.trace, session.view
    whole = is_quick(trace) or session.contributions is not None or not session.mapping
    key = ("claim", view.share_at, view.share_at and view.gradient, whole)
    gradients = session.share if view.share_at is not None else None
    return remember(trace, key, lambda: claim_of(trace, gradients, view.share_at, whole))


def example_shown(session: Session) -> str:
    """What the example on show is to show, with the numbers of its run; "" where it is no example, or not any more."""
    path = session.saved.example
    found = example_of(path) if path is not None else None
    if found is None:
        return ""
    return remember(session.trace, ("example", found.name), lambda: example_claim(found.sentence(session.trace)))


class ClaimPanel(Panel):
    """Two lines that are always there, so that nothing below them moves. The sentence is as large as it can be; of the
    reasons as many are shown as there is room for, and the tooltip and the screen reader have all."""

    name = "claim"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.headline = ""
        self.reasons: list[str] = []
        self._example = ""  # the first of the reasons, where an example is on show
        self.paints = self.made = 0  # how often it was painted, and its sentences made; tests count them
        self._beat: tuple[str, int, int | None] | None = None
        self._tries = Tries(self)

    # --- what is shown ---
    def listens(self, session: Session) -> Listening:
        yield from super().listens(session)
        yield session.hunt_changed, self._hunt
        yield session.update_changed, self._update_found
        yield session.seeds_changed, self._show
        yield session.presented_changed, self._show
        yield session.trainer.changed, self._show_training

    def refresh(self, flags: Change) -> None:
        if flags & Change.THEME:
            self.updateGeometry()
            self.update()
        if flags & (Change.RUN | Change.THEME):
            self._tries.offer(self.session)
            self._place_tries()
        self._show()

    def show_time(self, position: float) -> None:
        """Within a beat nothing else is said."""
        if self._now() != self._beat:
            self._show()

    def _hunt(self) -> None:
        self._tries.offer(self.session)
        self._place_tries()
        self._show()

    def _update_found(self) -> None:
        if self.session.time.phase == UPDATE:
            self._show()

    def _show_training(self) -> None:
        if self._training is not None:
            self._show()

    @property
    def _training(self) -> TrainingRun | None:
        """The training that is presented."""
        session = self.session
        hidden = session.hunting is not None and not session.hunting.revealed
        return session.trainer.training if session.screen.presented == TRAINING and not hidden else None

    def _now(self) -> tuple[str, int, int | None]:
        time = self.session.time
        return time.phase, time.t, time.sweep

    def _show(self) -> None:
        self._beat = self._now()
        self.made += 1
        shown = self._sentences()
        if shown == (self.headline, self.reasons):
            return
        self.headline, self.reasons = shown
        whole = sentences(self.reasons)
        self.setAccessibleName(self.headline)
        self.setAccessibleDescription(whole)
        self._place_tries()
        self.update()

    def _sentences(self) -> tuple[str, list[str]]:
        session = self.session
        if self._training is not None:
            said, why = training_headline(self._training), training_reasons(self._training)
            race = raced(session)
            return (said, why) if race is None else (race_headline(race), [*race_reasons(race), *why])
        if session.time.phase not in DONE:
            return step_headline(session), step_reasons(session)
        if session.hunting is not None and not session.hunting.revealed:
            return hidden_headline(), []
        if session.time.phase == UPDATE:
            first, why = self._claim()
            return update_headline(session), [first, *update_reasons(session), *why]
        return self._claim()

    def _claim(self) -> tuple[str, list[str]]:
        session = self.session
        claim = claim_shown(session)
        if session.hunt.named_fault is not None:
            description = in_language(explain_fault(session.hunt.named_fault, session.notation).description)
            return wrong_headline(headline(claim)), [description]
        self._example = example_shown(session)
        first = [each for each in (self._example, seeds_reason(session)) if each]
        return headline(claim), [*first, *reasons(session, claim)]

    # --- geometry ---
    def _font(self, size: float, bold: bool = False) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(round(size))
        font.setBold(bold)
        return font

    def sizeHint(self) -> QSize:
        if self.session is None:
            return QSize(300, 50)
        theme = self.session.theme.enlarged
        large = QFontMetricsF(self._font(theme.title_px * SIZES[0], True)).height()
        return QSize(300, round(large + GAP + QFontMetricsF(self._font(theme.font_px)).height() + 2 * MARGINS[1]))

    def _place_tries(self) -> None:
        """On the right, once the run is done, as far as the sentence and most of the width are left whole; not where it
        is shown to a room."""
        session = self.session
        smallest = self._font(session.theme.title_px * SIZES[-1], True)
        rest = self.width() - _width(smallest, self.headline) - 2 * MARGINS[0] - GAP_BESIDE
        room = round(min(self.width() * TRIES, rest))
        if session.theme.name == PROJECTOR.name or session.time.phase not in DONE:
            room = 0
        size = self._tries.fit(room)
        self._tries.resize(size)
        self._tries.move(round(self.width() - MARGINS[0] - size.width()), (self.height() - size.height()) // 2)
        self._tries.setVisible(size.width() > 0)

    def _room(self) -> QRectF:
        """The place of the text."""
        beside = self._tries.width() + GAP_BESIDE if not self._tries.isHidden() else 0.0
        return QRectF(self.rect()).adjusted(MARGINS[0], MARGINS[1], -MARGINS[0] - beside, -MARGINS[1])

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def lines(self) -> tuple[tuple[str, QFont, QRectF], ...]:
        """The two lines as they are painted: text, font, place."""
        theme = self.session.theme.enlarged
        room = self._room()
        fonts = [self._font(theme.title_px * size, True) for size in SIZES]
        large = next((font for font in fonts if _width(font, self.headline) <= room.width()), fonts[-1])
        first = QRectF(room.left(), room.top(), room.width(), QFontMetricsF(fonts[0]).height())
        small = self._font(theme.font_px)
        second = QRectF(room.left(), first.bottom() + GAP, room.width(), QFontMetricsF(small).height())
        return (self.headline, large, first), (self.fitting(small, room.width()), small, second)

    def fitting(self, font: QFont, width: float) -> str:
        """As many of the reasons as have room, in their order; of an example's claim at least its first words."""
        text = ""
        for each in self.reasons:
            longer = f"{text}   {each}" if text else each
            if _width(font, longer) <= width:
                text = longer
            elif each == self._example:
                text = whole_words(each, QFontMetrics(font), int(width))
        return text

    # --- Qt ---
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.session is not None:
            self._place_tries()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.session is None:
            return
        self.paints += 1
        theme = self.session.theme
        painter = QPainter(self)
        draw_note(painter, QRectF(self.rect()), theme)
        for (text, font, place), ink in zip(self.lines(), (theme.ink, theme.muted), strict=True):
            painter.setFont(font)
            painter.setPen(QColor(ink))
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.end()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and self.session is not None:
            QToolTip.showText(event.globalPos(), "\n".join((self.headline, *self.reasons)), self)  # type: ignore[attr-defined]
            return True
        return super().event(event)


def _width(font: QFont, text: str) -> float:
    return QFontMetricsF(font).horizontalAdvance(text)
