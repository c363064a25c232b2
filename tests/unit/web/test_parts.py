"""The parts that pages are put together from, rendered by themselves; the words of the glossary; search."""

import json
import re
from pathlib import Path

import pytest

from powertheft.web.glossary import find_words, words
from powertheft.web.static_files import FOLDER

TEMPLATES = Path(FOLDER).parent / "templates"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def render(application):
    def render(source: str, address: str = "/list?sort=name&order=up&page=2", **values: object) -> str:
        with application.test_request_context(address):
            return application.jinja_env.from_string(source).render(**values)

    return render


def test_a_table_says_how_it_is_sorted_and_a_heading_sorts_the_other_way(render):
    source = """{% from "parts/tables.html" import table %}
    {% call(row) table(columns, rows, "People", sort="name", target="list") %}<td>{{ row }}</td>{% endcall %}"""
    columns = [{"name": "name", "label": "Name", "sorts": True}, {"name": "kwh", "label": "kWh", "number": True}]
    shown = render(source, columns=columns, rows=["ana", "ben"])
    assert 'aria-sort="ascending"' in shown
    assert 'hx-get="/list?sort=name&amp;order=down"' in shown
    assert 'hx-target="#list"' in shown
    assert shown.count("<tr>") == 3
    assert '<th scope="col" class="number">kWh</th>' in shown


def test_a_pager_says_where_one_is(render):
    shown = render("""{% from "parts/tables.html" import pager %}{{ pager(2, 50, 123456) }}""")
    assert "51 to 100 of 1,23,456" in shown
    assert 'rel="prev" href="/list?sort=name&amp;order=up&amp;page=1"' in shown
    assert 'rel="next" href="/list?sort=name&amp;order=up&amp;page=3"' in shown
    assert "rel=" not in render("""{% from "parts/tables.html" import pager %}{{ pager(1, 50, 50) }}""")


def test_a_word_of_risk_has_a_shape_too(render):
    shown = render(
        """{% from "parts/feedback.html" import tag %}{{ tag("overdue", "warn") }}{{ tag("lost", "bad") }}"""
    )
    assert "#triangle-alert" in shown
    assert "#circle-alert" in shown


def test_progress_says_what_how_far_and_how_long(render):
    shown = render(
        """{% from "parts/feedback.html" import progress %}{{ progress("Training", 0.42, "fold 3 of 5", 200) }}"""
    )
    assert 'value="0.42"' in shown
    assert "fold 3 of 5" in shown
    assert "42 %, about 3 min left" in shown
    unknown = render("""{% from "parts/feedback.html" import progress %}{{ progress("Training") }}""")
    assert "value=" not in unknown


def test_what_a_user_wrote_is_never_markup(render):
    source = """{% from "parts/page.html" import page_header %}{{ page_header(title) }}"""
    assert "<script>" not in render(source, title="<script>alert(1)</script>")


def test_a_figure_that_nobody_knows_yet_is_a_dash(render):
    source = (
        """{% from "parts/figures.html" import key_figures %}{{ key_figures([{"label": "Found", "value": none}]) }}"""
    )
    assert 'class="value none">–<' in render(source)


def test_every_icon_of_a_page_is_among_those_that_are_fetched():
    known = set(json.loads((ROOT / "package.json").read_text("utf-8"))["powertheft"]["icons"])
    used = set()
    for template in TEMPLATES.rglob("*.html"):
        text = template.read_text("utf-8")
        used |= set(re.findall(r'icon\("([\w-]+)"', text)) | set(re.findall(r'mark="([\w-]+)"', text))
    for module in TEMPLATES.parent.glob("frame.py"):
        used |= set(re.findall(r'lazy_gettext\("[^"]+"\), "([\w-]+)"', module.read_text("utf-8")))
    assert len(used) > 20
    assert used <= known


def test_no_template_has_a_script_or_a_style_of_its_own():
    inline = re.compile(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\bsrc=)|javascript:")
    assert not [str(path) for path in TEMPLATES.rglob("*.html") if inline.search(path.read_text("utf-8"))]


def test_every_word_of_the_glossary_is_read():
    lines = [
        line for line in (ROOT / "docs" / "glossary.md").read_text("utf-8").splitlines() if line.startswith("- **")
    ]
    assert len(words()) == len(lines) > 100
    assert len({word.anchor for word in words()}) == len(words())


def test_a_word_that_begins_with_what_is_looked_for_comes_first():
    assert find_words("fold")[0].word == "Fold"
    assert find_words("no such word at all") == ()


def test_the_search_finds_datasets_pages_and_words(administrator, store):
    shown = administrator.get("/search/?q=feature").text
    assert 'href="/features/"' in shown
    assert 'href="/help/words?q=Feature#feature"' in shown
    assert "Nothing is called" in administrator.get("/search/?q=qqqq").text


def test_a_search_shows_no_page_that_one_may_not_see(sign_up):
    assert 'href="/models/"' not in sign_up("ida", "inspector").get("/search/?q=models").text
