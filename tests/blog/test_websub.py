"""The hub hears of each new post once, and only of what readers can read."""

import socket
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl

import pytest
import time_machine
from django.utils import timezone

from blog import websub
from blog.choices import State
from blog.models import SiteProfile
from tests import atom
from tests.builders import make_post, set_profile

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub():
    """A hub on this machine: `heard` holds what it was sent, `status` is what it answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.server.heard.append(parse_qsl(body))
            self.send_response(self.server.status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.heard, server.status = [], 204
    server.url = f"http://127.0.0.1:{server.server_port}/hub"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_hub_is_told_once_of_a_new_post(hub):
    set_profile(hub_url=hub.url)
    make_post()

    told = [websub.ping_due() for _round in range(3)]
    make_post(publish_at=timezone.now())
    told.append(websub.ping_due())

    assert told == [True, False, False, True]
    assert hub.heard[0][:2] == [
        ("hub.mode", "publish"),
        ("hub.url", "http://127.0.0.1:8000/feeds/posts/default"),
    ]
    assert len(hub.heard) == 2


def test_hub_hears_nothing_of_what_readers_cannot_read(hub):
    set_profile(hub_url=hub.url)
    make_post(state=State.DRAFT)
    make_post(publish_at=timezone.now() + timedelta(days=1))

    assert (websub.ping_due(), hub.heard) == (False, [])


@pytest.mark.parametrize("status", [500, 302, 404])
def test_hub_that_fails_is_asked_again_later(hub, status):
    set_profile(hub_url=hub.url)
    make_post()
    hub.status = status

    told = [websub.ping_due() for _round in range(3)]
    hub.status = 202
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        told.append(websub.ping_due())

    assert told == [False, False, False, True]
    assert len(hub.heard) == 2


def test_hub_that_speaks_no_http_is_asked_again_later_and_harms_nothing():
    """The background part has other things to do: nothing that a hub says may end it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            connection, _address = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"220 mail.example.org ESMTP\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        set_profile(hub_url=f"http://127.0.0.1:{server.getsockname()[1]}/")
        make_post()

        told = [websub.ping_due() for _round in range(2)]
        thread.join()

    profile = SiteProfile.objects.get()
    assert (told, profile.hub_told_until) == ([False, False], None)
    assert profile.hub_asked_at is not None


def test_without_a_hub_one_query_is_asked_and_no_host(django_assert_num_queries):
    set_profile()
    make_post()

    with django_assert_num_queries(1):
        assert websub.ping_due() is False


def test_feeds_name_the_hub(client):
    set_profile(hub_url="https://hub.example.org/")
    make_post()

    feed = atom.read(client.get("/feeds/posts/default").content)

    assert atom.links(feed)["hub"] == "https://hub.example.org/"
    assert client.get("/feed.json").json()["hubs"] == [
        {"type": "WebSub", "url": "https://hub.example.org/"}
    ]


def test_telling_the_hub_makes_no_page_old(hub):
    from blog.pagecache import stamps

    set_profile(hub_url=hub.url)
    make_post()
    _fresh, before = stamps.current().compare(None, ())

    websub.ping_due()

    assert stamps.current().compare(None, ())[1] == before
    assert SiteProfile.objects.get().hub_told_until is not None
