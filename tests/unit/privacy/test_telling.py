"""What the vault hears of the consumers in a file: everything once, and again what has changed."""

import polars as pl

from powertheft.privacy import pseudonyms
from powertheft.privacy.keys import Key
from powertheft.privacy.pseudonyms import Pseudonyms
from powertheft.privacy.telling import Batch, Telling

CONSUMERS = pl.DataFrame(
    {
        "SC_NO": ["1", "2", None, "1"],
        "NAME": ["A Selvi", None, "B Murugan", "A Selvi"],
        "LAT": [11.01684, 11.5, None, 11.01684],
        "LON": [76.95583, None, 76.1, 76.95583],
        "PHONE": ["98", "97", "96", "98"],
        "KWH": [3, 4, 5, 6],
    }
)


NAMES = Pseudonyms(Key(bytes(32)))


def news(telling: Telling, batch: pl.DataFrame, columns: dict[str, str]) -> list[dict[str, str | None]]:
    said = telling.news(Batch(NAMES.numbered(batch["SC_NO"]), batch, columns)).to_dicts()
    assert all(record.pop("pseudonym") == NAMES.one(record["number"]) for record in said)
    return said


def test_the_vault_gets_number_name_phone_and_exact_position_once_for_each_consumer():
    columns = {"NAME": "name", "LAT": "coordinates", "LON": "coordinates", "PHONE": "phone", "KWH": "aadhaar"}
    telling = Telling()
    assert news(telling, CONSUMERS, columns) == [
        {"number": "2", "name": None, "coordinates": "11.5", "phone": "97"},
        {"number": "1", "name": "A Selvi", "coordinates": "11.01684; 76.95583", "phone": "98"},
    ]
    assert news(telling, CONSUMERS, columns) == []


def test_a_consumer_of_whom_only_the_number_is_known_is_told_once():
    telling = Telling()
    assert news(telling, CONSUMERS, {}) == [{"number": "2"}, {"number": "1"}]
    assert news(telling, CONSUMERS.head(2), {}) == []


def test_the_vault_is_told_again_of_a_name_that_has_changed_and_changed_back():
    def month(name: str) -> pl.DataFrame:
        return pl.DataFrame({"SC_NO": ["1", "2"], "NAME": [name, "B"]})

    telling = Telling()
    assert [news(telling, month(name), {"NAME": "name"}) for name in ("A", "A", "C", "A")] == [
        [{"number": "1", "name": "A"}, {"number": "2", "name": "B"}],
        [],
        [{"number": "1", "name": "C"}],
        [{"number": "1", "name": "A"}],
    ]


def test_what_is_remembered_is_bounded_and_everybody_is_then_told_again(monkeypatch):
    monkeypatch.setattr(pseudonyms, "MOST_KEPT", 1)
    telling = Telling()
    assert len(news(telling, CONSUMERS, {"NAME": "name"})) == 2
    assert len(news(telling, CONSUMERS, {"NAME": "name"})) == 2
