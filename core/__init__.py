"""The mathematics of backpropagation through time, also as a library: no widget, no global state, no global random
generator.

    from core import Experiment, record

    trace = record(Experiment().with_changes(cell="lstm", steps=24))
    trace.exact["L1", "c"]  # ∂L/∂c_t for all t, (T, B, H)

    from core import record_arrays  # plain arrays in, a trace out

    trace = record_arrays("cs231n", x=x, h0=h0, Wx=Wx, Wh=Wh, b=b, dh=dh)

Everything here can be imported from its own module as well; a name is imported when it is first used, so that one
module of the library does not bring all the others.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers take it for true; typing itself is imported by nobody who needs an error alone

if TYPE_CHECKING:
    from core.errors import InputError
    from core.experiment import Experiment
    from core.own.library import record_arrays
    from core.recorder import Event, Recorder, record
    from core.trace import Trace

__all__ = ["Event", "Experiment", "InputError", "Recorder", "Trace", "record", "record_arrays"]

_MODULES = {
    "Event": "core.recorder",
    "Experiment": "core.experiment",
    "InputError": "core.errors",
    "Recorder": "core.recorder",
    "Trace": "core.trace",
    "record": "core.recorder",
    "record_arrays": "core.own.library",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
