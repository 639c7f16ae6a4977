"""A file that is written is the old one or the new one; whatever happens, nothing else is left beside it."""

import os
import stat
import threading

import pytest

from core.files.writing import replacing, write_bytes, write_text


def test_the_new_content_takes_the_place_of_the_old_one_and_nothing_is_left_beside_it(tmp_path):
    path = tmp_path / "a.json"
    write_text(path, "old")
    write_text(path, "new é")
    assert path.read_text(encoding="utf-8") == "new é"
    assert os.listdir(tmp_path) == ["a.json"]


def test_an_error_while_writing_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def write() -> None:
        with replacing(path) as file:
            file.write(b"half of the n")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_an_interrupt_leaves_no_file_where_there_was_none(tmp_path):
    def write() -> None:
        with replacing(tmp_path / "a.bin") as file:
            file.write(b"x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert os.listdir(tmp_path) == []


def test_an_error_names_the_file_that_was_to_be_written(tmp_path):
    def write(path, *error: object) -> OSError:
        with pytest.raises(OSError) as caught, replacing(path):
            raise OSError(*error)
        return caught.value

    assert write(tmp_path / "a.bin", 28, "No space left on device").filename == str(tmp_path / "a.bin")
    assert write(tmp_path / "a.bin", 2, "No such file", "what was read").filename == "what was read"
    assert write(tmp_path / "no folder" / "a.bin").filename == str(tmp_path / "no folder" / "a.bin")


@pytest.mark.skipif(os.name == "nt", reason="modes and links are Unix's")
def test_mode_and_link_are_kept(tmp_path):
    target, link = tmp_path / "kept" / "a.json", tmp_path / "link.json"
    target.parent.mkdir()
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    write_text(link, "new")
    assert link.is_symlink() and target.read_text() == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert os.listdir(target.parent) == ["a.json"]


@pytest.mark.skipif(os.name == "nt", reason="modes are Unix's")
def test_a_new_file_has_the_mode_that_the_umask_gives(tmp_path):
    plain, ours = tmp_path / "plain", tmp_path / "ours"
    plain.write_bytes(b"")
    write_bytes(ours, b"")
    assert stat.S_IMODE(ours.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_a_persons_own_part_file_is_not_touched(tmp_path):
    own = tmp_path / "a.json.part"
    own.write_text("mine")
    write_text(tmp_path / "a.json", "new")
    assert own.read_text() == "mine"


def test_two_writers_never_mix(tmp_path):
    path = tmp_path / "a.bin"
    contents = [bytes([letter]) * 300_000 for letter in b"ab"]

    def write(content: bytes) -> None:
        for _ in range(20):
            with replacing(path) as file:
                for k in range(0, len(content), 50_000):
                    file.write(content[k : k + 50_000])

    writers = [threading.Thread(target=write, args=(content,)) for content in contents]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert not path.exists() or path.read_bytes() in contents
    for writer in writers:
        writer.join()
    assert path.read_bytes() in contents
    assert os.listdir(tmp_path) == ["a.bin"]


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="needs a device")
def test_what_is_no_regular_file_is_written_to(tmp_path):
    write_bytes("/dev/null", b"gone")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
