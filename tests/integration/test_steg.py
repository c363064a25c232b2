"""The main job on the real billing data of STEG: small in CI, in full by `make prove`.

A client's fold is SHA-256 of its number modulo five. The bars are those of the first issue; the figures are printed.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from powertheft.evaluation.splits import fold_of
from powertheft.models.registry import ALGORITHMS
from powertheft.profiles.loading import profile_text
from tests.integration.measured import Run, powertheft
from tests.integration.warm import Ended, Warm

pytestmark = [pytest.mark.data, pytest.mark.timeout(5400)]

PROVE = bool(os.environ.get("POWERTHEFT_PROVE"))
SAMPLE, FEW = 3_000, 1_200
Command = Callable[..., Ended | Run]

in_full = pytest.mark.skipif(not PROVE, reason="a long proof: make prove")

FILES = {"client": "kunden", "invoice": "rechnungen"}
"""Other names of the files, and below of the columns: a utility that speaks another language."""


@pytest.fixture(scope="session")
def clients(steg_folder: Path) -> pl.DataFrame:
    return pl.read_csv(steg_folder / "client.csv", infer_schema=False)


@pytest.fixture(scope="session")
def invoices(steg_folder: Path) -> pl.DataFrame:
    return pl.read_parquet(steg_folder / "invoice.parquet")


def export(folder: Path, clients: pl.DataFrame, invoices: pl.DataFrame) -> Path:
    """Write an export in the layout of STEG with these clients only."""
    folder.mkdir()
    clients.write_csv(folder / "client.csv")
    invoices.join(clients, on="client_id", how="semi").write_parquet(folder / "invoice.parquet")
    return folder


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory, clients: pl.DataFrame, invoices: pl.DataFrame) -> Path:
    """A sample of the clients, the same at every run; all of them in a proof."""
    chosen = clients if PROVE else clients.sort("client_id").sample(SAMPLE, seed=1)
    return export(tmp_path_factory.mktemp("steg") / "export", chosen, invoices)


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory, clients: pl.DataFrame, invoices: pl.DataFrame) -> Path:
    """Enough clients to be told apart, where neither how well nor how fast is asked; all of them in a proof."""
    chosen = clients if PROVE else clients.sort("client_id").sample(FEW, seed=5)
    return export(tmp_path_factory.mktemp("few") / "export", chosen, invoices)


@pytest.fixture(scope="session")
def command(warm: Warm) -> Command:
    """A proof has all threads and hours; the small runs are spared loading the libraries every time."""

    def run(*arguments: object, folder: Path) -> Ended:
        return warm.run(*arguments, folder=folder, scratch=folder, patience=600)

    return powertheft if PROVE else run


def measures_of(file: Path, part: str = "held_out") -> dict[str, float]:
    report = json.loads(file.read_text())
    return {name: measure["value"] for name, measure in report[part]["measures"].items()}


@in_full
def test_out_of_fold_figures_over_all_clients_reach_the_bars(steg_folder: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    run = powertheft(
        "train", steg_folder, "--profile", "steg", "--out", tmp_path / "model", "--folds", 5, "--json", figures,
        folder=tmp_path,
    )  # fmt: skip
    assert run.code == 0, run.err
    print(run.out, f"\n{run.seconds:.0f} s, {run.peak / 1e9:.2f} GB")
    held_out = measures_of(figures)
    assert held_out["roc_auc"] >= 0.895
    assert held_out["pr_auc"] >= 0.45
    assert held_out["precision_at_capacity"] >= 0.66
    assert measures_of(figures, "knowable_only")["roc_auc"] < held_out["roc_auc"]


@in_full
def test_training_with_its_report_takes_under_six_minutes_and_four_gigabytes(steg_folder: Path, tmp_path: Path) -> None:
    run = powertheft("train", steg_folder, "--profile", "steg", "--out", tmp_path / "model", folder=tmp_path)
    assert run.code == 0, run.err
    print(run.out, f"\n{run.seconds:.0f} s, {run.peak / 1e9:.2f} GB")
    assert run.seconds < 360
    assert run.peak < 4e9


@in_full
def test_scoring_40_000_other_clients_with_500_explained_takes_under_half_a_minute(
    clients: pl.DataFrame, invoices: pl.DataFrame, tmp_path: Path
) -> None:
    mixed = clients.sample(fraction=1.0, shuffle=True, seed=2)
    known, others = mixed[40_000:], mixed[:40_000].drop("target")
    model, ranked = tmp_path / "model", tmp_path / "ranked.csv"
    trained = powertheft(
        "train", export(tmp_path / "known", known, invoices), "--profile", "steg", "--out", model, folder=tmp_path
    )
    assert trained.code == 0, trained.err
    run = powertheft(
        "score", export(tmp_path / "others", others, invoices), "--profile", "steg", "--model", model, "--out", ranked,
        "--explain", 500, folder=tmp_path,
    )  # fmt: skip
    assert run.code == 0, run.err
    print(f"\n{run.seconds:.1f} s, {run.peak / 1e9:.2f} GB")
    listed = pl.read_csv(ranked, infer_schema_length=None)
    assert listed.height == 40_000
    assert listed.head(500)["reason_1"].null_count() < 10
    assert run.seconds < 30


def test_the_quality_report_counts_what_the_real_bills_are_known_for(
    steg_folder: Path, clients: pl.DataFrame, invoices: pl.DataFrame, tmp_path: Path
) -> None:
    """What data/README.md tells of them, counted here by one line each."""
    report = tmp_path / "quality.json"
    run = powertheft("check", steg_folder, "--profile", "steg", "--json", report, folder=tmp_path)
    assert run.code == 0, run.err
    quality = json.loads(report.read_text("utf-8"))
    found = {(finding["rule"], finding["column"]): finding["count"] for finding in quality["findings"]}
    rows = {table["table"]: table for table in quality["tables"]}
    bills = invoices.with_columns(pl.col("counter_statue").cast(pl.String), pl.col("reading_remarque").cast(pl.String))
    assert rows["consumers"]["rows_in"] == clients.height
    assert rows["readings"]["rows_in"] == rows["readings"]["rows_used"] + found["exact_duplicate", ""] == bills.height
    assert found["exact_duplicate", ""] == bills.height - bills.unique().height
    backwards = bills.filter(pl.col("new_index") < pl.col("old_index")).height
    assert found["index_backwards", "current_index"] + found["rollover", "current_index"] == backwards
    assert found["impossible_period", "period_days"] == bills.filter(~pl.col("months_number").is_between(1, 39)).height
    assert found["early_reading", "read_on"] == bills.filter(pl.col("invoice_date") < "2005").height
    statues, remarks = bills["counter_statue"], bills["reading_remarque"]
    assert found["unknown_code", "meter_status"] == (~statues.is_in([*"012345"])).sum()
    assert found["unknown_code", "reading_code"] == (~remarks.is_in([*"6789"])).sum()
    assert found["undated_inspection", "inspected_on"] == clients.height
    print(f"\n{run.seconds:.1f} s, {run.peak / 1e9:.2f} GB")
    if PROVE:
        assert run.seconds < 20


def test_the_same_export_in_other_words_and_another_order_gives_the_same_list(
    command: Command, few: Path, tmp_path: Path
) -> None:
    """Nothing in the code knows STEG but its profile: another profile for renamed, shuffled files says the same."""
    renamed, profile = in_other_words(few, tmp_path)
    lists: list[pl.DataFrame] = []
    for data, words in ((few, "steg"), (renamed, profile)):
        model, ranked = tmp_path / f"model-{data.name}", tmp_path / f"{data.name}.csv"
        trained = command("train", data, "--profile", words, "--out", model, "--folds", 1, folder=tmp_path)
        assert trained.code == 0, trained.err
        scored = command("score", data, "--profile", words, "--model", model, "--out", ranked, folder=tmp_path)
        assert scored.code == 0, scored.err
        lists.append(pl.read_csv(ranked, infer_schema_length=None))
    same = [column for column in lists[0].columns if column != "consumer_id"]
    assert lists[0]["consumer_id"].to_list() == lists[1]["consumer_id"].to_list()
    assert_frame_equal(lists[0].select(same), lists[1].select(same))


def in_other_words(sample: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Rename files and columns, shuffle rows and columns, and write the profile that says so."""
    folder = tmp_path / "umbenannt"
    folder.mkdir()
    text = profile_text("steg")
    clients = pl.read_csv(sample / "client.csv", infer_schema=False)
    invoices = pl.read_parquet(sample / "invoice.parquet")
    words = {
        name: f"F{place:02d}_{name[::-1]}"
        for place, name in enumerate(dict.fromkeys([*clients.columns, *invoices.columns]))
    }
    for frame, stem in ((clients, "client"), (invoices, "invoice")):
        columns = sorted(frame.columns, key=lambda name: name[::-1])
        shuffled = frame.sample(fraction=1.0, shuffle=True, seed=3).select(columns)
        shuffled.rename({name: words[name] for name in columns}).write_parquet(folder / f"{FILES[stem]}.parquet")
        text = text.replace(f'file = "{stem}"', f'file = "{FILES[stem]}"')
    head, *tables = text.split("[[tables]]")
    for name in sorted(words, key=len, reverse=True):
        tables = [table.replace(f'"{name}"', f'"{words[name]}"') for table in tables]
    attributes = {name: words[name] for name in invoices.columns if f"\n{name} = " in tables[-1]}
    for name, source in attributes.items():
        kind = "number" if f'\n{name} = "number"' in tables[-1] else "category"
        tables[-1] = tables[-1].replace(
            f'\n{name} = "{kind}"', f'\n{name} = {{ source = "{source}", kind = "{kind}" }}'
        )
    profile = tmp_path / "mine.toml"
    profile.write_text("[[tables]]".join([head.replace('name = "steg"', 'name = "mine"'), *tables]))
    return folder, profile


