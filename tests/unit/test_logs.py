"""The lines of the service: their shape, and what must not be in them."""

import io
import json
import logging

import pytest

from powertheft.domain.errors import ChoiceError
from powertheft.logs import begin_request, request_number, set_up_logs, tell, tell_defect
from powertheft.settings import read_log

SECRET = "consumer 04711 of Mr Kumar"
OURS, THEIRS = logging.getLogger("powertheft.test"), logging.getLogger("library")


@pytest.fixture
def written():
    """Set the logs up for a test, and put everything back after it."""
    root, ours = logging.getLogger(), logging.getLogger("powertheft")
    kept = list(root.handlers), root.level, ours.level

    def set_up(kind: str) -> io.StringIO:
        stream = io.StringIO()
        set_up_logs(kind, stream)
        return stream

    yield set_up
    root.handlers = kept[0]
    root.setLevel(kept[1])
    ours.setLevel(kept[2])
    begin_request("")


def lines(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_time_level_event_and_the_number_of_the_request(written):
    stream = written("json")
    begin_request("9f0c3c526b")
    tell(OURS, "request", method="GET", route="/jobs/", status=200)
    (line,) = lines(stream)
    assert list(line) == ["time", "level", "event", "request_id", "method", "route", "status"]
    assert line["time"].endswith("Z")
    assert (line["level"], line["event"], line["request_id"]) == ("info", "request", "9f0c3c526b")


def test_a_defect_is_told_by_its_kind_and_lines_of_code_and_not_by_its_words(written):
    stream = written("json")
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        tell_defect(OURS, error, job=7)
    (line,) = lines(stream)
    assert (line["level"], line["event"], line["error"], line["job"]) == ("error", "defect", "ValueError", 7)
    assert line["frames"][-1].endswith("test_a_defect_is_told_by_its_kind_and_lines_of_code_and_not_by_its_words")
    assert "Kumar" not in stream.getvalue()


def test_of_a_library_only_the_pattern_of_its_words_and_the_place_are_told(written):
    stream = written("json")
    THEIRS.warning("no answer for %s", SECRET)
    THEIRS.warning(f"no answer for {SECRET}")
    try:
        raise KeyError(SECRET)
    except KeyError:
        THEIRS.exception(SECRET)
    pattern, put_together, failed = lines(stream)
    assert pattern["event"] == "no answer for %s"
    assert put_together["event"] == "said by a library"
    assert (put_together["logger"], failed["error"]) == ("library", "KeyError")
    assert "test_logs, line" in put_together["where"]
    assert "Kumar" not in stream.getvalue()


def test_off_leaves_defects_and_warnings_and_console_is_for_people(written):
    stream = written("off")
    tell(OURS, "request", route="/jobs/")
    assert not stream.getvalue()
    tell(OURS, "job", level=logging.WARNING, state="failed")
    assert "state=failed" in stream.getvalue()
    stream = written("console")
    tell(OURS, "request", route="/jobs/")
    assert "route=/jobs/" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


@pytest.mark.parametrize("given", ["9f0c3c52", "2b7d1c1e-8f0a-4b7e-9a3e-0d9f5b7c1a2d", "A_b-" * 16])
def test_a_sane_number_of_the_server_before_is_kept(given):
    assert request_number(given) == given


@pytest.mark.parametrize(
    "given", [None, "", "short", "a" * 65, "-begins", "two words", "a\nline{}", "Kumaர்ரர்ர", "1;2;3;4;5"]
)
def test_any_other_is_replaced(given):
    assert request_number(given) != given
    assert len(request_number(given)) == 10


def test_the_kind_is_read_from_the_environment():
    assert read_log({}) == "off"
    assert read_log({"POWERTHEFT_LOG": "JSON"}) == "json"
    with pytest.raises(ChoiceError, match=r"POWERTHEFT_LOG is 'loud'\. Write one of json, console, off"):
        read_log({"POWERTHEFT_LOG": "loud"})
