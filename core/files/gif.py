"""An animation, written frame by frame: however long it is, two of its frames are in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from PIL.Image import Image


class GifWriter:
    """Pillow keeps all frames of a GIF until the last is there; this writes each as soon as the next one differs.

    Of a frame only the rectangle that has changed is written; one that is like the frame before it makes that one stay
    longer.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._last: Image | None = None  # the frame that was added last, whole
        self._waiting: tuple[Image, tuple[int, int], int] | None = None  # not yet written: what, where, how long in ms

    def add(self, frame: Image, milliseconds: int) -> None:
        """A frame of mode P; all have the size and the palette of the first. It must not change any more."""
        from PIL import ImageChops
        from PIL.GifImagePlugin import getheader

        if self._last is None or self._waiting is None:
            self._file.writelines(getheader(frame, info={"loop": 0})[0])
            self._last, self._waiting = frame, (frame, (0, 0), milliseconds)
            return
        box = ImageChops.subtract_modulo(frame, self._last).getbbox()
        if box is None:
            image, at, so_far = self._waiting
            self._waiting = image, at, so_far + milliseconds
            return
        self._write_waiting()
        self._last, self._waiting = frame, (frame.crop(box), box[:2], milliseconds)

    def end(self) -> None:
        """Writes what is left, and the trailer."""
        self._write_waiting()
        self._file.write(b";")

    def _write_waiting(self) -> None:
        from PIL.GifImagePlugin import getdata

        if self._waiting is not None:
            image, at, milliseconds = self._waiting
            self._file.writelines(getdata(image, at, duration=milliseconds))
            self._waiting = None
