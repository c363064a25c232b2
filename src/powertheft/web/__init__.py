"""The pages. Rule of the room: one URL, one view, one template; knows the use cases, never the store."""
