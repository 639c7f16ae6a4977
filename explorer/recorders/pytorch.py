"""Records one run of a recurrent PyTorch model, forward and backward, in a file that BPTT Explorer draws and checks.

Copy this file into your project as record_run.py; it needs torch and NumPy only. Then:

    from record_run import recording

    with recording(model, "run.npz"):
        loss = criterion(model(x), y)
        loss.backward()

and, where BPTT Explorer is, `python3 main.py check --mine run.npz`, or File, Open in its window.

`model` has an nn.RNN, nn.LSTM or nn.GRU of any layers and directions, or RNNCell, LSTMCell or GRUCell in a loop of your
own; several of them where each reads, unchanged, what the one before makes. Where there are others, give the part that
you mean: recording(model.encoder, …). The file has, time first, (T, B, ·), under names as in a state_dict:

    x                       what the first layer reads
    weight_ih, weight_hh, bias_ih, bias_hh, h0, c0
    h, c                    the states of every step; in the reverse direction, too, in the order of the data
    ….grad                  the gradient of the loss with respect to each of these; of h and c all of it at every step
    h.above, c.above        the part of it that comes from outside, from your head and loss, not from another step

A fused module keeps no c, no h of a lower layer and no gradient of a step, and a cell not all of c's gradient: those
are made after the run, on the CPU, by PyTorch's own cell functions (torch.lstm_cell …) and its autograd, from the same
weights. All else is as your run had it. PyTorch hands out no gates. The model is as it was afterwards, but for what
your own lines do with it.
"""

import json
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import torch

FUSED = (torch.nn.RNN, torch.nn.LSTM, torch.nn.GRU)
CELLS = (torch.nn.RNNCell, torch.nn.LSTMCell, torch.nn.GRUCell)


@contextmanager
def recording(model, path):
    """Records what is run inside `with`: one forward pass, and its backward pass. Raises ValueError where the model or
    what it does has no place in the file; after an error inside `with` no file is written."""
    found = [(name, each) for name, each in model.named_modules() if isinstance(each, FUSED + CELLS)]
    _check(found, "The model has no torch.nn.RNN, LSTM, GRU and no cell of these; give one that has.")
    stages = [_Stage(name or type(each).__name__.lower(), each) for name, each in found]
    try:
        yield
    finally:
        for stage in stages:
            for hook in stage.hooks:
                hook.remove()
    stages = _ordered([stage for stage in stages if stage.calls])
    first = stages[0]
    arrays = {}
    _write(arrays, "x", first.x())
    chains = [pair for stage, above in zip(stages, [*stages[1:], None]) for pair in stage.write(arrays, above)]
    about = {
        "format": 1,
        "library": "PyTorch",
        "version": torch.__version__.partition("+")[0],
        "layer": first.kind,
        "arguments": {"nonlinearity": first.module.nonlinearity} if first.kind == "RNN" else {},
        "chains": chains,
        "join": "concat" if len(chains[0]) == 2 else None,
        "dropout": max(stage.dropout for stage in stages),
    }
    with open(path, "wb") as file:
        np.savez(file, recording=np.array(json.dumps(about)), **arrays)


class _Kept:
    """A tensor's value, and the gradient that comes to it; None where none does."""

    def __init__(self, tensor):
        self.value, self.grad = tensor.detach().clone().cpu(), None

    def add(self, grad):
        grad = grad.detach().clone().cpu()
        self.grad = grad if self.grad is None else self.grad + grad

    def tapped(self, tensor):
        """The same tensor for the model to go on with, whose gradient is kept."""
        tensor = tensor.view_as(tensor) if tensor.requires_grad else tensor.detach()
        if torch.is_grad_enabled():
            tensor.requires_grad_().register_hook(self.add)
        return tensor


class _Call:
    """One call of a module: what it was given, and what is kept of that and of what it made."""

    def __init__(self, x, starts):
        self.given, self.x, self.starts = (x, *starts), _Kept(x), [_Kept(each) for each in starts]
        self.made, self.out = [], ()


