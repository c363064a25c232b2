"""Commands on datasets: import, list, show, diff, rebuild, export, delete. Rule of the room: options in, words out."""

from pathlib import Path
from typing import Any, Literal

import click

from powertheft.cli.display import grouped, per_cent, progress_bar, say, show_table
from powertheft.cli.options import HOME, JSON, PAGE, REPAIR, house_of, mapping_of, repairs_of
from powertheft.cli.quality import show_quality, show_steps

SURE = 0.9


@click.group()
def dataset() -> None:
    """Versions of a utility's data: imported once, checked, without names, and never changed."""


@dataset.command("import")
@click.argument("data", nargs=-1, required=True)
@click.option("--name", required=True, help="Name of the dataset.")
@click.option("--profile", metavar="P", help="Profile; without one the layout is recognised, or a mapping is proposed.")
@click.option("--map", "mapping", multiple=True, metavar="OURS=THEIRS", help="As in train; can be repeated.")
@click.option("--keep", multiple=True, metavar="COLUMN=REASON", help="Keep a personal column, and say why.")
@click.option("--drop", multiple=True, metavar="COLUMN", help="Leave a column out.")
@click.option("--pseudonymise", multiple=True, metavar="COLUMN", help="Replace a column's words by pseudonyms.")
@REPAIR
@click.option("--yes", is_flag=True, help="Do not ask; take what is recognised or proposed.")
@click.option("--save-profile", metavar="NAME", help="Save the confirmed mapping, to be recognised the next time.")
@HOME
@JSON
@click.pass_context
def import_(
    context: click.Context,
    *,
    data: tuple[str, ...],
    name: str,
    yes: bool,
    save_profile: str | None,
    home: Path | None,
    json_file: Path | None,
    **options: Any,
) -> None:
    """Import files (any export: CSV, Excel, Parquet, JSON lines, a database, a bucket) as a version of a dataset."""
    from powertheft.actions.import_dataset import import_dataset  # late: keeps --help fast
    from powertheft.actions.keep_figures import check_place, keep_figures
    from powertheft.actions.plan_import import ImportChoices
    from powertheft.actions.save_profile import save_plan_profile

    check_place(json_file)
    choices = ImportChoices(
        profile=options["profile"],
        mapping=mapping_of(options["mapping"]),
        keep=mapping_of(options["keep"]),
        drop=options["drop"],
        pseudonymise=options["pseudonymise"],
        repairs=repairs_of(options["repairs"]),
    )

    def confirm(plan: Any) -> bool:
        show_plan(plan)
        return yes or plan.how == "named" or click.confirm("Import it like this?", default=False)

    with house_of(context, home) as house, progress_bar("importing") as progress:
        made = import_dataset(house, data, name=name, choices=choices, confirm=confirm, progress=progress)
        if save_profile:
            say(f"The mapping is saved as {save_plan_profile(house, made.plan, save_profile)}.")
    show_quality(made.quality)
    show_steps(made.quality.repairs)
    reference = f"{made.version.dataset}@{made.version.number}"
    if made.is_new:
        say(f"\n{reference} is made. Next: powertheft train {reference} --out model")
    else:
        say(f"\nNothing has changed: {reference} holds this already.")
    keep_figures(
        json_file,
        {
            "dataset": made.version.dataset,
            "version": made.version.number,
            "content_hash": made.version.content_hash,
            "is_new": made.is_new,
            "rows": dict(made.version.rows),
            "quality": made.quality.to_json(),
        },
    )


def show_plan(plan: Any) -> None:
    """Print what an import would do: the tables, where each column goes, and what becomes of personal columns."""
    said = {"named": "as you said", "recognised": "recognised by its columns", "suggested": "proposed"}[plan.how]
    say(f"Profile {plan.profile.name} ({said})")
    if plan.suggestion is not None:
        rows = [
            [file.stem, column.source, _is(column), per_cent(column.confidence), "; ".join(column.evidence)]
            for file in plan.suggestion.files
            for column in file.columns
        ]
        columns = [("file", "left"), ("column", "left"), ("is", "left"), ("sure", "right"), ("because", "left")]
        show_table("What the columns are", columns, rows)
    if plan.personal:
        rows = [
            [found.file, found.column, found.what, found.how_found, _becomes(found.treatment)]
            for found in plan.personal
        ]
        columns = [("file", "left"), ("column", "left"), ("holds", "left"), ("told by", "left"), ("what we do", "left")]
        show_table("\nWhat identifies people", columns, rows)


def _is(column: Any) -> str:
    return column.target or ("(rides along)" if column.kind else "(left out)")


def _becomes(treatment: Any) -> str:
    return f"keep: {treatment.reason}" if treatment.how == "keep" else treatment.how


