"""Words in the user's language, for what is no QObject and so has no `tr` of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial

from PySide6.QtCore import QCoreApplication

from core.errors import InputError
from core.sentence import Sentence


def counted(context: str, count: int, one: str, many: str) -> str:
    """A translated text about `count` things: `one` of a single thing, else `many`, in which %n stands for how many."""
    return QCoreApplication.translate(context, one if count == 1 else many, "", count)


def translator(context: str) -> Callable[[str], str]:
    """Translates a text; `context`: under which a catalogue lists it, as Qt lists a class's texts under its name."""
    return partial(QCoreApplication.translate, context)


# --- what the program says itself ---
CORE = "core"  # the context of its sentences


def in_language(said: str | Exception) -> str:
    """A sentence of the program, or what was wrong with an input, in the user's language. What has been translated
    already stays as it is, and so does what the system says of an error."""
    sentence = said.sentence if isinstance(said, InputError) else said
    return Sentence(str(sentence) if isinstance(sentence, Exception) else sentence).translated(translator(CORE))


_SUBJECT = re.compile(r"(\w+|(fault|structure|cell) [\w-]+): |\w+( [\w-]+)?：")  # where a refusal names a field first
_ADVICE = re.compile("; |；")


def reason_alone(refusal: str) -> str:
    """Of a refusal in the user's language, "subject: reason; advice.", the reason as a sentence; "" of none."""
    reason = _ADVICE.split(_SUBJECT.sub("", refusal, count=1))[0].rstrip(".。")
    return full_sentence(reason) if reason else ""


# --- several texts, one after another ---
_tr = translator("words")
_FULL_WIDTH = tuple("。！？；：，、）”")  # marks that bring the blank behind them along


def sentences(said: Iterable[str]) -> str:
    """Whole sentences, one after another; those that are empty are left out."""
    found = ""
    for each in filter(None, said):
        found = f"{found}{each}" if not found or found.endswith(_FULL_WIDTH) else f"{found} {each}"
    return found


def clauses(said: Iterable[str]) -> str:
    """Clauses of one sentence, one after another: "a; b"; those that are empty are left out."""
    found = ""
    for each in filter(None, said):
        found = _tr("{clauses}; {clause}").format(clauses=found, clause=each) if found else each
    return found


def ended(clause: str) -> str:
    """A clause with its full stop."""
    return _tr("{clause}.").format(clause=clause)


def full_sentence(clause: str) -> str:
    """A clause as a sentence of its own."""
    return ended(clause[:1].upper() + clause[1:])
