"""Text of any encoding, brought to UTF-8 and line ends that the fast readers know. Rule of the room: rename nothing."""

import codecs
import io
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from powertheft.sources.dialects import UTF8, WINDOWS, find_encoding
from powertheft.sources.limits import CHUNK, HEAD
from powertheft.sources.opened import Found

EXCEL = ("is an Excel or ZIP file, not text", "Save the sheet as CSV (UTF-8).")
FOREIGN = {
    b"PK\x03\x04": EXCEL,
    b"\xd0\xcf\x11\xe0": ("is an old Excel file, not text", "Save the sheet as CSV (UTF-8)."),
    b"PAR1": ("is a Parquet file, not text", "Let its name end in .parquet."),
    b"%PDF": ("is a PDF, not a table", "Ask for the export as CSV or Excel."),
    b"{\\rtf": ("is a text document, not a table", "Ask for the export as CSV or Excel."),
}
HTML = (b"<!doctype", b"<html", b"<table", b"<?xml")
CONTROL = bytes({*range(9), 11, *range(14, 32)} - {0x1A, 0x1B, 0x1F})
"""Codes that no text has, so that what was taken for Windows-1252 is none."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A text as a file of UTF-8, and the encoding it came in."""

    path: Path
    encoding: str
    notes: tuple[str, ...] = ()


@contextmanager
def open_text(path: Path) -> Generator[io.TextIOWrapper, None, None]:
    """Open text in UTF-8; bytes that are none come through as surrogates, to be found by their row."""
    with path.open("r", encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        yield text


def check_is_text(found: Found, head: bytes) -> None:
    """Refuse what is another kind of file by its first bytes."""
    for magic, (what, advice) in FOREIGN.items():
        if head.startswith(magic):
            raise found.refusal(what, advice)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(HTML):
        raise found.refusal("is a web page (HTML), not a table", "Open it in Excel and save it as CSV or .xlsx.")


def plain_text(found: Found) -> Plain:
    """Return the text as UTF-8: the file itself where it is that already, else a copy in scratch."""
    with found.path.open("rb") as stream:
        head = stream.read(HEAD)
    check_is_text(found, head)
    encoding = find_encoding(head)
    if encoding == "utf-32":
        raise found.refusal("is text in UTF-32", "Save it as CSV (UTF-8).")
    if encoding != UTF8:
        if found.strict:
            raise found.refusal("is text in UTF-16, not UTF-8", "Save it as CSV (UTF-8).")
        return _transcoded(found, encoding)
    if b"\r" in head and b"\n" not in head:
        return _transcoded(found, UTF8)
    return Plain(found.path, UTF8)


def from_windows(found: Found, plain: Plain) -> Plain:
    """Return a text that turned out not to be UTF-8 read as Windows-1252; refuse it, with the row, if it is neither."""
    first, whole, broken = _count_kinds(found.path)
    if found.strict:
        raise found.refusal("is not text in UTF-8", "Save it as CSV (UTF-8).", row=first)
    if whole * 10 > broken:
        what = "mixes UTF-8 with another encoding"
        raise found.refusal(what, "Save it again, all of it, as CSV (UTF-8).", row=first)
    read = _transcoded(found, WINDOWS)
    return Plain(read.path, WINDOWS, (*plain.notes, "is no UTF-8; it was read as Windows-1252"))


def _count_kinds(path: Path) -> tuple[int, int, int]:
    """Return the first row that is no UTF-8, the number of foreign letters that are, and of bytes that are not."""
    first, whole, broken, lines, tail = 0, 0, 0, 1, b""
    with path.open("rb") as stream:
        while (chunk := stream.read(CHUNK)) or tail:
            buffer = tail + chunk
            cut = (buffer.rfind(b"\n") + 1 if chunk else 0) or len(buffer)
            buffer, tail = buffer[:cut], buffer[cut:]
            text = buffer.decode("utf-8", "ignore")
            whole += len(text) - len(text.encode("ascii", "ignore"))
            lost = len(buffer) - len(text.encode("utf-8"))
            if lost and not first:
                first = lines + _start_of_damage(buffer)
            broken += lost
            lines += buffer.count(b"\n")
    return first or lines, whole, broken


def _start_of_damage(data: bytes) -> int:
    """Return how many lines stand before the first byte that is no UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return data.count(b"\n", 0, error.start)
    return 0


def _transcoded(found: Found, encoding: str) -> Plain:
    target = found.scratch.new(".csv")
    decode = codecs.getincrementaldecoder(encoding)(errors="strict")
    lines, ends = 1, _LineEnds()
    try:
        with found.path.open("rb") as source, target.open("wb") as copy:
            chunk = source.read(CHUNK)
            while chunk:
                following = source.read(CHUNK)
                text = ends.unify(decode.decode(chunk, final=not following))
                if encoding == WINDOWS and len(chunk.translate(None, CONTROL)) < len(chunk):
                    raise found.refusal("is not a text file", "Save it as CSV (UTF-8).", row=None)
                lines += text.count("\n")
                with found.scratch.writing():
                    copy.write(text.encode("utf-8"))
                chunk = following
    except UnicodeError as error:
        what = "is not text in UTF-8" if encoding in {UTF8, WINDOWS} else "is text in UTF-16 that is cut or damaged"
        raise found.refusal(what, "Save it as CSV (UTF-8).", row=None if lines == 1 else lines) from error
    return Plain(target, encoding)


class _LineEnds:
    """Turns every kind of line end into one, also where the two letters of one lie in two chunks."""

    def __init__(self) -> None:
        self._ended_in_return = False
        self._is_first = True

    def unify(self, text: str) -> str:
        if self._is_first:
            text = text.removeprefix("\ufeff")
            self._is_first = not text
        if self._ended_in_return and text.startswith("\n"):
            text = text[1:]
        if text:
            self._ended_in_return = text.endswith("\r")
        return text.replace("\r\n", "\n").replace("\r", "\n")
