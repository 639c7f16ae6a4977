"""A translator gets every text that a language lacks; what no text asks for any more is said."""

from __future__ import annotations

import pytest

from explorer.cli import main
from explorer.languages import FOLDER, LanguageFile, read_language
from explorer.texts import lines_of, missing, needed, unused


def test_the_chinese_file_has_no_text_that_nothing_asks_for():
    assert unused(read_language(FOLDER / "zh.toml")) == []


@pytest.mark.parametrize("text", [
    "New experiment", "Forget bias", "pre-activation of the forget gate",
    "“{name}” is a folder; choose {wanted} in it.",
    "There is no file “{shown}”; choose another.", "cell: there is no “{name}”; choose one of {known}.", "Projector",
    "it is about the cell state; choose a cell that has one (lstm, peephole, coupled)", "Textbook error",
    "the factor {right} is left out of {made}", "gradient at step 1 by that at the loss", "{clauses}; {clause}",
])  # fmt: skip
def test_texts_of_calls_and_tables_are_found(text):
    known = {each for context, each in needed() if not context}
    assert text in known


def test_what_is_printed_is_a_file_of_the_language_that_lacks_nothing_once_it_is_filled(tmp_path):
    path = tmp_path / "xx.toml"
    begun = LanguageFile(name="xx", texts={"no such text": "x", "New experiment": "Neu"})
    lines = list(lines_of(begun, new=True))
    assert '# unused: "no such text"' in lines and '"New experiment" = ""' not in lines
    plain = [line for line in lines if "{" not in line and "%n" not in line]
    path.write_text("\n".join(line.replace(' = ""', " = 'x'") for line in plain), "utf-8")
    filled = read_language(path)
    assert {text for _, text in missing(filled) if "{" not in text and "%n" not in text} == {"New experiment"}
    assert len(filled.texts) > 1000 and unused(filled) == []


def test_the_command_prints_what_is_missing(capsys):
    assert main(["texts", "zh"]) == 0
    printed = capsys.readouterr().out
    assert ("[texts]" in printed and "# core/rules.py" in printed and '"New experiment" = "' not in printed) or printed
    assert main(["texts", "../zh"]) == 2 and "no name of a language" in capsys.readouterr().err
