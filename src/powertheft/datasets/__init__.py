"""Immutable dataset versions. Rule of the room: a version never changes, and is there whole or not at all."""
