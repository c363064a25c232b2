"""Mappings from a source's words to ours. Rule of the room: a utility is described in data, never in code.

A profile is a TOML file; what is read here is any file's rows through any profile, and no utility is known by name.
"""
