"""Independent random streams, so that another cell or another W sees the same data."""

import zlib

import numpy as np


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the generator of one purpose, such as "data", "noise" or "W"; seed ≥ 0.

    The same (seed, name) gives the same numbers again, and two names are statistically independent. The name goes
    through crc32 because Python's own hash of a text changes from process to process.
    """
    return np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=(zlib.crc32(name.encode()),)))
