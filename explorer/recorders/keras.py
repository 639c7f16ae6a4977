"""Records one run of a recurrent Keras model, forward and backward, in a file that BPTT Explorer draws and checks.

Copy this file into your project as record_run.py; it needs Keras 3, on any backend, and NumPy only. Then:

    from record_run import record

    record("run.npz", model, x, y)              # or loss="mse", where the model is not compiled

and, where BPTT Explorer is, `python3 main.py check --mine run.npz`, or File, Open in its window.

`model` has SimpleRNN, GRU or LSTM layers, alone or in Bidirectional, each of which reads what the one before makes; x
is one batch. The model is run as in evaluation, so without dropout, and is the same afterwards. The file has, of each
layer by its name and time first, (T, B, ·):

    x                       what the first layer reads
    kernel, recurrent_kernel, bias, h0, c0
    h, c                    the states of every step; of a backward layer, too, in the order of the data
    i, f, g, o or z, r, n   the gates of an LSTM and of a GRU, and the candidate
    ….grad                  the gradient of the loss with respect to each of these; of h and c all of it at every step
    h.above, c.above        the part of it that comes from outside, from your head and loss, not from another step

A layer of Keras keeps no state of a step. While this runs, each calls its own cell (layer.cell) step by step, and a 0
is added to every state and gate, whose gradient is that of the state; that the model's output stays the same is checked
first. A regularizer of the weights is no part of the loss here.
"""

import json

import keras
import numpy as np
from keras import ops

CELLS = {
    keras.layers.SimpleRNNCell: "SimpleRNN",
    keras.layers.GRUCell: "GRU",
    keras.layers.LSTMCell: "LSTM",
}
GATES = {"LSTM": ("i", "f", "g", "o"), "GRU": ("z", "r", "n"), "SimpleRNN": ()}
# What a cell calls its activations for at a step, in its order; "c'" is c on its way to h.
ACTIVATED = {
    "LSTM": {"recurrent_activation": ("i", "f", "o"), "activation": ("g", "c'")},
    "GRU": {"recurrent_activation": ("z", "r"), "activation": ("n",)},
    "SimpleRNN": {},
}
MERGED = {"concat": "concat", "sum": "sum", "ave": "mean"}


def record(path, model, x, y, loss=None):
    """Runs a model on one batch, forward and backward, and writes the file. `loss`: as for model.compile, whose own is
    taken without it. Raises ValueError where the model has no place in the file."""
    loss = loss or getattr(model, "loss", None)
    _check(loss, "The model is not compiled, so name the loss: record(path, model, x, y, loss=…).")
    loss = keras.losses.get(loss)
    pairs = list(_pairs(model))
    _check(pairs, "The model has no SimpleRNN, GRU or LSTM layer; give one that has.")
    join = {joined for _, joined in pairs}
    _check(len(join) == 1, "Some layers have both directions and some one; give a model in which all are alike.")
    stages = [
        [_Layer(layer, joined is not None and way == 1) for way, layer in enumerate(pair)] for pair, joined in pairs
    ]
    layers = [layer for pair in stages for layer in pair]
    plain = np.asarray(ops.convert_to_numpy(model(x, training=False)))
    for layer in layers:
        layer.enter()
    try:
        stepped = np.asarray(ops.convert_to_numpy(model(x, training=False)))
        near = np.allclose(plain, stepped, rtol=1e-3, atol=1e-4 * max(1.0, np.abs(plain).max()))
        _check(near, "Step by step the model gives another output; record one without layers of your own in a cell.")
        _refuse_other_order(stages)
        for layer in layers:
            layer.values, layer.keeps = dict(layer.values), False
        variables = list(model.trainable_variables)

        def run(values, probes):
            at = iter(probes)
            for layer in layers:
                layer.probes = {name: next(at) for name in layer.values}
            with keras.StatelessScope(state_mapping=list(zip(variables, values))):
                return ops.mean(loss(ops.convert_to_tensor(y), model(x, training=False)))

        zeros = [np.zeros_like(value) for layer in layers for value in layer.values.values()]
        of_variables, of_probes = _gradients(run, [variable.value for variable in variables], zeros)
    finally:
        for layer in layers:
            layer.leave()
    grads = {id(variable): grad for variable, grad in zip(variables, of_variables)}
    at = iter(of_probes)
    for layer in layers:
        layer.grads = {name: next(at) for name in layer.values}
    _write(path, stages, grads, MERGED.get(join.pop()))


