"""Writes NPZ files piece by piece."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np

from core.files.writing import replacing
from core.jobs import Job, finished
from core.maths.arrays import Array

PIECE = 4 * 2**20  # bytes that are written at once


def write_npz(path: Path, found: dict[str, Array]) -> None:
    """Runs `writing_npz` to the end."""
    finished(writing_npz(path, found))


def writing_npz(path: Path, found: dict[str, Array]) -> Job[None]:
    """Writes arrays by name as `numpy.savez` does, without pickle, a few megabytes at a time and those on to the disk,
    so that nothing waits for all of them. Raises OSError."""
    total = sum(array.nbytes for array in found.values()) or 1
    done = 0
    with replacing(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as pack:
        for name, array in found.items():
            with pack.open(f"{name}.npy", "w", force_zip64=True) as member:
                descr = np.lib.format.dtype_to_descr(array.dtype)
                header = {"descr": descr, "fortran_order": False, "shape": array.shape}
                np.lib.format.write_array_header_1_0(member, header)
                raw = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
                for first in range(0, len(raw), PIECE):
                    member.write(raw[first : first + PIECE])
                    done += len(raw[first : first + PIECE])
                    if file.seekable() and len(raw) > PIECE:
                        os.fsync(file.fileno())
                    yield done / total
