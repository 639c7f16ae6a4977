"""texts: what a language lacks, for who translates it."""

from __future__ import annotations

import argparse

from core.errors import InputError, quoted
from explorer.commands.base import Command


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("language", metavar="LANGUAGE", help="the name of its file in assets/languages, zh")


def _run(options: argparse.Namespace) -> int:
    from explorer.languages import FOLDER, LanguageFile, languages_there, read_language  # which need Qt
    from explorer.texts import lines_of

    if not options.language.isascii() or not options.language.replace("-", "").isalnum():
        raise InputError("“{name}” is no name of a language's file; give one such as de or pt-br.",
                         name=quoted(options.language))  # fmt: skip
    known = options.language in languages_there()
    language = read_language(FOLDER / f"{options.language}.toml") if known else LanguageFile(name=options.language)
    for line in lines_of(language, new=not known):
        print(line)
    return 0


TEXTS = Command(
    "texts",
    "List the texts that a language lacks, as lines of its file; those that nothing asks for any more are comments.",
    ("texts zh", "texts de > assets/languages/de.toml"),
    _add_options,
    _run,
)
