"""The first parameters of an experiment's network, each from a random stream of its own.

A stream of its own for every name means that another initialisation of W, another cell or another hidden size of V
changes nothing that it need not change.
"""

from __future__ import annotations

import numpy as np

from core.choices import Choices
from core.maths.arrays import Array, spectral_radius
from core.maths.streams import stream
from core.network.parts import Network
from core.network.scan import Scan


def initial_parameters(network: Network, experiment: Choices) -> dict[str, Array]:
    """All parameters by name ("L1.U", "L1.W", "L1.b", "out.V", "out.b"), stacked by block where the cell has blocks."""
    parameters = {name: np.zeros(shape) for name, shape in network.parameter_shapes.items()}
    scans = {part.name: part for part in network.members if isinstance(part, Scan)}
    for scan in scans.values():
        _fill_scan(scan, parameters, experiment)
    for name, array in parameters.items():
        part, _, key = name.partition(".")
        if part not in scans and key != "b":
            fan_in = array.size // array.shape[-1] if array.ndim > 1 else array.size
            array[...] = stream(experiment.weight_seed, name).normal(size=array.shape) / np.sqrt(fan_in)
    return parameters


def _fill_scan(scan: Scan, parameters: dict[str, Array], experiment: Choices) -> None:
    views = scan.views(parameters)
    biases = scan.cell.bias(experiment)
    common = set()
    for block in scan.cell.blocks:
        suffix = f"_{block}" if block else ""
        common |= {kind + suffix for kind in "UWFb"}
        for kind in "UF":
            if kind + suffix in views:
                random = stream(experiment.weight_seed, f"{scan.name}.{kind}{suffix}")
                array = views[kind + suffix]
                array[...] = experiment.u_gain * random.normal(size=array.shape) / np.sqrt(array.shape[0])
                if experiment.nonnegative:
                    np.abs(array, out=array)
        if "W" + suffix in views:
            w, name = views["W" + suffix], f"{scan.name}.W{suffix}"
            own = scan.cell.recurrent(experiment, len(w), stream(experiment.weight_seed, name))
            w[...] = recurrent_matrix(experiment, len(w), name) if own is None else own
        if "b" + suffix in views:
            views["b" + suffix][...] = biases[block]
    for key, array in views.items():
        mask = scan.cell.mask(key, scan.hidden)
        if key not in common and not {"U", "W", "F", "b"} & {key}:
            scan.cell.initialise(key, array, stream(experiment.weight_seed, f"{scan.name}.{key}"), experiment)
        if mask is not None:
            array *= mask


def recurrent_matrix(experiment: Choices, size: int, name: str) -> Array:
    """W (H, H) of one block as `w_init` and `w_gain` g say.

    identity g·I; orthogonal g·Q, Q uniform over rotations and reflections (QR with the signs of R's diagonal, Mezzadri
    2007); xavier g·N(0, 2/(H + H)) (Glorot & Bengio 2010); spectral N(0, 1) scaled to spectral radius g; normal
    g·N(0, 1)/√H; matrix as typed.
    """
    gain, random = experiment.w_gain, stream(experiment.weight_seed, name)
    match experiment.w_init:
        case "identity":
            return gain * np.eye(size)
        case "orthogonal":
            q, r = np.linalg.qr(random.normal(size=(size, size)))
            return gain * q * np.sign(np.diag(r))
        case "xavier":
            return gain * random.normal(size=(size, size)) * np.sqrt(2.0 / (size + size))
        case "spectral":
            matrix = random.normal(size=(size, size))
            return matrix * (gain / spectral_radius(matrix))
        case "normal":
            return gain * random.normal(size=(size, size)) / np.sqrt(size)
        case "matrix":
            return np.array(experiment.w_matrix, dtype=float)
