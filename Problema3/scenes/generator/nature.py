"""Painters of forest, glacier, mountain and sea."""

from __future__ import annotations

import cv2
import numpy as np

from scenes.generator import brushes, terrain
from scenes.generator.brushes import Light, colour, fractal, over, pick, profile, sample, smooth
from scenes.generator.terrain import View, blend, shaded

ROCK = ((0.45, 0.43, 0.42), (0.52, 0.45, 0.38), (0.33, 0.33, 0.36), (0.58, 0.44, 0.34))
GRASS = ((0.30, 0.40, 0.16), (0.46, 0.45, 0.20), (0.55, 0.46, 0.26), (0.22, 0.32, 0.15))
SNOW = colour(0.95, 0.97, 1.0)
ICE = ((0.80, 0.90, 0.97), (0.66, 0.82, 0.92), (0.88, 0.92, 0.94), (0.72, 0.74, 0.74))
WATER = ((0.05, 0.22, 0.36), (0.10, 0.34, 0.42), (0.16, 0.26, 0.30), (0.04, 0.14, 0.26))
SAND = ((0.80, 0.70, 0.52), (0.66, 0.58, 0.47), (0.42, 0.40, 0.38), (0.90, 0.84, 0.70))
BARK = ((0.34, 0.26, 0.20), (0.45, 0.40, 0.35), (0.22, 0.18, 0.15), (0.70, 0.68, 0.63))
LEAVES = (
    (0.16, 0.32, 0.10),
    (0.32, 0.44, 0.14),
    (0.10, 0.24, 0.14),
    (0.62, 0.50, 0.14),
    (0.60, 0.30, 0.10),
    (0.82, 0.84, 0.86),  # under snow
)


def sea(rng: np.random.Generator, side: int, light: Light) -> np.ndarray:
    """Water to the horizon with waves in perspective; at times a beach, surf, land or a boat."""
    horizon = side * rng.uniform(0.22, 0.62)
    canvas = brushes.sky(rng, side, horizon, light)
    eye = rng.uniform(2, 25)
    view = View(side, horizon, eye, eye * side / (side - horizon) * 0.85, eye * 220)
    across, ahead = view.grid()
    if rng.random() < 0.4:
        _land(rng, canvas, view, light)
    water = _water(rng, across, ahead, light, eye, rough=rng.uniform(0.5, 1.6))
    height = np.zeros_like(ahead)
    if rng.random() < 0.5:
        water, height = _breakers(rng, water, across, ahead, light, eye)
    if rng.random() < 0.45:
        water, height = _beach(rng, water, height, across, ahead, light, eye)
    terrain.draw(canvas, view, height, water, light, eye * 140 / (0.3 + light.haze))
    if rng.random() < 0.3:
        _boat(rng, canvas, view, light, eye)
    return canvas


def _water(rng, across, ahead, light, eye, rough, mirror=0.0):
    """Lit colours of a water surface: the sky is mirrored where it is seen flat."""
    tile = fractal(rng, 256, rng.uniform(1.0, 1.5), 3)
    scale = 26 / eye / rng.uniform(0.7, 1.6)
    stretch = rng.uniform(1.6, 3.0)  # crests are long across the view
    swell = sample(tile, across * scale / stretch, ahead * scale)
    swell += 0.6 * sample(tile, across * scale * 2.7 + 90, ahead * scale * 2.7 * 1.3)
    slope = np.gradient(swell, axis=0) / np.gradient(ahead * scale, axis=0) * 1.2
    fade = np.exp(-ahead / (eye * 60)) * (1 - 0.7 * mirror) + 0.15
    slope = np.clip(slope * fade * rough, -1.5, 1.5)
    glancing = np.clip(1 - eye / ahead, 0, 1) ** 2
    mirrored = np.clip(0.15 + 0.75 * glancing - slope * 0.45, 0, 1)[..., None]
    deep = pick(rng, WATER) * (0.4 * light.shade + 0.7 * light.sun)
    above = 0.5 * (light.zenith + light.horizon)
    colours = deep + mirrored * (above - deep)
    if rng.random() < 0.35 and not mirror:  # the sun's glitter path
        far = np.abs(across / ahead - light.side * 0.5)
        glitter = smooth(-slope, 0.15, 0.8) * np.exp(-((far / rng.uniform(0.08, 0.25)) ** 2))
        colours = colours + (glitter * 0.9)[..., None] * light.sun
    foam = smooth(swell, 2.1 - 0.5 * rough, 3.0) * smooth(rough, 0.8, 1.6) * fade
    white = colour(0.95, 0.97, 0.98) * light.sun
    return blend(colours, foam * 0.8, white).astype(np.float32)


