"""What users say is wrong or of no use: said, listed, answered. Rule of the room: knows the use cases only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from pydantic import Field

from powertheft.actions import feedback
from powertheft.actions.house import EVERY
from powertheft.api.access import current_house, needs
from powertheft.api.errors import absent_is_not_found
from powertheft.api.shapes import Asked, Number, Paging, Part, Plain, Told, Word, part_of
from powertheft.domain.feedback import LONGEST_WORDS, Feedback, FeedbackAct, FeedbackKind, FeedbackState

pages = APIBlueprint("feedback", __name__, url_prefix="/feedback", tag="Feedback")

Words = Annotated[str, Field(max_length=LONGEST_WORDS, pattern=r"^[^\x00]*$")]
Sentence = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f\x7f]+$")]
ACTS: Mapping[str, FeedbackAct] = {"done": "be done", "declined": "be declined", "open": "be opened again"}


class FeedbackTold(Told):
    """What somebody said, and the answer."""

    number: int
    kind: FeedbackKind
    subject: str
    words: str
    details: Plain
    state: FeedbackState
    created_at: datetime
    created_by: str
    answer: str
    answered_at: datetime | None
    answered_by: str | None


class FeedbackPart(Part):
    """What was said, newest first."""

    items: list[FeedbackTold]


class FeedbackAsked(Paging):
    """Which of it."""

    state: FeedbackState | None = None
    kind: FeedbackKind | None = None


class SayAsked(Asked):
    """What is said of a plot or a page, as page/models.index."""

    kind: Literal["not_useful", "something_else"]
    subject: Word
    words: Words = ""


class ReasonAsked(Asked):
    """Which reason of a list is wrong, word for word, and what is known of it."""

    scoring: Number
    consumer: Word
    reason: Sentence
    words: Words = ""


class AnswerAsked(Asked):
    """What became of it; whoever said it reads the words."""

    state: FeedbackState
    words: Words = ""


@pages.get("")
@needs("feedback.write")
@pages.input(FeedbackAsked, location="query")
@pages.output(FeedbackPart)
def list_feedback(query_data: FeedbackAsked) -> Mapping[str, Any]:
    """List what was said; whoever only visits sees what they said themselves."""
    found = feedback.list_feedback(
        current_house(),
        states=[] if query_data.state is None else [query_data.state],
        kind=query_data.kind,
        last=min(query_data.place() + query_data.limit + 1, EVERY),
    )
    return part_of(found, query_data)


@pages.get("/<number:number>")
@needs("feedback.write")
@pages.output(FeedbackTold)
def get_feedback(number: int) -> Feedback:
    """Return what was said, with its answer."""
    with absent_is_not_found():
        return feedback.get_feedback(current_house(), number)


@pages.post("")
@needs("feedback.write")
@pages.input(SayAsked)
@pages.output(FeedbackTold, status_code=201)
def say(json_data: SayAsked) -> Feedback:
    """Say something of a plot or a page."""
    return feedback.say(current_house(), json_data.kind, json_data.subject, words=json_data.words)


@pages.post("/reasons")
@needs("feedback.write")
@pages.input(ReasonAsked)
@pages.output(FeedbackTold, status_code=201)
def say_of_reason(json_data: ReasonAsked) -> Feedback:
    """Say that a reason is wrong which a list gives for a connection."""
    asked = json_data
    return feedback.say_of_reason(current_house(), asked.scoring, asked.consumer, asked.reason, words=asked.words)


@pages.post("/<number:number>/answer")
@needs("rule.write")
@pages.input(AnswerAsked)
@pages.output(FeedbackTold)
def answer_feedback(number: int, json_data: AnswerAsked) -> Feedback:
    """Answer it: done, declined with a word why, or open again."""
    house = current_house()
    with absent_is_not_found():
        feedback.get_feedback(house, number)
    return feedback.answer_feedback(house, number, ACTS[json_data.state], words=json_data.words)
