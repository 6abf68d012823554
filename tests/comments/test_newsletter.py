"""New posts by mail: asked for twice, mailed once, ended with one click."""

import json
import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from blog import publishing
from blog.choices import Kind, State
from comments import links, newsletter, notifications
from comments.choices import Rhythm
from comments.models import Guest, NewsletterSubscription, OutgoingMail
from comments.visitors import COOKIE_NAME
from tests.builders import make_guest, make_post, make_user, set_profile

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("can_mail")]

PATH = "/comments/newsletter/"


def ago(**span):
    return timezone.now() - timedelta(**span)


def make_reader(*, email="grete@example.net", rhythm=Rhythm.EACH, since=None):
    """A confirmed reader who asked a week ago."""
    return NewsletterSubscription.objects.create(
        guest=make_guest(email=email), rhythm=rhythm, told_until=since or ago(days=7)
    )


def ask(client, **fields):
    return client.post(PATH, {"email": "grete@example.net", "rhythm": "each", **fields})


def mailed_path(pattern):
    """The path of that shape in the newest mail."""
    text = OutgoingMail.objects.latest("pk").text
    return re.search(rf"/comments/{pattern}/[^/\s]+/", text).group()


def subjects():
    return [mail.subject for mail in OutgoingMail.objects.order_by("pk")]


# --- Asking ---------------------------------------------------------------------------------------


def test_stranger_is_asked_and_gets_nothing_before_he_says_yes(client):
    answer = ask(client, rhythm="weekly")
    make_post(publish_at=ago(hours=1))
    newsletter.mail_posts()

    (row,) = NewsletterSubscription.objects.all()
    assert (answer.status_code, answer["Location"]) == (303, f"{PATH}?done=asked")
    assert (row.is_confirmed, row.rhythm, row.email) == (False, "weekly", "grete@example.net")
    assert [mail.to for mail in OutgoingMail.objects.all()] == ["grete@example.net"]


def test_link_is_opened_without_harm_and_confirmed_by_a_click(client):
    ask(client, rhythm="weekly")
    path = mailed_path("newsletter")

    seen = client.get(path)
    before = NewsletterSubscription.objects.get().is_confirmed
    client.post(path)
    again = client.post(path)

    row = NewsletterSubscription.objects.get()
    assert (before, row.is_confirmed, row.rhythm) == (False, True, "weekly")
    assert row.guest.verified_at is not None
    assert "Once a week, all together" in seen.content.decode()
    assert "from now on" in again.content.decode()


def test_answer_is_the_same_for_a_reader_and_a_stranger(client):
    make_reader()

    answers = [ask(Client(), email=email) for email in ("grete@example.net", "new@example.net")]

    assert len({(each.status_code, each["Location"]) for each in answers}) == 1
    assert NewsletterSubscription.objects.filter(told_until=None).count() == 1


def test_strangers_cannot_change_the_rhythm_of_a_reader(client):
    make_reader(rhythm=Rhythm.EACH)

    ask(client, rhythm="weekly")
    before = NewsletterSubscription.objects.get().rhythm
    client.post(mailed_path("newsletter"))

    assert (before, NewsletterSubscription.objects.get().rhythm) == ("each", "weekly")


def test_an_address_gets_only_so_many_of_these_mails(client):
    answers = [ask(client).status_code for _time in range(5)]

    assert answers == [303, 303, 303, 429, 429]
    assert OutgoingMail.objects.count() == 3


@pytest.mark.parametrize(
    "fields", [{"email": "no address"}, {"email": ""}, {"rhythm": "hourly"}, {"rhythm": ""}]
)
def test_what_can_be_mended_is_said_beside_its_field(client, fields):
    answer = ask(client, **fields)

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == set(fields)
    assert NewsletterSubscription.objects.count() == 0


