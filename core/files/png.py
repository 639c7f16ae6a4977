"""A picture, written band by band: neither its pixels nor its file need be in memory as a whole."""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
RGB, EIGHT_BITS = 2, 8
UP = 2  # the filter: each byte less the one above it
LEVEL = 6  # of zlib


class PngWriter:
    """Writes an RGB picture of 8 bits (Portable Network Graphics, W3C 2003), rows from above."""

    def __init__(self, file: BinaryIO, width: int, height: int) -> None:
        self._file, self._packer = file, zlib.compressobj(LEVEL)
        self._above = np.zeros((1, 3 * width), dtype=np.uint8)
        file.write(SIGNATURE)
        self._chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, EIGHT_BITS, RGB, 0, 0, 0))

    def add(self, rows: np.ndarray) -> None:
        """The next rows, (n, width, 3) of uint8."""
        flat = rows.reshape(len(rows), -1)
        filtered = np.empty((len(flat), 1 + flat.shape[1]), dtype=np.uint8)
        filtered[:, 0] = UP
        np.subtract(flat, np.concatenate((self._above, flat[:-1])), out=filtered[:, 1:])
        self._above = flat[-1:].copy()
        self._chunk(b"IDAT", self._packer.compress(filtered.tobytes()))

    def end(self) -> None:
        """What is left, and the trailer."""
        self._chunk(b"IDAT", self._packer.flush())
        self._chunk(b"IEND", b"")

    def _chunk(self, kind: bytes, content: bytes) -> None:
        if content or kind != b"IDAT":
            self._file.write(struct.pack(">I", len(content)) + kind + content)
            self._file.write(struct.pack(">I", zlib.crc32(kind + content)))
