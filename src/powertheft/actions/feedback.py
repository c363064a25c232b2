"""Say what is wrong or of no use, and work through what was said.

Rule of the room: put the rooms together, compute nothing.

Whoever uses lists or visits may say something. Answering is for those who write the squads' rules (rule.write): they
know what a reason rests on, and can mend it.
"""

import re
from collections.abc import Mapping, Sequence

from powertheft.actions.house import House
from powertheft.actions.inspections import get_case
from powertheft.actions.ports import Json
from powertheft.domain.errors import ChoiceError
from powertheft.domain.feedback import (
    LONGEST_WORDS,
    Feedback,
    FeedbackAct,
    FeedbackKind,
    FeedbackState,
    NewFeedback,
    absent_feedback,
    check_feedback,
    reason_subject,
)

SUBJECT = re.compile(r"(?:plot|page)/[\w@.,:+#/-]{1,480}")
KEPT = {"link": 1000, "title": 200}


def say(house: House, kind: FeedbackKind, subject: str, *, words: str = "", details: Json | None = None) -> Feedback:
    """Say something of a plot or a page; of `details` the link that leads there is kept, and what it is called."""
    house.check("feedback.write")
    check_feedback(kind, words)
    if not SUBJECT.fullmatch(subject):
        raise ChoiceError("it does not say what it is about", advice="Use the link beside the plot or below the page.")
    told = {name: str(value)[: KEPT[name]] for name, value in (details or {}).items() if name in KEPT}
    return _add(house, NewFeedback(kind, subject, words.strip(), {**told, "link": _local(told.get("link", ""))}))


def say_of_reason(house: House, scoring: int, consumer_id: str, reason: str, *, words: str = "") -> Feedback:
    """Say that a reason is wrong which a list gives for a connection."""
    house.check("feedback.write")
    house.check("list.read")
    link = f"/predictions/{scoring}/connections/{consumer_id}"
    return _say_of_reason(house, scoring, consumer_id, reason=reason, words=words, link=link)


def say_of_case(house: House, number: int, reason: str, *, words: str = "") -> Feedback:
    """Say that a reason is wrong for which a case was opened; whoever only visits, of the own ones."""
    house.check("feedback.write")
    case = get_case(house, number)
    if case.scoring is None:
        raise ChoiceError(f"case {number} comes from no list", advice="Write in its note what you found.")
    link = f"/inspections/{number}"
    return _say_of_reason(house, case.scoring, case.consumer_id, reason=reason, words=words, link=link)


def list_feedback(
    house: House, *, states: Sequence[FeedbackState] = (), kind: FeedbackKind | None = None, last: int = 200
) -> Sequence[Feedback]:
    """Return what was said, newest first; whoever only visits sees what they said themselves."""
    house.check("feedback.write")
    own = None if _sees_all(house) else house.actor.name
    with house.read() as work:
        return work.feedback.list_feedback(states=states, kind=kind, created_by=own, last=last)


def get_feedback(house: House, number: int) -> Feedback:
    """Return what was said, with its answer."""
    house.check("feedback.write")
    with house.read() as work:
        found = work.feedback.get_feedback(number)
    if not _sees_all(house) and found.created_by != house.actor.name:
        raise absent_feedback(number)
    return found


def answer_feedback(house: House, number: int, act: FeedbackAct, *, words: str = "") -> Feedback:
    """Answer what was said; whoever declines it says why."""
    house.check("rule.write")
    if act == "be declined" and not words.strip():
        raise ChoiceError("it is not said why", advice="Write to whoever said it, in a sentence.", column="words")
    if len(words) > LONGEST_WORDS:
        raise ChoiceError("the answer is too long", advice=f"Write at most {LONGEST_WORDS} letters.", column="words")
    with house.begin() as work:
        return work.feedback.answer(number, act, words=words.strip())


def count_wrong_reasons(house: House, model: str) -> Mapping[str, int]:
    """Return how often a reason of a model version was called wrong, and not declined, by feature, the most first."""
    house.check("model.read")
    begins = reason_subject(model, "")
    with house.read() as work:
        found = work.feedback.get_counts(begins, kind="reason_wrong")
    counted = {subject.removeprefix(begins): count for subject, count in found.items()}
    return dict(sorted(counted.items(), key=lambda one: (-one[1], one[0])))


def _say_of_reason(house: House, scoring: int, consumer_id: str, *, reason: str, words: str, link: str) -> Feedback:
    from powertheft.actions.scored_reasons import feature_of_reason  # late: it reads the list and brings Polars

    check_feedback("reason_wrong", words)
    with house.read() as work:
        found = work.scorings.get_scoring(scoring)
    feature = feature_of_reason(house, found, consumer_id, reason)
    if feature is None:
        what = "this list does not give this reason for this connection"
        raise ChoiceError(what, advice="Use the link beside the reason.", column="reason")
    told = {"scoring": scoring, "connection": consumer_id, "reason": reason, "feature": feature, "model": found.model}
    subject = reason_subject(found.model, feature)
    return _add(house, NewFeedback("reason_wrong", subject, words.strip(), {**told, "link": link}))


def _add(house: House, new: NewFeedback) -> Feedback:
    with house.begin() as work:
        return work.feedback.add(new)


def _sees_all(house: House) -> bool:
    return house.actor.can("list.read") or house.actor.can("rule.write")


def _local(link: str) -> str:
    """Return a path on this server, nothing of anything else."""
    return link if link.startswith("/") and not link.startswith(("//", "/\\")) else ""
