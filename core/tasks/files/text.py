"""Texts that a network reads: from a file, an option or a field, with the same line ends and the same limit everywhere.

Line ends of any kind become \\n, and those at the end of the text are left out, as a shell's $(cat FILE) does.
"""

import codecs
import os

from core.errors import InputError, quoted
from core.files.reading import opened

FEWEST, MOST = 2, 10_000  # characters
LARGEST_FILE = 10**12  # bytes; only a few of them are read
_MOST_BYTES = 8 * MOST + 8  # \\r\\n between characters of up to four bytes, a mark and line ends at the end


def normal(text: str) -> str:
    """The text with \\n for its line ends, and none at its end; without a byte order mark at its beginning."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


def read_text(path: str | os.PathLike[str]) -> str:
    """Return the text of a file in UTF-8, `normal`. Raises InputError naming the file: it cannot be read, is in another
    encoding, or has fewer than FEWEST or more than MOST characters, of which no more are read."""
    name = quoted(os.path.basename(os.fspath(path)), 200)
    with opened(path, LARGEST_FILE, "text") as file:
        size = os.fstat(file.fileno()).st_size
        content = file.read(_MOST_BYTES + 1)
    cut = len(content) > _MOST_BYTES
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(content, final=not cut)
    except UnicodeDecodeError:
        raise InputError("“{name}” is no text in UTF-8; save it as UTF-8.", name=name) from None
    if "\0" in text:
        raise InputError("“{name}” is no text; choose a text file in UTF-8.", name=name)
    text = normal(text)
    if not cut and FEWEST <= len(text) <= MOST:
        return text
    raise InputError(
        "“{name}” has {size:,} bytes, and a text of {fewest} to {most:,} characters is needed; choose a part of it."
        if cut
        else "“{name}” has {count:,} characters, and a text of {fewest} to {most:,} characters is needed; choose a "
        "part of it.",
        name=name,
        size=size,
        count=len(text),
        fewest=FEWEST,
        most=MOST,
    )
