"""The figures of the service as Prometheus reads them. Rule of the room: knows the use cases, never the store.

Requests are counted in this process, which answers all of them; what the database knows is asked when somebody reads
the figures, and kept for some seconds. A request is counted under the rule of its address, which names no connection.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from itertools import product
from threading import Lock
from typing import cast

from flask import Flask, current_app
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from powertheft.actions.show_service import DATABASE, Check, ServiceFigures
from powertheft.domain.alerts import SEVERITIES
from powertheft.domain.errors import PowertheftError
from powertheft.domain.jobs import LANES, TRANSITIONS
from powertheft.logs import known_method

EXTENSION = "powertheft-meter"
KEPT_SECONDS = 15.0
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)
CheckService = Callable[[], Sequence[Check]]
MeasureService = Callable[[], ServiceFigures]
NOWHERE = "(nothing)"
"""The rule of an address that leads nowhere: whatever it is, it is counted once."""


class HouseFigures(Collector):
    """What the house is asked for, at most every `KEPT_SECONDS`; of a database that is not ready only that is told."""

    def __init__(self, check: CheckService, measure: MeasureService) -> None:
        self._check, self._measure = check, measure
        self._kept: list[Metric] = []
        self._asked_at = -math.inf
        self._lock = Lock()

    def collect(self) -> Iterator[Metric]:
        """Give the figures."""
        with self._lock:
            if time.monotonic() - self._asked_at >= KEPT_SECONDS:
                self._kept = list(self._ask())
                self._asked_at = time.monotonic()
            return iter(self._kept)

    def _ask(self) -> Iterator[Metric]:
        ready = GaugeMetricFamily("powertheft_ready", "Whether what the service needs is there.", labels=("check",))
        checks = {one.name: one.is_good for one in self._check()}
        for name, is_good in checks.items():
            ready.add_metric((name,), float(is_good))
        yield ready
        try:
            found = self._measure() if checks[DATABASE] else None
        except PowertheftError:
            found = None
        if found is None:
            return
        yield from _work(found)
        yield from _ages(found)
        yield from _visits(found)


class Meter:
    """Counts requests, and writes all figures out."""

    def __init__(self, check: CheckService, measure: MeasureService) -> None:
        # When each began to be counted is told by nobody and read by nobody: half of the lines.
        disable_created_metrics()
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "powertheft_requests",
            "Requests that were answered.",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "powertheft_request_seconds",
            "Seconds until a request was answered.",
            ("route",),
            buckets=BUCKETS,
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)
        self._registry.register(_Build())
        self._registry.register(HouseFigures(check, measure))

    def note(self, route: str | None, method: str, status: int, seconds: float) -> None:
        """Count a request."""
        route = route or NOWHERE
        self._requests.labels(route, known_method(method), f"{status // 100}xx").inc()
        self._seconds.labels(route).observe(seconds)

    def told(self) -> bytes:
        """Return all figures in the format of Prometheus."""
        return generate_latest(self._registry)


def keep_meter(application: Flask, meter: Meter) -> None:
    """Let this application's requests be counted."""
    application.extensions[EXTENSION] = meter


def meter_of(application: Flask | None = None) -> Meter:
    """Return what counts an application's requests, of the one that answers where none is named."""
    return cast(Meter, (application or current_app).extensions[EXTENSION])


class _Build(Collector):
    """Which powertheft this is."""

    def collect(self) -> Iterator[Metric]:
        told = GaugeMetricFamily("powertheft_build_info", "The version that runs; always 1.", labels=("version",))
        told.add_metric((version("powertheft"),), 1.0)
        yield told


def _work(found: ServiceFigures) -> Iterator[Metric]:
    jobs = GaugeMetricFamily("powertheft_jobs", "Jobs by kind and state.", labels=("kind", "state"))
    for kind, state in product(LANES, TRANSITIONS):
        jobs.add_metric((kind, state), float(found.jobs.get((kind, state), 0)))
    yield jobs
    waited = "Seconds that the oldest queued job has waited; 0 where none is queued."
    yield GaugeMetricFamily("powertheft_queue_oldest_seconds", waited, value=found.oldest_wait.total_seconds())
    alerts = GaugeMetricFamily(
        "powertheft_alerts_open", "Alerts that nobody has acknowledged, by severity.", labels=("severity",)
    )
    for severity in SEVERITIES:
        alerts.add_metric((severity,), float(found.alerts.get(severity, 0)))
    yield alerts


def _ages(found: ServiceFigures) -> Iterator[Metric]:
    data = GaugeMetricFamily(
        "powertheft_dataset_age_seconds", "Seconds since a dataset's last version.", labels=("dataset",)
    )
    for name, age in sorted(found.dataset_ages.items()):
        data.add_metric((name,), age.total_seconds())
    yield data
    models = GaugeMetricFamily(
        "powertheft_champion_age_seconds", "Seconds since a model's champion was trained.", labels=("model",)
    )
    for name, age in sorted(found.champion_ages.items()):
        models.add_metric((name,), age.total_seconds())
    yield models
    scoring = GaugeMetricFamily("powertheft_scoring_age_seconds", "Seconds since the last list.")
    if found.scoring_age is not None:
        scoring.add_metric((), found.scoring_age.total_seconds())
    yield scoring


def _visits(found: ServiceFigures) -> Iterator[Metric]:
    visits = GaugeMetricFamily(
        "powertheft_visits", "Visits of the last 8 weeks with a finding, by how they were drawn.", labels=("drawn_by",)
    )
    rate = GaugeMetricFamily(
        "powertheft_hit_rate", "Share of those visits that found theft; left out without visits.", labels=("drawn_by",)
    )
    for drawn_by, told in sorted(found.visits.items()):
        visits.add_metric((drawn_by,), float(told.visits))
        if told.visits:
            rate.add_metric((drawn_by,), told.finds / told.visits)
    yield visits
    yield rate
