"""The leakage audit: a planted leak of each kind is seen, and clean data raise nothing."""

import json

import numpy as np
import pytest

from powertheft.domain.errors import LabelError
from powertheft.evaluation.audit import CHECKS, audit
from powertheft.evaluation.leakage import (
    AuditData,
    Judgement,
    audit_both_sides,
    audit_identities,
    audit_permuted,
    audit_questionable,
    audit_single_features,
    single_roc_auc,
)
from powertheft.evaluation.measures import pr_auc, rank, roc_auc, tally
from powertheft.evaluation.splits import fold_of

CLEAN_SEEDS = range(100, 120)
FLAGS = {
    "new meters": frozenset({"not-knowable"}),
    "district": frozenset({"registry"}),
    "bills": frozenset({"exposure"}),
}


def judged_by_least_squares(features, folds, *, learns_from_all=False):
    """Return a judge: least squares on the other folds, or, as a mistake, on every row and its own outcome."""

    def judge(names, labels):
        columns = [np.nan_to_num(features[name], nan=0.0) for name in names]
        table = np.column_stack([(v - v.mean()) / (v.std() or 1.0) for v in columns] + [np.ones(len(labels))])
        scores = np.empty(len(labels))
        for fold in np.unique(folds):
            learn = np.ones(len(labels), dtype=bool) if learns_from_all else folds != fold
            squares = table[learn].T @ table[learn] + 1e-6 * np.eye(table.shape[1])
            found = np.linalg.solve(squares, table[learn].T @ labels[learn])
            scores[folds == fold] = table[folds == fold] @ found
        if learns_from_all:
            # As a category encoded by the outcomes of all rows would: a trace of each row's own outcome.
            scores = scores + 0.3 * labels
        listed = tally(rank(range(len(labels)), labels, scores, scores))
        return Judgement(roc_auc(listed), pr_auc(listed))

    return judge


def clean(seed, size=2_000, *, planted=None, copies=0, learns_from_all=False):
    """A utility without a leak: thieves differ a little in many ways, some histories are empty, some values missing."""
    draws = np.random.default_rng(seed)
    labels = (draws.random(size) < 0.12).astype(np.int64)
    mean_use = draws.lognormal(5 - 0.5 * labels, 0.8)
    features = {
        "mean use": mean_use,
        "change": draws.normal(-0.9 * labels, 1.0),
        "spread": mean_use * draws.lognormal(0.3 * labels, 0.3),
        "lowest": np.where(draws.random(size) < 0.2 + 0.2 * labels, 0.0, np.round(mean_use * draws.random(size))),
        "peer rank": (np.argsort(np.argsort(mean_use)) + 0.5) / size,
        "zero bills": draws.poisson(1 + labels).astype(float),
        "total": np.round(mean_use * 40),
        "phase": np.where(draws.random(size) < 0.1, np.nan, 1.0 + 2.0 * (draws.random(size) < 0.1)),
        "district": draws.integers(0, 12, size).astype(float),
        "new meters": draws.poisson(0.2 + 0.1 * labels).astype(float),
        "bills": draws.integers(6, 40, size).astype(float),
        "country": np.ones(size),
    }
    empty = draws.random(size) < 0.03
    for name in ("mean use", "change", "spread", "lowest", "total"):
        features[name] = np.where(empty, np.nan if name == "change" else 0.0, features[name])
    if planted is not None:
        features["planted"] = planted(labels, draws)
    numbers = np.array([f"consumer {seed}/{i}" for i in range(size)])
    if copies:
        features = {name: np.append(values, values[:copies]) for name, values in features.items()}
        labels, numbers = np.append(labels, labels[:copies]), np.append(numbers, [f"again {i}" for i in range(copies)])
    folds = fold_of(numbers)
    return AuditData(
        features=features,
        labels=labels,
        consumer_ids=numbers,
        folds=folds,
        judge=judged_by_least_squares(features, folds, learns_from_all=learns_from_all),
        flags=FLAGS,
        categorical=frozenset({"district", "phase"}),
        seed=seed,
    )


@pytest.mark.parametrize("seed", CLEAN_SEEDS)
def test_clean_data_raise_no_flag(seed):
    found = audit(clean(seed))
    assert [(f.name, f.sentence) for f in found.findings if f.severity != "ok"] == []
    assert found.verdict == "No leak was found in 5 checks."
    assert [f.name for f in found.findings] == list(CHECKS)
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["severity"] == "ok"


