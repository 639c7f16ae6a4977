"""Every colour, pen width and font size of the program, three times: light, dark and projector.

Colours are "#rrggbb", or "#aarrggbb" where they are translucent; sizes and widths are logical pixels, or those of a
picture that is enlarged (`zoom`): it is drawn as in a small window, and everything in it grows alike.
A colour that text is written in is called `ink`, `muted` or `…_text`: each has a contrast of at least 4.5:1 (WCAG 2.1)
on every colour called `background`, `panel`, `trough` or `…_background` that it may stand on; a test computes it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from PySide6.QtGui import QColor, QPalette


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme. Hashable, so that a cache can use it as a key."""

    name: str
    dark: bool

    # surfaces and text
    background: str  # behind the cards
    panel: str  # a card
    trough: str  # the grey bed of a segmented control, a pressed button
    line: str  # a card's border, a separator
    ink: str
    muted: str
    disabled: str  # exempt from the contrast rule, as in WCAG
    selection: str
    focus: str  # a ring around what has the keyboard
    control: str  # the filled part of a slider, a tick, a chosen tab: never a pass's colour

    # the two passes and the runs beside the current one
    forward: str
    forward_text: str
    on_forward: str  # a glyph on a filled forward shape
    backward: str
    backward_text: str
    on_backward: str
    playhead: str  # translucent: the live column
    loss: str  # the span between forward and backward
    pinned: tuple[str, ...]
    pinned_text: tuple[str, ...]

    # states of a check
    ok: str
    ok_text: str
    ok_background: str
    ok_line: str
    fail: str
    fail_text: str
    fail_background: str
    fail_line: str
    note_background: str  # the lesson's line, a hint
    note_line: str

    # nodes and plots
    node: str
    node_outline: str
    empty_strip: str  # no gradient yet
    grid: str
    groove: str  # the unfilled part of a slider

    # colour maps: values centred at 0, gradients by decade, gates 0…1
    value_low: str
    value_zero: str
    value_high: str
    gradient: tuple[str, str, str]  # paper at the lowest decade, bright at 0.6 of the way, full ink at the highest
    growth: tuple[str, str]  # what may exceed 1: just above it, and at the highest decade
    level_low: str
    level_high: str

    # what is no ordinary number
    zero: str  # exactly 0
    underflow: str  # became 0 because it was too small
    plus_inf: str
    minus_inf: str
    nan: str

    # sizes
    font_px: int = 13
    small_px: int = 12
    digit_px: int = 9  # the smallest of the digits in nodes; what has no room in this size is left out
    title_px: int = 15
    formula_px: int = 17
    hairline: float = 1.0
    outline: float = 1.2
    edge: float = 1.3  # a forward edge; a backward one adds to it by its decade
    edge_max: float = 8.0
    curve: float = 1.8
    current_curve: float = 2.6
    selected: float = 2.6
    zoom: float = 1.0  # logical px of one px of a picture; the window that presents says how many

    @property
    def enlarged(self) -> Theme:
        """The same in logical px, for what is not drawn as part of a picture; itself where nothing is enlarged."""
        return self if self.zoom == 1.0 else _enlarged(self)


LIGHT = Theme(
    name="light",
    dark=False,
    background="#f3f5f8",
    panel="#ffffff",
    trough="#e8ecf1",
    line="#d5dae2",
    ink="#1b2230",
    muted="#566070",
    disabled="#a3abb8",
    selection="#dce3ec",
    focus="#66758b",
    control="#566070",
    forward="#0072b2",
    forward_text="#00649c",
    on_forward="#ffffff",
    backward="#d55e00",
    backward_text="#a84600",
    on_backward="#ffffff",
    playhead="#1ad55e00",
    loss="#3d4654",
    pinned=("#009e73", "#8250c4", "#6b4a00", "#8f2455", "#0f1728"),
    pinned_text=("#00694d", "#7443b6", "#6b4a00", "#8f2455", "#0f1728"),
    ok="#009e73",
    ok_text="#00694d",
    ok_background="#e2f3ec",
    ok_line="#b9e0d0",
    fail="#c62828",
    fail_text="#a61b1b",
    fail_background="#fdeaea",
    fail_line="#f2bcbc",
    note_background="#fff8f2",
    note_line="#f0d9c6",
    node="#ffffff",
    node_outline="#8490a1",
    empty_strip="#edf0f4",
    grid="#e9edf1",
    groove="#dfe4ea",
    value_low="#502eb8",
    value_zero="#f5f4f0",
    value_high="#00786c",
    gradient=("#fdf3ea", "#e8701c", "#782300"),
    growth=("#7d1450", "#e963bc"),
    level_low="#e3e9ef",
    level_high="#4a8cc9",
    zero="#ffffff",
    underflow="#c3cad4",
    plus_inf="#000000",
    minus_inf="#f0e442",
    nan="#878e99",
)

