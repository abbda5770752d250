"""What crosses the problems: documents, requirements, structure, shipped files."""

from __future__ import annotations

import ast
import hashlib
import itertools
import json
import re
import tomllib

import numpy as np
import pytest

PROBLEMS = ("Problema1", "Problema2", "Problema3")
PACKAGES = {"Problema1": "student_performance", "Problema2": "gestures", "Problema3": "scenes"}


def code_blocks(text: str) -> list[str]:
    return re.findall(r"^```.*?^```", text, flags=re.S | re.M)


def imports(path) -> set[str]:
    """Top-level names of the modules that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def pins(path) -> dict[str, tuple[str, str]]:
    """Name, with the marker if any, to version and reason of every line of a requirements file."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "-r")):
            text, _, reason = line.partition("#")
            required, _, marker = text.partition(";")
            name, _, version = required.strip().partition("==")
            found[" ".join([name.lower(), *marker.split()])] = (version, reason.strip())
    return found


PAGES = [("README.md", "README.es.md"), ("docs/guide.md", "docs/guia.md")]


@pytest.mark.parametrize("pair", PAGES)
def test_both_languages_have_the_same_code_blocks(root, pair):
    english, spanish = (code_blocks((root / page).read_text(encoding="utf-8")) for page in pair)
    assert english == spanish
    assert len(english) >= 3


@pytest.mark.parametrize("page", PAGES[0])
def test_a_readme_is_read_in_one_sitting(root, page):
    assert len((root / page).read_text(encoding="utf-8").split()) < 1200


def test_files_named_in_the_documents_exist(root):
    names = [*itertools.chain(*PAGES), "data/README.md", "models/README.md"]
    for name in (*names, "CONTRIBUTING.md", "CHANGELOG.md", "docs/DESIGN.md"):
        text = (root / name).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            if "://" not in target:
                assert ((root / name).parent / target).exists(), f"{name}: {target}"
        for command in re.findall(r"python(?:3)? ([\w/-]+\.py)", text):
            assert (root / command).exists(), f"{name}: {command}"


def test_scripts_take_the_flags_that_the_readme_gives_them(root, help_of):
    """What the commands do is tested with each problem; here, that they are still commands."""
    commands = re.findall(
        r"^\.venv/bin/python (\S+\.py)(.*)$",
        "\n".join((root / page).read_text("utf-8") for page in ("README.md", "docs/guide.md")),
        flags=re.M,
    )
    assert len(commands) > 10
    for script, arguments in commands:
        for flag in re.findall(r"--[a-z-]+", arguments):
            assert re.search(rf"{flag}\b", help_of(script)), f"{script} {flag}"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_and_explained(root, name):
    for package, (version, reason) in pins(root / name).items():
        assert re.fullmatch(r"[\d.]+", version), package
        assert reason, package


def test_only_one_package_provides_cv2(root):
    found = [name for name in pins(root / "requirements.txt") if name.startswith("opencv")]
    assert found == ["opencv-contrib-python"]


def test_pyproject_holds_tool_settings_only(root):
    found = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(found) == {"tool"}


def test_problems_import_nothing_from_each_other(root):
    for problem in PROBLEMS:
        others = {PACKAGES[other] for other in PROBLEMS if other != problem}
        for path in (root / problem).rglob("*.py"):
            assert not imports(path) & others, path


def test_packages_import_no_interface(root):
    for problem, package in PACKAGES.items():
        for path in (root / problem / package).rglob("*.py"):
            # `arguments` is argparse in Spanish, for the scripts; no other module uses it
            own = {"argparse"} if path.name == "arguments.py" else set()
            assert not imports(path) & {"streamlit", "argparse", "views"} - own, path
            if path.name != "arguments.py":
                assert f"{package}.arguments" not in path.read_text(encoding="utf-8"), path


def test_shipped_student_model_is_the_one_its_json_describes(root):
    stem = root / "models" / "student_performance"
    metrics = json.loads(stem.with_suffix(".json").read_text(encoding="utf-8"))
    for kind in ("keras", "tflite"):
        content = stem.with_suffix(f".{kind}").read_bytes()
        assert hashlib.sha256(content).hexdigest() == metrics["sha256"][kind]


def test_shipped_scene_networks_are_those_their_jsons_describe(root):
    found = sorted((root / "models").glob("scenes_*.json"))
    found.remove(root / "models" / "scenes_ablation.json")  # of many networks, none of them kept
    found.remove(root / "models" / "scenes_audit.json")  # of the test images
    found.remove(root / "models" / "scenes_doubt.json")  # of all networks' rules
    found.remove(root / "models" / "scenes_baselines.json")  # of what is no network
    assert found
    for path in found:
        metrics = json.loads(path.read_text(encoding="utf-8"))
        network = path.with_suffix(".keras")
        if network.is_file():
            assert hashlib.sha256(network.read_bytes()).hexdigest() == metrics["sha256"], path
        export = path.with_suffix(".tflite")
        assert export.is_file() == ("tflite_sha256" in metrics), path
        if export.is_file():
            assert hashlib.sha256(export.read_bytes()).hexdigest() == metrics["tflite_sha256"], path
        with np.load(f"{path.with_suffix('')}_probabilities.npz", allow_pickle=False) as stored:
            right = stored["probabilities"].argmax(axis=1) == stored["labels"]
        assert right.mean() == pytest.approx(metrics["accuracy"], abs=1e-12)
        assert len(right) == metrics["n_test"]


def test_model_cards_hold_the_figures_of_the_jsons(root, cards):
    assert cards.PAGES.keys() == {"models/README.md", *itertools.chain(*PAGES)}
    for name, blocks in cards.PAGES.items():
        text = (root / name).read_text(encoding="utf-8")
        assert cards.render(text, blocks) == text, f"run python models/cards.py for {name}"


def test_real_data_are_not_in_the_repository(root):
    assert not (root / "data" / "Student_Performance.csv").exists()
    ignored = (root / ".gitignore").read_text(encoding="utf-8")
    assert "data/intel/" in ignored
    assert "Student_Performance.csv" in ignored
