"""Finding, checking, decoding and splitting images, with every fault a folder can have."""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenes.classes import SCENES
from scenes.data import cache, dataset, images, inventory, sampling, sources
from scenes.networks import described
from scenes.problems import Problem

SEA = Path("seg_train/seg_train/sea")


@pytest.fixture
def copy(folder, tmp_path) -> Path:
    """A copy of the small folder that a test may damage."""
    return Path(shutil.copytree(folder, tmp_path / "copia"))


def inspect(root: Path, **options) -> inventory.Inventory:
    return dataset.scan(sources.find(root), **options)


def first(root: Path, scene: str = "sea") -> Path:
    return min((root / "seg_train" / "seg_train" / scene).iterdir())


def photograph(mode: str = "RGB", size: tuple[int, int] = (40, 30)) -> Image.Image:
    pixels = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(pixels).convert(mode)


# --- finding


def test_places_in_the_repository(root):
    assert root / "data" / "intel" == sources.REAL
    assert root / "models" == described.SHIPPED == described.locate("cnn").parent
    assert cache.GIVEN or root / "Problema3" / "cache" == cache.CACHE


def test_order_of_the_sources(folder, tmp_path, monkeypatch):
    monkeypatch.delenv(sources.VARIABLE, raising=False)
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "kaggle"))
    monkeypatch.setattr(sources, "REAL", tmp_path / "intel")
    monkeypatch.setattr(sources, "SIMULATED", folder)
    monkeypatch.setattr(sources.simulate, "is_current", lambda root, config: True)
    assert (sources.find().root, sources.find().kind) == (folder, "simulated")
    assert "simulad" in sources.find().message

    parent = tmp_path / "kaggle" / "datasets" / sources.OWNER / sources.SET
    shutil.copytree(folder / "seg_train", parent / "versions" / "2" / "seg_train")
    assert sources.find().root == folder  # a download that was not completed does not count
    (parent / "2.complete").touch()
    assert sources.find().root == parent / "versions" / "2"

    shutil.copytree(folder / "seg_train", tmp_path / "intel" / "seg_train")
    assert sources.find().root == tmp_path / "intel"
    monkeypatch.setenv(sources.VARIABLE, str(parent / "versions" / "2"))
    assert sources.find().root == parent / "versions" / "2"
    assert sources.find(folder).root == folder


def test_scenes_are_generated_at_first_use(tmp_path, monkeypatch):
    monkeypatch.delenv(sources.VARIABLE, raising=False)
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "kaggle"))
    monkeypatch.setattr(sources, "REAL", tmp_path / "intel")
    monkeypatch.setattr(sources, "SIMULATED", tmp_path / "escenas")
    small = sources.simulate.Simulation(2, 1, 0, 16)
    monkeypatch.setattr(sources.simulate, "DEFAULT", small)
    told = []
    source = sources.find(announce=told.append)
    assert "18 escenas" in told[0]
    assert len(dataset.scan(source).train) == 12
    sources.find(announce=told.append)
    assert len(told) == 1


def test_missing_folder_and_failed_download_say_what_to_do(tmp_path, monkeypatch):
    archive = tmp_path / "fotos.zip"
    archive.write_bytes(b"PK")
    with pytest.raises(Problem, match=r"es un archivo.*descomprímalo"):
        sources.find(archive)
    with pytest.raises(Problem, match="No existe la carpeta"):
        sources.find(tmp_path / "nada")
    monkeypatch.delenv(sources.VARIABLE, raising=False)
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "kaggle"))
    monkeypatch.setattr(sources, "REAL", tmp_path / "intel")
    import kagglehub

    def fail(handle):
        raise ConnectionError(handle)

    monkeypatch.setattr(kagglehub, "dataset_download", fail)
    told = []
    with pytest.raises(Problem, match="data/intel"):
        sources.find(download=True, announce=told.append)
    assert "versions/2" in told[0]
    assert "MB" in told[0]


def test_both_layouts_and_the_folder_inside_are_accepted(copy):
    nested = inspect(copy)
    for subset in inventory.SUBSETS:
        os.rename(copy / subset / subset, copy / "mudanza")
        (copy / subset).rmdir()
        os.rename(copy / "mudanza", copy / subset)
    flat = inspect(copy)
    assert [item.digest for item in flat.train] == [item.digest for item in nested.train]
    assert sources.find(copy / "seg_train").root == copy


