"""CELLS: the visible list of cell types. A new cell is one file and one line here."""

from core.cells.ar import AR
from core.cells.base import Cell
from core.cells.batchnorm import BatchNorm
from core.cells.clockwork import Clockwork
from core.cells.coupled import Coupled
from core.cells.elman import ElmanIdentity, ElmanRelu, ElmanSigmoid, ElmanTanh
from core.cells.esn import ESN
from core.cells.feedforward import Feedforward
from core.cells.gru import GRU
from core.cells.gru_simple import SimpleGRU
from core.cells.jordan import Jordan
from core.cells.leaky import Leaky
from core.cells.lstm import LSTM
from core.cells.narx import NARX
from core.cells.ngram import NGram
from core.cells.peephole import Peephole
from core.cells.tdnn import TDNN
from core.choices import Choices
from core.errors import one_named

CELLS: tuple[type[Cell], ...] = (
    ElmanTanh,
    ElmanRelu,
    ElmanSigmoid,
    ElmanIdentity,
    Jordan,
    LSTM,
    Peephole,
    Coupled,
    GRU,
    SimpleGRU,
    Leaky,
    Clockwork,
    BatchNorm,
    ESN,
    Feedforward,
    TDNN,
    AR,
    NARX,
    NGram,
)
PRIMARY: tuple[type[Cell], ...] = (ElmanTanh, ElmanRelu, LSTM, GRU)  # the four that are one key away


def cell_named(name: str) -> type[Cell]:
    """The cell type with this name. Raises InputError listing the names there are."""
    return one_named(name, CELLS, "cell: there is no “{name}”; choose one of {known}.")


def cell_for(experiment: Choices) -> Cell:
    """The cell of an experiment, with what is chosen for it. Raises InputError where there is none of that name."""
    cell = cell_named(experiment.cell).from_experiment(experiment)
    return cell if experiment.biases else cell.without_biases()
