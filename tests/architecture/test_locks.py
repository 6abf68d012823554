"""The locks in requirements/: exact, hashed, free of addresses, and of one mind."""

import importlib.util
import re
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"
LOCKS = ("runtime.txt", "production.txt", "dev.txt")
PINNED = re.compile(r"^(?P<name>[a-z0-9-]+)(\[[a-z0-9,-]+\])?==(?P<version>\S+)( ; .+)?$")
HASH = re.compile(r"^--hash=sha256:[0-9a-f]{64}$")


def requirements(lock):
    """Every requirement of a lock as its list of parts, the pinned name first, hashes after."""
    lines = (REQUIREMENTS / lock).read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#"))
    return [
        [part.strip() for part in block.split("\\\n")]
        for block in re.split(r"\n(?=\S)", text.strip())
    ]


def versions_by_name(lock):
    found = [PINNED.match(pinned) for pinned, *_ in requirements(lock)]
    return {match["name"]: match["version"] for match in found}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_and_hashed(lock):
    blocks = requirements(lock)

    assert len(blocks) > 30
    assert [pinned for pinned, *_ in blocks if not PINNED.match(pinned)] == []
    assert [block[0] for block in blocks if len(block) < 2] == []
    assert [part for _, *hashes in blocks for part in hashes if not HASH.match(part)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_address(lock):
    text = (REQUIREMENTS / lock).read_text(encoding="utf-8")

    assert re.findall(r"\S*://\S*|^-\S*(?:index|find-links)\S*", text, re.MULTILINE) == []


@pytest.mark.parametrize("lock", ["production.txt", "dev.txt"])
def test_larger_lock_contains_the_runtime_unchanged(lock):
    runtime = versions_by_name("runtime.txt")

    larger = versions_by_name(lock)

    assert {name: larger.get(name) for name in runtime} == runtime


def test_psycopg_3_is_absent_so_that_tests_use_the_driver_of_production():
    names = {name for lock in LOCKS for name in versions_by_name(lock)}

    assert "psycopg2-binary" in names
    assert names & {"psycopg", "psycopg-binary", "psycopg-c"} == set()
    assert importlib.util.find_spec("psycopg") is None
