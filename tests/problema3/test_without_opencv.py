"""Problem 3 where OpenCV cannot be loaded: only painting scenes needs it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys

REASON = "libGL.so.1: cannot open shared object file: No such file or directory"
# train, evaluate and predict, one after the other in one process, which loads Keras once
SCRIPTS = """if True:
    import os, runpy, sys
    folder, images = sys.argv[1:3]
    sys.path.insert(0, folder)
    network = os.path.join("m", "cnn.keras")
    given = ("--data", images)
    small = ("--epochs", "1", "--image-size", "32", "--out", "m")
    for script, *arguments in (
        ("train.py", "--model", "cnn", *given, *small),
        ("evaluate.py", "--model", network, *given),
        ("predict.py", "--model", network, "--images", images, "--out", "clases.csv"),
    ):
        sys.argv = [os.path.join(folder, script), *arguments]
        try:
            runpy.run_path(sys.argv[0], run_name="__main__")
        except SystemExit as ended:
            assert ended.code == 0, (script, ended.code)
"""


def run(code, *arguments, folder, **environment) -> subprocess.CompletedProcess:
    """Run code where ``import cv2`` fails as it does without its system libraries."""
    (folder / "cv2.py").write_text(f"raise ImportError({REASON!r})")
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        encoding="utf-8",
    )


def test_train_evaluate_and_predict_do_not_need_it(root, folder, tmp_path):
    done = run(SCRIPTS, root / "Problema3", folder, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "m" / "cnn.json").is_file()
    lines = (tmp_path / "clases.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + len(list(folder.rglob("*.jpg")))


def test_where_scenes_would_be_painted_a_sentence_names_the_packages(root, tmp_path):
    code = (
        SCRIPTS.partition("    for script")[0]
        + """
    sys.argv = [os.path.join(folder, "train.py"), "--model", "dense", *small]
    runpy.run_path(sys.argv[0], run_name="__main__")
"""
    )
    cache = tmp_path / "cache"
    done = run(code, root / "Problema3", "", folder=tmp_path, ESCENAS_CACHE=str(cache))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "sudo apt install libgl1 libglib2.0-0 libegl1 libgles2" in done.stderr
    assert REASON in done.stderr


def test_only_painters_import_it(root):
    problem = root / "Problema3"
    importing = set()
    for path in problem.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            if "cv2" in names:
                importing.add(path.relative_to(problem).parts[:2])
    assert importing == {("scenes", "generator"), ("scenes", "libraries.py")}
