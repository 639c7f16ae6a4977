"""MP4, where the optional imageio-ffmpeg is installed: it brings the encoder."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Generator
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

PACKAGE = "imageio-ffmpeg==0.6.0"  # as the extra "video" of pyproject.toml says


def can_write_video() -> bool:
    """Whether the encoder is there."""
    return find_spec("imageio_ffmpeg") is not None


def needed_for_video() -> str:
    """What to install, and how."""
    python = Path(sys.executable)
    shown = os.path.relpath(python) if python.is_relative_to(Path.cwd()) else str(python)
    line = f"{shown} -m pip install" if find_spec("pip") is not None else f"uv pip install --python {shown}"
    return f"MP4 needs the optional package imageio-ffmpeg: install it with “{line} {PACKAGE}”, or write a .gif."


class Video:
    """A file of frames of one size, each so many milliseconds long."""

    def __init__(self, file: BinaryIO, width: int, height: int, milliseconds: int) -> None:
        """`width`, `height`: px; an odd one loses its last px, which the encoder cannot have."""
        self._file, self._size, self._ms = file, (width - width % 2, height - height % 2), milliseconds
        self._folder = tempfile.TemporaryDirectory()
        self._writer: Generator[None, Any, None] | None = None

    def __enter__(self) -> Video:
        import imageio_ffmpeg  # pyright: ignore[reportMissingImports]

        writer = self._writer = imageio_ffmpeg.write_frames(
            str(self._path), self._size, fps=1000 / self._ms, codec="libx264", quality=None,
            output_params=["-crf", "16", "-tune", "animation", "-movflags", "+faststart"], macro_block_size=2,
            ffmpeg_log_level="error",
        )  # fmt: skip
        writer.send(None)
        return self

    @property
    def _path(self) -> Path:
        return Path(self._folder.name) / "run.mp4"

    def add(self, frame: NDArray[np.uint8], times: int = 1) -> None:
        """(height, width, 3), for so many frames."""
        width, height = self._size
        raw = np.ascontiguousarray(frame[:height, :width])
        for _ in range(times):
            assert self._writer is not None
            self._writer.send(raw)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the file, and puts it where it belongs, unless something went wrong."""
        try:
            if self._writer is not None:
                self._writer.close()
            if kind is None:
                self._file.write(self._path.read_bytes())
        finally:
            self._folder.cleanup()
