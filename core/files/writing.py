"""Files are written whole: after a full disk, a kill or a second writer there is the old file or the new one."""

import os
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from core.errors import InputError, quoted

NEW = ".new"  # the end of the name of what is being written
_ASKING = threading.Lock()  # two threads that ask for the umask at once would leave it changed


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A new file, open for writing in bytes, that takes the place of `path` at the end of the block.

    It has a name of its own beside the target, made exclusively, so that two writers never share one; its content is on
    the disk before it is renamed. If the block raises, nothing has changed. A link stays a link, and what it leads to
    is replaced; the mode of the old file is kept; a read-only file is not written over. What is no regular file
    (/dev/stdout, a pipe) is written to directly. Raises OSError, whose `filename` is `path`.
    """
    try:
        with _replacing(path) as file:
            yield file
    except OSError as error:
        if error.filename is None or os.fspath(error.filename).endswith(NEW):
            error.filename = os.fspath(path)
        raise


@contextmanager
def _replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    target = Path(os.path.realpath(path))
    try:
        old = os.stat(target)
    except FileNotFoundError:
        old = None
    if old is not None and not stat.S_ISREG(old.st_mode):
        with open(path, "wb") as file:
            yield file
        return
    if old is not None and not os.access(target, os.W_OK):
        raise PermissionError(13, "it is read-only", str(path))
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", suffix=NEW, dir=target.parent)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.chmod(name, stat.S_IMODE(old.st_mode) if old is not None else 0o666 & ~_umask())
            os.fsync(descriptor)
        os.replace(name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    _sync_folder(target.parent)


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Writes the whole content, or leaves what was there. Raises OSError."""
    with replacing(path) as file:
        file.write(content)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """The same in UTF-8. Raises OSError, and UnicodeEncodeError where the text has a broken character."""
    write_bytes(path, text.encode("utf-8"))


def unwritable(path: str | os.PathLike[str], error: OSError) -> InputError:
    """The sentence for what the system says about writing."""
    shown = quoted(os.fspath(path), 200)
    return InputError(
        "{shown} cannot be written: {reason}. Choose another place.", shown=shown, reason=error.strerror or error
    )


def _umask() -> int:
    with _ASKING:
        mask = os.umask(0o077)  # the only portable way to ask for it is to set it
        os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    """The new name is on the disk, too, where the system can do that for a folder."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
