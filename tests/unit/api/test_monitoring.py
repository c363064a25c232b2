"""What is watched, for programs: newest readings, a history, a look now."""

from datetime import UTC, date, datetime

from tests.unit.api.conftest import join, make_api, program

from powertheft.actions.ports import NewModelVersion
from powertheft.domain.watches import Reading

NOW = datetime(2026, 6, 2, 12, tzinfo=UTC)


def kept(house) -> None:
    with house.store.begin("test") as work:
        work.models.add_version("theft", NewModelVersion("theft/v-1", "bills@1", "lightgbm", {}, {}))
        work.watches.keep(
            [
                Reading("hit_rate", "theft@1", date(2026, 4, 1), NOW, "quiet", 0.31, 100, low=0.2, expected=0.3),
                Reading("hit_rate", "theft@1", date(2026, 5, 1), NOW, "moved", 0.12, 100, low=0.2, expected=0.3),
                Reading("score_drift", "theft@1/bills", date(2026, 5, 1), NOW, "quiet", 0.02, 2000, high=0.25),
            ]
        )


def test_a_program_reads_where_everything_stands_and_one_history(house):
    kept(house)
    join(house.store, "meena", "manager")
    asks = program(make_api(house), house.store, "meena")
    items = asks.get("/monitoring").json["items"]
    assert [(one["newest"]["watch"], one["newest"]["state"], one["is_told"]) for one in items] == [
        ("score_drift", "quiet", False),
        ("hit_rate", "moved", True),
    ]
    assert items[1]["words"] == "0.12 share of visits, limit 0.2, expected 0.3, of 100 counted"
    assert items[1]["since"] == "2026-05-01"
    history = asks.get("/monitoring/hit_rate?subject=theft@1").json["items"]
    assert [(one["period"], one["value"]) for one in history] == [("2026-05-01", 0.12), ("2026-04-01", 0.31)]
    assert asks.get("/monitoring/hit_rate?subject=lists@9").status_code == 404
    assert asks.get("/monitoring/weather").status_code == 404


def test_a_program_asks_for_a_look_and_gets_its_job(house):
    join(house.store, "meena", "manager")
    asks = program(make_api(house), house.store, "meena")
    answer = asks.post("/jobs/watch")
    assert answer.status_code == 202
    assert answer.json["kind"] == "house.watch"
    assert asks.post("/jobs/watch").json["number"] == answer.json["number"]


def test_without_the_scope_nothing_is_told(house):
    kept(house)
    join(house.store, "ravi", "inspector")
    assert program(make_api(house), house.store, "ravi").get("/monitoring").status_code == 403
