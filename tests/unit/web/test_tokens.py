"""Tokens on the pages: made once, shown once, never more than oneself, revoked with a click."""

import re
from typing import get_args

from powertheft.actions import tokens
from powertheft.domain.permissions import Actor, Permission
from powertheft.web.tokens import SCOPE_WORDS

KEY = re.compile(r'value="(pt_[\w-]+)"')
ANA = Actor("ben", frozenset())


def test_every_scope_is_told_in_words():
    assert set(SCOPE_WORDS) == set(get_args(Permission))


def test_a_token_is_made_shown_once_and_revoked(sign_up, store):
    ben = sign_up("ben", "analyst")
    assert "You have no token" in ben.get("/settings/tokens/").text
    made = ben.send("/settings/tokens/make", name="nightly import", days="30", scopes=["dataset.import", "job.read"])
    (key,) = set(KEY.findall(made.text))
    assert "never again" in made.text
    (token,) = tokens.list_tokens(store, ANA)
    assert token.scopes == {"dataset.import", "job.read"}
    assert tokens.find_bearer(store, key)[1].name == "ben"
    listed = ben.get("/settings/tokens/").text
    assert "nightly import" in listed
    assert key not in listed
    ben.send(f"/settings/tokens/{token.number}/revoke", page="/settings/tokens/")
    assert tokens.find_bearer(store, key) is None
    assert "1 token was revoked or is over" in ben.get("/settings/tokens/").text


def test_what_ones_roles_do_not_allow_is_neither_offered_nor_given(sign_up, store):
    ben = sign_up("ben", "inspector")
    assert 'value="model.promote"' not in ben.get("/settings/tokens/make").text
    answer = ben.send("/settings/tokens/make", name="x", days="30", scopes=["model.promote"])
    assert answer.status_code == 422
    assert "Its owner may not do model.promote" in answer.text
    assert 'value="x"' in answer.text
    assert tokens.list_tokens(store, ANA) == []


def test_what_is_missing_is_said_beside_the_field(sign_up):
    ben = sign_up("ben", "analyst")
    assert "Please fill this in" in ben.send("/settings/tokens/make", name="", days="30", scopes=["job.read"]).text
    answer = ben.send("/settings/tokens/make", name="x", days="30")
    assert "Nothing is chosen that it may do" in answer.text
    assert ben.send("/settings/tokens/make", name="x", days="4000", scopes=["job.read"]).status_code == 422


def test_who_manages_accounts_sees_and_revokes_everybodys(administrator, sign_up, store):
    ben = sign_up("ben", "analyst")
    ben.send("/settings/tokens/make", name="forgotten", days="7", scopes=["job.read"])
    assert ben.get("/settings/tokens/everybody").status_code == 403
    assert "forgotten" in administrator.get("/settings/tokens/everybody").text
    answer = administrator.send("/settings/tokens/1/revoke", page="/settings/tokens/everybody")
    assert answer.location == "/settings/tokens/everybody"
    assert "Nobody has a token" in administrator.get("/settings/tokens/everybody").text


def test_nobody_else_revokes_it(sign_up):
    ben, eve = sign_up("ben", "analyst"), sign_up("eve", "analyst")
    ben.send("/settings/tokens/make", name="mine", days="7", scopes=["job.read"])
    assert eve.send("/settings/tokens/1/revoke", page="/settings/tokens/make").status_code == 403
