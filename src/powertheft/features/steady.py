"""Which features look at a past of one length, whenever they are computed. Rule of the room: definitions only."""

import re
from functools import lru_cache

from powertheft.features.catalogue import catalogue

RECENT = re.compile(r"_(3m|6m|12m|last|last3)$")
"""Endings of features that look at the last year or less."""


def is_steady(name: str) -> bool:
    """Return whether a feature drifts only if something happened.

    Parameters
    ----------
    name : str
        Of the feature.

    Returns
    -------
    bool
        False for features over the whole history and those that say how long a consumer was observed.

    Notes
    -----
    Features over the whole history, and counts of how long somebody was observed, drift while a history grows though
    nothing happens. What comes from the consumer master has no history; so has a file's own column.

    Examples
    --------
    >>> is_steady("use_12m"), is_steady("daily_use_max"), is_steady("sanctioned_load")
    (True, False, True)
    """
    flags = _flags().get(name)
    if flags is None or "registry" in flags:
        return True
    return "exposure" not in flags and RECENT.search(name) is not None


@lru_cache(maxsize=1)
def _flags() -> dict[str, frozenset[str]]:
    return {feature.name: frozenset[str](feature.flags) for feature in catalogue()}
