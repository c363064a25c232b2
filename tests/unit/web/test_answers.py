"""What every answer carries, errors as pages, parts for htmx, and our own files."""

import gzip
import logging
import re

import pytest
from flask import request

from powertheft.domain.errors import InputError, StateError
from powertheft.web.access import public
from powertheft.web.static_files import FOLDER


def test_a_page_allows_nothing_from_elsewhere_and_nothing_inline(visitor):
    answer = visitor.get("/sign-in")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert re.search(r"script-src 'self' 'nonce-\S{20,}'", policy)
    assert policy != visitor.get("/sign-in").headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", answer.text)
    assert (answer.headers["X-Frame-Options"], answer.headers["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert answer.headers["Cache-Control"] == "no-store"
    assert re.fullmatch(r"[0-9a-f]{10}", answer.headers["X-Request-Id"])


def test_a_cookie_is_read_by_the_server_alone_and_by_https_alone_where_there_is_https(make_application):
    plain = make_application().test_client().get("/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    answer = make_application(https=True).test_client().get("/sign-in", base_url="https://localhost")
    assert answer.headers["Set-Cookie"].startswith("__Host-powertheft=")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_another_name_of_this_machine_is_refused(visitor):
    assert visitor.get("/sign-in", base_url="http://evil.example").status_code == 400


def test_a_persons_error_says_what_where_and_what_to_do(application, visitor):
    @application.get("/broken")
    @public
    def broken() -> str:
        raise InputError("is not a number", file="bills.csv", row=17, column="KWH", advice="Correct the cell.")

    answer = visitor.get("/broken")
    assert answer.status_code == 422
    assert "bills.csv, row 17, column KWH" in answer.text
    assert "Is not a number." in answer.text
    assert "Correct the cell." in answer.text


def test_a_step_that_is_not_open_is_a_conflict(application, visitor):
    @application.get("/late")
    @public
    def late() -> str:
        raise StateError("job 7 is done")

    assert visitor.get("/late").status_code == 409


def test_a_defect_shows_its_number_and_nothing_of_a_person(application, visitor, caplog):
    said = "consumer 04711 of Mr Kumar"

    @application.get("/defect")
    @public
    def defect() -> str:
        raise ValueError(said)

    with caplog.at_level(logging.INFO, "powertheft.web"):
        answer = visitor.get("/defect")
    assert answer.status_code == 500
    number = answer.headers["X-Request-Id"]
    assert number in answer.text
    assert f"defect request_id={number} error=ValueError" in caplog.text
    assert "Kumar" not in answer.text + caplog.text


@pytest.mark.parametrize(("address", "status"), [("/nowhere", 404), ("/people/nobody", 404), ("/sign-out", 405)])
def test_what_is_not_there_is_said_in_a_page(administrator, address, status):
    answer = administrator.get(address)
    assert answer.status_code == status
    assert "<h1>" in answer.text
    assert "To the overview" in answer.text


def test_the_log_names_the_rule_and_not_who_was_looked_at(administrator, caplog):
    with caplog.at_level(logging.INFO, "powertheft.web"):
        administrator.get("/people/ana")
    assert "method=GET route=/people/<name> status=200 roles=3" in caplog.text
    assert "ana" not in caplog.text.replace("/people/<name>", "")


def test_a_request_keeps_the_number_that_the_server_before_gave_it_and_an_error_says_it(visitor, caplog):
    with caplog.at_level(logging.INFO, "powertheft.web"):
        kept = visitor.get("/nowhere", headers={"X-Request-Id": "edge-0123456789"})
        replaced = visitor.get("/nowhere", headers={"X-Request-Id": "Mr Kumar; 04711"})
    assert kept.headers["X-Request-Id"] == "edge-0123456789"
    assert "tell your administrator this number: edge-0123456789" in kept.text
    assert "request_id=edge-0123456789" in caplog.text
    assert len(replaced.headers["X-Request-Id"]) == 10
    assert replaced.headers["X-Request-Id"] in replaced.text
    assert "Kumar" not in caplog.text


def test_htmx_gets_the_part_and_a_link_the_whole(administrator):
    part = administrator.get("/help/words?q=transformer", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    whole = administrator.get("/help/words?q=transformer", headers={"HX-Request": "true", "HX-Request-Type": "full"})
    assert part.text.lstrip().startswith('<dl class="words">')
    assert "<html" not in part.text
    assert "<html" in whole.text
    assert {"HX-Request", "HX-Request-Type"} <= set(whole.vary)


def test_an_error_of_a_part_is_shown_where_the_page_is(administrator):
    answer = administrator.get("/nowhere", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert answer.headers["HX-Retarget"] == "#content"
    assert "<html" not in answer.text


def test_a_session_that_ended_leads_htmx_to_sign_in(visitor):
    answer = visitor.get("/help/words", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert answer.headers["HX-Redirect"].startswith("/sign-in")


def test_text_travels_packed(administrator):
    answer = administrator.get("/help/words", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.vary
    assert len(answer.data) < len(gzip.decompress(answer.data)) / 3


def test_a_file_is_kept_for_a_year_under_the_hash_of_all_and_not_at_all_under_another(visitor):
    address = re.search(r'href="(/static/[0-9a-f]{12}/style/tokens.css)"', visitor.get("/sign-in").text)[1]
    kept = visitor.get(address, headers={"Accept-Encoding": "gzip"})
    assert "immutable" in kept.headers["Cache-Control"]
    assert gzip.decompress(kept.data) == (FOLDER / "style" / "tokens.css").read_bytes()
    assert visitor.get("/static/000000000000/style/tokens.css").headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["../application.py", "style/../../access.py", "absent.css", "%2e%2e/access.py"])
def test_no_other_file_of_the_machine_is_sent(visitor, name):
    assert visitor.get(f"/static/0/{name}").status_code == 404


def test_the_theme_is_kept_in_this_browser(visitor):
    visitor.send("/settings/theme", page="/sign-in", theme="dark", next="/sign-in")
    assert 'data-theme="dark"' in visitor.get("/sign-in").text
    visitor.send("/settings/theme", page="/sign-in", theme="pink", next="/sign-in")
    assert 'data-theme="dark"' in visitor.get("/sign-in").text


def test_a_form_beyond_a_megabyte_is_refused(application, visitor):
    @application.post("/form")
    @public
    def form() -> str:
        return str(len(request.form))

    application.config["WTF_CSRF_CHECK_DEFAULT"] = False
    assert visitor.post("/form", data={"x": "y" * (2 << 20)}).status_code == 413
