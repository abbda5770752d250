"""Pictures of hands for the notebooks: their 21 points, alone or before and after a step."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gestures.dataset import GESTURES, Recordings
from gestures.features import LANDMARKS, to_square_pixels
from gestures.landmarks import BONES

# Of Okabe and Ito (2008), which people with any colour vision can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#000000")
FRAMES = {"4:3": 4 / 3, "16:9": 16 / 9, "3:4": 3 / 4}  # width / height of usual cameras


class Shown:
    """A figure as a notebook shows it, with a text for who does not see it.

    Jupyter keeps the text beside the picture, and programs without pictures show it instead.
    """

    def __init__(self, figure: Figure, alternative: str):
        self.figure, self.alternative = figure, alternative

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict, dict]:
        stream = io.BytesIO()
        self.figure.savefig(stream, format="png", dpi=80)
        data = {"image/png": stream.getvalue(), "text/plain": self.alternative}
        return data, {"image/png": {"alt": self.alternative}}


def draw_hand(
    axes: Axes, points: np.ndarray, colour: str = COLOURS[0], label: str = "", width: float = 1.2
) -> None:
    """Points (21, 2), image y down, joined by the bones."""
    for start, end in BONES:
        axes.plot(*points[[start, end]].T, color=colour, linewidth=width)
    axes.plot(*points.T, "o", color=colour, markersize=2 + width, label=label or None)
    axes.plot(*points[0], "s", color=colour, markersize=5 + width)


def numbered(points: np.ndarray) -> Figure:
    """One hand (21, 2) on square pixels, each point with its number."""
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    draw_hand(axes, points)
    away = points - points.mean(axis=0)
    away /= np.linalg.norm(away, axis=1, keepdims=True) + 1e-9
    offset = 0.035 * np.ptp(points, axis=0).max()
    for index, (x, y) in enumerate(points + offset * away):
        axes.text(x, y, str(index), fontsize=9, ha="center", va="center")
    axes.set_title("Los 21 puntos de MediaPipe")
    _square(axes)
    return figure


def samples(recordings: Recordings, each: int, rng: np.random.Generator) -> Figure:
    """Some hands of every gesture, on square pixels, in the frames in which they were seen."""
    figure = Figure(figsize=(1.7 * each, 5), layout="constrained")
    for row, gesture in zip(figure.subplots(len(GESTURES), each), GESTURES, strict=True):
        label = GESTURES.index(gesture)
        index = rng.choice(np.flatnonzero(recordings.labels == label), each, replace=False)
        for axes, one in zip(row, index, strict=True):
            aspect = recordings.aspect[one]
            points = to_square_pixels(recordings.points[one], aspect).reshape(LANDMARKS, 2)
            draw_hand(axes, points, COLOURS[label])
            axes.set(xlim=(0, aspect), ylim=(1, 0), xticks=[], yticks=[], aspect="equal")
        row[0].set_ylabel(gesture, fontsize=12)
    return figure


def in_frames(square: np.ndarray) -> dict[str, np.ndarray]:
    """The image fractions (21, 2) of one hand on square pixels in frames of several aspects."""
    return {name: square / (aspect, 1.0) for name, aspect in FRAMES.items()}


def copies(square: np.ndarray) -> dict[str, np.ndarray]:
    """One hand (21, 2) on square pixels as the same person might show it again."""
    centre = square.mean(axis=0)
    angle = np.radians(40)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return {
        "original": square,
        "corrida": square + np.array([0.45, -0.12]),
        "más lejos": centre + 0.55 * (square - centre) + (-0.35, 0.25),
        "girada": centre + (square - centre) @ turn + (0.4, 0.35),
        "la otra mano": centre + (square - centre) * (-1, 1) + (-0.35, -0.25),
    }


def before_after(
    before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray], step: str
) -> Figure:
    """The same hands before and after a step; of a name, one hand (21, 2) or several (k, 21, 2)."""
    figure = Figure(figsize=(9.5, 4.6), layout="constrained")
    titles = (f"antes de {step}", f"después de {step}")
    for axes, hands, title in zip(figure.subplots(1, 2), (before, after), titles, strict=True):
        # the first ones wider, so that hands that coincide are all seen
        widths = np.linspace(6, 1, len(hands))
        for colour, width, (name, points) in zip(COLOURS, widths, hands.items(), strict=False):
            for number, one in enumerate(np.reshape(points, (-1, LANDMARKS, 2))):
                draw_hand(axes, one, colour, "" if number else name, width)
        axes.set_title(title)
        _square(axes)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def distance(hands: Mapping[str, np.ndarray]) -> float:
    """Mean distance of corresponding points of the other hands from the first one.

    Of a name, one hand (21, 2) or several (k, 21, 2), of which the nearest counts.
    """
    first, *others = (np.reshape(points, (-1, LANDMARKS, 2)) for points in hands.values())
    apart = [np.linalg.norm(other - first[0], axis=-1).mean(axis=-1).min() for other in others]
    return float(np.mean(apart))


def sequence(hands: Sequence[np.ndarray], titles: Sequence[str]) -> Figure:
    """Some hands (21, 2) on square pixels side by side, each with a title."""
    figure = Figure(figsize=(1.9 * len(hands), 2.5), layout="constrained")
    for axes, points, title in zip(figure.subplots(1, len(hands)), hands, titles, strict=True):
        draw_hand(axes, points)
        axes.set_title(title, fontsize=10)
        _square(axes)
    return figure


def on_frame(frame: np.ndarray, pixels: np.ndarray) -> Figure:
    """A frame (H, W, 3) uint8 BGR without and with the points (21, 2) of its hand, in pixels."""
    figure = Figure(figsize=(9.5, 3.7), layout="constrained")
    for axes, shown in zip(figure.subplots(1, 2), (False, True), strict=True):
        axes.imshow(frame[..., ::-1])
        if shown:
            draw_hand(axes, pixels, COLOURS[0], width=2)
        axes.set_axis_off()
    return figure


def _square(axes: Axes) -> None:
    """Equal units, y down as in a picture, and no axes: only the shape matters."""
    axes.set_aspect("equal")
    axes.margins(0.08)
    axes.invert_yaxis()
    axes.set_axis_off()
