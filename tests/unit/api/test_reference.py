"""What the API says of itself: a document that is right, and a page of it that loads nothing from elsewhere."""

import re

from powertheft.api.access import PUBLIC, scope_of


def test_the_document_names_every_operation_with_its_scope(api):
    paths = api.test_client().get("/openapi.json").json["paths"]
    for rule in api.url_map.iter_rules():
        scope = scope_of(api.view_functions[rule.endpoint])
        if rule.endpoint in {"openapi.spec", "reference.index", "reference.style"}:
            continue
        operations = paths[re.sub(r"<(?:[^<:]+:)?([^>]+)>", r"{\1}", rule.rule)]
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            operation = operations[method.lower()]
            assert operation["summary"].endswith(".")
            assert ("security" in operation) == (scope != PUBLIC)


def test_a_request_for_a_job_says_that_it_takes_a_key(api):
    paths = api.test_client().get("/openapi.json").json["paths"]
    keyed = {path for path, operations in paths.items() for one in operations.values() if "Idempotency-Key" in str(one)}
    answered = {path for path, operations in paths.items() for one in operations.values() if "202" in one["responses"]}
    assert keyed == answered
    assert "/jobs/train" in keyed


def test_the_page_shows_every_operation_and_loads_its_own_style_alone(api):
    nobody = api.test_client()
    page = nobody.get("/")
    paths = nobody.get("/openapi.json").json["paths"]
    assert all(f"<code>{path}</code>" in page.text for path in paths)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", page.text)
    assert "<script" not in page.text
    assert nobody.get("/reference.css").mimetype == "text/css"
    assert len(page.data) < 500_000
