"""Watch what has moved, as a job. Rule of the room: imports domain and actions; what is read is kept part by part."""

from powertheft.actions.house import House
from powertheft.actions.ports import Json
from powertheft.actions.progress import Progress
from powertheft.actions.watch_house import watch_house


def watch(house: House, _arguments: Json, progress: Progress) -> Json:
    """Look at everything that is watched."""
    readings = watch_house(house, progress=progress)
    return {"watched": len(readings), "moved": sum(one.state == "moved" for one in readings)}
