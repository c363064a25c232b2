"""How good a list is: splits, measures, intervals, cut-offs. Rule of the room: arrays in, frozen records out."""
