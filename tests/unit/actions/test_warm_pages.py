"""What is read before anybody looks is what looking reads: nothing is written, and an empty house is no error."""

from powertheft.actions.house import House
from powertheft.actions.read_list import list_columns_of
from powertheft.actions.scorings import get_scoring, scoring_folder
from powertheft.actions.warm_pages import warm_pages
from powertheft.domain.permissions import Actor

READER = Actor("powertheft", frozenset({"list.read"}))


def test_after_it_the_newest_list_is_known_and_nothing_is_in_the_trail(scored):
    with scored.begin() as work:
        before = len(work.audit.list_events(last=10_000))
    list_columns_of.cache_clear()
    warm_pages(scored.for_actor(READER))
    assert list_columns_of.cache_info().currsize == 1
    misses = list_columns_of.cache_info().misses
    list_columns_of(scoring_folder(scored, get_scoring(scored)))
    assert list_columns_of.cache_info().misses == misses
    with scored.begin() as work:
        assert len(work.audit.list_events(last=10_000)) == before


def test_a_house_without_a_list_has_nothing_to_be_read(house: House):
    warm_pages(house.for_actor(READER))
