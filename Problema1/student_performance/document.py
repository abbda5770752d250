"""A document as one HTML file that needs nothing else: no network, no script.

Every function escapes the texts it is given, which may come from a file of anybody.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from html import escape

import pandas as pd

from student_performance.charts.style import Chart

WIDTH = 600  # pixels of a chart
MAX_SVG = 150_000  # characters; a chart of more, one of many points, is smaller as a picture
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1b1f24; background: #fff;
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
h1, h2, h3 { line-height: 1.25; break-after: avoid; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #d0d7de; padding-bottom: .3rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; margin: 1rem 0; overflow-wrap: normal; }
caption { text-align: left; color: #57606a; padding-bottom: .3rem; }
th, td { border-bottom: 1px solid #d0d7de; padding: .3rem .9rem .3rem 0; text-align: left;
  vertical-align: top; }
tr, figure { break-inside: avoid; }
figure { margin: 1.5rem 0; }
figcaption, footer { color: #57606a; font-size: .9rem; }
img { max-width: 100%; height: auto; }
pre { background: #f6f8fa; padding: 1rem; font-size: .8rem; white-space: pre-wrap; }
@media print { body { margin: 0; max-width: none; font-size: 11pt; } h2 { margin-top: 1.5rem; } }
"""


def heading(text: str, level: int = 2) -> str:
    return f"<h{level}>{escape(text)}</h{level}>"


def paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def bullets(texts: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<ul>{items}</ul>" if items else ""


def table(frame: pd.DataFrame, caption: str) -> str:
    """A table of texts; its first column names the rows."""
    head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in frame.columns)
    body = "".join(
        f'<tr><th scope="row">{escape(str(first))}</th>'
        + "".join(f"<td>{escape(str(cell))}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in frame.itertuples(index=False)
    )
    return (
        f'<div class="scroll"><table><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def figure(chart: Chart, caption: str) -> str:
    """A chart as a picture, its description as the alternative text."""
    chart = chart.properties(width=WIDTH)
    vector = io.StringIO()
    chart.save(vector, format="svg")
    kind, content = "svg+xml", vector.getvalue().encode()
    if len(content) > MAX_SVG:
        picture = io.BytesIO()
        chart.save(picture, format="png", ppi=120)
        kind, content = "png", picture.getvalue()
    source = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
    return (
        f'<figure><img alt="{escape(str(chart.description))}" width="{WIDTH + 80}" '
        f'src="{source}"><figcaption>{escape(caption)}</figcaption></figure>'
    )


def code(text: str) -> str:
    return f"<pre><code>{escape(text)}</code></pre>"


def page(title: str, parts: Iterable[str]) -> str:
    """The whole document.

    Args:
        title: its heading and its name in the browser.
        parts: what the other functions returned.
    """
    return (
        f'<!doctype html>\n<html lang="es"><head><meta charset="utf-8"><title>{escape(title)}'
        '</title><meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        f"style-src 'unsafe-inline'\"><style>{STYLE}</style></head><body><main>"
        + heading(title, 1)
        + "\n".join(parts)
        + "</main></body></html>\n"
    )
