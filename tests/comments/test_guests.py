"""Everything that is kept of a person: reached by a mailed link, copied, erased."""

import json
import re
from datetime import timedelta

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.test import Client
from django.utils import timezone

from blog.choices import Moderation
from comments import guests, links, moderation, visitors
from comments.choices import Scope, Status
from comments.models import (
    BlogComment,
    CommentRevision,
    Guest,
    OutgoingMail,
    Report,
    Subscription,
)
from comments.visitors import COOKIE_NAME, Visitor
from tests.builders import make_comment, make_guest, make_post, make_user, set_profile
from tests.comments.test_reactions import browser_of

pytestmark = pytest.mark.django_db

ADDRESS = "grete.holm@example.net"


@pytest.fixture
def guest():
    return make_guest(ADDRESS)


@pytest.fixture
def browser(guest):
    return browser_of(guest)


def ask(email=ADDRESS, *, network=1):
    return Client().post("/comments/mine/", {"email": email}, REMOTE_ADDR=f"10.0.{network}.1")


def open_path():
    return re.search(r"/comments/mine/open/\S+", OutgoingMail.objects.latest("pk").text).group()


def everything_in_the_database():
    """Every value of every table, as text, with the table it is from."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            for row in cursor.fetchall():
                yield from ((table, str(value)) for value in row)


def tables_with(text):
    return {table for table, value in everything_in_the_database() if text in value.lower()}


# --- The mailed link ------------------------------------------------------------------------------


def test_answer_is_the_same_whether_anybody_wrote_with_that_address(can_mail, guest):
    known, unknown = ask(), ask("nobody@example.net")
    pages = [Client().get(answer["Location"]).content for answer in (known, unknown)]

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert pages[0] == pages[1]
    assert list(OutgoingMail.objects.values_list("to", flat=True)) == [ADDRESS]


def test_address_is_found_however_it_is_typed(can_mail, guest):
    ask(f"  {ADDRESS.upper()} ")

    assert list(OutgoingMail.objects.values_list("to", flat=True)) == [ADDRESS]


def test_stranger_gets_three_such_mails_a_day_and_a_network_asks_for_ten(can_mail):
    victim, *others = [make_guest() for _ in range(15)]
    for network in range(5):
        ask(victim.email, network=network)
    for other in others:
        ask(other.email, network=77)

    sent = list(OutgoingMail.objects.values_list("to", flat=True))
    assert sent.count(victim.email) == 3
    assert len(sent) == 3 + 10

    OutgoingMail.objects.update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    ask(victim.email)
    assert OutgoingMail.objects.filter(to=victim.email).count() == 4


def test_blog_without_mail_offers_no_form_and_writes_none(guest):
    ask()

    page = Client().get("/comments/mine/")

    assert b'name="email"' not in page.content
    assert OutgoingMail.objects.count() == 0


@pytest.mark.parametrize("email", ["", "nonsense", "a@b@c", "x" * 300 + "@example.net"])
def test_what_is_no_address_is_refused(can_mail, email):
    assert ask(email).status_code == 422


def test_link_is_opened_by_a_click_and_not_by_a_scanner(can_mail, guest):
    comment = make_comment(make_post(), guest=guest, text="zq7own")
    ask()
    path, browser = open_path(), Client()

    looked = [browser.get(path), browser.head(path)]
    cookies_before = dict(browser.cookies)
    opened = browser.post(path)
    page = browser.get(opened["Location"])

    assert [response.status_code for response in looked] == [200, 200]
    assert b"zq7own" not in looked[0].content
    assert ADDRESS.encode() not in looked[0].content
    assert cookies_before == {}
    assert (opened.status_code, opened["Location"]) == (303, "/comments/mine/")
    assert [own.comment for own in page.context["comments"]] == [comment]


def test_opening_confirms_the_address(can_mail):
    guest = make_guest(ADDRESS, is_verified=False)
    ask()
    path = open_path()

    Client().get(path)
    before = Guest.objects.get().is_verified
    Client().post(path)

    guest.refresh_from_db()
    assert (before, guest.is_verified) == (False, True)


@pytest.mark.parametrize("change", ["forged", "other purpose", "old", "void", "nobody's"])
def test_link_that_is_none_opens_nothing(guest, time_machine, change):
    token = visitors.token_for(guest, links.Purpose.MINE)
    expected = 410
    if change == "forged":
        token, expected = f"{token[:-1]}{'a' if token[-1] != 'a' else 'b'}", 404
    elif change == "other purpose":
        token, expected = visitors.token_for(guest, links.Purpose.GUEST), 404
    elif change == "old":
        time_machine.move_to(timezone.now() + timedelta(days=7, minutes=1))
    elif change == "void":
        Guest.objects.update(token_version=2)
    else:
        token = links.make(links.Purpose.MINE, f"{guest.pk + 1}.1")
    browser = Client()

    answers = [
        browser.get(f"/comments/mine/open/{token}/"),
        browser.post(f"/comments/mine/open/{token}/"),
    ]

    assert [answer.status_code for answer in answers] == [expected, expected]
    assert COOKIE_NAME not in browser.cookies


# --- The page -------------------------------------------------------------------------------------


def test_page_says_in_plain_words_where_each_comment_stands(browser, guest):
    post = make_post()
    reasons = [
        {"name": "links", "points": 3, "values": {"count": 1}},
        {"name": "rule:7", "points": 3, "values": {"kind": "word", "pattern": "pills"}},
        {"name": "rule:8", "points": 3, "sentence": "It meets the rule “word: pills”."},
    ]
    for status in Status:
        fields = {"removed_by": "moderator"} if status == Status.REMOVED else {}
        make_comment(post, guest=guest, status=status, reasons=reasons, **fields)
    make_comment(post, guest=make_guest(), text="zq7other")

    html = browser.get("/comments/mine/").content.decode()

    assert [
        words in html
        for words in (
            "It waits for you: open the link in the mail we sent and confirm it.",
            "It waits for a moderator.",
            "Published.",
            "It was taken for spam. A moderator may still publish it.",
            "A moderator removed it.",
        )
    ] == [True] * 5
    assert html.count("It has 1 link.") == 2  # of the held one and of the one taken for spam
    assert html.count("A rule of this blog holds comments like it.") == 2
    assert "pills" not in html
    assert "zq7other" not in html


@pytest.mark.parametrize("count", [1, 3])
def test_page_costs_the_same_queries(browser, guest, django_assert_num_queries, count):
    for _ in range(count):
        make_comment(make_post(title=f"Post {_}"), guest=guest)
    browser.get("/comments/mine/")

    with django_assert_num_queries(6):
        browser.get("/comments/mine/")


def test_long_list_goes_on_behind_a_link(browser, guest, monkeypatch):
    monkeypatch.setattr("comments.guest_views.PER_PAGE", 2)
    post = make_post()
    comments = [make_comment(post, guest=guest) for _ in range(5)]

    seen, query = [], ""
    for _ in range(3):
        page = browser.get(f"/comments/mine/{query}")
        seen += [own.comment for own in page.context["comments"]]
        query = f"?before={page.context['older']}"

    assert seen == comments[::-1]
    assert query == "?before=None"


def test_change_is_offered_only_while_it_is_possible(browser, guest):
    post = make_post()
    fresh = make_comment(post, guest=guest)
    answered = make_comment(post, guest=guest)
    make_comment(post, reply_to=answered)
    old = make_comment(post, guest=guest, submit_date=timezone.now() - timedelta(hours=1))

    page = browser.get("/comments/mine/")

    assert [(own.comment, own.is_editable) for own in page.context["comments"]] == [
        (old, False),
        (answered, False),
        (fresh, True),
    ]


def test_stranger_sees_nothing_of_anybody(client, guest, can_mail):
    make_comment(make_post(), guest=guest, text="zq7own")

    html = client.get("/comments/mine/").content.decode()

    assert "zq7own" not in html
    assert "Send me the link" in html


def test_member_has_the_same_page(client):
    user = make_user("mona")
    client.force_login(user)
    comment = make_comment(make_post(), user=user, status=Status.HELD)

    page = client.get("/comments/mine/")

    assert [own.comment for own in page.context["comments"]] == [comment]


@pytest.mark.parametrize("path", ["copy.json", "erase/", "subscriptions/1/end/"])
def test_strangers_and_mere_browsers_reach_nothing_else(client, send, path):
    send(make_post(), comment="From this browser")
    strangers = (client, Client())

    answers = [
        answer.status_code
        for browser in strangers
        for answer in (
            browser.get(f"/comments/mine/{path}"),
            browser.post(f"/comments/mine/{path}", {"texts": "remove", "meant": "on"}),
        )
    ]

    assert set(answers) <= {404, 405}
    assert BlogComment.objects.get().comment == "From this browser"


def test_own_subscription_ends_with_one_click_and_others_do_not(browser, guest):
    post = make_post()
    own, other = (
        Subscription.objects.create(
            guest=reader, scope=Scope.POST, post=post, confirmed_at=timezone.now()
        )
        for reader in (guest, make_guest())
    )

    listed = browser.get("/comments/mine/").context["subscriptions"]
    answers = [
        browser.post(f"/comments/mine/subscriptions/{key}/end/").status_code
        for key in (own.pk, own.pk, other.pk, 2**70)
    ]

    assert listed == [own]
    assert answers == [303, 404, 404, 404]
    assert list(Subscription.objects.all()) == [other]


def test_forgotten_browser_is_nobody_and_the_comments_stay(browser, guest):
    make_comment(make_post(), guest=guest, text="zq7own")

    browser.post("/comments/mine/forget/")

    assert b"zq7own" not in browser.get("/comments/mine/").content
    assert BlogComment.objects.get().guest == guest


# --- A copy ---------------------------------------------------------------------------------------


def test_copy_holds_everything_of_the_person_and_nothing_of_others(browser, guest):
    set_profile(moderation=Moderation.NONE)
    post = make_post(title="On margins")
    theirs = make_comment(post, guest=make_guest("other@example.net"), text="zq7other")
    comment = make_comment(post, guest=guest, text="A word", reply_to=theirs)
    CommentRevision.objects.create(comment=comment, text="A wrod")
    unconfirmed = make_comment(post, status=Status.UNCONFIRMED, user_email=ADDRESS.upper())
    Subscription.objects.create(guest=guest, scope=Scope.POST, post=post)
    OutgoingMail.objects.create(key="k", to=ADDRESS, subject="Hello", text="Dear Grete")
    browser.post(f"/comments/{theirs.pk}/like/")
    browser.post(f"/comments/{theirs.pk}/report/", {"reason": "other", "note": "Odd"})

    response = browser.get("/comments/mine/copy.json")

    copy = json.loads(response.content)
    assert response["Content-Disposition"] == 'attachment; filename="my-comments.json"'
    assert copy["person"]["email"] == ADDRESS
    assert [(row["id"], row["text"], row["status"]) for row in copy["comments"]] == [
        (comment.pk, "A word", "published"),
        (unconfirmed.pk, "Well said.", "unconfirmed"),
    ]
    assert [row["text"] for row in copy["comments"][0]["earlier_texts"]] == ["A wrod"]
    assert [row["about"] for row in copy["subscriptions"]] == ["post"]
    assert copy["likes_count"] == 1
    assert [(row["comment"], row["note"]) for row in copy["reports"]] == [(theirs.pk, "Odd")]
    assert [(mail["to"], mail["text"]) for mail in copy["mails"]] == [(ADDRESS, "Dear Grete")]
    assert "other@example.net" not in response.content.decode()
    assert "zq7other" not in response.content.decode()


def test_members_copy_holds_no_password(client):
    user = make_user("mona")
    client.force_login(user)

    text = client.get("/comments/mine/copy.json").content.decode()

    assert user.email in text
    assert user.password not in text


def test_copy_of_thousands_asks_no_more_often(guest, django_assert_max_num_queries):
    post = make_post()
    for _ in range(3):
        make_comment(post, guest=guest)

    with django_assert_max_num_queries(7):
        copy = guests.copy_of(Visitor(guest=guest), actor_keys=["a"])

    assert len(json.dumps(copy, cls=DjangoJSONEncoder)) > 0


# --- Erasing --------------------------------------------------------------------------------------


@pytest.fixture
def life_of(guest):
    """A guest who has left an address wherever one can be left."""
    set_profile(moderation=Moderation.NONE)
    post = make_post()
    root = make_comment(
        post,
        guest=guest,
        name="Grete Holm",
        user_email=ADDRESS,
        text="zq7root",
        user_url="https://grete.example/",
    )
    CommentRevision.objects.create(comment=root, text="zq7before")
    make_comment(post, text="An answer", reply_to=root)
    make_comment(post, guest=guest, user_email=ADDRESS, status=Status.HELD, text="zq7held")
    make_comment(post, user_email=ADDRESS.title(), status=Status.UNCONFIRMED, text="zq7unconfirmed")
    make_comment(post, user_email=ADDRESS, text="zq7approved unconfirmed")
    Subscription.objects.create(guest=guest, scope=Scope.POST, post=post)
    browser = browser_of(guest)
    other = make_comment(post)
    browser.post(f"/comments/{other.pk}/like/")
    browser.post(f"/comments/{other.pk}/report/", {"reason": "other", "note": f"I am {ADDRESS}"})
    guests.mail_link(ADDRESS, client_key="n")
    OutgoingMail.objects.create(key="k", to=ADDRESS.upper(), subject="s", text=ADDRESS)
    return browser


def erase(browser, **fields):
    return browser.post("/comments/mine/erase/", {"texts": "remove", "meant": "on", **fields})


@pytest.mark.parametrize("texts", ["keep", "remove"])
def test_after_erasure_no_table_holds_the_address_or_the_name(life_of, texts):
    before = tables_with(ADDRESS)

    response = erase(life_of, texts=texts)

    assert {
        "comments_guest",
        "django_comments",
        "comments_outgoingmail",
        "comments_report",
    } <= before
    assert response.templates[0].name == "comments/erased.html"
    assert tables_with(ADDRESS) == set()
    assert tables_with("grete holm") == tables_with("grete.example") == set()


def test_erasing_everything_leaves_the_shape_of_threads_and_the_words_of_others(client, life_of):
    root = BlogComment.objects.get(comment="zq7root")

    erase(life_of)

    html = client.get(root.post.get_absolute_url()).content.decode()
    assert tables_with("zq7") == set()
    assert "This comment has been removed by the author." in html
    assert "An answer" in html
    assert moderation.rebuild_counts() == 0


def test_texts_may_stay_without_a_name(client, life_of):
    root = BlogComment.objects.get(comment="zq7root")

    erase(life_of, texts="keep")

    html = client.get(root.post.get_absolute_url()).content.decode()
    assert "zq7root" in html
    assert "Former reader" in html
    assert tables_with("zq7before") == tables_with("zq7unconfirmed") == set()
    assert BlogComment.objects.get(comment="zq7held").status == Status.HELD


def test_likes_stay_as_a_number(life_of):
    erase(life_of)

    assert list(BlogComment.objects.filter(like_count=1).values_list("status", flat=True)) == [
        Status.PUBLISHED
    ]
    assert Report.objects.get().note == ""


def test_erased_guests_cookies_and_links_are_dead(guest, life_of):
    link = f"/comments/mine/open/{visitors.token_for(guest, links.Purpose.MINE)}/"
    elsewhere = browser_of(guest)

    erase(life_of)

    assert elsewhere.get("/comments/mine/").context["visitor"] == Visitor()
    assert Client().post(link).status_code == 410
    assert life_of.get("/comments/mine/").context["visitor"] == Visitor()


@pytest.mark.parametrize("fields", [{"meant": ""}, {"texts": ""}, {"texts": "burn"}])
def test_nothing_is_erased_that_was_not_meant(life_of, fields):
    before = sorted(everything_in_the_database())

    response = erase(life_of, **fields)

    assert response.status_code == 422
    assert sorted(everything_in_the_database()) == before


def test_get_and_head_erase_nothing(life_of):
    before = sorted(everything_in_the_database())

    for path in ("", "erase/", "copy.json", "forget/"):
        life_of.get(f"/comments/mine/{path}")
        life_of.head(f"/comments/mine/{path}")

    assert sorted(everything_in_the_database()) == before


def test_erasing_twice_is_a_stranger_the_second_time(life_of):
    erase(life_of)

    assert erase(life_of).status_code == 404


def test_member_erases_what_he_wrote_and_keeps_the_account(client):
    user = make_user("mona", email=ADDRESS)
    client.force_login(user)
    post = make_post()
    make_comment(post, user=user, text="zq7own")
    Subscription.objects.create(user=user, scope=Scope.POST, post=post)
    OutgoingMail.objects.create(key="k", to=ADDRESS, subject="s", text="t")

    erase(client)

    user.refresh_from_db()
    assert tables_with(ADDRESS) == {"auth_user"}
    assert tables_with("zq7own") == set()
    assert (BlogComment.objects.get().user, Subscription.objects.count()) == (None, 0)


def test_another_guest_loses_nothing(life_of):
    neighbour = make_guest("neighbour@example.net")
    comment = make_comment(make_post(title="Next"), guest=neighbour, text="zq7mine", name="Nils")

    erase(life_of)

    comment.refresh_from_db()
    assert (comment.guest, comment.comment, comment.user_name) == (neighbour, "zq7mine", "Nils")


def test_erasure_of_many_comments_takes_no_more_queries(django_assert_max_num_queries):
    post = make_post()

    def person(count):
        guest = make_guest()
        for _ in range(count):
            make_comment(post, guest=guest)
        return Visitor(guest=guest)

    few, many = person(1), person(6)

    with django_assert_max_num_queries(40) as first:
        guests.erase(few, actor_keys=["a"], keeps_texts=False)
    with django_assert_max_num_queries(len(first.captured_queries)):
        guests.erase(many, actor_keys=["b"], keeps_texts=False)
