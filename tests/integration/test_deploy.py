"""The dashboard and the rules under deploy/ ask for figures that the service really tells, and say what to do."""

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from powertheft.actions.house import House
from powertheft.actions.ports import NewModelVersion, NewScoring, NewVersion
from powertheft.bootstrap import Container
from powertheft.domain.alerts import NewAlert
from powertheft.domain.inspections import Finding, NewCase
from powertheft.domain.permissions import Actor
from powertheft.settings import read_home
from powertheft.store.work import open_store

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
RULES, CONFIG = DEPLOY / "prometheus/alerts.yml", DEPLOY / "prometheus/prometheus.yml"
DASHBOARD = DEPLOY / "grafana/powertheft.json"
CASES = ROOT / "tests/integration/alert_rules.yml"
WATCHED = {
    "PowertheftDown",
    "PowertheftQueueStuck",
    "PowertheftJobsFail",
    "PowertheftDataLate",
    "PowertheftModelOld",
    "PowertheftHitRateLow",
    "PowertheftErrors",
}
PROMQL = {
    *("and", "or", "unless", "on", "ignoring", "by", "without", "offset", "bool"),
    *("sum", "min", "max", "topk", "rate", "increase", "histogram_quantile"),
}
OF_PROMETHEUS = {"up"}
"""What Prometheus itself writes down of whatever it reads."""

needs_promtool = pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool (apt-get install prometheus)")


@pytest.fixture(scope="module")
def scrape(tmp_path_factory) -> str:
    """The figures of a house that has a bit of everything."""
    home = read_home(tmp_path_factory.mktemp("deploy") / "home", {})
    home.make()
    with open_store(home.database) as store:
        house = House(home, store, Actor("ana", frozenset()))
        with house.begin() as work:
            work.datasets.add_version("bills", NewVersion("a" * 64, "bills/v-1", {"readings": 3}, {}, "0123abcd"))
            work.models.add_version("lists", NewModelVersion("lists/v-1", "bills@1", "lightgbm", {}, {}))
            work.models.change_state("lists", 1, "be promoted", reason="the first")
            work.scorings.add_scoring(NewScoring("s-1", "bills@1", "lists@1", 3, {}))
            work.alerts.raise_alert(NewAlert("job/1", "job_failed", "critical", {}, "/jobs/1"))
            work.jobs.enqueue("model.train", {}, title="Train")
        visits = [
            ("list", "theft"),
            ("list", "tamper"),
            ("list", "normal"),
            ("list", "no_access"),
            ("random", "normal"),
        ]
        for place, (drawn_by, outcome) in enumerate(visits):
            _visit(house, NewCase("bills", f"c{place}", drawn_by=drawn_by, inclusion_probability=1.0), outcome)
        served = Container().make_web(home, "localhost").test_client()
        served.get("/healthz")
        answer = served.get("/metrics")
    assert answer.status_code == 200, answer.text
    return answer.text


def _visit(house: House, case: NewCase, outcome: str) -> None:
    found = Finding(outcome, datetime.now(UTC).date())
    with house.begin() as work:
        number = work.inspections.propose([case])[0].number
        work.inspections.change_case(number, "be assigned", assigned_to="ravi", planned_on=found.inspected_on)
        work.inspections.change_case(number, "be started")
        work.inspections.change_case(number, "be recorded", finding=found)


@pytest.fixture(scope="module")
def samples(scrape) -> dict[tuple[str, tuple], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(scrape)
        for sample in family.samples
    }


def rules() -> list[dict]:
    return [rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]]


def panels() -> list[dict]:
    return json.loads(DASHBOARD.read_text("utf-8"))["panels"]


EXPRESSIONS = {
    **{rule["alert"]: rule["expr"] for rule in rules()},
    **{f"{one['title']} {target['refId']}": target["expr"] for one in panels() for target in one["targets"]},
}


def names_in(expression: str) -> set[str]:
    """Every word of an expression that must be a figure."""
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b(by|on|ignoring|without)\s*\([^)]*\)|\boffset\s+\w+", " ", expression)
    return set(re.findall(r"[a-zA-Z_:][\w:]*", bare)) - PROMQL


