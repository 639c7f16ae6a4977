"""Texts of what is no QObject reach a language's catalogue under their own context."""

from __future__ import annotations

import ast
import re

import pytest
from PySide6.QtCore import QCoreApplication, QTranslator

from core.errors import InputError
from core.sentence import Sentence
from explorer.languages import Language
from explorer.words import (
    clauses,
    counted,
    ended,
    full_sentence,
    in_language,
    reason_alone,
    sentences,
    translator,
)
from tests.test_architecture import PROGRAM, tree_of


class Catalogue(QTranslator):
    """Writes the context beside every text, as a catalogue would find it."""

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str:
        return f"{context}: {text}"


@pytest.fixture
def catalogue(qapp):
    made = Catalogue()
    QCoreApplication.installTranslator(made)
    yield made
    QCoreApplication.removeTranslator(made)


def test_a_text_is_itself_without_a_catalogue(qapp):
    assert translator("files")("Open") == "Open"


def test_a_text_is_looked_up_under_its_context_and_anew_at_every_call(catalogue):
    tr = translator("files")
    assert tr("Open") == "files: Open"
    QCoreApplication.removeTranslator(catalogue)
    assert tr("Open") == "Open"


def test_one_thing_and_several_have_their_own_words(qapp):
    runs = "%n run unpinned.", "%n runs unpinned."
    assert [counted("session", n, *runs) for n in (1, 2, 0)] == [
        "1 run unpinned.", "2 runs unpinned.", "0 runs unpinned."
    ]  # fmt: skip


def test_no_text_leaves_a_person_to_choose_between_one_and_several():
    bracketed = re.compile(r"(?:^| )[a-z]{2,}\(s\)")
    texts = (
        (path, node.lineno, node.value)
        for path in PROGRAM
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    assert not [(path.name, line, text) for path, line, text in texts if bracketed.search(text)]


TRANSLATES = frozenset({"in_language", "tr", "_tr", "words", "translate", "translated", "translated_of", "counted"})


def translated_in(call: ast.Call) -> list[tuple[int, str]]:
    """The texts that a call hands to the catalogue, with their lines."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    texts = [each for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return [(each.lineno, each.value) for each in texts] if name in TRANSLATES else []


def test_no_text_for_the_catalogue_is_a_piece_that_only_fits_the_english_order():
    pieces = [
        (path.name, line, text)
        for path in PROGRAM
        if "explorer" in path.parts
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        for line, text in translated_in(node)
        if text and (text[0] in " ,;:." or text[-1] in " ,;(")
    ]
    assert not pieces


def test_texts_stand_one_after_another_as_a_language_sets_them(qapp):
    assert sentences(("One.", "", "Two.")) == "One. Two." and sentences(()) == ""
    assert sentences(("一。", "二。", "3.", "四。")) == "一。二。3. 四。"  # a full-width mark brings its blank along
    assert clauses(("one", "", "two", "three {x}")) == "one; two; three {x}" and clauses([]) == ""
    assert (ended("it ends"), full_sentence("it ends")) == ("it ends.", "It ends.")


def test_the_marks_between_texts_are_the_catalogues(catalogue):
    """`clauses` and `ended` ask for a whole form, in which another language has marks of its own."""
    assert ended("it ends") == "words: it ends." and clauses(("one", "two")) == "words: one; two"


def test_no_clauses_and_no_sentences_are_joined_but_by_these():
    """The command line is English."""
    joined = re.compile(r"""(["'])(;|\.) \1\.join""")
    own = [path for path in PROGRAM if "explorer" in path.parts and not {"commands"} & set(path.parts)]
    assert len(own) > 300
    assert not [(path.name, found[0]) for path in own if (found := joined.search(path.read_text("utf-8")))]


def test_what_a_formula_says_in_english_words_is_none_of_the_windows():
    """`core` has some that are parts of a sum: they are drawn in the window's font and language."""
    own = [path for path in PROGRAM if "explorer" in path.parts and path.parts[-2:] != ("style", "formula.py")]
    assert not [path.name for path in own if r"\text{" in path.read_text("utf-8")]


REFUSALS = frozenset({"InputError", "LessonError", "ExpressionError", "FileFault"})
SHOWS = frozenset({"in_language", "isinstance"})  # what may be made of one in the window


def shown_in_english(handler: ast.ExceptHandler) -> list[int]:
    """The lines on which what a refusal says is shown as it is, not in the user's language."""
    caught = {getattr(each, "id", "") for each in ast.walk(handler.type)} if handler.type else set()
    if not caught & REFUSALS or handler.name is None:
        return []
    fine = {
        id(part)
        for node in ast.walk(handler)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SHOWS
        for part in ast.walk(node)
    }
    fine |= {id(node.value) for node in ast.walk(handler) if isinstance(node, ast.Attribute) and node.attr != "args"}
    fine |= {id(node.value) for node in ast.walk(handler) if isinstance(node, ast.keyword)
             and node.arg == handler.name}  # fmt: skip
    return [
        node.lineno
        for node in ast.walk(handler)
        if isinstance(node, ast.Name) and node.id == handler.name and id(node) not in fine
    ]


def test_no_refusal_is_shown_but_in_the_users_language():
    """A part of another refusal is `error=error`; the command line is English."""
    own = [
        path for path in PROGRAM if "explorer" in path.parts and "commands" not in path.parts and path.name != "cli.py"
    ]
    handlers = [(path, node) for path in own for node in ast.walk(tree_of(path)) if isinstance(node, ast.ExceptHandler)]
    assert not [(path.name, line) for path, node in handlers for line in shown_in_english(node)]
    assert len([node for _, node in handlers if node.type and "InputError" in ast.dump(node.type)]) > 25
    shown = ast.parse("try:\n    go()\nexcept InputError as error:\n    emit(str(error))").body[0]
    assert isinstance(shown, ast.Try) and shown_in_english(shown.handlers[0]) == [4]


def test_a_sentence_of_the_program_is_said_in_the_users_language(qapp):
    made = Language(
        {"{name} has {count} rows: {why}.": "{why}: {count} Zeilen hat {name}.", "too many": "zu viele"}, {}
    )
    QCoreApplication.installTranslator(made)
    try:
        error = InputError("{name} has {count} rows: {why}.", name="a.csv", count=3, why=Sentence("too many"))
        assert in_language(error) == in_language(error.sentence) == "zu viele: 3 Zeilen hat a.csv."
        assert in_language("too many") == "zu viele" and in_language("other {braces}") == "other {braces}"
        assert in_language(OSError(28, "No space left", "a.csv")) == "[Errno 28] No space left: 'a.csv'"
    finally:
        QCoreApplication.removeTranslator(made)
        made.setParent(None)


@pytest.mark.parametrize(("refusal", "reason"), [
    ("layers: the cell ar has no hidden layer; set layers to 1.", "The cell ar has no hidden layer."),
    ("structure n-1: it reads; choose another.", "It reads."), ("No subject here.", "No subject here."), ("", ""),
    ("结构 n-1：没有状态；请改选其他单元。", "没有状态."),
])  # fmt: skip
def test_of_a_refusal_the_reason_alone_can_be_shown(qapp, refusal, reason):
    assert reason_alone(refusal) == reason
