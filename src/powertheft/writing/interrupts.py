"""Ctrl-C held back from the steps that must not be cut in two. Rule of the room: know nothing of what is written.

`try` and `finally` are not enough. Ctrl-C may come between what makes a file and the `try` after it, and it may come
again in the `finally`: even one Ctrl-C does, where Polars is at work, since Polars raises KeyboardInterrupt by itself
and Python does so once more at the next byte code. Here it is the handler of the signal that decides, by the functions
that are on the stack at that moment, so that no byte code is left where it could go wrong.
"""

import ctypes
import os
import signal
import threading
from collections.abc import Callable
from functools import wraps
from inspect import currentframe
from types import CodeType, FrameType
from typing import ParamSpec, TypeVar

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")
_Handler = Callable[[int, FrameType | None], object]

_HOLDING: set[CodeType] = set()
_STOPPABLE: set[CodeType] = set()
_LIBRARY = ctypes.CDLL(None) if os.name == "posix" else None
_ROOM_FOR_AN_ACTION = 1024
"""More bytes than `struct sigaction` has anywhere: it is copied, not read."""


class _Held:
    """What is remembered while Ctrl-C is held back: who handled it before, and whether it came."""

    handler: _Handler = staticmethod(signal.default_int_handler)
    came: bool = False


def held(function: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
    """Hold Ctrl-C back while the function runs, except inside what is `stoppable`; if it came, raise it at the end.

    In a thread other than the main one nothing is needed: Python raises KeyboardInterrupt in the main thread only.
    """

    def holding(*given: _Given.args, **named: _Given.kwargs) -> _Result:
        outermost = _take_over()
        try:
            return function(*given, **named)
        finally:
            _give_back(outermost=outermost)

    _HOLDING.add(holding.__code__)
    return wraps(function)(holding)


def stoppable(function: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
    """Let Ctrl-C through while the function runs, although a caller of it holds it back."""

    def stopping(*given: _Given.args, **named: _Given.kwargs) -> _Result:
        _raise_if_it_came(currentframe())
        return function(*given, **named)

    _STOPPABLE.add(stopping.__code__)
    return wraps(function)(stopping)


def watch_interrupts() -> Callable[[], bool]:
    """Note from now on each Ctrl-C, beside what handles it; the answer says whether one came.

    A library may swallow KeyboardInterrupt, or raise another error in its place; then only this tells why it failed.
    """
    # Not an Event: its lock would be waited for without end where a second Ctrl-C comes while the first is noted.
    came: list[int] = []
    earlier = signal.getsignal(signal.SIGINT)
    if callable(earlier):

        def note(number: int, frame: FrameType | None) -> None:
            came.append(number)
            earlier(number, frame)

        _handle_by(note)
    return lambda: bool(came)


def _on_interrupt(number: int, frame: FrameType | None) -> None:
    if _is_held(frame):
        _Held.came = True
    else:
        _Held.handler(number, frame)


def _is_held(frame: FrameType | None) -> bool:
    """Whether the innermost of our functions on the stack is one that holds Ctrl-C back."""
    while frame is not None:
        if frame.f_code in _HOLDING:
            return True
        if frame.f_code in _STOPPABLE:
            return False
        frame = frame.f_back
    return False


def _take_over() -> bool:
    """Become the handler of Ctrl-C; False where that is not needed or somebody wants it to be ignored."""
    if threading.current_thread() is not threading.main_thread():
        return False
    earlier = signal.getsignal(signal.SIGINT)
    if earlier is _on_interrupt or not callable(earlier):
        return False
    _Held.handler, _Held.came = earlier, False
    _handle_by(_on_interrupt)
    return True


def _give_back(*, outermost: bool) -> None:
    if outermost:
        _handle_by(_Held.handler)
    # Two steps up: past the function that has ended, to the one that called it, which may hold Ctrl-C back itself.
    here = currentframe()
    ended = here.f_back if here else None
    _raise_if_it_came(ended.f_back if ended else None)


def _raise_if_it_came(frame: FrameType | None) -> None:
    if _Held.came and threading.current_thread() is threading.main_thread() and not _is_held(frame):
        _Held.came = False
        _Held.handler(signal.SIGINT, frame)


def _handle_by(handler: _Handler) -> None:
    """Name the Python function that handles Ctrl-C, and leave the process's own handler as it is.

    `signal.signal` replaces both. But Polars has put its handler before Python's, so that a long query can be stopped.
    """
    if _LIBRARY is None:
        signal.signal(signal.SIGINT, handler)
        return
    action = ctypes.create_string_buffer(_ROOM_FOR_AN_ACTION)
    _LIBRARY.sigaction(int(signal.SIGINT), None, action)
    try:
        signal.signal(signal.SIGINT, handler)
    finally:
        _LIBRARY.sigaction(int(signal.SIGINT), action, None)
