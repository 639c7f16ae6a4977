"""What cannot be read is refused at once, in one sentence."""

import os

import pytest

from core.errors import InputError, quoted
from core.files.reading import opened, read_bytes


def test_a_file_of_the_largest_size_is_read_and_a_larger_one_is_not(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"12345")
    assert read_bytes(path, 5, "CSV") == b"12345"
    with pytest.raises(InputError, match=r"“a.csv” has 5 bytes, more than the 4 bytes that can be read"):
        read_bytes(path, 4, "CSV")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a FIFO")
def test_a_fifo_a_device_and_a_folder_are_refused_without_waiting(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path, fault in ((fifo, "regular"), ("/dev/zero", "regular"), (tmp_path, "is a folder")):
        with pytest.raises(InputError, match=fault):
            read_bytes(path, 100, "CSV")


@pytest.mark.parametrize("path", ["nowhere.csv", "a\0b", "\udcff", "x" * 5000, ""])
def test_a_path_to_nothing_is_one_short_sentence(path):
    with pytest.raises(InputError) as caught, opened(path, 100, "IDX"):
        pass
    assert len(str(caught.value)) < 300
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\nb\tc", "a b c"), ("x" * 61, "x" * 60 + "…"), ("a\x00\udcffb", "a··b"), ("", ""), ("  a  ", "a")],
)
def test_a_quotation_is_one_line(text, shown):
    assert quoted(text) == shown
