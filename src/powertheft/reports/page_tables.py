"""Tables of printed pages. Rule of the room: show what it is given."""

from collections.abc import Iterable, Sequence
from html import escape


def table(heading: Sequence[str], rows: Iterable[Sequence[str]], *, kind: str = "", plain: bool = True) -> str:
    """Return a table; a heading that begins with # is one of numbers. Cells are text, or HTML unless `plain`.

    Examples
    --------
    >>> table(("what", "#how many"), [("<b>", "3")]).split("<tbody>")[1]
    '<tr><td>&lt;b&gt;</td><td class="number">3</td></tr></tbody></table>'
    """
    sides = [' class="number"' if name.startswith("#") else "" for name in heading]
    head = "".join(f"<th{side}>{escape(name.lstrip('#'))}</th>" for name, side in zip(heading, sides, strict=True))
    body = "".join(f"<tr>{_cells(row, sides, plain=plain)}</tr>" for row in rows)
    named = f' class="{kind}"' if kind else ""
    return f"<table{named}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cells(row: Sequence[str], sides: Sequence[str], *, plain: bool) -> str:
    cells = [escape(cell) if plain else cell for cell in row]
    return "".join(f"<td{side}>{cell}</td>" for cell, side in zip(cells, sides, strict=True))