def test_member_subscribes_at_once_and_changes_his_mind(client):
    client.force_login(make_user("ada", email="ada@example.net"))

    first = client.post(PATH, {"rhythm": "each"})
    client.post(PATH, {"rhythm": "weekly"})

    (row,) = NewsletterSubscription.objects.all()
    assert first["Location"] == f"{PATH}?done=subscribed"
    assert (row.email, row.rhythm, row.is_confirmed) == ("ada@example.net", "weekly", True)
    assert OutgoingMail.objects.count() == 0


@pytest.mark.parametrize("token", ["x", "1.each~x~y", "~~", "%00"])
def test_forged_links_open_nothing(client, token):
    make_reader()

    answers = [client.get(f"{PATH}{token}/"), client.post(f"{PATH}{token}/")]
    answers += [client.post(f"{PATH}end/{token}/")]

    assert {answer.status_code for answer in answers} <= {400, 404}
    assert NewsletterSubscription.objects.count() == 1


def test_without_a_mail_server_there_is_no_newsletter(client, settings):
    settings.HAS_MAIL = False
    make_post()

    assert client.get(PATH).status_code == 404
    assert PATH not in client.get("/").content.decode()


def test_lists_lead_to_it(client):
    make_post()

    assert f'href="{PATH}"' in client.get("/").content.decode()


# --- What is mailed -------------------------------------------------------------------------------


def test_new_post_is_mailed_once_to_each_reader():
    set_profile(title="Notes")
    make_reader()
    make_reader(email="ada@example.net")
    make_post(title="Ink", body="A margin is a room.", publish_at=ago(hours=1))

    counts = [newsletter.mail_posts() for _round in range(3)]

    assert counts == [2, 0, 0]
    assert subjects() == ["Ink · Notes", "Ink · Notes"]
    (one, other) = OutgoingMail.objects.order_by("to")
    assert (one.to, other.to) == ("ada@example.net", "grete@example.net")
    assert "A margin is a room." in one.text
    assert "/comments/newsletter/end/" in one.headers["List-Unsubscribe"]
    assert one.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_what_readers_cannot_read_yet_is_not_mailed():
    make_reader()
    make_post(title="Just now", publish_at=ago(minutes=5))
    make_post(title="Draft", state=State.DRAFT)
    make_post(title="Ahead", publish_at=timezone.now() + timedelta(days=1))
    make_post(title="Page", kind=Kind.PAGE, slug="page", publish_at=ago(hours=2))

    assert (newsletter.mail_posts(), subjects()) == (0, [])


def test_posts_of_before_the_wish_are_not_mailed():
    make_reader(since=ago(days=1))
    make_post(title="Back-dated", publish_at=ago(days=400))
    make_post(title="Yesterday", publish_at=ago(days=1, minutes=1))

    assert newsletter.mail_posts() == 0


def test_scheduled_post_is_mailed_when_it_has_appeared():
    make_reader()
    make_post(title="Later", publish_at=timezone.now() + timedelta(days=2))

    before = newsletter.mail_posts()
    with time_machine.travel(timezone.now() + timedelta(days=2, minutes=11)):
        after = newsletter.mail_posts()

    assert (before, after) == (0, 1)


def test_weekly_readers_get_all_together_after_a_week():
    make_reader(rhythm=Rhythm.WEEKLY, since=ago(days=3))
    make_post(title="One", publish_at=ago(days=2))
    make_post(title="Two", publish_at=ago(days=1))

    early = newsletter.mail_posts()
    with time_machine.travel(timezone.now() + timedelta(days=4, hours=1)):
        counts = [newsletter.mail_posts() for _round in range(2)]

    assert (early, counts) == (0, [1, 0])
    text = OutgoingMail.objects.get().text
    assert text.index("Two") < text.index("One")


def test_post_withdrawn_before_the_mail_goes_out_is_taken_back():
    make_reader()
    kept = make_post(title="Kept", publish_at=ago(hours=2))
    gone = make_post(title="Gone", publish_at=ago(hours=1))
    newsletter.mail_posts()
    publishing.withdraw(gone, by=None)

    newsletter.mail_posts()
    notifications.send_due()

    assert [message.subject for message in mail.outbox] == [f"{kept.title} · Postil"]
    assert "Gone" not in mail.outbox[0].body


