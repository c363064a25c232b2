"""What was done here, by whom and when. Rule of the room: compute nothing themselves."""

from collections.abc import Sequence

from powertheft.actions.house import House
from powertheft.actions.ports import AuditEvent


def read_trail(
    house: House,
    *,
    actor: str | None = None,
    action: str | None = None,
    subject: str | None = None,
    before: int | None = None,
    last: int = 100,
) -> Sequence[AuditEvent]:
    """Return the last events of the audit trail, newest first; `before` is the number of the last one seen so far."""
    house.check("audit.read")
    with house.read() as work:
        return work.audit.list_events(actor=actor, action=action, subject=subject, before=before, last=last)
