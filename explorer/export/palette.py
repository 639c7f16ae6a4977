"""The palette of an animation: colours that are on the screen, the theme's own among them, and no others.

A GIF has 256 colours, and a painted window some thousands, nearly all of them the smoothed edges of letters and lines.
The theme's colours and those that cover most stay what they are; each of the others becomes the nearest that stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from explorer.style.theme import Theme

MOST = 255  # colours; GifWriter needs one more
FREQUENT = 0.6  # of them go to what covers most; the rest are spread over the other colours
UNKNOWN = MOST  # an index that no colour has

Pixels = NDArray[np.uint8]  # (…, 3)


def packed(rgb: Pixels) -> NDArray[np.int32]:
    """0xRRGGBB of each pixel."""
    wide = rgb.astype(np.int32)
    return (wide[..., 0] << 16) | (wide[..., 1] << 8) | wide[..., 2]


def theme_colours(theme: Theme) -> frozenset[int]:
    """Every opaque colour that the theme names, 0xRRGGBB."""
    named = [getattr(theme, field.name) for field in fields(theme)]
    flat = [each for value in named for each in (value if isinstance(value, tuple) else (value,))]
    opaque = [each for each in flat if isinstance(each, str) and each.startswith("#") and len(each) == 7]
    found = {QColor(each).rgb() & 0xFFFFFF for each in opaque}
    return frozenset(found)


class Seen:
    """How many pixels have each colour, over all that it was shown."""

    def __init__(self) -> None:
        self.counts: Counter[int] = Counter()

    def add(self, rgb: Pixels) -> None:
        """Some rows of pixels."""
        from PIL import Image

        found: list[Any] = Image.fromarray(rgb).getcolors(rgb.shape[0] * rgb.shape[1]) or []
        for count, (red, green, blue) in found:
            self.counts[(red << 16) | (green << 8) | blue] += count

    def palette(self, theme: Theme, most: int = MOST) -> Palette:
        """At most so many of the colours that were seen: all of the theme's among them, the frequent ones, and of what
        is left those that are farthest from any that is chosen."""
        named = theme_colours(theme)
        by_count = [colour for colour, _ in self.counts.most_common()]
        own = [colour for colour in by_count if colour in named]
        others = [colour for colour in by_count if colour not in named]
        frequent = max(0, round(FREQUENT * most) - len(own))
        chosen = [*own[:most], *others[:frequent]]
        return Palette(spread(np.array(chosen), np.array(others[frequent:]), most - len(chosen)))


def spread(chosen: NDArray, others: NDArray, more: int) -> NDArray:
    """The chosen colours and so many of the others, one after the other the farthest from all that are chosen."""
    found, points = list(chosen), _points(others)
    if not len(others):
        return np.array(found)
    nearest = np.full(len(others), np.inf)
    for colour in chosen:
        nearest = np.minimum(nearest, ((points - _points(np.array([colour]))) ** 2).sum(axis=1))
    for _ in range(min(more, len(others))):
        k = int(nearest.argmax())
        found.append(int(others[k]))
        nearest = np.minimum(nearest, ((points - points[k]) ** 2).sum(axis=1))
    return np.array(found)


def _points(colours: NDArray) -> NDArray[np.float64]:
    """(n, 3)"""
    return np.stack([colours >> 16 & 255, colours >> 8 & 255, colours & 255], axis=-1).astype(np.float64)


class Palette:
    """Which index each colour has; the nearest of a colour is looked for once."""

    def __init__(self, colours: NDArray) -> None:
        """`colours` (n,): 0xRRGGBB, n ≤ MOST."""
        self.colours = colours
        self._points = _points(colours)
        self._index = np.full(1 << 24, UNKNOWN, dtype=np.uint8)
        self._index[colours] = np.arange(len(colours))

    def bytes(self) -> list[int]:
        """Red, green and blue of each colour in turn, as Pillow has a palette."""
        return [int(part) for part in self._points.ravel()]

    def indices(self, rgb: Pixels) -> NDArray[np.uint8]:
        """(height, width) of (height, width, 3)."""
        wanted = packed(rgb)
        found = self._index[wanted]
        missing = np.unique(wanted[found == UNKNOWN])
        for part in _pieces(missing, 4096):
            distance = ((_points(part)[:, None] - self._points[None]) ** 2).sum(axis=-1)
            self._index[part] = distance.argmin(axis=1)
        return self._index[wanted] if len(missing) else found


def _pieces(array: NDArray, size: int) -> Iterator[NDArray]:
    for start in range(0, len(array), size):
        yield array[start : start + size]
