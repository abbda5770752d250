"""What lets nobody in: who may connect, what is executed, unpacked and downloaded."""

from __future__ import annotations

import ast
import re
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from scenes.networks import backbone
from student_performance import reading


def calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def test_nothing_runs_what_it_reads(sources):
    """No pickles, no code from text, no shell."""
    for path in sources:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for call in calls(tree):
            name = ast.unparse(call.func)
            assert name not in ("eval", "exec", "os.system", "os.popen"), f"{path}: {name}"
            assert not re.search(r"\b(pickle|joblib|marshal|dill|shelve)\b", name), (
                f"{path}: {name}"
            )
            for keyword in call.keywords:
                said = f"{keyword.arg}={ast.unparse(keyword.value)}"
                forbidden = ("allow_pickle=True", "shell=True", "safe_mode=False")
                assert said not in (*forbidden, "unsafe_allow_html=True"), f"{path}: {said}"
            if name.endswith("load_model"):
                flags = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
                assert flags.get("safe_mode", "True") == "True", path
            if name in ("np.load", "numpy.load", "np.lib.format.read_array"):
                flags = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
                mapped = "mmap_mode" in flags and "allow_pickle" not in flags  # refuses by default
                assert mapped or flags.get("allow_pickle", "False") == "False", path
            if name.endswith("extractall"):
                assert any(keyword.arg == "filter" for keyword in call.keywords), path


def test_everything_is_fetched_over_https(sources):
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not re.search(r"\b(http|ftp)://(?!localhost|127\.)\w", node.value), path


def test_upload_limits_agree(root):
    config = tomllib.loads((root / "Problema1" / ".streamlit" / "config.toml").read_text("utf-8"))
    assert config["server"]["address"] == "localhost"
    assert config["server"]["maxUploadSize"] * 2**20 == reading.MAX_BYTES
    assert config["client"]["showErrorDetails"] == "none"


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads Linux's table of sockets")
def test_the_app_listens_on_this_computer_only(root, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "streamlit", "run", str(root / "Problema1" / "analisis.py")),
            *("--server.headless", "true", "--server.port", str(port)),
        ],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 240
        while not (bound := listening(port)):
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert bound <= {"0100007F", "00000000000000000000000001000000"}  # 127.0.0.1 and ::1
    finally:
        server.terminate()
        server.wait(120)


def listening(port: int) -> set[str]:
    """Local addresses, as Linux writes them, on which somebody waits at a port."""
    found = set()
    for table in ("tcp", "tcp6"):
        try:
            lines = Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            local, state = line.split()[1], line.split()[3]
            address, number = local.split(":")
            if int(number, 16) == port and state == "0A":
                found.add(address)
    return found


def test_weights_from_the_network_are_checked(tmp_path, monkeypatch):
    """Keras checks an MD5, which can be forged: the values themselves are summed too."""
    forged = tmp_path / "keras" / "models" / backbone.KERAS_URL.rsplit("/", 1)[1]
    forged.parent.mkdir(parents=True)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv(backbone.VARIABLE, raising=False)

    def fetch(*_, **__):
        backbone.keras.applications.ResNet50(include_top=False, weights=None).save_weights(
            tmp_path / "x.weights.h5"
        )
        (tmp_path / "x.weights.h5").rename(forged)
        return str(forged)

    monkeypatch.setattr(backbone.keras.utils, "get_file", fetch)
    said = []
    with pytest.raises(backbone.BackboneError):
        backbone.weights(None, said.append)
    assert any("no son los publicados" in line for line in said)
    assert not forged.exists()
