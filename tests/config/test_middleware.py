"""What every answer has in common."""

import ipaddress

import pytest
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError
from django.test import Client

from blog.models import SiteProfile
from comments.models import BlogComment
from tests.builders import make_comment, make_label, make_post

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path",
    ["/search?q=%00", "/search/label/%00", "/2015/12/%00.html", "/p/%00.html", "/?before=%00"],
)
def test_null_character_in_an_address_is_a_bad_request(client, path):
    response = client.get(path)

    assert response.status_code == 400
    assert "can’t be read" in response.content.decode() or "can't be read" in (
        response.content.decode().replace("&#x27;", "'")
    )


@pytest.mark.parametrize("path", ["/", "/nowhere", "/healthz", "/accounts/login/", "/admin/"])
def test_every_answer_carries_the_policies(client, path):
    response = client.get(path)

    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=()" in response["Permissions-Policy"]


@pytest.mark.parametrize("path", ["/", "/healthz", "/feeds/posts/default", "/search?q=x"])
def test_reader_who_does_nothing_gets_no_cookie(client, path):
    make_post()

    client.get(path)

    assert dict(client.cookies) == {}


def test_stranger_is_not_believed_about_his_address(client):
    post = make_post()

    client.get(post.get_absolute_url(), HTTP_X_FORWARDED_FOR="203.0.113.9")

    request = client.get("/", HTTP_X_FORWARDED_FOR="203.0.113.9").wsgi_request
    assert request.META["REMOTE_ADDR"] == "127.0.0.1"
    assert "HTTP_X_FORWARDED_FOR" not in request.META


@pytest.mark.parametrize(
    ("stated", "believed"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("10.9.9.9, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 127.0.0.2", "203.0.113.9"),
        ("nonsense", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_named_proxy_is_believed_about_the_last_stranger(client, settings, stated, believed):
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("127.0.0.0/8")]

    request = client.get("/", HTTP_X_FORWARDED_FOR=stated).wsgi_request

    assert request.META["REMOTE_ADDR"] == believed


def test_database_that_is_away_gets_words_and_keeps_the_text(client, monkeypatch):
    post = make_post()

    def away(*args, **kwargs):
        raise OperationalError("connection refused")

    monkeypatch.setattr("comments.views.moderation.receive", away)
    monkeypatch.setattr("comments.views.CommentForm.is_valid", away)
    hidden = dict.fromkeys(("content_type", "object_pk", "timestamp", "security_hash"), "x")
    response = client.post(
        f"/comments/on/{post.pk}/", {**hidden, "reply_to": 0, "comment": "My <long> text"}
    )

    assert response.status_code == 503
    assert "My &lt;long&gt; text" in response.content.decode()
    assert int(response["Retry-After"]) > 0
    assert BlogComment.objects.count() == 0


@pytest.mark.parametrize(
    "path", ["/nowhere", "/2015/12/nothing.html", "/search/label/None", "/p/x.html"]
)
def test_missing_page_answers_404_in_the_blogs_own_dress(client, path):
    make_post(title="Still here")

    response = client.get(path)

    assert response.status_code == 404
    assert "<html" in response.content.decode()


def test_label_that_only_a_draft_carries_is_unknown(client):
    label = make_label("Secret plans")
    make_post(state="draft", labels=[label])

    hidden = client.get(label.get_absolute_url())
    make_post(labels=[label])
    known = client.get(label.get_absolute_url())

    assert (hidden.status_code, known.status_code) == (404, 200)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "BREW"])
@pytest.mark.parametrize("path", ["/", "/healthz", "/admin/", "/accounts/login/"])
def test_unknown_method_is_not_allowed_and_no_forgery(method, path):
    response = Client(enforce_csrf_checks=True).generic(method, path)

    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, POST, OPTIONS")


def test_endless_address_is_too_long(client):
    assert client.get("/search", {"q": "x" * 9_000}).status_code == 414


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
@pytest.mark.parametrize("path", ["/", "/search", "/feeds/posts/default", "/robots.txt"])
def test_reading_takes_no_other_method(client, method, path):
    assert getattr(client, method)(path).status_code == 405


def test_bad_form_encoding_is_a_bad_request(client):
    post = make_post()
    make_comment(post)

    response = client.post(
        f"/comments/on/{post.pk}/",
        data=b"comment=x",
        content_type="application/x-www-form-urlencoded; charset=utf-7",
    )

    assert response.status_code in {400, 422}


def test_health_addresses_say_what_they_know(client):
    alive, ready = client.get("/healthz"), client.get("/readyz")

    assert (alive.status_code, alive.content) == (200, b"ok\n")
    assert ready.json() == {"ready": True, "database": True, "migrations": True}


@pytest.mark.parametrize("error", [OperationalError, InterfaceError, DatabaseError])
def test_database_that_is_away_for_a_middleware_gives_words_and_keeps_the_text(monkeypatch, error):
    """The profile is read ahead of any view; Django makes an answer of what that raises."""
    post = make_post()

    def away(cls):
        raise error("the server closed the connection unexpectedly")

    monkeypatch.setattr(SiteProfile, "current", classmethod(away))
    client = Client(raise_request_exception=False)

    read = client.get(post.get_absolute_url())
    sent = client.post(f"/comments/on/{post.pk}/", {"comment": "Typed with care."})

    for answer in (read, sent):
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert "Not now, please" in answer.content.decode()
        assert "closed the connection" not in answer.content.decode()
    assert "Typed with care." in sent.content.decode()


def test_mistake_of_ours_about_the_database_is_not_called_away(monkeypatch):
    def wrong(cls):
        raise IntegrityError("no such row")

    monkeypatch.setattr(SiteProfile, "current", classmethod(wrong))

    answer = Client(raise_request_exception=False).get("/")

    assert answer.status_code == 500
    assert "Retry-After" not in answer
