"""A disk that is full, for what a test does within a block."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def full_disk(room: int) -> Iterator[None]:
    """Every file is refused its bytes beyond `room`, as a full disk refuses them. Python itself writes no compiled
    module meanwhile: it would take a cut one for whole, and whoever imports that module later would fail."""
    resource = pytest.importorskip("resource", reason="a limit on the size of a file")
    before, compiled = resource.getrlimit(resource.RLIMIT_FSIZE), sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        sys.dont_write_bytecode = compiled