def gap_where_theft(labels, draws):
    return np.where(labels == 1, np.nan, draws.normal(size=len(labels)))


def both_ends_where_theft(labels, draws):
    # No single direction: a plain ROC-AUC of this is 0.5.
    return draws.normal(size=len(labels)) + labels * draws.choice([-6.0, 6.0], len(labels))


def assessed_energy(labels, draws):
    return np.where(labels == 1, draws.lognormal(6, 1, len(labels)), 0.0) * (draws.random(len(labels)) < 0.97)


@pytest.mark.parametrize("planted", [gap_where_theft, both_ends_where_theft, assessed_energy])
@pytest.mark.parametrize("seed", range(3))
def test_a_feature_that_says_it_all_is_a_leak(planted, seed):
    found = audit_single_features(clean(seed, planted=planted))
    assert (found.severity, found.features) == ("leak", ("planted",))
    assert "planted 0.9" in found.sentence or "planted 1.0" in found.sentence


def test_a_feature_far_above_the_others_is_worth_a_look():
    data = clean(1, size=6_000, planted=lambda y, draws: draws.normal(1.7 * y))
    data.features.pop("change")
    found = audit_single_features(data)
    assert (found.severity, found.features) == ("look", ("planted",))
    # Normal scores 1.7 standard deviations apart have a ROC-AUC of Phi(1.7 / sqrt(2)) = 0.885.
    assert found.figures["planted"] == pytest.approx(0.885, abs=0.02)


def test_a_code_that_only_thieves_have_is_worth_a_look():
    # One thief in three has code 9, no one else: a ROC-AUC of 2/3 that no threshold on areas would see.
    found = audit_single_features(clean(1, planted=lambda y, draws: 9.0 * y * (draws.random(len(y)) < 1 / 3)))
    assert (found.severity, found.features) == ("look", ("planted",))
    assert "only where theft was found" in found.sentence


def row_number_of_two_files(labels, draws):
    # Three quarters of the thieves stand in the first third of the file.
    early = draws.random(len(labels)) < np.where(labels == 1, 0.75, 0.25)
    return np.argsort(np.argsort(~early + draws.random(len(labels)) * 0.9)).astype(float) + 1_000_000


def numbers_drawn_from_a_register(labels, draws):
    # Not every number of the register was inspected: no even steps, whole numbers spread evenly.
    return row_number_of_two_files(labels, draws) * 7 + draws.integers(0, 7, len(labels))


