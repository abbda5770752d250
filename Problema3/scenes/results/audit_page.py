"""A web page of the audit's pictures, for a person to judge: near-duplicates and joint errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path

from scenes.classes import SCENES
from scenes.data import pictures
from scenes.data.images import ImageError
from scenes.formatting import number, percent
from scenes.results import audit, gallery

TITLE = "Auditoría de las etiquetas"
JOINT = "joint"
TITLES = {part: f"Casi repetidas {spanish}" for part, spanish in audit.PARTS.items()}
TITLES[JOINT] = "Errores conjuntos de las redes"
# two pictures side by side, in cards wide enough to judge them
STYLE = (
    gallery.STYLE
    + ".pictures { grid-template-columns: repeat(auto-fill, minmax(min(19rem, 100%), 1fr)) }\n"
    + ".pair { display: flex; gap: .3rem } .pair img { width: 50%; aspect-ratio: 1 }\n"
)


def render(
    result: dict,
    paths: Mapping[str, Path],
    progress: Callable[[int, int], None] | None = None,
) -> str:
    """The page: a section a kind of finding, pairs with different labels first.

    Args:
        result: the audit's JSON.
        paths: the files, by the names that the JSON has.
        progress: called with cards done and total.
    """
    pairs = sorted(result["pairs"], key=lambda pair: not pair["contradictory"])
    cards: dict[str, list[str]] = {key: [] for key in TITLES}
    work: list[tuple[str, Callable[[dict, Mapping[str, Path]], str], dict]]
    work = [(pair["part"], _pair, pair) for pair in pairs]
    work += [(JOINT, _error, error) for error in result["joint_errors"]]
    for done, (key, card, item) in enumerate(work, start=1):
        cards[key].append(card(item, paths))
        if progress and (done % 10 == 0 or done == len(work)):
            progress(done, len(work))
    links = "".join(
        f'<li><a href="#{key}">{title}</a> {number(len(cards[key]), 0)}</li>'
        for key, title in TITLES.items()
    )
    body = "".join(
        f'<section aria-labelledby="{key}"><h2 id="{key}">{title} '
        f"({number(len(cards[key]), 0)})</h2>"
        f'<ul class="pictures">{"".join(cards[key])}</ul></section>'
        for key, title in TITLES.items()
    )
    lines = [*audit.sentences(result), audit.WARNING]
    introduction = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return gallery.document(TITLE, introduction, "Secciones", links, body, STYLE)


def _pair(pair: dict, paths: Mapping[str, Path]) -> str:
    images = "".join(_image(pair[key], paths) for key in ("one", "other"))
    labels = [SCENES.label(pair[key]) for key in ("one_label", "other_label")]
    heading = " / ".join(dict.fromkeys(labels))
    mark = " <strong>Clases distintas</strong>" if pair["contradictory"] else ""
    kind = ' class="doubtful"' if pair["contradictory"] else ""
    return (
        f'<li><figure{kind}><div class="pair">{images}</div><figcaption><b>{escape(heading)}</b>'
        f"{mark}<span>{escape(pair['one'])}</span><span>{escape(pair['other'])}</span>"
        f"<span>bits distintos: {pair['bits']} de 64; correlación "
        f"{number(pair['grey'], 3)}, del detalle "
        f"{number(pair['detail'], 3)}</span></figcaption></figure></li>"
    )


def _error(error: dict, paths: Mapping[str, Path]) -> str:
    return (
        f"<li><figure>{_image(error['path'], paths)}<figcaption><b>"
        f"{escape(SCENES.label(error['label']))}</b><span>las redes: "
        f"{escape(SCENES.label(error['predicted']))} {percent(error['confidence'])}</span>"
        f"<span>{escape(error['path'])}</span></figcaption></figure></li>"
    )


def _image(name: str, paths: Mapping[str, Path]) -> str:
    try:
        small = pictures.thumbnail(pictures.Picture(name, paths[name]))
    except ImageError:
        return "<p>Sin miniatura: el archivo cambió.</p>"
    return gallery.embedded(small, escape(name))
