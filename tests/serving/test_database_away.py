"""PostgreSQL is stopped and started again while the real server is asked all the time."""

import re
import threading
import time
from urllib.parse import urlencode

import pytest
from django.db import connection

from tests.postgres import running_cluster
from tests.serving.site import HOST, Blog, free_port, until

READERS = 3
PUBLIC_PORT = 443
HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)"(?: value="([^"]*)")?')


@pytest.fixture
def cluster():
    if connection.vendor != "postgresql":
        pytest.skip("runs with the tests on PostgreSQL")
    with running_cluster() as made:
        yield made


@pytest.fixture
def blog(cluster, tmp_path):
    blog = Blog(tmp_path, free_port(), database_url=cluster.url)
    try:
        blog.start()
        yield blog
    finally:
        blog.stop()


class Readers:
    """Ask for one page until told to stop, and keep every status with its note."""

    def __init__(self, blog, address):
        self.seen = []
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._read, args=(blog, address)) for _one in range(READERS)
        ]
        for thread in self._threads:
            thread.start()

    def _read(self, blog, address):
        until_at = time.monotonic() + 120
        while not self._stopping.wait(0.01) and time.monotonic() < until_at:
            started = time.monotonic()
            answer = blog.ask(address)
            note = answer.headers.get("cache-status", "")
            self.seen.append((answer.status, note, time.monotonic() - started))

    def stop(self):
        self._stopping.set()
        for thread in self._threads:
            thread.join()


def comment(blog, page, key, text):
    """What comes of sending a comment with the form of `page`."""
    form = page.text.partition(f'action="/comments/on/{key}/')[2].partition("</form>")[0]
    fields = {**dict(HIDDEN.findall(form)), "name": "Grete", "email": "g@example.net"}
    return blog.ask(
        f"/comments/on/{key}/",
        method="POST",
        body=urlencode({**fields, "comment": text}).encode(),
        Content_Type="application/x-www-form-urlencoded",
        Origin=f"https://{HOST}:{blog.public_port}",
    )


def test_blog_goes_on_while_the_database_is_away_and_is_well_again_by_itself(blog, cluster):
    known, unknown, key = blog.do(
        "first = builders.make_post(title='Known')\n"
        "second = builders.make_post(title='Unknown')\n"
        "answer = [first.get_absolute_url(), second.get_absolute_url(), first.pk]"
    )
    # Each of the two processes keeps it: they take turns as the kernel likes.
    pages = [blog.ask(known) for _time in range(40)]
    readers = Readers(blog, known)
    text = "A long thought that nobody wants to type twice."
    try:
        cluster.stop()
        until(
            lambda: "detail=stale" in blog.ask(known).headers.get("cache-status", ""),
            "a page that is marked as stale",
            seconds=10,
        )
        started = time.monotonic()
        away = {
            "page": blog.ask(unknown),
            "comment": comment(blog, pages[-1], key, text),
            "ready": blog.ask("/readyz"),
            "alive": blog.ask("/healthz"),
        }
        longest = time.monotonic() - started
        stale = blog.ask(known)
        time_away = len(readers.seen)

        cluster.start()
        until(lambda: blog.ask(unknown).status == 200, "a page that is rendered", seconds=15)
        until(
            lambda: all(
                "detail=stale" not in blog.ask(known).headers["cache-status"] for _time in range(20)
            ),
            "pages without a mark",
            seconds=15,
        )
        again = comment(blog, blog.ask(known), key, text)
    finally:
        readers.stop()

    assert {name: answer.status for name, answer in away.items()} == {
        "page": 503, "comment": 503, "ready": 503, "alive": 200,
    }  # fmt: skip
    for name in ("page", "comment"):
        assert away[name].headers["retry-after"] == "5"
        assert away[name].headers["cache-control"] == "no-store"
        assert "Not now, please" in away[name].text
        assert "Traceback" not in away[name].text
    assert text in away["comment"].text
    assert longest < 12  # four answers, each within three seconds
    assert "Known" in stale.text
    assert stale.headers["warning"] == '110 - "Response is Stale"'
    # Nobody who read was refused, or waited, from the first to the last.
    assert {status for status, _note, _seconds in readers.seen} == {200}
    assert max(seconds for _status, _note, seconds in readers.seen) < 5
    assert 0 < time_away < len(readers.seen)
    assert again.status in {302, 303}
    # What was typed is there once; nothing of the first try.
    kept = f"answer = BlogComment.objects.filter(comment={text!r}).count()"
    assert blog.do(f"from django.db import connection\nconnection.close()\n{kept}") == 1
    # And a change shows at once, as ever.
    blog.do(f"Post.objects.filter(pk={key}).update(title='Changed')")
    assert all("Changed" in blog.ask(known).text for _time in range(10))
