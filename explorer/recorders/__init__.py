"""Files to copy into a project of one's own, each for one library and complete in itself: they record a run of a model.

What they write is read by `core.own.recording`. RECORDERS is the visible list, in the order in which they are offered.
"""

from pathlib import Path

RECORDERS = ("pytorch", "keras")


def text_of(name: str) -> str:
    """The whole file of a recorder, one of RECORDERS."""
    return Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
