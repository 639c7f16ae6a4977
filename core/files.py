"""Files that a person chooses: what cannot be read is refused before a byte of it is, in one sentence."""

import os
import stat
from pathlib import Path

from core.errors import InputError


def file_stat(path: str | os.PathLike[str], largest: int, kind: str) -> os.stat_result:
    """Return the file's figures. Raises InputError where it is no file of at most `largest` bytes; `kind`: "CSV"."""
    try:
        found = os.stat(path)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        raise unreadable(path, error) from error
    if stat.S_ISREG(found.st_mode) and found.st_size <= largest:
        return found
    name = Path(path).name or path
    article = "an" if kind[0] in "AEIOU" else "a"
    if stat.S_ISDIR(found.st_mode):
        raise InputError(f"“{name}” is a folder; choose {article} {kind} file in it.")
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"“{name}” is not a file; choose {article} {kind} file.")
    size = f"{found.st_size / 1e6:,.0f} MB"
    raise InputError(f"“{name}” has {size}, more than the {largest / 1e6:,.0f} MB that can be read; shorten it.")


def unreadable(path: str | os.PathLike[str], error: Exception) -> InputError:
    """The sentence for what the system says."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return InputError(f"There is no file “{path}”; choose another.")
    if isinstance(error, PermissionError):
        return InputError(f"You have no permission to read “{path}”; change its permissions or choose another file.")
    reason = getattr(error, "strerror", None) or error
    return InputError(f"“{path}” cannot be read ({reason}); choose another file.")


def refuse_changed(path: str, content_hash: str, expected: str) -> None:
    """Raises InputError where a file's content is not the one that an experiment was saved with (empty: any)."""
    if expected and content_hash != expected:
        raise InputError(
            f"“{Path(path).name}” has changed since the experiment was saved; bring back the file as it was, "
            "or choose it again to use it as it is now."
        )
