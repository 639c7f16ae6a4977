"""CELLS: the visible list of cell types. A new cell is one file and one line here."""

from core.cells.base import Cell
from core.cells.elman import ElmanIdentity, ElmanRelu, ElmanSigmoid, ElmanTanh
from core.cells.gru import GRU
from core.cells.lstm import LSTM
from core.errors import InputError

CELLS: tuple[type[Cell], ...] = (
    ElmanTanh,
    ElmanRelu,
    ElmanSigmoid,
    ElmanIdentity,
    LSTM,
    GRU,
)
PRIMARY: tuple[type[Cell], ...] = (ElmanTanh, ElmanRelu, LSTM, GRU)  # the four that are one key away


def cell_named(name: str) -> type[Cell]:
    """The cell type with this name. Raises InputError listing the names there are."""
    for cell in CELLS:
        if cell.name == name:
            return cell
    raise InputError(f"cell: there is no “{name}”; choose one of {', '.join(cell.name for cell in CELLS)}.")
