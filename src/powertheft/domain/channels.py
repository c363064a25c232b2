"""Ways to tell people outside: what kind each is, never its address. Rule of the room: the standard library only."""

from collections.abc import Mapping

KINDS: Mapping[str, str] = {
    "mailto": "mail",
    "mailtos": "mail",
    "json": "json webhook",
    "jsons": "json webhook",
    "form": "form webhook",
    "forms": "form webhook",
    "xml": "xml webhook",
    "xmls": "xml webhook",
}
"""Schemes of addresses whose own name says little; any other is called by its scheme, as slack."""

LONGEST_KIND = 20


def kind_of(address: str) -> str:
    """Return what kind of channel an address is of; nothing else of it, since it holds passwords.

    Examples
    --------
    >>> kind_of("mailtos://ravi:secret@mail.example.org"), kind_of("slack://one/two/three"), kind_of("secret")
    ('mail', 'slack', 'unknown')
    """
    scheme, found, _ = address.partition("://")
    scheme = scheme.casefold()
    if not found or not scheme.isalnum() or len(scheme) > LONGEST_KIND:
        return "unknown"
    return KINDS.get(scheme, scheme)
