"""Messages by mail, webhook and chat, through apprise.

Rule of the room: implements ports of actions; the only place of mlflow and apprise.

An address holds passwords and keys: it is never shown, never logged, and of a channel only its kind is named.
"""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from powertheft.domain.channels import kind_of

if TYPE_CHECKING:
    from apprise import NotifyBase

_CHECK = "its address, whether its server answers, and what it asks for to let one in"


class AppriseMessenger:
    """Implements `Messenger` on the addresses of channels, as apprise writes them: mailto://, json://, slack://."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = tuple(addresses)

    def tell(self, subject: str, text: str) -> Sequence[str]:
        """Tell every channel, and return which could not be told, each with what to check."""
        failed: list[str] = []
        for place, address in enumerate(self._addresses, 1):
            channel = _channel(address)
            which = f"channel {place} ({kind_of(address)})"
            if channel is None:
                failed.append(f"{which}: its address is none that apprise knows; compare it with apprise's list")
            elif not _is_told(channel, subject, text):
                failed.append(f"{which}: check {_CHECK}")
        return failed

    def kinds(self) -> Sequence[str]:
        """Return the kinds of the channels."""
        return [kind_of(address) for address in self._addresses]

    def __repr__(self) -> str:
        return f"AppriseMessenger({', '.join(self.kinds())})"


def _channel(address: str) -> "NotifyBase | None":
    # Late: it brings a hundred services and 30 MB; only a worker that has something to say loads it.
    import apprise

    # What it would log names addresses and answers of servers.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    return apprise.Apprise.instantiate(address, suppress_exceptions=True)


def _is_told(channel: "NotifyBase", subject: str, text: str) -> bool:
    # A channel is a hundred others' code: whatever it raises is a message that did not go out.
    try:
        return bool(channel.notify(title=subject, body=text))
    except Exception:
        return False
