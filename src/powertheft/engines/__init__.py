"""Run the catalogue over a dataset. Rule of the room: engines run definitions, they never define."""
