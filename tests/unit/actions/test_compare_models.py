"""What is said of two models, on figures whose truth is known."""

import numpy as np

from powertheft.actions.compare_models import Compared, ModelComparison
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.evaluation import evaluate_scores
from powertheft.evaluation.paired import PairedComparison, PairedMeasure, SharedPlaces
from powertheft.evaluation.segments import PairedGroup

ALIKE = PairedMeasure(0.5, 0.5, 0.0, -0.1, 0.1, 1.0, 0.14)


def clear(difference: float) -> PairedMeasure:
    """A difference beyond chance."""
    return PairedMeasure(0.5 + difference, 0.5, difference, difference - 0.02, difference + 0.02, 0.001, 0.03)


def told(*, groups: tuple[PairedGroup, ...] = (), alone: int = 4, **measures: PairedMeasure) -> dict[str, object]:
    labels = np.tile([0, 1], 20)
    score = np.linspace(0, 1, 40)
    seen = evaluate_scores(
        consumer_ids=range(40), labels=labels, raw_scores=score, probabilities=score, capacity=Capacity(count=10)
    )
    paired = PairedComparison(
        1_234,
        1_234,
        dict.fromkeys(("roc_auc", "pr_auc", "precision_at_capacity"), ALIKE) | measures,
        "10",
        10,
        0,
        2_000,
    )
    model = Compared("march", "lightgbm", 9, seen)
    shared = SharedPlaces(10, 10 - alone, 5, alone and 3, alone and 1)
    return ModelComparison((model, model), 0, paired, groups, shared, ()).to_json()


def test_without_a_difference_beyond_chance_none_is_better_and_what_could_have_been_shown_is_said() -> None:
    found = told()
    assert (found["verdict"], found["better"]) == ("No difference can be shown with 1,234 consumers", None)
    assert "a difference in PR-AUC of 0.140 or more" in " ".join(found["in_words"])


def test_a_measure_that_says_the_contrary_is_not_kept_quiet() -> None:
    found = told(pr_auc=clear(0.1), roc_auc=clear(-0.1))
    assert found["verdict"] == "A is better"
    assert any(said.startswith("But by ROC-AUC B is better: A 0.400, B 0.500") for said in found["in_words"])
    undecided = told(precision_at_capacity=clear(-0.2))
    assert undecided["better"] is None
    assert any(said.startswith("By precision within capacity B is better") for said in undecided["in_words"])
    agreed = told(pr_auc=clear(0.1), roc_auc=clear(0.1))
    assert not [said for said in agreed["in_words"] if "by ROC-AUC" in said]


def test_shared_places_and_groups_are_told() -> None:
    shops = PairedGroup("category", "shop", 90, 20, clear(0.2), "second")
    homes = PairedGroup("category", "home", 900, 90, ALIKE, None)
    *_, places, groups = told(groups=(homes, shops))["in_words"]
    assert places == (
        "Of the first 10 places the lists share 6, 5 of them theft; of the 4 that only A names 3 were theft, of those "
        "that only B names 1."
    )
    assert groups.startswith("By more than one of 2 groups shows by chance: B serves category shop worse")
    assert [group["worse"] for group in told(groups=(homes, shops))["segments"]] == [None, "B"]
    *_, places, groups = told(groups=(homes,), alone=0)["in_words"]
    assert places == "Of the first 10 places the lists share 10, 5 of them theft."
    assert groups.startswith("Of 1 group of consumers, in none")
