"""What users say is wrong or of no use, and what became of it. Rule of the room: the standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from powertheft.domain.errors import ChoiceError
from powertheft.domain.states import next_state

Json = Mapping[str, Any]
FeedbackKind = Literal["reason_wrong", "not_useful", "something_else"]
FeedbackState = Literal["open", "done", "declined"]
FeedbackAct = Literal["be done", "be declined", "be opened again"]

KINDS: tuple[FeedbackKind, ...] = get_args(FeedbackKind)
STATES: tuple[FeedbackState, ...] = get_args(FeedbackState)

TRANSITIONS: Mapping[FeedbackState, Mapping[FeedbackAct, FeedbackState]] = {
    "open": {"be done": "done", "be declined": "declined"},
    "done": {"be opened again": "open"},
    "declined": {"be opened again": "open"},
}

LONGEST_WORDS = 2000
REASON = "reason"
"""Subjects of reasons begin with it: reason/MODEL@number/feature, so that a model's can be counted."""


@dataclass(frozen=True, slots=True)
class NewFeedback:
    """What somebody says of something, by its subject (reason/theft@3/level_drop, plot/loss, page/overview.index).

    Of `details` the `link` leads there; the rest says what it was about, by pseudonyms and names of features alone.
    """

    kind: FeedbackKind
    subject: str
    words: str
    details: Json


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody said, and what they were answered."""

    number: int
    kind: FeedbackKind
    subject: str
    words: str
    details: Json
    state: FeedbackState
    created_at: datetime
    created_by: str
    answer: str = ""
    answered_at: datetime | None = None
    answered_by: str | None = None


def next_feedback_state(number: int, *, state: FeedbackState, act: FeedbackAct) -> FeedbackState:
    """Return where an act leads what somebody said.

    Examples
    --------
    >>> next_feedback_state(2, state="open", act="be declined")
    'declined'
    >>> next_feedback_state(2, state="done", act="be declined")
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.StateError: feedback 2 is done, so it cannot be declined. What can be done with it now:...
    """
    return next_state(TRANSITIONS, f"feedback {number}", state=state, act=act)


def reason_subject(model: str, feature: str) -> str:
    """Return the subject of one reason of a model's.

    Examples
    --------
    >>> reason_subject("theft@3", "level_drop")
    'reason/theft@3/level_drop'
    """
    return f"{REASON}/{model}/{feature}"


def absent_feedback(number: int) -> ChoiceError:
    """Return the refusal of feedback that is not there, or that is not to be known to be there: the same words."""
    return ChoiceError(f"there is no feedback {number}", advice="Look for it in the list.")


def check_feedback(kind: str, words: str) -> None:
    """Refuse what cannot be worked through.

    Examples
    --------
    >>> check_feedback("something_else", " ")
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.ChoiceError: column words: it does not say what is meant. Write it in a sentence.
    """
    if kind not in KINDS:
        advice = f"Choose one of {', '.join(KINDS)}."
        raise ChoiceError(f"{kind!r} is no kind of feedback", advice=advice, column="kind")
    if kind == "something_else" and not words.strip():
        raise ChoiceError("it does not say what is meant", advice="Write it in a sentence.", column="words")
    if len(words) > LONGEST_WORDS:
        what = f"the text has {len(words)} letters"
        raise ChoiceError(what, advice=f"Write at most {LONGEST_WORDS}.", column="words")
