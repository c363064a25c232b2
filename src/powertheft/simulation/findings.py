"""What a visit finds: theft that goes on, faults, wrong bills, empty houses, closed doors, and mostly nothing.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from powertheft.simulation.arrays import Flags, Integers
from powertheft.simulation.parameters import VisitParameters
from powertheft.simulation.thefts import CAP, DIRECT_TAP, RAMP, STUCK_METER, TARIFF_MISUSE

# The words of the ledger, translated by the profile `tneb`.
FINDINGS = ("NORMAL", "THEFT", "TAMPER", "MISUSE", "METER DEFECT", "BILLING ERROR", "VACANT", "NO ACCESS")
NORMAL, THEFT, TAMPER, MISUSE, METER_DEFECT, BILLING_ERROR, VACANT, NO_ACCESS = range(len(FINDINGS))
POSITIVE_FINDINGS = (THEFT, TAMPER, MISUSE)
NO_THEFT = -1
# A meter that a thief made stand still is at times taken for a broken one.
STUCK_TAKEN_FOR_FAULT = 0.2


@dataclass(frozen=True, slots=True)
class Sight:
    """What there is to be seen at each visit, arrays of shape `(n_visits,)`.

    `kind` is the kind of a theft that goes on, `NO_THEFT` for none.
    """

    kind: Integers
    faulty: Flags
    wrongly_billed: Flags
    vacant: Flags


def draw_findings(sight: Sight, parameters: VisitParameters, random: Generator) -> Integers:
    """Return what each visit finds, a place in `FINDINGS`.

    Parameters
    ----------
    sight
        What there is to be seen.
    parameters
        Chances of seeing it.
    random
        The stream `findings`.

    Returns
    -------
    Integers
        Shape `(n_visits,)`. A closed door hides all; theft goes before a fault, a fault before a wrong bill.

    Examples
    --------
    >>> nothing = np.zeros(4, dtype=np.bool_)
    >>> sight = Sight(np.full(4, DIRECT_TAP), nothing, nothing, nothing)
    >>> found = draw_findings(sight, VisitParameters(tap_found=1.0, no_access=0.0), np.random.default_rng(0))
    >>> [FINDINGS[place] for place in found]
    ['THEFT', 'THEFT', 'THEFT', 'THEFT']
    """
    count = len(sight.kind)
    draws = random.random((6, count))
    closed = draws[0] < np.where(sight.vacant, parameters.no_access_vacant, parameters.no_access)
    chance = np.where(sight.kind == DIRECT_TAP, parameters.tap_found, parameters.found)
    seen = (sight.kind != NO_THEFT) & (draws[1] < chance)
    mistaken = (sight.kind == STUCK_METER) & (draws[5] < STUCK_TAKEN_FOR_FAULT)
    theft = np.where(np.isin(sight.kind, np.array([STUCK_METER, RAMP, CAP])), TAMPER, THEFT)
    theft = np.where(sight.kind == TARIFF_MISUSE, MISUSE, theft)
    return np.select(
        [
            closed,
            seen & mistaken,
            seen,
            sight.faulty & (draws[2] < parameters.fault_found),
            sight.wrongly_billed & (draws[3] < parameters.error_found),
            sight.vacant & (draws[4] < parameters.vacancy_seen),
            draws[5] > 1.0 - parameters.false_alarm,
        ],
        [
            np.full(count, NO_ACCESS),
            np.full(count, METER_DEFECT),
            theft,
            np.full(count, METER_DEFECT),
            np.full(count, BILLING_ERROR),
            np.full(count, VACANT),
            np.full(count, TAMPER),
        ],
        NORMAL,
    )
