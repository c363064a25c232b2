"""Checks, repairs, and the report as data. Rule of the room: no row disappears unsaid.

Rows in are rows used plus rows set aside, for every table; each row set aside has one reason, the first that applies.
"""
