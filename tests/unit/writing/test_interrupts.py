"""Each Ctrl-C is noted, whatever becomes of the KeyboardInterrupt."""

import signal

import pytest

from powertheft.writing.interrupts import held, watch_interrupts


def test_an_interrupt_is_noted_and_raised_as_before() -> None:
    original = signal.getsignal(signal.SIGINT)
    try:
        came = watch_interrupts()
        assert not came()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert came()
    finally:
        signal.signal(signal.SIGINT, original)


def test_one_that_is_held_back_is_raised_at_the_end_of_what_holds_it() -> None:
    steps: list[str] = []

    @held
    def inner() -> None:
        signal.raise_signal(signal.SIGINT)
        steps.append("inner")

    @held
    def outer() -> None:
        inner()
        steps.append("outer")

    with pytest.raises(KeyboardInterrupt):
        outer()
    assert steps == ["inner", "outer"]
