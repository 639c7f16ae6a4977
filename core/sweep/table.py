"""The table of a sweep: CSV whose first line has the settings, so that the same command can go on where it stopped.

While a sweep runs, every row is appended in one piece as soon as it is there; a row that was cut off in the middle is
dropped when the table is opened again. At the end the table is written once more, in the order of its cells.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from core.errors import InputError, quoted
from core.files.locking import Lock
from core.files.reading import read_bytes
from core.files.writing import unwritable, write_text
from core.sweep.plan import Plan, difference
from core.sweep.row import columns

MARK = "# BPTT Explorer, sweep: "
LARGEST = 500 * 10**6  # bytes


class Table:
    """The table at `path`, for one writer at a time; use it in a `with` block. `rows` are those that are there, by the
    knobs' values as the file has them.

    Raises InputError where another sweep is writing it, or the file is no table of the same sweep; OSError.
    """

    def __init__(self, path: Path, plan: Plan) -> None:
        self.path, self.plan = path, plan
        self.names = columns([each.name for each in plan.knobs], plan.seeds)
        self.rows: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._file: io.FileIO | None = None
        self._lock: Lock | None = None

    def __enter__(self) -> Table:
        place = self.path.with_name(self.path.name + ".lock")
        try:
            self._lock = Lock(place)
        except BlockingIOError:
            raise InputError(
                "{name} is being written by another sweep; wait for it to end, or choose another --out.",
                name=quoted(self.path.name, 200),
            ) from None
        except PermissionError as error:
            raise unwritable(self.path, error) from None
        try:
            if self.path.exists():
                self.rows = self._read()
            write_text(self.path, self._text(self.rows.values()))
            self._file = io.FileIO(self.path, "ab")
        except BaseException:
            self._lock.release(remove=True)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._file is not None and self._lock is not None
        self._file.close()
        try:
            if kind is None:
                order = [self.key(values) for values in self.plan.cells()]
                write_text(self.path, self._text([self.rows[key] for key in order if key in self.rows]))
        finally:
            self._lock.release(remove=True)

    def key(self, values: Sequence[float]) -> tuple[str, ...]:
        """The values of a cell as the file has them."""
        return tuple(repr(value) for value in values)

    def add(self, row: tuple[str, ...]) -> None:
        """Appends a row and has it on the disk. Raises OSError; then the file has the rows before it, and part of it at
        most."""
        assert self._file is not None
        line = _lines([row]).encode()
        written = self._file.write(line)
        if written != len(line):
            raise OSError(28, "No space left on device", str(self.path))
        os.fsync(self._file.fileno())
        self.rows[row[: len(self.plan.knobs)]] = row

    def _text(self, rows: Any) -> str:
        settings = msgspec.json.encode(self.plan.settings()).decode()
        return f"{MARK}{settings}\n{_lines([self.names])}{_lines(rows)}"

    def _read(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        """The rows of a file that is there, but what was cut off."""
        name = quoted(self.path.name, 200)
        text = read_bytes(self.path, LARGEST, "CSV").decode("utf-8", "replace")
        first, _, rest = text.partition("\n")
        if not first.startswith(MARK):
            raise InputError("{name} is there already, and is no table of a sweep; choose another --out.", name=name)
        try:
            other = msgspec.json.decode(first.removeprefix(MARK))
        except msgspec.DecodeError:
            other = None
        if not isinstance(other, dict):
            raise InputError("{name}: its first line, with the settings, is damaged; choose another --out.", name=name)
        differs = difference(self.plan.settings(), other)
        if differs:
            raise InputError(
                "{name} is the table of another sweep: {differs}; choose another --out, or delete it.",
                name=name,
                differs=differs,
            )
        whole = rest[: rest.rfind("\n") + 1]
        found = {}
        wanted = {self.key(values) for values in self.plan.cells()}
        for row in csv.reader(io.StringIO(whole)):
            key = tuple(row[: len(self.plan.knobs)])
            if len(row) == len(self.names) and key in wanted:
                found[key] = tuple(row)
        return found


def _lines(rows: Any) -> str:
    made = io.StringIO()
    csv.writer(made, lineterminator="\n").writerows(rows)
    return made.getvalue()
