"""Every symbol and equation of every cell, in every notation, can be typeset; and the command line prints them all."""

from __future__ import annotations

import pytest

from core.cells import CELLS
from core.notation.books import NOTATIONS
from core.notation.equations import Style
from core.notation.quantities import quantities
from core.notation.sheet import sheet
from explorer import cli
from tests.core.cases import VARIANTS, experiment_of
from tests.core.typesetting import shapes, typeset, words_of

NOTATION = pytest.mark.parametrize("notation", NOTATIONS, ids=lambda notation: notation.name)


def every_tex(notation, cases, cells=CELLS):
    """LaTeX of all quantities and equations, each once."""
    found: dict[str, None] = {}
    for cell in cells:
        for case in cases:
            made = cell.from_experiment(experiment_of(cell, case))
            for each in (made, made.with_feedback()):
                found.update(dict.fromkeys(quantity.tex for quantity in quantities(notation, each)))
                for lines in sheet(each, Style(True, None, notation)).values():
                    found.update(dict.fromkeys(lines))
    return list(found)


def test_two_equations_of_one_shape_differ_in_words_and_numbers_alone():
    assert shapes(r"h_{t} = x_{12} \cdot U + s_0") == {"x_{x} ", r" x_{1} \cdot x ", " x_1"}
    assert shapes(r"\frac{a + b}{c} = \left( a + b \right)") == {r"\frac{x + x}{x} ", r" \left( x + x \right)"}
    texs = [tex for notation in NOTATIONS for tex in every_tex(notation, ("plain",))]
    words = words_of(texs)
    assert len(words) > 30 and all(typeset(rf"{word}_{{\mathrm{{{word}}}}}") for word in words)


@NOTATION
def test_the_quantities_can_be_typeset(notation):
    for cell in CELLS:
        for quantity in quantities(notation, cell.from_experiment(experiment_of(cell))):
            assert typeset(quantity.tex), quantity.tex


@pytest.mark.slow
@NOTATION
def test_every_equation_can_be_typeset(notation):
    """Each variant of a cell in some of the notations, each cell in all of them."""
    some = CELLS[notation.number % 3 :: 3]
    texs = list(dict.fromkeys([*every_tex(notation, ("plain",)), *every_tex(notation, (*VARIANTS, "frozen"), some)]))
    assert len(texs) > 150
    for shape in set[str]().union(*map(shapes, texs)):
        assert typeset(shape), shape


@NOTATION
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
@pytest.mark.parametrize("more", [(), ("--tex",)], ids=["text", "tex"])
def test_the_command_prints_every_quantity_and_equation(notation, cell, more, capsys):
    assert cli.main(["equations", "--cell", cell.name, "--notation", str(notation.number), *more]) == 0
    said = capsys.readouterr().out
    made = cell.from_experiment(experiment_of(cell))
    made = made.with_feedback() if cell.fed else made
    style = Style(bool(more), None, notation)
    for heading, lines in sheet(made, style).items():
        assert f"\n{heading}\n" in said
        for line in lines if heading != "Forward" else ():  # a leak's own value stands in those
            assert f"  {line}\n" in said
    assert all((each.tex if more else each.text) in said for each in quantities(notation, made))
    assert notation.title in said


def test_an_unknown_notation_is_refused_in_one_sentence(capsys):
    assert cli.main(["equations", "--notation", "latin"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "there is no “latin”; choose one of 1 (row), 2 (net)" in said