DARK = Theme(
    name="dark",
    dark=True,
    background="#0e1218",
    panel="#171c25",
    trough="#232a36",
    line="#303948",
    ink="#e8ecf2",
    muted="#a3aebe",
    disabled="#5d6778",
    selection="#364153",
    focus="#8b97a8",
    control="#8b97a8",
    forward="#2f97dc",
    forward_text="#62b5ee",
    on_forward="#08121b",
    backward="#ee7420",
    backward_text="#fb9450",
    on_backward="#1d0d02",
    playhead="#30ee7420",
    loss="#b4bdca",
    pinned=("#1fc796", "#a983ea", "#f5e663", "#f7cfe3", "#2a8a8f"),
    pinned_text=("#2bd3a2", "#b796f0", "#f5e663", "#f7cfe3", "#5cb8bd"),
    ok="#1fc796",
    ok_text="#4fd8ae",
    ok_background="#10322a",
    ok_line="#1c5a4a",
    fail="#f05a5a",
    fail_text="#ff9a9a",
    fail_background="#401a1e",
    fail_line="#7a2c33",
    note_background="#2a2019",
    note_line="#553a26",
    node="#1c222d",
    node_outline="#667388",
    empty_strip="#28303d",
    grid="#252d39",
    groove="#343d4c",
    value_low="#8f6cff",
    value_zero="#30353c",
    value_high="#19a090",
    gradient=("#211f25", "#b04d0c", "#ff9a4a"),
    growth=("#ff8fb4", "#d63ad6"),
    level_low="#2a3442",
    level_high="#a6bff2",
    zero="#12161e",
    underflow="#4c5666",
    plus_inf="#ffffff",
    minus_inf="#f0e442",
    nan="#7d8796",
)

_PRESENTED: dict[str, Any] = {
    "name": "projector", "digit_px": 12, "outline": 1.4, "edge": 1.5, "curve": 2.0, "current_curve": 2.8,
    "selected": 2.8,
}  # fmt: skip
PROJECTOR = replace(
    LIGHT,
    **_PRESENTED,
    background="#ffffff",
    trough="#e6eaf0",
    line="#aab4c2",
    ink="#0a0e16",
    muted="#39424f",
    forward_text="#005485",
    backward_text="#963d00",
    playhead="#28d55e00",
    pinned_text=("#005940", "#6534a8", "#5c4000", "#6d1540", "#0a111f"),
    ok_text="#005940",
    fail_text="#8f1414",
    node_outline="#6d7888",
    grid="#d9dfe7",
    groove="#cfd6df",
)
PROJECTOR_DARK = replace(  # for a dark hall
    DARK,
    **_PRESENTED,
    background="#06080c",
    ink="#f7f9fc",
    muted="#c3ccd8",
    line="#4a5567",
    playhead="#45ee7420",
    node_outline="#8593a8",
    grid="#333d4c",
    groove="#445063",
)

THEMES = (LIGHT, DARK, PROJECTOR)  # the names to choose from

LINES = 540  # px of height that a presented picture is drawn in, whatever the screen: its smallest text is 12 of them
NARROWEST = 4 / 3  # width by height of the narrowest screen that is filled in its whole height


def zoom_for(width: int, height: int) -> float:
    """The zoom of what is presented on a screen of that many logical px, so that 12 px become 24 at 1080 lines."""
    return max(min(height, width / NARROWEST) / LINES, 0.5)


_LENGTHS = ("hairline", "outline", "edge", "edge_max", "curve", "current_curve", "selected")
_TYPE = ("font_px", "small_px", "digit_px", "title_px", "formula_px")


@lru_cache(maxsize=8)
def _enlarged(theme: Theme) -> Theme:
    sizes = {name: math.ceil(round(getattr(theme, name) * theme.zoom, 3)) for name in _TYPE}
    return replace(theme, **sizes, **{name: getattr(theme, name) * theme.zoom for name in _LENGTHS}, zoom=1.0)


def theme_named(name: str) -> Theme:
    """The theme of that name. Raises ValueError naming the themes there are."""
    for theme in THEMES:
        if theme.name == name:
            return theme
    raise ValueError(f"There is no theme “{name}”; choose one of {', '.join(theme.name for theme in THEMES)}.")


def projected(theme: Theme) -> Theme:
    """The projector's theme that is dark where another one is."""
    return PROJECTOR_DARK if theme.dark else PROJECTOR


def palette(theme: Theme) -> QPalette:
    """The same colours for what a style sheet does not reach (item views, native arrows, placeholder text)."""
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    result = QPalette()
    for key, colour in (
        (role.Window, theme.background),
        (role.WindowText, theme.ink),
        (role.Base, theme.panel),
        (role.AlternateBase, theme.background),
        (role.Text, theme.ink),
        (role.PlaceholderText, theme.muted),
        (role.Button, theme.panel),
        (role.ButtonText, theme.ink),
        (role.BrightText, theme.fail_text),
        (role.ToolTipBase, theme.panel),
        (role.ToolTipText, theme.ink),
        (role.Highlight, theme.selection),
        (role.HighlightedText, theme.ink),
        (role.Accent, theme.control),
        (role.Link, theme.forward_text),
        (role.LinkVisited, theme.forward_text),
        (role.Light, theme.panel),
        (role.Midlight, theme.trough),
        (role.Mid, theme.line),
        (role.Dark, theme.node_outline),
        (role.Shadow, theme.line),
    ):
        result.setColor(key, QColor(colour))
    for key in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        result.setColor(group.Disabled, key, QColor(theme.disabled))
    return result
