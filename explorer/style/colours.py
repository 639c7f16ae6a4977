"""From numbers to colours: arrays in, packed 0xffRRGGBB out, no loop over elements.

Small, huge and none are different things, so every element's class is decided on the float, before anything is cast:

    not a number     `theme.nan`         never any colour of a map
    +∞ / −∞          `theme.plus_inf` / `theme.minus_inf`: the ink's end and yellow, neither of them in a map
    underflow        `theme.underflow`   a 0 that the caller's mask marks as too small to be kept
    exactly 0        `theme.zero`        (values and gradients; for a gate, 0 is an ordinary level)
    any other        the map

A map is piecewise linear in sRGB between its anchors, sampled at `2·_HALF + 1` points. What may exceed 1 has two maps,
the gradients' up to 1 and another hue above it.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import isfinite, isnan

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtGui import QColor, QImage

from explorer.style.decades import GROWN, HIGH, LOW, ROUNDING
from explorer.style.theme import Theme

Colours = NDArray[np.uint32]
_HALF = 510  # so that 0 falls on a sample of its own, and two samples differ by less than one step of 8-bit sRGB
_KINDS = ("value", "gradient", "level", "growth")
_TRACE = 0.2  # of the map: the palest ink of an edge that still has some, so that it is seen on the panel


def value_colours(values: ArrayLike, limit: float, theme: Theme, underflow: ArrayLike | None = None) -> Colours:
    """Values on the map violet – paper – teal, centred at 0 and clipped to ±limit.

    values: any shape; the result has the same. underflow: bool, broadcast to it.
    Raises ValueError unless 0 < limit < ∞.
    """
    v = np.asarray(values, dtype=np.float64)
    _check_limit(limit)
    place = np.clip(np.where(np.isfinite(v), v, 0.0), -limit, limit) / limit
    return _classed(
        v,
        _map("value", theme)[np.rint((place + 1.0) * _HALF).astype(np.intp)],
        theme,
        underflow,
    )


def gradient_colours(
    values: ArrayLike,
    low_decade: float,
    high_decade: float,
    theme: Theme,
    underflow: ArrayLike | None = None,
) -> Colours:
    """Magnitudes from paper (10^low_decade and below) to full ink (10^high_decade and above), by log10|v|.

    values: any shape; the result has the same. Raises ValueError unless low_decade < high_decade, both finite.
    """
    v = np.asarray(values, dtype=np.float64)
    _check_decades(low_decade, high_decade)
    size = np.abs(np.where(np.isfinite(v) & (v != 0.0), v, 1.0))
    place = np.clip((np.log10(size) - low_decade) / (high_decade - low_decade), 0.0, 1.0)
    return _classed(
        v,
        _map("gradient", theme)[np.rint(place * (2 * _HALF)).astype(np.intp)],
        theme,
        underflow,
    )


def edge_colours(norms: ArrayLike, high_decade: float, theme: Theme) -> Colours:
    """The gradient map's colours of what edges carry. One that carries 10^LOW or less has lost its ink: it is as faint
    as an edge that nothing has passed. One that carries exactly 0 is dashed, and has that pen's colour.

    norms: any shape, none negative; the result has the same.
    """
    n = np.asarray(norms, dtype=np.float64)
    palest = 10.0 ** (LOW + _TRACE * (high_decade - LOW))
    with np.errstate(invalid="ignore"):
        colours = gradient_colours(np.where((n > 0.0) & (n < palest), palest, n), LOW, high_decade, theme)
        colours = np.where((n > 0.0) & (n <= 10.0**LOW), np.uint32(QColor(theme.line).rgb()), colours)
    return np.where(n == 0.0, np.uint32(QColor(theme.node_outline).rgb()), colours).astype(np.uint32)


def reach_colours(decades: NDArray, theme: Theme) -> Colours:
    """Factors 10**decades, split at 1: up to it the gradient map, above it the growth map up to 10^GROWN; from log₁₀
    itself, so that −400 is not taken for a 0.

    decades: any shape; the result has the same. −∞ is exactly 0, +∞ and NaN have their own colours.
    """
    shown = np.where(np.isfinite(decades), 10.0 ** np.clip(decades, LOW, HIGH), 0.0)
    shown = np.where(np.isposinf(decades), np.inf, shown)
    colours = gradient_colours(np.where(np.isnan(decades), np.nan, shown), LOW, HIGH, theme)
    grows = growing(decades)
    place = np.clip(np.where(grows, decades, HIGH) / GROWN, 0.0, 1.0)
    return np.where(grows, _map("growth", theme)[np.rint(place * (2 * _HALF)).astype(np.intp)], colours)


def growing(decades: NDArray) -> NDArray[np.bool_]:
    """Which finite factors 10**decades exceed 1 by more than rounding."""
    return np.isfinite(decades) & (decades > ROUNDING)


def level_colours(values: ArrayLike, theme: Theme) -> Colours:
    """A gate's filling level 0…1, clipped to that range, from empty to full.

    values: any shape; the result has the same.
    """
    v = np.asarray(values, dtype=np.float64)
    place = np.clip(np.where(np.isfinite(v), v, 0.0), 0.0, 1.0)
    return _classed(v, _map("level", theme)[np.rint(place * (2 * _HALF)).astype(np.intp)], theme, None, zero=False)


def value_colour(value: float, limit: float, theme: Theme) -> QColor:
    """`value_colours` of one number."""
    _check_limit(limit)
    if not isfinite(value) or value == 0.0:
        return _special(value, theme)
    place = min(max(value, -limit), limit) / limit
    return QColor.fromRgb(_palette("value", theme)[round((place + 1.0) * _HALF)])


def gradient_colour(value: float, low_decade: float, high_decade: float, theme: Theme) -> QColor:
    """`gradient_colours` of one number."""
    _check_decades(low_decade, high_decade)
    if not isfinite(value) or value == 0.0:
        return _special(value, theme)
    # NumPy's logarithm, not math's: the two may differ by one ulp, and so by one sample of the map.
    place = min(
        max((float(np.log10(abs(value))) - low_decade) / (high_decade - low_decade), 0.0),
        1.0,
    )
    return QColor.fromRgb(_palette("gradient", theme)[round(place * (2 * _HALF))])


def ink_on(colour: QColor) -> QColor:
    """Black or white: whichever reads better on `colour` (WCAG luminance; at least 4.5:1 on any colour)."""
    return QColor("#000000") if _luminance(colour) > 0.179 else QColor("#ffffff")


def _luminance(colour: QColor) -> float:
    """WCAG's relative luminance, 0 … 1."""
    channels = (colour.redF(), colour.greenF(), colour.blueF())
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@lru_cache(maxsize=4096)
def sign_ink(packed: int) -> QColor:
    """White or dark brown: what a sign on a packed colour is drawn with (at least 3:1)."""
    return QColor("#ffffff" if _luminance(QColor.fromRgb(packed)) <= 0.3 else "#5c2200")


