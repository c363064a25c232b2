"""The API stands beside the pages of `powertheft serve`, and the command line makes the tokens for it."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.unit.api.conftest import join

from powertheft.actions.ask_once import ask_once
from powertheft.actions.work_jobs import enqueue_collect
from powertheft.bootstrap import Container
from powertheft.cli.main import run
from powertheft.domain.errors import ChoiceError
from powertheft.domain.permissions import PERMISSIONS, Actor


@pytest.fixture
def command(house, monkeypatch, capsys):
    """Run a command on the home, and return its exit code and what it said."""
    monkeypatch.setenv("COLUMNS", "200")

    def command(*words: str) -> tuple[int, str]:
        code = 0
        try:
            run([*words, "--home", str(house.home.path)], container=Container())
        except SystemExit as ending:
            code = int(ending.code or 0)
        said = capsys.readouterr()
        return code, said.out + said.err

    return command


def test_a_token_of_the_command_line_opens_the_api_beside_the_pages(command, house):
    join(house.store, "ana", "analyst")
    code, said = command("token", "make", "--name", "nightly", "--scopes", "job.read, dataset.read", "--owner", "ana")
    assert code == 0, said
    key = re.search(r"pt_[\w-]+", said)[0]
    served = Container().make_web(house.home, "localhost").test_client()
    bearer = {"Authorization": f"Bearer {key}"}
    assert served.get("/api/v1/me", headers=bearer).json["scopes"] == ["dataset.read", "job.read"]
    assert served.get("/api/v1/jobs", headers=bearer).json == {"items": [], "next": None}
    assert served.get("/api/v1/models", headers=bearer).status_code == 403
    assert "openapi.json" in served.get("/api/v1/").text
    assert served.get("/sign-in").mimetype == "text/html"
    assert served.get("/jobs/", headers=bearer).status_code == 302, "a token opens no page"
    assert "nightly" in command("token", "list")[1]
    assert command("token", "revoke", "1")[0] == 0
    assert served.get("/api/v1/me", headers=bearer).status_code == 401
    assert "revoked" in command("token", "list")[1]


def test_a_token_needs_an_account_and_no_more_than_its_roles(command, house):
    assert "There are no tokens" in command("token", "list")[1]
    code, said = command("token", "make", "--name", "x", "--scopes", "job.read", "--owner", "ana")
    assert code == 2
    assert "has no account that is open. Make the first account: powertheft serve." in said
    join(house.store, "ana", "inspector")
    code, said = command("token", "make", "--name", "x", "--scopes", "job.read", "--owner", "ana")
    assert code == 2
    assert "its owner may not do job.read" in said


def test_two_who_send_the_same_key_at_once_get_one_job(house):
    """The second waits for the first, whose transaction has the key; on SQLite as on a server."""
    own = house.for_actor(Actor("ana", PERMISSIONS))
    with ThreadPoolExecutor(8) as pool:
        jobs = list(pool.map(lambda _: ask_once(own, "k", enqueue_collect, fingerprint="x").number, range(16)))
    assert set(jobs) == {1}
    with pytest.raises(ChoiceError, match="was used for another request"):
        ask_once(own, "k", enqueue_collect, fingerprint="y")
