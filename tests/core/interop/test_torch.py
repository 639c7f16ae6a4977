"""Against PyTorch itself, where it is present: its modules' weights here give its numbers, outputs and gradients."""

from __future__ import annotations

import numpy as np
import pytest

from core.experiment import natural
from core.interop import torch_weights
from core.interop.network import fit
from core.recorder import record

torch = pytest.importorskip("torch", reason="PyTorch is not installed, so nothing is compared with its modules")

MODULES = {
    "tanh": lambda *sizes, **more: torch.nn.RNN(*sizes, **more),
    "relu": lambda *sizes, **more: torch.nn.RNN(*sizes, nonlinearity="relu", **more),
    "lstm": lambda *sizes, **more: torch.nn.LSTM(*sizes, **more),
    "gru": lambda *sizes, **more: torch.nn.GRU(*sizes, **more),
}


class Network(torch.nn.Module):
    """A recurrent module and a linear one, with numbers from a fixed seed."""

    def __init__(self, cell: str, inputs: int, outputs: int, layers: int, both: bool, bias: bool) -> None:
        super().__init__()
        torch.manual_seed(7)
        self.model = MODULES[cell](inputs, 3, num_layers=layers, bidirectional=both, bias=bias)
        self.out = torch.nn.Linear(6 if both else 3, outputs)
        self.double()

    def forward(self, x):
        return self.out(self.model(x)[0])


@pytest.mark.parametrize("cell", MODULES)
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize(("bias", "update"), [(True, "writes"), (False, "writes"), (True, "keeps")])
def test_an_imported_module_gives_pytorchs_numbers(cell, layers, both, bias, update):
    experiment = natural("sine", cell=cell, steps=5, batch=2, structure="n-n", update=update)
    data = record(experiment).data
    network = Network(cell, data.x.shape[2], data.y.shape[2], layers, both, bias)
    arrays = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    fitted = fit(experiment, torch_weights.read(arrays, experiment))
    assert fitted.initial == ()
    trace = record(fitted.experiment, fitted.parameters)
    z = network(torch.tensor(data.x))
    assert np.allclose(trace.values["out", "z"], z.detach().numpy(), rtol=1e-12, atol=1e-13)
    counts = torch.tensor(data.supervised[:, None].astype(float))
    loss = (counts * 0.5 * ((z - torch.tensor(data.y)) ** 2).sum(-1)).sum() / data.x.shape[1]
    assert np.isclose(trace.loss, loss.item(), rtol=1e-12, atol=0.0)
    loss.backward()
    found = torch_weights.gradients(trace.experiment, trace.exact_parameters)
    for name, parameter in network.named_parameters():
        own = name.replace("model.", "rnn.").replace("out.", "fc.")
        assert np.allclose(found[own], parameter.grad.numpy(), rtol=1e-10, atol=1e-13), name


@pytest.mark.parametrize("cell", MODULES)
def test_an_exported_state_dict_loads_strictly(cell):
    experiment = natural("sine", cell=cell, hidden=3, steps=5, batch=2, layers=2, bidirectional="concat", reset="after")
    trace = record(experiment)
    network = Network(cell, trace.data.x.shape[2], trace.data.y.shape[2], 2, True, True)
    found = torch_weights.state_dict(experiment, trace.parameters)
    named = {name.replace("rnn.", "model.").replace("fc.", "out."): torch.tensor(found[name]) for name in found}
    network.load_state_dict(named, strict=True)
    with torch.no_grad():
        assert np.allclose(
            network(torch.tensor(trace.data.x)).numpy(), trace.values["out", "z"], rtol=1e-12, atol=1e-13
        )
