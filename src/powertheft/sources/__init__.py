"""Readers, one module a format. Rule of the room: each returns `(frame, metadata)` and renames nothing.

What a column means is a profile's business; here a file either is what its ending claims, or a person is told why not.
"""