def test_published_counts_tell_the_real_set(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "PUBLISHED_TEST", [1, 2, 1, 1, 1, 1])
    for index, scene in enumerate(SCENES):
        for subset in inventory.SUBSETS:
            (tmp_path / subset / scene).mkdir(parents=True)
        for k in range(2 if index == 1 else 1):
            (tmp_path / "seg_test" / scene / f"{k}.jpg").touch()
    assert sources.find(tmp_path).kind == "real"
    (tmp_path / "seg_test" / "sea" / "otra.jpg").touch()
    assert sources.find(tmp_path).kind == "own"


# --- files that cannot be used


def save_cmyk(path):
    photograph("CMYK").save(path)


def save_deep(path):
    Image.fromarray(np.full((30, 40), 40_000, np.uint16)).save(path.with_suffix(".png"))


def png(width: int, height: int, depth: int, pixels: bytes) -> bytes:
    """A colour PNG written by hand, whatever its header claims."""

    def chunk(name, body):
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def save_deep_colour(path):
    path.with_suffix(".png").write_bytes(png(16, 16, 16, bytes(16 * (1 + 16 * 6))))


def save_animation(path):
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    frames[0].save(path.with_suffix(".webp"), save_all=True, append_images=frames[1:])


def save_truncated(path):
    photograph(size=(90, 90)).save(path)
    path.write_bytes(path.read_bytes()[:-400])


def save_bomb(path):
    path.with_suffix(".png").write_bytes(png(12_000, 8_000, 8, bytes(10**6)))


def save_huge_header(path):
    path.with_suffix(".png").write_bytes(png(2**31 - 1, 2**31 - 1, 8, b""))


def save_other_format(path):
    photograph().save(path, format="PNG")


