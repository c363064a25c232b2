"""What flows through the distribution transformers, closing the energy balance: transformer_readings.csv.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.random import Generator

from powertheft.simulation.arrays import Flags, Floats, Integers
from powertheft.simulation.bills import dates
from powertheft.simulation.cycles import Cycles
from powertheft.simulation.names import picked
from powertheft.simulation.network import Network
from powertheft.simulation.parameters import TransformerParameters

CAPACITIES_KVA = np.array([25, 63, 100, 160, 250, 500, 1000])
PEAK_OF_MEAN = 2.6
LAMP_HOURS_A_DAY = 11.0


@dataclass(frozen=True, slots=True)
class Balance:
    """The energy balance of each transformer over its own reading periods [kWh], shape `(n_transformers, n_bills)`.

    supplied = true use of those connected, less what roofs feed in, + street light + hooks without an account +
    technical loss, but for the noise of the transformer's meter.
    """

    read_on: Integers
    days: Integers
    connected: Floats
    street_light: Floats
    hooked: Floats
    lost: Floats
    supplied: Floats
    read: Flags
    capacity_kva: Integers


def draw_balance(
    network: Network, cycles: Cycles, use: Floats, *, parameters: TransformerParameters, random: Generator
) -> Balance:
    """Return what each transformer supplied, and to whom.

    Parameters
    ----------
    network, cycles
        With the transformer that truly supplies each consumer, and the reading days of the consumers.
    use
        What each consumer drew, billed or not, less what it fed in [kWh], shape `(n_consumers, n_bills)`.
    parameters
        Losses, hooks, noise.
    random
        The stream `transformers`.

    Returns
    -------
    Balance
        Reading days lie a few days off those of the consumers.

    Examples
    --------
    >>> from powertheft.simulation.cycles import draw_cycles
    >>> from powertheft.simulation.network import draw_network
    >>> from powertheft.simulation.parameters import NetworkParameters
    >>> network = draw_network(500, NetworkParameters(), np.random.default_rng(0))
    >>> cycles = draw_cycles(network.section_of_transformer, 8, np.random.default_rng(1))
    >>> balance = draw_balance(network, cycles, np.full((500, 8), 100.0), parameters=TransformerParameters(),
    ...                        random=np.random.default_rng(2))
    >>> parts = balance.connected + balance.street_light + balance.hooked + balance.lost
    >>> bool((abs(balance.supplied / parts - 1) < 0.05).all())
    True
    """
    count, bills = network.transformers, cycles.bills
    shift = random.integers(*parameters.date_shift, (count, bills + 1))
    # The last reading must not lie after the history.
    shift[:, -1] = np.minimum(shift[:, -1], 0)
    days = np.diff(cycles.bounds + shift)
    connected = _aligned(summed(network.transformer_of_consumer, use, count), cycles, shift)
    lamps = random.uniform(*parameters.street_light_kw, (count, 1)) * LAMP_HOURS_A_DAY * days
    hooked = connected * _hooks((count, bills), parameters=parameters, random=random)
    delivered = connected + lamps + hooked
    usual = np.maximum(delivered.mean(axis=1, keepdims=True), 1.0)
    loss = np.clip(random.uniform(*parameters.loss, (count, 1)) * (0.5 + 0.5 * delivered / usual), 0.005, 0.15)
    lost = delivered * loss / (1.0 - loss)
    noise = random.normal(1.0, parameters.meter_noise, (count, bills))
    metered = random.random((count, 1)) < parameters.metered_share
    return Balance(
        read_on=cycles.bounds[:, 1:] + shift[:, 1:],
        days=days,
        connected=connected,
        street_light=lamps,
        hooked=hooked,
        lost=lost,
        supplied=(delivered + lost) * noise,
        read=metered & (random.random((count, bills)) >= parameters.missing),
        capacity_kva=_capacities((delivered / days / 24.0).max(axis=1)),
    )


def transformer_frames(balance: Balance, codes: list[str], stolen: Floats) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return transformer_readings.csv and the truth about the transformers.

    Parameters
    ----------
    balance
        The energy balance.
    codes
        Code of each transformer.
    stolen
        Energy that consumers of each transformer stole over the history [kWh], shape `(n_transformers,)`.

    Returns
    -------
    tuple[pl.DataFrame, pl.DataFrame]
        One row a reading; one row a transformer.

    Examples
    --------
    >>> from powertheft.simulation.utility import simulate_frames
    >>> simulate_frames(consumers=200, bills=8, seed=1)["transformer_readings"].columns
    ['DTR_CODE', 'READ_DATE', 'DAYS', 'SUPPLIED_KWH', 'STREET_LIGHT_KWH', 'CAPACITY_KVA']
    """
    transformer, reading = np.nonzero(balance.read)
    at = transformer, reading
    readings = pl.DataFrame(
        {
            "DTR_CODE": picked(codes, transformer),
            "READ_DATE": dates(balance.read_on[at]),
            "DAYS": balance.days[at],
            "SUPPLIED_KWH": balance.supplied[at].round(0).astype(np.int64),
            "STREET_LIGHT_KWH": balance.street_light[at].round(0).astype(np.int64),
            "CAPACITY_KVA": balance.capacity_kva[transformer],
        }
    )
    truth = pl.DataFrame(
        {
            "DTR_CODE": codes,
            "USED_KWH": balance.connected.sum(axis=1).round(0),
            "STOLEN_KWH": stolen.round(0),
            "HOOKED_KWH": balance.hooked.sum(axis=1).round(0),
            "STREET_LIGHT_KWH": balance.street_light.sum(axis=1).round(0),
            "LOST_KWH": balance.lost.sum(axis=1).round(0),
        }
    ).with_columns(pl.col(pl.Float64).cast(pl.Int64))
    return readings, truth


def summed(transformer: Integers, energy: Floats, count: int) -> Floats:
    """Return the energy of each transformer's consumers, shape `(n_transformers, n_bills)`.

    Examples
    --------
    >>> summed(np.array([0, 1, 0]), np.array([[1.0], [2.0], [4.0]]), 2).tolist()
    [[5.0], [2.0]]
    """
    columns = [np.bincount(transformer, weights=energy[:, bill], minlength=count) for bill in range(energy.shape[1])]
    return np.stack(columns, axis=1).astype(np.float64)


def _hooks(shape: tuple[int, int], *, parameters: TransformerParameters, random: Generator) -> Floats:
    """Energy drawn by hooks as a share of what the consumers draw, `(n_transformers, n_bills)`."""
    hooked = random.random(shape[0]) < parameters.hooked_share
    share = np.where(hooked, random.uniform(*parameters.hooked_energy, shape[0]), 0.0)[:, None]
    return share * np.clip(random.normal(1.0, 0.15, shape), 0.3, None)


def _capacities(highest_mean: Floats) -> Integers:
    """The smallest size [kVA] that carries the peak of a period's highest mean power [kW]."""
    size = np.searchsorted(CAPACITIES_KVA, PEAK_OF_MEAN * highest_mean)
    return CAPACITIES_KVA[np.minimum(size, len(CAPACITIES_KVA) - 1)]


def _aligned(energy: Floats, cycles: Cycles, shift: Integers) -> Floats:
    """Move the days between the consumers' reading and the transformer's from one period to the next.

    Assumption: the use is even within a period.
    """
    rate = energy / np.diff(cycles.bounds)
    before = np.concatenate([rate[:, :1], rate], axis=1)
    after = np.concatenate([rate, rate[:, -1:]], axis=1)
    moved = shift * np.where(shift > 0, after, before)
    return energy + moved[:, 1:] - moved[:, :-1]
