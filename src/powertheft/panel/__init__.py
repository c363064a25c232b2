"""Irregular bills become a regular consumers x months matrix. Rule of the room: NumPy in, NumPy out."""
