"""What was not measured, kept apart from behaviour. Rule of the room: a feature is a definition, never a script."""

import numpy as np

from powertheft.features.definition import Feature, Flag
from powertheft.features.interval_definition import RECENT, Computed, interval_features
from powertheft.features.interval_sentences import MISSING
from powertheft.features.sentences import spoken
from powertheft.panel.intervals import IntervalPanel

FAMILY = "interval_missing"
_EXPOSURE: frozenset[Flag] = frozenset({"exposure"})
_MEANINGS = (
    ("interval_missing_share", "share", "Share of intervals without a reading in the last 4 weeks"),
    ("interval_longest_gap", "days", "Longest time without any reading in the last 4 weeks"),
    ("interval_missing_share_all", "share", "Share of intervals without a reading since the first one"),
    ("interval_longest_gap_all", "days", "Longest time without any reading since the first one"),
    ("interval_history", "days", "Days from the first reading to the last day judged"),
)


def definitions() -> tuple[Feature, ...]:
    """Return features of missing readings; all say how a consumer was observed."""
    return spoken(interval_features(FAMILY, compute, _MEANINGS, flags=_EXPOSURE), MISSING)


def compute(panel: IntervalPanel) -> Computed:
    """Compute the family.

    Parameters
    ----------
    panel : IntervalPanel
        Shape (n_units, n_days, n_slots) [kWh].

    Returns
    -------
    mapping of str to ndarray, shape (n_units,)
        By name of feature; NaN where a unit has no reading at all.

    Examples
    --------
    >>> half = np.where(np.arange(48) < 24, np.nan, 1.0)[None, None, :].repeat(28, axis=1)
    >>> found = compute(IntervalPanel(half, np.array([0])))
    >>> float(found["interval_missing_share"][0]), float(found["interval_longest_gap"][0])
    (0.5, 0.5)
    """
    rows, days, slots = panel.energy.shape
    missing = panel.missing.reshape(rows, days * slots)
    seen = ~missing
    first = np.where(seen.any(axis=1), seen.argmax(axis=1), -1)
    since = np.arange(days * slots)[None, :] >= first[:, None]
    recent = missing[:, -RECENT * slots :]
    total = np.where(first >= 0, since.sum(axis=1), np.nan).astype(np.float64)
    known = np.where(first >= 0, 1.0, np.nan)
    return {
        "interval_missing_share": recent.mean(axis=1) * known,
        "interval_longest_gap": _longest(recent) / slots * known,
        "interval_missing_share_all": (missing & since).sum(axis=1) / total,
        "interval_longest_gap_all": _longest(missing & since) / slots * known,
        "interval_history": total / slots,
    }


def _longest(flag: np.ndarray) -> np.ndarray:
    """Longest run of True in each row."""
    place = np.arange(1, flag.shape[1] + 1)[None, :]
    last_false = np.maximum.accumulate(np.where(flag, 0, place), axis=1)
    return (place - last_false).max(axis=1).astype(np.float64)
