"""Files that nobody vouches for: each gives a result or Spanish sentences, and stays as it was.

What is tried is drawn by hypothesis from valid files with bytes changed, cut, doubled and lost, and
from headers that promise what does not follow. A case over a minute fails.
"""

from __future__ import annotations

import io
import json
import os
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gestures import dataset
from gestures import inference as gesture_inference
from gestures import sources as gesture_sources
from gestures.problems import Problem as GestureProblem
from scenes.data import images, sources
from scenes.data.dataset import load, scan
from scenes.problems import Problem as SceneProblem
from student_performance import data, inference, mapping, reading, simulate
from student_performance.problems import Problem
from student_performance.schema import PUBLISHED

RNG = np.random.default_rng(0)
# At most so many bytes of memory more than when this module was loaded.
MEMORY = 4 * 2**30
EXTREMES = [b"\xff\xff\xff\x7f", b"\xff\xff\xff\xff", b"\0\0\0\0", b"\0\0\0\x80"]


def edits(longest: int) -> st.SearchStrategy[bytes]:
    return st.binary(max_size=longest)


@st.composite
def damaged(draw, valid: bytes) -> bytes:
    """A file with a few bytes changed, slices lost or doubled, or its end missing."""
    content = bytearray(valid)
    for _ in range(draw(st.integers(1, 5))):
        # many faults lie in the header
        limit = draw(st.sampled_from([64, 512, len(content)]))
        at = draw(st.integers(0, max(min(limit, len(content)) - 1, 0)))
        length = draw(st.sampled_from([1, 1, 2, 4, 16, 300]))
        kind = draw(st.sampled_from(["change", "extreme", "lose", "double", "insert", "cut"]))
        piece = bytes(content[at : at + length])
        if kind == "change":
            content[at : at + length] = draw(st.binary(min_size=len(piece), max_size=len(piece)))
        elif kind == "extreme":
            content[at : at + 4] = draw(st.sampled_from(EXTREMES))
        elif kind == "lose":
            del content[at : at + length]
        elif kind == "double":
            content[at:at] = piece * draw(st.integers(1, 40))
        elif kind == "insert":
            content[at:at] = draw(edits(40))
        else:
            del content[at:]
    return bytes(content)


def answers(act: Callable, *errors: type[Exception]):
    """What a call gives; or that it refused, in sentences for a person."""
    try:
        return act()
    except errors as error:
        lines = getattr(error, "lines", None) or [str(error)]
        for line in lines:
            assert line.strip()
            assert "Traceback" not in line
            assert len(line) < 2000
        return None


@pytest.fixture(autouse=True, scope="module")
def memory():
    """No case may have taken more than 4 GiB."""
    resource = pytest.importorskip("resource")
    unit = 1 if sys.platform == "darwin" else 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    yield
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit - before < MEMORY


# --- CSV files of Problem 1

CLASSROOM = simulate.Simulation(rows=60, duplicated=2, seed=1)
STUDENTS = simulate.simulate(CLASSROOM).to_csv(index=False).encode()
CELLS = st.sampled_from(
    [
        *("=1+1", "=cmd|' /C calc'!A0", "@SUM(A1)", "<script>alert(1)</script>", '"', "'", ";"),
        *(
            "1e999",
            "-1e999",
            "nan",
            "inf",
            "1_000",
            "１２",
            "٣",
            "0x10",
            "1,5",
            "1.5.2",
            "\0",
            "\x1a",
        ),
        *("Sí", "SI", "yes", "Ｙes", " ", "", "a" * 5000, "9" * 400, "\ud7ff", "\u202e", "\ufeff"),
    ]
)


@st.composite
def tampered(draw) -> bytes:
    """Rows with hostile cells, another separator, encoding or line ending."""
    lines = [line.split(",") for line in STUDENTS.decode().splitlines()]
    for _ in range(draw(st.integers(0, 6))):
        row = lines[draw(st.integers(0, len(lines) - 1))]
        row[draw(st.integers(0, len(row) - 1))] = draw(CELLS)
    if draw(st.booleans()):
        lines[draw(st.integers(0, len(lines) - 1))] += ["7"] * draw(st.integers(1, 900))
    separator = draw(st.sampled_from([",", ";", "\t", "|", ", "]))
    text = draw(st.sampled_from(["\n", "\r\n", "\r"])).join(separator.join(row) for row in lines)
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "latin-1", "utf-16", "utf-32", "cp037"]))
    return text.encode(encoding, "replace")


