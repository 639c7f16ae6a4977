"""Signals of the system come while Qt's loop sleeps, and nothing of it is left behind."""

from __future__ import annotations

import os
import signal

import pytest

from explorer.interrupts import NAMES, Interrupts

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows sends a process no signals of this kind")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_comes_within_the_loop(qtbot, name):
    number = getattr(signal, name)
    before = {each: signal.getsignal(getattr(signal, each)) for each in NAMES if hasattr(signal, each)}
    interrupts = Interrupts()
    try:
        for _ in range(2):
            with qtbot.waitSignal(interrupts.came, timeout=5000) as caught:
                os.kill(os.getpid(), number)
            assert caught.args == [number]
    finally:
        interrupts.close()
    assert {each: signal.getsignal(getattr(signal, each)) for each in before} == before
    assert signal.set_wakeup_fd(-1) == -1


def test_what_was_ignored_stays_ignored(qtbot):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        interrupts = Interrupts()
        try:
            with qtbot.assertNotEmitted(interrupts.came, wait=50):
                os.kill(os.getpid(), signal.SIGHUP)
        finally:
            interrupts.close()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_second_ctrl_c_does_not_wait_for_the_loop(qapp):
    def press() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        signal.pthread_sigmask(signal.SIG_BLOCK, ())  # a call in which Python looks for signals

    interrupts = Interrupts()
    try:
        press()
        with pytest.raises(KeyboardInterrupt):
            press()
    finally:
        interrupts.close()
