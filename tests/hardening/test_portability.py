"""What would run here and not on Windows or macOS, found in the code, and folders with accents.

No test here stands for a run on those systems.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

# Names that Python lacks on Windows, or that mean other things there.
POSIX = {
    *("os.fork", "os.getuid", "os.geteuid", "os.getpgid", "os.killpg", "os.mkfifo", "os.uname"),
    *("os.setsid", "os.nice", "os.sched_getaffinity", "os.statvfs", "os.wait", "os.chown"),
    *("os.getloadavg", "os.sysconf", "os.WNOHANG", "signal.SIGKILL", "signal.SIGALRM"),
    *("signal.alarm", "signal.SIGHUP", "time.tzset", "socket.AF_UNIX"),
}
POSIX_MODULES = {"fcntl", "grp", "pwd", "pty", "termios", "tty", "posix", "resource", "syslog"}
# How a child process starts differs between systems; here every child is a command.
STARTS = {"multiprocessing"}
# Places that ask first which system it is.
GUARDED = {
    ("Problema2/window.py", "socket.AF_UNIX"),  # only on Linux, to find an X server
    ("Problema3/scenes/hardware.py", "resource"),  # inside try: ImportError
}
RESERVED = {"con", "prn", "aux", "nul", *(f"com{n}" for n in "123456789"), "lpt1"}


@pytest.fixture
def trees(root, sources) -> list[tuple[str, ast.Module]]:
    """Each module's name and syntax tree."""
    return [
        (path.relative_to(root).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        for path in sources
    ]


def test_nothing_that_only_posix_has(trees):
    found = set()
    for name, tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node) in POSIX:
                found.add((name, ast.unparse(node)))
            elif isinstance(node, ast.Import):
                found |= {
                    (name, each.name)
                    for each in node.names
                    if each.name.split(".")[0] in POSIX_MODULES | STARTS
                }
            elif isinstance(node, ast.ImportFrom) and node.module:
                package = node.module.split(".")[0]
                if package in POSIX_MODULES | STARTS:
                    found.add((name, package))
                if "ProcessPoolExecutor" in {each.name for each in node.names}:
                    found.add((name, "ProcessPoolExecutor"))
    assert found == GUARDED


def test_text_is_read_and_written_in_a_named_encoding(trees):
    """Windows takes its own where none is named."""
    for name, tree in trees:
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if called.rpartition(".")[2] in ("read_text", "write_text"):
                position = 0 if called.endswith("read_text") else 1
                named = any(keyword.arg == "encoding" for keyword in node.keywords)
                assert named or len(node.args) > position, f"{name}: {ast.unparse(node)}"
            method = isinstance(node.func, ast.Attribute) and node.func.attr == "open"
            if called == "open" or (method and ast.unparse(node.func.value) not in ("Image", "os")):
                values = [ast.unparse(each) for each in node.args]
                values += [ast.unparse(each.value) for each in node.keywords if each.arg == "mode"]
                binary = any(re.fullmatch(r"'[rwxa+]*b[rwxa+]*'", value) for value in values)
                named = any(keyword.arg == "encoding" for keyword in node.keywords)
                opens_text = not binary and not called.endswith(("archive.open", "tarfile.open"))
                assert named or not opens_text, f"{name}: {ast.unparse(node)}"


def test_children_are_told_their_encoding(trees):
    """The text of a child process is UTF-8 here, whatever the system's code page is."""
    for name, tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("subprocess."):
                flags = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
                text = flags.get("text") == "True" or flags.get("universal_newlines") == "True"
                assert not text or "encoding" in flags, f"{name}: {ast.unparse(node)[:80]}"


def test_file_names_that_every_system_can_hold(root):
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True, encoding="utf-8"
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git clone")
    names = listed.strip("\0").split("\0")
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert len(name) < 120, name
        for part in Path(name).parts:
            assert not re.search(r'[<>:"|?*\\]|[ .]$', part), name
            assert part.split(".")[0].casefold() not in RESERVED, name


@pytest.mark.parametrize("package", ["student_performance", "gestures", "scenes"])
def test_a_folder_with_spaces_and_accents(package, root, tmp_path):
    """Results go into one, and are read from there; the suite itself was run from one by hand."""
    folder = tmp_path / "Año 2024 (copia)"
    folder.mkdir()
    problem = {"student_performance": "Problema1", "gestures": "Problema2", "scenes": "Problema3"}
    code = (
        f"import sys; sys.path.insert(0, sys.argv[1])\n"
        f"from pathlib import Path\nfrom {package} import files\n"
        "with files.staging(Path(sys.argv[2]), 'señal') as work:\n"
        "    (work / 'señal.json').write_text('{}', encoding='utf-8')\n"
        "    files.commit(work)\n"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(root / problem[package]), str(folder)], check=True
    )
    assert (folder / "señal.json").read_text(encoding="utf-8") == "{}"
