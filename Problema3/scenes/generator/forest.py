"""The painter of forests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenes.generator import sky, terrain, trees
from scenes.generator.brushes import Picture, blend, box, fill, over, pick
from scenes.generator.light import Colour, shaded
from scenes.generator.noise import fractal, sample, smooth
from scenes.generator.palette import BARK, GRASS, LEAVES, SAND
from scenes.generator.terrain import View


def paint(picture: Picture) -> None:
    """Trunks seen from among them, or the edge of a wood of firs or broad crowns."""
    kind = picture.rng.choice(3, p=(0.5, 0.25, 0.25))
    (_among_trunks, _fir_wood, _broad_crowns)[kind](picture)


@dataclass(frozen=True)
class _Wood:
    """What the trunks of one wood share.

    Attributes:
        bark, leaf: their colours.
        mist: from 0 to about 1, how much of what is far it hides.
        grain: a tile of noise for the bark.
    """

    bark: Colour
    leaf: Colour
    mist: float
    grain: np.ndarray


def _among_trunks(picture: Picture) -> None:
    """Leaves behind, a floor with litter, trunks from far to near, and branches above."""
    rng, light, canvas, side = picture.rng, picture.light, picture.canvas, picture.side
    horizon = side * rng.uniform(0.45, 0.75)
    leaf, bark = pick(rng, LEAVES), pick(rng, BARK)
    glow = 0.5 * light.horizon + 0.5 * leaf * light.sun
    mist = rng.uniform(0.1, 0.8) * (0.4 + light.haze)
    back = leaf * (0.4 * light.shade + 0.5 * light.sun) * trees.foliage(rng, side)[..., None]
    canvas[:] = back + min(mist, 0.75) * (glow - back)
    gaps = smooth(fractal(rng, side, 1.2, 5), rng.uniform(0.6, 1.6), 2.2)
    over(canvas, gaps * np.clip(1.2 - np.arange(side)[:, None] / horizon, 0, 1), light.horizon)
    view = View(side, horizon, 1.7, 1.7 * side / (side - horizon) * 0.9, 60)
    tile = fractal(rng, 256, 1.0, 3)
    _floor(picture, view, tile)
    wood = _Wood(bark, leaf, mist, tile)
    for far in np.sort(2.5 + 45 * rng.random(int(rng.integers(16, 60))) ** 1.6)[::-1]:
        _trunk(picture, view, wood, far)
    if rng.random() < 0.75:  # branches with leaves above
        crown = trees.foliage(rng, side, 1.5)
        edge = np.arange(side)[:, None] / side - rng.uniform(0.05, 0.4)
        where = smooth(0.25 * fractal(rng, side, 1.2, 3) - edge * 2.2, 0.0, 0.35)
        leaves = leaf * (0.5 * light.shade + 0.6 * light.sun) * crown[..., None]
        over(canvas, where * smooth(crown, 0.3, 0.7), leaves)


def _floor(picture: Picture, view: View, tile: np.ndarray) -> None:
    """The ground under the trees, with patches of sun and at times a path."""
    rng, light, (across, ahead) = picture.rng, picture.light, view.grid()
    litter = sample(tile, across * 30, ahead * 30)
    patches = sample(tile, across * 5 + 20, ahead * 5)
    floor = pick(rng, GRASS + BARK + SAND[1:3] + LEAVES[3:])
    ground = floor * (0.75 + 0.22 * litter + 0.2 * patches)[..., None]
    if rng.random() < 0.35:  # a path
        bend = np.sin(ahead / rng.uniform(4, 12) + rng.uniform(0, 6)) * rng.uniform(0.3, 2)
        track = 1 - smooth(np.abs(across - bend), 0.5, 1.1)
        ground = blend(ground, track * 0.8, pick(rng, SAND) * 0.8)
    dapple = smooth(sample(tile, across * 9 + 140, ahead * 9), -0.3, 0.9)
    terrain.draw(picture, view, 0.15 * patches, shaded(ground, dapple, light), 60)


def _trunk(picture: Picture, view: View, wood: _Wood, far: float) -> None:
    """A round trunk at ``far`` metres, with bare branches; mist hides a part of it."""
    rng, light, side = picture.rng, picture.light, picture.side
    (x, foot), *_ = view.points((far * rng.uniform(-0.65, 0.65), 0, far))
    half = max(rng.uniform(0.12, 0.4) / far * side / 2, 0.6)
    lean = rng.normal(0, 0.04) * side
    top = -5.0 if far < 12 or rng.random() < 0.6 else foot - side * rng.uniform(0.3, 0.6)
    outline = [
        (x - half * 1.25, foot),
        (x + half * 1.25, foot),
        (x + half * 0.7 + lean, top),
        (x - half * 0.7 + lean, top),
    ]
    down, along = box(side, outline)
    rows, columns = picture.rows[down], picture.columns[:, along]
    if not rows.size or not columns.size:
        return
    middle = x + lean * np.clip((foot - rows) / max(foot - top, 1), 0, 1)
    offset = np.clip((columns - middle) / (half * 1.2), -1, 1)
    sun = np.clip(0.45 + 0.5 * offset * np.sign(light.side) - 0.15 * offset**2, 0, 1)
    grain = sample(wood.grain, (columns - middle) * 12 / max(half, 1) + x * 7, rows * 0.5)
    bark = shaded(wood.bark * (1 + 0.16 * grain[..., None]), sun, light)
    fog = min(0.9, (1 - np.exp(-far / 30)) * (0.4 + wood.mist))
    glow = 0.6 * light.horizon + 0.4 * wood.leaf * light.sun
    fill(picture.canvas, outline, bark + fog * (glow - bark))
    dim = wood.bark * (0.6 * light.shade + 0.4 * light.sun)
    for _ in range(int(rng.integers(0, 5))):
        y = rng.uniform(max(top, 0), foot - side * 0.1)
        reach, rise = rng.normal(0, 0.14) * side * min(1, 6 / far), rng.uniform(0.0, 0.12) * side
        thick = max(half * 0.22, 0.5)
        end = (x + reach, y - rise)
        branch = [(x, y - thick), end, (end[0], end[1] + 0.5), (x, y + thick)]
        fill(picture.canvas, branch, dim + fog * (glow - dim))


def _fir_wood(picture: Picture) -> None:
    """Rows of firs, each before a darkness that closes the gaps, from far to near."""
    rng, light, side = picture.rng, picture.light, picture.side
    horizon = side * rng.uniform(0.05, 0.4)
    sky.paint(picture, max(horizon, side * 0.2))
    leaf = pick(rng, LEAVES)
    rows = int(rng.integers(6, 10))
    for k in range(rows):
        near = k / (rows - 1)
        foot = horizon + side * (0.1 + near * rng.uniform(0.85, 1.0))
        tall = side * (0.16 + 0.42 * near) * rng.uniform(0.8, 1.2)
        depth = np.clip(np.arange(side)[:, None] - foot + tall * 0.45, 0, tall * 0.3)
        mask = depth / (tall * 0.3) * np.ones((1, side))
        dark = leaf * 0.6 * light.shade
        far = (1 - near) * min(0.85, 0.25 + light.haze)
        over(picture.canvas, mask, (dark + far * (light.horizon - dark)).astype("f4"))
        count = int(side / tall * rng.uniform(4, 7))
        trees.firs(picture, foot, tall, count, leaf * rng.uniform(0.85, 1.15), far)


def _broad_crowns(picture: Picture) -> None:
    """A slope covered with broad crowns, each a ball of leaves; the nearer, the bigger."""
    rng, light, side = picture.rng, picture.light, picture.side
    horizon = side * rng.uniform(-0.3, 0.3)
    sky.paint(picture, max(horizon, side * 0.15))
    palette = [pick(rng, LEAVES[:5]) for _ in range(int(rng.integers(1, 4)))]
    texture = trees.foliage(rng, side)
    y = horizon
    big = side * rng.uniform(0.03, 0.07)
    growth = rng.uniform(1.08, 1.22)
    while y < side * 1.1:
        distance = float(np.clip(1 - (y - horizon) / (side - horizon), 0, 1)) ** 2
        far = distance * (0.2 + 0.6 * light.haze)
        for x in np.arange(-big, side + big, big * 1.3):
            centre = x + rng.normal(0, 0.4) * big, y + rng.normal(0, 0.35) * big
            _crown(picture, centre, big * rng.uniform(0.7, 1.25), (palette, texture), far)
        y += big * 0.9
        big *= growth


def _crown(
    picture: Picture,
    centre: tuple[float, float],
    radius: float,
    leaves: tuple[list[Colour], np.ndarray],
    far: float,
) -> None:
    """A ball of leaves above a skirt of them; ``leaves`` are the wood's colours and texture."""
    rng, light, side = picture.rng, picture.light, picture.side
    (x, y), (palette, texture) = centre, leaves
    top, bottom = (int(np.clip(v, 0, side)) for v in (y - 2 * radius, y + 3 * radius))
    left, right = (int(np.clip(v, 0, side)) for v in (x - 2 * radius, x + 2 * radius))
    if top >= bottom or left >= right:
        return
    part = (slice(top, bottom), slice(left, right))
    u, v = (picture.columns[:, part[1]] - x) / radius, (picture.rows[part[0]] - y) / radius
    bright = texture[part]
    distance = np.hypot(u, np.where(v > 0, v * 0.5, v * 1.1))
    inside = 1 - smooth(distance + 0.25 * (1 - bright), 0.8, 1.0)
    sun = np.clip(0.45 + 0.4 * u * light.side - 0.45 * v, 0, 1) * bright
    base = palette[int(rng.integers(len(palette)))] * rng.uniform(0.8, 1.15)
    tree = shaded(base * bright[..., None], np.clip(sun, 0, 1), light)
    over(picture.canvas[part], inside, tree + far * (light.horizon - tree))
