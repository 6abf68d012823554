"""serve: what it refuses, and one real tree of processes from start to a clean end."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from django.core.management import CommandError, call_command

from blog.management.binding import Bind

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize(
    ("text", "host", "port", "url"),
    [
        ("127.0.0.1:8000", "127.0.0.1", 8000, "http://127.0.0.1:8000"),
        ("0.0.0.0:8000", "0.0.0.0", 8000, "http://127.0.0.1:8000"),  # noqa: S104
        ("[::1]:8080", "::1", 8080, "http://[::1]:8080"),
        ("localhost:80", "127.0.0.1", 80, "http://127.0.0.1"),
    ],
)
def test_bind_is_read(text, host, port, url):
    bind = Bind.parse(text)

    assert (bind.host, bind.port, bind.url) == (host, port, url)


@pytest.mark.parametrize("text", ["8000", "127.0.0.1:", "127.0.0.1:0", "a:b", "1.2.3.4:70000", ""])
def test_wrong_bind_is_refused(text):
    with pytest.raises(CommandError, match="--bind is “"):
        Bind.parse(text)


def test_port_in_use_is_refused_with_one_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(CommandError, match=f"^Port {port} is in use: .*another port"):
            call_command("serve", "--bind", f"127.0.0.1:{port}")


@pytest.mark.parametrize("number", ["0", "-1", "65"])
def test_impossible_number_of_workers_is_refused(number):
    with pytest.raises(CommandError, match="from 1 to 64"):
        call_command("serve", "--workers", number)


# --- The real thing -------------------------------------------------------------------------------


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def blog_folder(tmp_path_factory):
    """Data of a blog that is set up and has its static files, as after a first start."""
    return tmp_path_factory.mktemp("blog")


def runner(folder):
    """Runs manage.py with SQLite in `folder`, whatever the suite itself runs on."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "SITE_URL", "DJANGO_SETTINGS_MODULE"}
    }
    environment["DATA_DIR"] = str(folder)

    def start(*arguments):
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    return start


@pytest.fixture
def manage(blog_folder):
    """Runs manage.py for the blog that is set up."""
    return runner(blog_folder)


def finished(process, seconds=60):
    said, complained = process.communicate(timeout=seconds)
    return process.returncode, said, complained


def answer(port, path):
    """What the server says, once it does."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
                return response.status, response.read().decode()
        except (URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def members(group):
    """Processes that still belong to the tree, by what they run."""
    listed = subprocess.run(
        ["ps", "-o", "args=", "-g", str(group)], capture_output=True, text=True, check=False
    )
    return [line for line in listed.stdout.splitlines() if "defunct" not in line]


def gone(group):
    deadline = time.monotonic() + 20
    while members(group) and time.monotonic() < deadline:
        time.sleep(0.1)
    return members(group) == []


def test_unprepared_database_is_refused_with_one_sentence(tmp_path):
    process = runner(tmp_path)("serve", "--bind", f"127.0.0.1:{free_port()}")

    assert finished(process) == (
        1,
        "",
        "CommandError: The database is not prepared: run manage.py setup_blog first.\n",
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_blog_is_served_with_its_worker_and_ends_cleanly(manage, number):
    assert finished(manage("setup_blog", "--title", "Margins"))[0] == 0
    port = free_port()

    process = manage("serve", "--bind", f"127.0.0.1:{port}", "--workers", "2")
    status, page = answer(port, "/")
    stylesheet = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    style_status, _style = answer(port, stylesheet)
    tree = members(process.pid)
    # As Ctrl-C in a terminal: every process of the group gets it.
    os.killpg(process.pid, number)
    code, said, complained = finished(process)

    assert (status, style_status, "Margins" in page) == (200, 200, True)
    assert sum("manage.py worker" in line for line in tree) == 1
    assert (code, complained) == (0, "")
    assert f"Your blog: http://127.0.0.1:{port}/\n" in said
    assert gone(process.pid)


def test_no_worker_leaves_the_background_part_out(manage):
    finished(manage("setup_blog"))
    port = free_port()

    process = manage("serve", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--no-worker")
    answer(port, "/healthz")
    tree = members(process.pid)
    process.terminate()
    code, _said, _complained = finished(process)

    assert (code, [line for line in tree if "manage.py worker" in line]) == (0, [])
