"""What is remembered between commands: datasets and their versions, the audit trail, high-water marks.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""