def _breakers(rng, colours, across, ahead, light, eye):
    """Lines of breaking waves that come towards the camera."""
    line = profile(rng, across.shape[1], 1.6)[None] * 0.25
    tile = fractal(rng, 256, 1.2, 4)
    torn = sample(tile, across * 40 / eye, ahead * 20 / eye)
    period = eye * rng.uniform(1.5, 4)
    phase = np.mod(ahead / period + line + rng.random(), 1)
    limit = rng.uniform(5, 12) * eye
    crest = np.exp(-(((phase - 0.5) / 0.16) ** 2))
    near = np.exp(-((ahead / limit) ** 2))
    foam = smooth(crest + 0.35 * torn, 0.55, 1.1) * near
    back = smooth(np.where(phase > 0.5, 1 - phase, 0) * 2.2, 0, 1) * near * 0.4
    colours = colours * (1 - back[..., None] * 0.5)
    white = colour(0.97, 0.98, 0.98) * (0.25 * light.shade + 0.75 * light.sun)
    shade = 0.8 + 0.2 * np.clip(torn, -1, 1)
    height = (crest * near * eye * rng.uniform(0.04, 0.14)).astype(np.float32)
    return blend(colours, foam * 0.92, white * shade[..., None]), height


def _beach(rng, colours, height, across, ahead, light, eye):
    """Sand in front, with a wet edge and a seam of foam."""
    bend = profile(rng, across.shape[1], 1.8)[None] * eye * rng.uniform(0.1, 0.5)
    shore = eye * rng.uniform(1.6, 3.2) + bend + across * rng.normal(0, 1.2)
    tile = fractal(rng, 256, 1.0, 4)
    grain = sample(tile, across * 60 / eye, ahead * 40 / eye)
    offset = (shore - ahead) / eye + 0.06 * grain  # positive on land
    sand = pick(rng, SAND) * (0.3 * light.shade + 0.7 * light.sun)
    wet = smooth(offset, 0.0, 0.5)[..., None]
    ground = sand * (0.55 + 0.45 * wet) * (1 + 0.07 * grain[..., None])
    colours = blend(colours, smooth(offset, -0.02, 0.03), ground)
    foam = np.exp(-((offset / rng.uniform(0.03, 0.09)) ** 2))
    white = colour(0.97, 0.98, 0.98) * (0.25 * light.shade + 0.75 * light.sun)
    return blend(colours, foam * 0.9, white), height * smooth(-offset, 0, 0.5)


def _land(rng, canvas, view: View, light):
    """A headland or an island on the horizon."""
    columns = np.arange(view.side) / view.side
    middle, wide = rng.uniform(0, 1), rng.uniform(0.15, 0.6)
    shape = np.clip(1 - np.abs(columns - middle) / wide, 0, 1) ** rng.uniform(0.4, 1.2)
    top = shape * (1 + 0.18 * profile(rng, view.side, 1.3, 2)) * rng.uniform(0.03, 0.16)
    rows = np.arange(view.side)[:, None]
    mask = np.clip(view.horizon + 1 - rows, 0, 1) * np.clip(
        rows - (view.horizon - top * view.side)[None], 0, 1
    )
    tile = fractal(rng, view.side, 1.3, 4)[..., None]
    base = pick(rng, ROCK + GRASS) * (0.5 * light.shade + 0.5 * light.sun) * (1 + 0.12 * tile)
    far = 0.3 + 0.5 * light.haze
    over(canvas, mask, base + far * (light.horizon - base))


