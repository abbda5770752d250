"""Where OpenCV or MediaPipe cannot be loaded, every script says in one sentence what to install."""

import os

import pytest

PACKAGES = (
    "en Debian o Ubuntu, sudo apt install libgl1 libglib2.0-0 libegl1 libgles2 (desde Debian 13, "
    "libglib2.0-0t64 en lugar de libglib2.0-0).\n"
)
MISSING = "cannot open shared object file: No such file or directory"
# As Python says it of an extension module, and ctypes of a library.
WITHOUT_OPENCV = f'raise ImportError("libGL.so.1: {MISSING}")\n'
WITHOUT_MEDIAPIPE = f"""
import ctypes
real = ctypes.CDLL
def load(name, *more, **options):
    if name and "mediapipe" in str(name):
        raise OSError("libEGL.so.1: {MISSING}")
    return real(name, *more, **options)
ctypes.CDLL = load
"""


def hidden(folder, name, text):
    """The environment in which a module of this name is found before any other."""
    (folder / f"{name}.py").write_text(text)
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH", "")]))
    return {"PYTHONPATH": path}


CAMERA_SCRIPTS = {
    "rock-paper-scissors.py": ("--source", "demo", "--headless"),
    "record-dataset.py": ("--source", "demo", "--headless", "--data", "m_dataset.npy"),
    "simulate-dataset.py": ("--n", "3", "--out", "."),
}


@pytest.mark.parametrize("script", CAMERA_SCRIPTS)
@pytest.mark.parametrize(
    ("module", "text", "library", "missing"),
    [
        ("cv2", WITHOUT_OPENCV, "OpenCV", "libGL.so.1"),
        ("sitecustomize", WITHOUT_MEDIAPIPE, "MediaPipe", "libEGL.so.1"),
    ],
)
def test_a_library_that_lacks_another(run_script, tmp_path, script, module, text, library, missing):
    env = hidden(tmp_path, module, text)
    done = run_script(script, *CAMERA_SCRIPTS[script], cwd=tmp_path, **env)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    *progress, last = done.stderr.splitlines(keepends=True)
    assert last == f"{library} no se puede cargar ({missing}: {MISSING}): {PACKAGES}"
    assert "Traceback" not in done.stderr
    if module == "cv2":
        assert progress == []


def test_opencv_that_is_not_installed(run_script, tmp_path):
    missing = "raise ModuleNotFoundError(\"No module named 'cv2'\")\n"
    env = hidden(tmp_path, "cv2", missing)
    done = run_script("rock-paper-scissors.py", "--source", "demo", cwd=tmp_path, **env)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "OpenCV no está instalado (No module named 'cv2'): pip install -r requirements.txt.\n"
    )


def test_measuring_and_help_do_without_opencv(run_script, root, tmp_path):
    """Training too, as test_classifier proves of its modules."""
    env = hidden(tmp_path, "cv2", WITHOUT_OPENCV)
    data = root / "data"
    recordings = (data / "rps_dataset.npy", data / "rps_labels.npy")
    done = run_script("train-gesture-classifier.py", "--evaluate", *recordings, **env)
    assert (done.returncode, done.stderr) == (0, "")
    for script in CAMERA_SCRIPTS:
        assert run_script(script, "--help", **env).returncode == 0
