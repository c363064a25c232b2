"""What is under version control brings no address of a package registry, and locks every file by its sum."""

import json
import os
import re
from pathlib import Path

import pytest

# In two parts each, so that this file does not find itself.
REGISTRIES = [
    "files.python" + "hosted.org",
    "pypi.org" + "/simple",
    "test.pypi" + ".org",
    "registry.npm" + "js.org",
    "registry.yarn" + "pkg.com",
    "conda.ana" + "conda.org",
    "proxy.go" + "lang.org",
    "repo.maven." + "apache.org",
]
LOCKS = ["requirements.lock", "requirements-dev.lock"]


def test_no_file_holds_a_download_address_of_a_registry(files: list[Path], root: Path) -> None:
    found = [
        f"{path.relative_to(root)}: {address}"
        for path in files
        for address in REGISTRIES
        if address.encode() in path.read_bytes()
    ]
    assert not found


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address_and_every_package_has_its_sum(name: str, root: Path) -> None:
    text = (root / name).read_text("utf-8")
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)
    packages = re.findall(r"^[A-Za-z0-9].*?(?=^\S|\Z)", text, flags=re.MULTILINE | re.DOTALL)
    assert len(packages) > 30
    assert not [package.splitlines()[0] for package in packages if "--hash=sha256:" not in package]


def test_the_lock_of_the_front_end_files_names_no_address_and_every_package_has_its_sum(root: Path) -> None:
    packages = json.loads((root / "package-lock.json").read_text("utf-8"))["packages"]
    brought = {name: package for name, package in packages.items() if name}
    assert len(brought) >= 6
    assert not [name for name, package in brought.items() if "resolved" in package or "integrity" not in package]


def test_what_the_tools_make_is_not_under_version_control(files: list[Path], root: Path) -> None:
    made = {
        "__pycache__",
        ".venv",
        ".pytest_cache",
        ".ruff_cache",
        ".hypothesis",
        "powertheft-demo",
        "node_modules",
        "vendor",
    }
    assert not [str(path.relative_to(root)) for path in files if made & set(path.relative_to(root).parts)]


def test_the_gate_runs_the_check_and_then_the_tests(root: Path) -> None:
    gate = root / ".ci" / "run"
    assert os.access(gate, os.X_OK)
    commands = [line for line in gate.read_text("utf-8").splitlines() if line and not line.lstrip().startswith("#")]
    assert commands[0] == "set -euo pipefail"
    assert [line for line in commands if line.startswith("make ")] == ["make check", "make test"]
    assert commands[-1] == "make test"
