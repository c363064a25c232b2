"""What calls for somebody: alerts, their rules, and when people outside are told. Rule of the room: no library."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from powertheft.domain.errors import ChoiceError
from powertheft.domain.states import next_state

Json = Mapping[str, Any]
AlertState = Literal["open", "acknowledged", "resolved"]
AlertAct = Literal["be acknowledged", "get worse", "be resolved"]
Severity = Literal["information", "warning", "critical"]

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""By rising weight."""

TRANSITIONS: Mapping[AlertState, Mapping[AlertAct, AlertState]] = {
    "open": {"be acknowledged": "acknowledged", "get worse": "open", "be resolved": "resolved"},
    # What got worse after somebody saw it is news again.
    "acknowledged": {"get worse": "open", "be resolved": "resolved"},
    "resolved": {},
}

UNSETTLED: frozenset[AlertState] = frozenset({"open", "acknowledged"})
"""States of an alert whose cause is still there: a cause has one such alert at most."""


@dataclass(frozen=True, slots=True)
class AlertRule:
    """What an alert of this rule says, how bad it is where nobody says otherwise, and what to do.

    `outside` is whether people outside the application are told at all, where the policy tells them.
    """

    title: str
    severity: Severity
    to_do: str
    outside: bool = True


RULES: Mapping[str, AlertRule] = {
    "data_quality": AlertRule(
        "The quality of the data fell",
        "warning",
        "Open the version's quality report and see what changed at the source.",
    ),
    "data_arrival": AlertRule(
        "Data did not come when they were due", "warning", "See that the export is made and that it can be reached."
    ),
    "data_volume": AlertRule(
        "Far more or fewer rows came than usual", "warning", "Compare the files with those of the month before."
    ),
    "input_drift": AlertRule(
        "What the model reads has moved", "warning", "Look at what moved; train anew where the change will stay."
    ),
    "score_drift": AlertRule("The scores have moved", "warning", "Look at what moved before the next list goes out."),
    "estimated_performance": AlertRule(
        "The model is expected to do worse", "warning", "Plan visits from the random quota, and train anew."
    ),
    "hit_rate": AlertRule(
        "Fewer visits find something than promised", "critical", "Look at where it fell; train anew or roll back."
    ),
    "calibration": AlertRule(
        "How likely theft is said to be no longer holds", "warning", "Train anew with the outcomes that came since."
    ),
    "segment": AlertRule(
        "In one part of the network the model does worse", "warning", "Look at that part; visit at random there."
    ),
    "value_recovered": AlertRule(
        "Finds assess less energy than they did", "warning", "Compare the finds; ask whether larger ones are missed."
    ),
    "bill_signs": AlertRule(
        "The bills show signs of another kind of theft", "warning", "Visit some of the connections that show them."
    ),
    "retraining": AlertRule(
        "A model was trained anew, or should be", "information", "Look at its report and say whether it is tried."
    ),
    "trial": AlertRule(
        "A trial of two models has something to say",
        "information",
        "Read the comparison and decide which makes the lists.",
    ),
    "promotion": AlertRule(
        "Another model makes the lists now", "information", "See that it is the one you want; roll back where not."
    ),
    "job_failed": AlertRule("A job failed", "warning", "Read why, mend that, and run it again."),
    "schedule_failed": AlertRule(
        "Work that comes again failed twice in a row", "critical", "Read why, mend that, and run it again."
    ),
    "disk_nearly_full": AlertRule(
        "The disk is nearly full", "critical", "Delete old versions and scorings, or give the house more room."
    ),
    # Of this one nobody outside can be told, for the reason that it states.
    "not_told": AlertRule(
        "A message could not be sent",
        "warning",
        "Check the address of the channel and send a test message.",
        outside=False,
    ),
}
"""Every rule that raises alerts; what watches names one of them."""

GONE = AlertRule("Something calls for somebody", "warning", "Look there.")
"""What stands for a rule that another version of powertheft had."""


@dataclass(frozen=True, slots=True)
class NewAlert:
    """A cause to be told of. The same cause, worded alike, is the same alert while it is there.

    Of `details` these words are shown: `what` (the sentence, else the rule's title), `how_bad` (with its numbers) and
    `to_do` (else the rule's). No connection, name or number of a person is in any of them: they leave the house.
    """

    cause: str
    rule: str
    severity: Severity
    details: Json
    link: str


@dataclass(frozen=True, slots=True)
class Alert:
    """One cause, since when it is there, how often it was found, and what people did about it."""

    number: int
    cause: str
    rule: str
    severity: Severity
    state: AlertState
    details: Json
    link: str
    since: datetime
    seen_at: datetime
    times: int
    sent_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None

    @property
    def what(self) -> str:
        """Return what is the matter, in a sentence."""
        return str(self.details.get("what") or rule_of(self.rule).title)

    @property
    def how_bad(self) -> str:
        """Return how bad it is, with its numbers; nothing where nobody measured it."""
        return str(self.details.get("how_bad") or "")

    @property
    def to_do(self) -> str:
        """Return what somebody should do."""
        return str(self.details.get("to_do") or rule_of(self.rule).to_do)


def rule_of(name: str) -> AlertRule:
    """Return a rule, `GONE` for one that is not there any more."""
    return RULES.get(name, GONE)


