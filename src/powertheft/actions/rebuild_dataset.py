"""Make a version again from its recipe, and say whether it is the same. Rule of the room: compute nothing."""

from dataclasses import dataclass
from pathlib import Path

from powertheft.actions.house import House
from powertheft.actions.import_dataset import write_planned
from powertheft.actions.plan_import import Personal, Plan
from powertheft.actions.progress import Progress, no_progress
from powertheft.datasets.reading import Version
from powertheft.domain.datasets import Recipe, SourceRecord
from powertheft.domain.errors import ChoiceError, InputError
from powertheft.domain.quality import repair_from_json
from powertheft.privacy.treating import Treatment
from powertheft.profiles.serialising import profile_from_json
from powertheft.sources.files import ANY
from powertheft.sources.places import absolute
from powertheft.sources.tables import SourceTable, open_tables


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The content hash as registered and as made again."""

    reference: str
    registered: str
    made: str

    @property
    def is_same(self) -> bool:
        """Return whether the same content came out."""
        return self.registered == self.made


def rebuild_dataset(house: House, reference: str, *, progress: Progress = no_progress) -> Rebuilt:
    """Read the sources of a version again, follow its recipe, and compare what comes out; nothing is kept.

    Raises InputError where a source has changed or is gone, ChoiceError where another key is in use than then.
    """
    house.check("dataset.read")
    registered = house.registered(reference)
    recipe = house.version(reference).manifest.recipe
    if recipe.key_id != house.key().key_id:
        raise ChoiceError(
            f"{reference} was made with the key {recipe.key_id}, and the key here is {house.key().key_id}",
            advice="Name the key of that time with POWERTHEFT_KEY_FILE.",
        )
    with house.scratch() as scratch:
        tables = open_tables([source.place for source in recipe.sources], scratch=scratch / "sources")
        _check_sources(tables, recipe.sources)
        plan = plan_of(recipe, tables)
        before = _version_added_to(house, registered.dataset, recipe)
        manifest, _ = write_planned(
            house, plan, folder=scratch / "again", scratch=scratch, before=before, progress=progress
        )
    return Rebuilt(f"{registered.dataset}@{registered.number}", registered.content_hash, manifest.content_hash)


def plan_of(recipe: Recipe, tables: list[SourceTable]) -> Plan:
    """Return the plan that a recipe states."""
    profile = profile_from_json(recipe.profile)
    stems = {table.stem.casefold(): table for table in tables}
    found = {file: tables[0] if file == ANY else stems.get(file.casefold()) for file in profile.files()}
    personal = tuple(
        Personal(
            choice.file, choice.column, choice.what, "recipe", Treatment(choice.what, choice.action, choice.reason)
        )
        for choice in recipe.privacy
    )
    repairs = tuple(repair_from_json(step) for step in recipe.repairs)
    there = {file: table for file, table in found.items() if table}
    return Plan(there, profile, "named", personal, {}, repairs=repairs)


def _check_sources(tables: list[SourceTable], expected: tuple[SourceRecord, ...]) -> None:
    found = {absolute(part.path): part.sha256 for table in tables for part in table.parts}
    for source in expected:
        if source.sha256 and found.get(absolute(source.place)) != source.sha256:
            raise InputError(
                "is not what it was when the version was made",
                file=Path(source.place),
                advice="Bring back the file of that time, or import it as a new version.",
            )


def _version_added_to(house: House, name: str, recipe: Recipe) -> Version | None:
    wanted = recipe.choices.get("added_to")
    if wanted is None:
        return None
    with house.read() as work:
        found = [one for one in work.datasets.list_versions(name) if one.content_hash == wanted]
    if not found:
        raise InputError("the version that this one was added to is gone", advice="Restore it from a backup.")
    return house.version(f"{name}@{found[-1].number}")