FAULTS = {
    "vacío": lambda path: path.write_bytes(b""),
    "no es una imagen": lambda path: path.write_bytes(b"hola " * 100),
    "truncado": save_truncated,
    "CMYK": save_cmyk,
    "16 o más bits": save_deep,
    "bits por canal": save_deep_colour,
    "animación": save_animation,
    "12000×8000": save_bomb,
    "píxeles": save_huge_header,
    "extensión no corresponde": save_other_format,
    "mide 3×3": lambda path: photograph(size=(3, 3)).save(path),
    "no es un archivo común": lambda path: os.mkfifo(path),
    "no se puede leer": lambda path: path.symlink_to(path),
    "no es de JPEG, PNG, BMP, WEBP": lambda path: path.with_suffix(".txt").write_text("nota"),
    "carpeta dentro": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("words", FAULTS)
def test_bad_file_is_listed_and_skipped(copy, words):
    before = inspect(copy)
    if words == "no es un archivo común" and not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    FAULTS[words](copy / SEA / "mala.jpg")
    after = inspect(copy)
    assert after.train == before.train
    (line,) = after.skipped
    assert words in line
    assert "mala" in line
    assert line.endswith("omite.") or line.endswith("omite la carpeta.")


def test_file_that_is_too_large_is_not_read(copy):
    with open(copy / SEA / "enorme.jpg", "wb") as file:
        file.truncate(images.MAX_BYTES + 1)  # sparse: takes no room
    (line,) = inspect(copy).skipped
    assert "40 MB" in line


def test_unreadable_file_is_listed(copy, monkeypatch):
    target = first(copy)
    opened = os.open

    def refuse(path, *rest):
        if Path(path) == target:
            raise PermissionError(13, "denied")
        return opened(path, *rest)

    monkeypatch.setattr(images.os, "open", refuse)
    (line,) = inspect(copy).skipped
    assert "sin permiso" in line


def test_damage_that_only_decoding_shows_is_listed_by_load(copy, tmp_path):
    photograph(size=(64, 64)).save(copy / SEA / "zz.png")
    content = bytearray((copy / SEA / "zz.png").read_bytes())
    content[200:260] = bytes(60)
    (copy / SEA / "zz.png").write_bytes(content)
    found = inspect(copy)
    assert len(found.train) == 73
    for _ in range(2):  # decoded, then from the cache
        loaded = dataset.load(found, 16, tmp_path / "cache")
        assert len(loaded.train) == len(loaded.train_labels) == len(loaded.train_paths) == 72
        assert len(loaded.test) == 24
        assert "zz.png" in loaded.skipped[0]
        assert [path.parent.name for path in loaded.test_paths] == [
            SCENES.names[label] for label in loaded.test_labels
        ]


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1"])
def test_what_becomes_rgb_without_loss_is_converted_and_listed(copy, mode):
    path = copy / SEA / "otra.png"
    photograph(mode).save(path)
    found = inspect(copy)
    assert len(found.train) == 73
    assert "otra.png" in found.converted[0]
    expected = np.asarray(photograph(mode).convert("RGB"))
    np.testing.assert_array_equal(images.read(path), expected)


def test_transparent_parts_are_white_and_photographs_upright(tmp_path):
    clear = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    clear.save(tmp_path / "clara.png")
    assert (images.read(tmp_path / "clara.png") == 255).all()
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    photograph(size=(40, 20)).save(tmp_path / "girada.jpg", exif=exif)
    assert images.read(tmp_path / "girada.jpg").shape == (40, 20, 3)


def test_read_names_the_file(tmp_path):
    (tmp_path / "rota.jpg").write_bytes(b"nada")
    with pytest.raises(Problem, match=r"«rota\.jpg»: no es una imagen"):
        images.read(tmp_path / "rota.jpg")


# --- folders


def test_unknown_class_and_stray_files_are_listed(copy):
    (copy / "seg_train" / "seg_train" / "desert").mkdir()
    (copy / "seg_train" / "seg_train" / "suelta.jpg").write_bytes(b"x")
    (copy / SEA / ".DS_Store").write_bytes(b"x")
    (copy / SEA / "Thumbs.db").write_bytes(b"x")
    lines = " ".join(inspect(copy).skipped)
    assert "desert" in lines
    assert "suelta.jpg" in lines
    assert "Thumbs" not in lines


def test_links_to_parent_folders_lead_nowhere(copy):
    (copy / SEA / "vuelta").symlink_to(copy, target_is_directory=True)
    shutil.rmtree(copy / "seg_train" / "seg_train" / "desert", ignore_errors=True)
    (copy / "seg_train" / "seg_train" / "desert").symlink_to(copy, target_is_directory=True)
    found = inspect(copy)
    assert len(found.train) == 72
    assert len(found.skipped) == 2


def test_every_empty_or_missing_class_is_named_at_once(copy):
    shutil.rmtree(copy / SEA)
    for path in (copy / "seg_test" / "seg_test" / "forest").iterdir():
        path.unlink()
    with pytest.raises(Problem) as caught:
        inspect(copy)
    train, test, skipped = caught.value.lines
    assert "seg_train: cada clase necesita al menos 2 imágenes utilizables y «sea» tiene 0" in train
    assert "seg_test: cada clase necesita al menos una imagen utilizable y «forest» tiene" in test
    assert "forest" in skipped


def test_without_a_test_part_images_are_parted_for_it(copy):
    shutil.rmtree(copy / "seg_test")
    found = inspect(copy, seed=4)
    assert found.test_split == {"share": 0.2, "seed": 4}
    assert np.bincount([item.label for item in found.test]).tolist() == [2] * 6
    assert np.bincount([item.label for item in found.train]).tolist() == [10] * 6
    assert not {item.digest for item in found.train} & {item.digest for item in found.test}
    assert inspect(copy, seed=4) == found != inspect(copy, seed=5)
    # train/test parts keep theirs
    (copy / "seg_train").rename(copy / "seg_test")
    with pytest.raises(Problem, match="no de entrenamiento"):
        inspect(copy)


def test_a_folder_without_classes_explains_the_layouts(tmp_path):
    photograph().save(tmp_path / "suelta.png")
    with pytest.raises(Problem, match="seg_train") as caught:
        inspect(tmp_path)
    assert len(caught.value.lines) == 1


def test_any_file_name_works(copy, tmp_path):
    names = ["ñandú 海.jpg", "con\nsalto.jpg", "comillas «'\".jpg"]
    for number, name in enumerate(names):
        photograph(size=(40 + number, 30)).save(copy / SEA / name)
    if sys.platform == "linux":
        photograph(size=(50, 30)).save(copy / SEA / os.fsdecode(b"byte\xff.jpg"))
        (copy / SEA / os.fsdecode(b"mala\xff.jpg")).write_bytes(b"x")
    found = inspect(copy)
    assert {item.path.name for item in found.train} >= set(names)
    for line in found.lines():
        line.encode("utf-8")
        assert "\n" not in line
    expected = 72 + len(names) + (sys.platform == "linux")
    assert len(dataset.load(found, 16, tmp_path / "cache").train) == expected


# --- duplicates, limit, split


def test_duplicates_are_dropped_and_counted(copy):
    train, test = copy / "seg_train" / "seg_train", copy / "seg_test" / "seg_test"
    shutil.copy(first(copy, "sea"), train / "sea" / "copia.jpg")  # repeated
    shutil.copy(first(copy, "street"), train / "buildings" / "otra.jpg")  # conflicting: two
    shutil.copy(min((test / "forest").iterdir()), train / "forest" / "prueba.jpg")  # in test
    shutil.copy(min((test / "forest").iterdir()), train / "glacier" / "prueba.jpg")  # in test too
    found = inspect(copy)
    assert found.dropped == {"in_test": 2, "conflicting": 2, "repeated": 1}
    assert len(found.train) == 71
    assert len(found.test) == 24
    kept = {hashlib.sha256(item.path.read_bytes()).hexdigest() for item in found.train}
    assert len(kept) == 71
    assert not kept & {item.digest for item in found.test}
    told = " ".join(found.lines())
    assert "2 idénticas" in told
    assert "2 repetidas con clases distintas" in told


def test_limit_is_stratified_nested_and_seeded(folder):
    small, large = inspect(folder, limit=24), inspect(folder, limit=48)
    assert np.bincount([item.label for item in small.train]).tolist() == [4] * 6
    assert len(small.test) == 8
    assert {item.label for item in small.test} == set(range(6))
    assert set(small.train) < set(large.train)
    assert small == inspect(folder, limit=24)
    assert small.train != inspect(folder, limit=24, seed=1).train
    assert inspect(folder, limit=500).train == inspect(folder).train
    with pytest.raises(Problem, match="al menos 12"):
        inspect(folder, limit=11)


def test_quotas_follow_the_proportions():
    sizes = np.array([100, 50, 10, 3, 1, 36])
    given = sampling.quotas(sizes, 40, 1)
    assert given.sum() == 40
    assert (given >= 1).all()
    assert (given <= sizes).all()
    assert np.abs(given - sizes / 5).max() <= 1


def test_split_is_stratified_sorted_and_seeded():
    labels = np.repeat(np.arange(6), [100, 50, 10, 3, 2, 35])
    fit, validation = dataset.split(labels, seed=4)
    assert np.bincount(labels[validation]).tolist() == [10, 5, 1, 1, 1, 4]
    np.testing.assert_array_equal(np.sort(np.concatenate([fit, validation])), np.arange(200))
    assert (np.diff(fit) > 0).all()
    assert (np.diff(validation) > 0).all()
    np.testing.assert_array_equal(dataset.split(labels, seed=4)[1], validation)
    assert not np.array_equal(dataset.split(labels, seed=5)[1], validation)
    with pytest.raises(ValueError, match="single"):
        dataset.split(np.array([0, 1, 1]), 0)
    with pytest.raises(ValueError, match="share"):
        dataset.split(labels, 0, share=1.0)


# --- cache


def test_pixels_are_those_pillow_decodes(scenes):
    assert scenes.train.shape == (72, 32, 32, 3)
    assert isinstance(scenes.train, np.memmap)
    assert scenes.train.dtype == np.uint8
    assert scenes.train_labels.dtype == np.int64
    assert scenes.kind == "simulated"
    for pixels, path in zip(scenes.test, scenes.test_paths, strict=True):
        with Image.open(path) as image:
            np.testing.assert_array_equal(pixels, np.asarray(image))
    with pytest.raises(ValueError, match="read-only"):
        scenes.train[0] = 0


def test_resizing_is_bilinear(folder, tmp_path):
    loaded = dataset.load(sources.find(folder), 20, tmp_path)
    with Image.open(loaded.train_paths[5]) as image:
        image.draft("RGB", (20, 20))
        expected = image.resize((20, 20), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(loaded.train[5], np.asarray(expected))


def test_second_start_decodes_nothing(folder, tmp_path, monkeypatch):
    found = inspect(folder)
    seen = []
    cold = dataset.load(
        found, 16, tmp_path, progress=lambda done, total: seen.append((done, total))
    )
    assert seen[-1] == (96, 96)
    monkeypatch.setattr(cache.images, "decode", None)
    warm = dataset.load(found, 16, tmp_path)
    assert warm.key == cold.key
    np.testing.assert_array_equal(warm.train, cold.train)


def test_changed_file_means_another_cache_even_with_its_old_date(copy, tmp_path):
    before = dataset.load(sources.find(copy), 16, tmp_path / "cache")
    target = first(copy)
    dates = target.stat()
    photograph(size=(32, 32)).save(target)
    os.utime(target, ns=(dates.st_atime_ns, dates.st_mtime_ns))
    after = dataset.load(sources.find(copy), 16, tmp_path / "cache")
    index = after.train_paths.index(target)
    assert after.key != before.key
    assert not np.array_equal(after.train[index], before.train[index])
    np.testing.assert_array_equal(
        np.delete(after.train, index, 0), np.delete(before.train, index, 0)
    )


def test_key_depends_on_size_and_names_but_not_on_the_place(folder, copy, tmp_path):
    keys = [dataset.load(sources.find(root), 16, tmp_path).key for root in (folder, copy)]
    assert keys[0] == keys[1]
    assert dataset.load(sources.find(folder), 17, tmp_path).key != keys[0]
    first(copy).rename(first(copy).with_name("zzz.jpg"))
    assert dataset.load(sources.find(copy), 16, tmp_path).key != keys[0]


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


def scribble(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-3000:] = bytes(3000)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("npy", cut_short),
        ("npy", scribble),
        ("npy", lambda path: path.write_bytes(b"")),
        ("npy", Path.unlink),
        ("json", Path.unlink),
        ("json", lambda path: path.write_text("{")),
        ("json", lambda path: path.write_text("[]")),
    ],
)
def test_damaged_cache_is_rebuilt(folder, tmp_path, name, damage):
    found = inspect(folder)
    expected = np.array(dataset.load(found, 16, tmp_path).train)
    (path,) = tmp_path.glob(f"*.{name}")
    damage(path)
    np.testing.assert_array_equal(dataset.load(found, 16, tmp_path).train, expected)


