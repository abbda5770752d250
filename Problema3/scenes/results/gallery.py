"""A web page of the pictures that a network classified: one file, which needs no other."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from html import escape
from pathlib import Path

from scenes import files
from scenes.classes import Classes
from scenes.data import inventory, pictures
from scenes.data.images import ImageError, shown
from scenes.formatting import number, percent
from scenes.results.answers import Answer

NAME = "index.html"
MOST = 1000  # pictures on the page: 8 MB, which a phone still opens

STYLE = """
:root { color-scheme: light dark; --ground: #fff; --ink: #1c1c1c; --soft: #595959;
  --card: #f3f3f1; --line: #d6d6d2; --accent: #0b5cad }
@media (prefers-color-scheme: dark) { :root { --ground: #161616; --ink: #ececec;
  --soft: #b0b0b0; --card: #242424; --line: #3c3c3c; --accent: #8ec5ff } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1rem; max-width: 75rem; background: var(--ground);
  color: var(--ink); font: 1rem/1.45 system-ui, sans-serif }
h1 { font-size: 1.5rem; margin: .25rem 0 }
h2 { font-size: 1.2rem; margin: 1.75rem 0 .6rem; padding-bottom: .25rem;
  border-bottom: 1px solid var(--line) }
p { margin: .4rem 0; max-width: 48rem }
a { color: var(--accent) }
nav ul, .pictures { list-style: none; margin: 0; padding: 0 }
nav ul { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; margin: .8rem 0 }
nav a { display: inline-block; padding: .3rem 0 }
.pictures { display: grid; gap: .7rem; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)) }
figure { margin: 0; height: 100%; padding: .5rem; background: var(--card); border-radius: .4rem }
.doubtful { outline: 2px dashed var(--soft); outline-offset: -2px }
img { display: block; width: 100%; height: auto; aspect-ratio: 4 / 3; object-fit: contain }
figcaption { margin-top: .4rem; font-size: .875rem; overflow-wrap: anywhere }
figcaption b { font-size: 1rem }
figcaption span { display: block; color: var(--soft) }
"""


def write(folder: Path, page: str) -> Path:
    """Write a page into a folder, which is made if missing; the file's path.

    Raises:
        OSError: it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / NAME
    with files.replacing(target) as temporary:
        temporary.write_text(page, encoding="utf-8", errors="replace", newline="\n")
    return target


def render(
    answers: Sequence[Answer],
    skipped: Sequence[str],
    classes: Classes,
    model: str,
    progress: Callable[[int, int], None] | None = None,
) -> str:
    """The page: a section a class, the least sure answers first in each, those in doubt last.

    Args:
        answers: at least one; of more than ``MOST``, those in doubt and the least sure are shown.
        skipped: one Spanish line for each file left out.
        classes: in the order of the sections.
        model: name of the network for people.
        progress: called with thumbnails done and total.
    """
    chosen = sorted(answers, key=lambda each: (not each.doubtful, each.confidence))[:MOST]
    chosen.sort(key=lambda each: each.doubtful)
    with ThreadPoolExecutor(inventory.WORKERS) as pool:
        cards: list[list[str]] = [[] for _ in classes]
        small = pool.map(_thumbnail, chosen)
        for done, (each, content) in enumerate(zip(chosen, small, strict=True), start=1):
            cards[each.label].append(_card(each, content, classes))
            if progress and (done % 10 == 0 or done == len(chosen)):
                progress(done, len(chosen))
    sections = [
        (at, label, counted)
        for at, label in enumerate(classes.labels)
        if (counted := sum(each.label == at for each in answers))
    ]
    links = "".join(
        f'<li><a href="#clase-{at}">{escape(label)}</a> {number(counted, 0)}</li>'
        for at, label, counted in sections
    )
    body = "".join(
        f'<section aria-labelledby="clase-{at}"><h2 id="clase-{at}">{escape(label)} '
        f"({number(counted, 0)})</h2>"
        f'<ul class="pictures">{"".join(cards[at])}</ul></section>'
        for at, label, counted in sections
    )
    introduction = _introduction(answers, model)
    return document(
        "Imágenes clasificadas", introduction, "Clases", links, body + _left_out(skipped)
    )


