"""The main job on a made-up utility, from its export to the list. Rule of the room: compute nothing themselves."""

from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from powertheft.actions.progress import Progress, no_progress, part_of
from powertheft.actions.score_consumers import ScoredList, score_consumers
from powertheft.actions.simulate_data import BILLS, PROFILE, simulate_data
from powertheft.actions.train_model import TrainingChoices, train_model
from powertheft.actions.training_report import TrainingReport
from powertheft.domain.errors import ChoiceError, LabelError, OutputError
from powertheft.models.folders import check_writable
from powertheft.reports.card import write_card
from powertheft.reports.writing import write_json
from powertheft.simulation.summary import SimulationSummary
from powertheft.writing.whole import write_whole

HOUSE = "home"
"""Folder below the demo's that the pages are served from."""

PLACES: dict[str, str] = {
    "export of the utility": "data",
    "model": "model",
    "ranked list": "ranked.csv",
    "transformers": "ranked.transformers.csv",
    "figures": "report.json",
    "picture": "card.png",
}
"""What the demo makes, and the name of each in its folder."""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What the demo made, where it lies, and what the made-up truth says of the top of the list."""

    utility: SimulationSummary
    report: TrainingReport
    scored: ScoredList
    places: dict[str, Path]
    checked: int
    truly_stealing: int


def run_demo(home: Path, *, consumers: int, seed: int = 0, progress: Progress = no_progress) -> Demonstration:
    """Simulate a utility into `home`, train on its inspections, rank its connections: all of it, or nothing."""
    check_home(home)
    made: list[Demonstration] = []
    write_whole({home: lambda place: made.append(_make(place, consumers=consumers, seed=seed, progress=progress))})
    return replace(made[0], places=places_in(home))


def places_in(home: Path) -> dict[str, Path]:
    """Return where the demo puts what it makes."""
    return {what: home / name for what, name in PLACES.items()}


def is_opened(home: Path) -> bool:
    """Return whether an earlier demo's pages have been opened here: what was done on them is somebody's."""
    return (home / HOUSE).is_dir() and (home / PLACES["export of the utility"] / "truth.csv").is_file()


def check_home(home: Path) -> None:
    """Refuse a folder that holds anything but an earlier demo whose pages were never opened."""
    check_writable(home)
    if is_opened(home):
        what = "the folder holds an earlier demo, and what was done on its pages"
        raise OutputError(
            what, file=home, advice=f"Open it: powertheft serve --home {home / HOUSE}; or choose another."
        )
    if not home.exists():
        return
    if not home.is_dir():
        raise OutputError("is a file, not a folder", file=home, advice="Choose a folder.")
    present = {entry.name for entry in home.iterdir()}
    data = home / PLACES["export of the utility"]
    foreign = sorted(present - {*PLACES.values()})
    if foreign or (present and not (data / "truth.csv").is_file()):
        what = f"the folder holds what no demo made ({(foreign or sorted(present))[0]})"
        raise OutputError(what, file=home, advice="Choose a new or an empty folder.")


def _make(home: Path, *, consumers: int, seed: int, progress: Progress) -> Demonstration:
    places = places_in(home)
    data, model, out = places["export of the utility"], places["model"], places["ranked list"]
    utility = simulate_data(data, consumers=consumers, bills=BILLS, seed=seed, progress=part_of(progress, 0.0, 0.15))
    try:
        _, report = train_model(
            data, profile=PROFILE, out=model, choices=TrainingChoices(seed=seed), progress=part_of(progress, 0.15, 0.8)
        )
    except LabelError as error:
        what = f"{consumers:,} made-up consumers are too few to learn from ({error.what})"
        raise ChoiceError(what, advice="Give --consumers 10000 or more.") from error
    scored = score_consumers(data, profile=PROFILE, model=model, out=out, progress=part_of(progress, 0.8, 0.98))
    write_json(places["figures"], report.to_json())
    write_card(
        places["picture"],
        evaluation=report.held_out.to_json(),
        ranked=scored.ranked,
        title=f"A made-up utility of {consumers:,} connections: where a visit is worth it",
        currency=scored.currency,
        footnote="An indication, not proof. Every name, number and bill is made up by the simulation.",
    )
    progress("done", 1.0)
    checked, stealing = _against_truth(scored.ranked, data / "truth.csv")
    return Demonstration(utility, report, scored, places, checked, stealing)


def _against_truth(ranked: pl.DataFrame, truth: Path) -> tuple[int, int]:
    """Of the first hundred connections that no visit had taught the model: how many are looked at, how many steal."""
    top = ranked.filter(~pl.col("used_in_fitting")).head(100)
    thieves = pl.read_csv(truth, infer_schema=False).filter(pl.col("STEALS_AT_END") == "Y")
    return top.height, top.join(thieves, left_on="consumer_id", right_on="SC_NO", how="semi").height
