"""What each kind of job on files and datasets does: its arguments into the use case, what came of it into plain data.

Rule of the room: imports domain and actions; killing a worker loses nothing and doubles nothing.
"""

from pathlib import Path

from powertheft.actions.collect_data import collect_once
from powertheft.actions.download_dataset import make_download
from powertheft.actions.download_list import ListAsked, make_list_download
from powertheft.actions.house import House
from powertheft.actions.import_dataset import import_dataset
from powertheft.actions.intake_checks import check_intake
from powertheft.actions.intake_plans import propose_intake
from powertheft.actions.intakes import release
from powertheft.actions.ports import Json
from powertheft.actions.progress import Progress
from powertheft.actions.simulate_data import simulate_dataset
from powertheft.actions.work_jobs import import_choices_from_json, with_exploration


def import_files(house: House, arguments: Json, progress: Progress) -> Json:
    """Import files as the next version of a dataset."""
    done = import_dataset(
        with_exploration(house),
        [Path(file) for file in arguments["files"]],
        name=arguments["name"],
        choices=import_choices_from_json(arguments["choices"]),
        progress=progress,
    )
    release(house, [Path(file) for file in arguments["files"]])
    return {"dataset": f"{done.version.dataset}@{done.version.number}", "is_new": done.is_new}


def propose(house: House, arguments: Json, progress: Progress) -> Json:
    """Find out what uploaded files are."""
    return {"intake": arguments["intake"], "tables": propose_intake(house, arguments["intake"], progress)}


def check(house: House, arguments: Json, progress: Progress) -> Json:
    """Check every row of uploaded files."""
    report = check_intake(house, arguments["intake"], progress)
    return {"intake": arguments["intake"], "findings": len(report.findings)}


def export(house: House, arguments: Json, progress: Progress) -> Json:
    """Pack a version of a dataset."""
    reference, file_format = arguments["dataset"], arguments["file_format"]
    return {"download": make_download(house, reference, file_format=file_format, progress=progress)}


def export_rows(house: House, arguments: Json, progress: Progress) -> Json:
    """Write the rows of a list as an Excel workbook."""
    return {"download": make_list_download(house, ListAsked.from_json(arguments), progress=progress)}


def collect(house: House, _arguments: Json, progress: Progress) -> Json:
    """Collect what is new at the utility's places; what has been collected is set down with each version."""
    done = collect_once(house, progress=progress)
    return {
        "collected": [
            {
                "from": one.collection.source,
                "dataset": f"{one.version.dataset}@{one.version.number}" if one.version else None,
                "unread": list(one.unread),
            }
            for one in done
        ]
    }


def simulate(house: House, arguments: Json, progress: Progress) -> Json:
    """Make up a utility and import it; the same seed again makes no second version."""
    done = simulate_dataset(with_exploration(house), progress=progress, **arguments)
    return {"dataset": f"{done.version.dataset}@{done.version.number}", "is_new": done.is_new}
