"""What the use cases of the loop need of the world outside, as Protocols: alerts, what users say, messages, tracking.

As in `ports`, of which this is the second half: every method here that changes something in the database writes an
audit event in the same transaction, and a test walks them.

Rule of the room: put the rooms together, compute nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from powertheft.domain.alerts import Alert, AlertAct, AlertState, NewAlert, Severity
from powertheft.domain.feedback import Feedback, FeedbackAct, FeedbackKind, FeedbackState, NewFeedback
from powertheft.domain.trials import Trial, TrialAct, TrialState
from powertheft.domain.watches import Reading, WatchName

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Policy:
    """What people have decided in advance, with who did so and when."""

    name: str
    content: Json
    changed_at: datetime
    changed_by: str


class Policies(Protocol):
    """What people have decided in advance: `promotion/MODEL`, `retraining/MODEL`, `alerts`."""

    def get_policy(self, name: str) -> Json | None:
        """Return what was decided under a name; None where nothing was."""
        ...

    def list_policies(self, prefix: str = "") -> Sequence[Policy]:
        """Return the policies whose names begin so, in order."""
        ...

    def keep_policy(self, name: str, content: Json) -> Policy:
        """Set down what was decided; what stood there before remains in the audit trail."""
        ...


class Trials(Protocol):
    """Champion against challenger on visits that are shared out: one trial a model. Steps follow `domain.trials`."""

    def begin_trial(self, model: str, *, champion: str, challenger: str, details: Json) -> Trial:
        """Begin the trial of a challenger; refuse a second one of the same model."""
        ...

    def note_look(self, trial: Trial, seen: Json) -> Trial:
        """Set down what the policy saw at its next look, if nobody has looked since `trial` was read."""
        ...

    def renew_trial(self, trial: Trial, challenger: str) -> Trial:
        """Have another version take the challenger's place, if nobody has looked since `trial` was read."""
        ...

    def end_trial(self, number: int, act: TrialAct, *, reason: str) -> Trial:
        """End a trial, with the reason."""
        ...

    def get_trial(self, number: int) -> Trial:
        """Return a trial; raises ChoiceError where there is none of this number."""
        ...

    def get_running(self, model: str) -> Trial | None:
        """Return the trial of a model that runs."""
        ...

    def list_trials(
        self, *, model: str | None = None, states: Collection[TrialState] = (), last: int = 100
    ) -> Sequence[Trial]:
        """Return the last trials, newest first."""
        ...


class Alerts(Protocol):
    """What calls for somebody: one alert a cause, while the cause is there. Steps follow `domain.alerts`."""

    def raise_alert(self, new: NewAlert) -> Alert:
        """Open an alert of a cause; where one is there, count it, refresh its details, and let it get worse."""
        ...

    def settle(self, cause: str, *, by: str) -> Alert | None:
        """Resolve the alert of a cause that is gone; None where there is none."""
        ...

    def change_state(self, number: int, act: AlertAct, *, reason: str) -> Alert:
        """Take a step of an alert's life."""
        ...

    def mark_sent(self, numbers: Collection[int]) -> None:
        """Set down that people outside were told of these now."""
        ...

    def get_alert(self, number: int) -> Alert:
        """Return an alert; raises ChoiceError where there is none of this number."""
        ...

    def list_alerts(
        self, *, states: Collection[AlertState] = (), rule: str | None = None, last: int = 100
    ) -> Sequence[Alert]:
        """Return the last alerts, newest first."""
        ...

    def get_counts(self) -> Mapping[Severity, int]:
        """Return how many are open and not acknowledged, by severity."""
        ...


class FeedbackBook(Protocol):
    """What users say is wrong or of no use, and what they were answered. Steps follow `domain.feedback`."""

    def add(self, new: NewFeedback) -> Feedback:
        """Set down what the actor says."""
        ...

    def answer(self, number: int, act: FeedbackAct, *, words: str) -> Feedback:
        """Take a step of its life, with the answer that whoever said it reads."""
        ...

    def get_feedback(self, number: int) -> Feedback:
        """Return what was said; raises ChoiceError where there is nothing of this number."""
        ...

    def list_feedback(
        self,
        *,
        states: Collection[FeedbackState] = (),
        kind: FeedbackKind | None = None,
        created_by: str | None = None,
        subject: str | None = None,
        last: int = 200,
    ) -> Sequence[Feedback]:
        """Return what was said last, newest first."""
        ...

    def get_counts(self, begins: str, *, kind: FeedbackKind) -> Mapping[str, int]:
        """Return how often something was said, and not declined, of each subject that begins so."""
        ...


class WatchBook(Protocol):
    """What the watches have read: one reading a watch, subject and period."""

    def keep(self, readings: Sequence[Reading]) -> None:
        """Set readings down; one of the same watch, subject and period is replaced."""
        ...

    def list_history(self, watch: WatchName, *, subject: str | None = None, last: int = 500) -> Sequence[Reading]:
        """Return the last readings of one watch, of one subject or of all, newest first."""
        ...

    def list_newest(self) -> Sequence[Reading]:
        """Return the newest reading of every watch and subject, by their names."""
        ...


class Messenger(Protocol):
    """How people outside the application are told. The addresses are secrets: of a channel only its kind is named."""

    def tell(self, subject: str, text: str) -> Sequence[str]:
        """Tell every channel, and return which could not be told: what kind of channel, and what to check."""
        ...

    def kinds(self) -> Sequence[str]:
        """Return the kinds of the channels, as mail or json webhook."""
        ...


@dataclass(frozen=True, slots=True)
class Training:
    """A model version as an experiment tracker is told of it. No other version of any house has its `key`.

    `bundle` is the folder of its files, `report` the page among them where one was drawn.
    """

    model: str
    reference: str
    key: str
    bundle: Path
    report: Path | None
    created_at: datetime
    created_by: str
    commit: str
    parameters: Mapping[str, str]
    measures: Mapping[str, float]
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a model version stands: the names by which it is asked for, and who brought it there, when and why."""

    aliases: frozenset[str]
    facts: Mapping[str, str]


class ExperimentTracker(Protocol):
    """Where trainings are shown beside others. It mirrors the register, which alone is true; a mirror keeps no audit.

    Methods raise `OutputError` where it does not answer.
    """

    @property
    def place(self) -> str:
        """Return where it is, without a password."""
        ...

    @property
    def opened_by(self) -> str:
        """Return what to type, or which address to open, to look at it."""
        ...

    def list_trainings(self, model: str) -> Mapping[str, bool]:
        """Return the trainings of a model that anything is left of, by key, and whether each is complete."""
        ...

    def add_training(self, training: Training) -> None:
        """Add a training with its files, in place of what there is of it."""
        ...

    def set_standings(self, model: str, standings: Mapping[str, Standing]) -> int:
        """Bring the versions of a model to where they stand, by key; return how many stood elsewhere."""
        ...

    def delete_training(self, model: str, key: str) -> str:
        """Delete a training, its version and its files for good; return what somebody else must do for that, if any."""
        ...