def labels_in(expression: str) -> dict[str, set[str]]:
    """The labels that an expression asks of each figure."""
    asked = re.findall(r"(\w+)\{([^}]*)\}", expression)
    return {name: set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", within)) for name, within in asked}


def test_the_figures_are_those_of_the_house(samples):
    assert samples["powertheft_hit_rate", (("drawn_by", "list"),)] == pytest.approx(2 / 3), "no access tells nothing"
    assert samples["powertheft_hit_rate", (("drawn_by", "random"),)] == 0
    assert samples["powertheft_visits", (("drawn_by", "list"),)] == 3
    assert samples["powertheft_alerts_open", (("severity", "critical"),)] == 1
    assert samples["powertheft_jobs", (("kind", "model.train"), ("state", "queued"))] == 1
    for age in (
        ("powertheft_dataset_age_seconds", (("dataset", "bills"),)),
        ("powertheft_champion_age_seconds", (("model", "lists"),)),
        ("powertheft_scoring_age_seconds", ()),
    ):
        assert 0 <= samples[age] < 600


@pytest.mark.parametrize("name", sorted(EXPRESSIONS))
def test_an_expression_asks_for_figures_and_labels_that_the_service_tells(name, samples):
    expression = EXPRESSIONS[name]
    told: dict[str, set[str]] = {}
    for sample, labels in samples:
        told.setdefault(sample, set()).update(label for label, _ in labels)
    asked = names_in(expression)
    assert asked, expression
    assert asked - OF_PROMETHEUS <= set(told), expression
    for figure, labels in labels_in(expression).items():
        assert labels <= (told[figure] if figure not in OF_PROMETHEUS else {"job", "instance"}), expression


def test_every_rule_says_how_bad_it_is_and_what_to_do():
    assert {rule["alert"] for rule in rules()} >= WATCHED
    for rule in rules():
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}, rule["alert"]
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["runbook"].endswith(".")


def test_prometheus_reads_the_rules_and_the_figures_by_a_token():
    config = yaml.safe_load(CONFIG.read_text("utf-8"))
    assert config["rule_files"] == [RULES.name]
    (job,) = config["scrape_configs"]
    assert (job["job_name"], job["metrics_path"]) == ("powertheft", "/metrics")
    assert job["authorization"]["type"] == "Bearer"


def test_the_page_on_operations_names_every_figure_and_rule_and_no_other(scrape):
    page = (ROOT / "docs/operations.md").read_text("utf-8")
    told = {family.name for family in text_string_to_metric_families(scrape) if family.name.startswith("powertheft_")}
    named = set(re.findall(r"^\| `(powertheft_\w+?)(?:_total)?` \|", page, re.MULTILINE))
    assert named == {re.sub(r"_total$", "", name) for name in told}
    assert set(re.findall(r"`(Powertheft\w+)`", page)) == {rule["alert"] for rule in rules()}


def test_the_dashboard_asks_questions_and_answers_them_from_figures():
    for one in panels():
        assert one["title"].endswith("?"), one["title"]
        assert one["description"].endswith("."), one["title"]
        assert one["targets"], one["title"]
    assert len({one["id"] for one in panels()}) == len(panels())
    places = [(one["gridPos"]["x"], one["gridPos"]["y"]) for one in panels()]
    assert len(set(places)) == len(places)
    assert all(one["gridPos"]["x"] + one["gridPos"]["w"] <= 24 for one in panels())


@needs_promtool
def test_promtool_takes_the_rules_the_configuration_and_the_figures(scrape):
    _promtool("check", "rules", str(RULES))
    _promtool("check", "config", "--syntax-only", str(CONFIG))
    _promtool("check", "metrics", given=scrape)


@needs_promtool
def test_promtool_finds_that_rules_call_when_they_should_and_not_before(tmp_path):
    for file in (RULES, CASES):
        shutil.copy(file, tmp_path)
    _promtool("test", "rules", CASES.name, place=tmp_path)


def _promtool(*words: str, given: str = "", place: Path = ROOT) -> None:
    ended = subprocess.run(["promtool", *words], input=given, cwd=place, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