@dataset.command("list")
@click.argument("name", required=False)
@HOME
@click.pass_context
def list_(context: click.Context, *, name: str | None, home: Path | None) -> None:
    """List the datasets, or the versions of the one of that NAME."""
    from powertheft.actions.dataset_versions import list_versions  # late: keeps --help fast

    with house_of(context, home) as house:
        found = list_versions(house, name)
    rows = [
        [f"{one.dataset}@{one.number}", f"{one.created_at:%Y-%m-%d %H:%M}", one.created_by, _rows(one.rows),
         one.content_hash[:12]]
        for one in found
    ]  # fmt: skip
    columns = [("version", "left"), ("made", "left"), ("by", "left"), ("rows", "left"), ("content", "left")]
    show_table("Datasets" if name is None else f"Versions of {name}", columns, rows)


def _rows(rows: Any) -> str:
    return ", ".join(f"{table} {grouped(count)}" for table, count in rows.items())


@dataset.command()
@click.argument("reference", metavar="NAME[@VERSION]")
@click.option("--verify", is_flag=True, help="Check every byte against the sums.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@HOME
@PAGE
@click.pass_context
def show(
    context: click.Context, *, reference: str, verify: bool, as_json: bool, home: Path | None, page: Path | None
) -> None:
    """Show a version: what it holds, what it was made of, what was found in it."""
    import json  # late: only here

    from powertheft.actions.dataset_versions import show_version  # late: keeps --help fast

    with house_of(context, home) as house:
        registered, version = show_version(house, reference, verify=verify, page=page)
    document = {
        "dataset": registered.dataset,
        "version": registered.number,
        "content_hash": registered.content_hash,
        "rows": dict(registered.rows),
        "created_at": registered.created_at.isoformat(),
        "created_by": registered.created_by,
        "recipe": version.manifest.recipe.to_json(),
    }
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    say(f"{registered.dataset}@{registered.number}, content {registered.content_hash}")
    show_table("Tables", [("table", "left"), ("rows", "right"), ("columns", "left")], [
        [name, grouped(table.rows), ", ".join(column.name for column in table.columns)]
        for name, table in version.manifest.tables.items()
    ])  # fmt: skip
    show_table("\nMade of", [("source", "left"), ("bytes", "right"), ("SHA-256", "left")], [
        [source.place, grouped(source.bytes), source.sha256[:12]] for source in version.manifest.recipe.sources
    ])  # fmt: skip


@dataset.command()
@click.argument("before", metavar="NAME[@VERSION]")
@click.argument("after", metavar="NAME[@VERSION]")
@JSON
@HOME
@click.pass_context
def diff(context: click.Context, *, before: str, after: str, json_file: Path | None, home: Path | None) -> None:
    """Say what changed from one version to another, in words and numbers."""
    from powertheft.actions.dataset_versions import compare_versions  # late: keeps --help fast
    from powertheft.actions.keep_figures import check_place, keep_figures

    check_place(json_file)
    with house_of(context, home) as house:
        difference = compare_versions(house, before, after)
    for line in difference.in_words():
        say(line)
    keep_figures(json_file, difference.to_json())


@dataset.command()
@click.argument("reference", metavar="NAME[@VERSION]")
@HOME
@click.pass_context
def rebuild(context: click.Context, *, reference: str, home: Path | None) -> None:
    """Make a version again from its sources and recipe, and say whether it is the same to the byte."""
    from powertheft.actions.rebuild_dataset import rebuild_dataset  # late: keeps --help fast

    with house_of(context, home) as house, progress_bar("rebuilding") as progress:
        made = rebuild_dataset(house, reference, progress=progress)
    say(f"{made.reference}: {made.registered}")
    say("made again: the same" if made.is_same else f"made again: {made.made}, which is another content")
    if not made.is_same:
        context.exit(1)


@dataset.command()
@click.argument("reference", metavar="NAME[@VERSION]")
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="DIR", help="New folder for the files.")
@click.option("--format", "file_format", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True)
@HOME
@click.pass_context
def export(
    context: click.Context, *, reference: str, out: Path, file_format: Literal["csv", "parquet"], home: Path | None
) -> None:
    """Write a version's tables as plain files: pseudonyms, and no place that fewer than ten consumers share."""
    from powertheft.actions.dataset_versions import export_version  # late: keeps --help fast

    with house_of(context, home) as house:
        files = export_version(house, reference, out=out, file_format=file_format)
    for file in files:
        say(str(file))


@dataset.command()
@click.argument("reference", metavar="NAME[@VERSION]")
@click.option("--reason", required=True, help="Why it is deleted; it stays in the audit trail.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@HOME
@click.pass_context
def delete(context: click.Context, *, reference: str, reason: str, yes: bool, home: Path | None) -> None:
    """Delete a version, or with NAME alone the whole dataset: rows and files. That it was there remains known."""
    from powertheft.actions.dataset_versions import delete_versions  # late: keeps --help fast

    with house_of(context, home) as house:
        if not yes:
            click.confirm(f"Delete {reference}?", abort=True)
        gone = delete_versions(house, reference, reason=reason)
    for version in gone:
        say(f"{version.dataset}@{version.number} is deleted.")
