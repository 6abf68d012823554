"""What search engines are told: every public address and no other."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from defusedxml import ElementTree
from django.test import Client
from django.utils import timezone

from blog import publishing, sitemaps
from blog.choices import State
from blog.models import Post
from tests.builders import make_label, make_page, make_post, set_profile

pytestmark = pytest.mark.django_db

SITE = "http://127.0.0.1:8000"
NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"

DECEMBER = datetime(2015, 12, 3, 8, 30, tzinfo=UTC)


def read(content):
    """Addresses and last changes of a sitemap, or of an index of sitemaps, in its order."""
    root = ElementTree.fromstring(content)
    assert root.tag in {f"{NAMESPACE}urlset", f"{NAMESPACE}sitemapindex"}
    return {
        element.findtext(f"{NAMESPACE}loc"): element.findtext(f"{NAMESPACE}lastmod")
        for element in root
    }


def test_sitemap_lists_every_public_address_with_its_last_change(client):
    with time_machine.travel(DECEMBER, tick=False):
        paper, ink = make_label("Paper & <ink>"), make_label("墨")
        # A page stands in no month and under no label's address.
        october = DECEMBER - timedelta(days=60)
        make_page(slug="about", publish_at=october, labels=[make_label("Unused")])
        make_post(slug="old", publish_at=DECEMBER - timedelta(days=30), labels=[paper])
        later = make_post(slug="纸", publish_at=DECEMBER, labels=[ink, paper])
    with time_machine.travel(DECEMBER + timedelta(days=1), tick=False):
        edited = Post.objects.get(pk=later.pk)
        edited.body = "Another text"
        publishing.save(edited, by=None)

    found = read(client.get("/sitemap.xml").content)

    assert found == {
        f"{SITE}/": "2015-12-04T08:30:00Z",
        f"{SITE}/2015/12/%E7%BA%B8.html": "2015-12-04T08:30:00Z",
        f"{SITE}/p/about.html": "2015-12-03T08:30:00Z",
        f"{SITE}/2015/11/old.html": "2015-12-03T08:30:00Z",
        f"{SITE}/2015/12/": "2015-12-04T08:30:00Z",
        f"{SITE}/2015/11/": "2015-12-03T08:30:00Z",
        f"{SITE}/search/label/Paper%20%26%20%3Cink%3E": "2015-12-04T08:30:00Z",
        f"{SITE}/search/label/%E5%A2%A8": "2015-12-04T08:30:00Z",
    }


def test_sitemap_of_an_empty_blog_is_its_front_page(client):
    assert read(client.get("/sitemap.xml").content) == {f"{SITE}/": None}


def test_what_nobody_may_open_is_not_listed(client):
    make_post(slug="live", publish_at=DECEMBER)
    secret = {"labels": [make_label("Secret")]}
    make_post(title="Draft", state=State.DRAFT, **secret)
    make_post(slug="back", state=State.WITHDRAWN, publish_at=datetime(2014, 1, 1, tzinfo=UTC))
    make_post(slug="ahead", publish_at=timezone.now() + timedelta(days=40), **secret)
    make_page(slug="page", state=State.DRAFT, **secret)

    found = read(client.get("/sitemap.xml").content)

    assert set(found) == {f"{SITE}/", f"{SITE}/2015/12/live.html", f"{SITE}/2015/12/"}


def test_post_is_listed_from_the_second_of_its_publication(client):
    with time_machine.travel(DECEMBER - timedelta(days=9), tick=False):
        make_post(slug="ahead", publish_at=DECEMBER, labels=[make_label("Paper")])

    with time_machine.travel(DECEMBER - timedelta(seconds=1), tick=False):
        before = read(client.get("/sitemap.xml").content)
    with time_machine.travel(DECEMBER, tick=False):
        after = read(client.get("/sitemap.xml").content)

    assert before == {f"{SITE}/": None}
    assert after == {
        f"{SITE}{path}": "2015-12-03T08:30:00Z"
        for path in ("/", "/2015/12/ahead.html", "/2015/12/", "/search/label/Paper")
    }


def test_month_is_that_of_the_blogs_zone(client):
    set_profile(time_zone="Asia/Shanghai")
    make_post(slug="eve", publish_at=datetime(2015, 12, 31, 20, 0, tzinfo=UTC))

    found = read(client.get("/sitemap.xml").content)

    assert set(found) == {f"{SITE}/", f"{SITE}/2016/01/eve.html", f"{SITE}/2016/01/"}


def test_large_sitemap_is_parted_under_an_index(client, monkeypatch):
    for number in range(4):
        make_post(slug=f"post-{number}", publish_at=DECEMBER - timedelta(hours=number))
    whole = read(client.get("/sitemap.xml").content)
    monkeypatch.setattr(sitemaps, "MAX_ADDRESSES", 4)

    index = read(client.get("/sitemap.xml").content)
    parts = [read(client.get(address.removeprefix(SITE)).content) for address in index]

    assert list(index) == [f"{SITE}/sitemap.xml?page=1", f"{SITE}/sitemap.xml?page=2"]
    assert list(index.values()) == [max(part.values()) for part in parts]
    assert [len(part) for part in parts] == [4, 2]
    assert parts[0] | parts[1] == whole


@pytest.mark.parametrize("page", ["0", "2", "-1", "x", "٣", "9" * 30])
def test_part_that_is_not_there_is_404(client, page):
    answers = [client.get("/sitemap.xml", {"page": number}) for number in ("1", page)]

    assert [answer.status_code for answer in answers] == [200, 404]


def test_robot_with_the_same_sitemap_is_told_so(client):
    make_post()
    first = client.get("/sitemap.xml")
    known = {"if-none-match": first["ETag"]}

    same = client.get("/sitemap.xml", headers=known)
    make_post(slug="new")
    changed = client.get("/sitemap.xml", headers=known)

    assert (same.status_code, same.content) == (304, b"")
    assert len(read(changed.content)) == len(read(first.content)) + 1


def test_sitemap_asks_the_same_number_of_queries_for_one_and_three_posts(
    django_assert_num_queries,
):
    make_post(labels=[make_label("Paper")])

    with django_assert_num_queries(3):
        Client().get("/sitemap.xml")
    for name in ("A", "B"):
        make_post(title=name, labels=[make_label(name)])

    with django_assert_num_queries(3):
        Client().get("/sitemap.xml")


# --- robots.txt -----------------------------------------------------------------------------------


def test_robots_may_read_all_but_forms_and_searches(client, settings):
    settings.SITE_URL = "https://blog.example"

    response = client.get("/robots.txt")

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode().splitlines() == [
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /accounts/",
        "Disallow: /comments/",
        "Disallow: /drafts/",
        "Disallow: /proof/",
        "Disallow: /shared/",
        "Disallow: /unlock/",
        "Disallow: /search?",
        "",
        "Sitemap: https://blog.example/sitemap.xml",
    ]


def test_robots_are_turned_away_when_the_owner_says_so(client):
    set_profile(is_searchable=False)

    content = client.get("/robots.txt").content.decode()

    assert content == "User-agent: *\nDisallow: /\n"


def test_every_listed_address_can_be_opened_and_is_open_to_robots(client):
    make_page(slug="about")
    make_post(labels=[make_label("Pens/Nibs"), make_label("纸 & 墨")])
    closed = [
        line.removeprefix("Disallow: ")
        for line in client.get("/robots.txt").content.decode().splitlines()
        if line.startswith("Disallow: ")
    ]

    paths = [url.removeprefix(SITE) for url in read(client.get("/sitemap.xml").content)]

    assert {path: client.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)
    assert [path for path in paths if path.startswith(tuple(closed))] == []


def test_images_of_a_post_are_named_once_with_their_whole_address(client):
    post = make_post(
        body='<img src="/media/a&amp;b.png"><img src="/media/c.png"><img src="/media/c.png">',
        markup="html",
    )
    make_post(body="![Secret](/media/secret.png)", state=State.DRAFT)

    content = client.get("/sitemap.xml").content.decode()

    image = "<image:image><image:loc>http://127.0.0.1:8000/media/{}</image:loc></image:image>"
    assert content.count("<image:image>") == 2
    assert image.format("a&amp;b.png") + image.format("c.png") in content
    assert f"{post.get_absolute_url()}</loc>" in content
