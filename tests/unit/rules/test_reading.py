"""Rules are read from TOML, and a fault is told with the file, the rule, the key and what to do."""

from pathlib import Path

import pytest

from powertheft.domain.errors import ChoiceError, InputError, UserError
from powertheft.features.catalogue import catalogue
from powertheft.rules.applying import features_of
from powertheft.rules.definition import Condition
from powertheft.rules.reading import HomeRules, faults_of, parse_rules, read_rules, rules_of_others

KNOWN = {feature.name: feature for feature in catalogue()}
GOOD = """
[[rules]]
name = "much-for-a-hut"
title = "A hut that uses much"
points_at = "It may supply a house."
weight = 2
source = "practice"
conditions = [
  { feature = "category", is = "one of", words = ["hut"] },
  { feature = "use_12m", is = "above", threshold = 150 },
]
"""


def parsed(text: str) -> object:
    return parse_rules(text, file="ours.toml", known=KNOWN)


def test_a_rule_is_read_with_its_conditions_and_speaks_for_its_first_feature_where_that_has_a_sentence() -> None:
    with_built_in, (rule,) = parse_rules(GOOD, file="ours.toml", known=KNOWN)
    assert with_built_in
    assert (rule.name, rule.weight, rule.says) == ("much-for-a-hut", 2.0, ())
    _, (other,) = parse_rules(
        GOOD.replace("category", "use_6m", 1).replace('is = "one of", words = ["hut"]', 'is = "above", threshold = 9'),
        file="ours.toml",
        known=KNOWN,
    )
    assert other.says == ("use_6m",)
    assert rule.conditions == (
        Condition("category", "one of", words=("hut",)),
        Condition("use_12m", "above", 150.0),
    )


def test_the_built_in_rules_are_complete_and_name_features_that_there_are() -> None:
    rules = read_rules(None, catalogue())
    assert 12 <= len(rules) == len({rule.name for rule in rules})
    assert features_of(rules) <= set(KNOWN)
    assert all(rule.title and rule.points_at and rule.source and 1 <= rule.weight <= 3 for rule in rules)
    # A feature that an inspection itself may have caused would lead squads to where they have been.
    assert not [name for name in features_of(rules) if "not-knowable" in KNOWN[name].flags]


def test_own_rules_come_after_the_built_in_ones_and_take_their_place_by_name(tmp_path: Path) -> None:
    place = tmp_path / "ours.toml"
    place.write_text(GOOD + GOOD.replace("much-for-a-hut", "year-on-year-fall"), "utf-8")
    built_in, both = read_rules(None, catalogue()), read_rules(place, catalogue())
    assert [rule.name for rule in both] == [*(rule.name for rule in built_in), "much-for-a-hut"]
    assert both[0].title == "A hut that uses much"


def test_the_built_in_rules_can_be_left_out(tmp_path: Path) -> None:
    place = tmp_path / "ours.toml"
    place.write_text("built_in = false\n" + GOOD, "utf-8")
    assert [rule.name for rule in read_rules(place, catalogue())] == ["much-for-a-hut"]


