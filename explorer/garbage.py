"""Python's search for reference cycles, out of the way of a start.

Opening the window makes some hundred thousand objects that stay: modules, functions, widgets. A search that goes
through them finds nothing, and the searches during a start are a tenth of its time.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """No search until `resume`, or until the end of this."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def resume() -> None:
    """Searches again, among what is made from now on: what there is by now stays until the program ends."""
    gc.freeze()
    gc.enable()