def next_alert_state(number: int, *, state: AlertState, act: AlertAct) -> AlertState:
    """Return where an act leads an alert.

    Examples
    --------
    >>> next_alert_state(4, state="open", act="be acknowledged")
    'acknowledged'
    >>> next_alert_state(4, state="acknowledged", act="be acknowledged")
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.StateError: alert 4 is acknowledged, so it cannot be acknowledged. What can be done with...
    """
    return next_state(TRANSITIONS, f"alert {number}", state=state, act=act)


def is_worse(severity: Severity, than: Severity) -> bool:
    """Return whether one severity weighs more than another.

    Examples
    --------
    >>> is_worse("critical", than="warning"), is_worse("warning", than="warning")
    (True, False)
    """
    return SEVERITIES.index(severity) > SEVERITIES.index(than)


def absent_alert(number: int) -> ChoiceError:
    """Return the refusal of an alert that is not there."""
    return ChoiceError(f"there is no alert {number}", advice="Look for it in the list of alerts.")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When nobody is told, but of what may go through; over midnight where they end before they begin.

    Where both are the same there are none. `zone` is a time zone as Asia/Kolkata; without one, the machine's.
    """

    begin: str = "21:00"
    end: str = "07:00"
    through: tuple[Severity, ...] = ("critical",)
    zone: str = ""

    def holds_back(self, severity: Severity, now: datetime) -> bool:
        """Return whether such an alert waits at a moment.

        Examples
        --------
        >>> night = datetime.fromisoformat("2026-03-12T02:00+05:30")
        >>> QuietHours(zone="Asia/Kolkata").holds_back("warning", night)
        True
        >>> QuietHours(zone="Asia/Kolkata").holds_back("critical", night)
        False
        """
        if severity in self.through:
            return False
        clock = now.astimezone(ZoneInfo(self.zone) if self.zone else None).time()
        begin, end = time.fromisoformat(self.begin), time.fromisoformat(self.end)
        if begin <= end:
            return begin <= clock < end
        return clock >= begin or clock < end


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """Of which severities people outside are told, when not, and after how many days again (0: never)."""

    told: tuple[Severity, ...] = ("warning", "critical")
    quiet: QuietHours = field(default_factory=QuietHours)
    repeat_after_days: int = 7

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain data.

        Examples
        --------
        >>> alert_policy_from_json(AlertPolicy(repeat_after_days=3).to_json()).repeat_after_days
        3
        """
        plain = asdict(self)
        plain["told"], plain["quiet"]["through"] = list(self.told), list(self.quiet.through)
        return plain

    def is_told(self, alert: Alert) -> bool:
        """Return whether people outside hear of such an alert at all."""
        return alert.severity in self.told and rule_of(alert.rule).outside

    def is_owed(self, alert: Alert, now: datetime) -> bool:
        """Return whether people outside are to be told of an alert, be it after the quiet hours: at first, or again."""
        if alert.state != "open" or not self.is_told(alert):
            return False
        if alert.sent_at is None:
            return True
        return self.repeat_after_days > 0 and now - alert.sent_at >= timedelta(days=self.repeat_after_days)

    def is_due(self, alert: Alert, now: datetime) -> bool:
        """Return whether people outside are to be told of an alert now."""
        return self.is_owed(alert, now) and not self.quiet.holds_back(alert.severity, now)


POLICY = "alerts"
"""The name under which the policy is kept."""

MOST_DAYS = 366


def alert_policy_from_json(plain: Json) -> AlertPolicy:
    """Return the policy that `to_json` wrote, checked."""
    quiet: dict[str, Any] = dict(plain["quiet"])
    quiet["through"] = tuple(quiet["through"])
    policy = AlertPolicy(tuple(plain["told"]), QuietHours(**quiet), plain["repeat_after_days"])
    check_alert_policy(policy)
    return policy


def check_alert_policy(policy: AlertPolicy) -> None:
    """Refuse a policy that cannot be followed.

    Examples
    --------
    >>> check_alert_policy(AlertPolicy(quiet=QuietHours(begin="9 pm")))
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.ChoiceError: column begin: '9 pm' is no time of day. Write hours and minutes, as in 21:00.
    """
    for severity in (*policy.told, *policy.quiet.through):
        if severity not in SEVERITIES:
            raise ChoiceError(f"{severity!r} is no severity", advice=f"Write {', '.join(SEVERITIES)}.")
    for column, written in (("begin", policy.quiet.begin), ("end", policy.quiet.end)):
        try:
            moment = time.fromisoformat(written)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is not None:
            advice = "Write hours and minutes, as in 21:00."
            raise ChoiceError(f"{written!r} is no time of day", advice=advice, column=column)
    _check_zone(policy.quiet.zone)
    if not 0 <= policy.repeat_after_days <= MOST_DAYS:
        what = f"a message cannot be sent again after {policy.repeat_after_days} days"
        raise ChoiceError(what, advice=f"Write 0 for never, or up to {MOST_DAYS}.", column="repeat_after_days")


def _check_zone(zone: str) -> None:
    try:
        if zone:
            ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        advice = "Write it as in Asia/Kolkata, or leave it out for the machine's own."
        raise ChoiceError(f"{zone!r} is no time zone", advice=advice, column="zone") from None
