"""The production server with everything a small blog needs, as one tree of processes."""

import hashlib
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import BaseCommand, CommandError, CommandParser, call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from blog.management.binding import DEFAULT_BIND, Bind

THREADS = 4  # per process; more of them only queue for Python's lock
BACKPRESSURE = 64  # requests inside one process; the rest waits in the kernel, where it is cheap
MAX_RSS_MB = 768  # a process that has grown this far is replaced
STOP_SECONDS = 10  # what requests under way get before their process is ended
RESTART_PAUSES_SECONDS = (1, 5, 15, 60)  # before the worker is started again

# What granian says; it is the only one that speaks through these loggers.
LOG = {
    "formatters": {"generic": {"format": "%(asctime)s %(levelname)s granian: %(message)s"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "generic",
            "stream": "ext://sys.stderr",
        }
    },
    "loggers": {"_granian": {"handlers": ["console"], "level": "WARNING", "propagate": False}},
}

logger = logging.getLogger(__name__)


def default_workers() -> int:
    """Two processes, so that one answers while the other is replaced; on large machines more."""
    return min(8, max(2, os.cpu_count() or 1))


def static_sources() -> Iterator[tuple[str, Path]]:
    """Each static file of the project and its packages: its name and where it lies."""
    for finder in get_finders():
        for name, storage in finder.list(None):
            yield name, Path(storage.path(name))


def static_mark() -> str:
    """A hash of names, sizes and times of all static files: other files, another mark."""
    mark = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for name, path in sorted(static_sources()):
        status = path.stat()
        mark.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return mark.hexdigest()


def collect_static(command: BaseCommand) -> None:
    """Brings STATIC_ROOT up to date when a static file has changed since the last time.

    Old files stay: a page that is open in a browser still asks for them.
    """
    root = Path(settings.STATIC_ROOT)
    kept = root.with_name(f"{root.name}.mark")
    mark = static_mark()
    if kept.exists() and kept.read_text() == mark and root.is_dir():
        return
    command.stdout.write("Preparing static files …")
    command.stdout.flush()
    call_command("collectstatic", interactive=False, verbosity=0)
    kept.write_text(mark)


def refuse_unprepared_database() -> None:
    """Refuses to serve from tables of another version. A database that is away may come back.

    Raises:
        CommandError: migrations are missing.
    """
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        logger.error("The database is away (%s); serving all the same.", type(error).__name__)
        return
    finally:
        connection.close()
    if missing:
        raise CommandError("The database is not prepared: run manage.py setup_blog first.")


class BackgroundWorker:
    """`manage.py worker` as a child process that is started again when it ends by itself."""

    def __init__(self) -> None:
        """Starts nothing yet."""
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._keeper = threading.Thread(target=self._keep, name="worker-keeper", daemon=True)

    def start(self) -> None:
        """Starts the child and whoever watches it."""
        self._keeper.start()

    def stop(self) -> None:
        """Ends the child and waits for it."""
        self._stopping.set()
        self._keeper.join(STOP_SECONDS + 5)

    def _keep(self) -> None:
        starts = 0
        while not self._stopping.is_set():
            self._run()
            pause = RESTART_PAUSES_SECONDS[min(starts, len(RESTART_PAUSES_SECONDS) - 1)]
            # A signal to the whole group ends the child first: that is no event to speak of.
            if not self._stopping.wait(pause):
                logger.warning("The background worker ended and is started again.")
            starts += 1

    def _run(self) -> None:
        """One life of the child: until it ends by itself, or is told to."""
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker"]
        child = subprocess.Popen([*command, "--parent", str(os.getpid())])
        while child.poll() is None and not self._stopping.wait(0.5):
            pass
        if child.poll() is None:
            child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def pass_on_interrupts() -> None:
    """Turns Ctrl-C into one orderly end of the whole tree.

    A terminal sends SIGINT to every process of its group. Children would end by themselves, in
    the middle of their start with a traceback, and granian would count them as crashed. So the
    signal is blocked here, which children inherit, and a thread hands it to this process alone.
    """
    # Up to Python 3.12 its start unblocks SIGINT again; so it starts first.
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    main = threading.main_thread().ident
    assert main is not None

    def wait() -> None:
        while signal.sigwait({signal.SIGINT}):
            signal.pthread_kill(main, signal.SIGTERM)

    threading.Thread(target=wait, name="interrupts", daemon=True).start()


class Command(BaseCommand):
    """Serves the blog until Ctrl-C or SIGTERM."""

    help = (
        "Serves the blog: pages, static files, mail and timed work in one tree of processes. "
        "Ctrl-C or SIGTERM ends it cleanly."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to listen, how many processes, with or without the background part."""
        parser.add_argument(
            "--bind", default=DEFAULT_BIND, metavar="HOST:PORT", help=f"default {DEFAULT_BIND}"
        )
        parser.add_argument(
            "--workers", type=int, default=None, metavar="N", help="processes that answer requests"
        )
        parser.add_argument(
            "--no-worker",
            action="store_true",
            help="leave mail and timed work to `manage.py worker`",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Checks the port, prepares static files, serves."""
        bind = Bind.parse(options["bind"])
        workers = options["workers"] if options["workers"] is not None else default_workers()
        if not 0 < workers <= 64:
            raise CommandError("--workers needs a number from 1 to 64.")
        bind.ensure_free()
        refuse_unprepared_database()
        if not settings.DEBUG:
            collect_static(self)
        site_url = settings.SITE_URL
        if not os.environ.get("SITE_URL"):
            # Read by the children when they load the settings anew.
            site_url = os.environ["SITE_URL"] = bind.url
        os.environ["POSTIL_SERVER_PID"] = str(os.getpid())  # config.wsgi ends with it
        # Children start from nothing on every Python: no open connection, no lock is inherited.
        multiprocessing.set_start_method("spawn", force=True)
        pass_on_interrupts()
        server = self._server(bind, workers)
        if not options["no_worker"]:
            background = BackgroundWorker()
            server.on_startup(background.start)
            server.on_shutdown(background.stop)
        server.on_startup(lambda: self._greet(site_url, bind))
        server.serve()

    def _server(self, bind: Bind, workers: int) -> MPServer:
        server = MPServer(
            "config.wsgi:application",
            address=bind.host,
            port=bind.port,
            interface=Interfaces.WSGI,
            workers=workers,
            # Granian warns above 2 * cores + 1.
            blocking_threads=min(THREADS, 2 * (os.cpu_count() or 1) + 1),
            backpressure=BACKPRESSURE,
            websockets=False,
            log_level=LogLevels.warning,
            log_dictconfig=LOG,
            respawn_failed_workers=True,
            workers_max_rss=MAX_RSS_MB,
            workers_kill_timeout=STOP_SECONDS,
            working_dir=settings.BASE_DIR,
        )
        # Granian 2.8 warns at each start that a replaced process may reset a waiting connection.
        # True, rare, and nothing that an owner should read every day.
        logging.getLogger("_granian").addFilter(
            lambda record: "tcp_migrate_req" not in record.getMessage()
        )
        return server

    def _greet(self, site_url: str, bind: Bind) -> None:
        self.stdout.write(f"Your blog: {site_url}/")
        self.stdout.write(f"Write:     {site_url}/admin/")
        if site_url != bind.url:
            self.stdout.write(f"Listening on {bind.host}:{bind.port}.")
        self.stdout.write("Ctrl-C ends it.")
        self.stdout.flush()
