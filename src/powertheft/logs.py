"""What the service says of itself, a line each: a request, a step of a job, a defect. Rule of the room: no person.

No name, number, reading, search word or address that holds one is in a line: of a request its rule and not its path, of
an error its kind and the lines of code and not its words. Lines go through the standard library's `logging`, so that
whoever uses powertheft as a library hears nothing unless they ask; structlog writes them where a service is run.
"""

import logging
import re
import secrets
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Literal, TextIO

LogKind = Literal["json", "console", "off"]
LOG_KINDS: tuple[LogKind, ...] = ("json", "console", "off")
ROOM = "powertheft"
SANE_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{7,63}")
"""What a server before this one may call a request: letters, digits, - and _, 8 to 64 of them."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_NUMBER: ContextVar[str | None] = ContextVar("powertheft_request", default=None)
_FIRST = ("time", "level", "event", "request_id")


def request_number(given: str | None) -> str:
    """Return what a request is called: as the server before this one calls it where that is sane, else a new number.

    Examples
    --------
    >>> request_number("9f0c3c52-6b1e")
    '9f0c3c52-6b1e'
    >>> len(request_number("a line of\\nsomebody's own"))
    10
    """
    return given if given and SANE_NUMBER.fullmatch(given) else secrets.token_hex(5)


def known_method(method: str) -> str:
    """Return a request's method, one word for all that HTTP does not know: whoever asks may send any.

    Examples
    --------
    >>> known_method("GET"), known_method("KUMAR")
    ('GET', 'other')
    """
    return method if method in METHODS else "other"


def begin_request(number: str) -> None:
    """Let every line of this thread carry the number, until the next request begins."""
    _NUMBER.set(number)


def tell(log: logging.Logger, event: str, *, level: int = logging.INFO, **told: object) -> None:
    """Write a line: an event in one word, and what belongs to it; nothing of a person."""
    if log.isEnabledFor(level):
        number = _NUMBER.get()
        told = {"request_id": number, **told} if number else told
        words = " ".join((event, *(f"{name}={value}" for name, value in told.items())))
        log.log(level, words, extra={"told": {"event": event, **told}})


def tell_defect(log: logging.Logger, error: BaseException, **told: object) -> None:
    """Write a line of a defect of ours: the kind of the error and where it came from. Its words may quote a reading."""
    tell(log, "defect", level=logging.ERROR, **told, error=type(error).__name__, frames=frames_of(error))


def frames_of(error: BaseException) -> list[str]:
    """Return where an error came from, line by line of our code and others', the innermost last."""
    return [
        f"{frame.filename}, line {frame.lineno}, {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
    ]


class Lines(logging.Handler):
    """Writes lines to a stream, else to what is the error stream when a line comes."""

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__()
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line. Where nobody takes it any more, the work goes on without; the library would show its values."""
        with suppress(OSError, ValueError):
            stream = self._stream or sys.stderr
            stream.write(self.format(record) + "\n")
            stream.flush()


def set_up_logs(kind: LogKind, stream: TextIO | None = None) -> None:
    """Write lines to a stream (the error stream) from now on; with `off` warnings and defects alone, to be read."""
    import structlog  # late: a fifth of a second, and only a service writes lines

    renderer = (
        structlog.processors.JSONRenderer()
        if kind == "json"
        else structlog.dev.ConsoleRenderer(colors=(stream or sys.stderr).isatty(), timestamp_key="time")
    )
    handler = Lines(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            ],
            processors=[_shape, renderer],
            use_get_message=False,
            pass_foreign_args=True,
        )
    )
    root = logging.getLogger()
    root.handlers = [one for one in root.handlers if not isinstance(one, Lines)]
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger(ROOM).setLevel(logging.WARNING if kind == "off" else logging.INFO)


def _shape(_logger: object, _method: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Return a line in the order in which it is read; of a line that is not ours only what cannot hold a value."""
    record: logging.LogRecord = line["_record"]
    told: dict[str, Any] = {"time": line["time"], "level": line["level"]}
    ours: dict[str, Any] | None = vars(record).get("told")
    if ours is not None:
        told |= ours
    else:
        # A library's words may hold anything. The pattern that its words are put into is its own; words without one
        # may have been put together before, so only the place that says them is written.
        told |= {"event": str(record.msg) if line.get("positional_args") else "said by a library"}
        told |= {"logger": record.name, "where": f"{record.module}, line {record.lineno}"}
        error = line["exc_info"][1] if isinstance(line.get("exc_info"), tuple) else None
        if error is not None:
            told |= {"error": type(error).__name__, "frames": frames_of(error)}
    first = {name: told.pop(name) for name in _FIRST if name in told}
    return {**first, **told}
