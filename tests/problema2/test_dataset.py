"""Recordings on disk: what is refused, and that a crash at any moment loses nothing."""

import io
import os

import numpy as np
import pytest

from gestures import files as writing
from gestures.dataset import append, aspects_beside, checked, load, read_import, remove
from gestures.problems import Problem


@pytest.fixture
def files(tmp_path):
    return tmp_path / "rps_dataset.npy", tmp_path / "rps_labels.npy"


def hands(n, seed=0):
    rng = np.random.default_rng(seed)
    return rng.random((n, 42)).astype(np.float32), rng.integers(0, 3, n)


def write(files, points, labels):
    for path, array in zip(files, (points, labels), strict=True):
        np.save(path, array, allow_pickle=True)


def test_what_is_appended_is_read_back_with_its_aspect(files):
    first, labels = hands(5)
    assert append(*files, checked(first, labels, 4 / 3)) == 5
    second, more = hands(3, 1)
    assert append(*files, checked(second.reshape(3, 21, 2), more, [16 / 9, 1.0, np.nan])) == 8
    recordings = load(*files, default_aspect=0.75)
    np.testing.assert_array_equal(recordings.points, np.concatenate([first, second]))
    np.testing.assert_array_equal(recordings.labels, np.concatenate([labels, more]))
    np.testing.assert_allclose(recordings.aspect, [4 / 3] * 5 + [16 / 9, 1.0, 0.75])
    # The assignment's own format: any program can read the pair.
    assert np.load(files[0]).shape == (8, 42)
    assert np.load(files[1]).shape == (8,)


def test_recordings_without_aspects_get_the_default_and_stay_unknown_on_disk(files):
    points, labels = hands(4)
    write(files, points, labels)
    np.testing.assert_allclose(load(*files).aspect, 4 / 3)
    append(*files, checked(points, labels, 1.0))
    np.testing.assert_allclose(load(*files, default_aspect=16 / 9).aspect, [16 / 9] * 4 + [1.0] * 4)


def test_import_takes_both_shapes_and_the_aspect_given(files):
    points, labels = hands(4)
    write(files, points.reshape(4, 21, 2).astype(np.float64), labels.astype(np.int32))
    recordings = read_import(*files, aspect=1.5)
    np.testing.assert_allclose(recordings.points, points)
    np.testing.assert_allclose(recordings.aspect, 1.5)
    assert np.isnan(read_import(*files).aspect).all()


POINTS, LABELS = hands(4)


class Trap:
    """Unpickling it would be noticed."""

    def __reduce__(self):
        return pytest.fail, ("a pickle was loaded",)