def test_what_is_left_of_a_mail_is_mailed_once_whatever_came_since():
    make_reader()
    gone = make_post(title="A", publish_at=ago(hours=4))
    make_post(title="B", publish_at=ago(hours=3))
    newsletter.mail_posts()
    make_post(title="C", publish_at=ago(hours=2))
    newsletter.mail_posts()
    publishing.withdraw(gone, by=None)
    make_post(title="D", publish_at=ago(hours=1))

    for _round in range(2):
        newsletter.mail_posts()

    assert sorted(subjects()) == ["B · Postil", "C · Postil", "D · Postil"]


def test_mail_speaks_the_language_of_its_reader():
    Guest.objects.filter(pk=make_reader().guest_id).update(language="zh-hans")
    make_post(title="Ink", publish_at=ago(hours=1))

    newsletter.mail_posts()

    (letter,) = OutgoingMail.objects.all()
    assert "因为您订阅了新博文" in letter.text
    assert '<html lang="zh-Hans" dir="ltr">' in letter.html


def test_hostile_titles_stay_words():
    make_reader()
    make_post(title="<script>alert(1)</script>\r\nBcc: x@y.example", publish_at=ago(hours=1))

    newsletter.mail_posts()

    (letter,) = OutgoingMail.objects.all()
    assert "\n" not in letter.subject
    assert "<script>" not in letter.html


@pytest.mark.parametrize("count", [1, 3])
def test_a_round_costs_the_same_for_few_and_many(count, django_assert_max_num_queries):
    for number in range(count):
        make_reader(email=f"{number}@example.net")
        make_post(title=str(number), publish_at=ago(hours=number + 1))

    with django_assert_max_num_queries(12):
        assert newsletter.mail_posts() == count


# --- Ending ---------------------------------------------------------------------------------------


def test_one_click_of_a_mail_program_ends_it():
    row = make_reader()
    make_post(publish_at=ago(hours=1))
    newsletter.mail_posts()
    path = mailed_path("newsletter/end")
    program = Client(enforce_csrf_checks=True)

    shown = program.get(path)
    before = NewsletterSubscription.objects.count()
    answers = [program.post(path, {"List-Unsubscribe": "One-Click"}) for _twice in range(2)]

    assert (shown.status_code, before) == (200, 1)
    assert [answer.status_code for answer in answers] == [200, 200]
    assert not NewsletterSubscription.objects.filter(pk=row.pk).exists()
    assert OutgoingMail.objects.count() == 0  # what waited in the outbox is not sent


def browser_of(guest):
    browser = Client()
    browser.cookies[COOKIE_NAME] = links.make(
        links.Purpose.GUEST, f"{guest.pk}.{guest.token_version}"
    )
    return browser


def test_own_page_and_copy_tell_of_it_and_erasing_ends_it():
    row = make_reader(rhythm=Rhythm.WEEKLY)
    make_reader(email="other@example.net")
    browser = browser_of(row.guest)

    page = browser.get("/comments/mine/").content.decode()
    copy = json.loads(browser.get("/comments/mine/copy.json").content)
    browser.post("/comments/mine/erase/", {"texts": "remove", "meant": "on"})

    assert "New posts: Once a week, all together" in page
    assert [each["how_often"] for each in copy["newsletter"]] == ["weekly"]
    assert [row.email for row in NewsletterSubscription.objects.all()] == ["other@example.net"]
    assert not Guest.objects.filter(email="grete@example.net").exists()


def test_wishes_that_nobody_confirms_are_forgotten_with_the_address(client):
    ask(client)

    with time_machine.travel(timezone.now() + timedelta(days=8)):
        notifications.forget_unconfirmed()

    assert NewsletterSubscription.objects.count() == 0
    assert Guest.objects.count() == 0
