"""Whatever the contributions and the bills: no reason contradicts its sign, and none names what is not to be seen."""

from dataclasses import replace

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.explanation.reasons import needed_numbers, reasons
from powertheft.features.catalogue import catalogue
from powertheft.features.definition import Feature
from powertheft.features.sentences import theme_of

SPOKEN = [feature for feature in catalogue() if feature.sentence]
SILENT = [feature for feature in catalogue() if not feature.sentence]
NAMES = sorted(needed_numbers(SPOKEN) - {"as_of_date"})
AS_OF = 17970.0

seeds = st.integers(0, 2**32 - 1)


def drawn(seed: int) -> tuple[list[Feature], np.ndarray, pl.DataFrame]:
    """Some features, speaking and silent, what they add, and numbers with gaps of wild sizes."""
    draws = np.random.default_rng(seed)
    chosen = [*draws.permutation(len(SPOKEN))[:12]]
    features = [SPOKEN[place] for place in chosen] + [SILENT[place] for place in draws.permutation(len(SILENT))[:4]]
    features = [features[place] for place in draws.permutation(len(features))]
    contributions = draws.normal(size=(3, len(features))) * (draws.random((3, len(features))) < 0.7)
    sizes = draws.gamma(1.0, 10.0 ** draws.uniform(0, 3), (3, len(NAMES)))
    sizes[draws.random(sizes.shape) < 0.15] = np.nan
    numbers = pl.DataFrame(dict(zip(NAMES, sizes.T, strict=True)), nan_to_null=True).with_columns(as_of_date=AS_OF)
    return features, contributions, numbers


def sentences(feature: Feature, numbers: dict[str, float]) -> str | None:
    known = {name: float("nan") if value is None else value for name, value in numbers.items()}
    return feature.sentence.say(known) if feature.sentence else None


@given(seed=seeds)
@settings(max_examples=60)
def test_a_reason_is_of_a_feature_that_raises_the_score_and_so_does_its_theme(seed: int) -> None:
    features, contributions, numbers = drawn(seed)
    for row, told in enumerate(reasons(contributions=contributions, features=features, numbers=numbers)):
        given_numbers = numbers.row(row, named=True)
        together: dict[str, float] = {}
        for place, feature in enumerate(features):
            if feature.sentence:
                together[theme_of(feature)] = together.get(theme_of(feature), 0.0) + contributions[row, place]
        for reason in filter(None, told):
            sources = [place for place, feature in enumerate(features) if sentences(feature, given_numbers) == reason]
            assert any(contributions[row, place] > 0 and together[theme_of(features[place])] > 0 for place in sources)


@given(seed=seeds)
@settings(max_examples=60)
def test_turning_every_sign_shares_no_theme_with_the_reasons(seed: int) -> None:
    features, contributions, numbers = drawn(seed)
    raising = reasons(contributions=contributions, features=features, numbers=numbers, count=20)
    lowering = reasons(contributions=-contributions, features=features, numbers=numbers, count=20)
    for row, (up, down) in enumerate(zip(raising, lowering, strict=True)):
        given_numbers = numbers.row(row, named=True)
        theme = {sentences(feature, given_numbers): theme_of(feature) for feature in features if feature.sentence}
        assert not {theme[said] for said in up if said} & {theme[said] for said in down if said}


@given(seed=seeds)
@settings(max_examples=60)
def test_a_feature_that_may_not_speak_is_never_named(seed: int) -> None:
    """To hide a feature from a user, it is given without its sentence; its weight is then nobody's reason."""
    features, contributions, numbers = drawn(seed)
    hidden = {feature.name for feature in features[::2]}
    seen = [replace(feature, sentence=None) if feature.name in hidden else feature for feature in features]
    kept = [place for place, feature in enumerate(features) if feature.name not in hidden]
    found = reasons(contributions=contributions, features=seen, numbers=numbers)
    without = reasons(
        contributions=contributions[:, kept], features=[features[place] for place in kept], numbers=numbers
    )
    assert found == without


@given(seed=seeds)
@settings(max_examples=60)
def test_numbers_that_are_not_given_change_no_sentence_into_one_that_quotes_them(seed: int) -> None:
    features, contributions, numbers = drawn(seed)
    hidden = set(NAMES[seed % 3 :: 3])
    given_numbers = numbers.drop(hidden)
    spoken = [feature for feature in features if feature.sentence]
    for row, told in enumerate(reasons(contributions=contributions, features=features, numbers=given_numbers)):
        values = given_numbers.row(row, named=True)
        for reason in filter(None, told):
            sources = [feature for feature in spoken if sentences(feature, _with_gaps(values, feature)) == reason]
            assert any(feature.sentence and not hidden & set(feature.sentence.quoted) for feature in sources)


def _with_gaps(values: dict[str, float], feature: Feature) -> dict[str, float]:
    assert feature.sentence is not None
    return dict.fromkeys(feature.sentence.numbers, float("nan")) | values


def test_a_sentence_quotes_nothing_that_the_feature_itself_would_be_left_out_for() -> None:
    """Who trains without what an inspection may have caused, or without the registry, is not told of it either."""
    flags = {feature.name: feature.flags for feature in catalogue()}
    quoting = {
        (name, flag)
        for feature in SPOKEN
        if feature.sentence
        for name in feature.sentence.quoted
        for flag in flags[name] - feature.flags - {"exposure"}
    }
    # What neighbours use is found by the registry, but it is their use and no field of it.
    assert {flag for _, flag in quoting} <= {"registry"}
    assert {name.split("_")[0] for name, _ in quoting} <= {"peers"}