def _boat(rng, canvas, view: View, light, eye):
    """A sailing boat or a ship."""
    ahead = eye * rng.uniform(8, 40)
    x, y = view.column(ahead * rng.uniform(-0.4, 0.4), ahead), view.row(0, ahead)
    long = view.side * rng.uniform(0.05, 0.16)
    hull = pick(rng, ((0.9, 0.9, 0.9), (0.15, 0.17, 0.25), (0.6, 0.15, 0.12))) * light.sun
    points = np.array([(-0.5, -0.12), (0.5, -0.14), (0.38, 0.06), (-0.38, 0.06)]) * long + (x, y)
    brushes.fill(canvas, points, hull)
    if rng.random() < 0.7:
        sails = (
            [(-0.02, -0.15), (-0.02, -1.2), (-0.42, -0.2)],
            [(0.02, -0.15), (0.03, -1.1), (0.4, -0.2)],
        )
        for sail in sails:
            cloth = pick(rng, ((0.97, 0.97, 0.94), (0.9, 0.85, 0.7))) * light.sun
            brushes.fill(canvas, np.array(sail) * long + (x, y), cloth)
    else:
        for left, right, top in ((-0.3, 0.05, -0.34), (-0.22, -0.08, -0.5)):
            cabin = np.array([(left, -0.1), (right, -0.1), (right, top), (left, top)])
            brushes.fill(canvas, cabin * long + (x, y), SNOW * light.sun)


def _massif(rng, view: View, across, ahead, start, tall):
    """Heights of mountains that begin at a distance, in metres, and their noise tile."""
    tile = fractal(rng, 512, rng.uniform(2.2, 2.5), 2)
    detail = fractal(rng, 512, 1.9, 16)
    scale = 512 / (view.far * rng.uniform(1.3, 2.4))
    x, y = across * scale + rng.uniform(0, 512), ahead * scale + rng.uniform(0, 512)
    crest = np.clip(1 - np.abs(sample(tile, x, y)) * 0.8, -0.8, 1)
    broad = sample(tile, x * 0.37 + 77, y * 0.37)
    rise = smooth(ahead, start, start * 2.6)
    peaks = tall * rise * (0.45 + 0.55 * crest + 0.28 * broad)
    peaks += tall * 0.010 * sample(detail, x, y) * rise
    return np.maximum(peaks, 0).astype(np.float32), sample(detail, x * 3, y * 3)


def _mountain_colours(rng, height, sun, detail, tall, light, snowline):
    """Rock with snow on what is high and not steep, plants below; lit."""
    rock = pick(rng, ROCK) * (1 + 0.14 * detail[..., None])
    plants = pick(rng, GRASS) * (1 + 0.2 * detail[..., None])
    relative = height / tall + 0.05 * detail
    base = blend(rock, 1 - smooth(relative, 0.12, rng.uniform(0.25, 0.5)), plants)
    steep = np.abs(np.gradient(height, axis=1))
    steep = steep / (np.percentile(steep, 90) + 1e-6)
    snow = smooth(relative - 0.10 * steep, snowline, snowline + 0.12)
    base = blend(base, snow, SNOW)
    lit = np.clip(sun * 1.35 - 0.12, 0, 1)
    return shaded(base, lit, light)


def mountain(rng: np.random.Generator, side: int, light: Light) -> np.ndarray:
    """Peaks with relief, snow and haze behind a meadow, a forest's edge or a lake."""
    horizon = side * rng.uniform(0.55, 0.8)
    canvas = brushes.sky(rng, side, horizon, light)
    wide = rng.uniform(0.8, 1.5)
    near = 60 * 0.8 * side / (side - horizon) / wide  # just below the picture's edge
    view = View(side, horizon, 60, near, 12_000, wide)
    across, ahead = view.grid()
    tall = view.far * rng.uniform(0.16, 0.34) * view.width
    start = rng.uniform(1500, 4500)
    height, detail = _massif(rng, view, across, ahead, start, tall)
    tile = fractal(rng, 256, 1.7, 2)
    meadow = sample(tile, across / 6, ahead / 6)
    near = 1 - smooth(ahead, start * 0.6, start * 1.3)
    height = height + near * 9 * np.maximum(meadow + 0.5, 0)
    sun = terrain.lambert(height, across, ahead, light)
    snowline = rng.choice([rng.uniform(0.0, 0.35), rng.uniform(0.35, 0.8), 1.5])
    colours = _mountain_colours(rng, height, sun, detail, tall, light, snowline)
    fine = sample(fractal(rng, 256, 1.1, 4), across / 2, ahead / 2)
    ground = pick(rng, GRASS + ROCK[:2]) * (1 + 0.18 * fine[..., None] + 0.15 * meadow[..., None])
    if snowline < 0.1 and rng.random() < 0.7:
        ground = SNOW * (0.9 + 0.05 * fine[..., None])
    colours = blend(colours, near, shaded(ground, sun, light))
    if rng.random() < 0.3:  # a lake
        lake = _water(rng, across / 12, ahead / 12, light, 5, rough=0.3, mirror=1.0)
        bend = profile(rng, side, 1.7)[None] * 60
        wet = smooth(ahead + bend, 150, 190) * (
            1 - smooth(ahead + bend * 4, start * 0.7, start * 0.8)
        )
        colours = blend(colours, wet, lake * 0.85)
        height = height * (1 - wet)
    terrain.draw(canvas, view, height, colours, light, 26_000 / (0.35 + 1.6 * light.haze))
    if rng.random() < 0.4:
        _firs(
            rng,
            canvas,
            horizon + side * rng.uniform(0.02, 0.12),
            side * rng.uniform(0.05, 0.12),
            light,
        )
    return canvas


