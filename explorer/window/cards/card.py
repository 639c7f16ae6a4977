"""What a card says: of an example its claim, of a recent file what is in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from core.choices import layer_widths
from core.documents import storage
from core.documents.storage import Saved
from core.errors import InputError
from core.experiment import describe
from core.recorder import record
from core.tasks import task_named
from core.trace import Trace
from explorer.examples import EXAMPLES, Example
from explorer.settings import Settings
from explorer.words import in_language, translator

_tr = translator("cards")

LARGEST = 5_000_000  # bytes of a file that is read for its card
QUICK = 20_000  # steps × samples × units of a run that is made for its card


@dataclass
class Card:
    """`text` is complete once it is `loaded`; `run` is what its picture shows, None where it has none. `missing`: its
    file is not there any more."""

    path: Path
    group: str
    title: str
    text: str
    searched: str
    example: Example | None = None
    missing: bool = False
    load: Callable[[Card], None] | None = field(default=None, repr=False)
    run: Trace | None = field(default=None, repr=False)
    loaded: bool = False

    def fill(self) -> None:
        """Reads what is in the file, once."""
        if not self.loaded:
            self.loaded = True
            if self.load is not None:
                self.load(self)


def example_cards() -> list[Card]:
    """One for each of EXAMPLES."""
    return [
        Card(each.path, _tr(each.group), _tr(each.title), "", each.words().casefold(), each, load=_load_example)
        for each in EXAMPLES
    ]


def recent_cards(settings: Settings) -> list[Card]:
    """One for each file that was opened or saved last, newest first; those that have gone, too."""
    return [_recent(path) for path in settings.recent_paths()]


def _load_example(card: Card) -> None:
    assert card.example is not None
    try:
        saved = storage.load(card.path)
        card.run = record(saved.experiment, saved.given)
        card.text = card.example.sentence(card.run)
    except InputError as error:
        card.text, card.missing = in_language(error), True


def _recent(path: Path) -> Card:
    searched = f"{path.name} {path.parent}".casefold()
    try:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(path.stat().st_mtime))
    except OSError:
        text = _tr("Not there any more; Del takes it off this list.")
        return Card(path, str(path.parent), path.name, text, searched, missing=True, loaded=True)
    return Card(path, f"{when}  ·  {path.parent}", path.name, "", searched, load=_load_file)


def _load_file(card: Card) -> None:
    from core.documents.opening import kind_of

    try:
        kind = kind_of(card.path)
        if kind.name != "session" or card.path.stat().st_size > LARGEST:
            card.text = _tr(kind.title)
            return
        _load_session(card, storage.load(card.path))
    except (InputError, OSError) as error:
        card.text, card.missing = in_language(error), isinstance(error, OSError)


def _load_session(card: Card, saved: Saved) -> None:
    experiment = saved.experiment
    task = task_named(experiment.task)
    card.text = f"{describe(experiment)}  ·  {_tr(task.title)}  ·  T = {experiment.steps}"
    small = experiment.steps * experiment.batch * max(layer_widths(experiment)) <= QUICK
    if small and not task.files:
        card.run = record(experiment, saved.given)
