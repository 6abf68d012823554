"""From one post to others: neighbours, related posts, suggestions; and through a long one."""

import re
from datetime import timedelta

import pytest
from defusedxml import ElementTree
from django.core.exceptions import ValidationError
from django.utils import timezone

from blog.choices import State
from blog.models import Post
from tests.builders import make_label, make_page, make_post, set_profile

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"

pytestmark = pytest.mark.django_db


def text_of(html, start, end):
    """What stands between the two marks of a page, without tags."""
    part = html.partition(start)[2].partition(end)[0]
    return " ".join(re.sub(r"<[^>]*>", " ", part).split())


def related_titles(client, post):
    html = client.get(post.get_absolute_url()).content.decode()
    return re.findall(r'dir="auto">([^<]*)</a></li>', html.partition('class="related"')[2])


def test_related_posts_share_the_most_labels_and_are_live(client):
    hills, rivers, maps = make_label("Hills"), make_label("Rivers"), make_label("Maps")
    post = make_post(title="This", labels=[hills, rivers])
    ago = timezone.now() - timedelta(days=9)
    make_post(title="Both, and old", labels=[hills, rivers], publish_at=ago)
    make_post(title="One", labels=[rivers, maps])
    make_post(title="None", labels=[maps])
    make_post(title="Draft", labels=[hills, rivers], state=State.DRAFT)
    make_post(title="", labels=[hills, rivers])
    make_post(title="Ahead", labels=[hills], publish_at=timezone.now() + timedelta(days=1))

    assert related_titles(client, post) == ["Both, and old", "One"]


def test_post_without_labels_has_no_related_posts_and_asks_for_none(client):
    make_post(title="Other", labels=[make_label()])
    post = make_post(title="Lone")

    html = client.get(post.get_absolute_url()).content.decode()

    assert 'class="related"' not in html
    assert Post.objects.live().related_to(post, limit=3) == []


def test_neighbours_are_the_nearest_and_ties_go_by_key(django_assert_num_queries):
    now = timezone.now()
    at = [now - timedelta(days=days) for days in (5, 3, 3, 3, 1)]
    posts = [make_post(title=str(number), publish_at=when) for number, when in enumerate(at)]
    stream = Post.objects.live().posts()

    with django_assert_num_queries(len(posts)):
        ways = [stream.ways_from(post) for post in posts]

    assert [way.translations for way in ways] == [[]] * len(posts)
    assert [(way.newer, way.older) for way in ways] == [
        (posts[1], None),
        (posts[2], posts[0]),
        (posts[3], posts[1]),
        (posts[4], posts[2]),
        (None, posts[3]),
    ]


@pytest.mark.parametrize(
    ("path", "suggested"),
    [
        ("/2015/12/on-margin.html", ["On margins"]),
        ("/2015/12/03/ON_MARGINS/", ["On margins"]),
        ("/on-margins", ["On margins"]),
        ("/p/about-mee.html", ["About me"]),
        ("/2016/01/页边的批.html", ["页边的批注"]),
        ("/2015/12/secret-draft.html", []),
        ("/nothing-of-the-kind.html", []),
        ("/%00.html", []),
        ("/a/" + "x" * 900, []),
        ("/-/%25_%5C.html", []),
    ],
)
def test_suggestions_for_an_address_that_led_nowhere(client, path, suggested):
    make_post(title="On margins", slug="on-margins")
    make_post(title="页边的批注", slug="页边的批注")
    make_page(title="About me", slug="about-me")
    make_post(title="Draft", slug="secret-draft-x", state=State.DRAFT)

    answer = client.get(path)

    html = answer.content.decode()
    assert answer.status_code in {400, 404}
    assert re.findall(r'dir="auto">([^<]*)</a></li>', text_html(html)) == suggested


def text_html(html):
    return html.partition('class="post-links"')[2].partition("</ul>")[0]


