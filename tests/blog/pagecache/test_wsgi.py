"""What the layer before Django answers, to whom, and what it keeps."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError, connections
from django.http import HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.utils import timezone

from blog import labelling, private, publishing
from blog.access import Role
from blog.choices import State
from blog.pagecache.wsgi import PageCache
from blog.publishing import publish, withdraw
from comments import visitors
from comments.choices import Status
from tests.blog.pagecache import pages_for_tests
from tests.blog.pagecache.visiting import Reader
from tests.builders import (
    make_comment,
    make_guest,
    make_label,
    make_page,
    make_post,
    make_user,
    set_profile,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(monkeypatch):
    """The addresses of pages_for_tests, with nothing said yet."""
    monkeypatch.setattr(pages_for_tests, "stage", pages_for_tests.Stage())
    with override_settings(ROOT_URLCONF="tests.blog.pagecache.pages_for_tests"):
        yield pages_for_tests.stage


@pytest.fixture
def small(application):
    """Makes a reader of a cache with a memory of its own size."""
    caches = []

    def make(limit_bytes):
        caches.append(
            PageCache(
                application.application, is_trusted=application._is_trusted, limit_bytes=limit_bytes
            )
        )
        return Reader(caches[-1])

    yield make
    for cache in caches:
        cache.close()


# --- A page is kept ------------------------------------------------------------------------------


def test_second_reader_gets_the_same_bytes_without_a_query(reader, django_assert_num_queries):
    post = make_post(title="Kept", body="word " * 500)
    addresses = [
        "/", post.get_absolute_url(), f"/{post.published_on:%Y/%m}/", f"/{post.published_on:%Y}/",
        "/feeds/posts/default", "/feeds/comments/default", post.feed_path, "/atom.xml",
        "/sitemap.xml", "/robots.txt", "/search?q=word",
    ]  # fmt: skip
    first = [reader.get(address) for address in addresses]

    with django_assert_num_queries(0):
        second = [reader.get(address) for address in addresses]

    assert [answer.came_from for answer in first] == ["stored"] * len(addresses)
    assert [answer.came_from for answer in second] == ["hit"] * len(addresses)
    assert [answer.body for answer in second] == [answer.body for answer in first]
    assert "Kept" in first[0].text


def test_kept_page_is_for_everybody_and_asked_about_each_time(reader):
    make_post()

    headers = reader.get("/").headers

    assert headers["Cache-Control"] == "public, no-cache"
    assert headers["Vary"] == "Accept-Encoding, Cookie"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in headers


def test_each_encoding_has_its_own_tag_and_its_own_304(reader):
    make_post(body="word " * 500)
    plain = reader.get("/")
    packed = reader.get("/", HTTP_ACCEPT_ENCODING="deflate, gzip;q=0.5")

    assert packed.text == plain.text
    assert len(packed.body) < len(plain.body) / 2
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert packed.headers["Content-Length"] == str(len(packed.body))
    for tag, coding, status in [
        (plain.headers["ETag"], "", 304),
        (packed.headers["ETag"], "gzip", 304),
        (f'"x", W/{packed.headers["ETag"]}', "gzip", 304),
        ("*", "", 304),
        (plain.headers["ETag"], "gzip", 200),
        ('"x"', "", 200),
    ]:
        answer = reader.get("/", HTTP_ACCEPT_ENCODING=coding, HTTP_IF_NONE_MATCH=tag)
        assert (answer.status, answer.came_from) == (status, "hit"), (tag, coding)
        assert (answer.body == b"") == (status == 304)


@pytest.mark.parametrize("path", ["/feeds/posts/default", "/feeds/comments/default", "/rss.xml"])
def test_feed_that_is_asked_for_by_time_alone_is_304_when_it_is_no_newer(reader, path):
    make_comment(make_post())
    changed_at = reader.get(path).headers["Last-Modified"]

    for since, tag, status in [
        (changed_at, None, 304),
        ("Fri, 31 Dec 2100 23:59:59 GMT", None, 304),
        ("Sun, 01 Jan 2006 00:00:00 GMT", None, 200),
        ("yesterday", None, 200),
        (changed_at, '"another"', 200),  # who names a tag is asked for nothing else
    ]:
        named = {"HTTP_IF_MODIFIED_SINCE": since, "HTTP_IF_NONE_MATCH": tag}
        answer = reader.get(path, **{name: value for name, value in named.items() if value})
        assert (answer.status, answer.came_from) == (status, "hit"), (since, tag)
        assert (answer.body == b"") == (status == 304)


def test_page_without_a_date_is_never_304_by_time(reader):
    make_post()
    reader.get("/")

    answer = reader.get("/", HTTP_IF_MODIFIED_SINCE="Fri, 31 Dec 2100 23:59:59 GMT")

    assert (answer.status, answer.came_from) == (200, "hit")


@pytest.mark.parametrize("coding", ["", "gzip;q=0", "identity", "br;q=0, *;q=0", "gzip;q=x"])
def test_who_does_not_want_gzip_gets_none(reader, coding):
    make_post(body="word " * 500)

    answers = [reader.get("/", HTTP_ACCEPT_ENCODING=coding) for _twice in range(2)]

    assert [answer.headers.get("Content-Encoding") for answer in answers] == [None, None]


@pytest.mark.django_db(transaction=True)
def test_tag_of_before_a_change_brings_the_new_page(reader):
    post = make_post(title="Before")
    tag = reader.get(post.get_absolute_url()).headers["ETag"]
    post.title = "After"

    publish(post, by=None)
    answer = reader.get(post.get_absolute_url(), HTTP_IF_NONE_MATCH=tag)

    assert (answer.status, answer.came_from) == (200, "stored")
    assert "After" in answer.text


def test_conditional_first_request_is_rendered_whole_and_answered_304(reader):
    make_post()
    tag = reader.get("/feeds/posts/default").headers["ETag"]
    reader.application.store.clear()

    conditional = reader.get("/feeds/posts/default", HTTP_IF_NONE_MATCH=tag)
    plain = reader.get("/feeds/posts/default")

    assert (conditional.status, conditional.body) == (304, b"")
    assert (plain.status, plain.came_from) == (200, "hit")
    assert "<feed" in plain.text


def test_head_gets_the_headers_of_get_and_leaves_the_body_alone(reader):
    make_post()
    before = reader.get("/", method="HEAD")
    page = reader.get("/")
    head = reader.get("/", method="HEAD")

    assert before.status == 200
    assert page.came_from == "stored"
    assert head.body == b""
    assert head.headers["Content-Length"] == str(len(page.body))
    assert head.headers["ETag"] == page.headers["ETag"]


@pytest.mark.django_db(transaction=True)
def test_old_address_is_kept_as_its_redirect(reader):
    post = make_post(slug="old")
    path = post.get_absolute_url()
    post.slug = "new"
    publish(post, by=None)

    answers = [reader.get(path) for _twice in range(2)]

    assert [answer.status for answer in answers] == [301, 301]
    assert [answer.headers["Location"] for answer in answers] == [post.get_absolute_url()] * 2
    assert answers[1].came_from == "hit"
    withdraw(post, by=None)
    assert reader.get(path).status == 404


# --- What is nobody else's -----------------------------------------------------------------------


@pytest.mark.parametrize("cookie", ["session=a", "x=1; session=a", "session =a", "guest=a"])
def test_who_may_be_somebody_is_rendered_for(reader, stage, cookie):
    reader.get("/kept/")

    answers = [reader.get("/kept/", HTTP_COOKIE=cookie) for _twice in range(2)]

    assert [answer.came_from for answer in answers] == ["django", "django"]
    assert [answer.headers["Cache-Control"] for answer in answers] == ["private, no-cache"] * 2
    assert stage.runs == 3
    assert reader.get("/kept/").came_from == "hit"


def test_cookies_of_others_change_nothing(reader, stage):
    reader.get("/kept/", HTTP_COOKIE="_ga=1; theme=dark")

    assert reader.get("/kept/").came_from == "hit"
    assert reader.get("/kept/", HTTP_COOKIE="_ga=2").came_from == "hit"


def test_an_editors_page_never_reaches_a_stranger_nor_back(reader, client):
    editor = make_user("ed", role=Role.EDITOR)
    post = make_post()
    address = post.get_absolute_url()
    client.force_login(editor)
    cookie = f"session={client.cookies['session'].value}"

    as_editor = reader.get(address, HTTP_COOKIE=cookie)
    as_stranger = reader.get(address)
    as_editor_again = reader.get(address, HTTP_COOKIE=cookie)

    edit = f"/admin/blog/post/{post.pk}/change/"
    assert edit in as_editor.text
    assert edit in as_editor_again.text
    assert edit not in as_stranger.text
    assert reader.get(address).text == as_stranger.text


def test_a_guest_who_is_known_keeps_his_page_to_himself(reader):
    post = make_post()
    guest = make_guest(name="Waltraud of the Woods")
    response = HttpResponse()
    visitors.remember(response, guest)
    cookie = response.cookies.output(header="").strip().partition(";")[0]

    as_guest = reader.get(post.get_absolute_url(), HTTP_COOKIE=cookie)
    as_stranger = reader.get(post.get_absolute_url())

    assert "Waltraud" in as_guest.text
    assert "Waltraud" not in as_stranger.text


def test_draft_that_its_author_read_is_404_for_all_others(reader, client):
    author = make_user(role=Role.AUTHOR)
    draft = make_post(state=State.WITHDRAWN, author=author)
    client.force_login(author)
    cookie = f"session={client.cookies['session'].value}"

    assert reader.get(draft.get_absolute_url(), HTTP_COOKIE=cookie).status == 200
    assert reader.get(draft.get_absolute_url()).status == 404


@pytest.mark.parametrize("path", ["/admin/", "/accounts/", "/comments/", "/drafts/"])
def test_what_has_doors_is_not_kept_whatever_its_view_says(reader, stage, path):
    answers = [reader.get(f"{path}kept/") for _twice in range(2)]

    assert [answer.status for answer in answers] == [200, 200]
    assert [answer.came_from for answer in answers] == ["django", "django"]
    assert len(reader.application.store) == 0


def test_what_no_view_marked_is_not_kept(reader, stage):
    answers = [reader.get("/not-kept/") for _twice in range(2)]

    assert [answer.came_from for answer in answers] == ["django", "django"]
    assert stage.runs == 2


def with_cookie():
    response = HttpResponse("a page")
    response.set_cookie("theme", "dark")
    return response


def with_header(name, value):
    response = HttpResponse("a page")
    response.headers[name] = value
    return response


@pytest.mark.parametrize(
    "answer",
    [
        with_cookie,
        lambda: with_header("Cache-Control", "private"),
        lambda: with_header("Cache-Control", "no-store"),
        lambda: with_header("Vary", "Accept-Language"),
        lambda: with_header("Vary", "*"),
        lambda: with_header("Content-Encoding", "gzip"),
        lambda: HttpResponse("gone", status=404),
        lambda: HttpResponse("wrong", status=400),
        lambda: HttpResponse("busy", status=503),
        lambda: HttpResponse("part", status=206),
        lambda: StreamingHttpResponse(iter([b"a page"])),
    ],
)
def test_answers_that_are_not_for_everybody_are_not_kept(reader, stage, answer):
    stage.answer = lambda request: answer()

    answers = [reader.get("/kept/") for _twice in range(2)]

    assert [given.came_from for given in answers] == ["django", "django"]
    assert answers[0].body == answers[1].body
    assert (stage.runs, len(reader.application.store)) == (2, 0)


def test_only_redirects_that_stay_are_kept(reader, stage):
    assert [reader.get("/moved/").came_from for _twice in range(2)] == ["stored", "hit"]
    assert [reader.get("/elsewhere/").came_from for _twice in range(2)] == ["django", "django"]


def test_proxy_that_says_the_host_twice_gets_kept_pages(reader, stage):
    twice = {"HTTP_HOST": "127.0.0.1:8000", "HTTP_X_FORWARDED_HOST": "127.0.0.1:8000"}

    assert [reader.get("/kept/", **twice).came_from for _twice in range(2)] == ["stored", "hit"]


# --- Poison --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_X_FORWARDED_HOST": "evil.example"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
        {"HTTP_X_FORWARDED_FOR": "6.6.6.6"},
        {"HTTP_X_HTTP_METHOD_OVERRIDE": "POST"},
        {"HTTP_X_ORIGINAL_URL": "/admin/"},
        {"HTTP_ACCEPT_LANGUAGE": "zh-hans"},
        {"HTTP_USER_AGENT": "evil"},
        {"HTTP_REFERER": "https://evil.example/"},
        {"HTTP_RANGE": "bytes=0-3"},
        {"HTTP_IF_MODIFIED_SINCE": "Fri, 01 Jan 2100 00:00:00 GMT"},
        {"HTTP_HOST": "127.0.0.1:6666"},
        {"HTTP_HOST": "LOCALHOST"},
        {"HTTP_COOKIE": "csrf=evil; django_language=zh-hans"},
    ],
)
def test_nothing_a_stranger_sends_beside_the_address_gets_into_a_page(reader, stage, headers):
    poisoned = reader.get("/echo/?q=a&utm_source=evil&q=b", **headers)
    clean = reader.get("/echo/?q=b")

    assert clean.text == poisoned.text
    assert "evil" not in clean.text
    assert "6.6.6.6" not in clean.text
    assert clean.status == 200
    assert clean.text.endswith("({'q': 'b'}, '127.0.0.1:8000', 'q=b')") or "'q': 'b'" in clean.text


@pytest.mark.parametrize("host", ["evil.example", "", "127.0.0.1:x", "a@127.0.0.1", "127.0.0.1/x"])
def test_unknown_host_is_refused_though_the_page_is_there(reader, stage, host):
    reader.get("/kept/")

    answer = reader.get("/kept/", HTTP_HOST=host)

    assert answer.status == 400
    assert "a page" not in answer.text


@pytest.mark.parametrize(
    "request_line",
    [
        {"body": b"q=evil"},
        {"HTTP_TRANSFER_ENCODING": "chunked"},
        {"HTTP_AUTHORIZATION": "Basic eDp5"},
        {"method": "POST"},
        {"method": "PURGE"},
    ],
)
def test_what_is_not_plainly_read_goes_to_django(reader, stage, request_line):
    reader.get("/kept/")

    answer = reader.get("/kept/", **request_line)

    assert answer.came_from == "django"
    assert reader.get("/kept/").text == "a page"


def test_secure_and_plain_readers_have_pages_of_their_own(reader, stage, settings):
    import ipaddress

    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8")]
    proxied = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_PROTO": "https"}
    stage.answer = lambda request: HttpResponse(request.scheme)

    assert reader.get("/kept/").text == "http"
    assert reader.get("/kept/", **proxied).text == "https"
    assert reader.get("/kept/", **{**proxied, "REMOTE_ADDR": "11.0.0.1"}).text == "http"
    assert reader.get("/kept/", **proxied).came_from == "hit"


# --- Floods --------------------------------------------------------------------------------------


def test_parameters_that_the_view_does_not_know_make_no_page(reader, stage):
    reader.get("/kept/")

    for query in ["?utm_source=a", "?fbclid=b&x=1", "?" + "&".join(f"a{n}=1" for n in range(40))]:
        reader.get(f"/kept/{query}")  # in this process the first of this path

    assert reader.get("/kept/?utm_source=c").came_from == "hit"
    assert len(reader.application.store) == 1


def test_order_and_repetition_of_parameters_make_no_page(reader, stage):
    reader.get("/kept/?q=a&before=b")

    answers = [
        reader.get(f"/kept/?{query}")
        for query in ["before=b&q=a", "q=x&before=b&q=a", "x=1&before=b&q=%61"]
    ]

    assert [answer.came_from for answer in answers] == ["hit"] * 3
    assert len(reader.application.store) == 1


def test_flood_of_made_up_addresses_leaves_memory_and_known_pages_alone(small, stage):
    reader = small(200_000)
    cache = reader.application
    stage.answer = lambda request: HttpResponse("x" * 3_000)
    for _thrice in range(3):
        reader.get("/kept/")
        reader.get("/other/")

    for number in range(300):
        reader.get(f"/kept/?q={number}")
        reader.get(f"/nothing/{number}")

    assert cache.store.size_bytes <= 200_000
    assert len(cache.store) < 60
    assert len(cache._unkept) <= 1_024
    assert reader.get("/kept/").came_from == "hit"
    assert reader.get("/other/").came_from == "hit"


def test_page_that_is_too_large_and_address_that_is_too_long_are_answered_only(small, stage):
    reader = small(100_000)
    cache = reader.application
    stage.answer = lambda request: HttpResponse("y" * 20_000, content_type="image/png")

    large = [reader.get("/kept/") for _twice in range(2)]
    long = [reader.get("/other/?q=" + "z" * 3_000) for _twice in range(2)]

    assert [len(answer.body) for answer in large] == [20_000, 20_000]
    assert [answer.status for answer in long] == [200, 200]
    assert (len(cache.store), cache.store.size_bytes) == (0, 0)


def test_limit_of_nothing_switches_it_off(small, stage):
    reader = small(0)

    answers = [reader.get("/kept/") for _twice in range(2)]

    assert [answer.came_from for answer in answers] == ["django", "django"]
    assert [answer.headers["Cache-Control"] for answer in answers] == ["public, no-cache"] * 2


# --- The end of a page ---------------------------------------------------------------------------


def test_page_ends_when_the_next_scheduled_post_appears(reader):
    start = timezone.now()
    make_post(title="Already there")
    make_post(title="Comes by itself", publish_at=start + timedelta(minutes=20))

    with time_machine.travel(start + timedelta(minutes=1), tick=False):
        before = reader.get("/")
    with time_machine.travel(start + timedelta(minutes=19), tick=False):
        shortly_before = reader.get("/")
    with time_machine.travel(start + timedelta(minutes=20), tick=False):
        then = reader.get("/")

    assert "Comes by itself" not in before.text
    assert shortly_before.came_from == "hit"
    assert then.came_from == "stored"
    assert "Comes by itself" in then.text


def test_page_ends_when_a_post_does(reader):
    start = timezone.now()
    post = make_post(title="Goes by itself", ends_at=start + timedelta(minutes=20))
    path = post.get_absolute_url()

    with time_machine.travel(start + timedelta(minutes=19), tick=False):
        stored = reader.get("/"), reader.get(path)
        before = reader.get("/"), reader.get(path)
    with time_machine.travel(start + timedelta(minutes=20), tick=False):
        then = reader.get("/"), reader.get(path)

    assert [page.came_from for page in stored + before] == ["stored", "stored", "hit", "hit"]
    assert [page.status for page in then] == [200, 410]
    assert "Goes by itself" not in then[0].text + then[1].text


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("audience", ["password", "link"])
def test_private_text_is_never_kept_and_what_was_kept_of_it_ends(reader, audience):
    post = make_post(title="Once for all", slug="once")
    path = post.get_absolute_url()
    reader.get(path), reader.get("/")

    post.audience = audience
    post.set_password("open")
    publishing.save(post, by=None)
    closed = reader.get(path), reader.get("/")
    own = private.link(post) if audience == "link" else path
    response = HttpResponse()
    private.remember(response, post)
    known = reader.get(own, HTTP_COOKIE=f"unlocked={response.cookies['unlocked'].value}")
    again = reader.get(path), reader.get("/")

    assert ["Once for all" in page.text for page in closed + again] == [False] * 4
    assert "Once for all" in known.text
    assert {page.came_from for page in (closed[0], again[0], known)} == {"django"}


@pytest.mark.django_db(transaction=True)
def test_pin_shows_at_once_and_a_renamed_label_redirects_at_once(reader):
    label = make_label("Paper")
    post = make_post(labels=[label])
    reader.get("/"), reader.get("/search/label/Paper"), reader.get("/search/label/Vellum")

    post.is_pinned = True
    publishing.save(post, by=None)
    labelling.rename(label, "Vellum")

    assert "Pinned" in reader.get("/").text
    assert [reader.get(f"/search/label/{name}").status for name in ("Paper", "Vellum")] == [
        301,
        200,
    ]


@pytest.mark.django_db(transaction=True)
def test_words_about_an_author_show_at_once(reader):
    post = make_post()
    path = post.author.get_absolute_url()
    reader.get(path)

    post.author.about = "Writes in margins."
    post.author.save()

    assert "Writes in margins." in reader.get(path).text


def test_page_ends_after_an_hour_and_when_the_clock_goes_back(reader, stage):
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        reader.get("/kept/")

    for minutes, came_from in [(59, "hit"), (60, "stored"), (119, "hit"), (0, "stored")]:
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            assert reader.get("/kept/").came_from == came_from, minutes


# --- When rendering fails ------------------------------------------------------------------------


def test_last_version_is_sent_marked_while_rendering_fails(reader, stage):
    reader.get("/kept/")
    stage.answer = lambda request: 1 / 0
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        failing = reader.get("/kept/")
        soon_after = reader.get("/kept/")
        runs = stage.runs
        stage.answer = lambda request: HttpResponse("a new page")
        reader.application._no_rendering_until = 0.0
        repaired = reader.get("/kept/")

    assert (failing.status, failing.text, failing.came_from) == (200, "a page", "stale")
    assert failing.headers["Warning"].startswith("110")
    assert soon_after.came_from == "stale"
    assert runs == 2  # within a second nobody tries again
    assert (repaired.text, repaired.came_from) == ("a new page", "stored")


def test_without_an_earlier_version_the_failure_is_told(reader, stage):
    def away(request):
        raise OperationalError("away")

    stage.answer = away

    answers = [reader.get("/kept/") for _twice in range(2)]

    assert [answer.status for answer in answers] == [503, 503]
    assert answers[0].headers["Retry-After"] == "5"


def test_page_is_sent_marked_while_the_database_is_away(reader, stage, monkeypatch):
    reader.get("/kept/")

    def away(connection):
        raise OperationalError("away")

    monkeypatch.setattr("blog.pagecache.writes.marks", away)
    reader.application.lookout.next_at = 0.0
    during = reader.get("/kept/")
    monkeypatch.undo()
    reader.application.lookout.next_at = 0.0
    after = reader.get("/kept/", HTTP_HOST="localhost")

    assert (during.status, during.came_from) == (200, "stale")
    assert after.status in {200, 404}


# --- Compression of what is not kept -------------------------------------------------------------


def test_answers_that_are_not_kept_are_compressed_with_a_blurred_length(reader, stage):
    stage.answer = lambda request: HttpResponse("word " * 1_000)
    packed = {"HTTP_ACCEPT_ENCODING": "gzip"}

    answers = [reader.get("/not-kept/", **packed) for _often in range(10)]
    own = reader.get("/kept/", HTTP_COOKIE="session=a", **packed)

    assert {answer.text for answer in answers} == {"word " * 1_000}
    assert len({len(answer.body) for answer in answers}) > 1
    assert answers[0].headers["Content-Length"] == str(len(answers[0].body))
    assert "Accept-Encoding" in answers[0].headers["Vary"]
    assert (own.headers["Content-Encoding"], own.text) == ("gzip", "word " * 1_000)


def test_short_and_packed_answers_are_left_as_they_are(reader, stage):
    packed = {"HTTP_ACCEPT_ENCODING": "gzip"}
    short = reader.get("/not-kept/", **packed)
    stage.answer = lambda request: HttpResponse(b"\0" * 5_000, content_type="image/png")
    image = reader.get("/not-kept/", **packed)

    assert "Content-Encoding" not in short.headers
    assert "Content-Encoding" not in image.headers


# --- Many at once --------------------------------------------------------------------------------


def at_once(count, task):
    """What `task` returned in each of `count` threads that start together."""
    results, barrier = [], threading.Barrier(count)

    def work():
        try:
            barrier.wait()
            results.append(task())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _number in range(count)]
    for thread in threads:
        thread.start()
    return threads, results


@pytest.mark.django_db(transaction=True)
def test_a_hundred_readers_of_a_new_page_cause_one_rendering(reader, stage):
    set_profile()  # the first page of an empty blog makes it, which is a change
    stage.goes_on.clear()
    threads, answers = at_once(100, lambda: reader.get("/kept/"))
    assert stage.entered.wait(10)
    stage.goes_on.set()
    for thread in threads:
        thread.join()

    assert stage.runs == 1
    assert {answer.text for answer in answers} == {"a page"}
    assert len(answers) == 100


@pytest.mark.django_db(transaction=True)
def test_a_page_that_is_not_kept_makes_nobody_wait(reader, stage):
    reader.get("/not-kept/")
    stage.goes_on.clear()
    threads, answers = at_once(4, lambda: reader.get("/not-kept/"))
    try:
        for _second in range(100):
            if stage.runs == 5:
                break
            threading.Event().wait(0.05)
        assert stage.runs == 5  # all four inside at the same time
    finally:
        stage.goes_on.set()
        for thread in threads:
            thread.join()
    assert len(answers) == 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", ["/kept/", "/any/"])
def test_a_page_rendered_while_a_change_lands_never_outlives_it(reader, stage, address):
    post = make_post(title="old")
    stage.goes_on.clear()
    threads, answers = at_once(1, lambda: reader.get(address))
    assert stage.entered.wait(10)  # it has read the old title and is held

    post.title = "new"
    post.save()  # on disk, and told, while the page is still being rendered
    late_threads, late = at_once(1, lambda: reader.get(address))
    stage.goes_on.set()
    for thread in [*threads, *late_threads]:
        thread.join()

    assert answers[0].headers["X-Titles"] == "old"  # asked before the change: both are right
    assert late[0].headers["X-Titles"] == "new"
    assert reader.get(address).headers["X-Titles"] == "new"


@pytest.mark.django_db(transaction=True)
def test_comments_and_menus_are_where_they_belong(reader):
    post, other = make_post(title="One"), make_post(title="Two")
    held = make_comment(post, status=Status.HELD, text="An opinion")
    moderator = make_user(role=Role.MODERATOR)
    addresses = ["/", post.get_absolute_url(), other.get_absolute_url(), post.feed_path]
    for address in addresses:
        reader.get(address)

    from comments import moderation

    moderation.approve([held], by=moderator)
    after_approval = [reader.get(address) for address in addresses]
    make_page(title="Imprint of all")
    after_page = [reader.get(address) for address in addresses]

    assert [a.came_from for a in after_approval] == ["stored", "stored", "hit", "stored"]
    assert "An opinion" in after_approval[1].text
    assert [a.came_from for a in after_page] == ["stored"] * 4
    assert "Imprint of all" in after_page[2].text
