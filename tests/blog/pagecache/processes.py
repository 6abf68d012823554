"""Other processes of the same blog, on the database of the test that runs."""

import os
import subprocess
import sys
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parents[3]


def environment():
    """What makes another process see the database and the folder of this test."""
    settings = connection.settings_dict
    url = f"sqlite:///{settings['NAME']}"
    if connection.vendor == "postgresql":
        host, port = settings["HOST"], settings["PORT"]
        place = f"host={host}" if host.startswith("/") else f"host={host}&port={port or 5432}"
        url = f"postgres://{settings['USER']}@/{settings['NAME']}?{place}"
    return {**os.environ, "DATABASE_URL": url}


def run_shell(code, *, check=True):
    """Runs `code` in a shell of the blog, as its owner would."""
    return subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
        cwd=ROOT,
        check=check,
        capture_output=True,
        text=True,
        env=environment(),
        timeout=60,
    )


def start(module, *arguments):
    """Starts a module of the tests as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(),
    )
