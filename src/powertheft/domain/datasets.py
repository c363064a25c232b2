"""What a dataset version is made of, as plain data. Rule of the room: the standard library only."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeVar, cast

from powertheft.domain.errors import ChoiceError, InputError

Json = Mapping[str, Any]
PrivacyAction = Literal["drop", "pseudonymise", "round", "keep"]
ContentType = Literal["text", "number", "integer", "boolean", "date", "datetime"]
MadeT = TypeVar("MadeT")

# Leaves room for the version in what the audit trail calls it.
LONGEST_NAME = 100


def check_dataset_name(name: str) -> None:
    """Refuse a name that could not be written as NAME@version, be a folder, or be told from another."""
    if len(name) > LONGEST_NAME or not re.fullmatch(r"\w[\w.-]*", name):
        msg = f"a dataset cannot be called {name[:LONGEST_NAME]!r}"
        advice = f"Use letters, digits, points, dashes and underscores, {LONGEST_NAME} at most, no point or dash first."
        raise ChoiceError(msg, advice=advice)


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One file (or query) that a version was made of: where it was, and what it was to the byte."""

    place: str
    sha256: str
    bytes: int
    format: str
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class PrivacyChoice:
    """What was done with one personal column of one file; what is kept says why."""

    file: str
    column: str
    what: str
    action: PrivacyAction
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that it takes to make a version again: with the same sources and key it gives the same content hash.

    `profile` is settled: nothing in it is left to be found from the files. `repairs` are named steps in their order.
    `key_id` says which key the pseudonyms were made with, never the key.
    """

    sources: tuple[SourceRecord, ...]
    profile: Json
    repairs: tuple[Json, ...] = ()
    privacy: tuple[PrivacyChoice, ...] = ()
    key_id: str = ""
    code_version: str = ""
    choices: Json = field(default_factory=dict[str, Any])

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as plain JSON values."""
        return as_json(self)


@dataclass(frozen=True, slots=True)
class ColumnRecord:
    """One column of a version: its name and the type of its content."""

    name: str
    type: ContentType


@dataclass(frozen=True, slots=True)
class TableRecord:
    """One table of a version: its rows, its columns in order, and its files in the order of the rows."""

    rows: int
    columns: tuple[ColumnRecord, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a version folder: the content hash, the tables, the recipe, and the sum of every other file."""

    content_hash: str
    created_at: str
    versions: Mapping[str, str]
    tables: Mapping[str, TableRecord]
    sha256: Mapping[str, str]
    recipe: Recipe

    @property
    def rows(self) -> dict[str, int]:
        """Return the rows of each table."""
        return {name: table.rows for name, table in self.tables.items()}

    def to_json(self) -> dict[str, Any]:
        """Return the manifest as plain JSON values."""
        return as_json(self)


@dataclass(frozen=True, slots=True)
class ManifestBase:
    """What the maker of a version knows of it besides its rows; the profile is the recipe's.

    `summary` is what the next version is compared with.
    """

    recipe: Recipe
    quality: Json
    summary: Json = field(default_factory=dict[str, Any])
    created_at: str = ""


def recipe_from_json(document: Json) -> Recipe:
    """Return the recipe that `to_json` wrote; raise InputError where it is not one.

    Examples
    --------
    >>> recipe = Recipe((SourceRecord("bills.csv", "ab12", 17, "csv"),), {"name": "tneb"}, key_id="0123abcd")
    >>> recipe_from_json(recipe.to_json()) == recipe
    True
    """
    return _checked(lambda: _recipe(document), "the recipe")


def manifest_from_json(document: Json) -> Manifest:
    """Return the manifest that `to_json` wrote; raise InputError where it is not one."""
    return _checked(lambda: _manifest(document), "the manifest")


def as_json(value: Any) -> Any:
    """Return dataclasses, tuples and mappings as plain JSON values."""
    return _plain(asdict(value))


def _recipe(document: Json) -> Recipe:
    return Recipe(
        sources=tuple(SourceRecord(**source) for source in document["sources"]),
        profile=dict(document["profile"]),
        repairs=tuple(dict(repair) for repair in document["repairs"]),
        privacy=tuple(PrivacyChoice(**choice) for choice in document["privacy"]),
        key_id=str(document["key_id"]),
        code_version=str(document["code_version"]),
        choices=dict(document["choices"]),
    )


def _manifest(document: Json) -> Manifest:
    return Manifest(
        content_hash=str(document["content_hash"]),
        created_at=str(document["created_at"]),
        versions=dict(document["versions"]),
        tables={name: _table(table) for name, table in cast("Mapping[str, Json]", document["tables"]).items()},
        sha256=dict(document["sha256"]),
        recipe=_recipe(document["recipe"]),
    )


def _table(document: Json) -> TableRecord:
    columns = tuple(ColumnRecord(**column) for column in document["columns"])
    return TableRecord(int(document["rows"]), columns, tuple(document["files"]))


def _checked(make: Callable[[], MadeT], what: str) -> MadeT:
    try:
        return make()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        msg = f"{what} of the dataset version is not as it was written"
        raise InputError(msg, advice="Take the version from a backup, or rebuild it.") from error


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, (tuple, list)):
        return [_plain(entry) for entry in cast("list[Any]", value)]
    return value
