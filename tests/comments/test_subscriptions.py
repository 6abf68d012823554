"""Following: asked twice, ended with one click, and nothing sent to whom did not ask."""

import re
from datetime import timedelta
from importlib import import_module

import pytest
import time_machine
from django.apps import apps
from django.db import connection
from django.db.models import CharField
from django.db.models.functions import Cast
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blog.choices import CommentPolicy, GuestAccess, Moderation, State
from comments import links, notifications, subscriptions
from comments.choices import Scope, Status
from comments.models import BlogComment, Guest, Notice, OutgoingMail, Subscription
from comments.visitors import COOKIE_NAME
from tests.builders import (
    make_comment,
    make_guest,
    make_post,
    make_subscription,
    make_user,
    set_profile,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("can_mail")]


def follows():
    """Scope, comment, reader and whether it is confirmed, of every subscription."""
    return sorted(
        (row.scope, row.comment_id, row.email, row.confirmed_at is not None)
        for row in Subscription.objects.select_related("guest", "user")
    )


def mailed_path(pattern):
    """The path of that shape in the newest mail."""
    text = OutgoingMail.objects.latest("pk").text
    return re.search(rf"/comments/{pattern}/[^/\s]+/", text).group()


def browser_of(guest):
    browser = Client()
    browser.cookies[COOKIE_NAME] = links.make(
        links.Purpose.GUEST, f"{guest.pk}.{guest.token_version}"
    )
    return browser


# --- With a comment -------------------------------------------------------------------------------


def test_nothing_is_ticked_and_nothing_followed_unless_the_writer_asks(client, send):
    post = make_post()

    page = client.get(f"/comments/on/{post.pk}/").content.decode()
    send(post)

    boxes = re.findall(r'<input type="checkbox" name="follow"[^>]*>', page)
    assert [re.search(r'value="(\w+)"', box).group(1) for box in boxes] == [
        "replies",
        "thread",
        "post",
    ]
    assert not any("checked" in box for box in boxes)
    assert follows() == []


def test_new_guest_confirms_comment_and_subscriptions_with_one_click(client, send):
    post = make_post()

    send(post, follow=["replies", "thread", "post"])
    comment = BlogComment.objects.get()
    before = follows()
    page = client.get(mailed_path("confirm")).content.decode()
    client.post(mailed_path("confirm"))

    assert OutgoingMail.objects.count() == 1
    assert {confirmed for *_what, confirmed in before} == {False}
    assert "all new comments here" in page
    assert follows() == [
        (Scope.POST, None, "grete@example.net", True),
        (Scope.REPLIES, comment.pk, "grete@example.net", True),
        (Scope.THREAD, comment.pk, "grete@example.net", True),
    ]
    assert Guest.objects.get().language == "en"


def test_ticking_every_box_adds_three_queries(send):
    post = make_post()
    send(post, comment="To warm up")
    counts = []

    for follow in ([], ["replies", "thread", "post"]):
        with CaptureQueriesContext(connection) as queries:
            send(post, comment=f"With {follow}", follow=follow)
        counts.append(len(queries))

    assert counts[1] - counts[0] <= 3
    assert len(follows()) == 3


def test_what_was_asked_twice_is_kept_once_and_confirmed_by_either(client, send):
    post = make_post()
    client.post(f"/comments/follow/{post.pk}/", {"email": "grete@example.net"})
    send(post, follow=["post"])

    client.post(mailed_path("confirm"))

    assert follows() == [(Scope.POST, None, "grete@example.net", True)]


def test_answer_follows_the_thread_of_what_it_answers(send):
    guest = make_guest()
    post = make_post()
    root = make_comment(post)

    send(post, browser=browser_of(guest), reply_to=root, follow=["thread"])

    assert follows() == [(Scope.THREAD, root.pk, guest.email, True)]


def test_member_follows_at_once(client, send):
    member = make_user("mona")
    client.force_login(member)

    send(make_post(), follow=["post"])

    assert follows() == [(Scope.POST, None, member.email, True)]


def test_member_without_an_address_is_offered_nothing(client, send):
    client.force_login(make_user("mona", email=""))
    post = make_post()

    page = client.get(f"/comments/on/{post.pk}/").content.decode()
    send(post, follow=["post"])

    assert ('name="follow"' in page, follows()) == (False, [])


def test_guest_without_an_address_is_asked_for_one(send):
    set_profile(guest_access=GuestAccess.ANYONE)

    response = send(make_post(), email="", follow=["post"])

    assert response.status_code == 422
    assert [error.code for error in response.context["form"].errors.as_data()["follow"]] == [
        "nowhere_to_tell"
    ]


