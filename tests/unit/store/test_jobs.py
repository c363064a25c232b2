"""The queue of jobs and the schedules, in each of the databases."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from powertheft.domain.errors import ChoiceError, StateError
from powertheft.domain.jobs import MOST_ATTEMPTS, kinds_of

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)


@pytest.fixture
def queue(store):
    """A store with two jobs of ana's."""
    with store.begin("ana") as work:
        for title in ("first", "second"):
            work.jobs.enqueue("model.train", {"model": title}, title=title)
    return store


def claim(store, worker="w1", lease_seconds=60.0):
    with store.begin(worker) as work:
        return work.jobs.claim(worker, lease_seconds=lease_seconds)


def test_jobs_are_claimed_in_their_order_and_each_once(queue):
    assert [job and job.title for job in (claim(queue), claim(queue), claim(queue))] == ["first", "second", None]


def test_a_worker_of_short_jobs_passes_what_lasts_and_the_other_takes_the_oldest(queue):
    with queue.begin("ana") as work:
        for title in ("third", "fourth"):
            work.jobs.enqueue("dataset.export", {}, title=title)

    def short():
        with queue.begin("w2") as work:
            return work.jobs.claim("w2", lease_seconds=60.0, kinds=kinds_of("short"))

    assert short().title == "third"
    assert claim(queue).title == "first"
    assert short().title == "fourth"
    assert short() is None
    assert claim(queue).title == "second"


def test_a_worker_of_short_jobs_takes_up_none_that_lasts_though_its_lease_is_over(queue):
    claim(queue, lease_seconds=0.0)
    time.sleep(0.01)
    with queue.begin("w2") as work:
        assert work.jobs.claim("w2", lease_seconds=60.0, kinds=kinds_of("short")) is None


def test_a_claimed_job_says_who_has_it_and_who_asked_for_it(queue):
    job = claim(queue, "w7")
    assert (job.worker, job.state, job.attempt, job.created_by) == ("w7", "running", 1, "ana")
    assert job.arguments == {"model": "first"}
    assert job.lease_until > job.started_at >= job.created_at


def test_of_many_workers_that_ask_at_once_each_job_goes_to_one(store):
    with store.begin("ana") as work:
        numbers = [work.jobs.enqueue("dataset.collect", {}, title=str(one)).number for one in range(20)]
    got = []

    def take(worker):
        while (job := claim(store, worker)) is not None:
            got.append(job.number)

    threads = [threading.Thread(target=take, args=(f"w{one}",)) for one in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == numbers


def test_a_job_whose_lease_is_over_is_claimed_again_and_lost_to_who_had_it(queue):
    before = claim(queue, "w1", lease_seconds=0.0)
    time.sleep(0.01)
    after = claim(queue, "w2")
    assert (after.number, after.attempt, after.worker) == (before.number, 2, "w2")
    with queue.begin("w1") as work:
        assert not work.jobs.heartbeat(before, 0.5, "fitting", lease_seconds=60)
    for end in ("finish", "fail", "put_back"):
        given = {"finish": {"result": {}}, "fail": {"message": "no"}, "put_back": {}}[end]
        with pytest.raises(StateError, match="not this worker's any more"), queue.begin("w1") as work:
            getattr(work.jobs, end)(before, **given)


def test_a_heartbeat_prolongs_the_lease_and_tells_the_progress(queue):
    job = claim(queue, lease_seconds=1)
    with queue.begin("w1") as work:
        assert work.jobs.heartbeat(job, 0.25, "fitting", lease_seconds=60)
        now = work.jobs.get_job(job.number)
    assert (now.progress, now.doing) == (0.25, "fitting")
    assert now.lease_until > job.lease_until + timedelta(seconds=30)


def test_what_is_registered_with_the_end_of_a_lost_job_is_not_registered(queue):
    job = claim(queue)
    with queue.begin("ana") as work:
        work.jobs.cancel(job.number)

    def register_and_finish():
        with queue.begin("w1") as work:
            work.audit.record("something", "registered")
            work.jobs.finish(job, {})

    with pytest.raises(StateError):
        register_and_finish()
    with queue.begin("ana") as work:
        assert work.audit.list_events(action="something") == []
        assert work.jobs.get_job(job.number).state == "cancelled"


def test_a_job_that_takes_its_workers_down_is_given_up(queue):
    for _ in range(MOST_ATTEMPTS):
        assert claim(queue, lease_seconds=0.0).number == 1
        time.sleep(0.01)
    assert claim(queue).title == "second"
    with queue.begin("ana") as work:
        given_up = work.jobs.get_job(1)
    assert given_up.state == "failed"
    assert f"its worker ended in the middle of it, {MOST_ATTEMPTS} times" in given_up.message


def test_a_job_that_is_put_back_has_not_lost_an_attempt(queue):
    job = claim(queue)
    with queue.begin("w1") as work:
        back = work.jobs.put_back(job)
    assert (back.state, back.attempt, back.worker) == ("queued", 0, None)
    assert claim(queue).number == job.number


def test_a_failed_job_is_retried_from_the_beginning(queue):
    job = claim(queue)
    with queue.begin("w1") as work:
        failed = work.jobs.fail(job, message="no labels", advice="Add some")
        assert (failed.state, failed.message, failed.advice) == ("failed", "no labels", "Add some")
        assert work.jobs.retry(job.number).message == ""
    assert claim(queue).number == job.number


def test_what_is_done_cannot_be_cancelled_and_what_is_queued_not_retried(queue):
    job = claim(queue)
    with queue.begin("w1") as work:
        done = work.jobs.finish(job, {"model": "first@1"})
        assert (done.state, done.result, done.progress) == ("done", {"model": "first@1"}, 1.0)
        with pytest.raises(StateError, match="is done, so it cannot be cancelled"):
            work.jobs.cancel(job.number)
        with pytest.raises(StateError, match="is queued, so it cannot be retried"):
            work.jobs.retry(2)
        with pytest.raises(ChoiceError, match="there is no job 99"):
            work.jobs.cancel(99)


def test_the_log_is_read_on_from_where_one_was(queue):
    job = claim(queue)
    with queue.begin("w1") as work:
        work.jobs.log(job, ["reading", "fitting"])
        first = work.jobs.list_log(job.number)
        work.jobs.log(job, ["judging"])
        assert [line.text for line in first] == ["reading", "fitting"]
        assert [line.text for line in work.jobs.list_log(job.number, after=first[-1].number)] == ["judging"]


def test_jobs_are_listed_newest_first_by_state_and_by_page(queue):
    claim(queue)
    with queue.begin("ana") as work:
        assert [job.title for job in work.jobs.list_jobs()] == ["second", "first"]
        assert [job.title for job in work.jobs.list_jobs(states=["running"])] == ["first"]
        assert [job.title for job in work.jobs.list_jobs(before=2)] == ["first"]
        assert work.jobs.list_jobs(created_by="ben") == []


def test_of_two_who_advance_a_schedule_one_does(store):
    with store.begin("ana") as work:
        seen = work.schedules.add_schedule("dataset.collect", {}, title="Collect", cron="0 12 * * *", next_at=NOON)
        assert work.schedules.list_schedules(due=NOON - timedelta(seconds=1)) == []
        assert work.schedules.advance(seen, NOON + timedelta(days=1))
        assert not work.schedules.advance(seen, NOON + timedelta(days=1))
        work.schedules.remove_schedule(seen.number)
        with pytest.raises(ChoiceError, match="there is no schedule"):
            work.schedules.remove_schedule(seen.number)
