"""requirements.lock is that of requirements.txt."""

from __future__ import annotations

import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def read(path) -> list[Requirement]:
    """The requirements in a file, without comments and hashes."""
    text = re.sub(r"\\\n\s*", " ", path.read_text("utf-8"))
    lines = (re.split(r"\s#|^#|\s--hash", line)[0].strip() for line in text.splitlines())
    return [Requirement(line) for line in lines if line]


def pinned(requirements: list[Requirement]) -> dict[str, set[str]]:
    """Versions by name, which differ where Pythons do."""
    found: dict[str, set[str]] = {}
    for each in requirements:
        found.setdefault(canonicalize_name(each.name), set()).add(str(each.specifier))
    return found


def test_the_lock_has_what_is_required(root):
    locked = pinned(read(root / "requirements.lock"))
    required = pinned(read(root / "requirements.txt"))
    assert len(locked) > 2 * len(required)  # and what that needs
    stale = {name: versions for name, versions in required.items() if locked.get(name) != versions}
    assert not stale, "renew requirements.lock (CONTRIBUTING.md)"


def test_every_package_of_the_lock_has_a_hash_and_no_address(root):
    text = (root / "requirements.lock").read_text("utf-8")
    blocks = re.split(r"\n(?=[a-z0-9])", "\n" + text.split("\n", 2)[2])[1:]
    assert len(blocks) > 100
    assert [block for block in blocks if "--hash=sha256:" not in block] == []
    assert "://" not in text


@pytest.mark.parametrize("python", ["3.11.0", "3.12.0", "3.13.0", "3.14.0"])
@pytest.mark.parametrize("system", ["linux", "win32", "darwin"])
def test_a_package_has_one_version_on_a_computer(root, python, system):
    here = {
        "python_full_version": python,
        "python_version": python[:4],
        "sys_platform": system,
        "os_name": "nt" if system == "win32" else "posix",
        "platform_system": {"linux": "Linux", "win32": "Windows", "darwin": "Darwin"}[system],
    }
    lines = read(root / "requirements.lock")
    kept = [each for each in lines if each.marker is None or each.marker.evaluate(here)]
    assert all(len(versions) == 1 for versions in pinned(kept).values())
