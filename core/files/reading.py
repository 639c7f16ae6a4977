"""The one gate for files from outside: regular files only, their size known before a byte is read, one sentence for
everything that cannot be used."""

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import InputError, quoted
from core.sentence import Sentence

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)


def file_stat(path: str | os.PathLike[str], largest: int, kind: str) -> os.stat_result:
    """Return the file's figures. Raises InputError where it is no file of at most `largest` bytes; `kind`: "CSV"."""
    try:
        found = os.stat(path)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL or a broken character in it
        raise unreadable(path, error) from None
    _refuse(found, path, largest, kind)
    return found


@contextmanager
def opened(path: str | os.PathLike[str], largest: int, kind: str) -> Iterator[io.BufferedReader]:
    """The file, open for reading in bytes.

    The file that is open is the one that was looked at, and opening never waits: a FIFO or a device is refused even
    where it takes a file's place in between. What goes wrong while it is read is a sentence, too. Raises InputError.
    """
    file_stat(path, largest, kind)  # before opening: merely opening some devices does something
    try:
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None
    with os.fdopen(descriptor, "rb") as file:
        _refuse(os.fstat(descriptor), path, largest, kind)
        try:
            yield file
        except OSError as error:
            if error.errno is None:  # a library's own, about what is in the file
                raise
            raise unreadable(path, error) from None


def read_bytes(path: str | os.PathLike[str], largest: int, kind: str) -> bytes:
    """The content of a file of at most `largest` bytes, also where it grows while it is read. Raises InputError."""
    with opened(path, largest, kind) as file:
        content = file.read(largest + 1)
    if len(content) > largest:
        raise _too_large(path, len(content), largest)
    return content


def unreadable(path: str | os.PathLike[str], error: Exception) -> InputError:
    """The sentence for what the system says."""
    shown = quoted(os.fspath(path), 200)
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return InputError("There is no file “{shown}”; choose another.", shown=shown)
    if isinstance(error, PermissionError):
        return InputError(
            "You have no permission to read “{shown}”; change its permissions or choose another file.", shown=shown
        )
    reason = getattr(error, "strerror", None) or error
    return InputError("“{shown}” cannot be read ({reason}); choose another file.", shown=shown, reason=reason)


def refuse_changed(path: str, content_hash: str, expected: str) -> None:
    """Raises InputError where a file's content is not the one that an experiment was saved with (empty: any)."""
    if expected and content_hash != expected:
        raise InputError(
            "“{file}” has changed since the experiment was saved; bring back the file as it was, or choose it again to "
            "use it as it is now.",
            file=Path(path).name,
        )


def _refuse(found: os.stat_result, path: str | os.PathLike[str], largest: int, kind: str) -> None:
    name = quoted(Path(path).name or os.fspath(path), 200)
    wanted = Sentence("an {kind} file" if kind[:1] in "AEIOU" else "a {kind} file", kind=Sentence(kind))
    if stat.S_ISDIR(found.st_mode):
        raise InputError("“{name}” is a folder; choose {wanted} in it.", name=name, wanted=wanted)
    if not stat.S_ISREG(found.st_mode):
        raise InputError("“{name}” is not a regular file; choose {wanted}.", name=name, wanted=wanted)
    if found.st_size > largest:
        raise _too_large(path, found.st_size, largest)


def _too_large(path: str | os.PathLike[str], size: int, largest: int) -> InputError:
    name = quoted(Path(path).name or os.fspath(path), 200)
    return InputError(
        "“{name}” has {size}, more than the {largest} that can be read; shorten it.",
        name=name,
        size=_size(size),
        largest=_size(largest),
    )


def _size(count: int) -> str:
    return f"{count / 1e6:,.0f} MB" if count >= 10**6 else Sentence("{count:,} bytes", count=count)
