"""Features: the catalogue, and named choices of it. Rule of the room: knows the use cases only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from pydantic import Field

from powertheft.actions import feature_sets
from powertheft.actions.list_features import list_features
from powertheft.api.access import current_house, needs
from powertheft.api.errors import absent_is_not_found
from powertheft.api.shapes import Asked, Name, Paging, Part, Text, Told, Word, nothing, part_of

pages = APIBlueprint("features", __name__, tag="Features")


class CatalogueAsked(Paging):
    """Which features: of a family, with words in their name or meaning."""

    family: Word | None = None
    search: Annotated[str | None, Field(max_length=100)] = None
    limit: Annotated[int, Field(ge=1, le=1_000)] = 1_000


class FeatureTold(Told):
    """A feature: what it measures, in what unit, what it may point at."""

    name: str
    family: str
    unit: str
    meaning: str
    kind: str
    flags: list[str]


class FeaturePart(Part):
    """Features in the order of the catalogue."""

    items: list[FeatureTold]


class SetAsked(Asked):
    """A named choice of features."""

    name: Name
    features: Annotated[list[Word], Field(min_length=1, max_length=feature_sets.MOST_FEATURES)]
    note: Text = ""


class SetTold(Told):
    """A named choice of features, and who made it when."""

    name: str
    note: str
    features: list[str]
    created_at: datetime
    created_by: str


class SetPart(Part):
    """Sets by name."""

    items: list[SetTold]


@pages.get("/features")
@needs("dataset.read")
@pages.input(CatalogueAsked, location="query")
@pages.output(FeaturePart)
def list_catalogue(query_data: CatalogueAsked) -> Mapping[str, Any]:
    """List the catalogue."""
    words = (query_data.search or "").casefold()
    found = [
        one
        for one in list_features()
        if query_data.family in {None, one["family"]} and words in f"{one['name']} {one['meaning']}".casefold()
    ]
    return part_of(found, query_data)


@pages.get("/feature-sets")
@needs("dataset.read")
@pages.input(Paging, location="query")
@pages.output(SetPart)
def list_sets(query_data: Paging) -> Mapping[str, Any]:
    """List the named choices of features."""
    return part_of(feature_sets.list_feature_sets(current_house()), query_data)


@pages.post("/feature-sets")
@needs("model.train")
@pages.input(SetAsked)
@pages.output(SetTold, status_code=201)
def save_set(json_data: SetAsked) -> Any:
    """Save a choice of features under a name that is not taken yet."""
    wanted = json_data
    return feature_sets.save_feature_set(current_house(), wanted.name, wanted.features, note=wanted.note)


@pages.get("/feature-sets/<name>")
@needs("dataset.read")
@pages.output(SetTold)
def get_set(name: str) -> Any:
    """Look at a set."""
    with absent_is_not_found():
        return feature_sets.get_feature_set(current_house(), name)


@pages.delete("/feature-sets/<name>")
@needs("model.train")
@pages.output({}, status_code=204)
def delete_set(name: str) -> ResponseReturnValue:
    """Delete a set; models that were trained with it keep the names of its features."""
    with absent_is_not_found():
        feature_sets.delete_feature_set(current_house(), name)
    return nothing()
