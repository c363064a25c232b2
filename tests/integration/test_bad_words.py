"""Words on the command line that mean nothing: the wrong word is named, and what could stand there instead."""

import pytest

from tests.integration.conftest import World
from tests.integration.refusals import Place, words


def train(world: World) -> list[object]:
    return words("train", world.table, profile="table", model=world.table_model)


def evaluate(world: World) -> list[object]:
    return words("evaluate", world.other_table, profile="table", model=world.table_model)


def score(world: World) -> list[object]:
    return words("score", world.other_table, profile="table", model=world.table_model)


NONSENSE = (
    "0",
    "-1",
    "abc",
    "",
    " ",
    "0%",
    "150%",
    "-1%",
    "%",
    "nan",
    "inf",
    "nan%",
    "2.5",
    "1e400",
    "1,5%",
    "0.0",
    "1%%",
)


class TestNumbers:
    @pytest.mark.parametrize("capacity", NONSENSE)
    def test_capacity_in_training(self, place: Place, world: World, capacity: str) -> None:
        place.refused(*train(world), "--capacity", capacity, says=("capacity",))

    @pytest.mark.parametrize("capacity", NONSENSE[:6])
    def test_capacity_in_judging(self, place: Place, world: World, capacity: str) -> None:
        place.refused(*evaluate(world), "--capacity", capacity, says=("capacity",))

    @pytest.mark.parametrize("consumers", ["0", "-5", "99", "abc", "1e3", "1.5", ""])
    @pytest.mark.parametrize("command", ["simulate", "demo"])
    def test_consumers(self, place: Place, command: str, consumers: str) -> None:
        target = ["made"] if command == "simulate" else ["--home", "made"]
        place.refused(command, *target, "--consumers", consumers, says=("consumers", consumers))

    @pytest.mark.parametrize("bills", ["0", "1", "-3", "61", "abc"])
    def test_bills(self, place: Place, bills: str) -> None:
        place.refused("simulate", "made", "--consumers", 100, "--bills", bills, says=("bills", bills))

    @pytest.mark.parametrize(("option", "value"), [("--seed", "-1"), ("--seed", "abc"), ("--seed", "1.5")])
    def test_seeds(self, place: Place, world: World, option: str, value: str) -> None:
        place.refused("simulate", "made", "--consumers", 100, option, value, says=(option, value))
        place.refused(*train(world), option, value, says=(option, value))
        place.refused(*evaluate(world), option, value, says=(option, value))
        place.refused("demo", "--home", "made", option, value, says=(option, value))

    @pytest.mark.parametrize(
        ("option", "value"),
        [("--folds", "0"), ("--folds", "6"), ("--folds", "x"), ("--threads", "0"), ("--threads", "-2")],
    )
    def test_folds_and_threads(self, place: Place, world: World, option: str, value: str) -> None:
        place.refused(*train(world), option, value, says=(option, value))

    @pytest.mark.parametrize("value", ["-1", "all", "1.5"])
    def test_explain(self, place: Place, world: World, value: str) -> None:
        place.refused(*score(world), "--explain", value, says=("--explain", value))

    @pytest.mark.parametrize("command", ["simulate", "demo"])
    def test_more_consumers_than_any_machine_holds(self, place: Place, command: str) -> None:
        target = ["made"] if command == "simulate" else ["--home", "made"]
        place.refused(command, *target, "--consumers", 10**15, says=("consumers",))

    def test_a_seed_of_many_digits(self, place: Place) -> None:
        """Either it is a seed like any other or it is refused; it is no defect."""
        run = place.run("simulate", "made", "--consumers", 100, "--bills", 8, "--seed", 10**30)
        assert run.code in {0, 2}, run.err


class TestChoices:
    @pytest.mark.parametrize(
        ("option", "value", "could_be"),
        [
            ("--algorithm", "lightgmb", "lightgbm"),
            ("--algorithm", "", "lightgbm"),
            ("--features", "sesson", "season"),
            ("--features", "usage_lost", "usage_last"),
            ("--features", ",", "--features"),
            ("--features", "usage_last,nonsense", "nonsense"),
            ("--without", "not_knowable", "not-knowable"),
            ("--without", "regestry", "registry"),
            ("--without", "usage_last,usage_before,kind,seen_on", "feature"),
            ("--cutoff", "f2", "f1"),
            ("--encoding", "onehot", "one-hot"),
            ("--scaling", "minmax", "min-max"),
            ("--class-weight", "balance", "balanced"),
        ],
    )
    def test_in_training(self, place: Place, world: World, option: str, value: str, could_be: str) -> None:
        says = (could_be,) if "," in value else (could_be, value)
        place.refused(*train(world), option, value, says=says)

    def test_in_judging(self, place: Place, world: World) -> None:
        place.refused(*evaluate(world), "--cutoff", "f2", says=("f2", "f1", "capacity"))

    def test_in_scoring(self, place: Place, world: World) -> None:
        place.refused(*score(world), "--rank-by", "money", says=("money", "probability", "recovery"))

    @pytest.mark.parametrize("profile", ["nosuch", "mine.toml"])
    def test_a_profile_of_the_catalogue(self, place: Place, profile: str) -> None:
        place.refused("features", "--profile", profile, says=(profile,))

    def test_a_profile_to_print(self, place: Place) -> None:
        place.refused("profiles", "nosuch", says=("nosuch", "tneb"))


class TestTheCommandItself:
    def test_an_unknown_command(self, place: Place) -> None:
        place.refused("trian", says=("trian", "train"))

    @pytest.mark.parametrize("command", ["check", "train", "evaluate", "score", "simulate", "demo", "features"])
    def test_an_unknown_option(self, place: Place, command: str) -> None:
        place.refused(command, "--profil", "tneb", says=("--profil",))

    @pytest.mark.parametrize("command", ["check", "train", "evaluate", "score"])
    def test_no_data(self, place: Place, world: World, command: str) -> None:
        given = words(command, "x", profile="table", model=world.table_model)
        given.remove("x")
        place.refused(*given, says=("DATA",))

    @pytest.mark.parametrize("command", ["check", "train", "evaluate", "score"])
    def test_no_profile(self, place: Place, world: World, command: str) -> None:
        given = words(command, world.table, profile="table", model=world.table_model)
        del given[2:4]
        place.refused(*given, says=("--profile",))

    @pytest.mark.parametrize(
        ("command", "option"), [("train", "--out"), ("evaluate", "--model"), ("score", "--model"), ("score", "--out")]
    )
    def test_no_place_for_the_result_or_no_model(self, place: Place, world: World, command: str, option: str) -> None:
        given = words(command, world.table, profile="table", model=world.table_model)
        at = given.index(option)
        del given[at : at + 2]
        place.refused(*given, says=(option,))

    def test_no_folder_to_simulate_into(self, place: Place) -> None:
        place.refused("simulate", says=("DIRECTORY",))

    def test_an_option_without_its_value(self, place: Place, world: World) -> None:
        place.refused(*train(world), "--algorithm", says=("--algorithm",))

    def test_a_word_too_many(self, place: Place) -> None:
        place.refused("demo", "now", says=("now",))
