"""The leakage audit's verdict. Rule of the room: arrays in, frozen records out; a callable where it must refit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from powertheft.evaluation.evaluation import check_labels
from powertheft.evaluation.leakage import (
    AuditData,
    Finding,
    Severity,
    audit_both_sides,
    audit_identities,
    audit_permuted,
    audit_questionable,
    audit_single_features,
)
from powertheft.evaluation.plain_records import to_plain

CHECKS: dict[str, Callable[[AuditData], Finding]] = {
    "questionable": audit_questionable,
    "single features": audit_single_features,
    "identities": audit_identities,
    "both sides": audit_both_sides,
    "permuted labels": audit_permuted,
}


@dataclass(frozen=True, slots=True)
class Audit:
    """What the leakage audit found.

    Attributes
    ----------
    verdict : str
        In words, for the top of a report.
    severity : {"ok", "look", "leak"}
        The worst of the findings.
    findings : tuple of Finding
        One a check, in the order of `CHECKS`.
    seed : int
        Of the permutations.
    """

    verdict: str
    severity: Severity
    findings: tuple[Finding, ...]
    seed: int

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain dictionaries, lists, numbers and words; None where a number is undefined."""
        return to_plain(self)


def audit(data: AuditData) -> Audit:
    """Return whether the figures of a model can be trusted, by five checks for leaks.

    Parameters
    ----------
    data : AuditData
        The features, labels and folds that the figures come from, and how to judge again.

    Returns
    -------
    Audit

    Raises
    ------
    LabelError
        If nothing can be judged by the labels.
    ValueError
        If a feature, the numbers or the folds are not as many as the labels, or there is one fold only.

    Notes
    -----
    `data.judge` is called once for the whole, once for each kind of questionable feature and once for all of these
    together, and once to three times on permuted labels. That no leak was found does not prove that there is none.

    Examples
    --------
    >>> draws = np.random.default_rng(0)
    >>> labels = draws.integers(0, 2, 500)
    >>> def judge(names, labels):
    ...     from powertheft.evaluation.leakage import Judgement
    ...     return Judgement(0.5, float(labels.mean()))
    >>> seen = audit(AuditData(features={"code": labels * 2.0}, labels=labels, consumer_ids=range(500),
    ...                        folds=np.arange(500) % 5, judge=judge))
    >>> seen.verdict
    'Do not trust these figures: single features that say nearly all alone, with a ROC-AUC of 0.9 or more: code 1.000.'
    """
    check_labels(data.labels)
    for what, values in (*data.features.items(), ("consumer_ids", data.consumer_ids), ("folds", data.folds)):
        if len(values) != len(data.labels):
            msg = f"{what} has {len(values)} values for {len(data.labels)} labels"
            raise ValueError(msg)
    if len(np.unique(data.folds)) < 2:
        msg = "an audit needs at least two folds, or rows that are learnt from and rows that are judged"
        raise ValueError(msg)
    findings = tuple(check(data) for check in CHECKS.values())
    return Audit(_verdict(findings), _worst(findings), findings, data.seed)


def _worst(findings: tuple[Finding, ...]) -> Severity:
    found = {finding.severity for finding in findings}
    return "leak" if "leak" in found else "look" if "look" in found else "ok"


def _verdict(findings: tuple[Finding, ...]) -> str:
    leaks = [_within_a_sentence(finding) for finding in findings if finding.severity == "leak"]
    if leaks:
        return f"Do not trust these figures: {'; '.join(leaks)}."
    looks = [_within_a_sentence(finding) for finding in findings if finding.severity == "look"]
    clean = f"No leak was found in {len(findings)} checks"
    return f"{clean}, but look at this: {'; '.join(looks)}." if looks else f"{clean}."


def _within_a_sentence(finding: Finding) -> str:
    text = finding.sentence.removesuffix(".")
    # A feature's name, and a measure's, keep their capitals.
    first = text.split(" ", 1)[0]
    is_plain = first.isalpha() and first[1:].islower() and first not in finding.features
    return text[0].lower() + text[1:] if is_plain else text
