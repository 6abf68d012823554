"""What is written in the project's files is true on every machine."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# A folder that exists on one machine only, or the host of a package index.
FOREIGN = re.compile(rb"(?<![\w.~-])/(?:root|work)/\w[\w./-]*|\bpypi\.org|\bpythonhosted\.org")


def test_no_file_names_a_path_of_one_machine_or_a_package_index():
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("not a git checkout: what belongs to the project is unknown")
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    files = [ROOT / name for name in listing.stdout.decode().split("\0") if name]

    found = {
        str(file.relative_to(ROOT)): FOREIGN.findall(file.read_bytes())
        for file in files
        if file.is_file()
    }

    assert len(found) > 20
    assert {name: hits for name, hits in found.items() if hits} == {}
