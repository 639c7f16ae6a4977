"""Networks by structure: which parts, in which order."""

from __future__ import annotations

from core.cells import cell_named
from core.cells.base import Cell
from core.experiment import Experiment
from core.head import Head, Join
from core.network import Network, X
from core.scan import Scan
from core.sources import DotAttention, Feedback, Static
from core.tasks.base import Data


def unrolled(experiment: Experiment, data: Data) -> Network:
    """One layer, L1, and the head: the network that an experiment describes."""
    cell = cell_named(experiment.cell).from_experiment(experiment)
    network = stacked((cell,), (experiment.hidden,), data)
    for part in network.parts:
        if isinstance(part, Scan):
            part.start_value = experiment.initial_state
    return network


def stacked(cells: tuple[Cell, ...], hidden: tuple[int, ...], data: Data) -> Network:
    """Layers L1, L2 …, each reading the states of the one below; the head reads the last."""
    scans: list[Scan] = []
    for k, (cell, size) in enumerate(zip(cells, hidden, strict=True), start=1):
        source = Static((scans[-1].name, "s")) if scans else Static(X)
        scans.append(Scan(f"L{k}", cell, size, source))
    head = Head((scans[-1].name, "s"), data.y.shape[2])
    return Network((*scans, head), data.x.shape[2], data.loss)


def bidirectional(forward: Cell, reverse: Cell, hidden: int, data: Data, how: str = "concat") -> Network:
    """L1 reads the sequence from its start, L1r from its end; their states are joined ("concat" or "sum")."""
    scans = (Scan("L1", forward, hidden), Scan("L1r", reverse, hidden, reverse=True))
    join = Join("join", ("L1", "s"), ("L1r", "s"), how)
    return Network((*scans, join, Head(("join", "s"), data.y.shape[2])), data.x.shape[2], data.loss)


def fed_back(cell: Cell, hidden: int, data: Data) -> Network:
    """The output of each step is part of the next one's input."""
    head = Head(("L1", "s"), data.y.shape[2])
    return Network((Scan("L1", cell, hidden, Feedback(X, head)),), data.x.shape[2], data.loss)


def attention(encoder: Cell, decoder: Cell, hidden: int, data: Data, query_inputs: int) -> Network:
    """An encoder E1 over x; a decoder D1 over ("data", "x2"), each step with a context by dot attention over E1's
    states, starting from E1's last state where the two carry the same."""
    initial = "E1" if encoder.carried == decoder.carried else None
    scans = (
        Scan("E1", encoder, hidden),
        Scan("D1", decoder, hidden, DotAttention(("data", "x2"), ("E1", "s")), initial=initial),
    )
    extra = {("data", "x2"): query_inputs}
    return Network((*scans, Head(("D1", "s"), data.y.shape[2])), data.x.shape[2], data.loss, extra)
