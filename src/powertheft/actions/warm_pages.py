"""Read once what the first person to look at the newest list would wait for. Rule of the room: compute nothing."""

from contextlib import suppress

from powertheft.actions.house import House
from powertheft.actions.read_list import list_choices, read_page, read_transformer_page
from powertheft.actions.scorings import list_scorings
from powertheft.domain.errors import PowertheftError


def warm_pages(house: House) -> None:
    """Read the newest list, its areas, its model and one of its connections; whatever is wrong, its page says."""
    house.check("list.read")
    with suppress(PowertheftError):
        for scoring in list_scorings(house, last=1):
            list_choices(house, scoring.number)
            read_transformer_page(house, scoring.number)
            # Late: it brings the models, 200 MB, which a house without a list does without.
            from powertheft.actions.ask_about_consumer import ask_second_opinion, ask_why
            from powertheft.actions.show_consumer import show_consumer

            for row in read_page(house, scoring.number, limit=1).rows:
                show_consumer(house, row["consumer_id"], scoring.number)
                ask_why(house, row["consumer_id"], scoring.number)
                ask_second_opinion(house, row["consumer_id"], scoring.number)
