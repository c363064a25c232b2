"""The use cases, one module each, verbs first. Rule of the room: put the rooms together, compute nothing themselves."""
