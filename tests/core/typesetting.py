"""LaTeX in tests: whether its braces are balanced, and what typesetting it depends on."""

from __future__ import annotations

import re
import warnings
from functools import cache

COMMAND, WORD = r"\\[A-Za-z]+|\\.", r"[A-Za-z]+|\d+"
OPENS, CLOSES = r"\{|\\left|\\begin", r"\}|\\right|\\end"


def balanced(tex: str) -> bool:
    """Whether every brace is closed after it is opened."""
    braces = re.sub(r"[^{}]", "", tex)
    while "{}" in braces:
        braces = braces.replace("{}", "")
    return not braces


@cache
def typeset(tex: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # ziamath 0.13 finds its font by a deprecated call
        from ziamath.zmath import Latex

        return "<svg" in Latex(tex, size=17).svg()


def words_of(texs: list[str]) -> list[str]:
    """Every word and number in them."""
    return sorted({word for tex in texs for word in re.findall(WORD, re.sub(COMMAND, " ", tex))})


def shapes(tex: str) -> set[str]:
    """What typesetting depends on: the terms of an equation, every word and number in it by another."""
    found, depth = [""], 0
    for token in re.findall(rf"{COMMAND}|{WORD}|.", tex):
        depth += (re.fullmatch(OPENS, token) is not None) - (re.fullmatch(CLOSES, token) is not None)
        if depth == 0 and token in "=+":
            found.append("")
        else:
            found[-1] += "x" if token.isalpha() else "1" if token.isdigit() else token
    assert depth == 0, tex
    return set(found)
