"""The commands. Rule of the room: options in, words out; the actions do the work, imported when a command runs."""
