"""The recorders with the libraries themselves, where those are installed: what they record of models of many shapes is
what is recomputed, the model is as it was afterwards, and what has no place in a file is refused in one sentence."""

from pathlib import Path

import numpy as np
import pytest

from core.diagnosis.diagnosis import diagnosing
from core.diagnosis.recorded import items_of
from core.jobs import finished
from core.own.files import read_file
from core.own.recorded import from_recording
from core.recorder import record

# Keras asks PyTorch's tensors for arrays as NumPy 1 did.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def agrees(path: Path, limit: float) -> bool:
    arrays = read_file(path)
    fitted = from_recording(arrays)
    trace = record(fitted.experiment, fitted.parameters)
    return all(each.apart < limit for each in finished(diagnosing(trace, items_of(trace, arrays))).verdicts)


class OfTorch:
    """PyTorch and its recorder."""

    def __init__(self):
        self.torch = pytest.importorskip("torch", reason="PyTorch is not installed, so nothing of it is recorded")
        from explorer.recorders.pytorch import recording

        self.recording = recording
        self.torch.manual_seed(7)

    def model(self, name, **more):
        torch, module = self.torch, getattr(self.torch.nn, name)

        class Model(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.rnn = module(3, 4, **more)
                self.head = torch.nn.Linear(8 if more.get("bidirectional") else 4, 2)

            def forward(self, x, read):
                out, last = self.rnn(x)
                last = last if torch.is_tensor(last) else last[0]
                return self.head(out).sum() if read == "out" else self.head(last[-1, ..., :4].repeat(1, 2)[:, :4]).sum()

        return Model().double()


@pytest.fixture
def of_torch():
    return OfTorch()


@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"num_layers": 2, "bidirectional": True, "batch_first": True},
        {"num_layers": 2, "bias": False},
    ],
    ids=str,
)
def test_modules_of_pytorch(of_torch, tmp_path, name, more):
    torch, path = of_torch.torch, tmp_path / "run.npz"
    model, x = of_torch.model(name, **more), torch.randn(2, 5, 3).double()
    model(x, "out").backward()
    before = {key: each.grad.clone() for key, each in model.named_parameters()}
    model.zero_grad()
    with of_torch.recording(model, path):
        model(x, "out").backward()
    assert all(torch.equal(each.grad, before[key]) for key, each in model.named_parameters())
    assert agrees(path, 1e-11)
    if not more.get("bidirectional"):
        with of_torch.recording(model, path):
            model(x, "last").backward()
        assert agrees(path, 1e-11)


@pytest.mark.parametrize("name", ["RNNCell", "LSTMCell", "GRUCell"])
def test_cells_of_pytorch_in_a_loop(of_torch, tmp_path, name):
    torch = of_torch.torch
    cells = torch.nn.ModuleList([getattr(torch.nn, name)(3, 4), getattr(torch.nn, name)(4, 2)]).double()

    def run(change=lambda state: state):
        states, total = [None, None], 0.0
        for x in torch.linspace(-1, 1, 30).double().reshape(5, 2, 3):
            for k, cell in enumerate(cells):
                states[k] = cell(x, states[k])
                x = states[k] if torch.is_tensor(states[k]) else states[k][0]
            states = [change(state) for state in states]
            total = total + (x**2).sum()
        return total

    with of_torch.recording(cells, tmp_path / "run.npz"):
        run().backward()
    assert agrees(tmp_path / "run.npz", 1e-11)
    detached = lambda state: state.detach() if torch.is_tensor(state) else tuple(each.detach() for each in state)  # noqa: E731
    with (
        pytest.raises(ValueError, match="At step 2 0 is not given the state"),
        of_torch.recording(cells, tmp_path / "r"),
    ):
        run(detached)
    assert not (tmp_path / "r").exists()


