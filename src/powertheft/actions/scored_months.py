"""Use by month of the connections of a list, for the rows beside it. Rule of the room: compute nothing.

Apart from the rest of what a scoring keeps (scored_rows), so that who shows a list need not load what computes it.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

ROWS, RECENT = "rows", "recent.npy"
RECENT_MONTHS = 36


def read_months(folder: Path, ranks: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return use in the last 36 months of some connections [kWh/day], (n_ranks, 36), each up to its own last one."""
    whole = np.load(folder / RECENT, mmap_mode="r", allow_pickle=False)
    return np.asarray(whole[np.asarray(ranks, dtype=np.int64) - 1])
