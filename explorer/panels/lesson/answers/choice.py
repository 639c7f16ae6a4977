"""Options that are pressed; in a hall the hands that are shown for each of them."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.panels.lesson.answers.base import Answers
from explorer.panels.lesson.hands import HandsButton
from explorer.style.theme import PROJECTOR


class Choice(Answers):
    """One of several options, at a press; of several right ones each is marked, then they are sent."""

    def build(self) -> None:
        page = self.session.lesson.page
        assert page is not None
        if self.session.theme.name == PROJECTOR.name:
            self._ask_the_hall(page.options)
            return
        self.buttons = [self.press(f"{k} · {text}", lambda k=k: self._on(k - 1))
                        for k, text in enumerate(page.options, start=1)]  # fmt: skip
        for button in self.buttons:
            button.setCheckable(self.ask.several)
        self.row(*self.buttons, sure=not self.ask.several)
        if self.ask.several:
            self.row(self.press(self.tr("These"), self.send))

    def _ask_the_hall(self, options: Sequence[str]) -> None:
        """Hands are counted, by a press or a digit each; the lecturer reveals."""
        self.buttons = []
        for k, text in enumerate(options):
            button = HandsButton(f"{k + 1} · {text}", self.session.theme)
            button.clicked.connect(lambda _=False, k=k: self._on_hand(k))
            self.buttons.append(button)
        self.row(*self.buttons, sure=False)
        self._show_hands()

    def _on_hand(self, k: int) -> None:
        hands = self.session.lesson.question.hands
        hands[k] = hands.get(k, 0) + 1
        self._show_hands()

    def _show_hands(self) -> None:
        hands = self.session.lesson.question.hands
        for k, button in enumerate(self.buttons):
            if isinstance(button, HandsButton):
                button.set_hands(hands.get(k, 0), sum(hands.values()))

    def _on(self, k: int) -> None:
        if not self.ask.several:
            self.session.lesson.question.answer_choice([k], self.sure.isChecked())

    def send(self) -> None:
        chosen = [k for k, button in enumerate(self.buttons) if button.isChecked()]
        if chosen:
            self.session.lesson.question.answer_choice(chosen, self.sure.isChecked())

    def show_truth(self) -> None:
        for button, option in zip(self.buttons, self.ask.options, strict=True):
            button.setEnabled(option.right)  # the wrong ones step back
            if option.right and not button.text().startswith("✓"):
                button.setText(f"✓ {button.text()}")
        self.sure.hide()