def test_what_has_no_place_in_a_file_of_pytorch(of_torch, tmp_path):
    torch, x = of_torch.torch, of_torch.torch.randn(5, 2, 3)
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, [5, 4])
    two = torch.nn.ModuleList([torch.nn.GRU(3, 4), torch.nn.GRU(3, 4)])
    cases = [
        (torch.nn.Linear(3, 2), lambda model: model(x), "The model has no torch.nn.RNN"),
        (torch.nn.LSTM(3, 4, proj_size=2), lambda model: model(x), "lstm has proj_size"),
        (torch.nn.GRU(3, 4), lambda model: model(packed), "gru reads a PackedSequence"),
        (torch.nn.GRU(3, 4), lambda model: [model(x), model(x)], "gru was called 2 times"),
        (torch.nn.GRU(3, 4), lambda model: None, "No recurrent module was called"),
        (two, lambda model: [model[0](x), model[1](x)], "give one of them"),
        (torch.nn.GRU(3, 4).bfloat16(), lambda model: model(x.bfloat16()), "is bfloat16"),
    ]
    for model, run, said in cases:
        with pytest.raises(ValueError, match=said), of_torch.recording(model, tmp_path / "run.npz"):
            run(model)
        assert not any(each._forward_hooks or each._forward_pre_hooks for each in model.modules())
    dropping = torch.nn.GRU(3, 4, num_layers=2, dropout=0.5)
    with of_torch.recording(dropping, tmp_path / "run.npz"):
        dropping(x)[0].sum().backward()
    assert "dropout 0.5 between the layers was active" in "; ".join(
        from_recording(read_file(tmp_path / "run.npz")).remarks
    )


@pytest.fixture
def of_keras():
    keras = pytest.importorskip("keras", reason="Keras is not installed, so nothing of it is recorded")
    from explorer.recorders.keras import record as recorder

    keras.utils.set_random_seed(7)
    return keras, recorder


@pytest.mark.parametrize("name", ["SimpleRNN", "GRU", "LSTM"])
@pytest.mark.parametrize("both", [None, "concat", "sum"])
def test_layers_of_keras(of_keras, tmp_path, name, both):
    keras, recorder = of_keras
    layers = [getattr(keras.layers, name)(4, return_sequences=True) for _ in range(2)]
    if both:
        layers = [keras.layers.Bidirectional(layer, merge_mode=both) for layer in layers]
    model = keras.Sequential([keras.Input((5, 3)), *layers, keras.layers.Dense(2)])
    numbers = np.random.default_rng(7)
    x, y = (numbers.standard_normal((2, 5, n)).astype("float32") for n in (3, 2))
    plain = keras.ops.convert_to_numpy(model(x))
    recorder(tmp_path / "run.npz", model, x, y, loss="mse")
    assert np.array_equal(keras.ops.convert_to_numpy(model(x)), plain)
    assert agrees(tmp_path / "run.npz", 1e-4)


def test_what_has_no_place_in_a_file_of_keras(of_keras, tmp_path):
    keras, recorder = of_keras
    x, y = np.linspace(-1, 1, 15, dtype="float32").reshape(1, 5, 3), np.zeros((1, 4), "float32")
    x[:, 0] = 0.0  # which is masked, where anything is
    gru = keras.layers.GRU
    cases = [
        ([keras.layers.Flatten(), keras.layers.Dense(4)], "has no SimpleRNN, GRU or LSTM"),
        ([gru(4, go_backwards=True)], "has go_backwards"),
        ([gru(2, return_sequences=True), keras.layers.Dense(2), gru(4)], "does not read, unchanged"),
        ([keras.layers.Masking(), gru(4)], "is given a mask"),
        ([keras.layers.Bidirectional(gru(4), merge_mode="mul")], "cannot be recorded"),
    ]
    for layers, said in cases:
        with pytest.raises(ValueError, match=said):
            recorder(tmp_path / "run.npz", keras.Sequential([keras.Input((5, 3)), *layers]), x, y, loss="mse")
    with pytest.raises(ValueError, match="not compiled, so name the loss"):
        recorder(tmp_path / "run.npz", keras.Sequential([keras.Input((5, 3)), gru(4)]), x, y)
