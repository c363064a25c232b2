"""Squads' rules, and a ranking without labels. Rule of the room: imports domain and features only.

A rule is data (`rules.toml`, or a user's own file of the same form), never code. What a rule finds is an indication,
not a proof.
"""
