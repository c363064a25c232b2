"""Trials and policies in the database, under several who write at once."""

import pytest

from powertheft.domain.errors import ChoiceError, StateError


def begin(work, number=2):
    return work.trials.begin_trial("theft", champion="theft@1", challenger=f"theft@{number}", details={"why": "age"})


def test_a_model_has_one_trial_at_a_time_and_the_next_after_it(store):
    with store.begin("ana") as work:
        first = begin(work)
        assert (first.state, first.looks, first.begun_by) == ("running", 0, "ana")
        with pytest.raises(StateError, match="a trial of theft runs already"):
            begin(work, 3)
        work.trials.begin_trial("other", champion="other@1", challenger="other@2", details={})
        ended = work.trials.end_trial(first.number, "be given up", reason="no better")
        assert (ended.state, ended.details["reason"]) == ("given up", "no better")
        assert ended.ended_at is not None
        assert work.trials.get_running("theft") is None
        with pytest.raises(StateError, match="is given up, so it cannot be promoted"):
            work.trials.end_trial(first.number, "be promoted", reason="late")
        second = begin(work, 3)
    with store.read("ana") as work:
        assert work.trials.get_running("theft") == second
        assert [one.number for one in work.trials.list_trials(model="theft")] == [second.number, first.number]
        assert [one.model for one in work.trials.list_trials(states=["running"])] == ["theft", "other"]
        with pytest.raises(ChoiceError, match="there is no trial 99"):
            work.trials.get_trial(99)


def test_a_newer_challenger_takes_the_place_of_the_one_before(store):
    with store.begin("ana") as work:
        seen = begin(work)
        renewed = work.trials.renew_trial(work.trials.renew_trial(seen, "theft@3"), "theft@4")
        assert (renewed.challenger, renewed.before, renewed.looks) == ("theft@4", ("theft@2", "theft@3"), 0)
        assert renewed.details["why"] == "age"
        assert work.trials.get_running("theft") == renewed
        work.trials.end_trial(seen.number, "be given up", reason="no better")
        with pytest.raises(StateError, match="somebody else has looked"):
            work.trials.renew_trial(renewed, "theft@5")


def test_of_two_who_look_at_once_one_counts(store):
    with store.begin("ana") as work:
        seen = begin(work)
    with store.begin("ana") as work:
        looked = work.trials.note_look(seen, {"decision": "go on"})
    assert (looked.looks, looked.details["seen"]) == (1, [{"decision": "go on"}])
    with pytest.raises(StateError, match="somebody else has looked at trial"), store.begin("ben") as work:
        work.trials.note_look(seen, {"decision": "promote"})
    with store.read("ana") as work:
        assert work.trials.get_trial(seen.number) == looked


def test_a_policy_is_replaced_and_what_stood_there_stays_in_the_trail(store):
    with store.begin("ana") as work:
        assert work.policies.get_policy("promotion/theft") is None
        work.policies.keep_policy("promotion/theft", {"looks": 2})
        work.policies.keep_policy("promotion_theft", {"looks": 9})
    with store.begin("ben") as work:
        kept = work.policies.keep_policy("promotion/theft", {"looks": 3})
        assert (kept.content, kept.changed_by) == ({"looks": 3}, "ben")
        work.policies.keep_policy("retraining/theft", {"months": 6})
    with store.read("ana") as work:
        assert [one.name for one in work.policies.list_policies("promotion/")] == ["promotion/theft"]
        assert work.policies.get_policy("promotion/theft") == {"looks": 3}
        [last, *_] = work.audit.list_events(subject="policy promotion/theft")
        assert last.details == {"content": {"looks": 3}, "before": {"looks": 2}}
