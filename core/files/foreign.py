"""Files that are never opened here, recognised by first bytes, members or name, and how each is converted."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from core.sentence import Sentence

RUNS_CODE = Sentence("opening it can run code, so it is not opened")
TORCH = (
    "import sys, numpy, torch; d = torch.load(sys.argv[1], map_location='cpu', weights_only=True); "
    "numpy.savez(sys.argv[2], **{k: v.float().numpy() for k, v in d.get('state_dict', d).items()})"
)
KERAS = "import sys, numpy, keras; numpy.savez(sys.argv[2], *keras.models.load_model(sys.argv[1]).get_weights())"


class Look(NamedTuple):
    """What is known of a file without reading it."""

    start: bytes  # its first bytes
    members: tuple[str, ...] = ()  # of a ZIP file
    name: str = ""


class Foreign(NamedTuple):
    """A kind of file: what it is and why it is not opened, and the way out: Python that turns argv[1] into argv[2], or,
    where `line` has no such program, one line to run where the model is."""

    what: Sentence
    recognises: Callable[[Look], bool]
    code: str = ""
    line: str = ""


def _has(look: Look, *ends: str) -> bool:
    return any(member.endswith(ends) for member in look.members)


FOREIGN = (
    Foreign(
        Sentence("it is a TorchScript program of PyTorch; {why}", why=RUNS_CODE),
        lambda look: _has(look, "data.pkl") and any("/code/" in member for member in look.members),
        "import sys, numpy, torch; d = torch.jit.load(sys.argv[1], map_location='cpu').state_dict(); "
        "numpy.savez(sys.argv[2], **{k: v.float().numpy() for k, v in d.items()})",
    ),
    Foreign(
        Sentence("it is a file of PyTorch's torch.save, which is a pickle: {why}", why=RUNS_CODE),
        lambda look: _has(look, "data.pkl"),
        TORCH,
    ),
    Foreign(
        Sentence("it is a file of PyTorch's torch.save (an old one), which is a pickle: {why}", why=RUNS_CODE),
        lambda look: look.start.startswith(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"),
        TORCH,
    ),
    Foreign(
        Sentence("it is a Keras model, whose layers may bring Python functions along: {why}", why=RUNS_CODE),
        lambda look: _has(look, "model.weights.h5", "config.json") or look.name.endswith(".keras"),
        KERAS,
    ),
    Foreign(
        Sentence("it is an HDF5 file of Keras's save_weights, which needs the model to be read"),
        lambda look: look.start.startswith(b"\x89HDF\r\n") and look.name.endswith(".weights.h5"),
        line="model.load_weights({name}); numpy.savez({npz}, *model.get_weights())",
    ),
    Foreign(
        Sentence(
            "it is an HDF5 file, as Keras saves models, whose layers may bring Python functions along: {why}",
            why=RUNS_CODE,
        ),
        lambda look: look.start.startswith(b"\x89HDF\r\n"),
        KERAS,
    ),
    Foreign(
        Sentence("it is a Python pickle: {why}", why=RUNS_CODE),
        lambda look: len(look.start) > 1 and look.start[0] == 0x80 and 2 <= look.start[1] <= 5,
        TORCH,
    ),
    Foreign(
        Sentence("it is an ONNX graph, which keeps weights in another order and without the names of layers"),
        lambda look: (
            look.name.endswith(".onnx") or (look.start[:1] == b"\x08" and look.start[2:3] in (b"\x12", b"\x1a"))
        ),
        line="numpy.savez({npz}, **{{k: v.numpy() for k, v in model.state_dict().items()}})",
    ),
    Foreign(
        Sentence("it is a TensorFlow graph or checkpoint, which may hold any program"),
        lambda look: look.start[4:8] == b"TFL3" or look.name.endswith((".pb", ".index", ".data-00000-of-00001")),
        line="numpy.savez({npz}, *model.get_weights())",
    ),
    Foreign(
        Sentence("it is a single array, without the others of its network"),
        lambda look: look.start.startswith(b"\x93NUMPY"),
        line="numpy.savez({npz}, *arrays)",
    ),
)


def sentence(path: Path, look: Look) -> str | None:
    """What the file is, why it is not opened and what converts it, without its name; None for an unknown one."""
    for each in FOREIGN:
        if each.recognises(look):
            name, npz = path.name, path.name.partition(".")[0] + ".npz"
            if each.code:
                command = f'python3 -c "{each.code}" {shlex.quote(name)} {shlex.quote(npz)}'
                return Sentence("{what}. Where you trust it, convert it: {command}", what=each.what, command=command)
            line = each.line.format(name=repr(name), npz=repr(npz))
            return Sentence("{what}. Write its weights where the model is: {line}", what=each.what, line=line)
    return None
