"""A table's text in blocks of whole rows, decoded piece by piece: as text it would take many times its room."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

from core.errors import InputError
from core.jobs import Job

BLOCK = 2**18  # bytes that are decoded and parsed at once; some ten milliseconds
LONGEST_LINE = 2**22  # characters, of a row too
SPACES = " "  # the separator that stands for any run of spaces and tabs
_RUNS = re.compile(r"[ \t]+")
_CONTROLS = bytes({*range(32)} - {*b"\t\n\v\f\r"})  # never in a text file
_NOT_CP1252 = (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d")
BEYOND_ASCII = {"cp1252": "Windows-1252", "latin-1": "Latin-1"}  # what is tried where a text is not Unicode

Row = tuple[int, list[str]]  # the line on which a row starts, counted from 1, and its cells


class Block(NamedTuple):
    """Whole lines of the text, each ending in \\n whatever it ended in; `line` is the number of the first."""

    line: int
    text: str
    done: float  # the share of the file read so far, from 0 to 1


def encoding_of(content: bytes | bytearray, name: str) -> Job[str]:
    """The encoding in which all of the content is text: UTF-8 with or without its mark, UTF-16 with one, else
    Windows-1252 or Latin-1. A job. Raises InputError where it is none."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ("utf-16",)
    else:
        ansi = "latin-1" if any(code in content for code in _NOT_CP1252) else "cp1252"
        candidates = ("utf-8-sig", ansi)
    for encoding in candidates:
        try:
            for read, text in _decoded(content, encoding):
                signs = text.encode("utf-8", "surrogatepass")
                if len(signs.translate(None, _CONTROLS)) < len(signs):
                    raise InputError("“{name}” is not a text file; save the table as CSV and choose that.", name=name)
                yield read / len(content)
        except UnicodeError:
            continue
        return encoding
    raise InputError("“{name}” is not a text file; save the table as CSV and choose that.", name=name)


def _decoded(content: bytes | bytearray, encoding: str) -> Iterator[tuple[int, str]]:
    """Pieces of the text, each with the number of bytes that have been read with it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    view = memoryview(content)
    for start in range(0, len(content), BLOCK):
        end = start + BLOCK
        yield min(end, len(content)), decoder.decode(view[start:end], end >= len(content))


def blocks(content: bytes | bytearray, encoding: str, name: str) -> Iterator[Block]:
    """Blocks of whole rows: where quotation marks are open at the end of a line, the block goes on.

    Raises InputError where a line is longer than any row of numbers.
    """
    line, rest, waits = 1, "", False
    for read, piece in _decoded(content, encoding):
        text = "\r" + piece if waits else piece
        last = read == len(content)
        waits = text.endswith("\r") and not last  # a \n may follow
        text = text[:-1] if waits else text
        text = rest + text.replace("\r\n", "\n").replace("\r", "\n")
        if last and text and not text.endswith("\n"):
            text += "\n"
        cut = text.rfind("\n") + 1
        if len(text) - cut > LONGEST_LINE:
            begins = line + text.count("\n")
            raise InputError(
                "“{name}”, line {begins} is longer than {most:,} characters; it is not a table.",
                name=name,
                begins=begins,
                most=LONGEST_LINE,
            )
        whole, rest = text[:cut], text[cut:]
        if not last and whole.count('"') % 2 and len(text) < LONGEST_LINE:
            rest = text
        elif whole:
            yield Block(line, whole, read / len(content))
            line += whole.count("\n")


def rows(block: Block, separator: str, name: str) -> Iterator[Row]:
    """The block's rows that are not blank. Raises InputError for quotation marks in the wrong places."""
    if separator == SPACES:
        lines = enumerate(single_spaced(block.text).split("\n"), start=block.line)
        yield from ((line, text.split(SPACES)) for line, text in lines if text)
        return
    if '"' not in block.text:
        lines = enumerate(block.text.split("\n"), start=block.line)
        yield from ((line, text.split(separator)) for line, text in lines if text and not text.isspace())
        return
    reader = csv.reader(io.StringIO(block.text, newline="\n"), delimiter=separator, strict=True)
    line = block.line
    try:
        for cells in reader:
            if cells and not (len(cells) == 1 and (not cells[0] or cells[0].isspace())):
                yield line, cells
            line = block.line + reader.line_num
    except csv.Error as error:
        raise InputError(
            "“{name}”, line {line}: not a row of cells ({error}); check its quotation marks.",
            name=name,
            line=line,
            error=error,
        ) from None


def single_spaced(text: str) -> str:
    """The text with one space for any run of spaces and tabs, and none at the ends of its lines."""
    return _RUNS.sub(SPACES, text).replace(" \n", "\n").replace("\n ", "\n").strip(SPACES)