def test_interrupted_decoding_leaves_nothing_that_looks_complete(folder, tmp_path):
    found = inspect(folder)

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dataset.load(found, 16, tmp_path, progress=interrupt)
    assert list(tmp_path.iterdir()) == []
    assert len(dataset.load(found, 16, tmp_path).train) == 72


def test_full_disk_is_one_sentence(folder, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(cache.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(Problem, match="libere espacio") as caught:
        dataset.load(sources.find(folder), 16, tmp_path)
    assert len(caught.value.lines) == 1


def test_file_that_changes_after_inspection_is_left_out(copy, tmp_path):
    found = inspect(copy)
    photograph().save(first(copy))
    loaded = dataset.load(found, 16, tmp_path / "cache")
    assert len(loaded.train) == 71
    assert "cambió" in loaded.skipped[0]


@pytest.mark.parametrize("size", [0, 7, 5000])
def test_size_out_of_range_is_refused(folder, tmp_path, size):
    with pytest.raises(Problem, match="entre 8 y 1024"):
        dataset.load(sources.find(folder), size, tmp_path)


def test_abandoned_temporary_files_are_removed(folder, tmp_path):
    old, new = tmp_path / ".escribiendo-1-a.npy", tmp_path / ".escribiendo-2-b.npy"
    for path in (old, new):
        path.write_bytes(b"x")
    os.utime(old, (0, 0))
    dataset.load(sources.find(folder), 16, tmp_path)
    assert not old.exists()
    assert new.exists()


def test_two_processes_at_once_get_the_same_images(root, folder, tmp_path):
    code = (
        "import sys; from pathlib import Path; from scenes.data import dataset, sources\n"
        "loaded = dataset.load(sources.find(Path(sys.argv[1])), 48, Path(sys.argv[2]))\n"
        "print(loaded.key, int(loaded.train.sum()), int(loaded.test.sum()))\n"
    )
    command = [sys.executable, "-c", code, str(folder), str(tmp_path / "cache")]
    environment = {**os.environ, "PYTHONPATH": str(root / "Problema3")}
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
        for _ in range(2)
    ]
    results = [process.communicate(timeout=240) for process in running]
    assert [process.returncode for process in running] == [0, 0], results
    assert len({out for out, _ in results}) == 1
    assert sorted(path.suffix for path in (tmp_path / "cache").iterdir()) == [".json", ".npy"]
