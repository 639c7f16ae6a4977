"""Equations: typeset by ziamath, once for each (LaTeX, size, colour), and drawn as vectors at any device pixel ratio.

Typesetting one takes 9–25 ms, so ziamath is imported at the first formula and not before the first painted window.
Templates such as h_t are typeset once; a step's numbers are drawn beside them with `baseline`. What a formula says in
words, \\text{by way of the context}, is drawn in the window's own font and in its language: the mathematical font has
no Chinese glyphs.
"""

import re
import warnings
from functools import lru_cache

from PySide6.QtCore import QByteArray, QPointF, QRectF, QSize, QSizeF, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget
from shiboken6 import isValid

from explorer.style.fonts import sized
from explorer.words import translator

_tr = translator("formula")
_KEPT = 512  # formulas; a cell's whole set is about 40, in up to three colours and two sizes
_COMMANDS = {
    "partial": "∂", "odot": "⊙", "cdot": "·", "times": "×", "sum": "∑", "prod": "∏", "Vert": "‖", "|": "‖", "top": "ᵀ",
    "sigma": "σ", "phi": "φ", "varphi": "φ", "rho": "ρ", "leq": "≤", "geq": "≥", "infty": "∞", "prime": "′",
    "ldots": "…", "circ": "∘", "Gamma": "Γ", "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "theta": "θ",
    "epsilon": "ε", "ell": "ℓ", "langle": "⟨", "rangle": "⟩", "in": "∈", "equiv": "≡", "mathcal": "", "mathrm": "",
    "text": "", "left": "", "right": "", "quad": "  ", ",": " ",
    ";": " ",
}  # fmt: skip

_WORDS = re.compile(r"\\text\{([^{}]*)\}")
_INDICES = dict(zip("0123456789+-−tijkn", "₀₁₂₃₄₅₆₇₈₉₊₋₋ₜᵢⱼₖₙ", strict=True))
_EXPONENTS = dict(zip("0123456789+-−()fginortuyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ᶠᵍⁱⁿᵒʳᵗᵘʸᶻ", strict=True))
_SUM = re.compile(r"\S\s*[+−-]")  # a sign at the beginning is no sum
_PRODUCT = re.compile(r"\\(?:cdot|odot|times|circ)(?![A-Za-z])|\\,")
_ACCENTS = {"hat": "\u0302", "tilde": "\u0303", "bar": "\u0304"}


class Formula:
    """One typeset equation. Made by `formula`; sizes are logical pixels."""

    def __init__(self, svg: str | None, tex: str, size: float, colour: str) -> None:
        self._renderer = QSvgRenderer(QByteArray(svg.encode())) if svg else None
        if self._renderer is not None and not self._renderer.isValid():
            self._renderer = None
        self.px = size
        self._colour = QColor(colour)
        self._font = QFont()
        self._font.setPixelSize(max(round(size), 1))
        self._font.setItalic(True)
        self._text = readable(tex)
        if self._renderer is not None:
            box = self._renderer.viewBoxF()
            self._size, self.baseline = box.size(), -box.top()
        else:
            metrics = QFontMetricsF(self._font)
            self._size = QSizeF(metrics.horizontalAdvance(self._text), metrics.height())
            self.baseline = metrics.ascent()  # from the top edge down to the line that text stands on

    @property
    def typeset(self) -> bool:
        """False where ziamath could not read the LaTeX, and plain text stands in."""
        return self._renderer is not None

    def size(self) -> QSizeF:
        return QSizeF(self._size)

    def draw(self, painter: QPainter, x: float, y: float) -> None:
        """With its top left corner at (x, y)."""
        if self._renderer is not None:
            self._renderer.render(painter, QRectF(QPointF(x, y), self._size))
            return
        painter.save()
        painter.setFont(self._font)
        painter.setPen(self._colour)
        painter.drawText(QPointF(x, y + self.baseline), self._text)
        painter.restore()

    def draw_in(
        self,
        painter: QPainter,
        box: QRectF,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignCenter,
    ) -> None:
        """Inside `box`, aligned; in its full size even where the box is smaller."""
        x, y = (
            box.x() + (box.width() - self._size.width()) / 2,
            box.y() + (box.height() - self._size.height()) / 2,
        )
        if align & Qt.AlignmentFlag.AlignLeft:
            x = box.left()
        elif align & Qt.AlignmentFlag.AlignRight:
            x = box.right() - self._size.width()
        if align & Qt.AlignmentFlag.AlignTop:
            y = box.top()
        elif align & Qt.AlignmentFlag.AlignBottom:
            y = box.bottom() - self._size.height()
        self.draw(painter, x, y)


