"""One module a step; a step that was released is never changed.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""
