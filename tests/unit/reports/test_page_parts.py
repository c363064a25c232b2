"""Parts of a page: nothing of a file is read as markup, and pictures lie in the page itself."""

import base64

from matplotlib.figure import Figure

from powertheft.reports.page_parts import big_figure, bullets, definitions, page, paragraphs, picture
from powertheft.reports.page_tables import table

MARKUP = "<i>&"
SHOWN = "&lt;i&gt;&amp;"


def test_words_are_shown_as_they_are() -> None:
    for part in (
        table([MARKUP], [[MARKUP]]), definitions([(MARKUP, MARKUP)]), bullets([MARKUP]), paragraphs([MARKUP]),
        big_figure(MARKUP, MARKUP), page(MARKUP, [], MARKUP),
    ):  # fmt: skip
        assert SHOWN in part
        assert MARKUP not in part


def test_a_picture_is_a_png_inside_the_page_and_the_same_each_time() -> None:
    figure = Figure(figsize=(1, 1))
    figure.subplots().plot([0, 1])
    one = picture(figure, MARKUP)
    assert f'alt="{SHOWN}"' in one
    content = base64.b64decode(one.split("base64,")[1].rstrip('">'))
    assert content.startswith(b"\x89PNG")
    assert picture(figure, MARKUP) == one
