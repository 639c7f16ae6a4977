"""A typeface in which every sign that the program writes can be read, on whatever machine it runs."""

from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtGui import QFont, QFontDatabase, QFontMetrics
from PySide6.QtWidgets import QApplication

PREFERRED = ("Inter", "Noto Sans", "DejaVu Sans")
NEEDED = "∂‖⊙∞≤≥≈√∑σφρτβ₀₁₂₃₄₅₆₇₈₉₋⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵀ−×·…′→←✓"
_LATIN = "AZaz09.,:;()+=/%"


def prepare_fonts(app: QApplication) -> str:
    """Gives the application a readable font and returns the name of its family.

    An installed sans serif where there is one; the signs that it lacks, or all of them on a machine without fonts, come
    from STIX Two Math, which the formulas bring along (it has them all but ᵀ).
    """
    families = QFontDatabase.families()
    chosen = choose((*PREFERRED, app.font().family(), *families), families, missing)
    lacking = missing(chosen) if chosen else set(NEEDED)
    names = [chosen] if chosen else []
    # Qt takes a sign from another installed font by itself, so STIX is loaded only where none has it.
    if lacking and not any(not lacking & missing(family) for family in PREFERRED if family in families):
        names += _load_stix()
    if not names:
        return app.font().family()
    font = QFont(app.font())
    font.setFamilies(names)
    app.setFont(_marked(font, names[0]))
    return names[0]


def _marked(font: QFont, family: str) -> QFont:
    """DejaVu's table of accents puts the tilde of c̃ and the hat of x̂ below the letter or far above; without it they
    stand where they belong."""
    if family == "DejaVu Sans" and hasattr(font, "setFeature"):  # Qt 6.7
        font.setFeature(QFont.Tag("mark"), 0)
    return font


def choose(wanted: Iterable[str], installed: Iterable[str], lacks: Callable[[str], set[str]]) -> str | None:
    """The first wanted family that has every needed sign, else the first that has the Latin letters, else None."""
    there = set(installed)
    latin = None
    for family in wanted:
        if family not in there:
            continue
        lacking = lacks(family)
        if not lacking:
            return family
        if latin is None and not lacking & set(_LATIN):
            latin = family
        if latin is not None and family not in PREFERRED:
            break  # the rest is whatever happens to be installed: no reason to prefer it to a good sans serif
    return latin


def missing(family: str) -> set[str]:
    """The signs that this family itself cannot draw, substitutes left aside."""
    font = QFont(family)
    font.setStyleStrategy(QFont.StyleStrategy.NoFontMerging)
    # Not QRawFont: without any font Qt draws boxes, and a raw box claims to support everything and crashes on its name.
    metrics = QFontMetrics(font)
    return {sign for sign in NEEDED + _LATIN if not metrics.inFontUcs4(ord(sign))}


def tabular(font: QFont) -> QFont:
    """The same font with digits of one width, where it has such digits."""
    result = QFont(font)
    if hasattr(result, "setFeature"):  # Qt 6.7
        result.setFeature(QFont.Tag("tnum"), 1)
    return result


def sized(font: QFont, px: float, bold: bool = False) -> QFont:
    """The same font in another size, of 7 px at least."""
    result = QFont(font)
    result.setPixelSize(max(7, round(px)))
    if bold:
        result.setBold(True)
    return result


def _load_stix() -> list[str]:
    spec = find_spec("ziamath")  # finds the folder without importing the package
    for folder in spec.submodule_search_locations or () if spec else ():
        for file in sorted(Path(folder, "fonts").glob("*.ttf")):
            loaded = QFontDatabase.addApplicationFont(str(file))
            if loaded >= 0:
                return QFontDatabase.applicationFontFamilies(loaded)
    return []
