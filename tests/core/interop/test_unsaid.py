"""What weights do not show is assumed and said; what is said of them is believed."""

from __future__ import annotations

import pytest

from core.errors import InputError
from core.experiment import natural
from core.interop import keras_weights, torch_weights
from core.interop.network import fit
from tests.core.interop.weights_of import GRU_2_3, LSTM_2_3, drawn, rows, there


@pytest.mark.parametrize(
    ("arrays", "chosen", "wanted", "assumed"),
    [
        (rows(*GRU_2_3), {}, {"reset": "after", "layers": 1}, ["reset after"]),
        (rows(*GRU_2_3), {"reset": "before"}, {"reset": "before"}, []),
        (rows(*GRU_2_3, (9,)), {}, {"reset": "before"}, []),
        (rows((2, 3), (3, 3), (3,)), {}, {"cell": "tanh"}, ["activation tanh"]),
        (rows((2, 3), (3, 3), (3,)), {"cell": "relu"}, {"cell": "relu"}, []),
        (
            rows((3, 12), (3, 12), (12,), (3, 12), (3, 12), (12,)),
            {},
            {"bidirectional": None, "layers": 2},
            [
                "2 stacked layers (the file could as well hold both directions joined by concat, sum, mean, "
                "product: set bidirectional)"
            ],
        ),
        (
            rows((3, 12), (3, 12), (12,), (3, 12), (3, 12), (12,), (3, 1), (1,)),
            {},
            {"bidirectional": None, "layers": 2},
            [
                "2 stacked layers (the file could as well hold both directions joined by sum, mean, product: set "
                "bidirectional)"
            ],
        ),
        (
            rows((3, 12), (3, 12), (12,), (3, 12), (3, 12), (12,), (3, 1), (1,)),
            {"bidirectional": None},
            {"bidirectional": None, "layers": 2},
            [],
        ),
        (
            rows((3, 12), (3, 12), (12,), (3, 12), (3, 12), (12,), (3, 1), (1,)),
            {"bidirectional": "mean"},
            {"bidirectional": "mean", "layers": 1},
            [],
        ),
        (rows(*LSTM_2_3, *LSTM_2_3, (6, 1), (1,)), {}, {"bidirectional": "concat", "layers": 1}, []),
    ],
)
def test_what_keras_weights_do_not_show_is_said_and_what_is_chosen_is_believed(arrays, chosen, wanted, assumed):
    experiment = natural("adding", **chosen)
    imported = keras_weights.read(arrays, experiment, chosen)
    assert {name: imported.changes[name] for name in wanted} == wanted
    gated = imported.changes["cell"] in ("lstm", "gru")
    always = [*(["activation tanh", "recurrent_activation sigmoid"] if gated else []), "go_backwards False"]
    assert list(imported.assumed) == [*assumed, *always]


@pytest.mark.parametrize(
    ("arrays", "said", "wanted"),
    [
        (rows((2, 3), (3, 3), (3,)), {"activation": "relu"}, {"cell": "relu"}),
        (rows((2, 3), (3, 3), (3,)), {"activation": "linear", "go_backwards": "false"}, {"cell": "identity"}),
        (rows(*GRU_2_3), {"reset_after": "False"}, {"cell": "gru", "reset": "before"}),
        (rows(*GRU_2_3), {"reset_after": "True", "activation": "tanh"}, {"cell": "gru", "reset": "after"}),
        (rows(*LSTM_2_3), {"activation": "tanh", "recurrent_activation": "sigmoid"}, {"cell": "lstm"}),
        (rows(*LSTM_2_3), {"activation": "relu"}, {"activation": "relu", "gate_activation": "sigmoid"}),
        (rows(*GRU_2_3, (9,)), {"recurrent_activation": "hard_sigmoid"}, {"gate_activation": "hard-sigmoid"}),
        (rows((2, 3), (3, 3), (3,)), {"go_backwards": "True"}, {"cell": "tanh", "read_backwards": True}),
        (rows(*LSTM_2_3), {"go_backwards": "true"}, {"cell": "lstm", "read_backwards": True}),
    ],
)
def test_what_is_said_of_a_keras_layer_is_believed_and_not_assumed(arrays, said, wanted):
    imported = keras_weights.read(arrays, natural("adding"), (), said)
    assert {name: imported.changes[name] for name in wanted} == wanted
    assert not any(each.split(" ")[0] in said or each.startswith("reset") for each in imported.assumed)


@pytest.mark.parametrize(
    ("arrays", "said", "sentence"),
    [
        (rows(*LSTM_2_3), {"activation": "gelu"}, "of LSTM layers: only activation=tanh or relu is computed here"),
        (rows(*LSTM_2_3), {"recurrent_activation": "relu"}, "only recurrent_activation=sigmoid or hard_sigmoid is"),
        (rows(*GRU_2_3), {"go_backwards": "1"}, "of GRU layers: only go_backwards=False or True is computed here"),
        (
            rows((2, 3), (3, 3), (3,), (3, 3), (3, 3), (3,)),
            {"go_backwards": "True"},
            "go_backwards=True cannot be used with 2 layers on each other: .* say read_backwards=true instead",
        ),
        (rows((2, 3), (3, 3), (3,)), {"activation": "gelu"}, "only activation=tanh, relu, sigmoid or linear"),
        (rows(*LSTM_2_3), {"reset_after": "True"}, "they have no such argument"),
        (rows(*GRU_2_3, (9,)), {"reset_after": "True"}, "only reset_after=False is computed here"),
    ],
)
def test_what_no_cell_computes_is_refused_by_name(arrays, said, sentence):
    with pytest.raises(InputError, match=sentence):
        keras_weights.read(arrays, natural("adding"), (), said)


def test_a_pair_that_leaves_its_join_open_is_refused_asking_for_it():
    arrays = rows(*LSTM_2_3, *LSTM_2_3, (3, 1), (1,))
    with pytest.raises(InputError, match="joined by sum, mean or product they look alike; set bidirectional"):
        keras_weights.read(arrays, natural("adding"))
    assert keras_weights.read(arrays, natural("adding", bidirectional="sum")).changes["bidirectional"] == "sum"


def test_an_rnn_of_pytorch_does_not_show_whether_it_is_tanh_or_relu():
    experiment = natural("echo", cell="relu", hidden=2)
    arrays = there("torch", experiment, drawn(experiment, 2))
    assert torch_weights.read(arrays, natural("echo")).assumed == ("nonlinearity tanh",)
    found = torch_weights.read(arrays, experiment, ("cell",))
    assert found.assumed == () and found.changes["cell"] == "relu"
    said = torch_weights.read(arrays, natural("echo"), (), {"nonlinearity": "relu"})
    assert said.assumed == () and said.changes["cell"] == "relu"


def test_what_is_said_stands_in_one_clause_each():
    fitted = fit(natural("adding"), keras_weights.read(rows(*GRU_2_3), natural("adding")))
    assert fitted.remarks == (
        "out.V, out.b as the seed makes them",
        "reset after, activation tanh, recurrent_activation sigmoid, go_backwards False: assumed, the file does "
        "not say",
    )
