"""Somebody's arrays, read: every preset gives back what it was written from, and what is wrong is one sentence."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.experiment import Experiment
from core.own.layout import Layout, layout_from
from core.own.presets import NAMES, PRESETS, preset_named
from core.own.reading import read
from core.own.roles import named, plain
from core.own.writing import gradients_in_layout, in_layout, named_arrays, named_gradients, stacked_parameters
from core.recorder import record

CELLS = {("",): "tanh", ("i", "f", "g", "o"): "lstm", ("r", "u", "n"): "gru"}


def trace_of(preset, blocks, steps=3, hidden=4, batch=2, inputs=3, seed=1):
    """A run whose sizes are all different where that is asked for, with initial states that are not 0."""
    options = {"cell": CELLS[blocks], "task": "reverse", "steps": steps, "hidden": hidden, "batch": batch}
    if len(blocks) == 3:
        options |= {"reset": preset.reset, "update": "keeps" if preset.keeps else "writes"}
    experiment = Experiment().with_changes(**options, structure="n-n", weight_seed=seed, initial_state=0.25)
    return record(experiment)


WAYS = [(preset, blocks) for preset in PRESETS for blocks in preset.names]
IDS = [f"{preset.name}-{CELLS[blocks]}" for preset, blocks in WAYS]


@pytest.mark.parametrize(("preset", "blocks"), WAYS, ids=IDS)
@settings(max_examples=4)
@given(data=st.data())
def test_every_preset_gives_back_what_was_written(preset, blocks, data):
    """Whatever the sizes, the layout being stated: the same numbers, bit for bit, of the run and of its gradients."""
    sizes = {name: data.draw(st.integers(1, 5), name) for name in ("steps", "hidden", "batch")}
    if not preset.batched:
        sizes["batch"] = 1
    trace = trace_of(preset, blocks, **sizes)
    layout = Layout(preset=preset.name)
    written = in_layout(trace, layout)
    assert len(written) >= 6
    own = read(written, layout)
    expected = named_arrays(trace)
    if preset.name in ("pytorch", "keras") and "L1.b_q" in expected:
        assert own.choices == {"reset": "after", "update": "keeps"}
    assert own.blocks == blocks
    for name, array in own.arrays.items():
        assert np.array_equal(array, expected[name]), name
    assert set(own.arrays) == set(expected)
    parameters = stacked_parameters(own.arrays, blocks)
    assert {name: array.shape for name, array in parameters.items()} == trace.network.parameter_shapes
    gradients = gradients_in_layout(trace, layout)
    both = read({**written, **gradients}, layout)
    ours = named_gradients(trace)
    assert set(both.given) == set(gradients)
    for name, array in both.given.items():
        assert array.shape == written[name[1:]].shape
        for key, block in both.places[name].ours(array).items():
            if key != "L1.b_q" or np.any(block):
                assert np.array_equal(block, ours[key].reshape(block.shape)), (name, key)


@pytest.mark.parametrize(("preset", "blocks"), WAYS, ids=IDS)
def test_names_and_shapes_alone_tell_the_preset(preset, blocks):
    """Nothing is stated: where all sizes differ, the names and shapes give the same numbers."""
    trace = trace_of(preset, blocks, steps=5, hidden=7, batch=1 if not preset.batched else 2)
    own = read(in_layout(trace, Layout(preset=preset.name)))
    assert own.layout.preset == preset.name
    expected = named_arrays(trace)
    for name, array in own.arrays.items():
        assert np.array_equal(array, expected[name]), name
    if len(blocks) > 1 and "{}" not in "".join(preset.names[blocks].values()) and not preset.sure:
        assert any(text.startswith("gates ") for text in own.assumed)


def test_presets_name_every_array_so_that_it_is_known():
    for preset in PRESETS:
        for blocks, names in preset.names.items():
            letters = preset.letters.get(blocks, {gate: gate for gate in blocks})
            for kind, text in names.items():
                if kind == "above":
                    continue
                every = [each.format(letter) for each in [text] for letter in letters.values()]
                roles = named(dict.fromkeys([*every, *_weights(names, letters)])).roles
                assert {roles[each].kind for each in every} == {kind}, (preset.name, text)


def _weights(names, letters):
    return [
        text.format(letter)
        for kind, text in names.items()
        if kind in ("U", "W", "UW", "b")
        for letter in letters.values()
    ]


def cs231n(gates=1, **changes):
    numbers = np.random.default_rng(0)
    sizes = {"N": 2, "T": 3, "D": 4, "H": 5, **changes}
    n, t, d, h = sizes.values()
    shapes = {
        "x": (n, t, d),
        "h0": (n, h),
        "Wx": (d, gates * h),
        "Wh": (h, gates * h),
        "b": (gates * h,),
        "dh": (n, t, h),
    }
    return {name: numbers.standard_normal(shape) for name, shape in shapes.items()}


def test_cs231n_s_arrays_as_they_are():
    arrays = cs231n(gates=4)
    own = read(arrays)
    assert np.array_equal(own.arrays["x"], arrays["x"].transpose(1, 0, 2))
    assert np.array_equal(own.arrays["L1.s_0"], arrays["h0"])
    assert np.array_equal(own.arrays["L1.U_o"], arrays["Wx"][:, 10:15])
    assert np.array_equal(own.arrays["L1.W_g"], arrays["Wh"][:, 15:])
    assert own.above.of == "s"
    assert np.array_equal(own.above.gradient, arrays["dh"].transpose(1, 0, 2))
    assert own.said == (
        "x (B, T, D), h0 (B, H), Wx (D, 4H), Wh (H, 4H), b (4H,), dh (B, T, H)",
        "rows (x·W)",
        "batch first",
    )
    assert own.assumed == ("gates i f o g", "dh is the gradient of the hidden state")


def test_what_is_stated_goes_before_what_is_assumed():
    own = read(cs231n(gates=4), layout_from("cs231n, gates i f g o", NAMES))
    assert np.array_equal(own.arrays["L1.U_g"], cs231n(gates=4)["Wx"][:, 10:15])
    assert own.assumed == ()


def test_where_two_layouts_fit_the_one_that_is_taken_is_said():
    arrays = cs231n(N=3, T=3, D=5, H=5)
    own = read(arrays)
    assert {"rows (x·W)", "batch first"} <= set(own.assumed)
    other = read(arrays, layout_from("columns, time first"))
    assert np.array_equal(other.arrays["L1.U"], arrays["Wx"].T)
    assert np.array_equal(other.arrays["x"], arrays["x"])
    assert not {"columns (W·x)", "time first"} & set(other.assumed)


def test_single_precision_comes_in_exactly():
    arrays = {name: array.astype(np.float32) for name, array in cs231n().items()}
    own = read(arrays)
    for array in own.arrays.values():
        assert array.dtype == np.float64
    assert np.array_equal(own.arrays["L1.W"].astype(np.float32), arrays["Wh"])


def test_a_gradient_can_be_of_the_last_step_alone():
    arrays = cs231n()
    arrays["dh"] = arrays["dh"][:, -1]
    own = read(arrays)
    assert own.above.gradient.shape == (1, 2, 5)


def test_with_targets_gradients_are_what_somebody_has_computed():
    arrays = {**cs231n(), "y": np.zeros((2, 3, 5)), "dWx": np.zeros((4, 5))}
    own = read(arrays)
    assert own.above is None
    assert set(own.given) == {"dh", "dWx"}
    assert own.places["dWx"].keys == ("L1.U",)


def test_gradients_alone_are_read_with_the_sizes_of_a_run():
    arrays = {"dWx": np.zeros((4, 20)), "dWh": np.ones((5, 20)), "db": np.zeros(20), "dx": np.zeros((2, 3, 4))}
    own = read(arrays, layout_from("cs231n", NAMES), known={"T": 3, "B": 2, "D": 4, "H": 5})
    assert set(own.given) == set(arrays)
    assert own.places["dWh"].keys == tuple(f"L1.W_{gate}" for gate in "ifog")
    assert not own.arrays


def test_arrays_without_names_go_by_their_order():
    named_ones = cs231n()
    own = read({f"arr_{k}": named_ones[name] for k, name in enumerate(("x", "h0", "Wx", "Wh", "b", "dh"))})
    assert np.array_equal(own.arrays["L1.W"], named_ones["Wh"])
    own = read({"arr_0": named_ones["Wx"], "arr_1": named_ones["Wh"], "arr_2": named_ones["b"], "x": named_ones["x"],
                "dh": named_ones["dh"]})  # fmt: skip
    assert np.array_equal(own.arrays["x"], named_ones["x"].transpose(1, 0, 2))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Wh": np.zeros((5, 4))}, "Wh has the shape (5, 4), but (H, H) = (5, 5)"),
        ({"b": np.zeros(6)}, "b has the shape (6,), but (H,) = (5,)"),
        ({"x": np.zeros((2, 3, 6))}, "x has the shape (2, 3, 6), but (B, T, D) = (2, 3, 4)"),
        ({"dh": np.zeros((2, 4, 5))}, "dh has the shape (2, 4, 5), but (B, T, H) = (2, 3, 5)"),
        ({"h0": np.zeros((5, 3))}, "h0 has the shape (5, 3), but (B, H) = (2, 5)"),
        ({"x": np.zeros(())}, "x has the shape (), but (B, T, D) = (2, 3, 4)"),
        ({"Wq": np.zeros(2)}, "“Wq” is no name that is looked for"),
        ({"Wxh": np.zeros((4, 5))}, "“Wx” and “Wxh” mean the same array"),
        ({"Wh": None}, "the matrix that reads the state is missing"),
        ({"b": np.array(["a"])}, "b does not hold real numbers"),
        ({"b": np.array([np.nan] * 5)}, "b has numbers that are not finite"),
        ({"x": np.zeros((0, 3, 4))}, "x is empty"),
    ],
)
def test_what_is_wrong_is_one_sentence_that_names_it(changes, words):
    arrays = {name: array for name, array in {**cs231n(), **changes}.items() if array is not None}
    with pytest.raises(InputError) as error:
        read(arrays)
    assert words in str(error.value)
    assert str(error.value).count(". ") == 0


@pytest.mark.parametrize("text", ["sideways", "gates i f o", "rows, columns", "[h, h]", "loss hinge"])
def test_words_without_a_meaning_are_refused(text):
    with pytest.raises(InputError):
        layout_from(text, NAMES)


def test_one_matrix_for_both_reads_the_state_or_the_input_first():
    arrays = cs231n()
    stacked = {"x": arrays["x"], "h0": arrays["h0"], "b": arrays["b"], "dh": arrays["dh"]}
    first = read({**stacked, "W": np.concatenate((arrays["Wh"], arrays["Wx"]))})
    assert np.array_equal(first.arrays["L1.U"], arrays["Wx"])
    assert "[h, x]: the state's part first" in first.assumed
    other = read({**stacked, "W": np.concatenate((arrays["Wx"], arrays["Wh"]))}, layout_from("[x, h]"))
    assert np.array_equal(other.arrays["L1.U"], arrays["Wx"])


def test_a_state_dict_s_prefixes_and_gradients_are_the_same_names():
    assert plain("rnn.weight_ih_l0") == plain("weight_ih_l0") == "weightih"
    assert plain("rnn.weight_ih_l0.grad") == "dweightih"
    assert plain("decoder.weight") == "fcweight"
    assert plain("W_xh") == plain("Wxh") == plain("w_XH")


def test_preset_named_lists_the_known_ones():
    with pytest.raises(InputError, match="cs231n"):
        preset_named("cs23")


def test_a_second_gradient_from_above_is_refused():
    shapes = {"x": (2, 3), "prev_h": (2, 4), "prev_c": (2, 4), "Wx": (3, 16), "Wh": (4, 16), "b": (16,)}
    arrays = {name: np.ones(shape) for name, shape in {**shapes, "dnext_h": (2, 4), "dnext_c": (2, 4)}.items()}
    with pytest.raises(InputError, match="dnext_c is a gradient of the cell state that comes from above"):
        read(arrays)
    del arrays["dnext_c"]
    assert read(arrays).above is not None
