"""Raise and settle alerts, look at them, answer them, say whom to tell when.

Rule of the room: put the rooms together, compute nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from powertheft.actions.accounts import HOUSE
from powertheft.actions.house import House
from powertheft.actions.ports import AuditEvent, Json, UnitOfWork
from powertheft.domain.alerts import (
    POLICY,
    RULES,
    SEVERITIES,
    UNSETTLED,
    Alert,
    AlertAct,
    AlertPolicy,
    AlertState,
    NewAlert,
    Severity,
    alert_policy_from_json,
    check_alert_policy,
)
from powertheft.domain.channels import kind_of
from powertheft.domain.errors import ChoiceError, UserError
from powertheft.domain.jobs import Job
from powertheft.settings import read_alert_urls

SEND = "Tell people of alerts"
LONGEST_CAUSE = 300
LONGEST_REASON = 1000
HISTORY = 200


def raise_alert(
    work: UnitOfWork, *, cause: str, rule: str, severity: Severity | None = None, details: Json, link: str
) -> Alert:
    """Say that something calls for somebody, in the transaction that found it; told outside where the policy says so.

    One `cause`, worded alike (as "hit_rate/lists"), is one alert while it is there: found again it counts up, its
    details are refreshed, and it may get worse. `rule` is one of `domain.alerts.RULES`; of `details` the words `what`,
    `how_bad` and `to_do` are shown and sent. `link` is the path of the page to act on.
    """
    new = NewAlert(cause[:LONGEST_CAUSE], rule, severity or RULES[rule].severity, details, link)
    alert = work.alerts.raise_alert(new)
    # In quiet hours, too: the job then tells nobody, and the workers ask again when they end. What is queued does not
    # hang on the clock.
    if read_policy(work).is_owed(alert, datetime.now(UTC)):
        ask_to_send(work)
    return alert


def settle_alert(work: UnitOfWork, *, cause: str) -> None:
    """Resolve the alert of a cause that is gone, in the transaction that found so; nothing where there is none."""
    work.alerts.settle(cause[:LONGEST_CAUSE], by=HOUSE)


def read_policy(work: UnitOfWork) -> AlertPolicy:
    """Return whom to tell when, as it was decided, else as it is from the start."""
    kept = work.policies.get_policy(POLICY)
    try:
        return AlertPolicy() if kept is None else alert_policy_from_json(kept)
    except UserError:
        # Kept on a machine that knows more time zones: better told at another hour than not at all.
        return AlertPolicy()


def ask_to_send(work: UnitOfWork) -> None:
    """Queue one job that sends what is due; one that is queued already sends this too."""
    if not any(job.kind == "alert.send" for job in work.jobs.list_jobs(states=["queued"])):
        work.jobs.enqueue("alert.send", {}, title=SEND)


@dataclass(frozen=True, slots=True)
class AlertPage:
    """One alert and what people and the house did about it, the first first."""

    alert: Alert
    history: Sequence[AuditEvent]


def list_alerts(house: House, *, states: Collection[AlertState] = (), last: int = 200) -> Sequence[Alert]:
    """Return the last alerts: those that call for somebody first, of these the worst first."""
    house.check("job.read")
    with house.read() as work:
        wanted = sorted(UNSETTLED.intersection(states) if states else UNSETTLED)
        unsettled = work.alerts.list_alerts(states=wanted, last=last) if wanted else ()
        settled = work.alerts.list_alerts(states=["resolved"], last=last) if not states or "resolved" in states else ()
    worst_first = sorted(unsettled, key=lambda one: (one.state != "open", -SEVERITIES.index(one.severity), -one.number))
    return [*worst_first, *settled]


def get_alert(house: House, number: int) -> AlertPage:
    """Return one alert with its history."""
    house.check("job.read")
    with house.read() as work:
        alert = work.alerts.get_alert(number)
        events = work.audit.list_events(subject=f"alert {number}", last=HISTORY)
    return AlertPage(alert, events[::-1])


def count_alerts(house: House) -> Mapping[Severity, int]:
    """Return how many are open and not acknowledged, by severity."""
    house.check("job.read")
    with house.read() as work:
        return work.alerts.get_counts()


def answer_alert(house: House, number: int, act: AlertAct, *, reason: str = "") -> Alert:
    """Acknowledge an alert or resolve it, with a word why; its cause may raise it anew."""
    house.check("alert.settle")
    if act not in {"be acknowledged", "be resolved"}:
        raise ChoiceError(f"a person cannot let an alert {act}", advice="Acknowledge or resolve it.")
    if len(reason) > LONGEST_REASON:
        raise ChoiceError("the reason is too long", advice=f"Use at most {LONGEST_REASON} letters.", column="reason")
    with house.begin() as work:
        return work.alerts.change_state(number, act, reason=reason.strip())


def show_alert_policy(house: House) -> tuple[AlertPolicy, tuple[str, ...]]:
    """Return whom to tell when, and the kinds of the channels that the environment of this process names."""
    house.check("setting.change")
    with house.read() as work:
        policy = read_policy(work)
    return policy, tuple(kind_of(address) for address in read_alert_urls())


def keep_alert_policy(house: House, policy: AlertPolicy) -> None:
    """Decide whom to tell when."""
    house.check("setting.change")
    check_alert_policy(policy)
    with house.begin() as work:
        work.policies.keep_policy(POLICY, policy.to_json())


def ask_for_test(house: House) -> Job:
    """Have a message sent that says that it is a test."""
    house.check("setting.change")
    with house.begin() as work:
        return work.jobs.enqueue("alert.send", {"test": True}, title="Send a test message")
