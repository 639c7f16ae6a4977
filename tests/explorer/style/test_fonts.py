"""Text can be read, on a machine without a single font too."""

import os
import subprocess
import sys
from pathlib import Path

from PySide6.QtGui import QFont, QFontInfo, QFontMetrics

from explorer.style.fonts import NEEDED, choose, missing, prepare_fonts, tabular

ROOT = Path(__file__).parents[3]
WITHOUT_FONTS = """
from PySide6.QtWidgets import QApplication
from PySide6.QtGui import QFontMetrics
from explorer.style.fonts import missing, prepare_fonts
import sys
app = QApplication([])
family = prepare_fonts(app)
lacking = sorted(missing(family))
assert "ziamath" not in sys.modules
assert QFontMetrics(app.font()).horizontalAdvance("WWWW") > 10
print(family, "".join(lacking), sep="|")
"""


def test_the_family_is_installed_and_its_font_has_every_sign(qapp):
    before = QFont(qapp.font())
    try:
        family = prepare_fonts(qapp)
        assert family
        assert qapp.font().family() == family
        assert QFontInfo(qapp.font()).family() == family
        metrics = QFontMetrics(qapp.font())
        assert all(metrics.horizontalAdvance(sign) > 0 for sign in NEEDED)
    finally:
        qapp.setFont(before)


def test_a_machine_without_fonts_gets_the_one_that_the_formulas_bring(tmp_path):
    (tmp_path / "fonts.conf").write_text('<?xml version="1.0"?><fontconfig></fontconfig>', encoding="utf-8")
    environment = os.environ | {
        "FONTCONFIG_FILE": str(tmp_path / "fonts.conf"),
        "XDG_DATA_HOME": str(tmp_path),
        "QT_QPA_PLATFORM": "offscreen",
    }
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT_FONTS],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 0, run.stderr
    family, lacking = run.stdout.strip().split("|")
    assert family == "STIX Two Math"
    assert not set(lacking) - set("ᵀ")


def test_the_first_family_with_every_sign_is_taken_else_one_with_letters():
    lacks = {
        "Inter": {"⊙"},
        "Noto Sans": set(),
        "Dingbats": set("AZaz"),
        "Serif": set(),
    }.__getitem__
    assert choose(("Inter", "Noto Sans"), ("Inter", "Noto Sans"), lacks) == "Noto Sans"
    assert choose(("Inter", "Noto Sans"), ("Inter",), lacks) == "Inter"
    assert choose(("Dingbats",), ("Dingbats",), lacks) is None
    assert choose(("Inter", "Dingbats", "Serif"), ("Inter", "Dingbats", "Serif"), lacks) == "Inter"
    assert choose((), (), lacks) is None


def test_a_family_that_does_not_exist_counts_as_what_stands_in_for_it(qapp):
    assert missing("No Such Family Anywhere") == missing(QFontInfo(QFont("No Such Family Anywhere")).family())


def test_tabular_digits_leave_the_font_otherwise_alone(qapp):
    font = QFont(qapp.font())
    font.setPixelSize(17)
    result = tabular(font)
    assert result.pixelSize() == 17
    assert result.family() == font.family()
    metrics = QFontMetrics(result)
    assert len({metrics.horizontalAdvance(digit) for digit in "0123456789"}) == 1