def thieves_in_short_runs(labels, draws):
    # Runs of about twelve thieves among runs of honest consumers, at numbers of no even spread.
    runs = draws.permutation(len(labels) // 4)
    place = np.empty(len(labels))
    for kind, per_run in ((1, 12), (0, 60)):
        rows = np.flatnonzero(labels == kind)
        place[rows] = runs[np.arange(len(rows)) // per_run + kind * len(runs) // 2]
    return np.exp((place + draws.random(len(labels))) / len(runs) * 3)


@pytest.mark.parametrize("planted", [row_number_of_two_files, numbers_drawn_from_a_register, thieves_in_short_runs])
@pytest.mark.parametrize("seed", range(3))
def test_a_column_that_numbers_consumers_and_tells_thieves_is_a_leak(planted, seed):
    found = audit_identities(clean(seed, planted=planted))
    assert (found.severity, found.features) == ("leak", ("planted",))


def test_a_number_whose_order_tells_nothing_is_no_leak():
    found = audit_identities(clean(2, planted=lambda y, draws: draws.permutation(len(y)).astype(float)))
    assert found.severity == "ok"
    assert found.sentence.endswith("Constant: country.")


def test_a_code_for_every_consumer_is_worth_a_look():
    data = clean(2, planted=lambda y, draws: draws.permutation(len(y)).astype(float))
    coded = AuditData(**{name: getattr(data, name) for name in AuditData.__slots__} | {"categorical": {"planted"}})
    assert (audit_identities(coded).severity, audit_identities(coded).features) == ("look", ("planted",))


def test_rows_of_one_consumer_do_not_make_its_features_an_identity():
    # Four rows of each, alike up to a hair and of one outcome: neighbours in the order are the same consumer.
    draws = np.random.default_rng(5)
    labels = np.repeat((draws.random(500) < 0.3).astype(np.int64), 4)
    use = np.repeat(draws.normal(size=500), 4) + draws.normal(size=2_000) * 1e-6
    numbers = np.repeat([f"consumer {i}" for i in range(500)], 4)
    data = AuditData(features={"use": use}, labels=labels, consumer_ids=numbers, folds=fold_of(numbers), judge=never)
    assert audit_identities(data).severity == "ok"


def never(names, labels):
    raise AssertionError("this check needs no refitting")


def test_a_consumer_on_both_sides_is_a_leak():
    data = clean(3, size=400)
    numbers = data.consumer_ids.copy()
    elsewhere = np.flatnonzero(data.folds != data.folds[0])[:3]
    numbers[elsewhere[0]] = numbers[0]
    moved = AuditData(**{name: getattr(data, name) for name in AuditData.__slots__} | {"consumer_ids": numbers})
    assert audit_both_sides(data).severity == "ok"
    assert audit_both_sides(moved).severity == "leak"
    assert audit_both_sides(moved).figures["consumers"] == 1


@pytest.mark.parametrize("seed", range(3))
def test_copies_under_another_number_are_a_leak(seed):
    found = audit_both_sides(clean(seed, copies=60))
    assert found.severity == "leak"
    # Both of each pair, of which four in five lie across five folds: 96 of 120, give or take 9 (two binomial errors).
    assert found.figures["rows"] == pytest.approx(96, abs=18)
    assert found.figures["agreement"] == 1


def test_copies_with_outcomes_of_their_own_are_worth_a_look():
    data = clean(1, copies=80)
    labels = data.labels.copy()
    labels[-80:] = np.random.default_rng(0).permutation(np.tile([0, 1], 40))
    other = AuditData(**{name: getattr(data, name) for name in AuditData.__slots__} | {"labels": labels})
    assert audit_both_sides(other).severity == "look"


def test_figures_that_rest_on_what_is_not_knowable_are_worth_a_look():
    data = clean(4, planted=lambda y, draws: draws.normal(1.6 * y))
    flagged = AuditData(
        **{name: getattr(data, name) for name in AuditData.__slots__}
        | {"flags": {**FLAGS, "planted": frozenset({"not-knowable"})}}
    )
    found = audit_questionable(flagged)
    assert found.severity == "look"
    assert "planted" in found.features
    rest = tuple(name for name in data.features if name not in {"planted", "new meters"})
    assert found.figures["roc_auc without not-knowable"] == data.judge(rest, data.labels).roc_auc
    assert audit(flagged).verdict.startswith("No leak was found in 5 checks, but look at this: ROC-AUC 0.9")


def test_a_judge_that_has_seen_the_outcomes_is_a_leak():
    found = audit_permuted(clean(6, learns_from_all=True))
    assert found.severity == "leak"
    assert audit(clean(6, learns_from_all=True)).verdict.startswith("Do not trust these figures: on permuted outcomes")


def chance_of(labels, folds):
    """Return what the audit takes for one standard error of chance."""
    data = AuditData(
        features={}, labels=labels, consumer_ids=range(len(labels)), folds=folds,
        judge=lambda names, labels: Judgement(0.5, float(labels.mean())),
    )  # fmt: skip
    return audit_permuted(data).figures["standard_error"]


def test_chance_is_measured_on_the_consumers_that_are_judged():
    """Of rank sums: (n + 1) / (12 thieves honest), for 200 judged of 2,000 of whom one in four is a thief."""
    labels = np.tile([0, 0, 0, 1], 500)
    alone = chance_of(labels, (np.arange(2_000) >= 1_800).astype(int))
    assert alone == pytest.approx(np.sqrt(201 / (12 * 50 * 150)))
    in_turn = chance_of(labels, np.arange(2_000) // 400)
    assert in_turn == pytest.approx(np.sqrt(2_001 / (12 * 500 * 1_500)), rel=0.01)


def test_folds_judged_in_turn_scatter_as_much_as_is_said():
    draws = np.random.default_rng(0)
    labels, folds = (draws.random(600) < 0.2).astype(int), np.repeat([1, 2, 3], [300, 200, 100])
    means = []
    for _ in range(300):
        dealt, raw = draws.permutation(labels), draws.random(600)
        areas = [
            roc_auc(tally(rank(range(rows.sum()), dealt[rows], raw[rows], raw[rows])))
            for rows in (folds == fold for fold in (1, 2, 3))
        ]
        means.append(np.average(areas, weights=[dealt[folds == fold].sum() for fold in (1, 2, 3)]))
    assert np.std(means) == pytest.approx(chance_of(labels, folds), rel=0.15)


def test_one_unlucky_permutation_is_dealt_again():
    answers = iter([0.70, 0.49, 0.51])
    data = clean(7, size=400)
    unlucky = AuditData(
        **{name: getattr(data, name) for name in AuditData.__slots__}
        | {"judge": lambda names, labels: Judgement(next(answers), 0.1)}
    )
    found = audit_permuted(unlucky)
    assert found.severity == "ok"
    assert found.figures["roc_auc"] == pytest.approx(1.7 / 3)


def test_every_feature_left_out_is_a_list_in_chance_order():
    data = AuditData(
        features={"seal": np.arange(400) % 4 / 3.0},
        labels=np.arange(400) % 4 // 3,
        consumer_ids=range(400),
        folds=np.arange(400) // 80,
        judge=lambda names, labels: Judgement(1.0, 1.0),
        flags={"seal": frozenset({"not-knowable"})},
    )
    assert audit_questionable(data).figures["pr_auc without not-knowable"] == 0.25


def test_a_feature_alone_is_judged_on_folds_that_it_was_not_learnt_from():
    draws = np.random.default_rng(0)
    labels = (draws.random(4_000) < 0.3).astype(np.int64)
    values = draws.integers(0, 2_000, 4_000).astype(float)
    data = AuditData(
        features={"code": values},
        labels=labels,
        consumer_ids=range(4_000),
        folds=np.arange(4_000) % 5,
        judge=never,
        categorical=frozenset({"code"}),
    )
    # 2,000 codes of two rows each know their own outcomes by heart, and nothing of the next fold's.
    assert single_roc_auc(data, "code") == pytest.approx(0.5, abs=0.04)


def test_two_audits_of_one_seed_say_the_same():
    assert audit(clean(8, size=500)).to_json() == audit(clean(8, size=500)).to_json()


def test_what_cannot_be_audited_is_refused():
    data = clean(9, size=300)
    fields = {name: getattr(data, name) for name in AuditData.__slots__}
    with pytest.raises(LabelError, match="no theft"):
        audit(AuditData(**fields | {"labels": np.zeros(300, dtype=int)}))
    with pytest.raises(ValueError, match="folds has 299 values for 300"):
        audit(AuditData(**fields | {"folds": data.folds[1:]}))
    with pytest.raises(ValueError, match="at least two folds"):
        audit(AuditData(**fields | {"folds": np.zeros(300, dtype=int)}))


def test_empty_histories_that_are_alike_are_no_doubles():
    draws = np.random.default_rng(2)
    labels = (draws.random(1_000) < 0.2).astype(np.int64)
    empty = np.arange(1_000) < 200
    features = {name: np.where(empty, 0.0, draws.normal(size=1_000)) for name in ("use", "change", "spread", "lowest")}
    folds = np.arange(1_000) % 5
    data = AuditData(features=features, labels=labels, consumer_ids=range(1_000), folds=folds, judge=never)
    assert (audit_both_sides(data).severity, audit_both_sides(data).figures["rows"]) == ("ok", 0)
    # The same 200 with three values each that nobody else has are 100 pairs, each in two folds.
    for name in ("use", "change", "spread"):
        features[name] = np.where(empty, np.arange(1_000) // 2 + 10.0, features[name])
    assert audit_both_sides(data).figures["rows"] == 200


def test_doubles_whose_outcomes_agree_by_and_large_are_worth_a_look():
    # Nine pairs in ten have one outcome, where chance gives 0.3 ** 2 + 0.7 ** 2 = 58 of 100: alike, but not the same.
    draws = np.random.default_rng(2)
    labels = np.repeat((draws.random(500) < 0.3).astype(np.int64), 2)
    labels[np.arange(0, 1_000, 20)] ^= 1
    features = {name: np.repeat(draws.normal(size=500), 2) for name in ("use", "change", "spread")}
    folds = np.arange(1_000) % 2
    data = AuditData(features=features, labels=labels, consumer_ids=range(1_000), folds=folds, judge=never)
    found = audit_both_sides(data)
    assert found.figures["agreement"] == pytest.approx(0.9)
    assert found.severity == "look"
