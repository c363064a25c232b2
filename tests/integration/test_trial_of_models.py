"""The loop on a small utility: list, visits, outcomes, a new training that learns from them, a trial, a promotion.

The tests of this module follow each other, as the months do.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

import polars as pl
import pytest

from powertheft.actions import inspections
from powertheft.actions.compare_shadow import compare_in_shadow
from powertheft.actions.house import House
from powertheft.actions.labels_of_house import TaughtVersion, with_outcomes
from powertheft.actions.model_versions import (
    change_model_version,
    get_model_version,
    list_model_versions,
    train_version,
)
from powertheft.actions.retrain import keep_retraining, outcomes_since, queue_retraining, retrain_version
from powertheft.actions.scorings import get_scoring, list_scorings
from powertheft.actions.show_model import read_report
from powertheft.actions.train_model import TrainingChoices
from powertheft.actions.try_challenger import (
    begin_trial,
    end_trial,
    get_trial,
    keep_promotion,
    list_trials,
    look_at_trial,
    mind_trials,
)
from powertheft.domain.errors import ChoiceError, StateError
from powertheft.domain.inspections import Case, Finding
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.domain.promotion import PromotionPolicy
from powertheft.domain.retraining import RetrainingPolicy
from powertheft.jobs.model_tasks import retrain
from powertheft.jobs.worker import work_once
from powertheft.settings import read_home
from powertheft.store.work import open_store
from tests.scored_utility import make_scored

TODAY = date.today()


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Iterator[House]:
    root = tmp_path_factory.mktemp("loop")
    home = read_home(root / "home", environment={})
    with open_store(home.database) as store:
        house = House(home, store, Actor("ana", PERMISSIONS))
        make_scored(house, root / "export")
        change_model_version(house, "theft@1", "be promoted", reason="the first one")
        yield house


def record(house: House, case: Case, outcome: str) -> None:
    inspections.assign_cases(house, [case.number], to="ravi")
    inspections.record_finding(house, case.number, Finding(outcome, TODAY))


def labels(house: House) -> pl.DataFrame:
    return with_outcomes(house, "bills").tables["inspections"].collect()


def work(house: House) -> list[str]:
    done = []
    while job := work_once(house, worker="w"):
        assert job.state == "done", f"{job.kind}: {job.message} {job.advice}"
        done.append(job.kind)
    return done


def killed(_work: object, _result: object) -> None:
    raise RuntimeError


def test_what_visits_found_stands_beside_the_outcomes_of_the_data(house):
    before = labels(house)
    known = before.filter(pl.col("outcome") == "theft")["consumer_id"].to_list()
    cases = inspections.propose_cases(house, 1, visits=80, random_share=0.25)
    for case in cases:
        record(house, case, "theft" if case.consumer_id in known else "normal")
    found = with_outcomes(house, "bills")
    assert isinstance(found, TaughtVersion)
    assert (found.told.from_cases, found.told.conflicts, found.told.recorded) == (80, 0, 80)
    added = labels(house).filter(pl.col("inspected_on") == TODAY)
    assert added.height == 80
    assert set(added["drawn_by"]) == {"list", "random"}
    assert added.filter(pl.col("drawn_by") == "random")["inclusion_probability"].max() < 0.1


def test_a_corrected_outcome_takes_the_place_of_the_first_and_teaches_nothing_meanwhile(house):
    case = next(one for one in inspections.list_cases(house) if one.finding.outcome == "normal")
    inspections.correct_finding(house, case.number, note="the meter was opened later")
    assert labels(house).filter(pl.col("inspected_on") == TODAY).height == 79
    inspections.record_finding(house, case.number, Finding("tamper", TODAY))
    now = labels(house).filter(consumer_id=case.consumer_id, inspected_on=TODAY)
    assert now["outcome"].to_list() == ["tamper"]
    assert [step.act for step in inspections.list_history(house, case.number)].count("be recorded") == 2


def test_a_conflict_of_data_and_case_on_one_day_is_kept_and_counted(house):
    day = date(2026, 8, 10)
    own = house.version("bills").tables["inspections"].collect()
    someone = own.filter(pl.col("outcome") == "normal")["consumer_id"][0]
    with house.begin() as work:
        [case] = work.inspections.propose([inspections.NewCase("bills", someone, "list", 1.0)])
        work.inspections.change_case(case.number, "be assigned", assigned_to="ravi")
        work.inspections.change_case(case.number, "be recorded", finding=Finding("theft", day))
    found = with_outcomes(house, "bills")
    assert found.told.conflicts == 1
    both = found.tables["inspections"].collect().filter(consumer_id=someone, inspected_on=day)
    assert sorted(both["outcome"]) == ["normal", "theft"]
    assert both["sequence"].n_unique() == 2
    with house.begin() as work:
        work.inspections.change_case(case.number, "be corrected", note="another connection")
        work.inspections.change_case(case.number, "be recorded", finding=Finding("normal", day))
    assert with_outcomes(house, "bills").told.known_before == 1


def test_enough_new_outcomes_train_once_and_the_new_version_learns_from_them(house):
    keep_retraining(house, "theft", RetrainingPolicy(months=None, alerts=(), outcomes=60))
    now = datetime.now(UTC)
    [job] = queue_retraining(house, now)
    assert queue_retraining(house, now) == []
    assert re.fullmatch(r"81 outcomes came since theft@1", job.arguments["cause"])
    with pytest.raises(RuntimeError):
        # Killed at the last moment: nothing of it is left.
        retrain(house.for_job(house.actor, killed), job.arguments, lambda _said, _share: None)
    assert len(list_model_versions(house, "theft")) == 1
    assert list_trials(house, "theft") == []
    assert "model.retrain" in work(house)
    assert queue_retraining(house, now) == []
    first, second = list_model_versions(house, "theft")
    assert second.figures["labelled_consumers"] > first.figures["labelled_consumers"]
    assert second.figures["outcomes"]["from_cases"] == 80
    # Its own choices, but that the newest outcomes say how fast the others grow old.
    assert {**second.choices} == {**first.choices, "half_life": "auto"}
    assert any("All outcomes count alike" in note for note in read_report(house, "theft@2").figures["notes"])
    assert any("80 are from cases of this house" in note for note in read_report(house, "theft@2").figures["notes"])
    with house.read() as reading:
        assert outcomes_since(reading, second) == 0


def test_the_new_version_challenges_and_scores_in_the_shadow_of_the_champion(house):
    assert get_model_version(house, "theft@2").state == "challenger"
    [trial] = list_trials(house, "theft")
    assert (trial.champion, trial.challenger, trial.state) == ("theft@1", "theft@2", "running")
    shadow, champion = list_scorings(house)
    assert (shadow.model, shadow.is_shadow, shadow.dataset) == ("theft@2", True, champion.dataset)
    assert get_scoring(house) == champion
    with pytest.raises(StateError, match="a trial of theft runs already"):
        begin_trial(house, "theft@2", reason="again")


def test_the_plan_shares_its_visits_out_and_each_case_remembers_whose_choice_it_was(house):
    keep_promotion(house, "theft", PromotionPolicy(fewest_visits=40, looks=2))
    plan = inspections.preview_cases(house, 1, visits=110, random_share=0.2)
    assert (plan.visits, plan.random, plan.by_challenger) == (110, 22, 44)
    cases = inspections.propose_cases(house, 1, visits=110, random_share=0.2)
    by = {who: [one for one in cases if one.about.get("chosen_by") == who] for who in ("champion", "challenger", None)}
    assert [len(found) for found in by.values()] == [44, 44, 22]
    assert {one.scoring for one in by["champion"]} == {1}
    assert {one.scoring for one in by["challenger"]} == {2}
    assert {one.drawn_by for one in by[None]} == {"random"}
    assert len({one.consumer_id for one in cases}) == 110
    # Neither has the better places: the ranks that each took from its own list are alike.
    ranks = [sorted(one.rank for one in by[who])[len(by[who]) // 2] for who in ("champion", "challenger")]
    assert max(ranks) < 3 * min(ranks)


def test_a_look_comes_with_enough_visits_and_a_policy_is_not_changed_on_the_way(house):
    [trial] = list_trials(house, "theft")
    seen = look_at_trial(house, trial)
    assert (seen.champion.visits, seen.challenger.visits, seen.waiting, seen.is_due) == (0, 0, 110, False)
    assert seen.next_look_at == 40
    assert mind_trials(house) == 0
    for case in inspections.list_cases(house, states=["proposed"]):
        chosen = case.about.get("chosen_by")
        finds = (chosen == "challenger" and case.number % 3) or (chosen is None and case.number % 3 == 0)
        record(house, case, "theft" if finds else "normal")
    seen = look_at_trial(house, trial)
    assert seen.is_due
    assert seen.verdict.decision == "promote"
    assert seen.challenger.found > seen.champion.found == 0
    assert seen.random[1] == 22
    assert sum(visits for visits, _ in seen.challenger.by_section.values()) == 44


def test_the_shadow_comparison_puts_the_random_quota_first_and_weighs_it(house):
    [trial] = list_trials(house, "theft")
    found = compare_in_shadow(house, trial)
    assert found.random.visits <= 22
    # All visits are of today, as the trainings are: what the second version learnt from is left out.
    assert found.every.visits + found.learnt == 80 + 110
    assert found.learnt >= 80
    told = found.to_json()["every"]["compared"]
    assert set(told["measures"]) == {"precision_at_capacity", "pr_auc", "roc_auc"}
    assert told["measures"]["roc_auc"]["detectable"] > 0


def test_the_policy_promotes_the_better_challenger_once(house):
    assert mind_trials(house) == 1
    assert mind_trials(house) == 0
    assert [one.state for one in list_model_versions(house, "theft")] == ["retired", "champion"]
    [trial] = list_trials(house, "theft")
    assert trial.state == "promoted"
    assert trial.details["reason"].startswith("by the policy, at look 1: ")
    assert trial.details["seen"][0]["decision"] == "promote"
    with house.read() as reading:
        assert [one.cause for one in reading.alerts.list_alerts(rule="promotion")] == ["promotion/theft@2"]


def test_the_new_champion_makes_a_list_of_its_own_which_the_next_plan_goes_by(house):
    assert "model.score" in work(house)
    newest = get_scoring(house)
    assert newest.model == "theft@2"
    assert not newest.is_shadow


def test_an_equal_challenger_is_given_up_and_never_promoted(house):
    keep_promotion(house, "theft", PromotionPolicy(fewest_visits=40, looks=1))
    begin_trial(house, "theft@1", reason="to see whether it was better after all")
    work(house)
    cases = inspections.propose_cases(house, list_scorings(house)[0].number, visits=84, random_share=0)
    for case in cases:
        record(house, case, "theft" if case.number % 2 else "normal")
    assert mind_trials(house) == 1
    assert list_trials(house, "theft")[0].state == "given up"
    assert get_model_version(house, "theft@2").state == "champion"
    assert get_model_version(house, "theft@1").state == "retired"


def test_a_person_who_promotes_another_version_ends_the_trial(house):
    begin_trial(house, "theft@1", reason="once more")
    change_model_version(house, "theft@1", "be promoted", reason="I want it back")
    assert list_trials(house, "theft")[0].state == "promoted"
    assert get_model_version(house, "theft").reference == "theft@1"
    # The newest list is that of the other one, and nobody plans by it any more.
    assert list_scorings(house)[0].model == "theft@2"
    assert get_scoring(house).model == "theft@1"


def test_a_challenger_that_is_taught_anew_goes_on_where_the_one_before_stood(house):
    begin_trial(house, "theft@2", reason="once more, the other way round")
    work(house)
    for case in inspections.propose_cases(house, get_scoring(house).number, visits=60, random_share=0):
        record(house, case, "theft" if case.about["chosen_by"] == "challenger" else "normal")
    [trial] = [one for one in list_trials(house, "theft") if one.state == "running"]
    before = look_at_trial(house, trial)
    assert (before.challenger.found, before.champion.found) == (30, 0)
    keep_retraining(house, "theft", RetrainingPolicy(months=None, alerts=(), outcomes=60))
    assert len(queue_retraining(house, datetime.now(UTC))) == 1
    work(house)
    renewed = get_trial(house, trial.number)
    assert (renewed.challenger, renewed.before, renewed.state) == ("theft@3", ("theft@2",), "running")
    assert [get_model_version(house, f"theft@{one}").state for one in (2, 3)] == ["retired", "challenger"]
    after = look_at_trial(house, renewed)
    assert (after.challenger, after.champion) == (before.challenger, before.champion)
    assert (list_scorings(house)[0].model, list_scorings(house)[0].is_shadow) == ("theft@3", True)
    cases = inspections.propose_cases(house, get_scoring(house).number, visits=10, random_share=0)
    assert {list_scorings(house)[0].number} == {one.scoring for one in cases if one.about["chosen_by"] == "challenger"}


def test_what_was_trained_anew_waits_where_another_kind_of_model_came_to_be_tried_meanwhile(house):
    [running] = [one for one in list_trials(house, "theft") if one.state == "running"]
    end_trial(house, running.number, "be stopped", reason="another kind first")
    other = train_version(house, "bills", model="theft", choices=TrainingChoices(algorithm="random-forest", folds=1))
    trial = begin_trial(house, other.reference, reason="is a forest better?")
    choices = TrainingChoices(algorithm="logistic-regression", folds=1)
    anew = retrain_version(house, "bills", model="theft", choices=choices, cause="60 outcomes came")
    assert get_trial(house, trial.number).challenger == other.reference
    assert get_model_version(house, anew.reference).state == "challenger"
    assert get_model_version(house, other.reference).state == "challenger"


def test_a_policy_that_would_promote_on_noise_is_refused(house):
    for policy in (
        PromotionPolicy(p_value=0.2),
        PromotionPolicy(fewest_visits=5),
        PromotionPolicy(better_by=-0.1),
        PromotionPolicy(looks=0),
        PromotionPolicy(worst_section=0),
    ):
        with pytest.raises(ChoiceError) as refused:
            keep_promotion(house, "theft", policy)
        assert refused.value.column
