"""Giving things to those who are surest of them, all together. Rule of the room: a utility is data, never code."""

from collections.abc import Sequence

INFINITE = float("inf")


def best_matching(worth: Sequence[Sequence[float]]) -> dict[int, int]:
    """Return row -> column of the matching whose worth is greatest in sum; what is worth nothing is not matched.

    The Hungarian method with potentials, one row after the other; the columns may be more or fewer than the rows.
    """
    rows, columns = len(worth), len(worth[0]) if worth else 0
    # A column for every row that gets nothing.
    costs = [[-value for value in row] + [0.0] * rows for row in worth]
    owner = [-1] * (columns + rows)
    row_price, column_price = [0.0] * rows, [0.0] * (columns + rows)
    for row in range(rows):
        _give(row, costs, owner, prices=(row_price, column_price))
    return {row: column for column, row in enumerate(owner[:columns]) if row >= 0 and worth[row][column] > 0}


def _give(
    row: int, costs: Sequence[Sequence[float]], owner: list[int], *, prices: tuple[list[float], list[float]]
) -> None:
    """Give a row its column along the cheapest chain of exchanges."""
    row_price, column_price = prices
    width = len(owner)
    cheapest, came_from, seen = [INFINITE] * width, [-1] * width, [False] * width
    current, column = row, -1
    while True:
        for other in range(width):
            if seen[other]:
                continue
            cost = costs[current][other] - row_price[current] - column_price[other]
            if cost < cheapest[other]:
                cheapest[other], came_from[other] = cost, column
        following = min((other for other in range(width) if not seen[other]), key=lambda other: cheapest[other])
        step = cheapest[following]
        row_price[row] += step
        for other in range(width):
            if seen[other]:
                row_price[owner[other]] += step
                column_price[other] -= step
            else:
                cheapest[other] -= step
        column, seen[following] = following, True
        if owner[column] < 0:
            break
        current = owner[column]
    while column >= 0:
        before = came_from[column]
        owner[column] = owner[before] if before >= 0 else row
        column = before