def glacier(rng: np.random.Generator, side: int, light: Light) -> np.ndarray:
    """A river of cracked ice between slopes, a wall of ice over water, or icebergs."""
    kind = rng.choice(3, p=(0.4, 0.38, 0.22))
    horizon = side * (rng.uniform(0.3, 0.5) if kind == 0 else rng.uniform(0.4, 0.68))
    canvas = brushes.sky(rng, side, horizon, light)
    if kind == 0:
        _ice_river(rng, canvas, side, horizon, light)
        return canvas
    eye = rng.uniform(4, 14)
    view = View(side, horizon, eye, eye * side / (side - horizon) * 0.85, eye * 250)
    across, ahead = view.grid()
    if rng.random() < 0.7:
        _range(rng, canvas, side, horizon, light)
    water = _water(rng, across, ahead, light, eye, rough=0.35, mirror=0.8)
    terrain.draw(canvas, view, np.zeros_like(ahead), water, light, eye * 200)
    if kind == 1:
        _ice_wall(rng, canvas, side, horizon, light)
        floes = int(rng.integers(4, 28))
    else:
        floes = int(rng.integers(2, 9))
        for _ in range(int(rng.integers(1, 4))):
            _iceberg(rng, canvas, view, eye * rng.uniform(5, 18), rng.uniform(0.14, 0.4), light)
    for ahead_of in np.sort(eye * rng.uniform(1.3, 12, floes))[::-1]:
        _iceberg(rng, canvas, view, ahead_of, rng.uniform(0.02, 0.16) * 4 * eye / ahead_of, light)
    return canvas


def _range(rng, canvas, side, horizon, light):
    """Mountains far behind, mostly white."""
    view = View(side, horizon, 60, 2000, 16_000)
    across, ahead = view.grid()
    tall = view.far * rng.uniform(0.08, 0.2)
    height, detail = _massif(rng, view, across, ahead, 4000, tall)
    sun = terrain.lambert(height, across, ahead, light)
    colours = _mountain_colours(rng, height, sun, detail, tall, light, rng.uniform(0.0, 0.5))
    terrain.draw(canvas, view, height, colours, light, 20_000 / (0.35 + 1.6 * light.haze))


