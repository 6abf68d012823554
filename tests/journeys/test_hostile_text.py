"""Hostile text in every field, looked for in every place that shows it: nothing of it can run."""

from urllib.parse import urlsplit

import html5lib
import pytest
from django.core import mail
from django.test import Client

from blog.access import Role
from blog.choices import GuestAccess
from comments import moderation, notifications
from comments.choices import Status
from comments.forms import CommentForm
from comments.models import BlogComment
from tests.builders import make_comment, make_post, make_user, set_profile
from tests.samples import xss

pytestmark = pytest.mark.django_db

ADDRESS_ATTRIBUTES = {"href", "src", "action", "formaction", "data", "poster", "cite", "srcset"}
SAFE_SCHEMES = {"", "http", "https", "mailto", "tag", "geo", "data"}
PER_PAGE = 20


def dangers(html: str) -> list[str]:
    """What a browser would run in `html`, by our own rules for our own pages."""
    found = []
    for element in html5lib.parse(html, namespaceHTMLElements=False).iter():
        tag = str(element.tag)
        is_data = tag == "script" and element.get("type") == "application/ld+json"
        if tag == "script" and not (is_data or element.get("src", "").startswith("/static/")):
            found.append(f"script: {element.text}")
        if tag in {"iframe", "object", "embed", "base", "math", "foreignObject", "template"}:
            found.append(tag)
        for name, value in element.attrib.items():
            name = str(name).lower()
            if name.startswith("on") or name in {"style", "srcdoc"}:
                found.append(f"{tag} {name}={value}")
            elif name in ADDRESS_ATTRIBUTES:
                scheme = urlsplit("".join(str(value).split())).scheme.lower()
                if scheme not in SAFE_SCHEMES or (scheme == "data" and tag != "img"):
                    found.append(f"{tag} {name}={value}")
    return found


def storable(text):
    return text.replace("\0", "")  # no column of PostgreSQL holds a NUL; forms refuse it before


def chunks(items, size):
    return [items[start : start + size] for start in range(0, len(items), size)]


@pytest.mark.parametrize("texts", chunks(list(xss.BODIES), PER_PAGE))
def test_hostile_bodies_and_names_run_nowhere(client, texts):
    post = make_post()
    names = [storable(name) for name in xss.NAMES]
    for number, text in enumerate(map(storable, texts)):
        make_comment(post, text=text[:10_000], name=names[number % len(names)][:50])
    held = make_comment(post, text=storable(texts[0])[:10_000], status=Status.HELD)
    moderator = Client()
    moderator.force_login(make_user("mod", role=Role.OWNER))

    pages = {
        path: browser.get(path)
        for browser, path in (
            (client, post.get_absolute_url()),
            (client, "/"),
            (moderator, post.get_absolute_url()),
            (moderator, "/admin/comments/blogcomment/"),
            (moderator, f"/admin/comments/blogcomment/{held.pk}/change/"),
        )
    }
    feeds = [client.get(path) for path in (post.feed_path, "/feeds/comments/default?alt=rss")]

    assert {path: page.status_code for path, page in pages.items()} == dict.fromkeys(pages, 200)
    assert {path: dangers(page.content.decode()) for path, page in pages.items()} == {
        path: [] for path in pages
    }
    for feed in feeds:
        tree = html5lib.parse(feed.content.decode())  # as a browser would sniff it
        assert [element for element in tree.iter() if str(element.tag).endswith("}script")] == []


@pytest.mark.parametrize("names", chunks(list(xss.NAMES), PER_PAGE))
def test_hostile_names_are_text_or_refused(client, names):
    set_profile(guest_access=GuestAccess.ANYONE)
    post = make_post()

    for number, name in enumerate(names):
        hidden = {**CommentForm(post).generate_security_data(), "reply_to": 0}
        response = client.post(
            f"/comments/on/{post.pk}/", {**hidden, "name": name, "comment": f"text {number}"}
        )
        assert response.status_code in {303, 422, 429}
        if response.status_code == 422:
            assert dangers(response.content.decode()) == []
        BlogComment.objects.update(client_key=f"elsewhere {number}")
    comments = list(BlogComment.objects.all())
    moderation.approve(comments, by=make_user("mod", role=Role.MODERATOR))

    assert comments
    assert dangers(client.get(post.get_absolute_url()).content.decode()) == []


@pytest.mark.parametrize("website", xss.WEBSITES)
def test_hostile_website_is_refused_or_a_plain_link(client, website):
    post = make_post()
    hidden = {**CommentForm(post).generate_security_data(), "reply_to": 0}

    response = client.post(
        f"/comments/on/{post.pk}/", {**hidden, "name": "G", "comment": "text", "url": website}
    )

    assert response.status_code in {303, 422}
    for comment in BlogComment.objects.all():
        assert urlsplit(comment.user_url).scheme in {"", "http", "https"}
    moderation.approve(BlogComment.objects.all(), by=make_user("mod", role=Role.MODERATOR))
    assert dangers(client.get(post.get_absolute_url()).content.decode()) == []


@pytest.mark.parametrize("title", chunks(list(xss.NAMES), PER_PAGE))
def test_hostile_titles_run_neither_on_pages_nor_in_mails(client, settings, title):
    settings.HAS_MAIL = True
    for number, words in enumerate(title):
        post = make_post(title=" ".join(words.split()) or "x", slug=f"post-{number}")
    hidden = {**CommentForm(post).generate_security_data(), "reply_to": 0}
    client.post(
        f"/comments/on/{post.pk}/",
        {**hidden, "name": "G", "email": "g@example.net", "comment": "text"},
    )
    notifications.send_due()

    pages = [client.get(path) for path in ("/", post.get_absolute_url(), "/search?q=x")]
    [message] = mail.outbox
    [(html, _kind)] = message.alternatives

    assert [dangers(page.content.decode()) for page in pages] == [[], [], []]
    assert dangers(html) == []
    assert "\n" not in message.subject


@pytest.mark.parametrize("query", [text for text in xss.BODIES[:40] if "\0" not in text])
def test_hostile_search_is_shown_as_text(client, query):
    response = client.get("/search", {"q": query})

    assert (response.status_code, dangers(response.content.decode())) == (200, [])
