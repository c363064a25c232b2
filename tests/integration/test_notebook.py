"""The notebook and the lines on the library's page run from top to bottom; the notebook is kept without outputs."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

DOCS = Path(__file__).parents[2] / "docs"
PLACE = DOCS / "notebooks" / "first-look.ipynb"


@pytest.fixture(scope="module")
def kept() -> NotebookNode:
    return nbformat.read(PLACE, as_version=4)


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NotebookNode]:
    folder = tmp_path_factory.mktemp("notebook")
    notebook = nbformat.read(PLACE, as_version=4)
    for cell in notebook.cells:
        # Fewer connections than a reader gets: what is shown is asked, not how good it is.
        cell.source = cell.source.replace("consumers=10_000", "consumers=6_000")
    with pytest.MonkeyPatch.context() as patch:
        # What the notebook puts into a temporary folder goes away with this test's.
        patch.setenv("TMPDIR", str(folder))
        NotebookClient(notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
        yield notebook


def test_the_lines_on_the_librarys_page_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (DOCS / "library.md").read_text("utf-8")
    (lines,) = re.findall(r"^```python\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(lines, {})
    figure, _, listed = capsys.readouterr().out.partition("\n")
    assert 0 <= ast.literal_eval(figure)["value"] <= 1
    assert listed.startswith("shape: (10, ")
    assert (tmp_path / "model" / "manifest.json").exists()


def outputs(notebook: NotebookNode) -> str:
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return "\n".join(str(output) for cell in cells for output in cell.outputs)


def test_it_is_kept_without_outputs(kept: NotebookNode) -> None:
    cells = [cell for cell in kept.cells if cell.cell_type == "code"]
    assert [cell for cell in cells if cell.outputs or cell.execution_count is not None] == []


def test_every_cell_of_code_is_told(kept: NotebookNode) -> None:
    kinds = [cell.cell_type for cell in kept.cells]
    assert kinds[0] == kinds[-1] == "markdown"
    assert kinds.count("markdown") >= 8


def test_the_way_to_the_list_has_about_ten_lines(kept: NotebookNode) -> None:
    first = next(cell for cell in kept.cells if cell.cell_type == "code")
    assert len([line for line in first.source.splitlines() if line.strip()]) <= 10


def test_it_runs_and_shows_a_list_with_reasons_from_all_kinds_of_frames(executed: NotebookNode) -> None:
    shown = outputs(executed)
    assert "reason_1" in shown
    assert "precision_at_capacity" in shown
    assert "polars" in shown
    assert "pyarrow" in shown
    assert "Traceback" not in shown


def test_the_list_has_the_columns_that_the_page_on_commands_names(executed: NotebookNode) -> None:
    page = (DOCS / "commands.md").read_text("utf-8")
    rows = re.findall(r"^\| (`.+?`) \|", page.split("### The list")[1].split("\n### ")[0], flags=re.MULTILINE)
    described = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    (cell,) = [cell for cell in executed.cells if cell.source == "list(ranked.columns)"]
    assert ast.literal_eval(cell.outputs[0]["data"]["text/plain"]) == described
