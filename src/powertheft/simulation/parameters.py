"""How often and how strongly everything happens in the simulated utility, and where each figure comes from.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.

"DOMAIN" marks a figure of the project's facts about the field; everything else is an assumption, chosen so that the
utility looks plausible and so that telling theft from honest change is as hard as DOMAIN asks: innocent drops
outnumber thefts five to one, a third of the thefts begin before the first bill, and a good model stays under
ROC-AUC 0.90. Shares are of metered consumers over the whole history unless said otherwise; pairs are ranges.
"""

from dataclasses import dataclass, field

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class CategoryTraits:
    """One category of supply (DOMAIN: the codes; assumption: the rest).

    `urban_share` and `rural_share` are shares of the connections in a fully urban and a fully rural section;
    `median_use` is in kWh for two months without cooling and `use_spread`, `noise` are standard deviations of
    logarithms; `cooling`, `irrigation` and `business` say by how much the season multiplies the use; `median_load` is
    in kW; `theft` multiplies the chance of theft.
    """

    tariff: str
    category: str
    urban_share: float
    rural_share: float
    median_use: float
    use_spread: float
    noise: float
    cooling: Range
    irrigation: float
    business: float
    median_load: float
    theft: float


CATEGORIES = (
    CategoryTraits("I-A", "DOMESTIC", 0.740, 0.640, 175, 0.60, 0.16, (0.10, 0.45), 0.0, 0.0, 2.0, 1.0),
    CategoryTraits("I-B", "HUT", 0.020, 0.070, 62, 0.35, 0.18, (0.05, 0.30), 0.0, 0.0, 0.2, 0.9),
    CategoryTraits("II-A", "PUBLIC LIGHTING AND WATER", 0.008, 0.012, 600, 0.80, 0.14, (0.0, 0.1), 0.1, 0.0, 3.0, 0.1),
    CategoryTraits("II-B", "EDUCATION", 0.006, 0.004, 900, 0.90, 0.22, (0.0, 0.3), 0.0, 0.4, 6.0, 0.2),
    CategoryTraits("III-A1", "COTTAGE INDUSTRY", 0.020, 0.015, 380, 0.70, 0.24, (0.0, 0.1), 0.0, 0.3, 4.0, 1.4),
    CategoryTraits("III-A2", "POWER LOOM", 0.012, 0.012, 1500, 0.50, 0.22, (0.0, 0.1), 0.0, 0.4, 7.0, 1.1),
    CategoryTraits("III-B", "INDUSTRY", 0.020, 0.012, 3000, 0.95, 0.20, (0.0, 0.15), 0.0, 0.3, 22.0, 1.3),
    CategoryTraits("IV", "AGRICULTURE", 0.004, 0.170, 500, 0.50, 0.30, (0.0, 0.0), 2.4, 0.0, 3.7, 0.6),
    CategoryTraits("V", "COMMERCIAL", 0.165, 0.060, 300, 0.95, 0.20, (0.10, 0.60), 0.0, 0.2, 2.5, 1.7),
    CategoryTraits("VI", "TEMPORARY", 0.005, 0.005, 350, 0.80, 0.35, (0.0, 0.2), 0.0, 0.0, 4.0, 1.0),
)
"""Shares add up to one in each column. Domestic supply is about 70 % of Tamil Nadu's connections (recall)."""


@dataclass(frozen=True, slots=True)
class NetworkParameters:
    """How consumers hang together (assumptions; the task's "transformers of about 40 to 100 consumers").

    `wrong_transformer` is the share of consumers whose ledger names another transformer than the one that supplies
    them. `theft_spread` is the standard deviation of the logarithm of a section's inclination to theft.
    """

    consumers_per_section: int = 2000
    consumers_per_transformer: int = 68
    transformers_per_feeder: int = 8
    sections_per_division: int = 3
    divisions_per_circle: int = 2
    wrong_transformer: float = 0.03
    theft_spread: float = 0.65


@dataclass(frozen=True, slots=True)
class PopulationParameters:
    """Who the consumers are (assumptions).

    `smart_share` of the sections have smart meters, half of them since a date within the history. `new_share` of the
    connections are younger than the history. Agriculture is mostly unmetered (DOMAIN). `late_payers` and `defaulters`
    fit a collection efficiency of 96.7 % (DOMAIN).
    """

    smart_share: float = 0.14
    new_share: float = 0.05
    agriculture_unmetered: float = 0.75
    load_follows_use: float = 0.65
    load_spread: float = 0.38
    growth_mean: float = 0.025
    growth_spread: float = 0.05
    noise_persistence: float = 0.45
    noise_spread: float = 0.30
    outlier_share: float = 0.015
    outlier_spread: float = 0.45
    late_payers: float = 0.16
    defaulters: float = 0.05


@dataclass(frozen=True, slots=True)
class CircumstanceParameters:
    """Honest reasons for a fall in use (DOMAIN names them; the shares are assumptions that make five to one).

    Lengths are in days. `unreported_solar` of the solar roofs have no export register. `disconnection` is the chance
    that an unpaid bill ends in a disconnection.
    """

    away_share: float = 0.085
    away_days: Range = (45, 330)
    left_share: float = 0.025
    less_share: float = 0.075
    less_factor: Range = (0.25, 0.75)
    solar_share: float = 0.018
    solar_per_kilowatt: float = 4.2
    unreported_solar: float = 0.4
    disconnection: float = 0.3