def _introduction(answers: Sequence[Answer], model: str) -> str:
    count = len(answers)
    images = "1 imagen" if count == 1 else f"{number(count, 0)} imágenes"
    shown_ones = (
        f" Se muestran las {number(MOST, 0)} más dudosas; el CSV de --out las tiene todas."
        if count > MOST
        else ""
    )
    order = "las más dudosas: aquellas cuya clase tiene menor probabilidad."
    doubt = ""
    if answers[0].ruled:
        counted = sum(each.doubtful for each in answers)
        order = "aquellas cuya clase tiene menor probabilidad y al final, marcadas, las dudosas."
        doubt = f" Dudosas, que quizá no son de ninguna: {number(counted, 0)}."
    return (
        f"<p>{images}. Red: {escape(shown(model))}. En cada clase van primero {order}{shown_ones}"
        "</p><p>La red siempre responde con una de sus clases, aunque la imagen no sea de "
        f"ninguna.{doubt}</p>"
    )


def _left_out(skipped: Sequence[str]) -> str:
    if not skipped:
        return ""
    items = "".join(f"<li>{escape(line)}</li>" for line in skipped[:MOST])
    return (
        f'<section aria-labelledby="omitidas"><h2 id="omitidas">Omitidas '
        f"({number(len(skipped), 0)})</h2><ul>{items}</ul></section>"
    )


def document(
    title: str, introduction: str, contents: str, links: str, body: str, style: str = STYLE
) -> str:
    """A whole page, from its parts in HTML.

    Args:
        title: in plain text, as ``contents``, which is the name of the links.
        introduction, body: under the title and under the links.
        links: items of a list.
        style: of everything.
    """
    return (
        '<!DOCTYPE html>\n<html lang="es">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # whatever a file name holds, nothing is run or fetched
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "img-src data:; style-src 'unsafe-inline'\">\n"
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"<header><h1>{escape(title)}</h1>{introduction}</header>\n"
        f'<nav aria-label="{escape(contents)}"><ul>{links}</ul></nav>\n'
        f"<main>{body}</main>\n</body>\n</html>\n"
    )


def embedded(small: tuple[bytes, int, int], text: str) -> str:
    """A thumbnail inside the page.

    Args:
        small: the JPEG, its width and its height.
        text: that stands for it, in HTML.
    """
    content, width, height = small
    source = base64.b64encode(content).decode("ascii")
    return (
        f'<img src="data:image/jpeg;base64,{source}" alt="{text}" '
        f'width="{width}" height="{height}" loading="lazy">'
    )


def _thumbnail(answer: Answer) -> tuple[bytes, int, int] | None:
    try:
        return pictures.thumbnail(answer.picture)
    except ImageError:
        return None  # changed or gone since it was classified


def _card(answer: Answer, small: tuple[bytes, int, int] | None, classes: Classes) -> str:
    name = escape(shown(answer.picture.name))
    label = escape(classes.labels[answer.label])
    share = _percent(answer.confidence)
    image = "<p>Sin miniatura: el archivo cambió.</p>"
    if small:
        image = embedded(small, f"{name}: {label}, {share}")
    after = escape(classes.labels[answer.second])
    figure, mark = "<figure>", ""
    if answer.doubtful:
        figure, mark = '<figure class="doubtful">', " <strong>Dudosa</strong>"
    return (
        f"<li>{figure}{image}<figcaption><b>{share}</b> {label}{mark}<span>después, {after} "
        f"{_percent(answer.probabilities[answer.second])}</span><span>{name}</span></figcaption>"
        "</figure></li>"
    )


def _percent(share: float) -> str:
    """A share whose sign stays on the number's line."""
    return percent(share).replace(" ", "\N{NO-BREAK SPACE}")
