"""Formulas: typeset once, late, crisp, and never the reason for a crash."""

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from explorer.languages import Language
from explorer.style.formula import (
    FormulaLabel,
    equation_in_language,
    formula,
    readable,
    typeset_count,
)

ROOT = Path(__file__).parents[3]
TEX = r"\frac{\partial L}{\partial h_t} = \frac{\partial L}{\partial s_t} \odot (1 - s_t^2)"


@pytest.fixture(autouse=True)
def forgotten(qapp):
    formula.cache_clear()
    yield
    formula.cache_clear()


def drawn(made, ratio: float = 1.0) -> QImage:
    size = made.size() * ratio
    picture = QImage(round(size.width()) + 1, round(size.height()) + 1, QImage.Format.Format_ARGB32)
    picture.fill(Qt.GlobalColor.white)
    picture.setDevicePixelRatio(ratio)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    made.draw(painter, 0, 0)
    painter.end()
    return picture


def inked(picture: QImage) -> int:
    pixels = ((x, y) for x in range(picture.width()) for y in range(picture.height()))
    return sum(picture.pixelColor(x, y).lightness() < 200 for x, y in pixels)


def test_importing_the_module_does_not_import_ziamath():
    code = "import explorer.style.formula, sys; sys.exit(any('ziamath' in name for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0


def test_a_formula_is_typeset_once_for_each_size_and_colour():
    first = formula(TEX, 17, "#d55e00")
    assert formula(TEX, 17, "#d55e00") is first
    assert typeset_count() == 1
    assert formula(TEX, 34, "#d55e00").size().width() == pytest.approx(2 * first.size().width(), rel=0.05)
    assert typeset_count() == 2
    assert first.typeset
    assert 0 < first.baseline < first.size().height()


def test_the_same_formula_again_is_not_typeset_again():
    first, other, again = (formula(tex, 17, "#000000") for tex in ("h_t", "s_t", "h_t"))
    assert again is first and other is not first
    assert typeset_count() == 2


def test_a_formula_is_drawn_in_its_colour_and_crisp_at_two_device_pixels():
    made = formula("L", 40, "#d55e00")
    picture = drawn(made)
    colours = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}
    assert "#d55e00" in colours
    assert inked(drawn(made, 2.0)) == pytest.approx(4 * inked(picture), rel=0.15)


@pytest.mark.parametrize("tex", ["{", r"\frac{", r"\begin{nothing}", "}{", ""])
def test_what_cannot_be_typeset_is_drawn_as_text(tex):
    made = formula(tex + " h_t" if tex else tex, 17, "#000000")
    picture = drawn(made)
    assert (inked(picture) > 0) == bool(tex)


def test_the_fallback_reads_like_the_formula():
    assert readable(TEX) == "∂L/∂hₜ = ∂L/∂sₜ ⊙ (1 - sₜ²)"
    made = formula(r"\partial h {", 17, "#000000")
    assert not made.typeset
    assert made.size().width() > 10


def test_alignment_in_a_box():
    made = formula("W", 20, "#000000")
    for align, edge in (
        (Qt.AlignmentFlag.AlignLeft, 0),
        (Qt.AlignmentFlag.AlignRight, 1),
    ):
        picture = QImage(200, 60, QImage.Format.Format_ARGB32)
        picture.fill(QColor("white"))
        painter = QPainter(picture)
        made.draw_in(painter, QRectF(0, 0, 200, 60), align)
        painter.end()
        columns = [x for x in range(200) if any(picture.pixelColor(x, y).lightness() < 200 for y in range(60))]
        assert (columns[0] > 100) == bool(edge)


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\frac{\partial L}{\partial {h^{f}}_{t+1}}", "∂L/∂hᶠₜ₊₁"),
        (r"\frac{\frac{a}{b}}{c}", "a/b/c"),
        (r"\frac{\hat{y}^{(t)} - y^{(t)}}{B}", "(y\u0302⁽ᵗ⁾-y⁽ᵗ⁾)/B"),
        (r"\frac{a - y}{B \cdot a\cdot(1 - a)}", "(a-y)/(B·a·(1-a))"),
        (r"\frac{-y}{x_{t-1}}", "-y/xₜ₋₁"),
        (r"\frac{1}{\sqrt{v + \epsilon}}", "1/√(v+ε)"),
        (r"W_{f}^{\top}", "W_fᵀ"),
        (r"d\tilde{c}^{\langle t-1 \rangle} * \Gamma_{u}^{\langle t \rangle}", "dc̃⟨t-1⟩*Γ_u⟨t⟩"),
        (r"{\bar{h}^{(2)}}^{(t)} \circ \delta_{t}", "h̄⁽²⁾⁽ᵗ⁾∘δₜ"),
        (r"x_{t-1", "x_t-1"),
    ],
)
def test_the_fallback_reads_nested_and_broken_braces(tex, text):
    assert readable(tex).replace(" ", "") == text


def test_a_label_is_readable_at_once_and_typeset_after_its_first_paint(qtbot):
    label = FormulaLabel()
    qtbot.addWidget(label)
    label.set_formula(TEX, 17, "#a84600", "gradient of the pre-activation")
    assert label.accessibleName() == "gradient of the pre-activation"
    assert label.sizeHint().width() > 50
    assert typeset_count() == 0
    assert not label.is_typeset
    label.show()
    qtbot.waitUntil(lambda: label.is_typeset)
    assert typeset_count() == 1
    label.resize(label.sizeHint())
    label.set_formula("h_t", 17, "#a84600", "pre-activation")
    assert label.is_typeset
    assert typeset_count() == 2
    label.set_formula("h_t", 17, "#a84600", "pre-activation")
    assert typeset_count() == 2
    picture = label.grab(label.rect().translated(QPoint(0, 0))).toImage()
    assert inked(picture) > 0


SAID = r"{} + (\text{by way of the context})"


def test_words_in_a_formula_are_the_windows_and_stand_on_the_line_of_its_letters():
    made, alone = formula(SAID, 20, "#d55e00"), formula("{} + (", 20, "#d55e00")
    assert made.typeset and made.size().width() > alone.size().width() + 100
    assert made.size().height() >= alone.size().height() and made.baseline >= alone.baseline
    picture = drawn(made)
    right = picture.copy(round(alone.size().width()) + 4, 0, picture.width(), picture.height())
    assert inked(right) > inked(drawn(alone))
    colours = {right.pixelColor(x, y).name() for x in range(right.width()) for y in range(right.height())}
    assert "#d55e00" in colours


def test_words_in_a_formula_are_in_the_windows_language(qapp):
    black = drawn(formula(SAID, 20, "#000000"))
    translator = Language({}, {"formula": {"by way of the context": "经由上下文向量"}})
    QCoreApplication.installTranslator(translator)
    try:
        formula.cache_clear()
        assert readable(SAID) == "+ (经由上下文向量)"
        assert equation_in_language("∂L/∂s = a + (by way of the context)", SAID) == "∂L/∂s = a + (经由上下文向量)"
        assert drawn(formula(SAID, 20, "#000000")) != black
    finally:
        QCoreApplication.removeTranslator(translator)
        translator.setParent(None)
    english = "a + (by way of the context)"
    assert equation_in_language(english, SAID) == english == "a " + readable(SAID)
