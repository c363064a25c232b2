"""Alerts and what users say, in each of the databases: one alert a cause, steps as their tables allow."""

import pytest

from powertheft.actions.alerts import LONGEST_CAUSE, raise_alert, settle_alert
from powertheft.domain.alerts import NewAlert
from powertheft.domain.errors import ChoiceError, StateError
from powertheft.domain.feedback import NewFeedback

HITS = NewAlert("hit_rate/theft", "hit_rate", "warning", {"how_bad": "9 of 100 visits"}, "/monitoring/")
LOUD = NewAlert("hit_rate/theft", "hit_rate", "critical", {"how_bad": "2 of 100 visits"}, "/monitoring/")


def test_a_cause_found_again_is_the_same_alert_counted_up_with_the_newest_details(store):
    with store.begin("ana") as work:
        first = work.alerts.raise_alert(HITS)
        again = work.alerts.raise_alert(NewAlert(HITS.cause, HITS.rule, "warning", {"how_bad": "8 of 100"}, "/x"))
        assert [one.number for one in work.alerts.list_alerts()] == [first.number]
    assert (first.times, again.times, again.number) == (1, 2, first.number)
    assert (again.since, again.how_bad, again.link) == (first.since, "8 of 100", "/x")
    assert again.seen_at >= first.seen_at


def test_what_gets_worse_after_somebody_saw_it_is_open_again_and_is_to_be_told_again(store):
    with store.begin("ana") as work:
        number = work.alerts.raise_alert(HITS).number
        work.alerts.mark_sent([number])
        seen = work.alerts.change_state(number, "be acknowledged", reason="on it")
        assert (seen.state, seen.acknowledged_by, seen.sent_at is None) == ("acknowledged", "ana", False)
        assert work.alerts.raise_alert(HITS).state == "acknowledged"
        worse = work.alerts.raise_alert(LOUD)
        assert (worse.state, worse.severity, worse.sent_at) == ("open", "critical", None)
        assert work.alerts.raise_alert(HITS).severity == "critical"


def test_a_cause_that_is_gone_is_resolved_by_the_house_and_comes_back_as_a_new_alert(store):
    with store.begin("ana") as work:
        first = work.alerts.raise_alert(HITS).number
        settle_alert(work, cause=HITS.cause)
        settle_alert(work, cause=HITS.cause)
        settled = work.alerts.get_alert(first)
        assert (settled.state, settled.resolved_by) == ("resolved", "powertheft")
        with pytest.raises(StateError, match="Nothing more can be done"):
            work.alerts.change_state(first, "be resolved", reason="")
        second = work.alerts.raise_alert(HITS)
        assert (second.number, second.times, second.state) == (first + 1, 1, "open")
        assert work.alerts.get_counts() == {"information": 0, "warning": 1, "critical": 0}


def test_two_who_find_the_same_cause_at_once_leave_one_alert(store):
    with store.begin("ana") as first:
        first.alerts.raise_alert(HITS)
    with store.begin("ana") as first, store.read("ben") as reader:
        assert first.alerts.raise_alert(HITS).times == 2
        assert reader.alerts.list_alerts()[0].times == 1


def test_an_alert_that_is_raised_asks_once_for_a_message_and_one_that_is_not_told_for_none(store):
    with store.begin("ana") as work:
        for cause in ("a", "b", "x" * 500):
            raise_alert(work, cause=cause, rule="hit_rate", details={}, link="/")
        raise_alert(work, cause="c", rule="retraining", details={}, link="/")
        assert [job.kind for job in work.jobs.list_jobs()] == ["alert.send"]
        assert max(len(one.cause) for one in work.alerts.list_alerts()) == LONGEST_CAUSE
        settle_alert(work, cause="x" * 500)
        assert len(work.alerts.list_alerts(states=["resolved"])) == 1


def test_what_is_not_there_is_said_so(store):
    with store.begin("ana") as work:
        with pytest.raises(ChoiceError, match="there is no alert 7"):
            work.alerts.get_alert(7)
        with pytest.raises(ChoiceError, match="there is no feedback 7"):
            work.feedback.answer(7, "be done", words="")


def test_what_is_said_is_answered_opened_again_and_counted_unless_it_is_declined(store):
    with store.begin("ravi") as work:
        for feature in ("drop", "drop", "zeros"):
            work.feedback.add(NewFeedback("reason_wrong", f"reason/theft@3/{feature}", "வேறு", {"link": "/p"}))
        work.feedback.add(NewFeedback("not_useful", "plot/loss", "", {}))
        work.feedback.add(NewFeedback("reason_wrong", "reason/theft@30/drop", "", {}))
    with store.begin("ana") as work:
        answered = work.feedback.answer(1, "be done", words="the meter was replaced")
        assert (answered.state, answered.answer, answered.answered_by) == ("done", "the meter was replaced", "ana")
        with pytest.raises(StateError, match="is done, so it cannot be declined"):
            work.feedback.answer(1, "be declined", words="")
        work.feedback.answer(3, "be declined", words="it stands")
        counts = work.feedback.get_counts("reason/theft@3/", kind="reason_wrong")
        assert counts == {"reason/theft@3/drop": 2}
        assert [one.number for one in work.feedback.list_feedback(states=["open"], kind="reason_wrong")] == [5, 2]
        assert len(work.feedback.list_feedback(created_by="ravi")) == 5
        assert work.feedback.answer(1, "be opened again", words="once more").state == "open"
        events = work.audit.list_events(subject="feedback 1")
        assert [event.action for event in events] == ["feedback.open", "feedback.done", "feedback.said"]
        assert "meter" not in str([event.details for event in events])
