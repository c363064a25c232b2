"""How many visits the squads can make. Rule of the room: arrays in, frozen records out; domain only."""

import math
from dataclasses import dataclass
from typing import Self

from powertheft.domain.errors import ChoiceError

_ADVICE = "Give a share such as 1% or 0.01, or a whole number of visits such as 250"


@dataclass(frozen=True, slots=True)
class Capacity:
    """The squads' capacity: a share of the consumers on the list, or a count of visits. Exactly one is set."""

    share: float | None = None
    count: int | None = None

    def __post_init__(self) -> None:
        share, count = self.share, self.count
        if (share is None) == (count is None):
            msg = "the capacity is a share of the consumers or a number of visits, one of the two"
            raise ChoiceError(msg, advice=_ADVICE)
        if share is not None and not 0 < share <= 1:
            msg = f"a capacity of {share:g} is not a share between 0 and 1"
            raise ChoiceError(msg, advice=_ADVICE)
        if count is not None and count < 1:
            msg = f"a capacity of {count} visits is less than one"
            raise ChoiceError(msg, advice=_ADVICE)

    @classmethod
    def parse(cls, text: str | float) -> Self:
        """Return the capacity that a person wrote.

        Parameters
        ----------
        text : str or float
            "1%" or a number below 1 for a share of the consumers, a whole number from 1 for visits.

        Returns
        -------
        Capacity

        Raises
        ------
        ChoiceError
            If it is neither.

        Examples
        --------
        >>> Capacity.parse("1%"), Capacity.parse(250)
        (Capacity(share=0.01, count=None), Capacity(share=None, count=250))
        >>> Capacity.parse("many")
        Traceback (most recent call last):
        ...
        powertheft.domain.errors.ChoiceError: cannot read the capacity 'many'. Give a share such as 1% or 0.01, ...
        """
        cleaned = str(text).strip()
        try:
            number = float(cleaned.removesuffix("%"))
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            msg = f"cannot read the capacity {cleaned!r}"
            raise ChoiceError(msg, advice=_ADVICE)
        if cleaned.endswith("%"):
            return cls(share=number / 100)
        if number < 1:
            return cls(share=number)
        if number != int(number):
            msg = f"a capacity of {cleaned} visits is not a whole number"
            raise ChoiceError(msg, advice=_ADVICE)
        return cls(count=int(number))

    def visits(self, consumers: int) -> int:
        """Return the number of visits on a list of that many consumers: at least one, at most all.

        Examples
        --------
        >>> Capacity(share=0.01).visits(19_000), Capacity(count=250).visits(100)
        (190, 100)
        """
        wanted = self.count if self.count is not None else round((self.share or 0.0) * consumers)
        return max(1, min(consumers, wanted))

    def __str__(self) -> str:
        return f"{self.count} visits" if self.count is not None else f"{100 * (self.share or 0):g} %"
