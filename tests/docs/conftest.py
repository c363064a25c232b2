"""The checkout as the tests of the documents see it."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MADE = {".venv", ".git", ".pytest_cache", ".ruff_cache", ".hypothesis", "__pycache__", "powertheft-demo", "dist"}


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def files() -> list[Path]:
    """What is, or would be, under version control; without git, all that no tool made."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        found = [ROOT / name for name in listed.stdout.splitlines()]
    else:
        found = [path for path in ROOT.rglob("*") if not MADE & set(path.relative_to(ROOT).parts)]
    return sorted(path for path in found if path.is_file())


@pytest.fixture(scope="session")
def pages(files: list[Path]) -> dict[str, str]:
    """The Markdown pages by their place in the checkout."""
    return {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in files if path.suffix == ".md"}
