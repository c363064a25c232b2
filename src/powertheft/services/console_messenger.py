"""Messages into the service's own lines, where no channel is set. Rule of the room: implements ports of actions."""

import logging
from collections.abc import Sequence

_LOG = logging.getLogger("powertheft.messages")


class ConsoleMessenger:
    """Implements `Messenger`: whoever reads what the worker writes is told."""

    def tell(self, subject: str, text: str) -> Sequence[str]:
        """Write the message; it cannot fail."""
        told = {"event": "message", "subject": subject, "text": text}
        _LOG.warning("%s\n%s", subject, text, extra={"told": told})
        return ()

    def kinds(self) -> Sequence[str]:
        """Return the kinds of the channels."""
        return ("the worker's log",)
