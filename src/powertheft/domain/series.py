"""Series of use that stand in a feature table, one column a period, and the grids that a network lays them in.

Rule of the room: standard library only; pure functions.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Series:
    """Use in so many periods, the newest first; a row of its grid holds `inner` of them, such as a year or a week.

    Examples
    --------
    >>> MONTHS.columns[0], MONTHS.columns[-1], MONTHS.rows
    ('month_01_use', 'month_36_use', 3)
    """

    period: str
    count: int
    inner: int

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, the newest first."""
        digits = len(str(self.count))
        return tuple(f"{self.period}_{place:0{digits}d}_use" for place in range(1, self.count + 1))

    @property
    def rows(self) -> int:
        """Rows of the grid."""
        return self.count // self.inner


MONTHS = Series("month", 36, 12)
DAYS = Series("day", 182, 7)
SERIES = (MONTHS, DAYS)
