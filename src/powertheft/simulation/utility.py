"""A made-up Tamil Nadu utility, put together from the other modules of the room.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import polars as pl
from numpy.random import Generator

from powertheft.domain.errors import ChoiceError
from powertheft.simulation.arrays import Floats, Integers
from powertheft.simulation.bills import amounts, bills_frame
from powertheft.simulation.circumstances import Circumstances, draw_circumstances, drawn_from_network
from powertheft.simulation.consumers import Population, draw_population
from powertheft.simulation.consumption import Seasons, draw_seasons, true_use
from powertheft.simulation.cycles import Cycles, draw_cycles
from powertheft.simulation.dirt import soiled
from powertheft.simulation.events import POWER_FAIL, Events, draw_events, events_frame
from powertheft.simulation.history import History
from powertheft.simulation.inspections import inspections_frame
from powertheft.simulation.master import connection_numbers, consumers_frame, draw_codes
from powertheft.simulation.meters import MeterPlan, plan_meters
from powertheft.simulation.names import picked
from powertheft.simulation.network import Network, draw_network, ledger_transformers
from powertheft.simulation.parameters import TAMIL_NADU, Parameters
from powertheft.simulation.payments import payments_frame
from powertheft.simulation.pricing import PriceBook, profile_tariffs
from powertheft.simulation.stories import (
    Story,
    changed_over,
    days_since_1970,
    price_factors,
    savings,
    with_new_meters,
)
from powertheft.simulation.streams import random_streams
from powertheft.simulation.summary import SimulationSummary, summarise
from powertheft.simulation.thefts import Thefts, draw_thefts, inclinations
from powertheft.simulation.transformers import draw_balance, summed, transformer_frames
from powertheft.simulation.truth import truth_frame
from powertheft.simulation.visits import Squads
from powertheft.simulation.writing import write_frames

FEWEST_CONSUMERS = 100
MOST_CONSUMERS = 2_000_000

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class HonestUtility:
    """The utility before anybody steals: what is drawn once, and the streams for the rest.

    `bounds` are the reading days of each consumer, `(n_consumers, n_bills + 1)`; `use` and `exported` are what each
    draws from the network and feeds into it [kWh], `(n_consumers, n_bills)`.
    """

    network: Network
    cycles: Cycles
    population: Population
    seasons: Seasons
    bounds: Integers
    circumstances: Circumstances
    plan: MeterPlan
    use: Floats
    exported: Floats
    streams: Mapping[str, Generator]


def draw_honest_utility(
    *, consumers: int, bills: int, seed: int, parameters: Parameters, story: Story | None = None
) -> HonestUtility:
    """Return the network, the consumers and what they use, before anybody steals.

    Parameters
    ----------
    consumers, bills, seed
        As in `simulate_frames`.
    parameters
        How often and how strongly everything happens.
    story
        What changes; its own parameters do not count here.

    Returns
    -------
    HonestUtility
        Its streams have been read and go on from there.

    Raises
    ------
    ChoiceError
        If there are too few or too many consumers or bills, or the seed is negative.

    Examples
    --------
    >>> draw_honest_utility(consumers=20, bills=12, seed=1, parameters=TAMIL_NADU)
    Traceback (most recent call last):
    powertheft.domain.errors.ChoiceError: 20 consumers cannot be simulated. Choose 100 to 2000000.
    """
    if not FEWEST_CONSUMERS <= consumers <= MOST_CONSUMERS:
        raise ChoiceError(
            f"{consumers} consumers cannot be simulated", advice=f"Choose {FEWEST_CONSUMERS} to {MOST_CONSUMERS}."
        )
    streams = random_streams(seed)
    network = draw_network(consumers, parameters.network, streams["network"])
    cycles = draw_cycles(network.section_of_transformer, bills, streams["cycles"])
    transformer = ledger_transformers(network, parameters.network, streams["network"])
    history = int(cycles.bounds.min()), int(cycles.bounds.max())
    population = draw_population(
        network, transformer, history, parameters=parameters.population, random=streams["population"]
    )
    seasons = draw_seasons(network, cycles, streams["weather"])
    bounds = cycles.bounds[transformer]
    needed = true_use(population, cycles, seasons, parameters=parameters.population, random=streams["use"])
    if story is not None:
        population = with_new_meters(population, story.roll_out, seed=seed)
        needed = needed * savings(population, bounds, story.dearer_tariff, seed=seed)
    circumstances = draw_circumstances(
        population, bounds, parameters=parameters.circumstances, random=streams["circumstances"]
    )
    plan = plan_meters(
        population,
        bounds,
        circumstances.vacant,
        parameters=parameters.meters,
        streams=(streams["faults"], streams["readings"]),
    )
    use, exported = drawn_from_network(needed, circumstances)
    return HonestUtility(network, cycles, population, seasons, bounds, circumstances, plan, use, exported, streams)


def tempt(honest: HonestUtility, parameters: Parameters) -> Thefts:
    """Return who steals in an honest utility, and what they would steal if nobody stopped them.

    Examples
    --------
    >>> honest = draw_honest_utility(consumers=1000, bills=12, seed=1, parameters=TAMIL_NADU)
    >>> len(tempt(honest, TAMIL_NADU).who)
    42
    """
    return draw_thefts(
        honest.population,
        honest.network,
        honest.bounds,
        use=honest.use,
        cooling=honest.seasons.cooling[honest.population.transformer],
        parameters=parameters.thefts,
        random=honest.streams["thefts"],
    )


def change_over(honest: HonestUtility, thefts: Thefts, story: Story, *, seed: int) -> Thefts:
    """Return the thefts as a story changes them.

    Examples
    --------
    >>> honest = draw_honest_utility(consumers=1000, bills=12, seed=1, parameters=TAMIL_NADU)
    >>> thefts = tempt(honest, TAMIL_NADU)
    >>> change_over(honest, thefts, Story("still", "Nothing changes.", TAMIL_NADU), seed=1) is thefts
    True
    """
    if story.new_method is None:
        return thefts
    # A smart meter is read from afar: no locked door keeps anybody out.
    by_hand = honest.population.smart_since > days_since_1970(story.new_method.begins)
    inclined = inclinations(honest.population, honest.network) * by_hand
    return changed_over(thefts, honest.bounds, inclined, story.new_method, seed=seed)


def run_history(
    honest: HonestUtility, thefts: Thefts, parameters: Parameters, *, events: Events | None = None
) -> History:
    """Return the history of a utility after it was played to its end.

    Parameters
    ----------
    honest
        The utility before anybody steals.
    thefts
        Who steals.
    parameters
        How often and how strongly everything happens.
    events
        What smart meters report; without it no visit follows from it.

    Returns
    -------
    History
        With all bills written and all visits made.

    Examples
    --------
    >>> honest = draw_honest_utility(consumers=1000, bills=12, seed=1, parameters=TAMIL_NADU)
    >>> history = run_history(honest, tempt(honest, TAMIL_NADU), TAMIL_NADU)
    >>> len(history.visits.who)
    140
    """
    bills = honest.cycles.bills
    tampering = np.zeros(honest.use.shape, dtype=np.bool_)
    if events is not None:
        told = events.code != POWER_FAIL
        tampering[events.who[told], events.bill[told]] = True
    history = History(
        honest.population,
        honest.bounds,
        circumstances=honest.circumstances,
        plan=honest.plan,
        thefts=thefts,
        use=honest.use,
        tampering=tampering,
        parameters=parameters.visits,
    )
    squads = Squads(honest.population, honest.network.theft_level, parameters.visits, honest.streams["visits"])
    first = max(2, round(parameters.visits.first_round * bills))
    rounds = bills - 1 - first
    total = round(parameters.visits.visits_share * honest.population.size)

    def quota(bill: int) -> int:
        passed = bill - first
        return 0 if passed < 0 else round(total * (passed + 1) / rounds) - round(total * passed / rounds)

    history.play(squads, (honest.streams["findings"], honest.streams["visits"]), quota=quota)
    return history


def simulate_frames(
    *,
    consumers: int,
    bills: int,
    seed: int,
    progress: Progress | None = None,
    parameters: Parameters = TAMIL_NADU,
    story: Story | None = None,
) -> dict[str, pl.DataFrame]:
    """Return the export of a made-up Tamil Nadu utility as frames, in the layout of the profile `tneb`.

    Parameters
    ----------
    consumers
        Number of connections, at least 100.
    bills
        Bi-monthly bills of the history, 8 to 60; the last are of July and August 2026.
    seed
        Zero or a positive integer. The same seed gives the same frames.
    progress
        Called with what is being done and the share that is done (0 to 1).
    parameters
        How often and how strongly everything happens.
    story
        What changes in it; its own parameters do not count here.

    Returns
    -------
    dict[str, pl.DataFrame]
        `consumers`, `bills`, `inspections`, `payments`, `meter_events`, `transformer_readings`, and two that no profile
        reads: `truth` and `truth_transformers`.

    Raises
    ------
    ChoiceError
        If there are too few or too many consumers or bills, or the seed is negative.

    Notes
    -----
    Thefts, faults and prices are simulated: a score on them says nothing of a score on real theft.

    Examples
    --------
    >>> frames = simulate_frames(consumers=200, bills=8, seed=1)
    >>> frames["consumers"].height
    200
    """
    tell = progress or _silent
    tell("Drawing the network and the consumers", 0.0)
    honest = draw_honest_utility(consumers=consumers, bills=bills, seed=seed, parameters=parameters, story=story)
    tell("Reading meters, writing bills, visiting", 0.35)
    thefts = tempt(honest, parameters)
    if story is not None:
        thefts = change_over(honest, thefts, story, seed=seed)
    events = draw_events(
        honest.population, honest.bounds, thefts, parameters=parameters.events, random=honest.streams["events"]
    )
    history = run_history(honest, thefts, parameters, events=events)
    tell("Writing the ledgers", 0.6)
    return export_frames(honest, history, events, parameters=parameters, story=story)


def simulate_utility(
    directory: Path,
    *,
    consumers: int,
    bills: int,
    seed: int,
    progress: Progress | None = None,
    story: Story | None = None,
) -> SimulationSummary:
    """Write the export of a made-up Tamil Nadu utility into a folder, as its billing system would.

    Parameters
    ----------
    directory
        The folder. It may be absent, empty, or hold an earlier simulation, which is replaced.
    consumers, bills, seed, progress
        As in `simulate_frames`. The same seed gives the same files, byte for byte.
    story
        What changes in it, with its own parameters.

    Returns
    -------
    SimulationSummary
        What was written.

    Raises
    ------
    ChoiceError
        If there are too few or too many consumers or bills, or the seed is negative.
    OutputError
        If the folder holds other files or cannot be written. Nothing is left half written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as place:
    ...     summary = simulate_utility(Path(place) / "made-up", consumers=1000, bills=8, seed=1)
    >>> summary.thefts
    42
    """
    began = perf_counter()
    tell = progress or _silent
    frames = simulate_frames(
        consumers=consumers,
        bills=bills,
        seed=seed,
        progress=tell,
        parameters=TAMIL_NADU if story is None else story.parameters,
        story=story,
    )
    done = 0

    def written(name: str) -> None:
        nonlocal done
        done += 1
        tell(f"Writing {name}", 0.75 + 0.25 * done / len(frames))

    write_frames(frames, directory, written=written)
    return summarise(frames, seconds=perf_counter() - began)


def export_frames(
    honest: HonestUtility, history: History, events: Events, *, parameters: Parameters, story: Story | None = None
) -> dict[str, pl.DataFrame]:
    """Return all files of the export, of a history that need not have been played to its end.

    Examples
    --------
    >>> len(simulate_frames(consumers=200, bills=8, seed=1))
    8
    """
    streams, network, population = honest.streams, honest.network, honest.population
    numbers = connection_numbers(network)
    codes = draw_codes(network, streams["names"])
    book = PriceBook(profile_tariffs())
    amount = amounts(history, honest.exported, book)
    if story is not None:
        amount = np.round(amount * price_factors(honest.bounds, story.dearer_tariff), 2)
    bills = bills_frame(history, numbers, amount=amount, exported=honest.exported, random=streams["demand"])
    balance = draw_balance(
        network,
        honest.cycles,
        history.use - honest.exported,
        parameters=parameters.transformers,
        random=streams["transformers"],
    )
    stolen = summed(network.transformer_of_consumer, history.stolen(), network.transformers).sum(axis=1)
    readings, truth_transformers = transformer_frames(balance, codes.transformers, stolen)
    return {
        "consumers": consumers_frame(population, network, codes, numbers=numbers, random=streams["names"]),
        "bills": soiled(bills, parameters.dirt, streams["dirt"]),
        "inspections": inspections_frame(
            history, numbers, book=book, parameters=parameters.visits, random=streams["findings"]
        ),
        "payments": payments_frame(history, numbers, amount=amount, random=streams["payments"]),
        "meter_events": events_frame(events, history, numbers),
        "transformer_readings": readings,
        "truth": truth_frame(history, numbers, picked(codes.transformers, network.transformer_of_consumer)),
        "truth_transformers": truth_transformers,
    }


def _silent(what: str, share: float) -> None:
    """Say nothing of the progress."""
