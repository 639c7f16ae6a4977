"""How colours look: contrast (WCAG 2.1), difference (CIEDE2000), and both as colour-blind eyes see them."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor

# Machado, Oliveira & Fernandes 2009, severity 1.0, on linear RGB.
PROTANOPIA = np.array(
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
)
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)
EYES = {"trichromat": np.eye(3), "protanope": PROTANOPIA, "deuteranope": DEUTERANOPIA}
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def linear(colour: str) -> np.ndarray:
    """Linear RGB, (3,)."""
    c = np.array(QColor(colour).getRgbF()[:3])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """1 … 21."""
    a, b = sorted((float(linear(c) @ XYZ[1]) for c in (one, other)), reverse=True)
    return (a + 0.05) / (b + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of linear RGB, (3,); the white point is D65."""
    t = XYZ @ np.clip(rgb, 0, 1) / XYZ.sum(axis=1)
    f = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(first: np.ndarray, second: np.ndarray) -> float:
    """ΔE₀₀ of two L*a*b* colours, in the notation of Sharma, Wu & Dalal 2005, equations 2 to 22."""
    (l1, a1, b1), (l2, a2, b2) = map(float, first), map(float, second)
    c7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    stretch = 1 + 0.5 * (1 - np.sqrt(c7 / (c7 + 25.0**7)))
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    grey, apart = c1 * c2 == 0.0, h2 - h1
    turn = 0.0 if grey else apart - 360 if apart > 180 else apart + 360 if apart < -180 else apart
    dl, dc, dh = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    light, c = (l1 + l2) / 2, (c1 + c2) / 2
    h = h1 + h2 if grey else (h1 + h2 + (0 if abs(apart) <= 180 else 360 if h1 + h2 < 360 else -360)) / 2
    t = 1 - 0.17 * _cos(h - 30) + 0.24 * _cos(2 * h) + 0.32 * _cos(3 * h + 6) - 0.20 * _cos(4 * h - 63)
    sl, sc, sh = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2), 1 + 0.045 * c, 1 + 0.015 * c * t
    bend = 30 * np.exp(-(((h - 275) / 25) ** 2))
    rotation = -np.sin(np.radians(2 * bend)) * 2 * np.sqrt(c**7 / (c**7 + 25.0**7))
    x, y, z = dl / sl, dc / sc, dh / sh
    return float(np.sqrt(x * x + y * y + z * z + rotation * y * z))


def _cos(degrees: float) -> float:
    return float(np.cos(np.radians(degrees)))


def difference(one: str, other: str, eyes: np.ndarray) -> float:
    """ΔE₀₀ of two colours as these eyes see them."""
    return ciede2000(lab(eyes @ linear(one)), lab(eyes @ linear(other)))
