"""What the job does that mirrors trainings: apart from those of models, since it needs none of their libraries.

Rule of the room: imports domain and actions; killing a worker loses nothing and doubles nothing.
"""

from powertheft.actions.house import House
from powertheft.actions.mirror_models import mirror_models
from powertheft.actions.ports import Json
from powertheft.actions.progress import Progress


def mirror(house: House, _arguments: Json, progress: Progress) -> Json:
    """Bring the experiment tracker to what the register of models says."""
    return mirror_models(house, progress=progress).to_json()
