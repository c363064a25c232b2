"""The demonstration's house: a dataset, a model in use and a list, made once however often it is asked for."""

import pytest
from tests.scored_utility import _visit

from powertheft.actions import fill_house as filling
from powertheft.actions.dataset_versions import list_versions
from powertheft.actions.fill_house import MODEL, fill_house
from powertheft.actions.model_versions import list_model_versions
from powertheft.actions.run_demo import HOUSE, is_opened, run_demo
from powertheft.actions.scorings import list_scorings
from powertheft.actions.simulate_data import SIMULATED, simulate_data
from powertheft.actions.train_model import TrainingChoices
from powertheft.domain.errors import OutputError


@pytest.fixture
def small_fits(monkeypatch):
    """Let models be small: what is tested is what is kept, not how good it is."""
    small = TrainingChoices(folds=1, threads=1, settings=("trees=50",))
    monkeypatch.setattr(filling, "TrainingChoices", lambda **_: small)


def test_the_house_has_data_a_model_in_use_and_a_list_and_gets_no_second_ones(house, tmp_path, small_fits):
    simulate_data(tmp_path / "export", consumers=2000, bills=18, seed=5)
    _visit(tmp_path / "export")
    first = fill_house(house, tmp_path / "export")
    assert first.dataset == f"{SIMULATED}@1"
    assert first.model == f"{MODEL}@1"
    assert first.rows == 2000
    assert [one.state for one in list_model_versions(house)] == ["champion"]
    again = fill_house(house, tmp_path / "export")
    assert again.number == first.number
    assert len(list_scorings(house)) == len(list_model_versions(house)) == len(list_versions(house, SIMULATED)) == 1


def test_a_demo_whose_pages_were_opened_is_never_made_anew(tmp_path):
    for folder in ("data", HOUSE):
        (tmp_path / "demo" / folder).mkdir(parents=True)
    (tmp_path / "demo" / "data" / "truth.csv").write_text("SC_NO\n")
    (tmp_path / "demo" / HOUSE / "powertheft.db").write_text("somebody's work")
    assert is_opened(tmp_path / "demo")
    with pytest.raises(OutputError, match=r"what was done on its pages.*powertheft serve --home"):
        run_demo(tmp_path / "demo", consumers=3000)
    assert (tmp_path / "demo" / HOUSE / "powertheft.db").read_text() == "somebody's work"
