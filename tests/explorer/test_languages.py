"""A second language is one file: its texts are in the window, in lessons and in the glossary; what is wrong is said.
The Chinese one has the whole glossary, every lesson's title and goal, and all sentences of the first lessons."""

from __future__ import annotations

import ast
import gc
import re
from collections.abc import Iterator
from itertools import chain, product

import msgspec
import pytest
from PySide6.QtCore import QCoreApplication

from core.arithmetic.nodes import node_at
from core.cells import PRIMARY
from core.chain.rows import rows
from core.errors import InputError
from core.experiment import natural
from core.glossary import glossary
from core.lessons.format import Text
from core.lessons.reading import lesson_named, lessons_there, read_lesson
from core.recorder import record
from explorer.languages import FOLDER, Language, can_be_drawn, languages_there, name_of, read_language, use_language
from explorer.panels.chain.hover import node_tip
from explorer.panels.lesson.words import again_text
from explorer.session.lessons.page import headline
from explorer.style.theme import THEMES
from explorer.window.actions import ENTRIES, MENUS
from explorer.window.palette.sources import items
from tests.explorer.test_words import translated_in
from tests.test_architecture import PROGRAM, tree_of

FILE = """
name = "Deutsch"
[texts]
"Unrolled network" = "Entfaltetes Netz"
"Glossary" = "Glossar"
"Vanishing: two factors" = "Verschwinden: zwei Faktoren"
"The gradient goes back {T-1|whole} steps, and shrinks at every one of them." = "{T-1|whole} Schritte, er schrumpft."
"What the network reads at a step." = "Was das Netz bei einem Schritt liest."
"✓ Right." = "✓ Richtig."
"Answer" = ""
[contexts.glossary]
"gate" = "Gatter"
"""


@pytest.fixture
def german(qapp, tmp_path):
    (tmp_path / "de.toml").write_text(FILE, encoding="utf-8")
    translator = use_language("de", tmp_path)
    yield tmp_path
    remove(translator)


def remove(translator):
    QCoreApplication.removeTranslator(translator)
    translator.setParent(None)


def test_it_stays_in_use_although_nobody_keeps_it(qapp, tmp_path):
    (tmp_path / "de.toml").write_text(FILE, encoding="utf-8")
    use_language("de", tmp_path)
    gc.collect()
    try:
        assert QCoreApplication.translate("chain", "Unrolled network") == "Entfaltetes Netz"
    finally:
        for translator in [each for each in qapp.children() if isinstance(each, Language)]:
            remove(translator)
    assert QCoreApplication.translate("chain", "Unrolled network") == "Unrolled network"


def test_window_lessons_and_glossary_speak_it_and_what_it_lacks_is_english(german, drive):
    driver = drive()
    assert driver.window.panels["chain"].view.frame.title() == "Entfaltetes Netz"
    assert driver.session.lesson.open(lesson_named("9"))
    driver.settle(2)
    panel = driver.window.panels["lesson"]
    assert panel.title.text() == "9 · Verschwinden: zwei Faktoren"
    assert panel.sentence.text() == "13 Schritte, er schrumpft."
    assert panel.question.text().startswith("How large is the gradient")
    driver.session.lesson.leave()
    assert any(item.hint == "Was das Netz bei einem Schritt liest." for item in items(driver.program))
    assert "Was das Netz" in node_tip(driver.session, ("x", 1))
    assert QCoreApplication.translate("lesson", "Answer") == "Answer"  # not translated yet


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name = 3", "no language"), ("§", "no language"), ("name = 'a'\nmore = 1\n[texts]\n", "no language"),
        ("name = 'a'\n[texts]\n'{n} rows' = '{m} Zeilen'", "placeholders"),
        ("name = 'a'\n[texts]\n'%n rows' = 'Zeilen'", "placeholders"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_one_sentence(tmp_path, text, reason):
    path = tmp_path / "xx.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=reason):
        read_language(path)


def test_english_needs_no_file_and_one_that_is_not_there_is_said(qapp, tmp_path):
    assert use_language("", tmp_path) is None and use_language("en", tmp_path) is None
    with pytest.raises(InputError, match="There is no file"):
        use_language("de", tmp_path)
    assert languages_there(tmp_path) == () == languages_there(tmp_path / "none")


def test_a_text_of_one_context_is_said_there_alone(german):
    said = [QCoreApplication.translate(context, "gate") for context in ("glossary", "chain")]
    assert said == ["Gatter", "gate"]


# --- the Chinese file ---
CHINESE = read_language(FOLDER / "zh.toml")
CHINESE_LETTER = re.compile("[\u4e00-\u9fff]")
HALF_WIDTH = re.compile("[\u4e00-\u9fff][,;:.!?()]|[,;:!?(][\u4e00-\u9fff]")
TOUCHING = re.compile("[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]")
CARD = CHINESE.texts | CHINESE.contexts["lesson"]
TERMS, TITLES, SENTENCES = (CHINESE.contexts[name] for name in ("glossary", "lesson title", "lesson text"))


def glossary_texts() -> set[str]:
    catalogue = glossary()
    entries = [entry for section in catalogue.section for entry in section.entry]
    return {text for each in (*entries, *catalogue.event, *catalogue.use) for text in (each.name, each.says)}


def test_the_chinese_glossary_is_complete_and_has_nothing_beside():
    assert set(TERMS) - {"{term}: {says}"} == glossary_texts()


def test_every_lesson_has_its_chinese_title_and_goal():
    lessons = [lesson for _, lesson in lessons_there()]
    assert set(TITLES) == {text.en for lesson in lessons for text in (lesson.title, lesson.goal)}
    assert [TITLES[lesson.title.en] for lesson in lessons] == [lesson.title.zh for lesson in lessons]


def texts_of(part) -> Iterator[str]:
    """Every sentence of a part of a lesson that the window shows."""
    if isinstance(part, Text):
        yield part.en
    elif isinstance(part, tuple):
        yield from (text for each in part for text in texts_of(each))
    elif isinstance(part, msgspec.Struct):
        yield from (text for name in part.__struct_fields__ for text in texts_of(getattr(part, name)))


def test_the_first_lessons_are_chinese_from_end_to_end_and_no_sentence_is_of_none():
    lessons = {lesson.id: set(texts_of(lesson.step)) for _, lesson in lessons_there()}
    for number in ("00", "01", "02", "03"):
        assert {each for each in lessons[number] - set(SENTENCES) if not each.isdigit()} == set(), number
    assert set(SENTENCES) <= set().union(*lessons.values())


def test_the_card_of_a_lesson_is_chinese():
    files = [path for path in PROGRAM if {"panels", "lesson"} <= set(path.parts) or path.stem == "painted_cells"]
    asked = {text for path in files for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)
             for _, text in translated_in(node)}  # fmt: skip
    assert len(asked) > 35 and {each for each in asked if each not in CARD} == set()


