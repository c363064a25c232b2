"""What the pages of models share: addresses, the versions that are there. Rule of the room: use cases only."""

from collections.abc import Mapping
from typing import Any

from flask import abort

from powertheft.actions.dataset_versions import list_versions
from powertheft.actions.model_verdict import Baselines, baselines
from powertheft.actions.show_model import ModelReport, read_report
from powertheft.web.access import current_actor, current_house
from powertheft.web.words import lazy_gettext

STATE_WORDS: Mapping[str, tuple[str, str, str]] = {
    "candidate": (lazy_gettext("candidate"), "", lazy_gettext("trained, and not used yet")),
    "challenger": (lazy_gettext("challenger"), "", lazy_gettext("watched beside the one that is used")),
    "champion": (lazy_gettext("champion"), "good", lazy_gettext("the one that lists are made with")),
    "retired": (lazy_gettext("retired"), "off", lazy_gettext("was used or tried before; can come back")),
}
"""Word, look and meaning of each state of a version."""

CUTOFF_WORDS: Mapping[str, str] = {
    "f1": lazy_gettext("best balance of found and in vain (F1)"),
    "capacity": lazy_gettext("as many as the squads can visit"),
    "value": lazy_gettext("where a visit is worth its cost (needs the two amounts)"),
}

MEASURE_WORDS: Mapping[str, tuple[str, str]] = {
    "precision_at_capacity": (
        lazy_gettext("Visits that find theft"),
        lazy_gettext("of those that the squads can make, from the top of the list"),
    ),
    "lift_at_capacity": (lazy_gettext("Lift"), lazy_gettext("times as much theft as visits without the list find")),
    "recall_at_capacity": (lazy_gettext("Theft found"), lazy_gettext("of all theft, by those visits")),
    "pr_auc": (lazy_gettext("PR-AUC"), lazy_gettext("precision over all depths; the share of theft is chance")),
    "roc_auc": (
        lazy_gettext("ROC-AUC"),
        lazy_gettext("chance that theft stands above an honest connection; 50 % is chance"),
    ),
    "ap_at_100": (lazy_gettext("Average precision of the top 100"), lazy_gettext("over the thefts among them")),
    "brier": (lazy_gettext("Brier score"), lazy_gettext("squared distance of likelihood and outcome; lower is better")),
}
SHARES = frozenset({"precision_at_capacity", "recall_at_capacity"})


def dataset_choices() -> list[tuple[str, str]]:
    """Return the last version of each dataset and what it is called, for a field to choose from."""
    if not current_actor().can("dataset.read"):
        return []
    versions = list_versions(current_house())
    return [(f"{one.dataset}@{one.number}", f"{one.dataset}@{one.number}") for one in versions]


def words_of(choices: Mapping[str, str]) -> dict[str, str]:
    """Return what can be chosen in the language of the page."""
    return {name: str(words) for name, words in choices.items()}


def fill_in(field: Any) -> None:
    """Put a field's default where nothing was entered."""
    if not field.data:
        field.data = field.default


def known_report(reference: str) -> tuple[ModelReport, Baselines]:
    """Return a report that an address names, and what visits find without the model."""
    if "@" not in reference:
        abort(404)
    report = read_report(current_house(), reference)
    practice = report.figures.get("practice") or _practice_of(report.judged)
    return report, baselines(practice, label_scope=report.label_scope)


def _practice_of(judged: Mapping[str, Any]) -> dict[str, Any]:
    # Of a bundle that was written before practice was kept: the outcomes that it was judged by.
    return {"visits": judged["rows"], "found": judged["positives"], "by": {}}
