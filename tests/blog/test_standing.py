"""Ended, trashed, private, pinned: where such a text is found, and where nothing of it is."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from blog import private, proofs, publishing
from blog.access import Role
from blog.choices import Audience, State
from blog.models import OldAddress, Post, ProofLink
from comments.choices import Status
from comments.models import BlogComment
from tests.builders import (
    make_comment,
    make_label,
    make_page,
    make_post,
    make_user,
    set_profile,
)

pytestmark = pytest.mark.django_db

SECRET = "Zinnober"  # stands in the text that must not be seen


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


def hidden_post(how):
    """A post with its comments and labels that was live, and then `how` happened."""
    post = make_post(title=f"{SECRET} title", body=f"{SECRET} body", labels=[make_label(SECRET)])
    make_comment(post, text=f"{SECRET} comment")
    now = timezone.now()
    match how:
        case "ended":
            post.ends_at = now - timedelta(seconds=1)
            post.save()
        case "trashed":
            publishing.trash(post, by=None)
        case "password":
            post.audience = Audience.PASSWORD
            post.set_password("open")
            post.save()
        case "link":
            post.audience = Audience.LINK
            post.save()
    return post


PUBLIC_PATHS = (
    "/",
    "/search",
    f"/search?q={SECRET}",
    f"/search?q={SECRET}&in=comments",
    f"/search/label/{SECRET}",
    "/{month}/",
    "/feeds/posts/default",
    "/feeds/posts/default?alt=json",
    f"/feeds/posts/default?q={SECRET}",
    f"/feeds/posts/default/-/{SECRET}",
    "/feeds/authors/ada-verne",
    "/author/ada-verne/",
    "/feeds/comments/default",
    "/feeds/{number}/comments/default",
    "/rss.xml",
    "/feed.json",
    "/sitemap.xml",
    "/2001/01/beside.html",
    "/p/about.html",
    "/nowhere-zinnober-title.html",
)


@pytest.mark.parametrize("how", ["ended", "trashed", "password", "link"])
def test_nothing_of_it_stands_anywhere(client, how):
    post = hidden_post(how)
    make_post(title="Beside", slug="beside", publish_at=timezone.now().replace(year=2001, month=1))
    make_page(title="About", slug="about")
    leaks = []

    for pattern in PUBLIC_PATHS:
        path = pattern.format(month=post.address_month, number=post.number)
        response = client.get(path)
        body = response.content.decode()
        # What was asked for comes back as the question, and as the address of a page that is not.
        body = body.replace(f"“{SECRET}”", "").replace(f'value="{SECRET}"', "")
        body = body.replace(f"<title>{SECRET} ", "<title>")
        for asked in (f"q={SECRET}", f"-/{SECRET}", f"label/{SECRET}", f"?q={SECRET}"):
            body = body.replace(asked, "")
        if SECRET in body or post.slug in body.replace("nowhere-zinnober-title", ""):
            leaks.append((path, response.status_code))

    assert leaks == []


@pytest.mark.parametrize("how", ["ended", "trashed", "password", "link"])
def test_same_text_stands_in_all_those_places_while_it_is_live(client, how):
    post = make_post(title=f"{SECRET} title", body=f"{SECRET} body", labels=[make_label(SECRET)])
    make_comment(post, text=f"{SECRET} comment")

    found = {
        pattern
        for pattern in PUBLIC_PATHS
        if SECRET
        in client.get(pattern.format(month=post.address_month, number=post.number)).content.decode()
    }

    assert found >= set(PUBLIC_PATHS) - {"/sitemap.xml", "/2001/01/beside.html", "/p/about.html"}


@pytest.mark.parametrize(
    ("how", "status"), [("ended", 410), ("trashed", 410), ("password", 200), ("link", 404)]
)
def test_its_own_address_and_old_one_say_what_became_of_it(client, how, status):
    post = hidden_post(how)
    OldAddress.objects.create(post=post, path="/2001/02/old.html")

    own = client.get(post.get_absolute_url())
    old = client.get("/2001/02/old.html", follow=True)

    assert (own.status_code, old.status_code) == (status, status)
    assert SECRET not in own.content.decode() + old.content.decode()


def test_scheduled_or_draft_in_the_trash_is_as_unknown_as_before(client):
    later = make_post(publish_at=timezone.now() + timedelta(days=1))
    publishing.trash(later, by=None)

    assert client.get(later.get_absolute_url()).status_code == 404


def test_text_is_there_until_the_second_it_ends(client, time_machine):
    at = timezone.now() + timedelta(minutes=5)
    post = make_post(ends_at=at)

    time_machine.move_to(at - timedelta(seconds=1), tick=False)
    before = client.get(post.get_absolute_url()).status_code, post.is_live
    time_machine.move_to(at, tick=False)
    after = client.get(post.get_absolute_url()).status_code, post.is_live

    assert (before, after) == ((200, True), (410, False))
    assert list(Post.objects.ended()) == [post]


@pytest.mark.parametrize("how", ["ended", "trashed", "password", "link"])
def test_nobody_comments_there(client, how):
    post = hidden_post(how)

    response = client.post(f"/comments/on/{post.pk}/", {"comment": "Hello", "name": "Grete"})

    assert response.status_code == 404
    assert BlogComment.objects.count() == 1


# --- Password ------------------------------------------------------------------------------------


def test_right_password_opens_this_text_in_this_browser_until_it_is_changed(client):
    post = hidden_post("password")
    other = make_post(title="Other", body="Also secret", audience=Audience.PASSWORD, slug="other")
    other.set_password("open")
    other.save()

    sent = client.post(f"/unlock/{post.pk}/", {"password": "open"})
    opened = client.get(post.get_absolute_url())
    beside = client.get(other.get_absolute_url())
    post.set_password("another")
    post.save()
    again = client.get(post.get_absolute_url())

    cookie = sent.cookies["unlocked"]
    assert (sent.status_code, sent.headers["Location"]) == (302, post.get_absolute_url())
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (
        post.get_absolute_url(),
        True,
        "Lax",
    )
    assert f"{SECRET} body" in opened.content.decode()
    assert f"{SECRET} comment" not in opened.content.decode()
    assert (opened.headers["Cache-Control"], opened.headers["X-Robots-Tag"]) == (
        "private, no-store",
        "noindex",
    )
    assert "Also secret" not in beside.content.decode()
    assert SECRET not in again.content.decode()


def test_password_is_kept_as_a_slow_hash_and_in_no_revision():
    post = hidden_post("password")

    assert "open" not in post.password_hash
    assert post.is_password("open")
    assert not post.is_password("Open")
    assert not hasattr(post.revisions.first(), "password_hash")


def test_wrong_password_gets_a_sentence_and_too_many_have_to_wait(client):
    post = hidden_post("password")
    path = f"/unlock/{post.pk}/"

    wrong = [client.post(path, {"password": "wrong"}) for _ in range(10)]
    blocked = client.post(path, {"password": "open"})
    elsewhere = client.post(path, {"password": "open"}, REMOTE_ADDR="203.0.113.9")

    assert {response.status_code for response in wrong} == {422}
    assert "not the password" in wrong[0].content.decode()
    assert (blocked.status_code, blocked.headers["Retry-After"]) == (429, "600")
    assert "unlocked" not in blocked.cookies
    assert elsewhere.status_code == 302


@pytest.mark.parametrize("method", ["get", "head"])
def test_password_is_only_taken_by_a_form(client, method):
    post = hidden_post("password")

    assert getattr(client, method)(f"/unlock/{post.pk}/?password=open").status_code == 405


def test_password_without_a_token_of_the_form_is_refused():
    from django.test import Client

    post = hidden_post("password")
    strict = Client(enforce_csrf_checks=True)

    bare = strict.post(f"/unlock/{post.pk}/", {"password": "open"})
    page = strict.get(post.get_absolute_url())
    token = page.context["csrf_token"]
    with_token = strict.post(
        f"/unlock/{post.pk}/", {"password": "open", "csrfmiddlewaretoken": str(token)}
    )

    assert (bare.status_code, with_token.status_code) == (403, 302)


@pytest.mark.parametrize("key", [0, 10**30])
def test_no_password_is_asked_for_what_is_not_there(client, key):
    assert client.post(f"/unlock/{key}/", {"password": "x"}).status_code == 404


# --- Secret link ---------------------------------------------------------------------------------


def test_secret_link_opens_until_it_is_renewed(client):
    post = hidden_post("link")
    path = private.link(post)

    opened = client.get(path)
    post.renew_link()
    post.save()
    old, new = client.get(path), client.get(private.link(post))

    assert f"{SECRET} body" in opened.content.decode()
    assert (opened.headers["Cache-Control"], opened.headers["X-Robots-Tag"]) == (
        "private, no-store",
        "noindex",
    )
    assert 'rel="canonical"' not in opened.content.decode()
    assert (old.status_code, new.status_code) == (404, 200)


def test_secret_link_ends_with_its_privacy_and_leads_to_nothing_else(client):
    post = hidden_post("link")
    path = private.link(post)
    other = make_post(title="Other", audience=Audience.LINK)
    forged = path.replace(f"/{post.pk}-", f"/{other.pk}-")

    found = {
        client.get(bad).status_code
        for bad in (forged, "/shared/1-/", "/shared/x/", path[:-3] + "/")
    }
    post.state = State.WITHDRAWN
    post.save()

    assert found == {404}
    assert client.get(path).status_code == 404


# --- Proof-readers -------------------------------------------------------------------------------


def test_proof_reader_reads_the_draft_as_it_is_now_and_changes_nothing(client):
    post = make_post(state=State.DRAFT, title="Not yet", body="First words.")
    token = proofs.make(post, by=make_user(role=Role.EDITOR), days=7)
    path = f"/proof/{token}/"

    first = client.get(path)
    post.body = "Second words."
    post.save()
    second = client.get(path)

    assert "First words." in first.content.decode()
    assert "Second words." in second.content.decode()
    assert first.headers["Cache-Control"] == "private, no-store"
    assert first.headers["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in first.content.decode()
    assert client.post(path).status_code == 405
    assert post.revisions.count() == 2  # of the two saves


def test_proof_link_is_kept_as_a_hash_expires_and_can_be_revoked(client, time_machine):
    post = make_post(state=State.DRAFT)
    editor = make_user(role=Role.EDITOR)
    one, two = (proofs.make(post, by=editor, days=days) for days in (1, 7))

    stored = set(ProofLink.objects.values_list("token_hash", flat=True))
    time_machine.move_to(timezone.now() + timedelta(days=1, seconds=1))
    expired, good = client.get(f"/proof/{one}/"), client.get(f"/proof/{two}/")
    forgotten = proofs.forget_expired()
    ProofLink.objects.get().delete()
    revoked = client.get(f"/proof/{two}/")

    assert not stored & {one, two}
    assert (expired.status_code, good.status_code, revoked.status_code) == (404, 200, 404)
    assert forgotten == 1


def test_proof_of_a_text_in_the_trash_is_gone(client):
    post = make_post(state=State.DRAFT)
    token = proofs.make(post, by=make_user(role=Role.EDITOR), days=7)

    publishing.trash(post, by=None)

    assert client.get(f"/proof/{token}/").status_code == 404


# --- Pins ----------------------------------------------------------------------------------------


def test_pinned_post_stands_first_on_the_first_page_only_and_not_under_its_day(client):
    set_profile(posts_per_page=2)
    now = timezone.now()
    posts = [
        make_post(title=f"Post {number}", publish_at=now - timedelta(days=number))
        for number in range(1, 5)
    ]
    posts[3].is_pinned = True
    posts[3].save()

    first = client.get("/")
    older = client.get(first.context["older_url"])
    feed = client.get("/feed.json").json()

    shown = [str(post) for day in first.context["days"] for post in day.posts]
    assert ([str(post) for post in first.context["pinned"]], shown) == (
        ["Post 4"],
        ["Post 1", "Post 2"],
    )
    assert first.content.decode().count("Pinned</p>") == 1
    assert [str(post) for day in older.context["days"] for post in day.posts] == ["Post 3"]
    assert "Pinned" not in older.content.decode()
    assert [item["title"] for item in feed["items"]] == ["Post 1", "Post 2", "Post 3", "Post 4"]


# --- Search engines ------------------------------------------------------------------------------


def test_text_that_search_engines_shall_not_list_says_so_and_leaves_the_sitemap(client):
    post = make_post(is_searchable=False)

    page = client.get(post.get_absolute_url())

    assert page.headers["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in page.content.decode()
    assert post.slug not in client.get("/sitemap.xml").content.decode()
    assert post.slug in client.get("/").content.decode()


# --- Trash ---------------------------------------------------------------------------------------


def test_restored_post_is_back_with_address_comments_and_labels(client):
    post = hidden_post("trashed")
    moderator = make_user(role=Role.EDITOR)
    client.force_login(moderator)
    make_comment(post, text="Held meanwhile", status=Status.HELD)
    queue = client.get("/admin/comments/blogcomment/")

    publishing.restore(post, by=None)
    client.logout()
    page = client.get(post.get_absolute_url()).content.decode()

    assert "Held meanwhile" not in queue.content.decode()
    assert [text in page for text in (f"{SECRET} body", f"{SECRET} comment")] == [True, True]
    assert client.get(f"/search/label/{SECRET}").status_code == 200
