"""A utility that does not exist, and the thefts in it. Rule of the room: domain only, NumPy and Polars besides."""

from powertheft.simulation.summary import SimulationSummary
from powertheft.simulation.utility import simulate_frames, simulate_utility

__all__ = ["SimulationSummary", "simulate_frames", "simulate_utility"]