def test_a_plain_table_under_other_names_is_ranked_through_the_profile_table(
    command: Command, sample: Path, tmp_path: Path
) -> None:
    """One row a client with plain sums, columns called anything, an identity and a label that are named on the way."""
    invoices = pl.read_parquet(sample / "invoice.parquet")
    levels = pl.sum_horizontal(f"consommation_level_{level}" for level in range(1, 5))
    energy = levels.alias("energy")
    plain = invoices.with_columns(energy).group_by("client_id").agg(
        a1=pl.len(), b2=pl.col("energy").mean(), c3=pl.col("energy").std(), d4=pl.col("energy").max(),
        e5=pl.col("counter_number").n_unique(), f6=pl.col("counter_statue").last(), g7=pl.col("invoice_date").max(),
    )  # fmt: skip
    clients = pl.read_csv(sample / "client.csv", infer_schema=False)
    table = clients.join(plain, on="client_id", how="left").rename({"client_id": "KUNDE", "target": "BETRUG"})
    file = tmp_path / "anything.csv"
    table.sample(fraction=1.0, shuffle=True, seed=4).select(sorted(table.columns)).write_csv(file)
    figures = tmp_path / "figures.json"
    words = ("--profile", "table", "--map", "consumer_id=KUNDE", "--map", "outcome=BETRUG")
    trained = command(
        "train", file, *words, "--out", tmp_path / "model", "--folds", 1, "--json", figures, folder=tmp_path
    )
    assert trained.code == 0, trained.err
    assert measures_of(figures)["roc_auc"] > 0.7
    ranked = tmp_path / "ranked.csv"
    scored = command("score", file, *words, "--model", tmp_path / "model", "--out", ranked, folder=tmp_path)
    assert scored.code == 0, scored.err
    assert pl.read_csv(ranked, infer_schema_length=None).height == table.height


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_model_trains_on_real_bills_and_says_the_same_after_a_reload(
    command: Command, algorithm: str, sample: Path, few: Path, tmp_path: Path
) -> None:
    model, first, second = tmp_path / "model", tmp_path / "first.csv", tmp_path / "second.csv"
    figures = tmp_path / "figures.json"
    run = command(
        "train", sample, "--profile", "steg", "--out", model, "--algorithm", algorithm, "--folds", 1, "--json", figures,
        folder=tmp_path,
    )  # fmt: skip
    assert run.code == 0, run.err
    found = measures_of(figures)
    print(f"\n{algorithm}: ROC-AUC {found['roc_auc']:.3f}")
    assert found["roc_auc"] > 0.75
    for out in (first, second):
        scored = command(
            "score", few, "--profile", "steg", "--model", model, "--out", out, "--explain", 20, folder=tmp_path
        )
        assert scored.code == 0, scored.err
    assert first.read_bytes() == second.read_bytes()


def test_judging_leaves_out_whom_the_model_was_fitted_on(
    command: Command, clients: pl.DataFrame, invoices: pl.DataFrame, tmp_path: Path
) -> None:
    fold = pl.Series(fold_of(clients["client_id"]))
    known = clients.filter(fold != 0).head(2_500)
    both = pl.concat([known.head(1_000), clients.filter(fold == 0).head(1_500)])
    model, figures = tmp_path / "model", tmp_path / "figures.json"
    trained = command(
        "train", export(tmp_path / "known", known, invoices), "--profile", "steg", "--out", model, "--folds", 1,
        "--algorithm", "logistic-regression",
        folder=tmp_path,
    )  # fmt: skip
    assert trained.code == 0, trained.err
    judged = command(
        "evaluate", export(tmp_path / "both", both, invoices), "--profile", "steg", "--model", model, "--json", figures,
        folder=tmp_path,
    )  # fmt: skip
    assert judged.code == 0, judged.err
    report = json.loads(figures.read_text())
    assert report["left_out_because_used_in_fitting"] == 1_000
    assert report["evaluation"]["consumers"] == 1_500
    assert report["evaluation"]["measures"]["roc_auc"]["value"] > 0.75
