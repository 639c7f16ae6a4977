"""A second language is one file: its texts are in the window, in lessons and in the glossary; what is wrong is said."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication

from core.errors import InputError
from core.lessons.reading import lesson_named
from explorer.languages import languages_there, read_language, use_language
from explorer.panels.chain.hover import node_tip
from explorer.window.palette.sources import items

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
"""


@pytest.fixture
def german(qapp, tmp_path):
    (tmp_path / "de.toml").write_text(FILE, encoding="utf-8")
    translator = use_language("de", tmp_path)
    yield tmp_path
    QCoreApplication.removeTranslator(translator)


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
