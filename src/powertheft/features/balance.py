"""The transformer's energy balance, and the consumer's part in it. Rule of the room: definitions only."""

import numpy as np

from powertheft.features.definition import Feature, Kernel, Sentence
from powertheft.features.sentences import AS_OF, figure, month, percent, sentence, spoken
from powertheft.panel import kernels
from powertheft.panel.monthly import MonthlyPanel

FAMILY = "balance"
NEEDS = frozenset({"readings.energy", "consumers.transformer_id", "transformer_readings.energy_supplied"})

MUCH_LOST = 0.1
"""Unexplained share of a transformer's supply from which it is told (an assumption)."""


def _balance(panel: MonthlyPanel) -> tuple[np.ndarray, np.ndarray]:
    if panel.supplied is None or panel.lost is None:
        empty = np.full(panel.energy.shape, np.nan)
        return empty, empty
    return panel.supplied, panel.lost


def supplied_use(panel: MonthlyPanel) -> np.ndarray:
    """Energy supplied through the transformer, last 12 known months."""
    return kernels.mean_of(_balance(panel)[0][:, -15:], 3)


def lost_use(panel: MonthlyPanel) -> np.ndarray:
    """Energy of the transformer that no bill accounts for, last 12 known months."""
    return kernels.mean_of(_balance(panel)[1][:, -15:], 3)


def loss_share(panel: MonthlyPanel) -> np.ndarray:
    """Share of the transformer's supply that no bill accounts for, last 12 known months."""
    return kernels.ratio_of(lost_use(panel), supplied_use(panel))


def loss_share_before(panel: MonthlyPanel) -> np.ndarray:
    """The same for the 12 months before."""
    supplied, lost = _balance(panel)
    return kernels.ratio_of(kernels.mean_of(lost[:, -27:-15], 3), kernels.mean_of(supplied[:, -27:-15], 3))


def loss_change(panel: MonthlyPanel) -> np.ndarray:
    """Change of the loss share from the 12 months before to the last 12 known months."""
    return loss_share(panel) - loss_share_before(panel)


def loss_likeness(panel: MonthlyPanel) -> np.ndarray:
    """Correlation of own use with the transformer's unexplained energy over 36 months: a thief's is negative."""
    _, lost = _balance(panel)
    return kernels.correlation(panel.energy[:, -36:], lost[:, -36:], minimum=12)


def loss_to_own(panel: MonthlyPanel) -> np.ndarray:
    """The transformer's unexplained energy over own use, last 12 known months."""
    return kernels.ratio_of(lost_use(panel), kernels.recent(12)(panel))


def definitions() -> tuple[Feature, ...]:
    """Features of the transformer's energy balance."""
    plain = (Feature(name, FAMILY, unit, meaning, NEEDS, Kernel(function)) for name, unit, meaning, function in TABLE)
    return spoken(plain, SENTENCES)


TABLE = (
    ("transformer_loss_share", "share", "Share of the transformer's supply that no bill accounts for", loss_share),
    ("transformer_loss_before", "share", "The same share a year before", loss_share_before),
    ("transformer_loss_change", "share", "Change of that share from a year before", loss_change),
    (
        "transformer_loss_likeness",
        "",
        "Correlation of own use with the transformer's unexplained energy",
        loss_likeness,
    ),
    ("transformer_loss_to_own", "", "The transformer's unexplained energy over own use", loss_to_own),
    (
        "transformer_supplied",
        "kWh/month",
        "Energy supplied through the transformer in the last 12 known months",
        kernels.per_month(supplied_use),
    ),
    (
        "transformer_lost",
        "kWh/month",
        "Energy of the transformer that no bill accounts for in the last 12 known months",
        kernels.per_month(lost_use),
    ),
)


def _lost(*, as_of: float, supplied: float, lost: float, before: float) -> str | None:
    if supplied <= 0 or lost < MUCH_LOST * supplied:
        return None
    risen = lost / supplied - before >= 0.05
    earlier = f", {percent(max(before, 0.0))} a year before" if risen else ""
    return (
        f"Of {figure(supplied)} kWh a month supplied through the transformer, {figure(lost)} are on no bill "
        f"({percent(lost / supplied)}{earlier}; 12 months known by {month(as_of)})"
    )


def _likeness(*, as_of: float, likeness: float) -> str | None:
    if likeness > -0.4:
        return None
    return (
        f"When less is billed here, more of the transformer's energy is on no bill (correlation {likeness:.2f} over 36 "
        f"months to {month(as_of)})"
    ).replace("-0.", "−0.")


LOST = sentence(
    "balance",
    _lost,
    {"as_of": AS_OF, "supplied": "transformer_supplied", "lost": "transformer_lost"},
    optional={"before": "transformer_loss_before"},
)

SENTENCES: dict[str, Sentence] = {
    **dict.fromkeys(
        (
            "transformer_loss_share",
            "transformer_loss_change",
            "transformer_loss_to_own",
            "transformer_lost",
        ),
        LOST,
    ),
    "transformer_loss_likeness": sentence(
        "balance", _likeness, {"as_of": AS_OF, "likeness": "transformer_loss_likeness"}
    ),
}
