"""What the watches have read is kept on every database: one reading a watch, subject and period."""

from datetime import UTC, date, datetime

from powertheft.domain.watches import Reading

NOW = datetime(2026, 3, 12, 12, tzinfo=UTC)


def reading(month: int, state="quiet", *, subject="bills/use", watch="bill_signs", value=0.01) -> Reading:
    return Reading(
        watch, subject, date(2026, month, 1), NOW, state, value, 900, high=0.1, details={"size": "none", "of": [1, 2]}
    )  # fmt: skip


def test_a_reading_comes_back_as_it_was_kept(store):
    kept = reading(1)
    with store.begin("ana") as work:
        work.watches.keep([kept])
    with store.read("ana") as work:
        assert list(work.watches.list_history("bill_signs")) == [kept]
        assert list(work.watches.list_history("hit_rate")) == []


def test_watched_again_a_period_has_the_later_reading_only(store):
    with store.begin("ana") as work:
        work.watches.keep([reading(1), reading(2)])
        work.watches.keep([reading(2, "moved", value=0.4)])
    with store.read("ana") as work:
        found = work.watches.list_history("bill_signs", subject="bills/use")
    assert [(one.period.month, one.state, one.value) for one in found] == [(2, "moved", 0.4), (1, "quiet", 0.01)]


def test_the_newest_of_every_watch_and_subject_is_found_and_histories_are_told_apart(store):
    with store.begin("ana") as work:
        work.watches.keep([reading(1), reading(3), reading(2, subject="Bills/use"), reading(2, watch="hit_rate")])
    with store.read("ana") as work:
        newest = work.watches.list_newest()
        small = work.watches.list_history("bill_signs", subject="bills/use", last=1)
    assert [(one.watch, one.subject, one.period.month) for one in newest] == [
        ("bill_signs", "Bills/use", 2),
        ("bill_signs", "bills/use", 3),
        ("hit_rate", "bills/use", 2),
    ]
    assert [one.period.month for one in small] == [3]


def test_what_nobody_knows_stays_unknown(store):
    unknown = Reading("hit_rate", "theft@1", date(2026, 1, 1), NOW, "unknown", None, 12, details={"why": "few"})
    with store.begin("ana") as work:
        work.watches.keep([unknown])
    with store.read("ana") as work:
        assert work.watches.list_newest()[0] == unknown


def test_watching_waits_until_nothing_else_is_queued(store):
    with store.begin("ana") as work:
        for kind in ("house.watch", "model.train", "dataset.collect"):
            work.jobs.enqueue(kind, {}, title=kind)
        claimed = [work.jobs.claim("w", lease_seconds=60) for _ in range(3)]
    assert [job.kind for job in claimed if job] == ["model.train", "dataset.collect", "house.watch"]
