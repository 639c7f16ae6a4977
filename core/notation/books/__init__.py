"""NOTATIONS: the visible list of the textbooks' notations. A new one is one file and one line here.

The equations themselves are not in it: `core.notation.equations` derives them, in any of these, from a cell's declared
graph.
"""

from core.errors import InputError, quoted
from core.notation.base import Notation, Symbol
from core.notation.books.goodfellow import GOODFELLOW
from core.notation.books.hu import HU
from core.notation.books.net import NET
from core.notation.books.ng import NG
from core.notation.books.pytorch import PYTORCH
from core.notation.books.row import ROW

__all__ = ["NOTATIONS", "Notation", "Symbol", "notation_named"]

NOTATIONS: tuple[Notation, ...] = (ROW, NET, GOODFELLOW, NG, PYTORCH, HU)


def notation_named(name: str) -> Notation:
    """The notation with this name or number ("ng", "4"). Raises InputError listing what there is."""
    for notation in NOTATIONS:
        if name in (notation.name, str(notation.number)):
            return notation
    known = ", ".join(f"{notation.number} ({notation.name})" for notation in NOTATIONS)
    raise InputError("notation: there is no “{name}”; choose one of {known}.", name=quoted(name), known=known)
