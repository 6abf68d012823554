"""What all pages have in common is made once, and never shown when it is old."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from blog.models import Label, Post, SiteProfile
from blog.pagecache import keys, memory, pages, remembered, stamps, touches
from tests.blog.pagecache.processes import run_shell
from tests.blog.pagecache.test_changes import stranger_writes
from tests.builders import make_label, make_page, make_post, make_user, set_profile

NAME = settings.SESSION_COOKIE_NAME


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch):
    monkeypatch.setattr(memory, "_memory", None)


@pytest.fixture
def request_watched():
    request = RequestFactory().get("/")
    request.META[pages.WATCHED] = True
    return request


class Maker:
    """Says how many posts there are, and how often it was asked."""

    def __init__(self):
        self.runs = 0

    def __call__(self):
        self.runs += 1
        return Post.objects.count()


@pytest.mark.django_db(transaction=True)
def test_what_is_made_once_is_known_without_a_query(request_watched, django_assert_num_queries):
    make_post()
    make = Maker()
    remembered(request_watched, "count", make)

    with django_assert_num_queries(0):
        again = remembered(request_watched, "count", make)

    assert (again, make.runs) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_names_and_languages_are_told_apart(request_watched):
    found = []
    for language in ("en", "zh-hans", "en"):
        with translation.override(language):
            for name in ("a", ("a", 1)):
                value = f"{name} in {language}"
                found.append(remembered(request_watched, name, lambda value=value: value))

    one = ["a in en", "('a', 1) in en"]
    assert found == [*one, "a in zh-hans", "('a', 1) in zh-hans", *one]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_remembered_for_who_came_past_the_page_cache():
    make = Maker()

    for request in (RequestFactory().get("/"), None):
        remembered(request, "count", make)
        remembered(request, "count", make)

    assert make.runs == 4


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_nothing_is_remembered_or_known(request_watched):
    make = Maker()
    seen = [remembered(request_watched, "count", make)]

    with transaction.atomic():
        make_post()
        seen.append(remembered(request_watched, "count", make))
        seen.append(remembered(request_watched, "other", make))
        transaction.set_rollback(True)
    seen.append(remembered(request_watched, "count", make))
    seen.append(remembered(request_watched, "other", make))

    assert seen == [0, 1, 1, 0, 0]


@pytest.mark.django_db(transaction=True)
def test_change_while_it_is_made_ends_it(request_watched):
    def slow():
        count = Post.objects.count()
        make_post()
        return count

    early = remembered(request_watched, "count", slow)

    assert early == 0
    assert remembered(request_watched, "count", Maker()) == 1


@pytest.mark.django_db(transaction=True)
def test_change_of_one_text_leaves_the_frame_alone(request_watched):
    post = make_post()
    make = Maker()
    remembered(request_watched, "count", make)

    with touches(keys.post(post.pk), keys.TEXTS):
        Post.objects.filter(pk=post.pk).update(title="Another")
    remembered(request_watched, "count", make)

    assert make.runs == 1


@pytest.mark.django_db(transaction=True)
def test_it_ends_with_the_next_scheduled_moment_and_with_the_hour(request_watched, monkeypatch):
    now = timezone.now()
    make_post(publish_at=now + timedelta(minutes=5))
    make = Maker()
    runs = []

    for minutes in (0, 4, 6, 60, 67):
        at = (now + timedelta(minutes=minutes)).timestamp()
        monkeypatch.setattr(memory, "time", lambda at=at: at)
        monkeypatch.setattr(pages, "time", lambda at=at: at)
        monkeypatch.setattr(timezone, "now", lambda m=minutes: now + timedelta(minutes=m))
        remembered(request_watched, "count", make)
        runs.append(make.runs)

    assert runs == [1, 1, 2, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_it_is_made_anew_while_the_counters_are_away(request_watched, monkeypatch):
    make = Maker()
    remembered(request_watched, "count", make)

    def away(*arguments):
        raise stamps.Unreachable

    monkeypatch.setattr(stamps.current(), "compare", away)
    remembered(request_watched, "count", make)

    assert make.runs == 2


@pytest.mark.django_db(transaction=True)
def test_memory_is_bounded(request_watched):
    for number in range(memory.MAX_VALUES + 50):
        remembered(request_watched, number, lambda number=number: number)

    known = memory._memory.values
    assert len(known) == memory.MAX_VALUES
    assert ("en", 0) not in {(language[:2], name) for language, name in known}


# --- In pages ------------------------------------------------------------------------------------


def queries_of(reader, address, **headers):
    with CaptureQueriesContext(connection) as queries:
        answer = reader.get(address, **headers)
    return len(queries), answer


@pytest.fixture
def blog(transactional_db):
    """Two posts under a label, and a page in the menu."""
    set_profile()
    label = make_label("Paper")
    make_page(title="Imprint")
    return [make_post(title=title, labels=[label]) for title in ("One", "Two")]


def test_second_page_needs_no_query_for_its_frame(blog, reader):
    first, _answer = queries_of(reader, "/search?q=one")
    second, answer = queries_of(reader, "/search?q=two")

    # Profile, menu, archive, labels, and when the next post appears.
    assert first - second == 5
    assert "Imprint" in answer.text
    assert "Two" in answer.text


def test_reader_with_an_account_gets_the_same_frame(blog, reader, client):
    client.force_login(make_user())
    cookie = f"{NAME}={client.cookies[NAME].value}"
    reader.get("/")

    count, answer = queries_of(reader, "/search?q=one")
    own_count, own = queries_of(reader, "/search?q=one", HTTP_COOKIE=cookie)

    assert own_count == count + 2  # who it is: session and account
    assert 'aria-labelledby="archive-heading"' in own.text
    assert "Log out" in own.text
    assert "Log out" not in answer.text


CHANGES = {
    "the profile": (lambda: SiteProfile.objects.update(title="Renamed"), "Renamed"),
    "its language": (lambda: SiteProfile.objects.update(language="zh-hans"), 'lang="zh-Hans"'),
    "a page's title": (lambda: Post.objects.pages().update(title="Colophon"), "Colophon"),
    "a label": (lambda: Label.objects.update(name="Cloth"), "Cloth"),
    "a post": (lambda: make_post(title="Three"), "(3)"),
    "in another process": (
        lambda: run_shell("from blog.models import Label; Label.objects.update(name='Far')"),
        "Far",
    ),
    "another program": (lambda: stranger_writes("UPDATE blog_label SET name = 'Odd'"), "Odd"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_change_shows_in_the_frame_of_the_next_page(change, blog, reader):
    act, words = CHANGES[change]
    reader.get("/")
    before = reader.get("/", HTTP_COOKIE=f"{NAME}=unknown").text

    act()
    reader.application.lookout.next_at = 0.0
    after = reader.get("/", HTTP_COOKIE=f"{NAME}=unknown").text

    assert words not in before
    assert words in after
