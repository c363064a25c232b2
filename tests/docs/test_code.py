"""The code keeps the sizes and the fences that CONTRIBUTING.md speaks of."""

import ast
import re
from pathlib import Path

import pytest

LONGEST_MODULE = 600
LONGEST_FUNCTION = 60
USUAL_FUNCTION = 30
USUAL_SHARE = 0.9
RUNS_CODE = {"pickle", "cPickle", "joblib", "cloudpickle", "dill", "marshal", "shelve"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@pytest.fixture(scope="module")
def modules(root: Path) -> dict[str, ast.Module]:
    source = root / "src"
    found = {str(path.relative_to(root)): ast.parse(path.read_text("utf-8")) for path in sorted(source.rglob("*.py"))}
    assert len(found) > 50
    return found


def lines_of(function: Function) -> int:
    """Lines from `def` to the end, without the docstring."""
    whole = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        whole -= (first.end_lineno or first.lineno) - first.lineno + 1
    return whole


def functions(modules: dict[str, ast.Module]) -> dict[str, int]:
    return {
        f"{path}:{node.lineno} {node.name}": lines_of(node)
        for path, module in modules.items()
        for node in ast.walk(module)
        if isinstance(node, Function)
    }


def test_every_module_says_what_it_holds(modules: dict[str, ast.Module]) -> None:
    assert not [path for path, module in modules.items() if not ast.get_docstring(module)]


def test_no_module_is_longer_than_600_lines(root: Path, modules: dict[str, ast.Module]) -> None:
    lengths = {path: len((root / path).read_text("utf-8").splitlines()) for path in modules}
    assert {path: length for path, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_no_function_is_longer_than_60_lines_and_nine_of_ten_have_at_most_30(modules: dict[str, ast.Module]) -> None:
    lengths = functions(modules)
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}
    usual = sum(length <= USUAL_FUNCTION for length in lengths.values())
    assert usual / len(lengths) >= USUAL_SHARE


def test_nothing_is_imported_that_runs_code_when_it_reads(modules: dict[str, ast.Module]) -> None:
    imported: list[str] = []
    for path, module in modules.items():
        for node in ast.walk(module):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            imported += [f"{path}: {name}" for name in names if name.partition(".")[0] in RUNS_CODE]
    assert not imported


def test_nothing_is_left_for_later(files: list[Path], root: Path) -> None:
    # Written in two parts, so that this file does not find itself.
    marks = re.compile("TO" + "DO|FIX" + "ME|X" + "XX")
    code = [path for path in files if path.suffix == ".py"]
    assert not [str(path.relative_to(root)) for path in code if marks.search(path.read_text("utf-8"))]


def test_no_package_is_empty(root: Path, modules: dict[str, ast.Module]) -> None:
    folders = {(root / path).parent for path in modules}
    assert not [
        str(folder) for folder in folders if not [path for path in folder.iterdir() if path.suffix == ".py"][1:]
    ]
