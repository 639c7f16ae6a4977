"""A sentence of the program is its English text, and can still be said in another language: refusals among them."""

from __future__ import annotations

import ast
import copy
import pickle

import pytest

from core.errors import InputError, one_named
from core.sentence import (
    LONGEST,
    Sentence,
    all_of,
    and_then,
    clauses,
    first_of,
    from_builtins,
    listed,
    one_of,
    plural,
    to_builtins,
)
from tests.test_architecture import PROGRAM, tree_of

GERMAN = {
    "{name} has {count:,} rows: {why}.": "{why}: {count:,} Zeilen hat {name}.",
    "too many": "zu viele",
    "{count} row": "{count} Zeile",
    "{count} rows": "{count} Zeilen",
    "{things}, {thing}": "{things}; {thing}",
}


def german(text: str) -> str:
    return GERMAN.get(text, text)


def test_it_is_its_english_text_and_knows_what_it_was_made_of():
    said = Sentence("{name} has {count:,} rows: {why}.", name="a{b}", count=1200, why=Sentence("too many"))
    assert said == "a{b} has 1,200 rows: too many." and hash(said) == hash(str(said))
    assert f"{said}" == str(said) and type(str(said)) is str
    assert said.translated(german) == "zu viele: 1,200 Zeilen hat a{b}."
    assert said.translated(str) == said


@pytest.mark.parametrize("said", [
    Sentence("{name} has {why}", name="x", why=Sentence("too many")), Sentence("braces { } stay"), Sentence("{alone}"),
])  # fmt: skip
def test_it_is_copied_and_pickled_whole(said):
    for other in (pickle.loads(pickle.dumps(said)), copy.deepcopy(said), copy.copy(said), Sentence(said)):
        assert (other, other.template, other.parts) == (said, said.template, said.parts)
        assert other.translated(german) == said.translated(german)


def test_one_thing_and_several_have_a_text_each():
    found = [plural(n, "{count} row", "{count} rows") for n in (1, 2)]
    assert found == ["1 row", "2 rows"]
    assert [each.translated(german) for each in found] == ["1 Zeile", "2 Zeilen"]


def test_several_stand_one_after_another_as_a_language_sets_them():
    assert clauses(("a", "", "b", "c")) == "a; b; c" and clauses(()) == ""
    assert (listed("ab"), one_of("abc"), all_of("abc"), and_then("ab")) == (
        "a, b",
        "a, b or c",
        "a, b and c",
        "a, and b",
    )
    assert (one_of("a"), all_of("a"), first_of("abcd", 2), first_of("ab", 2)) == ("a", "a", "a, b and 2 more", "a, b")
    said = listed((Sentence("too many"), "b"))
    assert isinstance(said, Sentence) and said.translated(german) == "zu viele; b"


def test_a_refusal_keeps_its_sentence_and_shows_no_control_characters_in_any_language():
    inner = InputError("{name} is\x00 empty", name="b\x1b[31m")
    error = InputError("{name} cannot be used: {error}", name="a\nb", error=inner)
    assert str(error) == "a b cannot be used: b·[31m is· empty" == error.sentence
    assert (
        error.sentence.translated(lambda text: text.replace("empty", "leer")) == "a b cannot be used: b·[31m is· leer"
    )
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.sentence.parts) == (str(error), error.sentence.parts)
    assert str(InputError("braces {stay} here")) == "braces {stay} here"


def test_what_is_no_number_and_no_text_is_kept_as_its_text():
    said = Sentence("{error} {shape}", error=OSError("full"), shape=(1, 2))
    assert said == "full (1, 2)" and said.parts == {"error": "full", "shape": (1, 2)}


def test_one_named_refuses_with_a_template():
    with pytest.raises(InputError) as caught:
        one_named("{x}", (), "There is no “{name}”; there are {known}.")
    assert str(caught.value) == "There is no “{x}”; there are ."
    assert caught.value.sentence.template == "There is no “{name}”; there are {known}."


# --- in files ---
def test_a_file_holds_a_sentence_with_its_parts():
    said = Sentence("{name} has {count:,} rows: {why}.", name="x", count=3, why=Sentence("too many"))
    again = from_builtins(to_builtins(said))
    assert isinstance(again, Sentence) and (again, again.template) == (said, said.template)
    assert from_builtins(to_builtins("as it {is}")) == "as it {is}"


@pytest.mark.parametrize("found", [
    3, None, ["{x}"], ["{x}", 3], ["{x.__class__}", {"x": "a"}], ["{x[0]}", {"x": "a"}], ["{x:>99999999}", {"x": "a"}],
    ["{x!r}", {"x": "a"}], ["{y}", {"x": "a"}], ["{x:{y}}", {"x": "a", "y": "b"}], ["a" * (LONGEST + 1), {}],
    ["{x}", {"x": [1]}],
])  # fmt: skip
def test_what_a_file_holds_instead_does_no_harm(found):
    with pytest.raises((ValueError, TypeError, KeyError, IndexError)):
        from_builtins(found)


# --- everywhere ---
TEMPLATES = {"InputError": 0, "Sentence": 0, "LessonError": 1, "Misuse": 0, "one_named": 2, "plural": 1}


def calls(names: dict[str, int]):
    for path in PROGRAM:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in names and len(node.args) > names[name]:
                    yield path, node, node.args[names[name]:]  # fmt: skip


def test_no_sentence_is_an_f_string_or_a_sum_which_no_language_could_say():
    """Values are put in by name, so that the template is the key of a translation."""
    made = [
        f"{path.name}:{node.lineno}"
        for path, node, given in calls(TEMPLATES)
        for each in given
        for part in ast.walk(each)
        if isinstance(part, ast.JoinedStr)
        or (isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add | ast.Mod) and isinstance(each, ast.BinOp))
        or (isinstance(part, ast.Call) and getattr(part.func, "attr", "") == "format")
    ]
    assert not made


def test_every_template_has_a_part_for_each_placeholder_in_every_branch():
    """A missing one would be a KeyError in the place of a refusal."""
    wrong = []
    for path, node, given in calls(TEMPLATES):
        if any(each.arg is None for each in node.keywords):
            continue
        known = {each.arg for each in node.keywords} | (
            {"count"} if getattr(node.func, "id", "") == "plural" else set()
        )
        if getattr(node.func, "id", "") == "one_named":
            known = {"name", "known"}
        for text in (text for each in given for text in branches(each)):
            places = {piece.partition("}")[0].partition(":")[0].partition("!")[0] for piece in text.split("{")[1:]}
            if known and places - known and "{{" not in text:
                wrong.append(f"{path.name}:{node.lineno}: {places - known}")
    assert not wrong


def branches(node: ast.expr):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from branches(node.body)
        yield from branches(node.orelse)
