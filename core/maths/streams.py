"""Independent random streams, so that another cell or another W sees the same data."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.random.bit_generator import ISeedSequence

POOL = 4  # words of 32 bits in a seed sequence's pool
WORD = 2**32


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the generator of one purpose, such as "data", "noise" or "W"; seed ≥ 0.

    The same (seed, name) gives the same numbers again, and two names are statistically independent. The name goes
    through crc32 because Python's own hash of a text changes from process to process.
    """
    if isinstance(seed, DrawnSeed):
        return seed.among.stream(seed, name)
    return np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=(_key(name),)))


class DrawnSeed(int):
    """One of several seeds whose streams are begun together: the same numbers as of any int, in a fifth of the time."""

    among: _Seeds
    place: int


def seeds(seed: int, names: Sequence[str]) -> list[DrawnSeed]:
    """A seed below 2³¹ drawn from each of the streams of `seed` with these names, all of which are begun together; so
    are the streams of what was drawn, each name when it is first asked for."""
    begun = _begun([seed] * len(names), [_key(name) for name in names])
    return _Seeds([int(_generator(words).integers(2**31)) for words in begun]).seeds


class _Seeds:
    """The seeds of `drawn`, and where each of their streams begins: by name, for all of them."""

    def __init__(self, drawn: Sequence[int]) -> None:
        self.seeds = [DrawnSeed(each) for each in drawn]
        for place, each in enumerate(self.seeds):
            each.among, each.place = self, place
        self._begun: dict[str, np.ndarray] = {}

    def stream(self, seed: DrawnSeed, name: str) -> np.random.Generator:
        if name not in self._begun:
            self._begun[name] = _begun(self.seeds, [_key(name)] * len(self.seeds))
        return _generator(self._begun[name][seed.place])


class _Words(ISeedSequence):
    """A seed sequence whose words are there already."""

    def __init__(self, words: np.ndarray) -> None:
        self._words = words

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> np.ndarray:
        return self._words


def _generator(words: np.ndarray) -> np.random.Generator:
    begun = cast(np.random.SeedSequence, _Words(words))  # it takes any ISeedSequence, which its stub does not say
    return np.random.Generator(np.random.PCG64(begun))


def _key(name: str) -> int:
    return zlib.crc32(name.encode())


def _begun(of: Sequence[int], keys: Sequence[int]) -> np.ndarray:
    """What NumPy's SeedSequence(entropy=seed, spawn_key=(key,)) gives a PCG64 to begin with, (n, 4) uint64, for n seeds
    of as many words and their keys at once. It is O'Neill's seed_seq_fe with a pool of four words, whose numbers NumPy
    promises to keep (pcg-random.org/posts/developing-a-seed_seq-alternative.html)."""
    words = -(-max(of).bit_length() // 32)
    entropy = np.zeros((max(POOL, words) + 1, len(of)), dtype=np.uint32)
    for k in range(words):
        entropy[k] = [seed // WORD**k % WORD for seed in of]
    entropy[-1] = keys
    hashed = _Hash(0x43B0D7E5, 0x931E8875)
    pool = hashed(entropy[:POOL], POOL)
    for source in range(POOL):
        others = [k for k in range(POOL) if k != source]
        pool[others] = _mixed(pool[others], hashed(pool[source], POOL - 1))
    for word in entropy[POOL:]:
        pool = _mixed(pool, hashed(word, POOL))
    state = _Hash(0x8B51F9DD, 0x58F38DED)(np.concatenate((pool, pool)), 2 * POOL)
    return np.ascontiguousarray(state.T, dtype="<u4").view("<u8")


class _Hash:
    """A hash of words whose constant goes on with every one."""

    def __init__(self, first: int, factor: int) -> None:
        self._constant, self._factor = first, factor

    def __call__(self, words: np.ndarray, count: int) -> np.ndarray:
        """`count` rows: of as many words, or of one word as often."""
        constants = [self._constant]
        for _ in range(count):
            constants.append(constants[-1] * self._factor % WORD)
        self._constant = constants[-1]
        column = np.array(constants, dtype=np.uint32)[:, np.newaxis]
        found = (words ^ column[:-1]) * column[1:]
        return found ^ (found >> np.uint32(16))


def _mixed(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    found = some * np.uint32(0xCA01F9DD) - others * np.uint32(0x4973F715)
    return found ^ (found >> np.uint32(16))
