"""The kernels compiled before anybody waits for them. Rule of the room: NumPy in, NumPy out.

Numba compiles a kernel when it is first called and keeps it on disk. `python -m powertheft.panel.first_use` calls each
once while powertheft is set up, so that the first training does not take a quarter of a minute longer than the next.
"""

import numpy as np

from powertheft.panel.change_points import level_shifts
from powertheft.panel.groups import MINIMUM_GROUP, peer_medians
from powertheft.panel.intervals import DAY_MINUTES, IntervalReadings, daily_energy, interval_panel
from powertheft.panel.kernels import best_daily, longest_low_run, same_season_least, step_ratio
from powertheft.panel.monthly import PERIODS, MeterReadings, monthly_energy
from powertheft.panel.monthly_intervals import monthly_of_intervals
from powertheft.panel.monthly_use import monthly_use
from powertheft.panel.registers import MeterBills, follow_registers


def compile_kernels() -> None:
    """Call every kernel of the room on one bill each of as many consumers as a group needs."""
    row = np.arange(MINIMUM_GROUP)
    bill, energy, month = np.full(row.size, 59), np.full(row.size, 118.0), np.full(row.size, 2)
    nothing = np.zeros(row.size)
    followed = follow_registers(MeterBills(row, bill, energy, energy, row, nothing, energy))
    panel = monthly_use(followed, month, periods=PERIODS)
    monthly_energy(MeterReadings(row, bill, energy, energy), month, periods=PERIODS)
    peer_medians(panel, [np.zeros(row.size, dtype=np.int64)])
    days = IntervalReadings(row, bill * DAY_MINUTES, energy, DAY_MINUTES)
    level_shifts(daily_energy(interval_panel(days, bill, days=1).energy))
    monthly_of_intervals(days, bill, periods=PERIODS)
    for kernel in (best_daily, longest_low_run, same_season_least, step_ratio):
        kernel(panel)


if __name__ == "__main__":
    compile_kernels()