def test_unknown_scope_is_refused_with_the_text_kept(send):
    response = send(make_post(), comment="Kept", follow=["everything"])

    assert response.status_code == 422
    assert response.context["form"]["comment"].value() == "Kept"


def test_stranger_who_types_an_address_subscribes_nobody(send):
    victim = make_guest("victim@example.org")
    post = make_post()

    send(post, email="Victim@example.org", follow=["post"])
    make_comment(post)
    notifications.announce_due()

    assert follows() == [(Scope.POST, None, victim.email, False)]
    assert Notice.objects.count() == 0


def test_confirming_ones_own_comment_confirms_nothing_a_stranger_asked_for(client, send):
    post = make_post()
    client.post(f"/comments/follow/{post.pk}/", {"email": "grete@example.net"})
    send(post, browser=Client(), comment="A stranger's", follow=["replies"])
    send(post, comment="Mine", follow=[])

    client.post(mailed_path("confirm"))

    assert BlogComment.objects.get(comment="Mine").status != Status.UNCONFIRMED
    assert {confirmed for *_what, confirmed in follows()} == {False}


def test_without_a_mail_server_nothing_is_offered_and_nothing_written(client, send, settings):
    settings.HAS_MAIL = False
    post = make_post()

    page = client.get(f"/comments/on/{post.pk}/").content.decode()
    send(post, follow=["post"])
    path = f"/comments/follow/{post.pk}/"
    answers = [client.get(path), client.post(path, {"email": "grete@example.net"})]

    assert [word for word in ('name="follow"', path) if word in page] == []
    assert [answer.status_code for answer in answers] == [404, 404]
    assert (follows(), OutgoingMail.objects.count()) == ([], 0)


# --- Without a comment ----------------------------------------------------------------------------


def test_stranger_follows_a_post_by_a_mail_and_a_click(client):
    post = make_post()

    page = f"/comments/follow/{post.pk}/"
    asked = client.post(page, {"email": "Grete@Example.net"})
    path = mailed_path("follow")
    client.get(path)
    client.head(path)
    before = follows()
    confirmed = client.post(path)
    again = client.post(path)

    assert (asked.status_code, asked["Location"]) == (
        303,
        f"/comments/follow/{post.pk}/?done=asked",
    )
    assert before == [(Scope.POST, None, "grete@example.net", False)]
    assert follows() == [(Scope.POST, None, "grete@example.net", True)]
    assert (confirmed.status_code, again.status_code) == (200, 200)
    assert COOKIE_NAME in confirmed.cookies
    assert Guest.objects.get().is_verified


def test_mail_to_an_unconfirmed_address_has_nothing_in_it_that_was_typed(client, send):
    post = make_post(title="On margins")

    send(post, name="zq7name", comment="zq7text", url="https://zq7url.example", follow=["post"])
    client.post(f"/comments/follow/{post.pk}/", {"email": "grete@example.net", "name": "zq7name"})

    mails = OutgoingMail.objects.all()
    assert len(mails) == 2
    assert [word for mail in mails for word in ("zq7",) if word in mail.text + mail.html] == []


def test_known_guest_and_member_follow_at_once(client):
    post = make_post()
    guest, member = make_guest(), make_user("mona")
    client.force_login(member)

    for browser in (client, browser_of(guest)):
        answer = browser.post(f"/comments/follow/{post.pk}/")
        assert answer["Location"] == f"/comments/follow/{post.pk}/?done=followed"

    assert follows() == sorted((Scope.POST, None, person.email, True) for person in (guest, member))
    assert OutgoingMail.objects.count() == 0


def test_one_thread_can_be_followed_without_writing_in_it(client):
    guest = make_guest()
    post = make_post()
    root = make_comment(post)
    reply = make_comment(post, reply_to=root, text="A reply")

    page = browser_of(guest).get(f"/comments/follow/{post.pk}/?thread={reply.pk}")
    browser_of(guest).post(f"/comments/follow/{post.pk}/", {"thread": reply.pk, "scope": "thread"})

    assert page.context["thread"] == root
    assert follows() == [(Scope.THREAD, root.pk, guest.email, True)]


@pytest.mark.parametrize("key", ["x", "0", "9" * 30, "-1", "held", "elsewhere"])
def test_thread_that_is_not_shown_is_no_thread(client, key):
    post = make_post()
    if key == "held":
        key = make_comment(post, status=Status.HELD, text="zq7secret").pk
    elif key == "elsewhere":
        key = make_comment(make_post(title="Another"), text="zq7secret").pk

    answer = client.get(f"/comments/follow/{post.pk}/?thread={key}")

    assert (answer.status_code, answer.context["thread"]) == (200, None)
    assert "zq7secret" not in answer.content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        {"state": State.DRAFT},
        {"state": State.WITHDRAWN},
        {"comment_policy": CommentPolicy.HIDDEN},
        {"comment_policy": CommentPolicy.CLOSED},
    ],
)
def test_post_without_new_comments_can_not_be_followed(client, fields):
    post = make_post(**fields)

    answer = client.post(f"/comments/follow/{post.pk}/", {"email": "grete@example.net"})

    assert (answer.status_code, follows()) == (404, [])


