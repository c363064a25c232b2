"""What the jobs of alerts do.

Rule of the room: imports domain and actions; killing a worker loses nothing and doubles nothing.
"""

from powertheft.actions.house import House
from powertheft.actions.ports import Json
from powertheft.actions.progress import Progress
from powertheft.actions.send_alerts import send_alerts, send_test


def send(house: House, arguments: Json, progress: Progress) -> Json:
    """Tell people outside of what is due, or send the test message that somebody asked for."""
    return send_test(house) if arguments.get("test") else send_alerts(house, progress)
