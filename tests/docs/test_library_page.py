"""docs/library.md and docs/bundle.md say what is there."""

import inspect
import re

from powertheft import library
from powertheft.actions.train_model import TrainingChoices
from powertheft.models import boosted_lightgbm, boosted_xgboost, bundle
from powertheft.models.serialisation import ESTIMATOR_FILE


def ticked(text: str) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", text))


def test_every_public_function_of_the_library_has_its_line(pages: dict[str, str]) -> None:
    public = [
        name
        for name, value in vars(library).items()
        if inspect.isfunction(value) and value.__module__ == library.__name__ and not name.startswith("_")
    ]
    described = re.findall(r"^\| `(\w+)` \|", pages["docs/library.md"], flags=re.MULTILINE)
    assert described == public


def test_every_choice_of_training_is_named(pages: dict[str, str]) -> None:
    assert set(TrainingChoices.__dataclass_fields__) <= ticked(pages["docs/library.md"])


def test_the_files_of_a_bundle_are_named(pages: dict[str, str]) -> None:
    names = {bundle.MANIFEST, bundle.MANIFEST_SUM, ESTIMATOR_FILE}
    names |= {boosted_lightgbm.BOOSTER_FILE, boosted_xgboost.BOOSTER_FILE}
    names |= set(re.findall(r'"([\w.]+\.(?:json|bin))"', inspect.getsource(bundle)))
    assert len(names) >= 9
    assert names <= ticked(pages["docs/bundle.md"])
