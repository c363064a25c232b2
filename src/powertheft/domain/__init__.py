"""The vocabulary of the field as plain data and pure functions. Rule of the room: the standard library only."""
