"""What is watched, in the words of its pages: questions, answers with numbers, causes. Rule of the room: pure.

The sentences say what can be said of the newest reading; what cannot be told says why, and how much it would take.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext, ngettext

from powertheft.domain.watches import Group, Reading, Standing, WatchName, WatchState
from powertheft.web.formats import NOTHING, day, money, number, per_cent
from powertheft.web.words import lazy_gettext

Json = Mapping[str, Any]

GROUP_WORDS: Mapping[Group, str] = {
    "data": lazy_gettext("Data"),
    "model": lazy_gettext("Model"),
    "visits": lazy_gettext("Visits"),
}
STATE_WORDS: Mapping[WatchState, tuple[str, str]] = {
    "quiet": (lazy_gettext("quiet"), "good"),
    "moved": (lazy_gettext("moved"), "warn"),
    "unknown": (lazy_gettext("unknown"), "off"),
}
"""The word, and the kind of tag that shows it."""

TOLD = (lazy_gettext("moved, told"), "bad")
"""Of what has moved for long enough to be an alert."""

SIGN_WORDS: Mapping[str, str] = {
    "use": lazy_gettext("use [kWh/day]"),
    "price": lazy_gettext("amount over what the tariff asks for"),
    "nothing_used": lazy_gettext("bills of nothing"),
    "estimated": lazy_gettext("estimated bills"),
    "new_meter": lazy_gettext("other meter than a year before"),
}
SIGN_TABS: Mapping[str, str] = {
    "use": lazy_gettext("use"),
    "price": lazy_gettext("amount"),
    "nothing_used": lazy_gettext("bills of nothing"),
    "estimated": lazy_gettext("estimated bills"),
    "new_meter": lazy_gettext("other meter"),
}
"""The same where several stand side by side."""

SHARES = frozenset({"nothing_used", "estimated", "new_meter"})
"""Signs that are shares of connections."""

DOUBTS: Mapping[str, str] = {
    "few_rows": lazy_gettext("the list is short"),
    "few_thefts": lazy_gettext("too few thefts are to be expected in it"),
    "few_learnt": lazy_gettext("the likelihoods were learnt from too few thefts"),
    "few_at_random": lazy_gettext("visits at random have found too few thefts to say whether it holds for everybody"),
    "old_model": lazy_gettext("the model was trained more than half a year before"),
    "beyond_calibration": lazy_gettext("scores lie beyond those that the likelihoods were learnt from"),
    "score_drift": lazy_gettext("scores have moved far"),
    "past_error": lazy_gettext("the last estimates were off by more than 0.03 once outcomes came"),
}
UNITS: Mapping[str, str] = {
    "visits": lazy_gettext("visits"),
    "visits at random": lazy_gettext("visits drawn at random"),
    "finds": lazy_gettext("finds with an energy, now and before"),
    "visits of a part": lazy_gettext("visits in one band or section"),
    "connections with a year": lazy_gettext("connections with a bill now and a year before"),
}


@dataclass(frozen=True, slots=True)
class WatchWords:
    """A watch on its page: its name, the question it answers, what it measures, what may be behind a move, its axis."""

    name: str
    question: str
    measures: str
    may_be: str
    axis: str


WORDS: Mapping[WatchName, WatchWords] = {
    "data_quality": WatchWords(
        lazy_gettext("Quality of the data"),
        lazy_gettext("Are more rows set aside than in versions before?"),
        lazy_gettext(
            "The share of rows that the checks set aside, and of codes that nobody knows, beside the median of the "
            "versions before. Two per cent more is a move."
        ),
        lazy_gettext("Another export, a new code, a changed column or unit, or a file that was cut off."),
        lazy_gettext("rows set aside"),
    ),
    "data_arrival": WatchWords(
        lazy_gettext("Data that are due"),
        lazy_gettext("Did new bills come when they were due?"),
        lazy_gettext(
            "How many days the next read month is overdue: by the usual distance of read months, and 15 days for "
            "reading, billing and export."
        ),
        lazy_gettext("The export was not made, its place has changed, or nobody has brought it in."),
        lazy_gettext("days overdue"),
    ),
    "data_volume": WatchWords(
        lazy_gettext("Bills of the last billing cycle"),
        lazy_gettext("Are there as many bills as usual?"),
        lazy_gettext(
            "Bills of the last billing cycle beside those of the same season in years before, or of the last months. "
            "The band is three robust standard deviations, and a tenth at least."
        ),
        lazy_gettext("A district is missing, a month is not complete yet, or bills came twice."),
        lazy_gettext("bills of a cycle"),
    ),
    "bill_signs": WatchWords(
        lazy_gettext("Signs in the bills"),
        lazy_gettext("Do bills differ from those of the same season a year before?"),
        lazy_gettext(
            "The last bill of each connection beside that of the same season a year before: use, price, bills of "
            "nothing, estimates, meters. The stability index says how far they moved: 0 not at all, from 0.1 it counts."
        ),
        lazy_gettext("Another tariff, a roll-out of meters, a heat wave, or a new way to steal that many have learnt."),
        lazy_gettext("stability index"),
    ),
    "input_drift": WatchWords(
        lazy_gettext("What the model sees"),
        lazy_gettext("Do features differ from the same season a year before?"),
        lazy_gettext(
            "How far the feature that moved most did, by its stability index; from 0.25 it is a move. Features "
            "over the "
            "whole history are shown and never told: they drift while a history grows."
        ),
        lazy_gettext("Other bills, other connections in the data, or another way of computing what the files hold."),
        lazy_gettext("largest stability index"),
    ),
    "score_drift": WatchWords(
        lazy_gettext("What the model says"),
        lazy_gettext("Do scores differ from the same season a year before?"),
        lazy_gettext("How far the scores of all connections moved, by their stability index; from 0.25 it is a move."),
        lazy_gettext("More or fewer connections look like theft: see which features moved."),
        lazy_gettext("stability index"),
    ),
    "estimated_performance": WatchWords(
        lazy_gettext("How good a list should be"),
        lazy_gettext("How good is the list, before anybody has visited it?"),
        lazy_gettext(
            "The ROC-AUC that the likelihoods themselves promise: 0.5 is chance, 1 is perfect. It holds while theft "
            "looks as it did; that theft has changed is seen by outcomes only."
        ),
        lazy_gettext("The list holds other connections, or the features that told theft no longer do."),
        lazy_gettext("ROC-AUC"),
    ),
    "hit_rate": WatchWords(
        lazy_gettext("Hit rate of the list"),
        lazy_gettext("Do visits find as much as was to be expected?"),
        lazy_gettext(
            "Finds among the conclusive visits of the last four months with visits, beside what the model promised for "
            "the same connections, corrected by how its promises held before."
        ),
        lazy_gettext("A new method of theft, a changed tariff or meter, or squads that look for something else."),
        lazy_gettext("share of visits that found theft"),
    ),
    "quota_rate": WatchWords(
        lazy_gettext("Visits drawn at random"),
        lazy_gettext("Does the list find more than visits drawn at random?"),
        lazy_gettext(
            "Theft among connections drawn at random in the last six months, each weighted by the chance it had "
            "of being "
            "drawn, beside the hit rate of the list."
        ),
        lazy_gettext("The list has lost its use, or theft has spread where the model does not look."),
        lazy_gettext("share of connections"),
    ),
    "calibration": WatchWords(
        lazy_gettext("What was promised"),
        lazy_gettext("Does a likelihood of 60 % find theft in 60 of 100 visits?"),
        lazy_gettext(
            "By band of likelihood, what was promised and what the visits of the last twelve months found; the largest "
            "difference that chance does not explain."
        ),
        lazy_gettext("More or less theft than when the model learnt, or easy cases that were visited first."),
        lazy_gettext("largest difference"),
    ),
    "segments": WatchWords(
        lazy_gettext("Sections and categories"),
        lazy_gettext("Is there a section or category where promises fail?"),
        lazy_gettext(
            "By section and category, the share of finds of the last twelve months beside the promise. With many of "
            "them one is always unlucky: a move must be surer."
        ),
        lazy_gettext("Another way of stealing in one place, wrong data of one office, or one squad that finds less."),
        lazy_gettext("hit rate where it falls short most"),
    ),
    "recovered_value": WatchWords(
        lazy_gettext("Energy assessed"),
        lazy_gettext("How much energy did visits assess, month by month?"),
        lazy_gettext(
            "The energy, and the amount, that finds of a month assessed. Told is what one find assesses: the middle "
            "one of four months, once it is less than half of that of the twelve months before, and surely so."
        ),
        lazy_gettext("The large thefts have been found, larger ones are missed, or assessors reckon otherwise."),
        lazy_gettext("kWh assessed"),
    ),
}

_RATES = frozenset({"data_quality", "hit_rate", "quota_rate", "calibration", "segments"})


def told_value(watch: WatchName, value: float | None) -> str:
    """Write a value of a watch with its unit.

    Examples
    --------
    >>> told_value("hit_rate", 0.182), told_value("score_drift", 0.3), told_value("data_volume", 1328.0)
    ('18.2 %', '0.30', '1,328')
    """
    if value is None:
        return NOTHING
    if watch in _RATES:
        return per_cent(value, 1)
    if watch == "recovered_value":
        return f"{number(value)} kWh"
    return number(value) if watch in {"data_volume", "data_arrival"} else f"{value:.2f}"


def name_in_words(reading: Reading) -> str:
    """Write what is watched; of the signs in the bills, which one."""
    if reading.watch == "bill_signs":
        sign = reading.subject.rpartition("/")[2]
        return gettext("Bills: %(sign)s", sign=SIGN_WORDS.get(sign, sign))
    return WORDS[reading.watch].name


def subject_in_words(reading: Reading) -> str:
    """Write what a reading is of: a dataset, or a model on a dataset."""
    first, _, rest = reading.subject.partition("/")
    if reading.watch == "bill_signs":
        return first
    return gettext("%(model)s on %(data)s", model=first, data=rest) if rest else first


def tab_in_words(reading: Reading, *, among: Sequence[Reading]) -> str:
    """Write shortly what tells a subject from the others: the dataset of a sign only where there are several.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> one = Reading("bill_signs", "bills/use", date(2026, 5, 1), datetime(2026, 6, 1, tzinfo=UTC), "quiet", 0.1, 9)
    >>> str(tab_in_words(one, among=[one]))
    'use'
    """
    subject = subject_in_words(reading)
    if reading.watch != "bill_signs":
        return subject
    sign = reading.subject.rpartition("/")[2]
    words = str(SIGN_TABS.get(sign, sign))
    return words if len({subject_in_words(one) for one in among}) == 1 else f"{subject}: {words}"


def since_in_words(found: Standing) -> str:
    """Write since when a subject stands as it does."""
    return day(found.since)


def state_in_words(found: Standing) -> tuple[str, str]:
    """Return the state in a word, and the kind of tag that shows it."""
    return TOLD if found.is_told else STATE_WORDS[found.newest.state]


def answer(found: Standing) -> str:
    """Answer the question of a watch in a sentence with the numbers of its newest reading."""
    reading = found.newest
    if reading.state == "unknown":
        return f"{_shown(reading)} {why_unknown(reading)}".strip()
    return ANSWERS[reading.watch](reading)


def why_unknown(reading: Reading) -> str:
    """Say why nothing can be told, and how much it would take."""
    details, why = reading.details, reading.details.get("why")
    if why == "few":
        return _too_little(reading)
    if why == "doubts":
        named = ", ".join(str(DOUBTS.get(one, one)) for one in details["doubts"])
        return gettext("Not to be relied on: %(doubts)s.", doubts=named)
    return str(_REASONS.get(str(why), ""))


def _too_little(reading: Reading) -> str:
    """Say how much it takes: of what is counted, or else of what is lacking where there is enough of that."""
    details, counted, needed = reading.details, reading.counted, reading.details["needed"]
    if details["of"] == "months":
        return gettext("Too little to say: it takes the bills of %(needed)s months.", needed=number(needed))
    if counted >= needed and "months_needed" in details:
        return gettext(
            "Too little to say: it takes visits of %(needed)s months, and so far they are of %(months)s.",
            needed=number(details["months_needed"]), months=number(details["months"]),
        )  # fmt: skip
    if counted >= needed and "list_needed" in details:
        return gettext(
            "Too little to say: %(counted)s visits from the list; it takes %(needed)s to set the others beside.",
            counted=number(details["list_visits"]), needed=number(details["list_needed"]),
        )  # fmt: skip
    return gettext(
        "Too little to say: %(counted)s counted; it takes %(needed)s %(unit)s.",
        counted=number(counted), needed=number(needed), unit=UNITS.get(details["of"], details["of"]),
    )  # fmt: skip


_REASONS: Mapping[str, str] = {
    "no_dates": lazy_gettext("These data have no dates, so nothing can be due."),
    "no_year_before": lazy_gettext(
        "There is no list of the same season a year before to compare with. Beside those that the model "
        "learnt from, who "
        "were chosen for a visit, everybody differs from the first day: it is shown, and nobody is told."
    ),
    "no_counts": lazy_gettext("The list was made before such figures were kept; the next one has them."),
    "no_history": lazy_gettext("It is the first version: the next one is compared with it."),
    "no_amounts": lazy_gettext("No find of this month has an energy or amount yet."),
}


SHOWN: Mapping[WatchName, str] = {
    "data_quality": lazy_gettext("%(value)s of rows are set aside."),
    "data_arrival": lazy_gettext("Days overdue: %(value)s."),
    "data_volume": lazy_gettext("Bills in the last billing cycle: %(value)s."),
    "bill_signs": lazy_gettext("The shift is %(value)s (from 0.1 it counts)."),
    "input_drift": lazy_gettext("The largest shift is %(value)s (from 0.25 it counts)."),
    "score_drift": lazy_gettext("The shift is %(value)s (from 0.25 it counts)."),
    "estimated_performance": lazy_gettext("ROC-AUC %(value)s (0.5 is chance, 1 is perfect)."),
    "hit_rate": lazy_gettext("%(value)s of visits found theft."),
    "quota_rate": lazy_gettext("%(value)s of connections drawn at random had theft."),
    "calibration": lazy_gettext("The largest difference between promise and find is %(value)s."),
    "segments": lazy_gettext("The lowest hit rate is %(value)s."),
    "recovered_value": lazy_gettext("Assessed until now: %(value)s."),
}
"""What a reading shows of which nothing can be told yet."""


def _shown(reading: Reading) -> str:
    if reading.value is None:
        return ""
    return str(SHOWN[reading.watch]) % {"value": told_value(reading.watch, reading.value)}


def _quality(reading: Reading) -> str:
    return gettext(
        "Of %(rows)s rows %(aside)s were set aside (usual: %(usual)s), %(repaired)s repaired, and "
        "%(unknown)s have a code "
        "that nobody knows.",
        rows=number(reading.counted), aside=per_cent(reading.value, 1), usual=per_cent(reading.expected, 1),
        repaired=per_cent(reading.details["repaired"], 1), unknown=per_cent(reading.details["unknown_codes"], 1),
    )  # fmt: skip


def _arrival(reading: Reading) -> str:
    due = date.fromisoformat(reading.details["due_on"])
    month = f"{reading.period:%b %Y}"
    if reading.value:
        return gettext(
            "Bills of %(month)s were due on %(due)s, %(days)s days ago.",
            month=month,
            due=day(due),
            days=number(reading.value),
        )
    return gettext("Bills of %(month)s come next; they are due on %(due)s.", month=month, due=day(due))


def _volume(reading: Reading) -> str:
    return gettext(
        "%(rows)s bills in the cycle that ends with %(month)s; %(low)s to %(high)s are usual.",
        rows=number(reading.value), month=f"{reading.period:%b %Y}", low=number(reading.low), high=number(reading.high),
    )  # fmt: skip


def _sign(reading: Reading) -> str:
    sign, details = reading.subject.rpartition("/")[2], reading.details
    told = (lambda value: per_cent(value, 1)) if sign in SHARES else (lambda value: f"{value:.2f}")
    return gettext(
        "%(sign)s: %(now)s now, %(before)s a year before, over %(count)s connections (stability index %(psi)s).",
        sign=_begun(str(SIGN_WORDS.get(sign, sign))), now=told(details["now"]), before=told(details["before"]),
        count=number(reading.counted), psi=told_value("bill_signs", reading.value),
    )  # fmt: skip


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]


def _features(reading: Reading) -> str:
    told = [one for one in reading.details["features"] if one["told"]]
    first = told[0]["name"] if told else NOTHING
    return gettext(
        "Of %(all)s features %(some)s moved, %(told)s of them over a past of one length; “%(first)s” moved "
        "most (%(psi)s).",
        all=number(reading.details["looked_at"]), some=number(reading.details["drifted"]),
        told=number(reading.details["drifted_told"]), first=first, psi=told_value("input_drift", reading.value),
    )  # fmt: skip


def _scores(reading: Reading) -> str:
    return gettext(
        "The scores of %(count)s connections have a stability index of %(psi)s beside the list of a year before.",
        count=number(reading.counted), psi=told_value("score_drift", reading.value),
    )  # fmt: skip


def _estimate(reading: Reading) -> str:
    told = gettext(
        "The list of %(count)s connections should have a ROC-AUC of %(area)s.",
        count=number(reading.counted), area=told_value("estimated_performance", reading.value),
    )  # fmt: skip
    past = reading.details.get("past")
    if past:
        more = ngettext(
            "On %(num)s list whose outcomes came, the estimate was off by %(error)s.",
            "On %(num)s lists whose outcomes came, estimates were off by %(error)s on average.",
            past["periods"], error=f"{past['mean']:.3f}",
        )  # fmt: skip
        return f"{told} {more}"
    return f"{told} {gettext('No outcomes have come yet that would show how far off it is.')}"


def _hit_rate(reading: Reading) -> str:
    low, high = reading.details["interval"]
    told = gettext(
        "%(found)s of %(visits)s visits found theft: %(rate)s (%(low)s to %(high)s); %(expected)s was to be expected.",
        found=number(reading.details["found"]), visits=number(reading.counted), rate=per_cent(reading.value),
        low=per_cent(low), high=per_cent(high), expected=per_cent(reading.expected),
    )  # fmt: skip
    versions = reading.details.get("versions", {})
    if len(versions) <= 1:
        return told
    each = [
        gettext("%(version)s %(found)s of %(visits)s", version=name, found=number(found), visits=number(visits))
        for name, (found, visits) in versions.items()
    ]
    return f"{told} {gettext('Of them: %(each)s.', each=', '.join(each))}"


def _quota(reading: Reading) -> str:
    return gettext(
        "Of connections drawn at random %(rate)s had theft (%(visits)s visits); of those from the list %(list)s "
        "(%(list_visits)s visits).",
        rate=per_cent(reading.value, 1), visits=number(reading.counted), list=per_cent(reading.high, 1),
        list_visits=number(reading.details["list_visits"]),
    )  # fmt: skip


def _calibration(reading: Reading) -> str:
    worst = _worst(reading)
    return gettext(
        "Where %(promised)s was promised, %(found)s of %(visits)s visits found theft: %(rate)s.",
        promised=per_cent(worst["promised"]), found=number(worst["found"]), visits=number(worst["visits"]),
        rate=per_cent(worst["found"] / worst["visits"]),
    )  # fmt: skip


def _segments(reading: Reading) -> str:
    worst = _worst(reading)
    return gettext(
        "It falls short most in %(name)s: %(found)s of %(visits)s visits found theft, %(rate)s; %(promised)s "
        "was promised.",
        name=worst["name"], found=number(worst["found"]), visits=number(worst["visits"]),
        rate=per_cent(worst["found"] / worst["visits"]), promised=per_cent(worst["promised"]),
    )  # fmt: skip


def _worst(reading: Reading) -> Json:
    return next(one for one in reading.details["parts"] if one["name"] == reading.details["worst"])


def _recovered(reading: Reading) -> str:
    amount = reading.details["amount"]
    told = gettext(
        "In %(month)s %(finds)s finds assessed %(energy)s.",
        month=f"{reading.period:%b %Y}", finds=number(reading.details["finds"]),
        energy=told_value("recovered_value", reading.value),
    )  # fmt: skip
    if amount is not None:
        told = f"{told} {gettext('That is %(amount)s.', amount=money(amount, reading.details['currency'] or 'INR'))}"
    typical = gettext(
        "The middle one of %(finds)s finds in four months assessed %(now)s, before it was %(before)s.",
        finds=number(reading.counted), now=told_value("recovered_value", reading.details["typical"]),
        before=told_value("recovered_value", reading.details["typical_before"]),
    )  # fmt: skip
    return f"{told} {typical}"


ANSWERS: Mapping[WatchName, Callable[[Reading], str]] = {
    "data_quality": _quality,
    "data_arrival": _arrival,
    "data_volume": _volume,
    "bill_signs": _sign,
    "input_drift": _features,
    "score_drift": _scores,
    "estimated_performance": _estimate,
    "hit_rate": _hit_rate,
    "quota_rate": _quota,
    "calibration": _calibration,
    "segments": _segments,
    "recovered_value": _recovered,
}
