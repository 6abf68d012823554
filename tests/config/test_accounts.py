"""Account pages: what they say otherwise than the package's."""

import pytest
from django.core import mail

from tests.builders import make_user

pytestmark = pytest.mark.django_db

RESET = "/accounts/password/reset/"


def test_log_in_says_that_it_takes_a_name_or_an_address(client):
    make_user("grete")

    page = client.get("/accounts/login/")
    answer = client.post("/accounts/login/", {"login": "grete@example.org", "password": "secret"})

    assert "User name or e-mail address" in page.content.decode()
    assert answer.status_code == 302


def test_forgotten_password_is_mailed_where_there_is_mail(client, settings):
    settings.HAS_MAIL = True
    make_user("grete")

    answer = client.post(RESET, {"email": "grete@example.org"})

    assert answer["Location"] == f"{RESET}done/"
    assert [letter.to for letter in mail.outbox] == [["grete@example.org"]]


@pytest.mark.parametrize("method", ["get", "post"])
def test_blog_without_mail_says_so_and_whom_to_ask(client, method):
    make_user("grete")

    answer = getattr(client, method)(RESET, {"email": "grete@example.org"})

    text = answer.content.decode()
    assert (answer.status_code, mail.outbox) == (200, [])
    assert "This blog can't send mail, so no link can come to you." in text
    assert "Ask an owner of this blog" in text
    assert 'name="email"' not in text