class _Layer:
    """One recurrent layer, whose call goes step by step: `values` of what is recorded, by name, batch first; a probe,
    0, is added to each. `turned`: it is the backward one of a Bidirectional, whose steps are kept in the data's order.
    """

    def __init__(self, layer, turned):
        self.layer, self.cell, self.turned = layer, layer.cell, turned
        self.kind = CELLS[type(layer.cell)]
        self.states = ("h", "c") if self.kind == "LSTM" else ("h",)
        self.values, self.probes, self.grads, self.keeps, self.calls = {}, {}, {}, True, 0
        self.step, self.left = 0, {}  # of the step under way, the names that each activation is still called for
        _check(
            not layer.stateful, f"{layer.name} is stateful, so that a run depends on the one before; record another."
        )
        _check(
            layer.go_backwards == turned, f"{layer.name} has go_backwards; give it the sequence the other way round."
        )

    def enter(self):
        """The layer goes step by step from now on, and its cell's activations are listened to."""
        self.layer.call = self.call
        self.functions = {name: getattr(self.cell, name) for name in ACTIVATED[self.kind]}
        for name in self.functions:
            setattr(self.cell, name, self._listening(name))

    def leave(self):
        """The layer is as it was."""
        del self.layer.call
        for name, function in self.functions.items():
            setattr(self.cell, name, function)

    def _listening(self, name):
        def activation(z):
            what = self.left[name].pop(0)
            if what == "c'":
                return self.functions[name](self._probed((what, self.step), z))
            return self._probed((what, self.step), self.functions[name](z))

        return activation

    def call(self, sequences, initial_state=None, mask=None, training=False, **_):
        """What RNN.call does, with layer.cell at every step."""
        if mask is not None:
            everything = bool(np.all(ops.convert_to_numpy(mask)))
            _check(everything, f"{self.layer.name} is given a mask; record sequences of one length.")
        self.calls += 1
        x = self._probed("x", sequences)
        starts = initial_state if initial_state is not None else self.layer.get_initial_state(ops.shape(x)[0])
        starts = list(starts) if isinstance(starts, (list, tuple)) else [starts]
        now = [self._probed(f"{name}0", state) for name, state in zip(self.states, starts)]
        steps = list(range(x.shape[1]))[:: -1 if self.turned else 1]
        made = {}
        for t in steps:
            self.step, self.left = t, {name: list(names) for name, names in ACTIVATED[self.kind].items()}
            _, now = self.cell(x[:, t], now, training=False)
            now = list(now) if isinstance(now, (list, tuple)) else [now]
            now = [self._probed((name, t), state) for name, state in zip(self.states, now)]
            made[t] = now[0]
        out = ops.stack([made[t] for t in steps], axis=1) if self.layer.return_sequences else now[0]
        out = self._probed("out", out)
        if not self.layer.return_state:
            return out
        return (out, *(self._probed(f"{name} end", state) for name, state in zip(self.states, now)))

    def _probed(self, name, tensor):
        if self.keeps:
            self.values[name] = np.array(ops.convert_to_numpy(tensor))
            return tensor
        return tensor + self.probes[name]

    def sequence(self, found, name):
        """(T, B, n) of what is kept for each step."""
        return np.stack([found[name, t] for t in range(len(self.values["x"][0]))])

    def gradient(self, name):
        """∂L/∂ of it at every step, (T, B, n); of c with the part through h of the same step."""
        found = self.sequence(self.grads, name)
        return found + self.sequence(self.grads, "c'") if name == "c" else found

    def above(self, name, read):
        """What comes to a state from outside, (T, B, H); `read`: of that what the layer above sends back, or 0."""
        found = np.zeros_like(self.sequence(self.grads, name))
        last = 0 if self.turned else -1
        if name == "h" and self.layer.return_sequences:
            found += np.swapaxes(self.grads["out"][:, :: -1 if self.turned else 1], 0, 1) - read
        elif name == "h":
            found[last] += self.grads["out"]
        if self.layer.return_state:
            found[last] += self.grads[f"{name} end"]
        return found