def _ice_river(rng, canvas, side, horizon, light):
    angle = rng.uniform(0.9, 1.4)
    near = 130 * 0.8 * side / (side - horizon) / angle
    view = View(side, horizon, 130, near, 12_000, angle)
    across, ahead = view.grid()
    tall = view.far * rng.uniform(0.1, 0.2) * view.width
    height, detail = _massif(rng, view, across, ahead, 300, tall)
    bend = (
        np.sin(ahead / rng.uniform(2000, 5000) + rng.uniform(0, 6)) * ahead * rng.uniform(0, 0.25)
    )
    wide = rng.uniform(350, 900) + ahead * rng.uniform(0.05, 0.16)
    inside = np.abs(across - bend) / wide
    edge = 0.08 * detail
    valley = smooth(inside, 0.9, 2.2)
    height = height * valley
    ice = 1 - smooth(inside + edge, 0.88, 1.0)
    # crevasses run across the flow and bend with it; moraines run along
    tile = fractal(rng, 256, 1.3, 3)
    coarse = rng.uniform(0.6, 1.6)
    arc = ahead + (inside**2) * wide * 0.35
    torn = sample(tile, across / 16 / coarse, arc / 4 / coarse)
    torn2 = sample(tile, across / 34 / coarse + 60, arc / 11 / coarse)
    crack = smooth(1 - np.abs(torn) * 1.9, 0.3, 0.9) * smooth(torn2, -1.0, 0.3)
    gaps = smooth(1 - np.abs(torn2) * 2.6, 0.5, 1)
    height = height + ice * (14 * coarse * (torn2 * 0.7 - crack - gaps) + 0.035 * ahead)
    sun = terrain.lambert(height, across, ahead, light)
    rock = _mountain_colours(rng, height, sun, detail, tall, light, rng.uniform(0.05, 0.9))
    white = pick(rng, ICE, 0.03)
    blue = pick(rng, ((0.20, 0.50, 0.72), (0.28, 0.58, 0.74), (0.30, 0.42, 0.50)))
    base = blend(
        np.broadcast_to(white, rock.shape), np.clip(crack * 0.9 + gaps * 0.8, 0, 1), blue * 0.85
    )
    if rng.random() < 0.5:
        for at in rng.uniform(-0.7, 0.7, int(rng.integers(1, 4))):
            moraine = np.exp(-((((across - bend) / wide - at) / 0.05) ** 2)) * smooth(
                detail, -1, 0.5
            )
            base = blend(base, moraine * 0.8, pick(rng, ROCK) * 0.7)
    lit = shaded(base, np.clip(0.1 + sun * 0.85, 0, 1), light) * 0.92
    terrain.draw(
        canvas, view, height, blend(rock, ice, lit), light, 22_000 / (0.35 + 1.6 * light.haze)
    )


