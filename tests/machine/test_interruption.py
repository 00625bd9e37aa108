"""An interruption inside the block is asked for politely; a second one insists; handlers are put back."""

import errno
import signal
import threading

import pytest

from began_lib.machine import interruption
from began_lib.machine.interruption import PIPE_CLOSED, deferred_interruption, ending_signals, output_may_close


def test_an_interruption_asks_and_the_block_goes_on():
    before = signal.getsignal(signal.SIGINT)
    asked = []
    with deferred_interruption(lambda: asked.append(1)):
        signal.raise_signal(signal.SIGINT)
        asked.append(2)
    assert asked == [1, 2]
    assert signal.getsignal(signal.SIGINT) is before


def test_a_signal_that_comes_twice_at_once_is_one():
    with deferred_interruption(lambda: None) as caught:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
    assert caught == [signal.SIGINT, signal.SIGINT]


def test_the_second_interruption_insists(monkeypatch):
    monkeypatch.setattr(interruption, "TWICE", 0.0)
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), deferred_interruption(lambda: None):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_where_nobody_may_insist_a_second_signal_asks_again(number):
    asked = []
    with deferred_interruption(lambda: asked.append(1), (signal.SIGINT, signal.SIGTERM), insisting=False):
        signal.raise_signal(number)
        signal.raise_signal(signal.SIGINT)
    assert asked == [1, 1]


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no SIGHUP")
def test_a_closed_terminal_ends_a_training_unless_nohup_began_it():
    before = signal.getsignal(signal.SIGHUP)
    try:
        for handler, heeded in ((signal.SIG_DFL, True), (signal.SIG_IGN, False)):
            signal.signal(signal.SIGHUP, handler)
            assert (signal.SIGHUP in ending_signals()) == heeded
            assert {signal.SIGINT, signal.SIGTERM} <= {*ending_signals()}
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [errno.EPIPE, errno.EIO])  # a pipe, a terminal
def test_output_that_closes_ends_the_block(number):
    caught = []
    with output_may_close(caught):
        raise OSError(number, "closed")
    assert caught == [PIPE_CLOSED]
    with pytest.raises(OSError, match="full"), output_may_close(caught):
        raise OSError(errno.ENOSPC, "full")


def test_only_the_named_signals_are_kept_back():
    before = signal.getsignal(signal.SIGTERM)
    with deferred_interruption(lambda: None):
        assert signal.getsignal(signal.SIGTERM) is before


def test_outside_the_main_thread_nothing_changes():
    before, inside = signal.getsignal(signal.SIGINT), []

    def work() -> None:
        with deferred_interruption(lambda: None):
            inside.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert inside == [before]
