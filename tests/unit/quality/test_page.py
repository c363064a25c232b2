"""The printed page: whole in one file, without a script or a consumer, and nothing of a file's words as markup."""

import re
from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import polars as pl

from powertheft.domain.profiles import Profile
from powertheft.domain.quality import Repair
from powertheft.domain.tables import CanonicalTable
from powertheft.quality.checking import check_tables
from powertheft.quality.mending import preview
from powertheft.reports.quality_page import quality_page, write_quality_page

Make = Callable[..., CanonicalTable[pl.DataFrame]]
TODAY = date(2024, 1, 1)
VOID = {"meta", "br"}


class _Balanced(HTMLParser):
    """Says whether every element is closed where it should be."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page_of(make: Make, profile: Profile) -> str:
    bills = {
        "consumer_id": ["SECRET-1", "SECRET-1", None],
        "read_on": [date(2020, 1, 1), date(2021, 3, 1), date(2021, 5, 1)],
        "energy": [10.0, -20.0, 5.0],
        "period_days": [60.0] * 3,
        "<script>": [1.0, 2.0, 3.0],
    }
    tables = {"readings": make("readings", bills), "consumers": make("consumers", {"consumer_id": ["SECRET-1"]})}
    checked, report = check_tables(tables, profile, today=TODAY)
    shown = preview([Repair("clip", "readings", "<script>", {"maximum": 1.5})], checked, profile, today=TODAY)
    return quality_page(report, title="Bills & <b>meters</b>", made_on=TODAY, previews=shown)


def test_the_page_stands_alone_and_is_well_formed(table: Make, profile: Profile) -> None:
    page = page_of(table, profile)
    parser = _Balanced()
    parser.feed(page)
    assert parser.open == []
    assert "<script" not in page
    assert not re.search(r"(src|href)=|url\(|@import|http", page)
    assert "@media print" in page


def test_the_page_shows_what_was_found_and_no_consumer(table: Make, profile: Profile) -> None:
    page = page_of(table, profile)
    assert "SECRET" not in page
    assert "Bills &amp; &lt;b&gt;meters&lt;/b&gt;" in page
    assert "The energy is below zero." in page
    assert "1 missing consumer" in page
    assert "row 3, &lt;script&gt;: 2 → 1.5" in page
    assert "Look first at readings: 1 row. The row does not say which consumer it is of." in page


def test_clean_data_have_a_page_too(table: Make, profile: Profile, tmp_path: Path) -> None:
    _, report = check_tables({"consumers": table("consumers", {"consumer_id": ["a"]})}, profile, today=TODAY)
    write_quality_page(tmp_path / "page.html", report, title="Clean", made_on=TODAY)
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "100 % of the rows can be used. Nothing was found to complain of." in page
    assert "No row had to be repaired or set aside." in page
