"""What moved since a model was made: drift, performance, arrivals. Rule of the room: counts in, frozen records out."""