@pytest.mark.parametrize("email", ["", "nonsense", "a@b", "x\r\nBcc: y@example.org", "a@b.c" * 99])
def test_address_that_is_none_is_refused_with_what_was_typed(client, email):
    post = make_post()

    answer = client.post(f"/comments/follow/{post.pk}/", {"email": email})

    assert (answer.status_code, follows(), OutgoingMail.objects.count()) == (422, [], 0)
    assert answer.context["form"]["email"].value() == email


def test_form_of_another_site_subscribes_nobody():
    guest = make_guest()
    post = make_post()

    answer = browser_of(guest).post(
        f"/comments/follow/{post.pk}/", HTTP_ORIGIN="https://evil.example"
    )

    assert (answer.status_code, follows()) == (403, [])


def test_answer_does_not_say_whether_an_address_is_known(client):
    post = make_post()
    make_subscription(post, guest=make_guest("known@example.org"))

    answers = [
        Client().post(f"/comments/follow/{post.pk}/", {"email": email})
        for email in ("known@example.org", "new@example.org")
    ]

    assert len({(answer.status_code, answer["Location"]) for answer in answers}) == 1


# --- How many mails a stranger can cause ----------------------------------------------------------


def test_address_gets_three_confirmation_mails_a_day_whoever_asks_for_whatever(client, send):
    with time_machine.travel("2026-03-01T10:00Z", tick=False) as clock:
        posts = [make_post(title=f"Post {number}") for number in range(6)]
        send(posts[0], email="victim@example.org")
        answers = []
        for number, spelling in enumerate(["victim", "Victim", "VICTIM", "viCtim"]):
            answers.append(
                Client(REMOTE_ADDR=f"198.51.{number}.1").post(
                    f"/comments/follow/{posts[number].pk}/", {"email": f"{spelling}@example.org"}
                )
            )
        first_day = OutgoingMail.objects.count()
        clock.shift(timedelta(days=1, seconds=1))
        client.post(f"/comments/follow/{posts[5].pk}/", {"email": "victim@example.org"})

    assert [answer.status_code for answer in answers] == [303, 303, 429, 429]
    assert answers[-1].context["form"]["email"].value() == "viCtim@example.org"
    assert int(answers[-1]["Retry-After"]) > 0
    assert (first_day, OutgoingMail.objects.count()) == (3, 4)


def test_network_causes_ten_confirmation_mails_a_day():
    posts = [make_post(title=f"Post {number}") for number in range(12)]

    answers = [
        Client(REMOTE_ADDR=f"203.0.113.{number}").post(
            f"/comments/follow/{post.pk}/", {"email": f"victim{number}@example.org"}
        )
        for number, post in enumerate(posts)
    ]
    elsewhere = Client(REMOTE_ADDR="198.51.100.1").post(
        f"/comments/follow/{posts[0].pk}/", {"email": "other@example.org"}
    )

    assert [answer.status_code for answer in answers] == [303] * 10 + [429] * 2
    assert elsewhere.status_code == 303
    assert OutgoingMail.objects.count() == 11


def test_refused_request_leaves_no_row(client):
    post = make_post()
    for number in range(3):
        client.post(f"/comments/follow/{make_post(title=str(number)).pk}/", {"email": "v@e.org"})

    client.post(f"/comments/follow/{post.pk}/", {"email": "v@e.org"})

    assert Subscription.objects.filter(post=post).count() == 0


def test_what_nobody_confirmed_is_forgotten_after_a_week(client):
    post = make_post()
    client.post(f"/comments/follow/{post.pk}/", {"email": "grete@example.net"})
    kept = make_subscription(post, guest=make_guest("kept@example.org"))
    Subscription.objects.update(created_at=timezone.now() - timedelta(days=8))
    Guest.objects.update(created_at=timezone.now() - timedelta(days=8))

    notifications.forget_unconfirmed()

    assert list(Subscription.objects.all()) == [kept]
    assert list(Guest.objects.all()) == [kept.guest]


# --- Links ----------------------------------------------------------------------------------------


