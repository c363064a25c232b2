"""The audit of a training finds what was planted and nothing where nothing was."""

import numpy as np
import polars as pl

from powertheft.actions.audit_training import as_numbers, audit_training
from powertheft.actions.hold_out import parts_of
from powertheft.actions.training_report import AuditOfTraining, Labelled
from powertheft.features.catalogue import catalogue

COUNT = 1_200


def seen(*, with_leak: bool) -> AuditOfTraining:
    """Audit three features of which one tells a little, and perhaps a code that tells all."""
    draws = np.random.default_rng(4)
    labels = (draws.random(COUNT) < 0.15).astype(np.int8)
    features = {
        "fall": draws.normal(size=COUNT) + 0.8 * labels,
        "load": draws.normal(size=COUNT),
        "maker": np.where(draws.random(COUNT) < 0.5, "A", "B"),
    }
    if with_leak:
        features["case"] = np.where(labels == 1, "open", "none")
    numbers = np.array([f"C{place}" for place in range(COUNT)])
    known = Labelled(numbers, numbers, pl.DataFrame(features), labels)
    parts = parts_of(known, split="consumer", asked=1)
    return audit_training(known, catalogue()[:3], parts=parts, seed=0, threads=1)


def test_a_column_that_says_the_outcome_is_a_leak() -> None:
    audit = seen(with_leak=True)
    assert audit.found.severity == "leak"
    assert "case" in audit.found.verdict


def test_clean_data_are_called_clean_and_how_that_was_judged_is_said() -> None:
    audit = seen(with_leak=False)
    assert audit.found.severity == "ok", audit.found.verdict
    assert "all 1,200 labelled consumers" in audit.judged_by
    assert audit.to_json()["verdict"] == audit.found.verdict


def test_words_become_codes_and_what_is_missing_stays_missing() -> None:
    """B is the second of two words."""
    codes = as_numbers(pl.Series(["B", None, "A"]))
    np.testing.assert_array_equal(codes, [2.0, np.nan, 1.0])
