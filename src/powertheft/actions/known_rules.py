"""The rules that are known here, and what they may ask of. Rule of the room: compute nothing.

Apart from asking them of data (rules_beside, rank_by_rules), so that who lists rules need not load what computes.
"""

import os
from pathlib import Path

from powertheft.actions.list_features import profile_columns
from powertheft.features.catalogue import Columns, catalogue
from powertheft.features.definition import Feature
from powertheft.profiles.loading import load_profile
from powertheft.rules.applying import features_of
from powertheft.rules.definition import threshold_of
from powertheft.rules.reading import HomeRules, OwnRules, read_rules
from powertheft.settings import read_home


def own_rules(named: Path | None, home: Path | None = None) -> OwnRules | None:
    """Return the file of rules that was named, else that of the home folder where there is one."""
    if named is not None:
        return named
    place = read_home(home).rules
    # A home that this user cannot look into is another's, and so are its rules.
    return HomeRules(place) if os.access(place, os.F_OK) else None


def list_rules(rules: OwnRules | None = None, *, profile: str | None = None) -> list[dict[str, str]]:
    """Return name, title, meaning, thresholds, weight, needs and source of every rule; a profile adds its columns."""
    known = features_of_profile(profile)
    needs = {feature.name: feature.needs for feature in known}
    return [
        {
            "name": rule.name,
            "title": rule.title,
            "points_at": rule.points_at,
            "fires": " and ".join(map(threshold_of, rule.conditions)),
            "weight": f"{rule.weight:g}",
            "needs": ", ".join(sorted({need for name in features_of([rule]) for need in needs[name]})),
            "source": rule.source,
        }
        for rule in read_rules(rules, known)
    ]


def features_of_profile(profile: str | None) -> tuple[Feature, ...]:
    """Return every feature that a rule may name: those built in, and those of the profile's further columns."""
    return known_features(Columns(frozenset()) if profile is None else profile_columns(load_profile(profile)))


def known_features(columns: Columns) -> tuple[Feature, ...]:
    """Return every feature that a rule may name: those built in, and those of the file's own columns."""
    built_in = catalogue()
    names = {feature.name for feature in built_in}
    return (*built_in, *(feature for feature in catalogue(columns) if feature.name not in names))
