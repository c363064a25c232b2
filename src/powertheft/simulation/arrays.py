"""Names of the array types that the modules of this room hand to each other.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

# Always 64 bits; the stubs infer other widths for arithmetic that keeps them.
Floats = npt.NDArray[np.floating[Any]]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
