"""The REST API under /api/v1: the same use cases as the pages, for programs. Rule of the room: use cases only."""
