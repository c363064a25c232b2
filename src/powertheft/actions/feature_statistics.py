"""How each feature is spread in a dataset version, as it was measured. Rule of the room: compute nothing themselves.

Reading is apart from measuring (measure_features), so that who shows it need not load what computes features.
"""

import json
from pathlib import Path
from typing import Any

from powertheft.actions.house import House
from powertheft.actions.ports import RegisteredVersion
from powertheft.settings import Home


def read_statistics(house: House, dataset: str) -> dict[str, Any] | None:
    """Return what was measured of a dataset version, None where nobody has asked for it yet."""
    house.check("dataset.read")
    place = statistics_place(house.home, house.registered(dataset))
    return json.loads(place.read_text("utf-8")) if place.is_file() else None


def statistics_place(home: Home, registered: RegisteredVersion) -> Path:
    """Return where the statistics of a version lie."""
    return home.path / "feature-statistics" / f"{registered.folder.replace('/', '.')}.json"
