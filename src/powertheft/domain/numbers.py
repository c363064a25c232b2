"""How numbers are written for people. Rule of the room: the standard library only."""


def grouped(number: float) -> str:
    """Write a whole number with Indian grouping: three digits, then pairs.

    Examples
    --------
    >>> grouped(123456.4), grouped(-1000), grouped(12)
    ('1,23,456', '-1,000', '12')
    """
    sign = "-" if round(number) < 0 else ""
    digits = str(abs(round(number)))
    head, tail = digits[:-3], digits[-3:]
    pairs: list[str] = []
    while head:
        pairs.insert(0, head[-2:])
        head = head[:-2]
    return sign + ",".join([*pairs, tail])
