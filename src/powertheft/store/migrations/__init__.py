"""The steps from an empty database to today's, run when one is opened.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""
