"""Say who a pseudonym is, to whoever holds the key; each look is recorded. Rule of the room: compute nothing."""

from collections.abc import Mapping, Sequence

from powertheft.actions.house import House
from powertheft.domain.errors import ChoiceError


def numbers_of(house: House, pseudonyms: Sequence[str], *, reason: str) -> dict[str, str]:
    """Return the consumers' own numbers, after the look was recorded; who is not in the vault keeps the pseudonym."""
    found = reveal_consumers(house, pseudonyms, reason=reason)
    return {name: found[name].get("number", name) if name in found else name for name in pseudonyms}


def reveal_consumers(house: House, pseudonyms: Sequence[str], *, reason: str) -> dict[str, Mapping[str, str]]:
    """Return the records of the vault, after the look was written into the audit trail."""
    if not reason.strip():
        raise ChoiceError("looking at who somebody is needs a reason", advice="Say why, in a few words.")

    def witness(looked_at: Sequence[str]) -> None:
        with house.store.begin(house.actor) as work:
            # Which consumers: their pseudonyms, which say nothing to those who may read the trail and not the vault.
            details = {"reason": reason, "consumers": len(looked_at), "first": list(looked_at[:20])}
            work.audit.record("vault.looked", "vault", details)

    return house.vault().look(pseudonyms, witness=witness)
