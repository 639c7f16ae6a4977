"""Digits drawn with strokes and read row by row: images without a file, on as many rows as there are steps."""

import itertools

import numpy as np

from core.choices import DECODED, Choices
from core.maths.streams import stream
from core.tasks.base import Data, ImageRows, Task
from core.tasks.words import one_hot

SIZE = 12  # pixels of a row, and the steps that suit the task
DIGITS = tuple("0123456789")
PIXEL = 1.0 / SIZE

# How a drawing differs from the next; lengths are shares of the image.
SHIFT = 0.07  # at most, each way
SLANT = 0.22  # at most: how far the top leans to a side, per height
STRETCH = 0.12  # at most, of each of width and height
THIN, THICK = 0.07, 0.13  # of a stroke
NOISE = 0.04  # standard deviation, of an ink from 0 to 1

Point = tuple[float, float]
ARC = 30.0  # degrees, of a straight piece of a curve


def _arc(middle: Point, radii: Point, begin: float, end: float) -> list[Point]:
    """Points along an ellipse, from one angle to another in degrees: 0 is right, 90 is down."""
    angles = np.radians(np.linspace(begin, end, 1 + round(abs(end - begin) / ARC)))
    return [(middle[0] + radii[0] * np.cos(a), middle[1] + radii[1] * np.sin(a)) for a in angles]


# The pen's way for each digit, x to the right and y down, both from 0 to 1; one list a stroke.
STROKES: tuple[tuple[list[Point], ...], ...] = (
    (_arc((0.5, 0.5), (0.21, 0.34), -90, 270),),
    ([(0.36, 0.3), (0.54, 0.16), (0.54, 0.84)],),
    ([*_arc((0.49, 0.35), (0.2, 0.19), -170, 40), (0.29, 0.84), (0.73, 0.84)],),
    (_arc((0.47, 0.33), (0.2, 0.17), -150, 90), _arc((0.47, 0.67), (0.23, 0.17), -90, 150)),
    ([(0.52, 0.16), (0.26, 0.62), (0.76, 0.62)], [(0.62, 0.42), (0.62, 0.85)]),
    ([(0.7, 0.16), (0.34, 0.16), (0.32, 0.45), *_arc((0.48, 0.63), (0.22, 0.21), -120, 150)],),
    ([(0.62, 0.15), (0.42, 0.34), (0.3, 0.62), *_arc((0.5, 0.65), (0.2, 0.19), -180, 180)],),
    ([(0.27, 0.16), (0.73, 0.16), (0.43, 0.85)],),
    (_arc((0.5, 0.32), (0.18, 0.16), -90, 270), _arc((0.5, 0.67), (0.22, 0.18), -90, 270)),
    ([*_arc((0.5, 0.36), (0.2, 0.2), 0, -360), (0.68, 0.6), (0.58, 0.85)],),
)


def _pieces() -> np.ndarray:
    """(10, S, 2 ends, 2): the straight pieces of every digit; one with fewer has its last one again."""
    found = []
    for strokes in STROKES:
        pieces = [piece for stroke in strokes for piece in itertools.pairwise(stroke)]
        found.append(pieces)
    most = max(map(len, found))
    return np.array([pieces + pieces[-1:] * (most - len(pieces)) for pieces in found])


PIECES = _pieces()


def _make(experiment: Choices) -> Data:
    """x_t = row t of a drawn digit, ink from 0 to 1; y_t = the digit at every step.

    The image has as many rows as there are steps: T says how finely it is cut, so that it is not prefix-stable. Each
    sample has its own digit, shift, slant, size and thickness of stroke, and a little noise.
    """
    steps, batch = experiment.steps, experiment.batch
    draw = stream(experiment.data_seed, "data")
    digits = draw.integers(len(DIGITS), size=batch)
    pieces = _varied(PIECES[digits], draw)
    thick = draw.uniform(THIN, THICK, (batch, 1, 1))
    ink = np.clip(0.5 + (thick / 2 - _distances(pieces, steps)) / PIXEL, 0.0, 1.0)
    noise = stream(experiment.data_seed, "noise").standard_normal(ink.shape)
    x = np.minimum(ink + NOISE * np.abs(noise), 1.0).transpose(1, 0, 2)  # like grain of paper: nothing below 0
    written = max(steps, experiment.output_steps or 0) if experiment.structure in DECODED else steps
    y = np.broadcast_to(one_hot(digits, len(DIGITS)), (written, batch, len(DIGITS)))
    pixels = tuple(f"pixel {k}" for k in range(1, SIZE + 1))
    image = ImageRows(tuple(range(steps)), high=SIZE / steps)
    return Data(x, y, np.ones(written, dtype=bool), "categorical", pixels, DIGITS, image=image)


def _varied(pieces: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """(B, S, 2, 2): each sample stretched, slanted and shifted about the middle of the image."""
    batch = len(pieces)
    stretch = 1.0 + draw.uniform(-STRETCH, STRETCH, (batch, 1, 1, 2))
    slant = draw.uniform(-SLANT, SLANT, (batch, 1, 1))
    shift = draw.uniform(-SHIFT, SHIFT, (batch, 1, 1, 2))
    from_middle = (pieces - 0.5) * stretch
    from_middle[..., 0] -= slant * from_middle[..., 1]
    return 0.5 + from_middle + shift


def _distances(pieces: np.ndarray, rows: int) -> np.ndarray:
    """(B, rows, SIZE): how far each pixel's middle is from the nearest piece (B, S, 2, 2)."""
    across, down = (np.arange(SIZE) + 0.5) / SIZE, ((np.arange(rows) + 0.5) / rows)[:, np.newaxis]
    nearest = np.full((len(pieces), rows, SIZE), np.inf)  # squared
    for begin, end in pieces.transpose(1, 2, 3, 0)[..., np.newaxis, np.newaxis]:  # piece by piece: (2, B, 1, 1) each
        long_x, long_y = end - begin
        x, y = across - begin[0], down - begin[1]
        square = long_x**2 + long_y**2
        share = np.clip(x * (long_x / square) + y * (long_y / square), 0.0, 1.0)  # of the piece, to its nearest point
        np.minimum(nearest, (x - share * long_x) ** 2 + (y - share * long_y) ** 2, out=nearest)
    return np.sqrt(nearest)


DRAWN_DIGITS = Task(
    "drawn-digits",
    "Drawn digits row by row",
    "Read a drawn digit one row of pixels at a time and say which one it is; no file is needed.",
    _make,
    natural=lambda experiment: {"loss_at": "last", "steps": SIZE},
    ends_itself=True,
)
