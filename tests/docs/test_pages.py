"""The pages hang together: links, the glossary, decisions, the files to touch."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import unquote

import pytest

from powertheft.domain.outcomes import OUTCOMES
from powertheft.domain.tables import TABLES
from powertheft.evaluation.measures import MEASURES
from powertheft.features.attributes import FAMILY
from powertheft.features.catalogue import FAMILIES
from powertheft.features.definition import FLAGS

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)|<img[^>]+src=\"([^\"]+)\"")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
TICKED = re.compile(r"`([^`\n]+)`")


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(text: str) -> list[str]:
    found = [next(filter(None, groups)) for groups in LINK.findall(CODE.sub("", text))]
    return [link for link in found if "://" not in link and not link.startswith("mailto:")]


def test_every_link_inside_the_checkout_leads_somewhere(root: Path, pages: dict[str, str]) -> None:
    broken: list[str] = []
    for page, text in pages.items():
        for link in links(text):
            place, _, anchor = unquote(link).partition("#")
            target = (root / page).parent / place if place else root / page
            if not target.exists() or (anchor and anchor not in anchors(target.read_text("utf-8"))):
                broken.append(f"{page}: {link}")
    assert not broken


def test_every_page_of_the_documents_is_in_the_table_of_contents(root: Path, pages: dict[str, str]) -> None:
    docs = root / "docs"
    linked = {(docs / link.partition("#")[0]).resolve() for link in links(pages["docs/index.md"])}
    unlisted = [page for page in pages if page.startswith("docs/") and (root / page) not in linked]
    assert unlisted == ["docs/index.md"]


def glossary(pages: dict[str, str]) -> list[str]:
    return [line for line in pages["docs/glossary.md"].splitlines() if line.startswith("- ")]


def test_the_glossary_is_one_line_a_word_in_the_order_of_the_alphabet(pages: dict[str, str]) -> None:
    lines = glossary(pages)
    words = [re.match(r"- \*\*(.+?)\*\*( \(.+?\))?: \S", line) for line in lines]
    assert all(words), [line for line, word in zip(lines, words, strict=True) if not word]
    heads = [word[1].casefold() for word in words if word]
    assert heads == sorted(set(heads))
    # Heading, introduction and the words, nothing that a line was broken into.
    assert len([line for line in pages["docs/glossary.md"].splitlines() if line]) == len(lines) + 2


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(list(TABLES), id="canonical tables"),
        pytest.param(sorted({column.name for table in TABLES.values() for column in table.columns}), id="columns"),
        pytest.param([*FAMILIES, FAMILY], id="feature families"),
        pytest.param(list(FLAGS), id="flags"),
        pytest.param(sorted(OUTCOMES), id="outcomes"),
        pytest.param(list(MEASURES), id="measures"),
    ],
)
def test_the_glossary_knows_the_names_of_the_code(names: list[str], pages: dict[str, str]) -> None:
    known = {word for line in glossary(pages) for word in TICKED.findall(line)}
    assert not set(names) - known


def test_decisions_are_numbered_without_gaps_and_have_their_four_parts(pages: dict[str, str]) -> None:
    decisions = sorted(page for page in pages if page.startswith("docs/adr/"))
    for number, page in enumerate(decisions, start=1):
        text = pages[page]
        assert re.fullmatch(rf"docs/adr/{number:04d}-[a-z-]+\.md", page)
        assert text.startswith(f"# {number:04d} ")
        parts = re.findall(r"^\*\*(Status|Context|Decision|Consequences)\.?\*\*", text, flags=re.MULTILINE)
        assert parts == ["Status", "Context", "Decision", "Consequences"], page
        assert len(text.splitlines()) <= 66, f"{page} is longer than a page"


def test_the_page_on_dependencies_names_every_one(root: Path, pages: dict[str, str]) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    groups = [project["project"]["dependencies"], *project["dependency-groups"].values()]
    names = {re.split(r"[<>=~!\[; ]", line)[0] for group in groups for line in group}
    page = pages["docs/adr/0006-dependencies.md"]
    assert not {name for name in names if not re.search(rf"\b{re.escape(name)}\b", page)}


def test_every_environment_variable_is_explained(files: list[Path], pages: dict[str, str]) -> None:
    code = [path for path in files if path.suffix == ".py" or path.name in {"Makefile", "run"}]
    used = {name for path in code for name in re.findall(r"\bPOWERTHEFT_[A-Z]+\b", path.read_text("utf-8"))}
    explained = {name for text in pages.values() for name in re.findall(r"\bPOWERTHEFT_[A-Z]+\b", text)}
    assert used <= explained
    assert "POWERTHEFT_REQUIRE" in used


def test_every_target_of_make_is_documented(root: Path) -> None:
    makefile = (root / "Makefile").read_text("utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", makefile, flags=re.MULTILINE)
    assert phony
    undocumented = [name for name in phony[1].split() if not re.search(rf"^{name}:.*## \S", makefile, re.MULTILINE)]
    assert not undocumented


def test_what_the_pages_print_from_the_code_is_current(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=root, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def contributions(pages: dict[str, str]) -> str:
    return pages["CONTRIBUTING.md"].split("## Files to touch")[1]


def test_every_place_that_a_contributor_is_sent_to_exists(root: Path, pages: dict[str, str]) -> None:
    places = [word for word in TICKED.findall(pages["CONTRIBUTING.md"]) if "/" in word and " " not in word]
    there = [place if "<" not in place else place.rpartition("/")[0] for place in places if not place.startswith("..")]
    assert len(there) > 50
    assert not [place for place in there if not (root / place).exists()]


def test_every_registry_that_a_contributor_is_sent_to_is_in_its_file(root: Path, pages: dict[str, str]) -> None:
    missing: list[str] = []
    for line in contributions(pages).splitlines():
        words = TICKED.findall(line)
        registries = [word for word in words if re.fullmatch(r"_?[A-Z]+(_[A-Z]+)*", word)]
        text = (root / words[0]).read_text("utf-8") if registries else ""
        missing += [f"{words[0]}: {name}" for name in registries if not re.search(rf"^{name}\b.*=", text, re.MULTILINE)]
    assert not missing


def test_every_kind_of_addition_has_its_list_of_files(pages: dict[str, str]) -> None:
    headings = re.findall(r"^### (?:A|An) (.+)$", contributions(pages), flags=re.MULTILINE)
    assert {heading.partition(" (")[0] for heading in headings} >= {
        "reader",
        "built-in profile",
        "quality rule",
        "feature family",
        "feature",
        "model",
        "command",
        "setting of training",
        "canonical column",
    }
    assert all("\n- `" in part for part in contributions(pages).split("\n### ")[1:])


def test_the_changelog_has_the_version_that_is_built(root: Path, pages: dict[str, str]) -> None:
    version = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert re.search(rf"^#+ .*\b{re.escape(version)}\b", pages["CHANGELOG.md"], flags=re.MULTILINE)
