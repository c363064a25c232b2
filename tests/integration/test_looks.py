"""Who holds the key asks by the utility's number, and each look stands in the record."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from powertheft import library
from powertheft.domain.errors import ChoiceError
from tests.integration.conftest import write_outcomes
from tests.integration.desks import CONNECTIONS, Desk
from tests.integration.refusals import Places, cells_of

REASON = "asked by the consumer"
PSEUDONYM = re.compile(r"\b[0-9a-f]{32}\b")


@dataclass(frozen=True, slots=True)
class Office:
    """A dataset with outcomes and a model of it; a number of one of its consumers."""

    desk: Desk
    export: Path
    model: Path
    number: str

    def explain(self, *words: object) -> str:
        return self.desk.run("explain", "bills", "--model", self.model, *words).out


@pytest.fixture(scope="module")
def office(places: Places, utility: Path) -> Iterator[Office]:
    made = places.make()
    place = next(made)
    export, model, desk = place.copy(utility), place.root / "model", Desk(place, place.root / "home")
    write_outcomes(export, range(CONNECTIONS))
    desk.take(export)
    desk.run("train", "bills", "--out", model, "--features", "level", "--threads", 1, "--folds", 1)
    yield Office(desk, export, model, cells_of(export / "consumers.csv")[5][0])
    next(made, None)


def test_a_consumer_is_explained_by_the_utilitys_number_and_the_look_is_recorded(office: Office) -> None:
    before = len(office.desk.audit("vault.looked"))
    said = office.explain("--consumer", office.number, "--reveal", REASON)
    assert said.startswith(f"Connection {office.number}, ")
    assert not PSEUDONYM.search(said)
    looks = office.desk.audit("vault.looked")[before:]
    assert [(look["reason"], look["consumers"]) for look in looks] == [(REASON, 1)]
    # The same connection by its pseudonym, without and with a reason.
    (pseudonym,) = looks[0]["first"]
    hidden = office.explain("--consumer", pseudonym)
    assert hidden.replace(pseudonym, office.number) == said
    assert office.explain("--consumer", pseudonym, "--reveal", REASON) == said


def test_a_number_that_nobody_has_is_refused_and_not_told(office: Office) -> None:
    words = ("explain", "bills", "--model", office.model, "--consumer")
    message = office.desk.refused(*words, "999-99999", "--reveal", REASON, says=("nobody in the vault",))
    assert "999-99999" not in message
    office.desk.refused(*words, office.number, says=("--reveal",))
    office.desk.refused(*words, office.number, "--reveal", " ", says=("reason",))


def test_files_give_numbers_anyway(office: Office) -> None:
    words = ("--profile", "tneb", "--model", office.model, "--consumer", office.number, "--reveal", REASON)
    office.desk.refused("explain", office.export, *words, says=("--reveal", "datasets"))


def test_the_record_says_who_looked_at_whom_when_and_why_and_holds_no_number(office: Office) -> None:
    office.explain("--consumer", office.number, "--reveal", "first of two")
    out = office.desk.place.root / "named.csv"
    office.desk.run(
        "score", "bills", "--model", office.model, "--out", out, "--explain", 0, "--reveal", "squads of week 12"
    )
    figures = office.desk.place.root / "looks.json"
    said = office.desk.run("looks", "--last", 2, "--json", figures).out
    assert said.index("squads of week 12") < said.index("first of two")
    assert f"and {CONNECTIONS - 20} more" in said
    assert not re.search(r"\b\d{3}-\d{5}\b", said + figures.read_text())
    newest, older = json.loads(figures.read_text())["looks"]
    assert (newest["reason"], newest["consumers"], len(newest["first"])) == ("squads of week 12", CONNECTIONS, 20)
    assert (older["reason"], older["consumers"]) == ("first of two", 1)
    assert newest["at"] > older["at"]
    assert newest["actor"]
    assert older["first"][0] in said


def test_a_vault_nobody_has_looked_into_says_so(desk: Desk) -> None:
    assert desk.run("looks").out == "Nobody has looked into the vault.\n"


def test_the_library_reads_a_dataset_as_the_command_does(office: Office) -> None:
    home, out = office.desk.home, office.desk.place.root / "list.csv"
    office.desk.run("score", "bills@1", "--model", office.model, "--out", out, "--explain", 0)
    hidden = library.score("bills@1", home=home, model=office.model, explain=0)
    assert hidden["consumer_id"].to_list() == pl.read_csv(out, infer_schema=False)["consumer_id"].to_list()
    before = len(office.desk.audit("vault.looked"))
    shown = library.score("bills", home=home, model=office.model, explain=0, reveal=REASON)
    assert set(shown["consumer_id"]) <= {row[0] for row in cells_of(office.export / "consumers.csv")}
    assert shown["probability"].to_list() == hidden["probability"].to_list()
    one = library.explain("bills", home=home, model=office.model, consumer=office.number, reveal=REASON)
    assert one["consumer_id"] == office.number
    assert one["probability"] == shown.filter(pl.col("consumer_id") == office.number)["probability"][0]
    assert [look["reason"] for look in office.desk.audit("vault.looked")[before:]] == [REASON, REASON]
    with pytest.raises(ChoiceError, match="reveal is for datasets"):
        library.score(office.export, profile="tneb", model=office.model, reveal=REASON)
