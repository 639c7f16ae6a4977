"""The themes: readable text, colours that colour-blind eyes tell apart, a style sheet that Qt accepts."""

import re
from dataclasses import fields

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QLabel,
    QLineEdit,
    QPushButton,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from explorer.style.stylesheet import stylesheet
from explorer.style.theme import THEMES, palette, theme_named

# Machado, Oliveira & Fernandes 2009, severity 1.0, on linear RGB.
PROTANOPIA = np.array(
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
)
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


def linear(colour: str) -> np.ndarray:
    c = np.array(QColor(colour).getRgbF()[:3])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    a, b = sorted((float(linear(c) @ XYZ[1]) for c in (one, other)), reverse=True)
    return (a + 0.05) / (b + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    t = XYZ @ np.clip(rgb, 0, 1) / XYZ.sum(axis=1)
    f = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def text_pairs(theme):
    everywhere = [theme.background, theme.panel, theme.note_background]
    for field in fields(theme):
        value = getattr(theme, field.name)
        if field.name in ("ink", "muted", "backward_text", "forward_text"):
            yield from ((field.name, value, b) for b in (*everywhere, theme.trough))
        elif field.name == "pinned_text":
            yield from ((field.name, one, b) for one in value for b in everywhere)
        elif field.name.endswith("_text"):
            own = getattr(theme, field.name.removesuffix("_text") + "_background")
            yield from ((field.name, value, b) for b in (*everywhere, own))
    yield from (
        ("ink", theme.ink, b) for b in (theme.selection, theme.node, theme.ok_background, theme.fail_background)
    )


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_text_is_readable_on_whatever_it_stands_on(theme):
    poor = [(n, f, b, round(contrast(f, b), 2)) for n, f, b in text_pairs(theme) if contrast(f, b) < 4.5]
    assert not poor


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_what_is_drawn_stands_out_from_the_panel(theme):
    drawn = [theme.forward, theme.backward, theme.ok, theme.fail, theme.focus, theme.gradient[2], theme.level_high]
    assert min(contrast(c, theme.panel) for c in drawn) >= 3.0
    assert contrast(theme.on_forward, theme.forward) >= 3.0
    assert contrast(theme.on_backward, theme.backward) >= 3.0
    assert min(contrast(c, theme.panel) for c in theme.pinned) >= 2.2  # thick lines, labelled at their ends


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("eyes", [np.eye(3), PROTANOPIA, DEUTERANOPIA], ids=["trichromat", "protanope", "deuteranope"])
def test_runs_are_told_apart_by_colour_blind_eyes(theme, eyes):
    # The current run is vermillion; blue is no run but the direction forward, and shares no plot with them.
    seen = {c: lab(eyes @ linear(c)) for c in (theme.backward, *theme.pinned)}
    near = [(a, b) for a in seen for b in seen if a < b and np.linalg.norm(seen[a] - seen[b]) < 12]
    assert not near


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_colour_is_a_colour(theme):
    for field in fields(theme):
        value = getattr(theme, field.name)
        for colour in value if isinstance(value, tuple) else (value,):
            if field.name != "name" and isinstance(colour, str):
                assert QColor(colour).isValid(), field.name
    assert QColor(theme.playhead).alpha() < 128


def test_what_is_no_ordinary_number_has_its_own_colour():
    for theme in THEMES:
        special = [theme.zero, theme.underflow, theme.plus_inf, theme.minus_inf, theme.nan, theme.empty_strip]
        maps = [theme.value_low, theme.value_zero, theme.value_high, *theme.gradient]
        for i, one in enumerate(special):
            for other in special[i + 1 :] + maps:
                assert np.linalg.norm(lab(linear(one)) - lab(linear(other))) > 3, (theme.name, one, other)


def test_themes_are_found_by_name():
    assert [theme_named(theme.name) for theme in THEMES] == list(THEMES)
    with pytest.raises(ValueError, match="light, dark, projector"):
        theme_named("sepia")


def test_a_projector_has_larger_type_and_thicker_lines():
    light, projector = theme_named("light"), theme_named("projector")
    for size in (
        "font_px",
        "small_px",
        "title_px",
        "formula_px",
        "outline",
        "edge",
        "edge_max",
        "curve",
        "current_curve",
    ):
        assert getattr(projector, size) > getattr(light, size), size


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_qt_accepts_the_style_sheet_and_paints_with_it(theme, qtbot):
    window = QWidget()
    window.setPalette(palette(theme))
    window.setStyleSheet(stylesheet(theme))  # a sheet that cannot be parsed is a Qt warning, and so a failure
    card = QFrame()
    card.setProperty("card", True)
    layout = QVBoxLayout(window)
    layout.addWidget(card)
    inside = QVBoxLayout(card)
    box, slider = QCheckBox("on"), QSlider(Qt.Orientation.Horizontal)
    box.setChecked(True)
    slider.setValue(80)
    for widget in (QLabel("text"), QPushButton("button"), QComboBox(), QSpinBox(), QLineEdit(), box, slider):
        inside.addWidget(widget)
    qtbot.addWidget(window)
    window.resize(300, 400)
    picture = window.grab().toImage()
    colours = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}
    assert {theme.background, theme.panel, theme.line, theme.ink, theme.forward, theme.groove} <= colours
    assert "$" not in stylesheet(theme)


def test_the_style_sheet_s_icons_are_there():
    for theme in THEMES:
        icons = re.findall(r'url\("([^"]+)"\)', stylesheet(theme))
        assert icons
        for icon in icons:
            assert not QImage(icon).isNull(), icon
