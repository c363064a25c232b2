"""Options that several commands share. Rule of the room: options in, words out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

DATA = click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path))
PROFILE = click.option(
    "--profile", required=True, metavar="P", help="tneb, steg, table, or the path of your own profile (.toml)."
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
    type=click.Choice(["f1", "capacity"]),
    default="f1",
    show_default=True,
    help="How the probability that counts as theft is chosen: best F1, or what the squads can visit.",
)
SEED = click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Same seed, same result.")
JSON = click.option(
    "--json", "json_file", type=click.Path(path_type=Path), metavar="FILE", help="Also write the figures as JSON."
)


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


def data_of(data: tuple[Path, ...]) -> Path | tuple[Path, ...]:
    """Return one folder, or the files."""
    return data[0] if len(data) == 1 else data