def blend(first: str, second: str, share: float) -> str:
    """ "#rrggbb" between two colours: `share` of the first."""
    a, b = QColor(first), QColor(second)
    pairs = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return QColor(*(round(x * share + y * (1.0 - share)) for x, y in pairs)).name()


def share_colours(theme: Theme) -> tuple[str, str, str]:
    """The gradient's hue three times, distinguished by lightness: full, towards the ink, towards the paper."""
    return theme.backward, blend(theme.backward, theme.ink, 0.34), blend(theme.backward, theme.panel, 0.42)


def image(colours: Colours) -> QImage:
    """A picture of a (rows, columns) array of 0xAARRGGBB, one pixel an element; it owns its memory."""
    packed = np.ascontiguousarray(colours, dtype=np.uint32)
    if packed.ndim != 2:
        raise ValueError(f"A picture needs rows and columns; this array has {packed.ndim} dimensions.")
    rows, columns = packed.shape
    if packed.size == 0:
        return QImage()
    # copy(): a QImage over a foreign buffer dangles as soon as the array is gone.
    return QImage(packed.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32).copy()


def legend(kind: str, width: int, theme: Theme, height: int = 1) -> QImage:
    """The whole map of a kind, low on the left, width × height pixels."""
    if kind not in _KINDS:
        raise ValueError(f"There is no colour map “{kind}”; choose one of {', '.join(_KINDS)}.")
    samples = np.rint(np.linspace(0, 2 * _HALF, max(width, 1))).astype(np.intp)
    return image(np.broadcast_to(_map(kind, theme)[samples], (max(height, 1), max(width, 1))))


def _classed(
    v: NDArray,
    colours: Colours,
    theme: Theme,
    underflow: ArrayLike | None,
    zero: bool = True,
) -> Colours:
    colours = np.asarray(colours, dtype=np.uint32)
    special = _specials(theme)
    if zero:
        colours = np.where(v == 0.0, special[0], colours)
    if underflow is not None:
        colours = np.where((v == 0.0) & np.asarray(underflow, dtype=bool), special[1], colours)
    if not np.isfinite(v).all():
        colours = np.where(v == np.inf, special[2], colours)
        colours = np.where(v == -np.inf, special[3], colours)
        colours = np.where(np.isnan(v), special[4], colours)
    return colours


def _special(value: float, theme: Theme) -> QColor:
    if isnan(value):
        return QColor(theme.nan)
    if value == 0.0:
        return QColor(theme.zero)
    return QColor(theme.plus_inf if value > 0.0 else theme.minus_inf)


def _check_limit(limit: float) -> None:
    if not 0.0 < limit < float("inf"):
        raise ValueError(f"The limit of a value map must be positive and finite, not {limit}.")


def _check_decades(low: float, high: float) -> None:
    if not (isfinite(low) and isfinite(high) and low < high):
        raise ValueError(f"A gradient map needs a lower and a higher decade, not {low} and {high}.")


@lru_cache(maxsize=8)
def _specials(theme: Theme) -> Colours:
    names = (theme.zero, theme.underflow, theme.plus_inf, theme.minus_inf, theme.nan)
    return np.array([QColor(name).rgb() for name in names], dtype=np.uint32)


@lru_cache(maxsize=16)
def _map(kind: str, theme: Theme) -> Colours:
    """The map's 2·_HALF + 1 samples, packed."""
    if kind == "value":
        return _sampled((theme.value_low, theme.value_zero, theme.value_high), (0.0, 0.5, 1.0))
    if kind == "gradient":
        return _sampled(theme.gradient, (0.0, 0.6, 1.0))
    if kind == "growth":
        return _sampled(theme.growth, (0.0, 1.0))
    return _sampled((theme.level_low, theme.level_high), (0.0, 1.0))


@lru_cache(maxsize=16)
def _palette(kind: str, theme: Theme) -> tuple[int, ...]:
    """`_map` as Python integers: indexing an array one element at a time is ten times slower."""
    return tuple(int(colour) for colour in _map(kind, theme))


def _sampled(anchors: Sequence[str], places: Sequence[float]) -> Colours:
    rgb = np.array([(c.red(), c.green(), c.blue()) for c in map(QColor, anchors)], dtype=np.float64)
    at = np.linspace(0.0, 1.0, 2 * _HALF + 1)
    red, green, blue = (np.rint(np.interp(at, places, rgb[:, k])).astype(np.uint32) for k in range(3))
    return (np.uint32(0xFF000000) | (red << 16) | (green << 8) | blue).astype(np.uint32)
