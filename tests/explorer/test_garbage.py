"""The search for reference cycles rests while the window opens, and goes on afterwards."""

import gc

import pytest

from explorer import garbage


def test_it_rests_until_the_window_is_there():
    frozen = gc.get_freeze_count()
    with garbage.paused():
        assert not gc.isenabled()
        garbage.resume()
        assert gc.isenabled() and gc.get_freeze_count() > frozen
    assert gc.isenabled()


def test_it_goes_on_where_the_start_fails():
    with pytest.raises(ValueError), garbage.paused():
        raise ValueError
    assert gc.isenabled()
