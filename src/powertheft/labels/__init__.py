"""From outcomes to labels. Rule of the room: not inspected is unknown, never honest.

A label has an as-of date, the day before the visit; nothing later may be read with it.
"""
