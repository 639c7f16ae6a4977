"""PySide's reading of every file that is imported, out of the way of a start.

Whatever is imported after PySide6 has its source searched for the word “PySide6”, since only who uses PySide may ask
for its other names (`from __feature__ import snake_case`). Nobody here does, and some seven hundred files are read for
it, which is 7 % of a start.
"""

from __future__ import annotations

import sys

import PySide6.QtCore  # noqa: F401  brings what is replaced here

_SEARCH, _READS = "shibokensupport.feature", "_mod_uses_pyside"  # PySide 6.11; another version may have neither


def unsearched() -> None:
    """Takes every module imported from now on for one that asks for no such names."""
    search = sys.modules.get(_SEARCH)
    if hasattr(search, _READS):
        setattr(search, _READS, lambda module: False)
