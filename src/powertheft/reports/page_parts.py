"""Parts of printed pages: tables, figures, pictures, the page around them. Rule of the room: show what it is given."""

import base64
import io
from collections.abc import Iterable
from html import escape

from matplotlib.figure import Figure

from powertheft.reports.quality_style import STYLE

MORE_STYLE = """
.verdict.leak { border-left: 5px solid #b42318; padding-left: 12px }
.verdict.look { border-left: 5px solid #c77700; padding-left: 12px }
.verdict.ok { border-left: 5px solid #0b7285; padding-left: 12px }
img { display: block; max-width: 100%; height: auto; margin: 8px 0 4px; break-inside: avoid }
dl { display: grid; grid-template-columns: 190px 1fr; gap: 4px 16px; margin: 8px 0 }
dt { font-weight: 600; color: #52606d } dd { margin: 0; overflow-wrap: anywhere }
li { max-width: 76ch; margin: 0 0 4px }
th.number { white-space: normal } td { padding-top: 4px; padding-bottom: 4px }
.matrix { width: auto } .matrix td, .matrix th { padding-right: 26px }
"""
DOTS_AN_INCH = 130


def page(title: str, parts: Iterable[str], footer: str) -> str:
    """Return a whole page: one file, no script, nothing from outside."""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}{MORE_STYLE}</style></head>\n"
        f"<body>{''.join(parts)}<footer>{escape(footer)}</footer></body></html>\n"
    )


def definitions(pairs: Iterable[tuple[str, str]]) -> str:
    """Return words and what they stand for."""
    return f"<dl>{''.join(f'<dt>{escape(word)}</dt><dd>{escape(said)}</dd>' for word, said in pairs)}</dl>"


def paragraphs(texts: Iterable[str], *, kind: str = "") -> str:
    """Return each text as a paragraph."""
    named = f' class="{kind}"' if kind else ""
    return "".join(f"<p{named}>{escape(text)}</p>" for text in texts)


def bullets(texts: Iterable[str]) -> str:
    """Return a list of texts."""
    return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ul>"


def big_figure(number: str, words: str, kind: str = "") -> str:
    """Return a number that is read first, and what it is."""
    return f'<div class="figure {kind}"><b>{escape(number)}</b><small>{escape(words)}</small></div>'


def picture(figure: Figure, words: str) -> str:
    """Return a drawing as part of the page itself; the words are for those who do not see it."""
    held = io.BytesIO()
    figure.savefig(held, format="png", dpi=DOTS_AN_INCH, metadata={"Software": None})
    content = base64.b64encode(held.getvalue()).decode()
    return f'<img alt="{escape(words)}" src="data:image/png;base64,{content}">'
