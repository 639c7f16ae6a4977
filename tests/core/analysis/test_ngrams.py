"""Tables of n-grams are counted from what a run reads, and grow with n."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from core.analysis.ngrams import count_tables, tables_read
from core.errors import InputError
from core.experiment import Experiment
from core.recorder import record


@pytest.fixture(scope="module")
def hello():
    return record(Experiment(task="next-character", structure="n-n", text="hello", steps=23, hidden=2))


def test_every_count_is_that_of_the_text(hello):
    read = ("hello" * 5)[:24]
    letters = sorted(set("hello"))
    for table in tables_read(hello, 4):
        assert table.counts.shape == (4 ** (table.n - 1), 4) and table.counts.sum() == 24 - table.n + 1
        expected = Counter(read[k : k + table.n] for k in range(24 - table.n + 1))
        for row, column in np.argwhere(table.counts > 0):
            context = [letters[row // 4**k % 4] for k in range(table.n - 2, -1, -1)]
            assert table.counts[row, column] == expected["".join(context) + letters[column]]
        assert table.met == len({gram[:-1] for gram in expected})


def test_a_sequence_that_is_too_short_has_empty_tables():
    assert [table.met for table in count_tables(np.array([0, 1]), 2, 4)] == [1, 1, 0, 0]


def test_what_has_no_symbols_or_too_many_is_refused(hello):
    with pytest.raises(InputError, match="choose next-character"):
        tables_read(record(Experiment(task="sine", structure="n-n", steps=4, hidden=2)), 3)
    with pytest.raises(InputError, match="too many numbers"):
        tables_read(hello, 12)