@dataclass(frozen=True, slots=True)
class TheftParameters:
    """How much theft there is and of which kind.

    `share` lies between the hit rate of TANGEDCO's mass inspections (DOMAIN: 2.6 to 4.2 %) and what they missed
    (assumption). `before_history` is DOMAIN's third. Strengths follow DOMAIN (Jokar et al. 2016,
    10.1109/TSG.2015.2425222: billed share U(0.1, 0.8); ramp slope 0.05 to 0.1 a bill; cap at 0.6 of the maximum),
    tempered where a thief would not risk a visibly empty bill. Kinds are assumptions after DOMAIN's "direct tapping
    (most), bypass, tampering".
    """

    share: float = 0.042
    before_history: float = 1 / 3
    direct_tap: float = 0.25
    step: float = 0.16
    ramp: float = 0.10
    partial_bypass: float = 0.14
    stuck_meter: float = 0.06
    zero: float = 0.06
    cap: float = 0.07
    seasonal: float = 0.08
    tariff_misuse: float = 0.08
    tap_stolen: Range = (0.35, 0.85)
    step_stolen: Range = (0.30, 0.90)
    ramp_slope: Range = (0.05, 0.10)
    ramp_most: float = 0.80
    bypass_stolen: Range = (0.30, 0.75)
    bypass_wobble: float = 0.15
    zero_days: Range = (110, 330)
    cap_of_maximum: float = 0.6
    seasonal_stolen: Range = (0.40, 0.80)
    seasonal_from: float = 0.55
    misuse_factor: Range = (1.6, 3.2)
    give_up: float = 0.08


@dataclass(frozen=True, slots=True)
class MeterParameters:
    """Faults, replacements and misreadings of meters (assumptions).

    A stuck meter is noticed after `stuck_noticed` days, then billed on the average until it is replaced;
    a slow one is not noticed unless a squad looks. `made_up` readers write a low guess for `made_up_days`.
    """

    stuck_share: float = 0.012
    slow_share: float = 0.018
    stuck_noticed: Range = (60, 300)
    replaced_after: Range = (40, 150)
    slow_lost: Range = (0.25, 0.75)
    routine_replacement: float = 0.05
    locked_share: float = 0.02
    locked_while_away: float = 0.45
    misread_bills: float = 0.0035
    misread_low: Range = (-0.95, -0.40)
    misread_high: Range = (0.2, 0.8)
    low_misreads: float = 0.75
    made_up: float = 0.020
    made_up_days: Range = (100, 330)
    made_up_guess: Range = (0.25, 0.65)


@dataclass(frozen=True, slots=True)
class VisitParameters:
    """Whom the squads visit and what they find (assumptions; the biases are DOMAIN's).

    `visits_share` counts visits per consumer over the history; `first_round` is where they begin in it. The shares by
    reason add up to one; random visits are DOMAIN's 5 to 10 %. `tip_weight` is how much likelier a tip names a thief.
    `false_alarm` finds tampering where there is none (broken seals). `relapse` of the caught steal again.
    """

    visits_share: float = 0.14
    first_round: float = 0.4
    rest_bills: int = 3
    drop: float = 0.30
    low_use: float = 0.14
    area: float = 0.24
    large_load: float = 0.07
    events: float = 0.05
    tip: float = 0.11
    random: float = 0.09
    drop_below: float = 0.60
    low_use_below: float = 0.12
    load_above: float = 8.0
    tip_weight: float = 7.0
    found: float = 0.88
    tap_found: float = 0.80
    fault_found: float = 0.85
    error_found: float = 0.80
    vacancy_seen: float = 0.85
    no_access: float = 0.05
    no_access_vacant: float = 0.30
    false_alarm: float = 0.004
    replaced_after_theft: float = 0.6
    relapse: float = 0.2
    use_after: Range = (0.75, 0.98)
    assessed_hours: Range = (4.0, 6.8)


@dataclass(frozen=True, slots=True)
class EventParameters:
    """Meter events of the smart-metered minority (codes: DOMAIN, IS 15959; rates per two months: assumptions)."""

    theft_shows: float = 0.55
    theft_rate: float = 0.6
    false_rate: float = 0.045
    power_fail_rate: float = 0.8
    theft_hours: float = 60.0
    false_hours: float = 2.0


@dataclass(frozen=True, slots=True)
class TransformerParameters:
    """What a transformer's meter shows beyond its consumers (assumptions; losses and hooks after DOMAIN).

    `hooked_share` of the transformers feed hooks without an account, of `hooked_energy` of the true use.
    """

    metered_share: float = 0.85
    loss: Range = (0.02, 0.06)
    street_light_kw: Range = (0.0, 0.6)
    hooked_share: float = 0.12
    hooked_energy: Range = (0.03, 0.15)
    meter_noise: float = 0.006
    missing: float = 0.02
    date_shift: tuple[int, int] = (-4, 5)


@dataclass(frozen=True, slots=True)
class DirtParameters:
    """Rows that cannot be, as shares of the bills, each at least one (assumptions)."""

    duplicate: float = 0.0004
    negative: float = 0.0001
    backwards: float = 0.0001
    unknown_status: float = 0.0002
    orphan: float = 0.0001


@dataclass(frozen=True, slots=True)
class Parameters:
    """All parameters of a simulated utility."""

    network: NetworkParameters = field(default_factory=NetworkParameters)
    population: PopulationParameters = field(default_factory=PopulationParameters)
    circumstances: CircumstanceParameters = field(default_factory=CircumstanceParameters)
    thefts: TheftParameters = field(default_factory=TheftParameters)
    meters: MeterParameters = field(default_factory=MeterParameters)
    visits: VisitParameters = field(default_factory=VisitParameters)
    events: EventParameters = field(default_factory=EventParameters)
    transformers: TransformerParameters = field(default_factory=TransformerParameters)
    dirt: DirtParameters = field(default_factory=DirtParameters)


TAMIL_NADU = Parameters()
"""The utility that `simulate_utility` makes up."""
