"""Tables, numbers and progress on a terminal. Rule of the room: options in, words out."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from powertheft.actions.progress import Progress as Say
from powertheft.domain.numbers import grouped


@contextmanager
def progress_bar(title: str) -> Generator[Say]:
    """Show what is being done and for how long, on standard error; silent where that is not a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=30), TimeElapsedColumn())
    shown = Console(stderr=True)
    with Progress(*columns, console=shown, transient=True, disable=not shown.is_terminal) as progress:
        task = progress.add_task(title, total=1.0)

        def say(what: str, share: float) -> None:
            progress.update(task, description=f"{title}: {what}", completed=share)

        yield say


def console() -> Console:
    """Return the console of standard output; wide where the output goes to a file or another program."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=160)


def show_table(title: str, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; each column is its heading and "left" or "right"."""
    table = Table(header_style="bold", box=None, pad_edge=False)
    for heading, side in columns:
        table.add_column(heading, justify="right" if side == "right" else "left", overflow="fold")
    for row in rows:
        # Words of a file are shown as they are, never read as markup.
        table.add_row(*map(Text, row))
    shown = console()
    shown.print(title, style="bold", markup=False, soft_wrap=True)
    shown.print(table)


def say(text: str = "") -> None:
    """Print a line as it is."""
    console().print(text, markup=False, soft_wrap=True)


def money(amount: float | None, currency: str) -> str:
    """Return an amount with its currency, "" where there is none."""
    if amount is None:
        return ""
    return f"{'Rs' if currency == 'INR' else currency} {grouped(amount)}"


def energy(amount: float | None) -> str:
    """Return an energy in kWh, "" where there is none."""
    return "" if amount is None else f"{grouped(amount)} kWh"


def per_cent(share: float | None, digits: int = 0) -> str:
    """Return a share as per cent, "" where there is none."""
    return "" if share is None else f"{100 * share:.{digits}f} %"