class Words(Formula):
    """What a formula says in words, upright and in the language of the window."""

    def __init__(self, words: str, size: float, colour: str) -> None:
        super().__init__(None, "", size, colour)
        self._text = _tr(words)
        self._font = sized(QFont(), 0.8 * size)
        metrics = QFontMetricsF(self._font)
        self._size, self.baseline = QSizeF(metrics.horizontalAdvance(self._text), metrics.height()), metrics.ascent()

    @property
    def typeset(self) -> bool:
        return True


class Row(Formula):
    """Formulas and words beside each other, on one line that text stands on."""

    def __init__(self, parts: list[Formula], size: float) -> None:
        super().__init__(None, "", size, "#000000")
        self._parts = parts
        self.baseline = max(each.baseline for each in parts)
        below = max(each.size().height() - each.baseline for each in parts)
        self._size = QSizeF(sum(each.size().width() for each in parts), self.baseline + below)

    @property
    def typeset(self) -> bool:
        return all(each.typeset for each in self._parts)

    def draw(self, painter: QPainter, x: float, y: float) -> None:
        for each in self._parts:
            each.draw(painter, x, y + self.baseline - each.baseline)
            x += each.size().width()


@lru_cache(maxsize=_KEPT)
def formula(tex: str, size: float, colour: str) -> Formula:
    """`tex` (LaTeX without dollar signs) at `size` px in `colour` ("#rrggbb"); typeset at the first call, then kept."""
    if _WORDS.search(tex) is not None:
        pieces = enumerate(_WORDS.split(tex))  # every second one is words
        made = [Words(each, size, colour) if k % 2 else formula(each, size, colour) for k, each in pieces if each]
        return Row(made, size)
    try:
        with warnings.catch_warnings():  # ziamath 0.13 finds its font by a deprecated call
            warnings.simplefilter("ignore", DeprecationWarning)
            # Here, because it takes 0.2 s that the first painted window must not wait for.
            from ziamath.config import config
            from ziamath.zmath import Latex

        config.svg2 = False  # Qt's SVG renderer reads SVG 1.2 Tiny
        # Qt's PDF engine outlines what has no stroke as well, in the width that it would have (QSvgRenderer's pen has
        # no brush, but is one).
        svg = Latex(tex, size=size, color=colour).svg().replace("<svg ", '<svg stroke-width="0.01" ', 1)
    except Exception:  # its parser raises whatever comes, and a wrong formula must not end a paint event
        svg = None
    return Formula(svg, tex, size, colour)


def typeset_count() -> int:
    """How many formulas have been typeset so far, as opposed to found in the cache."""
    return formula.cache_info().misses


def readable(tex: str) -> str:
    """A plain-text reading of LaTeX: what is drawn where it cannot be typeset, and until it has been."""
    tex = _WORDS.sub(lambda match: rf"\text{{{_tr(match[1])}}}", tex)
    text = re.sub(r"\\(hat|tilde|bar)\{([^{}])\}", lambda match: match[2] + _ACCENTS[match[1]], _fractions(tex))
    text = re.sub(r"\\([A-Za-z]+|.)", lambda match: _COMMANDS.get(match[1], match[1]), text)
    text = re.sub(r"([_^])\s*(?:\{([^{}]*)\}|(\S))", lambda match: _raised(match[1], match[2] or match[3] or ""), text)
    return re.sub(r"\s+", " ", re.sub(r"[{}$]", "", text)).strip().replace("∂ ", "∂")


