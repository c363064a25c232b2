"""How long a training takes and what memory it needs, told before it is begun. Rule of the room: a rule of thumb.

Measured on the STEG ledger (135,493 consumers, 4.5 million bills, 453 features, 2 cores with other work beside) and on
simulated utilities; see docs/benchmarks.md. Both grow in step with consumers and with bills; half as much or twice as
much is possible, which is what the sentence says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from powertheft.actions.house import House
from powertheft.domain.numbers import grouped

BASE_MEMORY = 0.5e9
MEMORY_A_BILL = 280.0
MEMORY_A_CONSUMER = 19_000.0
"""Bytes: of the program, of each bill while features are computed, of each consumer's features and their copies."""

BASE_SECONDS = 15.0
SECONDS_A_BILL = 8e-6
SECONDS_A_CONSUMER = 3e-3
"""Of reading and features, and of the fits of lightgbm (held out, with and without what a visit may have caused)."""

TIMES: Mapping[str, float] = {
    "lightgbm": 1.0,
    "xgboost": 2.0,
    "random-forest": 2.0,
    "logistic-regression": 0.7,
    "svm": 0.7,
    "svm-rbf": 1.5,
    "mlp": 1.0,
    "blend": 6.0,
    "catboost": 3.0,
    "wide-deep": 8.0,
}
"""How long fitting takes against lightgbm."""

MEMORY_FILE = Path("/proc/meminfo")


@dataclass(frozen=True, slots=True)
class TrainingEstimate:
    """How long a training is likely to take [s], the memory it needs and what is free here [bytes; None: not known]."""

    seconds: float
    memory: float
    free: float | None
    consumers: int
    bills: int

    @property
    def fits(self) -> bool:
        """Return whether what it needs is free here, as far as that is known."""
        return self.free is None or self.memory < self.free

    @property
    def size(self) -> str:
        """Return what it was told from, in words."""
        return f"{grouped(self.consumers)} connections and {grouped(self.bills)} bills or readings"


def estimate_training(house: House, dataset: str, *, algorithm: str, tune: float | None = None) -> TrainingEstimate:
    """Return what training on a version of a dataset is likely to take."""
    house.check("dataset.read")
    rows = house.registered(dataset).rows
    consumers, bills = rows.get("consumers", 0), rows.get("readings", 0) + rows.get("intervals", 0)
    fitting = SECONDS_A_CONSUMER * consumers * TIMES.get(algorithm, 1.0)
    seconds = BASE_SECONDS + SECONDS_A_BILL * bills + fitting + 60 * (tune or 0.0)
    memory = BASE_MEMORY + MEMORY_A_BILL * bills + MEMORY_A_CONSUMER * consumers
    return TrainingEstimate(seconds, memory, free_memory(), consumers, bills)


def free_memory() -> float | None:
    """Return the memory that is free on this machine [bytes], None where the system does not say."""
    if not MEMORY_FILE.is_file():
        return None
    lines = dict(line.split(":", 1) for line in MEMORY_FILE.read_text("ascii").splitlines() if ":" in line)
    told = lines.get("MemAvailable", "").split()
    return 1024.0 * int(told[0]) if told else None
