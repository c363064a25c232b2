"""Write the parts of the documents that are printed from the code.

    python docs/generate.py            write them
    python docs/generate.py --check    say which are not current, exit code 1 if any is not

What stands between `<!-- from the code: NAME -->` and `<!-- end -->` in a document is replaced by the block NAME.
"""

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from powertheft.domain import alerts, feedback, model_versions, trials
from powertheft.domain.outcomes import INCONCLUSIVE, NEGATIVE, POSITIVE
from powertheft.domain.quality import DIMENSIONS
from powertheft.domain.series import SERIES
from powertheft.domain.tables import TABLES, Kind
from powertheft.domain.watches import WATCHES
from powertheft.features import series
from powertheft.features.catalogue import FAMILIES, catalogue
from powertheft.features.definition import FLAGS, Feature
from powertheft.models.registry import DESCRIPTIONS
from powertheft.quality.repairs import REPAIRS
from powertheft.quality.rules import ALL, REPAIRING, SETTING_ASIDE, SHOWING, SHOWING_OF_ALL, Rule
from powertheft.settings import SETTINGS

DOCS = Path(__file__).parent
BLOCK = re.compile(r"(<!-- from the code: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(cell or ' ' for cell in line)} |\n" for line in lines)


def code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def flags() -> str:
    return table(["flag", "meaning"], [[f"`{flag}`", meaning] for flag, meaning in FLAGS.items()])


def features() -> str:
    known = catalogue()
    parts = [f"{len(known)} features in {len(FAMILIES)} families; {sum(map(can_be_reason, known))} can be a reason.\n"]
    for family in FAMILIES:
        members = [feature for feature in known if feature.family == family]
        rows = [feature_row(f) for f in members] if family != series.FAMILY else series_rows(members)
        heading = ["name", "unit", "meaning", "flags", "reason"]
        parts.append(f"\n### {family} ({len(members)})\n\n{table(heading, rows)}")
    return "".join(parts)


def feature_row(feature: Feature) -> list[str]:
    reason = "yes" if can_be_reason(feature) else ""
    return [f"`{feature.name}`", feature.unit, feature.meaning, ", ".join(sorted(feature.flags)), reason]


def series_rows(members: Sequence[Feature]) -> list[list[str]]:
    """The first and the last of each series: those between differ by their number."""
    known = {feature.name: feature for feature in members}
    return [feature_row(known[name]) for one in SERIES for name in (one.columns[0], one.columns[-1])]


def can_be_reason(feature: Feature) -> bool:
    return feature.sentence is not None


def quality_rules() -> str:
    groups = (
        ("Rows are set aside", "The first rule that applies to a row is the reason.", SETTING_ASIDE),
        ("Cells are repaired", "The row stays in use.", REPAIRING),
        ("Only shown", "Nothing is changed.", SHOWING),
        ("Shown of all rows at once", "Read from counts of the whole data; nothing is changed.", SHOWING_OF_ALL),
    )
    count = sum(len(rules) for _, _, rules in groups)
    return f"{count} rules, asked of each table that they are for.\n\n" + "\n".join(
        f"### {title}\n\n{words}\n\n" + rule_table(rules) for title, words, rules in groups
    )


def rule_table(rules: Iterable[Rule[object]]) -> str:
    heading = [
        "rule",
        "asks for",
        "grade",
        "tables",
        "what it means",
        "what becomes of it",
        "can be mended by",
        "import",
    ]
    rows = [
        [
            f"`{r.name}`",
            r.dimension,
            r.severity,
            "all" if r.tables == ALL else ", ".join(r.tables),
            r.meaning,
            r.effect,
            code(r.repairs),
            "yes" if r.at_import else "",
        ]
        for r in rules
    ]
    return table(heading, rows)


def quality_dimensions() -> str:
    return table(["asks for", "the question"], [[name, question] for name, question in DIMENSIONS.items()])


def quality_repairs() -> str:
    rows = [
        [f"`{kind.name}`", kind.meaning, "; ".join(f"`{name}`: {words}" for name, words in kind.parameters.items())]
        for kind in REPAIRS.values()
    ]
    return table(["step", "what it does", "its own parameters"], rows)


def canonical_tables() -> str:
    parts: list[str] = []
    for shape in TABLES.values():
        rows = [[f"`{c.name}`", c.kind, c.unit, c.meaning] for c in shape.columns]
        parts.append(f"**{shape.name}**, key {code(shape.key)}\n\n{table(['column', 'kind', 'unit', 'meaning'], rows)}")
    return "\n".join(parts)


def outcomes() -> str:
    rows = [
        ["positive: theft", code(sorted(POSITIVE))],
        ["negative: honest", code(sorted(NEGATIVE))],
        ["nothing known", code(sorted(INCONCLUSIVE))],
    ]
    return table(["label", "outcomes"], rows)


def kinds() -> str:
    return f"{code(get_args(Kind))}\n"


def models() -> str:
    return table(["name", "what it is"], [[f"`{name}`", words] for name, words in DESCRIPTIONS.items()])


def settings() -> str:
    rows = [
        [f"`{setting.variable}`", f"`{setting.default}`", setting.help, "yes" if setting.is_secret else ""]
        for setting in SETTINGS
    ]
    return table(["variable", "default", "what it is", "also from a file"], rows)


def states(transitions: Mapping[Any, Mapping[Any, str]]) -> str:
    """A state machine as its table says it."""
    rows = [[state, act, to] for state, acts in transitions.items() for act, to in acts.items()]
    return table(["from", "it can", "and is then"], rows)


def alert_rules() -> str:
    rows = [
        [f"`{name}`", rule.title, rule.severity, rule.to_do, "yes" if rule.outside else ""]
        for name, rule in alerts.RULES.items()
    ]
    return table(["rule", "what it says", "severity, unless said otherwise", "what to do", "told outside"], rows)


def alert_states() -> str:
    return states(alerts.TRANSITIONS)


def feedback_states() -> str:
    return states(feedback.TRANSITIONS)


def model_states() -> str:
    return states(model_versions.TRANSITIONS)


def trial_states() -> str:
    return states(trials.TRANSITIONS)


def watches() -> str:
    rows = [
        [f"`{name}`", watch.title, watch.group, watch.unit, str(watch.told_after or "never"), watch.severity]
        for name, watch in WATCHES.items()
    ]
    return table(["name", "what is watched", "group", "unit", "told after periods in a row", "severity"], rows)


BLOCKS: dict[str, Callable[[], str]] = {
    "alert_rules": alert_rules,
    "alert_states": alert_states,
    "canonical_tables": canonical_tables,
    "features": features,
    "feedback_states": feedback_states,
    "flags": flags,
    "kinds": kinds,
    "model_states": model_states,
    "models": models,
    "outcomes": outcomes,
    "quality_dimensions": quality_dimensions,
    "quality_repairs": quality_repairs,
    "quality_rules": quality_rules,
    "settings": settings,
    "watches": watches,
    "trial_states": trial_states,
}


def current(text: str) -> str:
    return BLOCK.sub(lambda found: f"{found[1]}\n{BLOCKS[found[2]]()}\n{found[3]}", text)


def main(*, check: bool) -> int:
    stale = [path for path in sorted(DOCS.rglob("*.md")) if path.read_text("utf-8") != current(path.read_text("utf-8"))]
    for path in stale:
        if not check:
            path.write_text(current(path.read_text("utf-8")), encoding="utf-8")
        print(f"{path.relative_to(DOCS.parent)} {'is not current' if check else 'written'}")
    if check and stale:
        print("Run: python docs/generate.py")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
