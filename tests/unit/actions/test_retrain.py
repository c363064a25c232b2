"""When a model is trained anew by itself: for each cause once, whoever looks and however often."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from powertheft.actions.alerts import raise_alert
from powertheft.actions.ports import NewModelVersion, NewScoring, NewVersion
from powertheft.actions.retrain import get_retraining, keep_retraining, mind_models, queue_retraining
from powertheft.actions.try_challenger import begin_trial
from powertheft.actions.work_jobs import training_choices_from_json
from powertheft.domain.errors import AccessError, ChoiceError
from powertheft.domain.permissions import ROLES, Actor
from powertheft.domain.retraining import RetrainingPolicy

NOW = datetime.now(UTC)
CHOSEN = {"seed": 7, "capacity": "2%", "cutoff": "f1", "split": "consumer", "settings": ["trees=60"]}
ONLY_ALERTS = RetrainingPolicy(months=None, outcomes=None)


@pytest.fixture
def theft(house):
    """A champion that was trained on bills@1, of which there is a second version by now."""
    with house.begin() as work:
        for number in (1, 2):
            work.datasets.add_version("bills", NewVersion(f"{number}" * 64, f"bills/{number}", {}, {}, "0123abcd"))
        work.models.add_version("theft", NewModelVersion("theft/v-1", "bills@1", "logistic-regression", CHOSEN, {}))
        work.models.change_state("theft", 1, "be promoted", reason="first")
    return house


def alarm(house, cause, rule="hit_rate"):
    with house.begin() as work:
        return raise_alert(work, cause=cause, rule=rule, details={}, link="/monitoring")


def test_age_leads_to_one_training_with_the_champions_choices_on_the_newest_data(theft):
    keep_retraining(theft, "theft", RetrainingPolicy(months=6, alerts=(), outcomes=None))
    assert queue_retraining(theft, NOW + timedelta(days=150)) == []
    [job] = queue_retraining(theft, NOW + timedelta(days=190))
    assert queue_retraining(theft, NOW + timedelta(days=400)) == []
    assert (job.kind, job.arguments["dataset"]) == ("model.retrain", "bills@2")
    choices = training_choices_from_json(job.arguments["choices"])
    assert (choices.algorithm, choices.seed, choices.capacity) == ("logistic-regression", 7, "2%")
    assert choices.settings == ("trees=60",)
    assert choices.half_life == "auto"
    assert job.title == "Train theft anew: theft@1 is 6 months old"


def test_an_open_alert_of_the_model_or_its_data_leads_to_one_training_each(theft):
    keep_retraining(theft, "theft", ONLY_ALERTS)
    alarm(theft, "watch/hit_rate/other@1")
    alarm(theft, "watch/data_arrival/bills", "data_arrival")
    assert queue_retraining(theft, NOW) == []
    alarm(theft, "watch/hit_rate/theft@1")
    alarm(theft, "watch/hit_rate/theft@1")
    assert [job.arguments["cause"] for job in queue_retraining(theft, NOW)] == ["an alert of hit rate is open"]
    assert queue_retraining(theft, NOW) == []
    alarm(theft, "watch/bill_signs/bills", "bill_signs")
    assert [job.arguments["cause"] for job in queue_retraining(theft, NOW)] == ["an alert of bill signs is open"]


def test_while_a_trial_runs_its_challenger_is_taught_anew_unless_a_person_is_asked_to_decide(theft):
    keep_retraining(theft, "theft", ONLY_ALERTS)
    with theft.begin() as work:
        taught = {**CHOSEN, "half_life": "auto"}
        work.models.add_version("theft", NewModelVersion("theft/v-2", "bills@2", "logistic-regression", taught, {}))
        work.scorings.add_scoring(NewScoring("s-1", "bills@1", "theft@1", 3, {}))
    begin_trial(theft, "theft@2", reason="the first challenger")
    alarm(theft, "watch/hit_rate/theft@1")
    asked = alarm(theft, "trial/theft", "trial")
    assert queue_retraining(theft, NOW) == []
    with theft.begin() as work:
        work.alerts.change_state(asked.number, "be resolved", reason="promoted later")
    assert len(queue_retraining(theft, NOW)) == 1


@pytest.mark.parametrize(("algorithm", "begins"), [("lightgbm", True), ("logistic-regression", False)])
def test_a_challenger_of_another_kind_and_a_policy_without_trials_leave_a_running_one_alone(theft, algorithm, begins):
    keep_retraining(theft, "theft", replace(ONLY_ALERTS, begin_trial=begins))
    with theft.begin() as work:
        work.models.add_version("theft", NewModelVersion("theft/v-2", "bills@2", algorithm, CHOSEN, {}))
        work.scorings.add_scoring(NewScoring("s-1", "bills@1", "theft@1", 3, {}))
    begin_trial(theft, "theft@2", reason="the first challenger")
    alarm(theft, "watch/hit_rate/theft@1")
    assert queue_retraining(theft, NOW) == []


def test_the_schedule_looks_once_a_minute_and_nothing_happens_without_a_policy(theft):
    alarm(theft, "watch/hit_rate/theft@1")
    assert mind_models(theft, NOW) == []
    keep_retraining(theft, "theft", ONLY_ALERTS)
    assert mind_models(theft, NOW + timedelta(seconds=30)) == []
    assert len(mind_models(theft, NOW + timedelta(seconds=61))) == 1
    keep_retraining(theft, "theft", None)
    assert get_retraining(theft, "theft") is None


@pytest.mark.parametrize(
    ("policy", "column"),
    [
        (RetrainingPolicy(months=0), "months"),
        (RetrainingPolicy(outcomes=3), "outcomes"),
        (RetrainingPolicy(alerts=("disk_nearly_full",)), "alerts"),
        (RetrainingPolicy(months=None, alerts=(), outcomes=None), "months"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(theft, policy, column):
    with pytest.raises(ChoiceError) as refused:
        keep_retraining(theft, "theft", policy)
    assert refused.value.column == column


def test_who_may_not_promote_writes_no_policy(theft):
    with pytest.raises(AccessError):
        keep_retraining(theft.for_actor(Actor("zoe", ROLES["analyst"])), "theft", RetrainingPolicy())