def _ice_wall(rng, canvas, side, horizon, light):
    """The front of a glacier that ends in the water: columns, cracks and a broken top."""
    low = horizon + side * rng.uniform(0.02, 0.14)
    tall = side * rng.uniform(0.14, 0.42)
    slant = rng.normal(0, 0.25)
    columns = np.arange(side, dtype=np.float32)[None]
    rows = np.arange(side, dtype=np.float32)[:, None]
    share = columns / side - 0.5
    peaks = np.abs(profile(rng, side, 1.2, 4)) * 0.05 + profile(rng, side, 1.7) * 0.06
    steps = np.repeat(rng.normal(0, 0.02, side // 8 + 1), 8)[:side]
    top = low - tall * (1 + slant * share * 2 + peaks[None] + steps[None])
    foot = low + side * 0.015 * profile(rng, side, 1.2, 3)[None]
    mask = np.clip(rows - top, 0, 1) * np.clip(foot - rows, 0, 1)
    tile = fractal(rng, 256, 1.2, 3)
    thin = rng.uniform(1.2, 2.6)
    fluted = sample(tile, columns * thin + rows * 0.12, rows * 0.22 + columns * 0)
    blocks = sample(tile, columns * thin * 0.4 + 30, rows * 0.4 + columns * 0)
    crack = smooth(1 - np.abs(fluted) * 2.4, 0.3, 1) * smooth(blocks, -1.2, 0.6)
    slope = np.gradient(fluted + blocks, axis=1) * light.side
    white, blue = (
        pick(rng, ICE, 0.03),
        pick(rng, ((0.25, 0.55, 0.75), (0.35, 0.62, 0.76), (0.38, 0.48, 0.55))),
    )
    depth = np.clip((rows - top) / np.maximum(foot - top, 1), 0, 1)
    base = blend(
        np.broadcast_to(white, canvas.shape), np.clip(0.25 * depth + 0.75 * crack, 0, 1), blue
    )
    sun = np.clip(0.6 + slope * 0.5 + 0.12 * blocks - 0.15 * depth, 0, 1)
    wall = shaded(base, sun, light)
    reflected = np.clip(rows - foot, 0, 1) * np.exp(-np.maximum(rows - foot, 0) / (tall * 0.6))
    upside = np.clip(2 * foot - rows, 0, side - 1)
    mirror = cv2.remap(
        wall.astype(np.float32),
        np.broadcast_to(columns, (side, side)).astype(np.float32),
        np.broadcast_to(upside, (side, side)).astype(np.float32),
        cv2.INTER_LINEAR,
    )
    over(canvas, reflected * 0.5, mirror)
    # the glacier's back above the wall, rising to the mountains
    back = np.clip(rows - (top - side * rng.uniform(0.0, 0.1)), 0, 1) * np.clip(
        top - rows + 1, 0, 1
    )
    over(
        canvas,
        back * 0.9,
        shaded(white * (0.95 + 0.06 * blocks[..., None]), np.full_like(back, 0.6), light),
    )
    over(canvas, mask, wall)


def _iceberg(rng, canvas, view: View, ahead, wide, light):
    """A floating block: facets of ice, lit from one side, with a blue foot and a reflection."""
    side = view.side
    x, y = rng.uniform(-0.05, 1.05) * side, float(view.row(0, ahead))
    half = wide * side / 2
    tall = half * rng.uniform(0.4, 1.5)
    n = int(rng.integers(4, 8))
    across = np.sort(rng.uniform(-1, 1, n))
    across[0], across[-1] = -1, 1
    up = rng.uniform(0.25, 1, n) * (1 - 0.5 * np.abs(across))
    up[[0, -1]] = 0.05
    ridge = np.stack([x + across * half, y - up * tall], axis=1)
    white, blue = pick(rng, ICE, 0.03), pick(rng, ((0.35, 0.62, 0.78), (0.45, 0.66, 0.76)))
    low = rng.uniform(-0.2, 0.2)
    mirror = [(px, y + (y - py) * 0.6) for px, py in ridge]
    brushes.fill(canvas, mirror, shaded(white, np.float32(0.4), light), 0.35)
    for k in range(n - 1):
        (ax, ay), (bx, by) = ridge[k], ridge[k + 1]
        facing = (by - ay) / (abs(bx - ax) + 1e-3) * np.sign(light.side)
        sun = np.clip(0.55 + 0.35 * np.tanh(facing) + rng.normal(0, 0.08), 0, 1)
        foot = [(bx + low * half * 0.2, y + 1), (ax + low * half * 0.2, y + 1)]
        base = white + (0.2 + 0.3 * (sun < 0.45)) * (blue - white)
        brushes.fill(canvas, [(ax, ay), (bx, by), *foot], shaded(base, np.float32(sun), light))


def forest(rng: np.random.Generator, side: int, light: Light) -> np.ndarray:
    """Trunks seen from among them, or the edge of a wood of firs or broad crowns."""
    kind = rng.choice(3, p=(0.5, 0.25, 0.25))
    return (_among_trunks, _fir_wood, _crowns)[kind](rng, side, light)


def _foliage(rng, side, fine=1.0):
    """Clumps of leaves: brightness (side, side) around 1 with dark gaps."""
    clumps = fractal(rng, side, 1.3, 4)
    leaves = cv2.GaussianBlur(rng.normal(0, 1, (side, side)).astype("f4"), (0, 0), 1.2 * fine)
    leaves /= leaves.std()
    return np.clip(0.75 + 0.25 * clumps + 0.28 * leaves, 0.1, 1.8)


def _among_trunks(rng, side, light):
    horizon = side * rng.uniform(0.45, 0.75)
    leaf, bark = pick(rng, LEAVES), pick(rng, BARK)
    glow = 0.5 * light.horizon + 0.5 * leaf * light.sun
    misty = rng.uniform(0.1, 0.8) * (0.4 + light.haze)
    canvas = np.empty((side, side, 3), np.float32)
    back = leaf * (0.4 * light.shade + 0.5 * light.sun) * _foliage(rng, side)[..., None]
    canvas[:] = back + min(misty, 0.75) * (glow - back)
    gaps = smooth(fractal(rng, side, 1.2, 5), rng.uniform(0.6, 1.6), 2.2)
    over(canvas, gaps * np.clip(1.2 - np.arange(side)[:, None] / horizon, 0, 1), light.horizon)
    view = View(side, horizon, 1.7, 1.7 * side / (side - horizon) * 0.9, 60)
    across, ahead = view.grid()
    tile = fractal(rng, 256, 1.0, 3)
    litter = sample(tile, across * 30, ahead * 30)
    patches = sample(tile, across * 5 + 20, ahead * 5)
    floor = pick(rng, GRASS + BARK + SAND[1:3] + LEAVES[3:])
    ground = floor * (0.75 + 0.22 * litter + 0.2 * patches)[..., None]
    if rng.random() < 0.35:  # a path
        bend = np.sin(ahead / rng.uniform(4, 12) + rng.uniform(0, 6)) * rng.uniform(0.3, 2)
        track = 1 - smooth(np.abs(across - bend), 0.5, 1.1)
        ground = blend(ground, track * 0.8, pick(rng, SAND) * 0.8)
    dapple = smooth(sample(tile, across * 9 + 140, ahead * 9), -0.3, 0.9)
    terrain.draw(canvas, view, 0.15 * patches, shaded(ground, dapple, light), light, 60)
    places = np.sort(2.5 + 45 * rng.random(int(rng.integers(16, 60))) ** 1.6)[::-1]
    for far in places:
        _trunk(rng, canvas, view, far, bark, leaf, light, misty, tile)
    if rng.random() < 0.75:  # branches with leaves above
        crown = _foliage(rng, side, 1.5)
        edge = np.arange(side)[:, None] / side - rng.uniform(0.05, 0.4)
        where = smooth(0.25 * fractal(rng, side, 1.2, 3) - edge * 2.2, 0.0, 0.35)
        leaves = leaf * (0.5 * light.shade + 0.6 * light.sun) * crown[..., None]
        over(canvas, where * smooth(crown, 0.3, 0.7), leaves)
    return canvas


def _trunk(rng, canvas, view: View, far, bark, leaf, light, misty, rough):
    side = view.side
    foot = float(view.row(0, far))
    x = float(view.column(far * rng.uniform(-0.65, 0.65), far))
    half = max(rng.uniform(0.12, 0.4) / far * side / 2, 0.6)
    lean = rng.normal(0, 0.04) * side
    top = -5.0 if far < 12 or rng.random() < 0.6 else foot - side * rng.uniform(0.3, 0.6)
    quad = [
        (x - half * 1.25, foot),
        (x + half * 1.25, foot),
        (x + half * 0.7 + lean, top),
        (x - half * 0.7 + lean, top),
    ]
    down, along = brushes.box(side, quad)
    if down.start >= down.stop or along.start >= along.stop:
        return
    rows = np.arange(down.start, down.stop, dtype=np.float32)[:, None]
    columns = np.arange(along.start, along.stop, dtype=np.float32)[None]
    middle = x + lean * np.clip((foot - rows) / max(foot - top, 1), 0, 1)
    round_ = np.clip((columns - middle) / (half * 1.2), -1, 1)
    sun = np.clip(0.45 + 0.5 * round_ * np.sign(light.side) - 0.15 * round_**2, 0, 1)
    grain = sample(rough, (columns - middle) * 12 / max(half, 1) + x * 7, rows * 0.5)
    wood = shaded(bark * (1 + 0.16 * grain[..., None]), sun, light)
    fog = min(0.9, (1 - np.exp(-far / 30)) * (0.4 + misty))
    glow = 0.6 * light.horizon + 0.4 * leaf * light.sun
    brushes.fill(canvas, quad, wood + fog * (glow - wood))
    for _ in range(int(rng.integers(0, 5))):
        y = rng.uniform(max(top, 0), foot - side * 0.1)
        reach, rise = rng.normal(0, 0.14) * side * min(1, 6 / far), rng.uniform(0.0, 0.12) * side
        thick = max(half * 0.22, 0.5)
        points = [
            (x, y - thick),
            (x + reach, y - rise),
            (x + reach, y - rise + 0.5),
            (x, y + thick),
        ]
        dim = bark * (0.6 * light.shade + 0.4 * light.sun)
        brushes.fill(canvas, points, dim + fog * (glow - dim))


def _firs(rng, canvas, foot, tall, light, leaf=None, far=0.0, count=None):
    """A row of firs across the canvas; ``tall`` and ``foot`` in pixels."""
    side = len(canvas)
    leaf = pick(rng, LEAVES[:3]) if leaf is None else leaf
    count = count or int(side / tall * rng.uniform(2, 4))
    for x in rng.uniform(-0.05, 1.05, count) * side:
        height = tall * rng.uniform(0.6, 1.25)
        low = foot + rng.normal(0, 0.06) * tall
        tiers = int(np.clip(height / 5, 4, 14))
        half = height * rng.uniform(0.15, 0.26)
        up = np.linspace(0.06, 1, tiers)
        left, right = [], []
        for k in range(tiers - 1):
            reach = half * (1 - up[k]) * rng.uniform(0.8, 1.2)
            inner = half * (1 - up[k + 1]) * 0.55
            left += [(x - reach, low - up[k] * height), (x - inner, low - up[k + 1] * height)]
            right += [(x + reach, low - up[k] * height), (x + inner, low - up[k + 1] * height)]
        outline = [*left, (x, low - height * 1.03), *right[::-1]]
        trunk = [
            (x - half * 0.08, low + 0.05 * height),
            (x + half * 0.08, low + 0.05 * height),
            (x, low - height * 0.3),
        ]
        brushes.fill(canvas, trunk, leaf * 0.3 * light.shade)
        down, along = brushes.box(side, outline)
        columns = np.arange(along.start, along.stop, dtype=np.float32)[None]
        shade = np.clip(0.5 + (columns - x) / half * 0.5 * light.side, 0, 1)
        tone = leaf * rng.uniform(0.75, 1.15)
        needles = rng.uniform(0.7, 1.2, (down.stop - down.start, along.stop - along.start, 1))
        tree = shaded(tone * needles, shade, light)
        brushes.fill(canvas, outline, tree + far * (light.horizon - tree))


def _fir_wood(rng, side, light):
    horizon = side * rng.uniform(0.05, 0.4)
    canvas = brushes.sky(rng, side, max(horizon, side * 0.2), light)
    leaf = pick(rng, LEAVES)
    rows = int(rng.integers(6, 10))
    for k in range(rows):
        near = k / (rows - 1)
        foot = horizon + side * (0.1 + near * rng.uniform(0.85, 1.0))
        tall = side * (0.16 + 0.42 * near) * rng.uniform(0.8, 1.2)
        fill = np.clip(np.arange(side)[:, None] - foot + tall * 0.45, 0, tall * 0.3) / (tall * 0.3)
        dark = leaf * 0.6 * light.shade
        far = (1 - near) * min(0.85, 0.25 + light.haze)
        over(canvas, fill * np.ones((1, side)), (dark + far * (light.horizon - dark)).astype("f4"))
        count = int(side / tall * rng.uniform(4, 7))
        _firs(rng, canvas, foot, tall, light, leaf * rng.uniform(0.85, 1.15), far, count)
    return canvas


def _crowns(rng, side, light):
    """A slope covered with broad crowns, each a ball of leaves."""
    horizon = side * rng.uniform(-0.3, 0.3)
    canvas = brushes.sky(rng, side, max(horizon, side * 0.15), light)
    palette = [pick(rng, LEAVES[:5]) for _ in range(int(rng.integers(1, 4)))]
    texture = _foliage(rng, side)
    rows = np.arange(side, dtype=np.float32)[:, None]
    columns = np.arange(side, dtype=np.float32)[None]
    y = horizon
    big = side * rng.uniform(0.03, 0.07)
    growth = rng.uniform(1.08, 1.22)
    while y < side * 1.1:
        far = float(np.clip(1 - (y - horizon) / (side - horizon), 0, 1)) ** 2 * (
            0.2 + 0.6 * light.haze
        )
        for x in np.arange(-big, side + big, big * 1.3):
            cx, cy = x + rng.normal(0, 0.4) * big, y + rng.normal(0, 0.35) * big
            radius = big * rng.uniform(0.7, 1.25)
            top, bottom = (int(np.clip(v, 0, side)) for v in (cy - 2 * radius, cy + 3 * radius))
            left, right = (int(np.clip(v, 0, side)) for v in (cx - 2 * radius, cx + 2 * radius))
            if top >= bottom or left >= right:
                continue
            part = (slice(top, bottom), slice(left, right))
            u, v = (columns[:, left:right] - cx) / radius, (rows[top:bottom] - cy) / radius
            leaves = texture[part]
            inside = 1 - smooth(
                np.hypot(u, np.where(v > 0, v * 0.5, v * 1.1)) + 0.25 * (1 - leaves), 0.8, 1.0
            )
            sun = np.clip(0.45 + 0.4 * u * light.side - 0.45 * v, 0, 1) * leaves
            base = palette[int(rng.integers(len(palette)))] * rng.uniform(0.8, 1.15)
            tree = shaded(base * leaves[..., None], np.clip(sun, 0, 1), light)
            tree = tree + far * (light.horizon - tree)
            canvas[part] += inside[..., None] * (tree - canvas[part])
        y += big * 0.9
        big *= growth
    return canvas
