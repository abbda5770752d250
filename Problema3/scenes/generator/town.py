"""Painters of buildings and street: facades with window grids, in perspective."""

from __future__ import annotations

import cv2
import numpy as np

from scenes.generator import brushes, terrain
from scenes.generator.brushes import Light, colour, fractal, over, pick, sample, smooth
from scenes.generator.terrain import View, blend, shaded

WALLS = (
    (0.72, 0.66, 0.58),
    (0.55, 0.30, 0.24),
    (0.80, 0.78, 0.74),
    (0.48, 0.48, 0.50),
    (0.85, 0.72, 0.50),
    (0.40, 0.50, 0.58),
    (0.62, 0.52, 0.48),
)
GLASS = ((0.16, 0.20, 0.26), (0.30, 0.40, 0.50), (0.10, 0.11, 0.13), (0.24, 0.34, 0.36))
LAMP = colour(1.0, 0.82, 0.48)
ASPHALT = ((0.24, 0.24, 0.25), (0.36, 0.35, 0.34), (0.48, 0.45, 0.42), (0.60, 0.56, 0.52))
CARS = (
    (0.75, 0.75, 0.77),
    (0.12, 0.12, 0.14),
    (0.55, 0.10, 0.10),
    (0.15, 0.25, 0.50),
    (0.9, 0.9, 0.88),
)
PIXELS = 12  # of a window's bay in a facade's texture


