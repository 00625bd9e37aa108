"""An interruption inside the block is asked for politely; a second one insists; handlers are put back."""

import signal
import threading

import pytest

from began_lib.machine import interruption
from began_lib.machine.interruption import deferred_interruption


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
