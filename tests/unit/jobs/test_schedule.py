"""What comes again is queued when it is due, once, as the one whose schedule it is."""

from datetime import UTC, datetime, timedelta

import pytest

from powertheft.actions import schedules, work_jobs
from powertheft.actions.watch_request import ask_to_watch
from powertheft.domain.errors import AccessError, ChoiceError
from powertheft.domain.permissions import PERMISSIONS, ROLES, Actor
from powertheft.jobs.schedule import enqueue_due


def test_a_schedule_queues_a_job_when_it_is_due_and_not_again_before_the_next_time(house):
    ana = house.for_actor(Actor("ana", PERMISSIONS))
    added = schedules.add_schedule(ana, "dataset.collect", cron="0 2 * * *", title="Collect each night")
    assert enqueue_due(house, added.next_at - timedelta(seconds=1)) == []
    (job,) = enqueue_due(house, added.next_at)
    assert (job.kind, job.title, job.created_by) == ("dataset.collect", "Collect each night", "ana")
    assert enqueue_due(house, added.next_at + timedelta(hours=23)) == []
    assert len(enqueue_due(house, added.next_at + timedelta(hours=24))) == 1


def test_what_was_missed_while_no_worker_ran_is_made_up_for_once(house):
    added = schedules.add_schedule(house, "dataset.collect", cron="*/5 * * * *", title="Collect")
    late = added.next_at + timedelta(days=3)
    assert len(enqueue_due(house, late)) == 1
    (now,) = schedules.list_schedules(house)
    assert late < now.next_at <= late + timedelta(minutes=5)
    assert len(work_jobs.list_jobs(house)) == 1


@pytest.mark.parametrize("words", ["", "every night", "* * * *", "61 * * * *", "@daily", "0 2 * * * *"])
def test_what_names_no_times_is_refused_with_an_example(words):
    with pytest.raises(ChoiceError, match="0 2"):
        schedules.next_moment(words, datetime(2026, 3, 12, tzinfo=UTC))


def test_who_may_not_do_a_kind_of_work_may_not_schedule_it(house):
    administrator = house.for_actor(Actor("root", ROLES["administrator"]))
    with pytest.raises(AccessError, match="Bringing in data is for analysts"):
        schedules.add_schedule(administrator, "dataset.collect", cron="0 2 * * *", title="Collect")
    added = schedules.add_schedule(house, "dataset.collect", cron="0 2 * * *", title="Collect")
    schedules.remove_schedule(administrator, added.number)
    assert schedules.list_schedules(house) == []


def test_what_is_watched_is_looked_at_daily_until_somebody_takes_that_out(house):
    for _ in range(2):
        schedules.keep_daily_watch(house)
    [daily] = schedules.list_schedules(house)
    assert (daily.kind, daily.cron) == ("house.watch", "30 5 * * *")
    schedules.remove_schedule(house, daily.number)
    schedules.keep_daily_watch(house)
    assert schedules.list_schedules(house) == []


def test_a_daily_look_that_is_due_is_the_one_that_waits_already(house):
    schedules.keep_daily_watch(house)
    with house.begin() as work:
        waiting = ask_to_watch(work)
    queued = enqueue_due(house, datetime.now(UTC) + timedelta(days=2))
    assert [job.number for job in queued] == [waiting.number]
    assert [job.kind for job in work_jobs.list_jobs(house)] == ["house.watch"]