class _Stage:
    """One module, with the hooks on it."""

    def __init__(self, name, module):
        self.name, self.module, self.calls, self.weights, self.hooks = name, module, [], {}, []
        self.fused = isinstance(module, FUSED)
        self.kind = type(module).__name__.removesuffix("Cell")
        self.states = ("h", "c") if self.kind == "LSTM" else ("h",)
        self.ways = ("", "_reverse")[: 1 + (self.fused and module.bidirectional)]
        self.layers = module.num_layers if self.fused else 1
        self.suffixes = [[f"_l{k}{way}" if self.fused else "" for way in self.ways] for k in range(self.layers)]
        self.dropout = float(module.dropout) if self.fused and module.training and self.layers > 1 else 0.0
        _check(not getattr(module, "proj_size", 0), f"{name} has proj_size, for which BPTT Explorer has no cell.")
        self.hooks.append(module.register_forward_pre_hook(self._before, with_kwargs=True))
        self.hooks.append(module.register_forward_hook(self._after))

    # --- while the model runs ---
    def _before(self, module, args, kwargs):
        x, starts = _given(*args, **kwargs)
        _check(torch.is_tensor(x), f"{self.name} reads a PackedSequence; record sequences of one length.")
        if not self.calls:  # as they are now: an optimizer may change them
            for name, parameter in module.named_parameters():
                kept = self.weights[name] = _Kept(parameter)
                if parameter.requires_grad:
                    self.hooks.append(parameter.register_hook(kept.add))
        if starts is None:
            batch = self._time_first(x).shape[1:-1] if self.fused else x.shape[:-1]
            rows = (self.layers * len(self.ways),) if self.fused else ()
            starts = (x.new_zeros((*rows, *batch, module.hidden_size)),) * len(self.states)
        starts = (starts,) if torch.is_tensor(starts) else tuple(starts)
        call = _Call(x, starts)
        self.calls.append(call)
        tapped = tuple(kept.tapped(each) for kept, each in zip(call.starts, starts))
        return (call.x.tapped(x), tapped if self.kind == "LSTM" else tapped[0]), {}

    def _after(self, module, args, made):
        flat = (made[0], *made[1]) if self.fused and self.kind == "LSTM" else made
        flat = (flat,) if torch.is_tensor(flat) else tuple(flat)
        call = self.calls[-1]
        call.made = [_Kept(each) for each in flat]
        call.out = out = tuple(kept.tapped(each) for kept, each in zip(call.made, flat))
        if self.fused:
            return out[0], (out[1:] if self.kind == "LSTM" else out[1])
        return out if self.kind == "LSTM" else out[0]

    # --- afterwards ---
    def _time_first(self, tensor):
        return tensor.transpose(0, 1) if self.fused and self.module.batch_first and tensor.dim() == 3 else tensor

    def _sequence(self, kept):
        """The values and the gradients, (T, B, n), of one kept tensor of a fused module, or of one for each step."""
        values, grads = [each.value for each in kept], [_gradient(each) for each in kept]
        known = any(each.grad is not None for each in kept)
        if not self.fused:
            found = torch.stack(values), torch.stack(grads)
            found = tuple(each if each.dim() == 3 else each.unsqueeze(1) for each in found)
        else:
            found = tuple(self._time_first(each) for each in (values[0], grads[0]))
            found = tuple(each if each.dim() == 3 else each.unsqueeze(1) for each in found)
        return found[0], found[1] if known else None

    def x(self):
        return self._sequence([call.x for call in self.calls])

    def write(self, arrays, above):
        """Writes all arrays of the module, and returns the patterns of their names, layer by layer. `above`: the stage
        that reads what this one makes."""
        prefix = f"{self.name}.{{}}"
        for name, kept in self.weights.items():
            _write(arrays, prefix.replace("{}", name), (kept.value, kept.grad))
        read = None if above is None else above.x()[1]
        for name, array in (self._fused(read) if self.fused else self._cell(read)).items():
            _write(arrays, prefix.replace("{}", name), array)
        return [[prefix + suffix for suffix in pair] for pair in self.suffixes]

    def _cell(self, read):
        """States, and of their gradients what comes from outside: neither by the next step nor by the layer above."""
        found, aboves = {}, {}
        known = any(call.made[0].grad is not None for call in self.calls)
        for k, state in enumerate(self.states):
            h, grad = self._sequence([call.made[k] for call in self.calls])
            first = self.calls[0].starts[k]
            found[state], found[state + "0"] = (h, grad), (_rows(first.value), _rows(first.grad))
            grad = torch.zeros_like(h) if grad is None else grad
            aboves[state] = grad.clone()
            for t, call in enumerate(self.calls[1:]):
                aboves[state][t] -= _gradient(call.starts[k])
            if known:
                outside = aboves[state] - read if state == "h" and read is not None else aboves[state]
                found[state], found[f"{state}.above"] = (h, grad), (outside, None)
        if known and "c" in found:  # what a cell hands out of c's gradient lacks the part through h of the same step
            found["c"] = found["c"][0], self._stepwise(found, aboves, known)["c"][1]
        return found

    def _fused(self, read):
        call, found = self.calls[0], {}
        out, grad = self._sequence(call.made[:1])
        known = any(kept.grad is not None for kept in call.made)
        ends = [_rows(_gradient(kept), 3) for kept in call.made[1:]]
        starts = [(_rows(kept.value, 3), _rows(kept.grad, 3)) for kept in call.starts]
        width = self.module.hidden_size
        aboves = {}
        for row, suffix in enumerate(suffix for pair in self.suffixes for suffix in pair):
            for k, state in enumerate(self.states):
                value, start_grad = starts[k]
                found[f"{state}0{suffix}"] = value[row], None if start_grad is None else start_grad[row]
                outside = out.new_zeros((*out.shape[:2], width))
                outside[0 if suffix.endswith("reverse") else -1] += ends[k][row]
                aboves[state + suffix] = outside
                if state == "h" and row >= (self.layers - 1) * len(self.ways) and grad is not None:
                    part = slice(row % len(self.ways) * width, (row % len(self.ways) + 1) * width)
                    aboves[state + suffix] = outside + grad[..., part]
                    outside = aboves[state + suffix] - (0.0 if read is None else read[..., part])
                if known:
                    found[f"{state}{suffix}.above"] = outside, None
        if not self.dropout:
            found.update(self._stepwise(found, aboves, known))
        for k, way in enumerate(self.ways):  # of the top layer h is what the module itself made
            name = f"h_l{self.layers - 1}{way}"
            found[name] = out[..., k * width : (k + 1) * width], found.get(name, (None, None))[1]
        return found

    @torch.enable_grad()
    def _stepwise(self, starts, aboves, known):
        """h and c of every layer at every step by PyTorch's cell functions, with the gradients of Σ above ⊙ state."""
        nonlinearity = getattr(self.module, "nonlinearity", "")
        function = getattr(torch, f"{self.kind.lower()}_{nonlinearity}{'_' * bool(nonlinearity)}cell")
        dtype = next(iter(self.weights.values())).value.dtype  # autocast may have made x another one
        below, made, total = list(self.x()[0].to(dtype)), {}, 0.0
        for pair in self.suffixes:
            outs = []
            for way, suffix in enumerate(pair):
                states = []
                names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
                weights = [kept.value if (kept := self.weights.get(name + suffix)) else None for name in names]
                now = tuple(starts[f"{state}0{suffix}"][0].to(dtype).requires_grad_() for state in self.states)
                for x in reversed(below) if way else below:
                    now = function(x, now if self.kind == "LSTM" else now[0], *weights)
                    now = now if self.kind == "LSTM" else (now,)
                    states.append(now)
                states = states[::-1] if way else states
                outs.append([state[0] for state in states])
                for state, tensors in zip(self.states, zip(*states)):
                    made[state + suffix] = tensors
                    total = total + sum((above * h).sum() for above, h in zip(aboves[state + suffix], tensors))
            below = [torch.cat(each, -1) for each in zip(*outs)]
        flat = [tensor for tensors in made.values() for tensor in tensors]
        grads = iter(torch.autograd.grad(total, flat) if known else ())
        return {
            name: (torch.stack(tensors), torch.stack([next(grads) for _ in tensors]) if known else None)
            for name, tensors in made.items()
        }


