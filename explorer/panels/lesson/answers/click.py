"""A place in the picture that is clicked."""

from __future__ import annotations

from explorer.panels.lesson.answers.base import Answers
from explorer.widgets.labels import text_label


class Click(Answers):
    """A place in the picture, which the window's own click selects."""

    def build(self) -> None:
        self.row(text_label("muted", self.tr("Click the node in the picture.")))
        question = self.session.lesson.question
        self.sure.toggled.connect(lambda on: setattr(question, "sure", on))  # read when the picture is clicked

    def send(self) -> None:
        """The selection answers by itself."""

    def show_truth(self) -> None:
        self.hide()
