"""Likes: one per person and comment, whoever he is and however often he clicks."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from comments import reactions
from comments.choices import Status
from comments.models import BlogComment, Reaction
from comments.visitors import READER_COOKIE_NAME, remember
from tests.builders import make_comment, make_guest, make_post, make_user
from tests.comments.test_races import together

pytestmark = pytest.mark.django_db


@pytest.fixture
def comment():
    return make_comment(make_post())


def counts(comment):
    comment.refresh_from_db()
    return comment.like_count, Reaction.objects.filter(comment=comment).count()


def click(comment, *, browser=None, **fields):
    return (browser or Client()).post(f"/comments/{comment.pk}/like/", fields)


def make_old(**age):
    Reaction.objects.update(created_at=timezone.now() - timedelta(**age))


def browser_of(guest):
    browser = Client()

    class Jar:
        def set_cookie(self, name, value, **_rest):
            browser.cookies[name] = value

    remember(Jar(), guest)
    return browser


def test_like_leads_back_to_the_comment_and_is_counted(client, comment):
    response = click(comment, browser=client)

    assert (response.status_code, response["Location"]) == (303, comment.get_absolute_url())
    assert counts(comment) == (1, 1)


def test_like_keeps_the_order_in_which_the_page_was_read(client, comment):
    response = click(comment, browser=client, order="newest")

    assert response["Location"].startswith(
        f"{comment.post.get_absolute_url()}?order=newest&comment={comment.pk}#"
    )


def test_script_gets_the_new_state_as_json(client, comment):
    def ask(**fields):
        path = f"/comments/{comment.pk}/like/"
        return client.post(path, fields, headers={"Accept": "application/json"}).json()

    answers = [ask(), ask(liked="1"), ask(liked="0"), ask(liked="0"), ask(liked="1")]

    assert answers == [
        {"liked": True, "count": 1},
        {"liked": True, "count": 1},
        {"liked": False, "count": 0},
        {"liked": False, "count": 0},
        {"liked": True, "count": 1},
    ]


def test_second_thought_takes_the_like_back_and_an_echo_does_not(client, comment):
    click(comment, browser=client)
    click(comment, browser=client)
    after_echo = counts(comment)
    make_old(minutes=1)

    click(comment, browser=client)

    assert (after_echo, counts(comment)) == ((1, 1), (0, 0))


def test_browser_keeps_its_number_in_a_cookie_that_no_script_reads(client, comment):
    cookie = click(comment, browser=client).cookies[READER_COOKIE_NAME]

    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 31536000)
    assert "127.0.0.1" not in cookie.value


def test_accounts_guests_and_browsers_are_different_people(comment):
    member = Client()
    member.force_login(make_user())
    guest = browser_of(make_guest())
    for browser in (member, guest):
        click(comment, browser=browser)
        make_old(minutes=1)
        click(comment, browser=browser, liked="1")

    click(comment, browser=Client(headers={"User-Agent": "another browser"}))

    assert counts(comment) == (3, 3)


def test_browser_that_becomes_a_guest_likes_no_second_time(comment):
    browser = Client()
    click(comment, browser=browser)
    browser.cookies.update(browser_of(make_guest()).cookies)

    click(comment, browser=browser, liked="1")

    assert counts(comment) == (1, 1)


def test_row_names_neither_person_nor_network(client, comment):
    client.force_login(make_user("mona"))
    click(comment, browser=client, REMOTE_ADDR="203.0.113.9")

    row = Reaction.objects.values().get()

    assert not any(
        secret in str(value) for value in row.values() for secret in ("mona", "203.0.113")
    )


@pytest.mark.parametrize("status", [s for s in Status if s != Status.PUBLISHED])
def test_what_is_not_published_can_not_be_liked(client, status):
    comment = make_comment(make_post(), status=status)

    response = click(comment, browser=client)

    assert (response.status_code, counts(comment)) == (404, (0, 0))


def test_get_and_head_like_nothing(client, comment):
    path = f"/comments/{comment.pk}/like/"

    answers = {client.get(path).status_code, client.head(path).status_code}

    assert (answers, counts(comment)) == ({405}, (0, 0))


def test_forged_cookie_is_a_stranger(comment):
    browser = Client()
    browser.cookies[READER_COOKIE_NAME] = "abc~1~forged"

    response = click(comment, browser=browser)

    assert counts(comment) == (1, 1)
    assert response.cookies[READER_COOKIE_NAME].value != "abc~1~forged"


def test_another_site_can_not_make_a_reader_like(comment):
    response = Client().post(
        f"/comments/{comment.pk}/like/", headers={"Origin": "https://evil.example"}
    )

    assert (response.status_code, counts(comment)) == (403, (0, 0))


def test_flood_from_one_network_has_to_wait(client, comment, monkeypatch):
    monkeypatch.setattr(reactions, "LIKES_PER_NETWORK", 2)
    for number in range(2):
        click(comment, browser=Client(headers={"User-Agent": f"robot {number}"}))

    response = click(comment, browser=Client(headers={"User-Agent": "robot 3"}))
    elsewhere = Client(headers={"User-Agent": "robot 3"}, REMOTE_ADDR="198.51.100.7")
    click(comment, browser=elsewhere)

    assert (response.status_code, response["Retry-After"]) == (429, "60")
    assert counts(comment) == (3, 3)


def test_like_costs_at_most_seven_queries(client, comment):
    client.force_login(make_user())
    click(comment, browser=client)
    make_old(minutes=1)

    with CaptureQueriesContext(connection) as queries:
        reactions.like(comment, actor_keys=["a"], client_key="n")

    statements = [
        query["sql"]
        for query in queries.captured_queries
        if not query["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))
    ]
    assert len(statements) <= 5, statements


def test_command_repairs_counts_and_says_what_was_wrong(client, comment, capsys):
    click(comment, browser=client)
    BlogComment.objects.update(like_count=7)
    other = make_comment(comment.post)
    BlogComment.objects.filter(pk=other.pk).update(like_count=3)

    call_command("rebuild_counts")
    first = capsys.readouterr().out
    call_command("rebuild_counts")

    assert first.splitlines()[-1] == "2 comments were wrong."
    assert capsys.readouterr().out.splitlines() == ["0 posts were wrong.", "0 comments were wrong."]
    assert (counts(comment), counts(other)) == ((1, 1), (0, 0))


@pytest.mark.django_db(transaction=True)
def test_hundred_clicks_of_one_browser_at_once_are_one_like():
    comment = make_comment(make_post())

    def four_clicks():
        for _ in range(4):
            click(comment)

    errors = together(*[four_clicks] * 25)

    assert (errors, counts(comment)) == ([], (1, 1))


@pytest.mark.django_db(transaction=True)
def test_many_people_at_once_are_counted_exactly():
    comment = make_comment(make_post())

    def liker(number):
        return lambda: reactions.like(comment, actor_keys=[f"{number}"], client_key=f"{number}")

    def unliker(number):
        return lambda: reactions.like(comment, actor_keys=[f"{number}"], client_key="", wants=False)

    for number in range(10):
        liker(number)()
    errors = together(*map(liker, range(10, 40)), *map(unliker, range(10)))

    assert (errors, counts(comment)) == ([], (30, 30))
