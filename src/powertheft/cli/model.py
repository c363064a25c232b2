"""Commands on features and models. Rule of the room: options in, words out."""

from pathlib import Path
from typing import Any

import click

from powertheft.cli.display import energy, grouped, money, per_cent, progress_bar, say, show_table
from powertheft.cli.figures import show_evaluation, show_training
from powertheft.cli.options import (
    CAPACITY,
    CUTOFF,
    DATA,
    HOME,
    JSON,
    MAP,
    PAGE,
    PROFILE,
    SEED,
    VALUE_FOUND,
    VISIT_COST,
    data_of,
    identities_of,
    mapping_of,
    words_of,
)
from powertheft.cli.rules import RULES
from powertheft.domain.errors import ChoiceError

MODEL = click.option("--model", required=True, type=click.Path(path_type=Path), help="Folder of a trained model.")


@click.command()
@click.option("--profile", metavar="P", help="Only what this profile's columns allow.")
@JSON
def features(*, profile: str | None, json_file: Path | None) -> None:
    """Print the catalogue of features: name, family, unit, meaning, flags."""
    from powertheft.actions.keep_figures import check_place, keep_figures
    from powertheft.actions.list_features import list_features  # late: keeps --help fast

    check_place(json_file)
    found = list_features(profile)
    columns = [("name", "left"), ("family", "left"), ("unit", "left"), ("meaning", "left"), ("flags", "left")]
    rows = [[row[name] if name != "flags" else ", ".join(row["flags"]) for name, _ in columns] for row in found]
    show_table(f"{len(found)} features", columns, rows)
    say("\nChoose with --features NAME-OR-FAMILY,... and --without NAME-OR-FAMILY-OR-FLAG,... in train.")
    keep_figures(json_file, {"features": found})


@click.command()
@click.option("--settings", metavar="ALGORITHM", help="The settings of one of them instead, for --set in train.")
def models(*, settings: str | None) -> None:
    """List the kinds of model that --algorithm takes, or the settings of one."""
    from powertheft.actions.list_models import list_models, list_settings  # late: keeps --help fast

    if settings is None:
        show_table("Models", [("name", "left"), ("what it is", "left")], list_models())
        say("\nSettings of one: powertheft models --settings NAME.")
        return
    columns = [("name", "left"), ("default", "right"), ("range", "left"), ("what it does", "left")]
    show_table(f"Settings of {settings}", columns, list_settings(settings))
    say(
        f"\nSet them: powertheft train ... --algorithm {settings} --set NAME=VALUE; or search them with --tune MINUTES."
    )


@click.command()
@DATA
@PROFILE
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="MODEL", help="Folder for the model.")
@click.option("--algorithm", default="lightgbm", show_default=True, help="Kind of model; see: powertheft models.")
@click.option(
    "--features", "chosen", metavar="WORDS", help="Names or families of features, with commas; all if absent."
)
@click.option("--without", metavar="WORDS", help="Names, families or flags (not-knowable, registry, ...) to leave out.")
@SEED
@CAPACITY
@CUTOFF
@click.option("--folds", type=click.IntRange(1, 5), help="How many of five folds to hold out in turn for the report.")
@click.option("--encoding", type=click.Choice(["ordinal", "one-hot"]), help="How categories become numbers.")
@click.option("--scaling", type=click.Choice(["standard", "min-max", "robust", "none"]), help="How numbers are scaled.")
@click.option(
    "--class-weight", type=click.Choice(["balanced", "none"]), help="Weight of theft and honest outcomes in fitting."
)
@click.option("--threads", default=2, show_default=True, type=click.IntRange(min=1), help="Threads to use.")
@click.option(
    "--split",
    type=click.Choice(["consumer", "neighbourhood", "time"]),
    default="consumer",
    show_default=True,
    help="Who is held out: consumers, whole neighbourhoods, or the latest fifth of the dated outcomes.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="A setting of the model; see: powertheft models --settings. May be repeated.",
)
@click.option(
    "--tune", type=float, metavar="MINUTES", help="Search the settings for so long, inside the consumers not held out."
)
@click.option(
    "--half-life",
    metavar="MONTHS",
    help="After so many months an outcome counts half; 'auto' lets the newest outcomes choose. Else all count alike.",
)
@click.option("--learning-curve", is_flag=True, help="Also show whether more outcomes would help; slow.")
@VISIT_COST
@VALUE_FOUND
@MAP
@HOME
@JSON
@PAGE
@click.pass_context
def train(
    context: click.Context,
    *,
    data: tuple[Path, ...],
    profile: str | None,
    out: Path,
    home: Path | None,
    json_file: Path | None,
    page: Path | None,
    **options: Any,
) -> None:
    """Train a model on every consumer with a known outcome, and report how it does on consumers it has not seen."""
    from powertheft.actions.keep_figures import check_place, keep_figures
    from powertheft.actions.train_model import TrainingChoices, train_model  # late: keeps --help fast

    mapping = mapping_of(options.pop("mapping"))
    choices = TrainingChoices(
        features=words_of(options.pop("chosen"), "--features"),
        without=words_of(options.pop("without"), "--without"),
        **options,
    )
    check_place(json_file, *data)
    check_place(page, *data, *((json_file,) if json_file else ()))
    with progress_bar("training") as progress:
        _, report = train_model(
            data_of(context, data, home),
            profile=profile,
            out=out,
            choices=choices,
            mapping=mapping,
            page=page,
            progress=progress,
        )
    show_training(report.to_json())
    keep_figures(json_file, report.to_json())
    named = f" --profile {profile}" if profile else ""
    say(f"\nThe model is in {out}. Next: powertheft score DATA{named} --model {out} --out ranked.csv")