def facade(rng: np.random.Generator, light: Light, floors: int, bays: int, shop: bool = False):
    """A wall with a grid of windows: float32 (floors * PIXELS, bays * PIXELS, 3), lit evenly."""
    wall = pick(rng, WALLS, 0.04)
    height, width = floors * PIXELS, bays * PIXELS
    picture = np.empty((height, width, 3), np.float32)
    stain = cv2.resize(rng.normal(0, 1, (floors + 2, bays + 2)).astype("f4"), (width, height))
    picture[:] = wall * (1 + 0.05 * stain[..., None])
    glass = pick(rng, GLASS, 0.03)
    frame = np.clip(wall * rng.choice([0.55, 1.3]), 0, 1)
    curtain = rng.random() < 0.2  # a wall of glass between thin ribs
    left, right = (
        (1, PIXELS - 1) if curtain else sorted(rng.choice([2, 3, 9, 10], 2, replace=False))
    )
    if right - left < 3:
        left, right = 3, 9
    top, bottom = (
        (1, PIXELS - 1) if curtain else (int(rng.integers(2, 4)), int(rng.integers(8, 11)))
    )
    bar = rng.random() < 0.5
    balcony = rng.random() < 0.25
    lit = rng.random((floors, bays)) < (rng.uniform(0.2, 0.7) if light.dark else 0.04)
    tone = rng.uniform(0.6, 1.5, (floors, bays))
    mirrored = rng.uniform(0, 0.6)
    for floor in range(floors):
        y = floor * PIXELS
        sky = light.zenith + (light.horizon - light.zenith) * (floor / max(floors - 1, 1))
        for bay in range(bays):
            x = bay * PIXELS
            pane = glass * tone[floor, bay]
            pane = pane + mirrored * (sky - pane) * min(tone[floor, bay], 1)
            if lit[floor, bay]:
                pane = LAMP * 1.5 if light.dark else LAMP
            picture[y + top - 1 : y + bottom + 1, x + left - 1 : x + right + 1] = frame
            picture[y + top : y + bottom, x + left : x + right] = pane
            if bar:
                picture[y + top : y + bottom, x + (left + right) // 2] = frame
        if balcony and floor % 2:
            picture[y + bottom - 2 : y + bottom + 2] *= 0.6
    if rng.random() < 0.4:  # a cornice on every floor
        picture[::PIXELS] *= rng.choice([0.7, 1.25])
    if shop:
        picture[-PIXELS:] = pick(rng, GLASS) * 0.8
        for bay in range(0, bays, 2):
            x = bay * PIXELS
            picture[-PIXELS : -PIXELS + 4, x : x + 2 * PIXELS - 2] = rng.uniform(0.1, 0.9, 3)
            picture[-PIXELS + 5 :, x + 1 : x + 2 * PIXELS - 4] = (
                LAMP * rng.uniform(0.3, 1.2)
                if light.dark
                else pick(rng, GLASS) * rng.uniform(0.6, 2)
            )
    return picture


def _hang(canvas, picture, corners):
    """Put a facade on the canvas; corners top left, top right, bottom right, bottom left."""
    side = len(canvas)
    height, width = picture.shape[:2]
    source = np.float32([(0, 0), (width, 0), (width, height), (0, height)])
    target = np.float32(corners)
    matrix = cv2.getPerspectiveTransform(source, target)
    # shrink first where the texture is much finer than the canvas, against moiré
    spread = max(np.ptp(target[:, 1]) / height, 1e-3), max(np.ptp(target[:, 0]) / width, 1e-3)
    blur = [max(0.0, 0.4 / ratio - 0.4) for ratio in spread]
    if max(blur) > 0.2:
        picture = cv2.GaussianBlur(
            picture, (0, 0), min(max(blur[1], 0.01), 4), sigmaY=min(max(blur[0], 0.01), 4)
        )
    down, along = brushes.box(side, target)
    size = along.stop - along.start, down.stop - down.start
    if min(size) < 1:
        return
    move = np.array([(1, 0, -along.start), (0, 1, -down.start), (0, 0, 1)], np.float64)
    drawn = cv2.warpPerspective(picture, move @ matrix, size, borderMode=cv2.BORDER_REPLICATE)
    brushes.fill(canvas, target, drawn)


def _lit(picture, light: Light, facing: float):
    """A wall under the light: facing 1 to the sun, 0 away; lamps stay bright."""
    bright = np.max(picture, axis=2, keepdims=True) > 1.02
    factor = light.shade + facing * (light.sun - light.shade)
    return np.where(bright, picture, picture * factor).astype(np.float32)


def buildings(rng: np.random.Generator, side: int, light: Light) -> np.ndarray:
    """A tower seen from its corner, a skyline, or a facade that fills the picture."""
    kind = rng.choice(4, p=(0.4, 0.25, 0.15, 0.2))
    return (_corner, _skyline, _front, _house)[kind](rng, side, light)


def _corner(rng, side, light):
    """Two sides of a building meet at an edge; both recede, and lean when seen from below."""
    canvas = brushes.sky(rng, side, side * 0.95, light)
    if rng.random() < 0.5:
        _blocks(rng, canvas, side, light, side * rng.uniform(0.5, 0.8), 0.35 + 0.4 * light.haze)
    edge = rng.uniform(0.25, 0.75) * side
    eye = rng.uniform(0.6, 1.05) * side  # the horizon's row
    top, foot = rng.uniform(-0.15, 0.3) * side, rng.uniform(0.92, 1.25) * side
    lean = rng.uniform(-0.02, 0.16)
    floors = int(rng.integers(4, 15))
    for sign in (-1, 1):
        reach = rng.uniform(0.3, 0.9) * side
        shrink = rng.uniform(0.35, 0.85)
        far = edge + sign * reach
        far_top, far_foot = eye + (top - eye) * shrink, eye + (foot - eye) * shrink
        bays = max(2, int(floors * reach / (foot - top) * rng.uniform(0.7, 1.6) / shrink))
        picture = _lit(
            facade(rng, light, floors, min(bays, 24), rng.random() < 0.3),
            light,
            0.85 if sign * light.side > 0 else 0.2,
        )
        inward = lean * (side / 2 - edge)
        inner = [(edge + inward, top), (edge, foot)]
        outer = [(far + lean * (side / 2 - far), far_top), (far, far_foot)]
        if sign > 0:
            corners = [inner[0], outer[0], outer[1], inner[1]]
        else:
            corners = [outer[0], inner[0], inner[1], outer[1]]
        _hang(canvas, picture, corners)
    if rng.random() < 0.4:
        _greenery(rng, canvas, light, side * rng.uniform(0.85, 0.97))
    return canvas


def _blocks(rng, canvas, side, light, base, far):
    """A row of towers of different height."""
    x = -rng.uniform(0, 0.1) * side
    while x < side:
        wide = side * rng.uniform(0.07, 0.2)
        top = base - side * rng.uniform(0.1, 0.55)
        floors, bays = int(rng.integers(5, 20)), int(rng.integers(3, 9))
        picture = _lit(facade(rng, light, floors, bays), light, rng.uniform(0.2, 0.9))
        picture = picture + np.float32(far) * (light.horizon - picture)
        _hang(canvas, picture, [(x, top), (x + wide, top), (x + wide, base), (x, base)])
        roof = rng.random()
        shade = picture[0].mean(axis=0)
        if roof < 0.25:
            points = [(x, top), (x + wide / 2, top - wide * rng.uniform(0.2, 0.8)), (x + wide, top)]
            brushes.fill(canvas, points, shade * 0.8)
        elif roof < 0.45:
            mast = [
                (x + wide * 0.48, top),
                (x + wide * 0.5, top - side * 0.1),
                (x + wide * 0.52, top),
            ]
            brushes.fill(canvas, mast, shade * 0.7)
        x += wide * rng.uniform(0.75, 1.25)


def _skyline(rng, side, light):
    base = side * rng.uniform(0.72, 0.95)
    canvas = brushes.sky(rng, side, base, light)
    _blocks(rng, canvas, side, light, base, min(0.75, 0.3 + 0.4 * light.haze))
    _blocks(rng, canvas, side, light, base + side * 0.02, 0.15 * light.haze)
    rows = np.arange(side, dtype=np.float32)[:, None]
    ground = np.repeat(np.clip(rows - base, 0, 1), side, axis=1)
    if rng.random() < 0.4:  # water that mirrors the towers
        mirror = canvas[np.clip(2 * int(base) - np.arange(side), 0, side - 1)]
        ripple = 0.75 + 0.1 * sample(
            fractal(rng, 256, 1.2, 4),
            np.arange(side)[None] * 0.6 + rows * 0,
            rows * 4 + np.zeros((1, side)),
        )
        over(canvas, ground, cv2.GaussianBlur(mirror, (0, 0), 1.5) * ripple[..., None])
    else:
        over(canvas, ground, pick(rng, ASPHALT) * light.shade * 1.3)
        _greenery(rng, canvas, light, base + side * 0.02)
    return canvas


def _front(rng, side, light):
    """One facade fills the picture, a little turned."""
    canvas = brushes.sky(rng, side, side, light)
    picture = facade(
        rng, light, int(rng.integers(3, 10)), int(rng.integers(3, 11)), rng.random() < 0.3
    )
    turn, tilt = rng.normal(0, 0.18, 2)
    corners = np.array([(-0.1, -0.1), (1.1, -0.1), (1.1, 1.1), (-0.1, 1.1)])
    corners[[0, 3], 1] = 0.5 + (corners[[0, 3], 1] - 0.5) * (1 + turn)
    corners[[1, 2], 1] = 0.5 + (corners[[1, 2], 1] - 0.5) * (1 - turn)
    corners[[0, 1], 0] = 0.5 + (corners[[0, 1], 0] - 0.5) * (1 - abs(tilt))
    if rng.random() < 0.4:
        corners[[0, 1], 1] += rng.uniform(0.1, 0.35)
    _hang(canvas, _lit(picture, light, rng.uniform(0.3, 0.9)), corners * side)
    return canvas


def _house(rng, side, light):
    """A low building with a roof, on grass or pavement."""
    base = side * rng.uniform(0.7, 0.9)
    canvas = brushes.sky(rng, side, base, light)
    rows = np.arange(side, dtype=np.float32)[:, None]
    ground = pick(rng, (*ASPHALT, (0.35, 0.42, 0.2), (0.3, 0.4, 0.18)))
    noise = fractal(rng, side, 1.0, 4)[..., None]
    over(
        canvas,
        np.repeat(np.clip(rows - base + side * 0.04, 0, 1), side, 1),
        ground * (0.4 * light.shade + 0.5 * light.sun) * (1 + 0.1 * noise),
    )
    wide, tall = side * rng.uniform(0.45, 0.9), side * rng.uniform(0.25, 0.5)
    x = rng.uniform(0.0, 1.0) * (side - wide)
    floors = int(rng.integers(2, 5))
    main = wide * rng.uniform(0.45, 0.75)
    vanish = rng.uniform(0.75, 0.92)
    front = _lit(
        facade(rng, light, floors, int(rng.integers(3, 8)), rng.random() < 0.3),
        light,
        0.85 if light.side < 0 else 0.3,
    )
    flank = _lit(
        facade(rng, light, floors, int(rng.integers(2, 5))), light, 0.85 if light.side > 0 else 0.3
    )
    top, eye = base - tall, base - tall * 0.3
    far_top, far_base = eye + (top - eye) * vanish, eye + (base - eye) * vanish
    _hang(canvas, front, [(x, top), (x + main, top), (x + main, base), (x, base)])
    _hang(
        canvas,
        flank,
        [(x + main, top), (x + wide, far_top), (x + wide, far_base), (x + main, base)],
    )
    tile = pick(rng, ((0.55, 0.26, 0.18), (0.35, 0.33, 0.33), (0.45, 0.30, 0.22)))
    peak = top - side * rng.uniform(0.06, 0.22)
    if rng.random() < 0.7:
        brushes.fill(
            canvas,
            [(x - 4, top), (x + main * 0.25, peak), (x + main * 0.9, peak), (x + main + 3, top)],
            tile * (light.shade + 0.6 * (light.sun - light.shade)),
        )
        brushes.fill(
            canvas,
            [
                (x + main + 3, top),
                (x + main * 0.9, peak),
                (x + wide * 0.95, far_top + (peak - top) * 0.8),
                (x + wide + 3, far_top),
            ],
            tile * light.shade * 1.1,
        )
    if rng.random() < 0.6:
        _greenery(rng, canvas, light, base + side * 0.05)
    return canvas


def _greenery(rng, canvas, light, base):
    """Round trees and bushes at the foot of buildings."""
    side = len(canvas)
    for _ in range(int(rng.integers(1, 7))):
        x, radius = rng.uniform(0, 1) * side, side * rng.uniform(0.04, 0.11)
        y = base - radius * rng.uniform(0.5, 1.6)
        trunk = [(x - 1.5, base + 2), (x + 1.5, base + 2), (x + 1, y), (x - 1, y)]
        brushes.fill(canvas, trunk, colour(0.2, 0.15, 0.12) * light.sun)
        _crown(rng, canvas, x, y, radius, light)


def _crown(rng, canvas, x, y, radius, light):
    """A ball of leaves around (x, y)."""
    reach = 1.3 * radius
    down, along = brushes.box(len(canvas), [(x - reach, y - reach), (x + reach, y + reach)])
    part = canvas[down, along]
    if not part.size:
        return
    leaf = pick(rng, ((0.2, 0.34, 0.14), (0.34, 0.42, 0.16), (0.5, 0.4, 0.16)))
    texture = fractal(rng, 256, 1.0, 6)[: part.shape[0], : part.shape[1]]
    rows = (np.arange(down.start, down.stop, dtype=np.float32)[:, None] - y) / radius
    columns = (np.arange(along.start, along.stop, dtype=np.float32)[None] - x) / radius
    sun = np.clip(0.45 + 0.4 * columns * light.side - 0.3 * rows, 0, 1)
    tree = shaded(leaf * (1 + 0.22 * texture[..., None]), sun, light)
    over(part, 1 - smooth(np.hypot(columns, rows * 1.05) + 0.13 * texture, 0.82, 1.08), tree)


def street(rng: np.random.Generator, side: int, light: Light) -> np.ndarray:
    """A road between two rows of facades that run to one vanishing point; cars, lamps, people."""
    horizon = side * rng.uniform(0.42, 0.66)
    x0 = rng.uniform(0.3, 0.7)  # the vanishing point
    canvas = brushes.sky(rng, side, horizon, light)
    eye = rng.uniform(1.5, 4.5)
    view = View(side, horizon, eye, eye * side / (side - horizon) * 0.8, 260, rng.uniform(0.9, 1.4))
    across, ahead = view.grid()
    across = across + (0.5 - x0) * view.width * ahead
    road, walk = rng.uniform(2.2, 6), rng.uniform(1.2, 3)
    colours = _pavement(rng, across, ahead, road, light)
    terrain.draw(canvas, view, np.zeros_like(ahead), colours, light, 180 / (0.3 + light.haze))

    def place(metres, up, far):
        shift = (x0 - 0.5) * side
        return float(view.column(metres, far) + shift), float(view.row(up, far))

    if rng.random() < 0.5:  # what closes the view
        _blocks(rng, canvas, side, light, horizon + 1, 0.5 + 0.3 * light.haze)
    for sign in (-1, 1):
        _row_of_houses(rng, canvas, place, sign, road + walk, light)
    things = []
    for sign in (-1, 1):
        if rng.random() < 0.7:
            gap = rng.uniform(7, 16)
            tree = rng.random() < 0.4
            things += [
                (far, "tree" if tree else "lamp", sign * (road + 0.5))
                for far in np.arange(rng.uniform(6, 12), 90, gap)
            ]
        if rng.random() < 0.6:
            things += [
                (far, "car", sign * (road - 1.0))
                for far in np.arange(rng.uniform(7, 14), 90, rng.uniform(6, 12))
                if rng.random() < 0.75
            ]
    for _ in range(int(rng.integers(0, 5))):
        things.append((rng.uniform(9, 60), "car", rng.choice([-1, 1]) * road * 0.4))
    for _ in range(int(rng.integers(0, 9))):
        things.append(
            (rng.uniform(6, 40), "person", rng.choice([-1, 1]) * rng.uniform(road, road + walk))
        )
    for far, what, metres in sorted(things, reverse=True):
        if far > view.near * 1.1:
            {"car": _car, "lamp": _lamp, "tree": _tree, "person": _person}[what](
                rng, canvas, place, metres, far, light
            )
    return canvas


def _pavement(rng, across, ahead, road, light):
    """Lit colours of road, kerbs, sidewalks and markings."""
    tile = fractal(rng, 256, 1.0, 3)
    grain = sample(tile, across * 30, ahead * 20)
    base = pick(rng, ASPHALT)
    if rng.random() < 0.25:  # cobbles
        rowed = np.mod(np.floor(ahead * 3), 2) * 0.5
        joint = np.minimum(
            np.abs(np.mod(across * 3 + rowed, 1) - 0.5), np.abs(np.mod(ahead * 3, 1) - 0.5)
        )
        grain = grain * 0.6 + smooth(joint, 0.0, 0.12) * 1.5 * np.exp(-ahead / 15)
    colours = base * (1 + 0.10 * grain[..., None])
    colours = blend(
        colours,
        smooth(np.abs(across), road, road + 0.08),
        pick(rng, ASPHALT[1:]) * 1.1 * (1 + 0.06 * grain[..., None]),
    )
    kerb = np.exp(-(((np.abs(across) - road - 0.1) / 0.12) ** 2))
    colours = blend(colours, kerb * 0.8, colour(0.66, 0.65, 0.62))
    if rng.random() < 0.7:
        paint = colour(0.92, 0.92, 0.86) if rng.random() < 0.7 else colour(0.9, 0.75, 0.2)
        dash = (
            np.ones_like(ahead)
            if rng.random() < 0.3
            else (np.mod(ahead + rng.random() * 8, 7) < 3.2)
        )
        line = (np.abs(across) < 0.1 + ahead * 0.0012) * dash
        colours = blend(colours, line * 0.9, paint)
    if rng.random() < 0.3:  # a zebra crossing
        at = rng.uniform(6, 14)
        zebra = (
            (np.abs(ahead - at) < 1.4) * (np.mod(across + 50, 1) < 0.5) * (np.abs(across) < road)
        )
        colours = blend(colours, zebra * 0.9, colour(0.93, 0.93, 0.9))
    shadow = rng.random() < 0.5
    sun = np.full_like(ahead, 0.75)
    if shadow:
        sun = 0.1 + 0.75 * smooth(
            across * -np.sign(light.side), -road * rng.uniform(-0.8, 0.8), road
        )
    lit = colours * (light.shade + sun[..., None] * (light.sun - light.shade))
    if light.dark:
        glow = np.exp(-(((np.mod(ahead, 14) - 7) / 4) ** 2)) * np.exp(
            -(((np.abs(across) - road) / 3) ** 2)
        )
        lit = lit + (glow * 0.35)[..., None] * LAMP * colours
    return lit.astype(np.float32)


def _row_of_houses(rng, canvas, place, sign, wall, light):
    """Facades along one side, the farthest first."""
    edges = [rng.uniform(2.2, 4)]
    while edges[-1] < 130:
        edges.append(edges[-1] + rng.uniform(7, 24))
    heights = np.clip(rng.uniform(5, 20) * np.exp(rng.normal(0, 0.3, len(edges))), 4, 45)
    facing = 0.85 if sign * light.side < 0 else 0.25
    for k in range(len(edges) - 2, -1, -1):
        near, far, tall = edges[k], edges[k + 1], heights[k]
        if rng.random() < 0.07:
            continue
        floors = max(2, round(tall / 3))
        bays = max(2, round((far - near) / 2.4))
        picture = facade(rng, light, floors, bays, rng.random() < 0.6)
        picture = _lit(picture, light, facing)
        haze = 1 - np.exp(-near / 180 * (0.3 + light.haze))
        picture = picture + np.float32(haze) * (light.horizon - picture)
        corners = [
            place(sign * wall, tall, near),
            place(sign * wall, tall, far),
            place(sign * wall, 0, far),
            place(sign * wall, 0, near),
        ]
        # the front of the next house shows above a lower neighbour nearer to the camera
        end = [
            place(sign * wall, tall, near),
            place(sign * (wall + 12), tall, near),
            place(sign * (wall + 12), 0, near),
            place(sign * wall, 0, near),
        ]
        brushes.fill(canvas, end, picture.reshape(-1, 3).mean(axis=0) * 0.85)
        _hang(canvas, picture, corners)


def _box(canvas, place, left, right, low, high, far, paint):
    (x1, y1), (x2, y2) = place(left, high, far), place(right, low, far)
    brushes.fill(canvas, [(x1, y1), (x2, y1), (x2, y2), (x1, y2)], paint)


def _car(rng, canvas, place, metres, far, light):
    paint = pick(rng, CARS) * (0.4 * light.shade + 0.6 * light.sun)
    half, tall = rng.uniform(0.8, 0.95), rng.uniform(1.35, 1.9)
    ground = [
        place(metres + dx * half * 1.1, 0, far + dz)
        for dx, dz in ((-1, -0.3), (1, -0.3), (1, 3), (-1, 3))
    ]
    brushes.fill(canvas, ground, colour(0.03, 0.03, 0.04), 0.6)
    long = 3.8
    inner = -np.sign(metres) * half
    flank = [
        place(metres + inner, 0.3, far),
        place(metres + inner, 0.95, far),
        place(metres + inner, 0.95, far + long),
        place(metres + inner, 0.3, far + long),
    ]
    brushes.fill(canvas, flank, paint * 0.75)
    _box(canvas, place, metres - half, metres + half, 0.25, 0.95, far, paint)
    roof = [
        place(metres - half * 0.9, 0.95, far),
        place(metres - half * 0.7, tall, far + 0.5),
        place(metres + half * 0.7, tall, far + 0.5),
        place(metres + half * 0.9, 0.95, far),
    ]
    brushes.fill(canvas, roof, paint * 0.9)
    glass = [
        place(metres - half * 0.75, 1.0, far),
        place(metres - half * 0.6, tall - 0.12, far + 0.4),
        place(metres + half * 0.6, tall - 0.12, far + 0.4),
        place(metres + half * 0.75, 1.0, far),
    ]
    brushes.fill(canvas, glass, colour(0.10, 0.13, 0.17) + 0.25 * light.horizon)
    for dx in (-1, 1):
        _box(
            canvas,
            place,
            metres + dx * half * 0.8 - 0.14,
            metres + dx * half * 0.8 + 0.14,
            0.02,
            0.35,
            far,
            colour(0.04, 0.04, 0.05),
        )
        lamp = colour(1.2, 1.1, 0.85) if metres < 0 else colour(0.9, 0.08, 0.06)
        _box(
            canvas,
            place,
            metres + dx * half * 0.75 - 0.15,
            metres + dx * half * 0.75 + 0.15,
            0.65,
            0.82,
            far,
            lamp if light.dark else lamp * 0.7,
        )


def _lamp(rng, canvas, place, metres, far, light):
    tall = 5.5
    dark = colour(0.12, 0.13, 0.14) * (0.5 + 0.5 * light.sun)
    _box(canvas, place, metres - 0.07, metres + 0.07, 0, tall, far, dark)
    arm = -np.sign(metres)
    _box(
        canvas,
        place,
        min(metres, metres + arm),
        max(metres, metres + arm),
        tall - 0.1,
        tall + 0.05,
        far,
        dark,
    )
    if light.dark:
        x, y = place(metres + arm, tall - 0.15, far)
        side = len(canvas)
        rows, columns = np.arange(side)[:, None], np.arange(side)[None]
        glow = np.exp(-(((columns - x) ** 2 + (rows - y) ** 2) / (1.2 * side / far * 0.5) ** 2))
        canvas += (glow[..., None] * LAMP * 0.9).astype(np.float32)


def _tree(rng, canvas, place, metres, far, light):
    _box(
        canvas,
        place,
        metres - 0.12,
        metres + 0.12,
        0,
        2.6,
        far,
        colour(0.2, 0.15, 0.12) * light.sun,
    )
    _crown(rng, canvas, *place(metres, 3.8, far), 1.7 / far * len(canvas), light)


def _person(rng, canvas, place, metres, far, light):
    cloth = rng.uniform(0.05, 0.7, 3).astype("f4") * (0.4 * light.shade + 0.6 * light.sun)
    _box(canvas, place, metres - 0.2, metres - 0.03, 0, 0.85, far, cloth * 0.4)
    _box(canvas, place, metres + 0.03, metres + 0.2, 0, 0.85, far, cloth * 0.4)
    _box(canvas, place, metres - 0.24, metres + 0.24, 0.8, 1.5, far, cloth)
    _box(
        canvas,
        place,
        metres - 0.1,
        metres + 0.1,
        1.53,
        1.78,
        far,
        colour(0.7, 0.5, 0.4) * light.sun,
    )
