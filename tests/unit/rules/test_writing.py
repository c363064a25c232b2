"""A rule as a form: what is said beside each field, and that a file keeps what else it says."""

import tomllib
from dataclasses import replace

import pytest

from powertheft.domain.errors import InputError
from powertheft.features.catalogue import catalogue
from powertheft.rules.reading import parse_rules
from powertheft.rules.writing import LONGEST, RuleForm, form_faults, form_to_toml, with_rule, without_rule

KNOWN = {feature.name: feature for feature in catalogue()}
FORM = RuleForm("much-used", "use_12m", "above", "150", "A hut that uses much", "circular 12")
FILE = "ours.toml"

BY_HAND = """\
# Of the vigilance cell.
built_in = false

[[rules]]
name = "one"
# Agreed in March.
title = "One"

# Only in the north.
[[rules]]
name = "two"
title = "Two"

[[rules]]   # the last
name = "three"
title = "Three"
"""


def faults(form: RuleForm, *taken: str) -> dict[str, str]:
    return {fault.field: str(fault) for fault in form_faults(form, known=KNOWN, taken=frozenset(taken))}


class TestFields:
    def test_a_form_without_faults_has_none(self) -> None:
        assert faults(FORM, "other") == {}

    @pytest.mark.parametrize(
        ("field", "typed", "says"),
        [
            ("name", "Much used!", ("'Much used!' is no name", "much-used")),
            ("name", "much-used", ("the file has a rule much-used", "replace")),
            ("feature", "use_21m", ("there is no feature 'use_21m'", "Did you mean use_12m or use_6m?")),
            ("feature", "zzz", ("there is no feature 'zzz'", "powertheft features")),
            ("comparison", "abov", ("cannot be 'abov'", "Did you mean above?")),
            ("comparison", "one of", ("use_12m is a number", "at least")),
            ("threshold", "1,5", ("'1,5' is no number", "with a point: 1.5")),
            ("threshold", "much", ("'much' is no number", "a number of kWh")),
            ("threshold", "nan", ("'nan' is no number",)),
            ("sentence", " ", ("is empty", "what the rule sees")),
            ("sentence", "two\nlines", ("line break", "one line")),
            ("sentence", "x" * (LONGEST + 1), ("longer than",)),
            ("source", "", ("is empty", "practice")),
            ("weight", "0", ("cannot be '0'", "up to 10")),
            ("weight", "11", ("cannot be '11'",)),
            ("may_mean", "\x00", ("cannot be printed",)),
        ],
    )
    def test_what_is_wrong_is_said_beside_its_field_alone(self, field: str, typed: str, says: tuple[str, ...]) -> None:
        found = faults(replace(FORM, **{field: typed}), "much-used" if typed == "much-used" else "other")
        # Where "one of" was chosen, the number is no word that anybody would look for, but it can be read.
        assert list(found) == [field]
        assert all(word in found[field] for word in says), found[field]

    def test_a_feature_of_words_is_compared_with_words(self) -> None:
        words = replace(FORM, feature="category", comparison="one of", threshold="hut, shop")
        assert faults(words) == {}
        assert "category is a word" in faults(replace(words, comparison="above", threshold="1"))["comparison"]
        assert "names no word" in faults(replace(words, threshold=" , "))["threshold"]

    def test_everything_that_is_wrong_is_said_at_once(self) -> None:
        assert list(faults(RuleForm("", "", "", "", "", ""))) == [
            "name", "feature", "comparison", "threshold", "sentence", "source",
        ]  # fmt: skip


class TestTheFile:
    @pytest.mark.parametrize(
        "form",
        [
            FORM,
            replace(FORM, sentence='Says "much" \\ więcej', may_mean="A house.", weight="2.5", threshold="-0.000125"),
            replace(FORM, feature="category", comparison="one of", threshold="hut, power loom"),
        ],
    )
    def test_a_form_is_read_back_as_it_was_meant(self, form: RuleForm) -> None:
        _, (rule,) = parse_rules(with_rule("", form_to_toml(form), file=FILE), file=FILE, known=KNOWN)
        (condition,) = rule.conditions
        assert (rule.name, rule.title, rule.source, rule.says) == (form.name, form.sentence, form.source, ())
        assert rule.weight == float(form.weight)
        if form.comparison == "one of":
            assert condition.words == ("hut", "power loom")
        else:
            assert condition.threshold == float(form.threshold)

    def test_a_rule_is_put_after_what_a_user_wrote_and_nothing_of_that_changes(self) -> None:
        whole = with_rule(BY_HAND, form_to_toml(FORM), file=FILE)
        assert whole.startswith(BY_HAND.rstrip())
        assert [rule["name"] for rule in tomllib.loads(whole)["rules"]] == ["one", "two", "three", "much-used"]

    @pytest.mark.parametrize(
        ("name", "gone", "kept"),
        [
            ("one", ["Agreed in March."], ["Of the vigilance cell.", "Only in the north.", "the last"]),
            ("two", ["Only in the north."], ["Of the vigilance cell.", "Agreed in March.", "the last"]),
            ("three", ["the last"], ["Of the vigilance cell.", "Agreed in March.", "Only in the north."]),
        ],
    )
    def test_a_rule_goes_with_its_own_comments_only(self, name: str, gone: list[str], kept: list[str]) -> None:
        rest = without_rule(BY_HAND, name, file=FILE)
        assert [rule["name"] for rule in tomllib.loads(rest)["rules"]] == [
            other for other in ("one", "two", "three") if other != name
        ]
        assert tomllib.loads(rest)["built_in"] is False
        assert all(comment in rest for comment in kept)
        assert not any(comment in rest for comment in gone)

    @pytest.mark.parametrize(
        "text",
        [
            'rules = [{ name = "one" }, { name = "two" }]\n',
            '[[rules]]\nname = "one"\ntitle = """\n[[rules]]\n"""\n',
            '[["rules"]]\nname = "one"\n[[rules]]\nname = "two"\n',
        ],
    )
    def test_a_file_that_cannot_be_cut_safely_is_left_alone(self, text: str) -> None:
        with pytest.raises(InputError, match=r"cannot be changed by powertheft.*by hand"):
            without_rule(text, "one", file=FILE)

    def test_a_rule_is_not_put_into_a_file_that_has_no_place_for_it(self) -> None:
        with pytest.raises(InputError, match="cannot be changed by powertheft"):
            with_rule('rules = [{ name = "one" }]\n', form_to_toml(FORM), file=FILE)
        with pytest.raises(InputError, match="not valid TOML"):
            with_rule("name = = 1", form_to_toml(FORM), file=FILE)
