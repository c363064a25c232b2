"""One module an estimator, their fitted preprocessing, calibration, and the bundle on disk.

Rule of the room: the scikit-learn contract (no logic in `__init__`, fitted attributes end in `_`); domain and
evaluation only.
"""

import os

# Must be set before a booster's library loads: threads that wait for one another by spinning make training five times
# as slow as soon as another program wants a processor; threads that sleep cost next to nothing.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