def equation_in_language(text: str, tex: str) -> str:
    """The plain text of an equation with its words, those of its LaTeX, in the language of the window."""
    for words in dict.fromkeys(_WORDS.findall(tex)):
        text = text.replace(words, _tr(words))
    return text


def _fractions(tex: str) -> str:
    r"""a/b for every \frac{a}{b}, however deep the braces go, a sum above and a sum or a product below in brackets; and
    √(a) for \sqrt{a}."""
    while (start := tex.find(r"\sqrt")) >= 0:
        root, rest = _group(tex[start + 5 :])
        tex = f"{tex[:start]}√({root}){rest}"
    while (start := tex.find(r"\frac")) >= 0:
        above, rest = _group(tex[start + 5 :])
        below, rest = _group(rest)
        above = f"({above})" if _SUM.search(_outside(above)) else above
        below = f"({below})" if _SUM.search(_outside(below)) or _PRODUCT.search(_outside(below)) else below
        tex = f"{tex[:start]}{above}/{below}{rest}"
    return tex


def _outside(tex: str) -> str:
    """What stands outside all braces and brackets; what is inside counts as nothing."""
    found, depth = "", 0
    for sign in tex.strip():
        depth -= sign in "})]"
        found += sign if depth == 0 else ""
        depth += sign in "{(["
    return found


def _group(tex: str) -> tuple[str, str]:
    """The first braced group without its braces (or the first sign), and what comes after it."""
    tex = tex.lstrip()
    if not tex.startswith("{"):
        return tex[:1], tex[1:]
    depth = 0
    for place, sign in enumerate(tex):
        depth += (sign == "{") - (sign == "}")
        if depth == 0:
            return tex[1:place], tex[place + 1 :]
    return tex[1:], ""


def _raised(mark: str, text: str) -> str:
    """An index or an exponent as Unicode has it; as it stands where Unicode has not."""
    table = _INDICES if mark == "_" else _EXPONENTS
    text = text.replace(" ", "")
    if all(sign in table or sign in "ᵀ′" for sign in text):
        return "".join(table.get(sign, sign) for sign in text)
    return text if text.startswith("⟨") else f"{mark}{text}"


class FormulaLabel(QWidget):
    """One formula as a widget; plain text until its first paint, so that nothing is typeset before that."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tex, self._size, self._colour = "", 17.0, "#000000"
        self._formula: Formula | None = None
        self._painted = False
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_formula(self, tex: str, size: float, colour: str, spoken: str) -> None:
        """`spoken`: the same in words, for a screen reader."""
        self.setAccessibleName(spoken)
        if (tex, size, colour) == (self._tex, self._size, self._colour):
            return
        self._tex, self._size, self._colour = tex, size, colour
        self._formula = None
        if self._painted:
            self.typeset()
        else:
            self.updateGeometry()

    def typeset(self) -> None:
        """Typesets now: after the first paint, or for a picture without a window."""
        if self._formula is None:
            self._formula = formula(self._tex, self._size, self._colour)
            if isValid(self):  # typesetting makes garbage, whose collection may take a closed panel, and this with it
                self.updateGeometry()
                self.update()

    @property
    def is_typeset(self) -> bool:
        return self._formula is not None

    def sizeHint(self) -> QSize:
        if self._formula is not None:
            size = self._formula.size()
        else:
            metrics = QFontMetricsF(self._plain_font())
            size = QSizeF(metrics.horizontalAdvance(readable(self._tex)), metrics.height())
        return QSize(int(size.width()) + 2, int(size.height()) + 2)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self._formula is not None:
                left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
                self._formula.draw_in(painter, QRectF(self.rect()), left)
            else:
                painter.setFont(self._plain_font())
                painter.setPen(QColor(self._colour))
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, readable(self._tex))
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self, self.typeset)

    def _plain_font(self) -> QFont:
        return sized(self.font(), self._size * 0.9)