@given(content=damaged(STUDENTS) | tampered() | edits(300))
def test_csv_files(content):
    found = answers(lambda: data.parse(content, "notas.csv"), Problem)
    if found is not None:
        assert len(found.rows)
        assert np.isfinite(found.schema.encode(found.rows)).all()
        assert np.isfinite(found.schema.answers(found.rows)).all()


@given(content=damaged(STUDENTS) | tampered() | edits(300))
def test_csv_files_to_predict_from(content):
    """As the page «Predicción» reads them, and writes what it gives back."""
    model = mapping.Mapping(PUBLISHED)
    found = answers(
        lambda: mapping.apply(reading.read(content, "curso.csv"), model, with_target=False), Problem
    )
    if found is not None:
        assert np.isfinite(PUBLISHED.encode(found.rows)).all()
        safe = reading.without_formulas(found.extra)
        assert not any(
            text.lstrip().startswith(("=", "@"))
            for text in [*safe.columns, *safe.to_numpy(str).ravel()]
        )


def test_a_huge_csv_is_refused_unread(tmp_path):
    path = tmp_path / "enorme.csv"
    with open(path, "wb") as file:
        file.truncate(200 * 2**20)
    with pytest.raises(Problem, match="MB"):
        data.load(path)


@pytest.mark.parametrize("field", [b"a" * 9_000_000, b'"' + b"a" * 9_000_000, b'"x",' * 2_000_000])
def test_huge_fields(field):
    assert answers(lambda: data.parse(STUDENTS + field, "notas.csv"), Problem) is None


# --- recordings of Problem 2


def npy(array: np.ndarray, pickled: bool = False) -> bytes:
    held = io.BytesIO()
    np.save(held, array, allow_pickle=pickled)
    return held.getvalue()


POINTS = npy(RNG.uniform(0.2, 0.8, (12, 42)).astype(np.float32))
LABELS = npy(np.arange(12) % 3)
HEADERS = st.sampled_from(
    [
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 42), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 42), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (12, 42, 0), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2**70, 42), }",
        "{'descr': '|O', 'fortran_order': False, 'shape': (12, 42), }",
        "{'descr': [('a', '<f4'), ('b', '|O')], 'fortran_order': False, 'shape': (12,), }",
        "{'descr': '<U9999999', 'fortran_order': False, 'shape': (12, 42), }",
        "{'descr': '<c16', 'fortran_order': True, 'shape': (12, 42), }",
        "{'descr': '<M8[s]', 'fortran_order': False, 'shape': (12, 42), }",
        "{'descr': '|V0', 'fortran_order': False, 'shape': (9223372036854775807,), }",
        "{'descr': __import__('os').system('false'), 'fortran_order': False, 'shape': (1,), }",
        "(" * 3000,
    ]
)


