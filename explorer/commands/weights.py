"""weights: weights of PyTorch and Keras in and out, and a run as a script that stands alone."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.documents import storage
from core.documents.export import refuse_suffix
from core.errors import InputError
from core.files.writing import write_text
from core.interop import files
from core.interop.libraries import LIBRARIES, Library, library_named, translated
from core.interop.network import fit
from core.interop.scripts.numpy_script import numpy_script
from core.interop.scripts.torch_script import torch_script
from core.recorder import record
from core.trace import Trace
from explorer.commands.base import Command, FileFault, file_faults, refuse_unwritable
from explorer.commands.options.experiment import COMMON, add_experiment_options, experiment_to_run, own_parameters

SCRIPTS = {"numpy-code": numpy_script, "torch-code": torch_script}
SUFFIXES = {"torch": (".npz", ".safetensors"), "keras": (".npz",), "numpy-code": (".py",), "torch-code": (".py",)}


def _add_options(parser: argparse.ArgumentParser) -> None:
    add_experiment_options(parser)
    group = parser.add_argument_group("the weights", "Either --from with --in, or --to.")
    way = group.add_mutually_exclusive_group(required=True)
    way.add_argument(
        "--from",
        choices=[each.name for each in LIBRARIES],
        dest="source",
        help="read another library's weights into a session",
    )
    way.add_argument("--to", choices=SUFFIXES, dest="target", help="write a run's weights, or a script that repeats it")
    known = "; ".join(f"{each.title}'s {', '.join(each.arguments)}" for each in LIBRARIES)
    parser.epilog = f"With --from, --set also takes what no weight shows of a layer: {known}.\n\n{parser.epilog}"
    about = "a state_dict as .npz or .safetensors; Keras's get_weights() as np.savez(file, *model.get_weights())"
    group.add_argument("--in", metavar="FILE", type=Path, dest="given", help=about)
    about = "a session (.json) with --from; .npz or .safetensors with --to torch, .npz with keras, .py with either code"
    group.add_argument("--out", metavar="FILE", type=Path, required=True, help=about)


def _run(options: argparse.Namespace) -> int:
    return _import(options) if options.source else _export(options)


def _import(options: argparse.Namespace) -> int:
    if options.given is None:
        raise InputError("--from {source} needs --in FILE, the file with the weights.", source=options.source)
    refuse_suffix(options.out, (".json",))
    library = library_named(options.source)
    arguments = _arguments(options, library)
    experiment = experiment_to_run(options)
    refuse_unwritable(options.out)
    try:
        arrays = files.read(options.given)
    except InputError as error:
        raise FileFault(str(error)) from None
    try:
        imported = library.read(arrays, experiment, _named(options), arguments)
    except InputError as error:
        raise FileFault(f"{options.given.name} cannot be used: {error}") from None
    for name in _named(options):
        if name in imported.changes and imported.changes[name] != getattr(experiment, name):
            found = imported.changes[name]
            raise InputError(
                "{name} is {ours}, but the weights in {file} are of {name} {found}; leave {name} out.",
                name=name,
                ours=getattr(experiment, name),
                file=options.given.name,
                found="off" if found is None else found,
            )
    fitted = fit(experiment, imported)
    trace = record(fitted.experiment, fitted.parameters)
    with file_faults(options.out):
        write_text(options.out, storage.to_text(trace))
    print("; ".join((f"{options.out}: {_described(trace)}, loss {trace.loss!r}", *fitted.remarks)))
    return 0


def _export(options: argparse.Namespace) -> int:
    if options.given is not None:
        raise InputError("--in goes with --from; with --to, name the session with --experiment.")
    refuse_suffix(options.out, SUFFIXES[options.target])
    experiment = experiment_to_run(options)
    refuse_unwritable(options.out)
    trace = record(experiment, own_parameters(options, experiment))
    if options.target in SCRIPTS:
        script = SCRIPTS[options.target](trace, options.out.stem)
        with file_faults(options.out):
            files.write_script(options.out, script)
        beside = f", its numbers in {script.beside.name}" if script.beside is not None else ""
        print(f"{options.out}: {_described(trace)}, loss {trace.loss!r}{beside}")
        return 0
    arrays, layer = translated(options.target, trace.experiment, trace.parameters)
    with file_faults(options.out):
        files.write(options.out, arrays)
    print(f"{options.out}: {len(arrays)} arrays of {layer}")
    return 0


def _arguments(options: argparse.Namespace, library: Library) -> dict[str, str]:
    """What --set says of the layer by the library's own names; those are no options of the experiment's."""
    pairs = [setting.partition("=") for setting in options.settings]
    options.settings = [
        name + equals + text for name, equals, text in pairs if name not in library.arguments or not equals
    ]
    return {name: text for name, equals, text in pairs if name in library.arguments and equals}


def _named(options: argparse.Namespace) -> list[str]:
    """The fields of the experiment that the command line names."""
    given = [name for name, _ in COMMON if getattr(options, name) is not None]
    return [*given, *(setting.partition("=")[0] for setting in options.settings)]


def _described(trace: Trace) -> str:
    return f"{trace.experiment.cell} on {trace.experiment.task}"


WEIGHTS = Command(
    "weights",
    "Weights of torch.nn or Keras into a session and back, or a run as a NumPy or PyTorch script.",
    (
        "weights --from torch --in gru.npz --task echo --structure n-n --out session.json",
        "weights --from keras --in weights.npz --set bidirectional=concat --out session.json",
        "weights --experiment session.json --to torch --out gru.npz",
        "weights --cell lstm --task echo --to numpy-code --out run.py",
    ),
    _add_options,
    _run,
)