@pytest.mark.parametrize(
    ("old", "new", "kind", "says"),
    [
        ("use_12m", "use_13m", ChoiceError, ("much-for-a-hut", "condition 2", "'use_13m'", "Did you mean use_12m?")),
        ("use_12m", "zzzzzz", ChoiceError, ("'zzzzzz'", "powertheft features")),
        ('"above"', '"abov"', ChoiceError, ("condition 2", "'abov'", "Did you mean above?")),
        ('"above"', '"one of"', ChoiceError, ("use_12m is a number", "Compare with a number")),
        ('"one of"', '"above"', ChoiceError, ("category is a category", 'is = "one of"')),
        ("threshold = 150", 'threshold = "150"', InputError, ("condition 2", "threshold is not a number")),
        ("threshold = 150", "threshold = nan", InputError, ("threshold is not a number", "threshold = 1")),
        ("threshold = 150", "threshold = true", InputError, ("threshold is not a number", "threshold = 1")),
        (", threshold = 150", "", InputError, ("the key threshold is missing", "Add threshold")),
        ("threshold = 150", "treshold = 150", InputError, ("treshold", "Did you mean threshold?")),
        ("threshold = 150", 'threshold = 150, words = ["a"]', InputError, ("words means nothing", "Take it out")),
        ('words = ["hut"]', "words = []", InputError, ("words is not a list of texts", "words = [")),
        ('words = ["hut"]', 'words = "hut"', InputError, ("words is not a list of texts", "words = [")),
        ("weight = 2", "weight = 0", InputError, ("much-for-a-hut", "weight cannot be 0", "above 0")),
        ("weight = 2", "weight = 11", InputError, ("weight cannot be 11", "up to 10")),
        ("weight = 2", "", InputError, ("the key weight is missing", "Add weight")),
        ("much-for-a-hut", "Much for a hut", InputError, ("rule 1", "is no name", "hyphens")),
        ('source = "practice"', "", InputError, ("the key source is missing", "Add source")),
        ('title = "A hut that uses much"', 'title = ""', InputError, ("title is not a text", "Write it as title")),
        ("[[rules]]", "[[rule]]", InputError, ("the file", "the key rule is not known", "Did you mean rules?")),
        ("[[rules]]", "built_in = 3\n[[rules]]", InputError, ("built_in is neither", "built_in = false")),
        ("weight = 2", "weight = = 2", InputError, ("row 6", "not valid TOML", "Correct that line")),
        ('source = "practice"', 'source = "p"\nsays = ["use_l2m"]', ChoiceError, ("'use_l2m'", "use_12m")),
        ('source = "practice"', 'source = "p"\nsays = "use_12m"', InputError, ("says is not a list", "says = [")),
    ],
)
def test_a_fault_is_told_with_its_place_and_what_to_do(
    old: str, new: str, kind: type[UserError], says: tuple[str, ...]
) -> None:
    assert old in GOOD
    with pytest.raises(kind) as told:
        parsed(GOOD.replace(old, new))
    message = str(told.value)
    assert message.startswith("ours.toml")
    assert not [word for word in says if word not in message], message


def test_a_file_without_rules_or_conditions_is_refused() -> None:
    with pytest.raises(InputError, match=r"has no rules.*\[\[rules\]\]"):
        parsed("")
    with pytest.raises(InputError, match=r"rule much-for-a-hut: has no conditions"):
        parsed(GOOD.split("conditions", maxsplit=1)[0])


def test_a_rule_that_is_described_twice_is_refused() -> None:
    with pytest.raises(InputError, match="rule much-for-a-hut: is described twice"):
        parsed(GOOD + GOOD)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file of rules"):
        read_rules(tmp_path / "none.toml", catalogue())
    place = tmp_path / "ours.toml"
    place.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not text in UTF-8"):
        read_rules(place, catalogue())


class TestTheHomeFile:
    """It may hold rules for the columns of several utilities."""

    TEXT = GOOD + GOOD.replace("much-for-a-hut", "of-another").replace('"use_12m"', '"their_code_9_share"')

    def test_a_rule_for_columns_of_another_utility_is_left_out_and_said(self, tmp_path: Path) -> None:
        place = tmp_path / "rules.toml"
        place.write_text(self.TEXT, "utf-8")
        names = [rule.name for rule in read_rules(HomeRules(place), catalogue())]
        assert "much-for-a-hut" in names
        assert "of-another" not in names
        assert rules_of_others(HomeRules(place), catalogue()) == {"of-another": ("their_code_9_share",)}

    def test_in_a_file_that_was_named_it_is_refused(self, tmp_path: Path) -> None:
        place = tmp_path / "rules.toml"
        place.write_text(self.TEXT, "utf-8")
        with pytest.raises(ChoiceError, match="no feature 'their_code_9_share'"):
            read_rules(place, catalogue())
        assert rules_of_others(place, catalogue()) == {}

    def test_other_faults_are_told_all_the_same(self, tmp_path: Path) -> None:
        place = tmp_path / "rules.toml"
        place.write_text(self.TEXT.replace("weight = 2", "weight = 99", 1), "utf-8")
        with pytest.raises(InputError, match="weight cannot be 99"):
            read_rules(HomeRules(place), catalogue())


def test_each_rule_with_a_fault_is_named_once_with_the_first_of_its_faults() -> None:
    other = GOOD.replace("much-for-a-hut", "second").replace("use_12m", "use_21m")
    text = GOOD.replace("weight = 2", "weight = 0") + other + GOOD.replace("much-for-a-hut", "third")
    first, second = faults_of(text, file="ours.toml", known=KNOWN)
    assert "rule much-for-a-hut: weight cannot be 0" in str(first)
    assert "Did you mean use_12m?" in str(second)
    with pytest.raises(InputError, match="described twice"):
        faults_of(GOOD + GOOD, file="ours.toml", known=KNOWN)


def test_a_rule_that_says_nothing_of_its_features_says_its_title() -> None:
    _, (rule,) = parse_rules(GOOD + "says = []\n", file="ours.toml", known=KNOWN)
    assert rule.says == ()
