"""The documents of one window: which file each belongs to, what is in that file, and how it was looked at last."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from core.documents.document import Content
from core.documents.storage import View


@dataclass(eq=False)
class Document:
    """What an opening or a new experiment began: its entries of the history have one file and one way of looking.

    `began`: its content while it is in no file; None where that is unsaved work already. `view` and `position`: as they
    were when another document took its place. `example`: a file of the program's own, and what was in it.
    """

    path: Path | None = None
    began: Content | None = None
    view: View = field(default_factory=View)
    position: float = 0.0
    example: tuple[Path, Content] | None = None


@dataclass(frozen=True)
class Entry:
    """An entry of the history: a content, and the document that it belongs to."""

    content: Content
    document: Document


class Shelf:
    """What the files are known to hold, whichever document was read from them or written to them."""

    def __init__(self) -> None:
        self._files: dict[str, Content] = {}

    def holds(self, path: Path, content: Content) -> None:
        """This has just been read from a file, or written to it."""
        self._files[os.path.abspath(path)] = content

    def saved(self, document: Document) -> Content | None:
        """What of a document is not unsaved work."""
        return document.began if document.path is None else self._files.get(os.path.abspath(document.path))
