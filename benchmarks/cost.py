"""Processor time of one request, measured inside one process; nothing here is asserted."""

import gc
import io
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import unquote

from django.db import connection
from django.test.utils import CaptureQueriesContext

ROUNDS = 5
SECONDS_PER_ROUND = 0.4


@dataclass(frozen=True, slots=True)
class Figure:
    """What one request costs."""

    name: str
    milliseconds: float  # of processor time, the median of the rounds
    queries: int
    size_bytes: int
    status: str

    def as_json(self) -> dict[str, Any]:
        """As the report's file keeps it."""
        return asdict(self)


Application = Callable[[dict[str, Any], Callable[..., Any]], Any]


def environ(path: str, *, host: str, headers: dict[str, Any] | None = None) -> dict[str, Any]:
    """A WSGI environment as a server makes one for a GET."""
    address, _mark, query = path.partition("?")
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(address),
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": host,
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **(headers or {}),
    }


def answer(application: Application, request: dict[str, Any]) -> tuple[str, int]:
    """Status and size of the answer."""
    status: list[str] = []
    body = application(request, lambda line, headers, info=None: status.append(line))
    size = sum(map(len, body))
    if hasattr(body, "close"):
        body.close()
    return status[0], size


def of(name: str, act: Callable[[], tuple[str, int]]) -> Figure:
    """The cost of `act`: rounds of fixed length, the median of their means."""
    act()
    with CaptureQueriesContext(connection) as queries:
        status, size = act()
    query_count = len(queries)  # the next request empties the log
    connection.force_debug_cursor = False
    means = []
    for _round in range(ROUNDS):
        gc.collect()
        count = 0
        started, until = time.process_time(), time.perf_counter() + SECONDS_PER_ROUND
        while time.perf_counter() < until or not count:
            act()
            count += 1
        means.append((time.process_time() - started) / count)
    return Figure(name, statistics.median(means) * 1000, query_count, size, status)
