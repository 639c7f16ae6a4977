"""A lock is one process's, and gone with it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from core.files.locking import Lock

HOLD = """
import sys
from pathlib import Path
from core.files.locking import Lock
lock = Lock(Path(sys.argv[1]))
print("taken", flush=True)
sys.stdin.read()
"""


def test_one_at_a_time_and_free_again_when_its_process_is_killed(tmp_path):
    path = tmp_path / "a.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        try:
            assert other.stdout.readline() == "taken\n"
            with pytest.raises(OSError):
                Lock(path)
        finally:
            other.kill()
    lock = Lock(path)
    with pytest.raises(OSError):
        Lock(path)
    lock.release()
    Lock(path).release(remove=True)
    assert not path.exists()


def test_a_place_where_no_lock_can_be_made(tmp_path):
    with pytest.raises(OSError):
        Lock(tmp_path / "none" / "a.lock")
