"""What killed commands, given-up uploads and given-up forms have left, removed. Rule of the room: compute nothing."""

from powertheft.actions.house import House
from powertheft.actions.inspection_photos import remove_stray_photos
from powertheft.actions.intakes import remove_abandoned


def tidy_house(house: House) -> None:
    """Remove unfinished folders, uploads that nobody has touched for a day, photos that belong to no case."""
    house.check("dataset.import")
    house.tidy()
    remove_abandoned(house)
    remove_stray_photos(house)
