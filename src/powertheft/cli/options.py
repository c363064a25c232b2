"""Options that several commands share. Rule of the room: options in, words out."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import click

from powertheft.domain.quality import Repair

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

DATA = click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
PROFILE = click.option(
    "--profile",
    metavar="P",
    help="tneb, steg, sgcc, smart-meter, table, or the path of your own profile (.toml); a dataset knows its own.",
)
HOME = click.option(
    "--home",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of datasets, vault and database; else POWERTHEFT_HOME, else ~/.powertheft.",
)
MAP = click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="OURS=THEIRS",
    help="Read one of our columns from another column of the file; can be repeated.",
)
CAPACITY = click.option(
    "--capacity",
    default="1%",
    show_default=True,
    metavar="K",
    help="What the squads can visit: a share (1%, 0.01) or a number of visits (250).",
)
CUTOFF = click.option(
    "--cutoff",
    type=click.Choice(["f1", "capacity", "value"]),
    default="f1",
    show_default=True,
    help="How the probability that counts as theft is chosen: best F1, what the squads can visit, what visits bring.",
)
VISIT_COST = click.option("--visit-cost", type=float, metavar="AMOUNT", help="What a visit costs; with --value-found.")
VALUE_FOUND = click.option(
    "--value-found", type=float, metavar="AMOUNT", help="What a theft brings that a visit finds."
)
SEED = click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Same seed, same result.")
JSON = click.option(
    "--json", "json_file", type=click.Path(path_type=Path), metavar="FILE", help="Also write the figures as JSON."
)

REPAIR = click.option(
    "--repair",
    "repairs",
    multiple=True,
    metavar="STEP",
    help='A step that mends rows: "drop readings rule=outlier", "clip readings.energy maximum=9000"; can be repeated.',
)
PAGE = click.option(
    "--page", type=click.Path(path_type=Path), metavar="FILE", help="Also write the report as a page (HTML) to print."
)


def repairs_of(steps: tuple[str, ...]) -> tuple[Repair, ...]:
    """Return the steps of --repair: its name, the table or table.column, and what else it must be told.

    Examples
    --------
    >>> repairs_of(("clip readings.energy maximum=9000",))
    (Repair(name='clip', table='readings', column='energy', parameters={'maximum': 9000.0}),)
    """
    return tuple(map(_repair, steps))


def _repair(step: str) -> Repair:
    name, place, *told = [*step.split(), "", ""]
    pairs = [word.partition("=") for word in told if word]
    if not place or not all(key and value for key, _, value in pairs):
        message = f"{step!r} is not of the form NAME TABLE[.COLUMN] [KEY=VALUE ...]"
        raise click.BadParameter(message, param_hint="--repair")
    table, _, column = place.partition(".")
    return Repair(name, table, column, {key: _value(value) for key, _, value in pairs})


def _value(word: str) -> str | float:
    try:
        return float(word)
    except ValueError:
        return word


def mapping_of(pairs: tuple[str, ...]) -> dict[str, str]:
    """Return the pairs of --map as ours -> theirs."""
    for pair in pairs:
        if "=" not in pair.strip("="):
            raise click.BadParameter(f"{pair!r} is not of the form OURS=THEIRS", param_hint="--map")
    found = dict(pair.split("=", 1) for pair in pairs)
    for name in found:
        if sum(pair.startswith(f"{name}=") for pair in pairs) > 1:
            raise click.BadParameter(f"{name} is named twice", param_hint="--map")
    return found


def words_of(text: str | None, option: str) -> tuple[str, ...]:
    """Return the words of a comma-separated option."""
    words = tuple(word.strip() for word in (text or "").split(",") if word.strip())
    if text is not None and not words:
        raise click.BadParameter(f"{text!r} names nothing", param_hint=option)
    return words


def house_of(context: click.Context, home: Path | None) -> AbstractContextManager[Any]:
    """Open the house: what the container that `bootstrap` has wired gives."""
    return context.find_root().obj.open_house(home)


@contextmanager
def identities_of(context: click.Context, home: Path | None, reason: str | None) -> Generator[Any, None, None]:
    """Give what turns pseudonyms into numbers for that reason, None where no reason was said."""
    if reason is None:
        yield None
        return
    from powertheft.actions.reveal_consumers import numbers_of  # late: keeps --help fast

    with house_of(context, home) as house:
        yield lambda pseudonyms: numbers_of(house, pseudonyms, reason=reason)


def data_of(context: click.Context, data: tuple[Path, ...], home: Path | None) -> Any:
    """Return one folder, the files, or the version that NAME[@VERSION] names where there is no such file."""
    from powertheft.actions.house import names_dataset  # late: keeps --help fast

    single = str(data[0]) if len(data) == 1 else ""
    if not names_dataset(single):
        return data[0] if len(data) == 1 else data
    with house_of(context, home) as house:
        return house.named_version(single)