BAD = {
    "object points": (np.array([[Trap()]], dtype=object), LABELS, "pickle"),
    "object labels": (POINTS, np.array([Trap()] * 4, dtype=object), "pickle"),
    "with z": (np.zeros((4, 63)), LABELS, "forma"),
    "(N, 21, 3)": (np.zeros((4, 21, 3)), LABELS, "forma"),
    "one dimension": (np.zeros(42), LABELS, "forma"),
    "labels as columns": (POINTS, np.eye(3)[LABELS], "forma"),
    "NaN": (np.where(np.arange(42) == 3, np.nan, POINTS), LABELS, "NaN"),
    "infinite": (np.where(np.arange(42) == 3, np.inf, POINTS), LABELS, "NaN"),
    "lengths": (POINTS, LABELS[:3], "4 muestras"),
    "label 3": (POINTS, np.array([0, 1, 2, 3]), "piedra"),
    "label -1": (POINTS, np.array([0, 1, 2, -1]), "piedra"),
    "label 0.5": (POINTS, np.array([0, 1, 2, 0.5]), "piedra"),
    "label NaN": (POINTS, np.array([0, 1, 2, np.nan]), "piedra"),
    "words": (POINTS, np.array(["piedra"] * 4), "0, 1 y 2"),
    "complex": (POINTS + 1j, LABELS, "números"),
    "pixels": (POINTS * 640, LABELS, "píxeles"),
    "nothing": (POINTS[:0], LABELS[:0], "ninguna"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_arrays_are_refused_with_one_sentence(files, case):
    points, labels, word = BAD[case]
    write(files, points, labels)
    for read in (load, read_import):
        with pytest.raises(Problem, match=word) as caught:
            read(*files)
        assert "\n" not in str(caught.value)


def header(shape, descr="<f4"):
    """The beginning of a .npy file that claims to hold an array of this shape."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        buffer, {"descr": descr, "fortran_order": False, "shape": shape}
    )
    return buffer.getvalue()


BROKEN = {
    "empty": b"",
    "text": b"gesto,x0,y0\n",
    "zip": b"PK\x03\x04" + bytes(100),
    "cut short": header((4, 42)) + bytes(4 * 42 * 4 - 1),
    "too long": header((4, 42)) + bytes(4 * 42 * 4 + 1),
    "bomb": header((10**12, 42)) + bytes(100),
    "overflowing bomb": header((2**62, 42, 2**62)) + bytes(100),
    "no array": header((4, 42))[:40],
    "code in the header": b"\x93NUMPY\x01\x00\x20\x00" + b"__import__('os').getcwd()".ljust(32),
    "unclosed header": b"\x93NUMPY\x01\x00\x10\x00" + b"{'descr': ".ljust(16),
    "unknown version": b"\x93NUMPY\x09\x00" + bytes(100),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_files_are_refused_before_memory_is_asked_for(files, case):
    write(files, POINTS, LABELS)
    files[0].write_bytes(BROKEN[case])
    with pytest.raises(Problem) as caught:
        load(*files)
    assert str(files[0]) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_a_folder_and_a_lone_file(files):
    with pytest.raises(Problem, match="No existe"):
        load(*files)
    files[0].mkdir()
    with pytest.raises(Problem, match="No se puede leer"):
        load(*files)
    files[0].rmdir()
    np.save(files[0], POINTS)
    before = files[0].read_bytes()
    with pytest.raises(Problem, match="No existe"):
        append(*files, checked(POINTS, LABELS, 1.0))
    assert files[0].read_bytes() == before


def test_aspects_that_do_not_belong_to_the_recording_are_refused(files):
    append(*files, checked(POINTS, LABELS, 1.0))
    for wrong in (np.ones(3), np.zeros(4), np.full(4, 640.0), np.array(["4:3"] * 4)):
        np.save(aspects_beside(files[0]), wrong)
        with pytest.raises(Problem, match="aspects"):
            load(*files)


@pytest.mark.parametrize(
    ("points", "labels", "aspect"),
    [
        (POINTS, LABELS[:2], 1.0),
        (POINTS, LABELS + 3, 1.0),
        (POINTS * np.nan, LABELS, 1.0),
        (POINTS[:, :40], LABELS, 1.0),
        (POINTS, LABELS, 0.0),
        (POINTS, LABELS, [1.0, 2.0]),
    ],
)
def test_bad_samples_change_nothing(files, points, labels, aspect):
    append(*files, checked(POINTS, LABELS, 4 / 3))
    before = [path.read_bytes() for path in files]
    with pytest.raises(Problem):
        append(*files, checked(points, labels, aspect))
    assert [path.read_bytes() for path in files] == before


class Crash(BaseException):
    """The process dies here."""


def crash_at(monkeypatch, name, call):
    """Make the call-th call of os.<name> the last thing that happens."""
    real, calls = getattr(os, name), []

    def dies(*args, **kwargs):
        calls.append(args)
        if len(calls) == call:
            raise Crash
        return real(*args, **kwargs)

    monkeypatch.setattr(writing.os, name, dies)


@pytest.mark.parametrize("change", ["append", "remove"])
@pytest.mark.parametrize(
    ("name", "call", "done"),
    [
        ("fsync", 1, False),  # while the first new version is written
        ("fsync", 3, False),
        ("replace", 1, False),  # before the set is declared whole
        ("replace", 2, True),
        ("replace", 3, True),
        ("replace", 4, True),
    ],
)
def test_a_crash_at_any_moment_leaves_one_whole_recording(
    files, names_in, monkeypatch, change, name, call, done
):
    first, second = checked(POINTS, LABELS, 4 / 3), checked(*hands(1, 1), 16 / 9)
    append(*files, first)
    if change == "remove":
        append(*files, second)
    with monkeypatch.context() as patch:
        crash_at(patch, name, call)
        # the end of a process removes nothing
        patch.setattr(writing.shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(Crash):
            append(*files, second) if change == "append" else remove(*files, second)
    kept = 4 + (done == (change == "append"))
    recordings = load(*files)
    np.testing.assert_array_equal(
        recordings.points, np.concatenate([first.points, second.points])[:kept]
    )
    np.testing.assert_array_equal(
        recordings.labels, np.concatenate([first.labels, second.labels])[:kept]
    )
    np.testing.assert_allclose(recordings.aspect, ([4 / 3] * 4 + [16 / 9])[:kept])
    # And recording goes on.
    assert append(*files, second) == kept + 1
    assert len(load(*files)) == kept + 1
    left = [name for name in names_in(files[0].parent) if name.endswith(".npy")]
    assert left == names_in(files[0].parent)
    assert left == ["rps_aspects.npy", "rps_dataset.npy", "rps_labels.npy"]


def test_a_full_disk_is_told_and_loses_nothing(files, monkeypatch):
    append(*files, checked(POINTS, LABELS, 4 / 3))

    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(writing.os, "fsync", full)
        with pytest.raises(Problem, match="libere espacio"):
            append(*files, checked(POINTS, LABELS, 1.0))
    assert len(load(*files)) == 4


def test_the_embedded_data_set_is_what_the_project_says():
    from pathlib import Path

    data = Path(__file__).resolve().parents[2] / "data"
    recordings = load(data / "rps_dataset.npy", data / "rps_labels.npy")
    assert recordings.points.dtype == np.float32
    assert len(recordings) >= 3000
    np.testing.assert_array_equal(np.unique(recordings.labels), [0, 1, 2])
    assert len(np.unique(recordings.aspect)) == 4
    assert sum(path.stat().st_size for path in data.glob("rps_*.npy")) < 4e6
