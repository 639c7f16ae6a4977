"""Numbers as people write them: mantissa and power, a true minus sign, never elided, never a non-zero number as 0.000.

The digits come from Python's own correctly rounded formatting, so a carry (9.999 → 1.00·10¹) is right and so is 5e-324.
"""

from math import inf, isinf, isnan

from PySide6.QtCore import QCoreApplication

MINUS = "−"
_SUPERSCRIPT = str.maketrans("-−+=()0123456789n", "⁻⁻⁺⁼⁽⁾⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ")


def superscript(n: int) -> str:
    """⁻¹² for −12."""
    return str(n).translate(_SUPERSCRIPT)


def power(v: float, digits: int = 3, sign: bool = False) -> str:
    """`digits` significant digits and a power of ten: "2.54·10⁻³"; `sign` writes the plus too.

    What is no ordinary number is a word or a sign: "0", "not a number", "+∞", "−∞".
    """
    word = _word(v)
    if word is not None:
        return word
    mantissa, exponent = f"{v:{'+' if sign else ''}.{max(digits, 1) - 1}e}".split("e")
    return f"{mantissa}·10{superscript(int(exponent))}".replace("-", MINUS)


def plain(v: float, digits: int = 3, sign: bool = False) -> str:
    """`digits` digits after the point: "−0.945". A number that these would show as 0 is written as a power."""
    word = _word(v)
    if word is not None:
        return word
    text = f"{v:{'+' if sign else ''}.{max(digits, 0)}f}"
    if float(text) == 0.0:
        return power(v, max(digits, 1), sign)
    return text.replace("-", MINUS)


def number(v: float, digits: int = 3, sign: bool = False) -> str:
    """`digits` significant digits: fixed for 10⁻³ ≤ |v| < 10⁴, else mantissa and power."""
    word = _word(v)
    if word is not None:
        return word
    digits = max(digits, 1)
    rounded = f"{v:.{digits - 1}e}"  # the range is that of what is shown: 9999.6 to three digits is 1.00·10⁴
    exponent = int(rounded.split("e")[1])
    if not -3 <= exponent < 4:
        return power(v, digits, sign)
    return f"{float(rounded):{'+' if sign else ''}.{max(digits - 1 - exponent, 0)}f}".replace("-", MINUS)


def percent(share: float) -> str:
    """ "93 %" of a share; small ones with two digits, "0.61 %"."""
    value = 100.0 * share
    if abs(value) >= 10.0:
        return f"{value:.0f} %".replace("-", MINUS)
    return f"{number(value, 2)} %"


def apart(a: float, b: float, most: int = 6) -> tuple[str, str] | None:
    """Two numbers with as many digits, three at least, as it takes to tell them apart; None where `most` do not."""
    pairs = ((number(a, digits), number(b, digits)) for digits in range(3, most + 1))
    return next((pair for pair in pairs if pair[0] != pair[1]), None)


def count(n: int) -> str:
    """A whole number, thousands set apart by a thin space: "35 016"."""
    return f"{n:,}".replace(",", "\u2009").replace("-", MINUS)


def spoken(v: float, digits: int = 3) -> str:
    """The same number for a screen reader or plain text to copy: "2.54e-3"."""
    if isnan(v) or isinf(v):
        return str(v)
    if v == 0 or 1e-3 <= abs(v) < 1e4:
        return f"{v:.{digits}g}"
    mantissa, exponent = f"{v:.{max(digits, 1) - 1}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def parse(text: str) -> float:
    """The number that a person typed, "2.54·10⁻³" and a true minus among the ways to write it.

    Raises ValueError with one sentence.
    """
    cleaned = text.strip().replace(MINUS, "-").replace("\u2009", "").replace(" ", "").replace(",", ".")
    for times in ("·10", "×10", "*10"):
        head, found, tail = cleaned.partition(times)
        if found:
            cleaned = f"{head}e{tail.removeprefix('^').translate(_FROM_SUPERSCRIPT) or '1'}"
            break
    try:
        value = float(cleaned.replace("∞", "inf"))
    except ValueError:
        value = inf
    if isnan(value) or isinf(value):
        sentence = QCoreApplication.translate("numbers", "“{text}” is no number; type one such as 0.5, 12 or 1e-3.")
        raise ValueError(sentence.format(text=text.strip()))
    return value


_FROM_SUPERSCRIPT = str.maketrans("⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹", "-+0123456789")


def _word(v: float) -> str | None:
    if isnan(v):
        return QCoreApplication.translate("numbers", "not a number")
    if isinf(v):
        return "+∞" if v > 0 else f"{MINUS}∞"
    return "0" if v == 0 else None