WORDED = [{"structure": "attention", "score": "additive"}, {"structure": "n-n", "cell": "tdnn", "layers": 2}]


def test_what_equations_say_in_words_is_chinese():
    """The words of the equations of all nodes of two networks that have some."""
    said = set()
    for chosen in WORDED:
        trace = record(natural("echo", delay=1, steps=3, hidden=2, **chosen))
        for row, t in product(rows(trace), range(1, trace.steps + 1)):
            node = node_at(trace, row.name, t)
            own = [] if node is None else [node.equations(name) for _, name in row.signals]
            for each in chain(*own, () if node is None else node.every_equation()):
                said |= set(re.findall(r"\\text\{([^}]*)\}", each.tex))
    assert len(said) == 4 and said <= set(CHINESE.contexts["formula"])


@pytest.mark.parametrize("table", [TERMS, TITLES, SENTENCES, CARD], ids=["glossary", "titles", "sentences", "card"])
def test_chinese_texts_are_chinese_and_written_as_chinese_is(table):
    kept = {"NARX", "Transformer", "Adam"}  # names
    for english, chinese in table.items():
        assert chinese.strip() and (CHINESE_LETTER.search(chinese) or english in kept or "{" in english), english
        assert not HALF_WIDTH.search(chinese), chinese  # GB/T 15834: full-width marks after a Chinese character
        assert not TOUCHING.search(chinese), chinese  # a blank between Chinese and Latin letters
        assert english[-1] != "." or chinese[-1] in "。）", chinese


def test_a_lesson_is_announced_in_one_language_at_a_time(qapp, drive):
    """A title or a term is never put into an English sentence."""
    translator = Language(CHINESE.texts, CHINESE.contexts)
    QCoreApplication.installTranslator(translator)
    try:
        driver = drive()
        titles = {item.title: item for item in items(driver.program)}
        assert titles["9 · 梯度消失：两个因子"].hint == "把反向的每一步分成 W 的作用和导数的作用。"
        assert titles["遗忘门   f"].hint.startswith("细胞状态的每个分量")
        titles["遗忘门   f"].do()
        driver.settle(1)
        assert driver.window.toasts.texts()[-1].startswith("遗忘门   f：细胞状态")
        assert again_text(headline(read_lesson(lesson_named("9"))[0].title)) == "再问一次，选自“梯度消失：两个因子”"
        assert node_tip(driver.session, ("x", 1)).splitlines()[-1] == "网络在一步中读取的内容。"
        assert driver.session.lesson.open(lesson_named("1"))
        driver.session.lesson.show(2)
        driver.settle(2)
        panel = driver.window.panels["lesson"]
        assert panel.sentence.text() == "展开 14 步时网络有 97 个参数；展开 300 步时有 97 个。"
        assert panel.question.text().startswith("图中有多少个不同的矩阵 W？")
        driver.session.lesson.question.answer_choice([0])
        driver.settle(2)
        assert panel.answer.text().endswith("每个箭头各有自己的权重时才会这样；那么 300 步的权重就会更多。")
        driver.session.lesson.leave()
    finally:
        remove(translator)


def test_a_language_whose_characters_no_font_has_is_said_to_be_so(qapp, tmp_path):
    assert can_be_drawn("Deutsch, tanh") and not can_be_drawn("\U0010fffd")
    (tmp_path / "xx.toml").write_text('name = "\U0010fffd"', encoding="utf-8")
    with pytest.raises(InputError, match="no font of this machine"):
        use_language("xx", tmp_path)


def test_a_language_is_listed_by_its_own_name(qapp, tmp_path):
    assert languages_there() == ("zh",) and name_of("zh") == ("简体中文" if can_be_drawn("简体中文") else "zh")
    (tmp_path / "xx.toml").write_text("§", encoding="utf-8")
    assert name_of("xx", tmp_path) == "xx"


def test_the_menus_are_chinese():
    asked = {*MENUS, *(each.text for each in ENTRIES if each is not None), *(each.name.capitalize() for each in THEMES)}
    names = {each.title for each in PRIMARY}
    assert {each for each in asked - names if not CHINESE_LETTER.search(CHINESE.texts.get(each, ""))} == set()
    for each in asked - names:
        assert not HALF_WIDTH.search(CHINESE.texts[each]) and not TOUCHING.search(CHINESE.texts[each]), each
