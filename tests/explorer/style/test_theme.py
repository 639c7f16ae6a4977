"""The themes: readable text, colours that colour-blind eyes tell apart, a style sheet that Qt accepts."""

import re
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
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
from explorer.style.theme import PROJECTOR_DARK, THEMES, palette, theme_named, zoom_for
from tests.explorer.vision import EYES, contrast, lab, linear


def text_pairs(theme):
    everywhere = [theme.background, theme.panel, theme.note_background]
    for field in fields(theme):
        value = getattr(theme, field.name)
        if field.name in ("ink", "muted", "backward_text", "forward_text"):
            yield from ((field.name, value, b) for b in (*everywhere, theme.trough, theme.selection))
        elif field.name == "pinned_text":
            yield from ((field.name, one, b) for one in value for b in everywhere)
        elif field.name.endswith("_text"):
            own = getattr(theme, field.name.removesuffix("_text") + "_background")
            yield from ((field.name, value, b) for b in (*everywhere, own))
    yield from (
        ("ink", theme.ink, b) for b in (theme.selection, theme.node, theme.ok_background, theme.fail_background)
    )


@pytest.mark.parametrize("theme", [*THEMES, PROJECTOR_DARK], ids=lambda theme: f"{theme.name}-{theme.dark}")
def test_text_is_readable_on_whatever_it_stands_on(theme):
    poor = [(n, f, b, round(contrast(f, b), 2)) for n, f, b in text_pairs(theme) if contrast(f, b) < 4.5]
    assert not poor


@pytest.mark.parametrize("theme", [*THEMES, PROJECTOR_DARK], ids=lambda theme: f"{theme.name}-{theme.dark}")
def test_what_is_drawn_stands_out_from_the_panel(theme):
    drawn = [theme.forward, theme.backward, theme.ok, theme.fail, theme.focus, theme.control, *theme.pinned]
    assert min(contrast(c, theme.panel) for c in drawn) >= 3.0
    assert contrast(theme.on_forward, theme.forward) >= 3.0
    assert contrast(theme.on_backward, theme.backward) >= 3.0


@pytest.mark.parametrize("theme", [*THEMES, PROJECTOR_DARK], ids=lambda theme: f"{theme.name}-{theme.dark}")
@pytest.mark.parametrize("eyes", EYES.values(), ids=EYES)
def test_runs_are_told_apart_by_colour_blind_eyes(theme, eyes):
    # The current run is vermillion; blue is no run but the direction forward, and shares no plot with them.
    seen = {c: lab(eyes @ linear(c)) for c in (theme.backward, *theme.pinned)}
    near = [(a, b) for a in seen for b in seen if a < b and np.linalg.norm(seen[a] - seen[b]) < 12]
    assert not near


@pytest.mark.parametrize("theme", [*THEMES, PROJECTOR_DARK], ids=lambda theme: f"{theme.name}-{theme.dark}")
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


def test_what_is_presented_has_larger_type_and_thicker_lines():
    light, projector = theme_named("light"), replace(theme_named("projector"), zoom=zoom_for(1920, 1080)).enlarged
    for size in ("font_px", "small_px", "title_px", "formula_px"):
        assert getattr(projector, size) == 2 * getattr(light, size), size
    for width in ("outline", "edge", "edge_max", "curve", "current_curve"):
        assert getattr(projector, width) >= 2 * getattr(light, width), width
    assert light.enlarged is light


@given(st.integers(600, 5000), st.integers(480, 4000))
def test_type_grows_with_the_screen_as_far_as_a_narrow_one_has_room(width, height):
    theme = replace(theme_named("projector"), zoom=zoom_for(width, height)).enlarged
    lines = min(height, width * 3 / 4)
    assert 24 * lines / 1080 - 1e-6 <= theme.small_px <= max(24 * lines / 1080, 6) + 1


@pytest.mark.parametrize("theme", [*THEMES, PROJECTOR_DARK], ids=lambda theme: f"{theme.name}-{theme.dark}")
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
    assert {theme.background, theme.panel, theme.line, theme.ink, theme.control, theme.groove} <= colours
    assert "$" not in stylesheet(theme)


def test_the_style_sheet_s_icons_are_there():
    for theme in THEMES:
        icons = re.findall(r'url\("([^"]+)"\)', stylesheet(theme))
        assert icons
        for icon in icons:
            assert not QImage(icon).isNull(), icon