def _ordered(stages):
    """The modules from below to above. Raises ValueError where they do not stand on each other, and where a loop does
    not hand on its states as they are."""
    _check(stages, "No recurrent module was called inside `with`; run the model there.")
    for stage in stages:
        calls, name = stage.calls, stage.name
        _check(
            not stage.fused or len(calls) == 1,
            f"{name} was called {len(calls)} times; record a run that calls it once, or use a cell for a loop.",
        )
        for t, (before, after) in enumerate(pairwise(calls), 2):
            handed_on = all(a is b for a, b in zip(before.out, after.given[1:]))
            _check(handed_on, f"At step {t} {name} is not given the state that it made before, as it was; hand it on.")
    below = [[other for other in stages if _reads(stage, other)] for stage in stages]
    bottom = [stage for stage, read in zip(stages, below) if not read]
    found = bottom[:1]
    while more := [stage for stage, read in zip(stages, below) if found[-1:] == read]:
        found.append(more[0])
    names = " and ".join(stage.name for stage in stages)
    _check(
        len(found) == len(stages),
        f"The model runs {names}, which do not each read, unchanged, what the one before makes; give one of them.",
    )
    return found


def _reads(stage, other):
    """Whether all that a module reads is what another one makes."""
    pairs = list(zip(stage.calls, other.calls))
    return len(stage.calls) == len(other.calls) and all(a.given[0] is b.out[0] for a, b in pairs)


def _given(input, hx=None):
    return input, hx


def _gradient(kept):
    return torch.zeros_like(kept.value) if kept.grad is None else kept.grad


def _rows(tensor, axes=2):
    """With an axis for the one sample, where there is none."""
    return tensor if tensor is None or tensor.dim() == axes else tensor.unsqueeze(-2)


def _write(arrays, name, pair):
    for key, tensor in ((name, pair[0]), (f"{name}.grad", pair[1])):
        if tensor is not None:
            _check(tensor.dtype != torch.bfloat16, f"{name} is bfloat16; record in float32 or float64.")
            arrays[key] = tensor.detach().cpu().numpy()


def _check(right, sentence):
    if not right:
        raise ValueError(sentence)
