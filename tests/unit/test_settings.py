"""Settings from the environment, and the home folder they lead to."""

import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from powertheft.domain.errors import ChoiceError, InputError
from powertheft.settings import SETTINGS, read_home, read_number_grouping, read_web_settings


def test_the_default_is_a_hidden_folder_of_the_user(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ana")
    home = read_home(environment={})
    assert home.path == Path("/home/ana/.powertheft")
    assert home.key_file == home.path / "keys" / "pseudonyms.key"
    assert sa.make_url(home.database).database == "/home/ana/.powertheft/powertheft.db"
    assert {home.datasets.parent, home.profiles.parent, home.vault.parent, home.scratch.parent} == {home.path}


def test_the_option_goes_before_the_environment_and_the_rest_follows_it(tmp_path):
    environment = {"POWERTHEFT_HOME": "/elsewhere"}
    assert read_home(environment=environment).key_file == Path("/elsewhere/keys/pseudonyms.key")
    home = read_home(tmp_path / "a b%c?#", environment)
    assert home.key_file == tmp_path / "a b%c?#" / "keys" / "pseudonyms.key"
    assert sa.make_url(home.database).database == str(tmp_path / "a b%c?#" / "powertheft.db")


def test_key_file_and_database_may_lie_elsewhere():
    home = read_home(environment={"POWERTHEFT_KEY_FILE": "/run/secrets/key", "POWERTHEFT_DATABASE": "postgresql://h/d"})
    assert (home.key_file, home.database) == (Path("/run/secrets/key"), "postgresql://h/d")


def test_an_empty_variable_is_none():
    assert read_home(environment={setting.variable: "" for setting in SETTINGS}) == read_home(environment={})


def test_a_secret_may_be_in_a_file_and_only_there(tmp_path):
    file = tmp_path / "database"
    file.write_text("postgresql://me:secret@host/d\n")
    home = read_home(environment={"POWERTHEFT_DATABASE_FILE": str(file)})
    assert home.database == "postgresql://me:secret@host/d"
    assert "secret" not in repr(home)
    with pytest.raises(ChoiceError, match="POWERTHEFT_DATABASE and POWERTHEFT_DATABASE_FILE are both set"):
        read_home(environment={"POWERTHEFT_DATABASE_FILE": str(file), "POWERTHEFT_DATABASE": "sqlite://"})
    with pytest.raises(InputError, match="cannot be read"):
        read_home(environment={"POWERTHEFT_DATABASE_FILE": str(tmp_path / "absent")})


def test_every_setting_has_its_line_of_help_and_a_name_of_ours():
    assert all(setting.variable.startswith("POWERTHEFT_") and setting.help.endswith(".") for setting in SETTINGS)
    assert len({setting.name for setting in SETTINGS}) == len(SETTINGS)


def test_the_key_of_the_sessions_is_made_once_for_its_owner_alone_and_never_shown(tmp_path):
    home = read_home(tmp_path, {})
    first = read_web_settings(home, "127.0.0.1", {})
    assert len(first.secret_key) >= 32
    assert read_web_settings(home, "127.0.0.1", {}) == first
    assert stat.S_IMODE((tmp_path / "keys" / "sessions.key").stat().st_mode) == 0o600
    assert first.secret_key not in repr(first)


def test_a_key_that_is_given_is_long_enough_or_refused(tmp_path):
    home = read_home(tmp_path, {})
    assert read_web_settings(home, "127.0.0.1", {"POWERTHEFT_SECRET_KEY": "s" * 32}).secret_key == "s" * 32
    with pytest.raises(ChoiceError, match="fewer than 32 characters"):
        read_web_settings(home, "127.0.0.1", {"POWERTHEFT_SECRET_KEY": "short"})
    assert not (tmp_path / "keys").exists()


def test_the_pages_answer_to_their_own_names_unless_the_network_is_let_in(tmp_path):
    home, key = read_home(tmp_path, {}), {"POWERTHEFT_SECRET_KEY": "s" * 32}
    assert read_web_settings(home, "127.0.0.1", key).hosts == ("localhost", "127.0.0.1", "[::1]", "127.0.0.1")
    assert read_web_settings(home, "0.0.0.0", key).hosts == ()
    named = read_web_settings(home, "0.0.0.0", {**key, "POWERTHEFT_HOSTS": "theft.tneb.in, 10.0.0.7"})
    assert named.hosts == ("theft.tneb.in", "10.0.0.7")
    with pytest.raises(ChoiceError, match="POWERTHEFT_HTTPS"):
        read_web_settings(home, "127.0.0.1", {**key, "POWERTHEFT_HTTPS": "perhaps"})


def test_numbers_are_grouped_as_the_environment_says_and_another_word_is_refused():
    assert read_number_grouping({}) == "indian"
    assert read_number_grouping({"POWERTHEFT_NUMBER_GROUPING": "Western"}) == "western"
    with pytest.raises(ChoiceError, match=r"POWERTHEFT_NUMBER_GROUPING is .tunisian.\. Write indian or western"):
        read_number_grouping({"POWERTHEFT_NUMBER_GROUPING": "tunisian"})
