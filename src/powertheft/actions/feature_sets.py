"""Named choices of features that several people share. Rule of the room: compute nothing themselves.

A set is a file of its own in the home, linked to its name when it is complete: of two people who save under one name
at once, one is told that it is taken. A set that a model was trained with may be deleted: the model keeps the names.
"""

import json
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from powertheft.actions.house import House
from powertheft.domain.datasets import check_dataset_name
from powertheft.domain.errors import ChoiceError

ENDING = ".json"
MOST_FEATURES = 5_000


@dataclass(frozen=True, slots=True)
class FeatureSet:
    """A named choice of features, what it is for, and who made it when."""

    name: str
    note: str
    features: tuple[str, ...]
    created_at: datetime
    created_by: str

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain data."""
        return {
            "name": self.name,
            "note": self.note,
            "features": list(self.features),
            "created_at": self.created_at.isoformat(timespec="seconds"),
            "created_by": self.created_by,
        }


def list_feature_sets(house: House) -> list[FeatureSet]:
    """Return all sets by name."""
    house.check("dataset.read")
    folder = _folder(house)
    places = sorted(folder.glob(f"[!.]*{ENDING}")) if folder.is_dir() else []
    found = [_read(place) for place in places]
    return [one for one in found if one is not None]


def get_feature_set(house: House, name: str) -> FeatureSet:
    """Return a set by its name."""
    house.check("dataset.read")
    check_dataset_name(name)
    found = _read(_place(house, name))
    if found is None:
        names = ", ".join(one.name for one in list_feature_sets(house))
        advice = f"There are: {names}." if names else "Choose features and save them under a name first."
        raise ChoiceError(f"there is no feature set called {name}", advice=advice, column="feature_set")
    return found


def save_feature_set(house: House, name: str, features: Iterable[str], *, note: str = "") -> FeatureSet:
    """Save a choice of features under a name that is not taken yet."""
    house.check("model.train")
    check_dataset_name(name)
    chosen = tuple(dict.fromkeys(features))
    if not chosen:
        raise ChoiceError(
            "no feature is chosen", advice="Tick the features that the set is to hold.", column="features"
        )
    if len(chosen) > MOST_FEATURES:
        raise ChoiceError(f"{len(chosen):,} features are too many for a set", advice=f"Choose up to {MOST_FEATURES:,}.")
    made = FeatureSet(name, note.strip(), chosen, datetime.now(UTC), house.actor.name)
    with house.begin() as work:
        work.audit.record("feature_set.saved", name, {"features": len(chosen)})
        # Within the transaction: where the name is taken, nothing is set down as saved.
        _write_new(_place(house, name), made)
    return made


def delete_feature_set(house: House, name: str) -> FeatureSet:
    """Delete a set; models that were trained with it keep the names of its features."""
    house.check("model.train")
    gone = get_feature_set(house, name)
    with house.begin() as work:
        work.audit.record("feature_set.deleted", name, {"features": list(gone.features)})
        with suppress(FileNotFoundError):  # somebody else was faster, and it is gone either way
            _place(house, name).unlink()
    return gone


def _write_new(place: Path, made: FeatureSet) -> None:
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    partial.write_text(json.dumps(made.to_json(), indent=1, ensure_ascii=False), "utf-8")
    try:
        os.link(partial, place)
    except FileExistsError:
        advice = "Choose another name, or delete that set first."
        raise ChoiceError(f"there is a feature set called {made.name} already", advice=advice, column="name") from None
    finally:
        partial.unlink()


def _read(place: Path) -> FeatureSet | None:
    try:
        told = json.loads(place.read_text("utf-8"))
    except FileNotFoundError:
        return None
    return FeatureSet(
        name=told["name"],
        note=told["note"],
        features=tuple(told["features"]),
        created_at=datetime.fromisoformat(told["created_at"]),
        created_by=told["created_by"],
    )


def _folder(house: House) -> Path:
    return house.home.path / "feature-sets"


def _place(house: House, name: str) -> Path:
    return _folder(house) / f"{name}{ENDING}"
