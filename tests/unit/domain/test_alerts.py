"""When people outside are told: by severity, outside quiet hours, once for a cause, and again after some days."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from powertheft.domain.alerts import (
    RULES,
    SEVERITIES,
    Alert,
    AlertPolicy,
    QuietHours,
    alert_policy_from_json,
    check_alert_policy,
)
from powertheft.domain.errors import ChoiceError

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)
ALERT = Alert(1, "a", "hit_rate", "warning", "open", {}, "/", since=NOON, seen_at=NOON, times=1)
UTC_NIGHT = QuietHours("21:00", "07:00", ("critical",), "UTC")


@pytest.mark.parametrize(
    ("quiet", "clock", "waits"),
    [
        (UTC_NIGHT, "20:59", False),
        (UTC_NIGHT, "21:00", True),
        (UTC_NIGHT, "23:59", True),
        (UTC_NIGHT, "00:00", True),
        (UTC_NIGHT, "06:59", True),
        (UTC_NIGHT, "07:00", False),
        (replace(UTC_NIGHT, begin="12:00", end="14:00"), "13:00", True),
        (replace(UTC_NIGHT, begin="12:00", end="14:00"), "14:00", False),
        (replace(UTC_NIGHT, begin="12:00", end="12:00"), "12:00", False),
        (replace(UTC_NIGHT, zone="Asia/Kolkata"), "15:29", False),
        (replace(UTC_NIGHT, zone="Asia/Kolkata"), "15:30", True),
        (replace(UTC_NIGHT, zone="Asia/Kolkata"), "01:30", False),
    ],
)
def test_quiet_hours_pass_midnight_and_follow_the_clock_of_their_zone(quiet, clock, waits):
    now = datetime.fromisoformat(f"2026-03-12T{clock}+00:00")
    assert quiet.holds_back("warning", now) is waits
    assert quiet.holds_back("critical", now) is False


@pytest.mark.parametrize(
    ("change", "after_days", "is_due"),
    [
        ({}, 0, True),
        ({"severity": "information"}, 0, False),
        ({"state": "acknowledged"}, 0, False),
        ({"state": "resolved"}, 0, False),
        ({"sent_at": NOON}, 6, False),
        ({"sent_at": NOON}, 7, True),
        ({"rule": "not_told"}, 0, False),
    ],
)
def test_one_cause_is_told_once_and_again_after_a_week_while_nobody_has_seen_it(change, after_days, is_due):
    policy = AlertPolicy(quiet=UTC_NIGHT)
    assert policy.is_due(replace(ALERT, **change), NOON + timedelta(days=after_days)) is is_due


def test_what_is_never_told_again_is_not():
    policy = AlertPolicy(quiet=UTC_NIGHT, repeat_after_days=0)
    assert not policy.is_due(replace(ALERT, sent_at=NOON), NOON + timedelta(days=900))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"told": ("loud",)}, "'loud' is no severity"),
        ({"quiet": QuietHours(through=("loud",))}, "'loud' is no severity"),
        ({"quiet": QuietHours(begin="")}, "'' is no time of day"),
        ({"quiet": QuietHours(end="25:00")}, "'25:00' is no time of day"),
        ({"quiet": QuietHours(end="07:00+05:30")}, "is no time of day"),
        ({"quiet": QuietHours(zone="../etc/passwd")}, "is no time zone"),
        ({"repeat_after_days": -1}, "after -1 days"),
    ],
)
def test_a_policy_that_cannot_be_followed_is_refused(change, words):
    with pytest.raises(ChoiceError, match=words):
        check_alert_policy(AlertPolicy(**change))
    with pytest.raises(ChoiceError, match=words):
        alert_policy_from_json(AlertPolicy(**change).to_json())


def test_each_rule_says_what_and_what_to_do_and_has_a_severity():
    for rule in RULES.values():
        assert rule.severity in SEVERITIES
        assert rule.title[0].isupper()
        assert rule.to_do.endswith(".")
