"""Texts from files: the same line ends everywhere, one limit, and no more read than that."""

import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.tasks.files.text import MOST, normal, read_text


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", ["", "\n", "\r\n\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_line_ends_are_alike(tmp_path: Path, end: str, last: str, encoding: str):
    path = tmp_path / "text.txt"
    path.write_bytes(f"äö{end}{end}春 b{last}".encode(encoding))
    assert read_text(path) == "äö\n\n春 b"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_a_file_and_an_option_give_the_same_text(tmp_path_factory, text: str):
    path = tmp_path_factory.getbasetemp() / "same.txt"
    path.write_bytes(("ab" + text).replace("\0", "").encode())
    assert read_text(path) == normal(("ab" + text).replace("\0", ""))


@pytest.mark.parametrize("character", ["x", "é", "春", "🎵", "x\r\n"])
def test_the_limit_is_in_characters(tmp_path: Path, character: str):
    path = tmp_path / "text.txt"
    text = (character * MOST)[: MOST * len(character) // len(normal(character + "x")[:-1])]
    path.write_bytes(text.encode())
    assert normal(text) == read_text(path)
    path.write_bytes(("xx" + text + "x").encode())
    with pytest.raises(InputError, match="“text.txt” has 10,003 characters, and a text of 2 to 10,000 characters is"):
        read_text(path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("äöü".encode("cp1252"), "is no text in UTF-8; save it as UTF-8"),
        ("春眠".encode("gb18030"), "is no text in UTF-8; save it as UTF-8"),
        ("ab".encode("utf-16"), "is no text in UTF-8; save it as UTF-8"),
        (b"a\0b", "is no text; choose a text file in UTF-8"),
        (b"\n\n", "has 0 characters, and a text of 2 to 10,000 characters is needed"),
        (b"", "has 0 characters"),
    ],
)
def test_what_is_no_text(tmp_path: Path, content: bytes, sentence: str):
    path = tmp_path / "text.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        read_text(path)


def test_no_more_of_a_large_file_is_read_than_the_limit(tmp_path: Path):
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.write(b"a" * 10**6)
        file.truncate(10**9)
    tracemalloc.start()
    with pytest.raises(InputError, match="has 1,000,000,000 bytes, and a text of 2 to 10,000 characters is needed"):
        read_text(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10**6


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_no_text(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="is not a regular file"):
        read_text(tmp_path / "pipe")
