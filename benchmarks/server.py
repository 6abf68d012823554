"""The real server on an empty blog of its own, and what its processes cost."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
TICKS = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@contextmanager
def empty_blog() -> Iterator[Path]:
    """A folder for DATA_DIR and an empty database, set in the environment; both gone afterwards.

    SQLite in that folder; where DATABASE_URL names a PostgreSQL, a database of its own there.
    """
    given = os.environ.get("DATABASE_URL", "")
    with tempfile.TemporaryDirectory(prefix="postil-bench-") as name:
        os.environ["DATA_DIR"] = name
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        # The address is where the server listens, and nobody stands in front of it.
        for variable in ("SITE_URL", "ALLOWED_HOSTS", "TRUSTED_PROXIES"):
            os.environ.pop(variable, None)
        with _database(given) as url:
            os.environ["DATABASE_URL"] = url
            try:
                yield Path(name)
            finally:
                os.environ["DATABASE_URL"] = given


@contextmanager
def _database(given: str) -> Iterator[str]:
    if not given.startswith("postgres"):
        yield ""
        return
    name = f"postil_{uuid.uuid4().hex[:12]}"
    _ask(given, f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        yield urlunsplit(urlsplit(given)._replace(path=f"/{name}"))
    finally:
        _ask(given, f"DROP DATABASE {name} WITH (FORCE)")


def _ask(url: str, statement: str) -> None:
    """Runs a statement that no transaction may hold."""
    import psycopg2

    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def family(pid: int) -> list[int]:
    """`pid` and all processes below it."""
    below: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                below.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for member in found:
        found.extend(below.get(member, []))
    return found


def cpu_seconds(pid: int) -> float:
    """Processor time of `pid` and all below it until now, ended children included."""
    total = 0
    for member in family(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15]))
    return total / TICKS


@dataclass(frozen=True, slots=True)
class Memory:
    """What a tree of processes holds. Shared pages count in `resident` once for each process, in
    `proportional` once.
    """

    resident_bytes: int
    proportional_bytes: int


def memory(pid: int) -> Memory:
    """What `pid` and all below it hold now."""
    resident = proportional = 0
    for member in family(pid):
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{member}/smaps_rollup").read_text()
            sizes = {line.split(":")[0]: line.split()[1] for line in text.splitlines()[1:]}
            resident += int(sizes["Rss"]) * 1024
            proportional += int(sizes["Pss"]) * 1024
    return Memory(resident, proportional)


class Program:
    """A server in processes of its own, ended with `stop`."""

    def __init__(self, command: list[str], *, port: int, cpus: set[int] | None = None) -> None:
        """Starts `command` and waits until it listens; on `cpus` only, if some are given."""
        self.port = port
        started = time.perf_counter()

        def pin() -> None:
            if cpus:
                os.sched_setaffinity(0, cpus)

        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, preexec_fn=pin
        )
        try:
            while not listens(port):
                if self.process.poll() is not None:
                    raise RuntimeError(f"{command[0]} ended with {self.process.returncode}")
                if time.perf_counter() - started > START_SECONDS:
                    raise RuntimeError(f"{command[0]} does not listen")
                time.sleep(0.01)
        except BaseException:
            self.stop()
            raise

    @property
    def cpu_seconds(self) -> float:
        """Processor time of the whole tree until now."""
        return cpu_seconds(self.process.pid)

    def stop(self) -> None:
        """Ends the tree and waits for it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def running(program: Program) -> Iterator[Program]:
    """`program`, stopped at the end."""
    try:
        yield program
    finally:
        program.stop()


def serve(
    *, workers: int = 2, worker: bool = False, cpus: set[int] | None = None, port: int = 0
) -> Program:
    """`manage.py serve` for the blog that the environment names."""
    port = port or free_port()
    command = [
        sys.executable, "manage.py", "serve", "--bind", f"127.0.0.1:{port}",
        "--workers", str(workers), *([] if worker else ["--no-worker"]),
    ]  # fmt: skip
    return Program(command, port=port, cpus=cpus)