def test_unsubscribing_takes_a_post_and_nothing_less(client):
    subscription, other = make_subscription(make_post()), make_subscription(make_post(title="B"))
    path = notifications.stop_link(subscription).removeprefix("http://127.0.0.1:8000")

    shown = client.get(path)
    client.head(path)
    client.options(path)
    before = Subscription.objects.count()
    stopped = client.post(path)
    again = client.post(path)
    shown_again = client.get(path)

    assert (shown.status_code, before) == (200, 2)
    assert [answer.status_code for answer in (stopped, again, shown_again)] == [200, 200, 200]
    assert list(Subscription.objects.all()) == [other]
    assert stopped.headers["Cache-Control"].startswith("max-age=0, no-cache")


def test_mail_program_unsubscribes_from_anywhere_without_a_cookie():
    subscription = make_subscription(make_post())
    path = notifications.stop_link(subscription).removeprefix("http://127.0.0.1:8000")
    program = Client(enforce_csrf_checks=True, headers={"user-agent": "Mail/1"})

    answer = program.post(
        path,
        "List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
        HTTP_ORIGIN="https://mail.example",
        HTTP_SEC_FETCH_SITE="cross-site",
    )

    assert (answer.status_code, Subscription.objects.count()) == (200, 0)
    assert answer.cookies == {}


def test_person_with_a_session_unsubscribes_by_the_button_too():
    subscription = make_subscription(make_post())
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_user())

    browser.post(notifications.stop_link(subscription).removeprefix("http://127.0.0.1:8000"))

    assert Subscription.objects.count() == 0


def bad_tokens(purpose, other, key):
    token = links.make(purpose, key)
    with time_machine.travel(timezone.now() - timedelta(days=400), tick=False):
        old = links.make(purpose, key)
    return [
        f"{token[:-1]}{'A' if token[-1] != 'A' else 'B'}",
        token[:20],
        token * 100,
        f"{key + 1}{token[len(str(key)) :]}",
        links.make(other, key),
        links.make(purpose, "x"),
        links.make(purpose, "²"),
        old,
        f"~{key}",
        "%00",
    ]


@pytest.mark.parametrize("method", ["get", "post"])
def test_link_that_is_none_is_told_in_words_and_changes_nothing(client, method):
    waiting = make_subscription(make_post(), is_confirmed=False)
    key = waiting.pk

    answers = [
        getattr(client, method)(f"/comments/{path}/{token}/")
        for path, purpose, other in (
            ("follow", links.Purpose.FOLLOW, links.Purpose.UNSUBSCRIBE),
            ("unsubscribe", links.Purpose.UNSUBSCRIBE, links.Purpose.FOLLOW),
        )
        for token in bad_tokens(purpose, other, key)
    ]

    waiting.refresh_from_db()
    assert {answer.status_code for answer in answers} == {400}
    assert [answer for answer in answers if b"<h1>" not in answer.content] == []
    assert waiting.confirmed_at is None


def test_link_made_with_the_last_key_still_works(client, settings):
    subscription = make_subscription(make_post())
    path = notifications.stop_link(subscription).removeprefix("http://127.0.0.1:8000")

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, of fifty characters at the very least"
    client.post(path)

    assert Subscription.objects.count() == 0


def test_links_are_short_however_long_the_comment_is(send):
    set_profile(moderation=Moderation.NONE)
    send(make_post(), comment="字" * 10_000, follow=["replies"])

    address = re.search(r"http\S+", OutgoingMail.objects.get().text).group()

    assert len(address) <= 200


def test_confirming_what_was_deleted_meanwhile_is_told_in_words(client):
    subscription = make_subscription(make_post(), is_confirmed=False)
    token = links.make(links.Purpose.FOLLOW, subscription.pk)
    subscriptions.unsubscribe(subscription)

    assert client.post(f"/comments/follow/{token}/").status_code == 400


def test_pages_speak_chinese_on_a_chinese_blog(client):
    set_profile(language="zh-hans")
    post = make_post()

    client.post(f"/comments/follow/{post.pk}/", {"email": "grete@example.net"})

    assert '<html lang="zh-Hans" dir="ltr">' in client.get(mailed_path("follow")).content.decode()
    assert '<html lang="zh-Hans" dir="ltr">' in OutgoingMail.objects.get().html


def test_migration_names_topics_as_the_model_does():
    post = make_post()
    comment = make_comment(post)
    for reader in ({"guest": make_guest()}, {"user": make_user()}):
        make_subscription(post, **reader)
        make_subscription(post, comment=comment, **reader)
    named = list(Subscription.objects.order_by("pk").values_list("topic", flat=True))
    Subscription.objects.update(topic=Cast("pk", CharField()))

    import_module("comments.migrations.0008_reading").name_topics(apps, None)

    renamed = list(Subscription.objects.order_by("pk").values_list("topic", flat=True))
    assert len(set(named)) == 4
    assert renamed == named