@st.composite
def promised(draw) -> bytes:
    """A header that says one thing, before the bytes of another."""
    header = draw(HEADERS).encode()
    version = draw(st.sampled_from([(1, 0), (2, 0), (3, 0), (9, 9)]))
    size = struct.pack("<H" if version[0] == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes(version) + size + header + draw(edits(3000))


ARRAYS = st.sampled_from(
    [
        npy(RNG.uniform(0, 1, (12, 21, 2))),
        npy(np.full((12, 42), np.nan)),
        npy(np.zeros((12, 42), complex)),
        npy(np.zeros((0, 42), np.float32)),
        npy(np.array("hola")),
        npy(np.array([{"a": 1}], dtype=object), pickled=True),
        npy(np.full((12, 42), 1e300)),
        npy(np.zeros((12, 42), "m8[s]")),
    ]
)


@given(points=damaged(POINTS) | promised() | ARRAYS, labels=damaged(LABELS) | st.just(LABELS))
def test_recordings(tmp_path, points, labels):
    paths = [tmp_path / "mias_dataset.npy", tmp_path / "mias_labels.npy"]
    for path, content in zip(paths, (points, labels), strict=True):
        path.write_bytes(content)
    found = answers(lambda: dataset.load(*paths), GestureProblem)
    if found is not None:
        assert found.points.shape == (len(found.labels), 42)
        assert np.isfinite(found.points).all()
    assert [path.read_bytes() for path in paths] == [points, labels]
    assert len(list(tmp_path.iterdir())) == 2


# --- pictures of Problem 3


def encoded(kind: str, mode: str = "RGB", **options) -> bytes:
    held = io.BytesIO()
    pixels = RNG.integers(0, 256, (40, 50, 3), dtype=np.uint8)
    image = Image.fromarray(pixels).convert(mode) if mode != "I;16" else Image.new(mode, (50, 40))
    image.save(held, kind, **options)
    return held.getvalue()


def claims(width: int, height: int) -> bytes:
    """A PNG whose header promises that many pixels, checksum and all."""
    content = bytearray(encoded("PNG"))
    content[16:24] = struct.pack(">II", width, height)
    content[29:33] = struct.pack(">I", zlib.crc32(bytes(content[12:29])))
    return bytes(content)


FRAME = Image.new("RGB", (8, 8))
PICTURES = [
    *(encoded("JPEG"), encoded("PNG"), encoded("JPEG", "CMYK"), encoded("JPEG", "L")),
    *(encoded("PNG", "RGBA"), encoded("PNG", "P"), encoded("PNG", "1"), encoded("PNG", "I;16")),
    *(encoded("GIF", save_all=True, append_images=[FRAME] * 3), encoded("BMP"), encoded("TIFF")),
    *(encoded("WEBP"), encoded("JPEG", progressive=True), claims(1, 1), claims(20000, 20000)),
    *(claims(2**31 - 1, 2**31 - 1), claims(0, 5), b"", b"\xff\xd8\xff", b"%PDF-1.4"),
]
NAMES = st.sampled_from(["a.jpg", "a.png", "a.JPEG", "a.gif", "a.txt", "a", "ñandú ☂.jpg"])
PICTURE = st.sampled_from(PICTURES).flatmap(lambda valid: st.just(valid) | damaged(valid or b"x"))


@given(content=PICTURE, name=NAMES)
def test_pictures(tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(content)
    found = answers(lambda: images.read(path, 32), images.ImageError)
    if found is not None:
        assert found.shape == (32, 32, 3)
        assert found.dtype == np.uint8
    assert path.read_bytes() == content
    path.unlink()


CLASS_NAMES = ("buildings", "forest", "glacier", "mountain", "sea", "street")


@st.composite
def trees(draw) -> list[tuple[str, bytes | None]]:
    """Files of an image folder: most classes complete, some of their files hostile."""
    files = []
    for subset in ("seg_train", "seg_test"):
        for name in CLASS_NAMES:
            if draw(st.integers(0, 30)) == 0:
                continue  # a class without a folder
            for at in range(2):
                good = encoded("PNG")  # each of other pixels
                hostile = draw(st.integers(0, 3)) == 0
                content = draw(PICTURE) if hostile else good
                called = draw(NAMES) if hostile else f"{at}.png"
                files.append((f"{subset}/{name}/{called}", content))
    for extra in ("loop", "dangling", "unreadable", "folder.jpg", "deep"):
        if draw(st.booleans()):
            files.append((extra, None))
    return files


def plant(root: Path, tree) -> None:
    for name, content in tree:
        path = root / name
        if content is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    home = root / "seg_train" / "sea"
    home.mkdir(parents=True, exist_ok=True)
    kinds = [name for name, content in tree if content is None]
    if "loop" in kinds:
        (home / "loop").symlink_to(root, target_is_directory=True)
    if "dangling" in kinds:
        (home / "dangling.jpg").symlink_to(root / "no está.jpg")
    if "unreadable" in kinds:
        (home / "cerrado.jpg").write_bytes(PICTURES[0])
        (home / "cerrado.jpg").chmod(0)
    if "folder.jpg" in kinds:
        (home / "carpeta.jpg").mkdir()
    if "deep" in kinds:
        (home / "/".join("ABCDEFGH")).mkdir(parents=True)
        (home / "/".join("ABCDEFGH") / "x.jpg").write_bytes(PICTURES[0])


def contents(root: Path) -> dict[str, bytes]:
    found = {}
    for folder, _, names in os.walk(root):
        for path in (Path(folder, name) for name in names):
            if path.is_file() and os.access(path, os.R_OK):
                found[str(path)] = path.read_bytes()
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need rights there")
@settings(max_examples=max(settings().max_examples // 10, 8))
@given(tree=trees())
def test_image_folders(tmp_path_factory, tree):
    root = tmp_path_factory.mktemp("fotos")
    plant(root, tree)
    before = contents(root)
    source = sources.Source(root, "own", "")

    def read():
        inventory = scan(source)
        return load(inventory, 32, cache=tmp_path_factory.mktemp("cache"))

    found = answers(read, SceneProblem)
    if found is not None:
        assert found.train.shape == (len(found.train_labels), 32, 32, 3)
        assert set(found.test_labels) == set(range(6))
    assert contents(root) == before


# --- videos of Problem 2


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("clip") / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    for at in range(12):
        writer.write(np.full((48, 64, 3), 20 * at, np.uint8))
    writer.release()
    return path.read_bytes()


@settings(max_examples=max(settings().max_examples // 2, 10))
@given(choice=st.data())
def test_videos(tmp_path, clip, choice):
    content = choice.draw(damaged(clip) | edits(400))
    path = tmp_path / choice.draw(st.sampled_from(["v.avi", "v.mp4", "v.webm", "v", "ñ ☂.avi"]))
    path.write_bytes(content)

    def watch() -> int:
        with gesture_sources.open_source(str(path)) as source:
            return sum(1 for _ in zip(source, range(1000), strict=False))

    found = answers(watch, GestureProblem)
    assert found is None or 0 < found <= 1000
    assert path.read_bytes() == content


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def avi(frames: list[bytes]) -> bytes:
    """An AVI that says 64 x 48, of JPEG frames of whatever size."""
    count, rate = len(frames), 10
    main = struct.pack("<14I", 100_000, 0, 0, 0, count, 0, 1, 0, 64, 48, 0, 0, 0, 0)
    stream = b"vidsMJPG" + struct.pack("<10I8x", 0, 0, 0, 1, rate, 0, count, 0, 0, 0)
    form = struct.pack("<IiiHH4sIiiII", 40, 64, 48, 1, 24, b"MJPG", 64 * 48 * 3, 0, 0, 0, 0)
    streams = b"strl" + chunk(b"strh", stream) + chunk(b"strf", form)
    header = b"hdrl" + chunk(b"avih", main) + chunk(b"LIST", streams)
    movie = b"movi" + b"".join(chunk(b"00dc", frame) for frame in frames)
    return chunk(b"RIFF", b"AVI " + chunk(b"LIST", header) + chunk(b"LIST", movie))


def jpeg(width: int, height: int) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (width, height), (90, 120, 60)).save(held, "JPEG")
    return held.getvalue()


def wave() -> bytes:
    form = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)
    return chunk(b"RIFF", b"WAVE" + chunk(b"fmt ", form) + chunk(b"data", bytes(16000)))


GOOD = jpeg(64, 48)
VIDEOS = {
    "whole": (avi([GOOD] * 6), 6),
    "no frames": (avi([]), None),
    "sound alone": (wave(), None),
    "another size in the middle": (avi([GOOD, GOOD, jpeg(320, 240), GOOD, jpeg(16, 90)]), 5),
    "a giant in the middle": (avi([GOOD, jpeg(9000, 9000), GOOD]), None),
    "a frame that is none": (avi([GOOD, b"nada de eso", GOOD]), None),
    "empty frames": (avi([GOOD, b"", b"", GOOD]), None),
    "the first is none": (avi([b"nada de eso", GOOD]), None),
}


@pytest.mark.parametrize("name", VIDEOS)
@pytest.mark.parametrize("suffix", ["avi", "mp4"])
def test_videos_that_change_in_the_middle(name, suffix, tmp_path):
    """Every frame that comes is a picture that the game can draw on."""
    content, expected = VIDEOS[name]
    path = tmp_path / f"v.{suffix}"
    path.write_bytes(content)

    def watch() -> list[tuple]:
        with gesture_sources.open_source(str(path)) as source:
            return [frame.image.shape for frame in source]

    found = answers(watch, GestureProblem)
    if name in ("no frames", "sound alone"):
        assert found is None
    elif expected:
        assert len(found) == expected
    for height, width, channels in found or []:
        assert channels == 3
        assert max(height, width) <= gesture_sources.LONGEST_SIDE


# --- models

MODELS = inference.SHIPPED.parent
STUDENT_JSON = (MODELS / "student_performance.json").read_bytes()
GESTURE_NETWORK = (MODELS / "rps_classifier.tflite").read_bytes()
GESTURE_JSON = (MODELS / "rps_classifier.json").read_bytes()


@given(content=damaged(STUDENT_JSON))
def test_what_is_written_about_a_regression_model(tmp_path, content):
    stem = tmp_path / "student_performance"
    stem.with_suffix(".json").write_bytes(content)
    network = (MODELS / "student_performance.tflite").read_bytes()
    stem.with_suffix(".tflite").write_bytes(network)
    found = answers(lambda: inference.load(stem), Problem)
    if found is not None:
        x = np.array([[5.0, 70.0, 1.0, 7.0, 3.0]])
        for level in found.levels:
            assert found.predict_interval(x, level).shape == (1, 3)
        assert found.extrapolates(x).shape == (1, 5)
        _, added = found.contributions(x.astype("float32"))
        assert added.shape == (5,)


@given(content=damaged(GESTURE_NETWORK) | edits(200))
def test_gesture_networks(tmp_path, content):
    path = tmp_path / "red.tflite"
    path.write_bytes(content)
    path.with_suffix(".json").write_bytes(GESTURE_JSON)
    model = answers(lambda: gesture_inference.GestureClassifier(path), gesture_inference.ModelError)
    if model is not None:
        hands = RNG.uniform(-1, 1, (3, 42)).astype(np.float32)
        assert model.predict(hands).shape == (3, 4)


@given(content=damaged(GESTURE_JSON))
def test_what_is_written_about_a_gesture_network(tmp_path, content):
    path = tmp_path / "red.tflite"
    path.write_bytes(GESTURE_NETWORK)
    path.with_suffix(".json").write_bytes(content)
    answers(lambda: gesture_inference.GestureClassifier(path), gesture_inference.ModelError)


@pytest.fixture(scope="module")
def scene_network(tmp_path_factory) -> bytes:
    from scenes.networks import architectures

    path = tmp_path_factory.mktemp("red") / "cnn.keras"
    architectures.build("cnn", 64, scaling=True).save(path)
    return path.read_bytes()


@settings(max_examples=max(settings().max_examples // 20, 6))
@given(choice=st.data())
def test_scene_networks(tmp_path, scene_network, choice):
    from scenes.networks import loading

    content = choice.draw(damaged(scene_network) | edits(200))
    path = tmp_path / "red.keras"
    path.write_bytes(content)
    model = answers(lambda: loading.load(path), SceneProblem)
    if model is not None:
        assert model.output_shape == (None, 6)
    assert path.read_bytes() == content


def repacked(network: bytes, change: Callable[[dict], None]) -> bytes:
    """The network with another ``config.json``."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(network)) as old, zipfile.ZipFile(held, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                config = json.loads(content)
                change(config)
                content = json.dumps(config).encode()
            new.writestr(name, content)
    return held.getvalue()


def other_classes(config: dict) -> None:
    config["config"]["layers"][-1]["config"]["units"] = 7


def hidden_code(config: dict) -> None:
    config["config"]["layers"][1] = {
        "module": "keras.layers",
        "class_name": "Lambda",
        "config": {
            "name": "lambda",
            "function": {
                "class_name": "__lambda__",
                "config": {"code": "4wEAAAA=", "defaults": None, "closure": None},
            },
        },
        "registered_name": None,
        "name": "lambda",
        "inbound_nodes": config["config"]["layers"][1]["inbound_nodes"],
    }


def other_module(config: dict) -> None:
    config["module"], config["class_name"] = "os", "system"


@pytest.mark.filterwarnings("ignore:Skipping nested container")  # what Keras says of such a file
@pytest.mark.parametrize("change", [other_classes, hidden_code, other_module])
def test_scene_networks_with_another_configuration(tmp_path, scene_network, change):
    from scenes.networks import loading

    path = tmp_path / "red.keras"
    path.write_bytes(repacked(scene_network, change))
    with pytest.raises(SceneProblem):
        loading.load(path)
