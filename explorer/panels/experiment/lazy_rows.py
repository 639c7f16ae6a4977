"""The rows of the experiment panel by their choices' keys, each made when it is first asked for.

Most of them are options of cells and tasks that a run does not have, or stand in a section that is folded: to make them
all would be a third of the time that the window takes to open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from explorer.panels.experiment.choice import Choice
from explorer.panels.experiment.choices import CHOICES
from explorer.panels.experiment.rows import Row

_BY_KEY = {choice.key: choice for choice in CHOICES}


class LazyRows(Mapping[str, Row]):
    """`make` makes the row of a choice; `made` has those that there are by now."""

    def __init__(self, make: Callable[[Choice], Row]) -> None:
        self._make = make
        self.made: dict[str, Row] = {}

    def __getitem__(self, key: str) -> Row:
        if key not in self.made:
            self.made[key] = self._make(_BY_KEY[key])
        return self.made[key]

    def __contains__(self, key: object) -> bool:
        return key in _BY_KEY

    def __iter__(self) -> Iterator[str]:
        return iter(_BY_KEY)

    def __len__(self) -> int:
        return len(_BY_KEY)