@click.command()
@DATA
@PROFILE
@MODEL
@CAPACITY
@CUTOFF
@VISIT_COST
@VALUE_FOUND
@MAP
@SEED
@HOME
@JSON
@click.pass_context
def evaluate(
    context: click.Context,
    *,
    data: tuple[Path, ...],
    profile: str | None,
    model: Path,
    capacity: str,
    home: Path | None,
    json_file: Path | None,
    **options: Any,
) -> None:
    """Judge a model on labelled consumers that were not used in fitting it; those that were are left out."""
    from powertheft.actions.evaluate_model import evaluate_model  # late: keeps --help fast
    from powertheft.actions.keep_figures import check_place, keep_figures

    options["mapping"] = mapping_of(options["mapping"])
    check_place(json_file, *data, model)
    with progress_bar("judging") as progress:
        judgement = evaluate_model(
            data_of(context, data, home),
            profile=profile,
            model=model,
            capacity=capacity,
            progress=progress,
            **options,
        )
    show_evaluation(judgement.to_json())
    keep_figures(json_file, judgement.to_json())


@click.command()
@DATA
@PROFILE
@MODEL
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="CSV", help="File for the ranked list.")
@click.option("--rank-by", type=click.Choice(["probability", "recovery"]), default="probability", show_default=True)
@click.option("--explain", default=500, show_default=True, type=click.IntRange(min=0), help="Reasons for the top N.")
@RULES
@click.option("--reveal", metavar="REASON", help="Of a dataset: write numbers instead of pseudonyms, and say why.")
@MAP
@HOME
@click.pass_context
def score(
    context: click.Context,
    *,
    data: tuple[Path, ...],
    profile: str | None,
    model: Path,
    out: Path,
    rules_file: Path | None,
    reveal: str | None,
    home: Path | None,
    **options: Any,
) -> None:
    """Rank every connection by likelihood or by expected recovery, with up to three reasons in words."""
    from powertheft.actions.keep_figures import check_place
    from powertheft.actions.known_rules import own_rules
    from powertheft.actions.score_consumers import score_consumers, transformers_beside  # late: keeps --help fast

    options["mapping"] = mapping_of(options["mapping"])
    check_place(out, *data, model, *([] if rules_file is None else [rules_file]))
    with progress_bar("scoring") as progress, identities_of(context, home, reveal) as names:
        read = data_of(context, data, home)
        if reveal is not None and isinstance(read, (Path, tuple)):
            raise ChoiceError("--reveal is for datasets: files give the consumers' own numbers", advice="Leave it out.")
        scored = score_consumers(
            read,
            profile=profile,
            model=model,
            out=out,
            rules=own_rules(rules_file, home),
            names=names,
            progress=progress,
            **options,
        )
    show_ranked(scored.ranked, currency=scored.currency, count=10)
    say(f"\n{grouped(scored.ranked.height)} connections are ranked in {out}.")
    if scored.transformers.height:
        say(f"Transformers by unexplained energy are in {transformers_beside(out)}.")
    lacking = f"; {len(scored.not_asked)} more need what the data lack" if scored.not_asked else ""
    say(f"{len(scored.asked)} rules were asked of each beside the model{lacking}.")


def show_ranked(ranked: Any, *, currency: str, count: int) -> None:
    """Print the top of a list: unusual is the share of the other connections whose figures are less so."""
    columns = [
        ("#", "right"),
        ("connection", "left"),
        ("likely", "right"),
        ("unbilled a year", "right"),
        ("worth", "right"),
        ("rules", "right"),
        ("unusual", "right"),
        ("why", "left"),
    ]
    rows = [
        [
            str(row["rank"]),
            row["consumer_id"],
            per_cent(row["probability"]),
            energy(row["expected_energy_kwh"]),
            money(row["expected_amount"], currency),
            str(row["rules_count"]),
            per_cent(row["anomaly"], 1),
            "\n".join(row[f"reason_{place}"] for place in (1, 2, 3) if row[f"reason_{place}"]),
        ]
        for row in ranked.head(count).iter_rows(named=True)
    ]
    show_table("Worth a visit first (an indication, not proof)", columns, rows)