def _pairs(model):
    """The recurrent layers in the order of the model: one with None, or both of a Bidirectional with its merge_mode."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.Bidirectional):
            known = layer.merge_mode in MERGED and type(getattr(layer.forward_layer, "cell", None)) in CELLS
            _check(known, f"{layer.name} cannot be recorded; use merge_mode concat, sum or ave with a layer of Keras.")
            yield (layer.forward_layer, layer.backward_layer), layer.merge_mode
        elif isinstance(layer, keras.layers.RNN):
            known = type(layer.cell) in CELLS
            _check(known, f"{layer.name} has a cell of another kind; BPTT Explorer has SimpleRNN, GRU and LSTM.")
            yield (layer,), None
        elif hasattr(layer, "layers"):
            yield from _pairs(layer)


def _refuse_other_order(stages):
    """Raises ValueError where a layer does not run once, or reads something else than what the one below makes."""
    below = None
    for pair in stages:
        for layer in pair:
            name = layer.layer.name
            _check(layer.calls == 1, f"{name} was called {layer.calls} times; give a model that calls each layer once.")
            if below is not None:
                parts = [each.sequence(each.values, "h") for each in below]
                read = np.swapaxes(layer.values["x"], 0, 1)
                made = np.concatenate(parts, -1) if read.shape[-1] != parts[0].shape[-1] else sum(parts)
                same = read.shape == made.shape and (
                    np.allclose(read, made, atol=1e-6) or np.allclose(read, made / len(parts), atol=1e-6)
                )
                _check(
                    same, f"{name} does not read, unchanged, what the recurrent layer below makes; give one of them."
                )
        below = pair


def _gradients(run, values, probes):
    """The gradients of run(values, probes), a number, by the backend's own differentiation, as NumPy arrays; None
    where there is none."""
    backend = keras.backend.backend()
    if backend == "torch":
        import torch

        probes = [ops.convert_to_tensor(each).requires_grad_() for each in probes]
        found = torch.autograd.grad(run(values, probes), [*values, *probes], allow_unused=True)
    elif backend == "tensorflow":
        import tensorflow as tf

        values, probes = ([tf.convert_to_tensor(each) for each in group] for group in (values, probes))
        with tf.GradientTape() as tape:
            tape.watch([*values, *probes])
            loss = run(values, probes)
        found = tape.gradient(loss, [*values, *probes])
    elif backend == "jax":
        import jax

        of_values, of_probes = jax.grad(run, argnums=(0, 1))(values, [jax.numpy.asarray(each) for each in probes])
        found = [*of_values, *of_probes]
    else:
        raise ValueError(f"The backend {backend} has no gradients; set KERAS_BACKEND to torch, jax or tensorflow.")
    found = [None if each is None else np.array(ops.convert_to_numpy(each)) for each in found]
    found[len(values) :] = [
        np.zeros(probe.shape, "float32") if grad is None else grad for grad, probe in zip(found[len(values) :], probes)
    ]
    return found[: len(values)], found[len(values) :]


def _write(path, stages, grads, join):
    first = stages[0][0]
    x = np.swapaxes(first.values["x"], 0, 1)
    arrays = {"x": x, "x.grad": sum(np.swapaxes(layer.grads["x"], 0, 1) for layer in stages[0])}
    for pair, above in zip(stages, [*stages[1:], None]):
        read = [0.0] * len(pair)
        if above is not None:
            whole = sum(np.swapaxes(layer.grads["x"], 0, 1) for layer in above)
            share = whole / 2.0 if join == "mean" else whole
            read = np.split(whole, 2, axis=-1) if join == "concat" else [share] * len(pair)
        for layer, back in zip(pair, read):
            name = layer.layer.name
            for quantity in ("kernel", "recurrent_kernel", "bias"):
                variable = getattr(layer.cell, quantity, None)
                if variable is not None:
                    arrays[f"{name}.{quantity}"] = ops.convert_to_numpy(variable.value)
                    if grads.get(id(variable)) is not None:
                        arrays[f"{name}.{quantity}.grad"] = grads[id(variable)]
            for state in layer.states:
                arrays[f"{name}.{state}0"] = layer.values[f"{state}0"]
                arrays[f"{name}.{state}0.grad"] = layer.grads[f"{state}0"]
                arrays[f"{name}.{state}.above"] = layer.above(state, back)
            for quantity in (*layer.states, *GATES[layer.kind]):
                arrays[f"{name}.{quantity}"] = layer.sequence(layer.values, quantity)
                arrays[f"{name}.{quantity}.grad"] = layer.gradient(quantity)
    arguments = {
        argument: getattr(value, "__name__", str(value))
        for argument in ("activation", "recurrent_activation", "reset_after")
        if (value := getattr(first.cell, argument, None)) is not None
    }
    about = {
        "format": 1,
        "library": "Keras",
        "version": f"{keras.__version__} on {keras.backend.backend()}",
        "layer": first.kind,
        "arguments": arguments,
        "chains": [[f"{layer.layer.name}.{{}}" for layer in pair] for pair in stages],
        "join": join,
    }
    with open(path, "wb") as file:
        np.savez(file, recording=np.array(json.dumps(about)), **arrays)


def _check(right, sentence):
    if not right:
        raise ValueError(sentence)