def test_long_post_tells_its_length_and_contents(client):
    sections = "\n\n".join(f"## Part {number}\n\n{'word ' * 400}" for number in (1, 2, 3))
    post = make_post(body=f"{sections}\n\n### Deep *down*\n\n#### Too deep\n\nEnd.")

    html = client.get(post.get_absolute_url()).content.decode()

    shown = text_of(html, '<div class="post-length"', '<div class="post-body"')
    assert shown.endswith("Contents 5 min read Part 1 Part 2 Part 3 Deep down")
    assert '<li data-level="3"><a href="#s-deep-down"' in html


def test_chinese_is_read_by_the_character(client):
    set_profile(language="zh-hans")
    post = make_post(body="字" * 2_000)

    html = client.get(post.get_absolute_url()).content.decode()

    assert " 5 " in text_of(html, '<div class="post-length"', '<div class="post-body"')


@pytest.mark.parametrize("body", ["Short.", "word " * 600, "字" * 900])
def test_short_post_tells_nothing(client, body):
    post = make_post(body=f"## A\n\n## B\n\n## C\n\n{body}")

    assert "post-length" not in client.get(post.get_absolute_url()).content.decode()


# --- Translations ---------------------------------------------------------------------------------


def make_family(**fields):
    """An original, its live translation into Chinese, and one into German that is a draft."""
    original = make_post(title="Ink", language="en", **fields)
    chinese = make_post(title="墨", language="zh-hans", original=original, **fields)
    draft = make_post(title="Tinte", language="de", original=original, state=State.DRAFT)
    return original, chinese, draft


def alternates(client, post):
    html = client.get(post.get_absolute_url()).content.decode()
    return re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', html)


def test_translations_name_each_other(client):
    original, chinese, _draft = make_family()
    other = make_post(title="Paper")
    site = "http://127.0.0.1:8000"

    assert set(alternates(client, original)) == set(alternates(client, chinese))
    assert alternates(client, original) == [
        ("en", f"{site}{original.get_absolute_url()}"),
        ("zh-Hans", f"{site}{chinese.get_absolute_url()}"),
    ]
    assert alternates(client, other) == []
    html = client.get(original.get_absolute_url()).content.decode()
    assert text_of(html, '<p class="translations"', "</p>").endswith("Also in 简体中文")


def test_translations_are_in_the_sitemap(client):
    original, chinese, _draft = make_family()

    tree = ElementTree.fromstring(client.get("/sitemap.xml").content)

    found = {
        url.findtext(f"{SITEMAP}loc"): [
            link.get("hreflang") for link in url.iter("{http://www.w3.org/1999/xhtml}link")
        ]
        for url in tree.iter(f"{SITEMAP}url")
    }
    languages = {url: codes for url, codes in found.items() if codes}
    assert {url.rpartition(":8000")[2] for url in languages} == {
        original.get_absolute_url(),
        chinese.get_absolute_url(),
    }
    assert {tuple(sorted(codes)) for codes in languages.values()} == {("en", "zh-Hans")}


def test_translation_of_a_translation_is_one_of_the_original():
    original, chinese, _draft = make_family()
    french = make_post(title="Encre", language="fr")

    french.original = chinese
    french.clean()

    assert french.original == original


@pytest.mark.parametrize(
    ("language", "chosen", "sentence"),
    [
        ("zh-hans", "original", "There is a text in this language already: choose another."),
        ("fr", "page", "A post translates a post, a page a page."),
        ("fr", "itself", "This is the original: choose it there."),
    ],
)
def test_what_is_no_translation_is_refused_with_a_sentence(language, chosen, sentence):
    original, _chinese, _draft = make_family()
    post = make_post(language=language)
    post.original = {"original": original, "page": make_page(), "itself": post}[chosen]

    with pytest.raises(ValidationError) as refused:
        post.clean()

    assert refused.value.message_dict == {"original": [sentence]}


def test_original_of_others_is_no_translation():
    original, _chinese, _draft = make_family()
    original.original = make_post(language="fr")

    with pytest.raises(ValidationError, match="Others are translations of this one"):
        original.clean()
