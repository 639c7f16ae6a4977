"""How the height of the chain's picture is divided: header, answers, the loss, the rows, the steps' numbers, legend."""

from __future__ import annotations

from typing import NamedTuple

from explorer.columns import FEW
from explorer.items.chain.digits import MOST_STEPS
from explorer.items.chain.layout import HAND_COLUMN, HAND_SHARE, HAND_SIZED, readable, row_gaps, row_weights
from explorer.items.chain.scene import ChainScene
from explorer.panels.chain.step_norms import NORMS_HEIGHT
from explorer.panels.chain.step_numbers import STEPS_HEIGHT

HEADER, LEGEND_HEIGHT, ANSWERS = 1.9, 1.5, 0.8  # in lines of text
STRIPS = 14.0  # px of a node beside its two digits: what is around and between them
LOSS_SHARE, LEAST_LOSS, MOST_LOSS = 0.17, 1.75, 3.6  # of the rows' height; in lines of text


class Spans(NamedTuple):
    """px of the top and the bottom of the rows, and of the loss over them; the latter are one where it has no room."""

    top: float
    bottom: float
    loss_top: float
    loss_bottom: float

    @property
    def has_loss(self) -> bool:
        """Whether the loss has a row."""
        return self.loss_bottom > self.loss_top

    def without_loss(self) -> Spans:
        """The rows have the room of the loss as well."""
        return self._replace(top=self.loss_top, loss_bottom=self.loss_top)


class Around(NamedTuple):
    """What stands above and below the rows, in lines of text."""

    header: float = HEADER
    steps: float = STEPS_HEIGHT
    legend: float = LEGEND_HEIGHT

    @property
    def lines(self) -> float:
        """All of it."""
        return self.header + self.steps + self.legend


AROUND = Around()


def height_for_digits(whole: ChainScene, column: float, line: float, digit_px: float, answers: bool) -> float:
    """px of a picture in which every node has room for its number and, below it, its gradient's, in columns of `column`
    px; 0 where nodes have no numbers by themselves: several units over many steps, or narrow columns."""
    few_units = all(row.units <= HAND_SIZED for row in whole.rows)
    if column < HAND_COLUMN or not (few_units or whole.steps <= FEW) or whole.steps > MOST_STEPS:
        return 0.0
    rows = (sum(row_weights(whole)) + sum(row_gaps(whole))) * (2.0 * digit_px + STRIPS) / HAND_SHARE
    around = AROUND.lines + (ANSWERS if answers else 0)
    return around * line + max(rows / (1.0 - LOSS_SHARE), rows + (LEAST_LOSS + 0.9) * line)


def spans(
    whole: ChainScene,
    height: float,
    line: float,
    font_px: float,
    answers: bool,
    numbers: bool,
    digits: bool = False,
    around: Around = AROUND,
) -> Spans:
    """Of a picture `height` px high with lines of text of `line` px. `answers`: words stand over the outputs;
    `numbers`: one over every node of the loss; `digits`: one under every step. The loss gets a row where no other has
    to give way to it."""
    top = (around.header + (ANSWERS if answers else 0)) * line
    bottom = height - (around.steps + around.legend + (NORMS_HEIGHT if digits else 0)) * line
    least = LEAST_LOSS + (0.9 if numbers else 0.0)
    loss = min(max((bottom - top) * LOSS_SHARE, least * line), MOST_LOSS * line)
    alone, beside = (len(readable(whole, room, font_px).rows) for room in (bottom - top, bottom - top - loss))
    if beside < alone or bottom - top < loss * 3:
        return Spans(top, bottom, top, top)
    return Spans(top + loss, bottom, top, top + loss)
