"""Sending, previewing, confirming a comment: what is kept, what is refused, what is never lost."""

import re
import time

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from blog.access import Role
from blog.choices import CommentPolicy, GuestAccess, Moderation, State
from comments import links, moderation, notifications
from comments.choices import Act, Scope, Status
from comments.forms import CommentForm
from comments.models import BlogComment, Guest, ModerationEvent, OutgoingMail, Subscription
from comments.visitors import COOKIE_NAME
from tests.builders import make_comment, make_guest, make_post, make_user, set_profile
from tests.comments.test_reactions import browser_of

pytestmark = pytest.mark.django_db

# Long, and with everything that could be mistaken for markup.
TEXT = "字" * 400 + " <b>&amp;</b> {{ 7*7 }} %(x)s \u202e ‏"


def states():
    return [(comment.comment, comment.status) for comment in BlogComment.objects.order_by("pk")]


def kept_text(response):
    return response.context["form"]["comment"].value()


def confirm_path():
    return re.search(r"/comments/confirm/\S+", OutgoingMail.objects.get().text).group()


# --- What becomes of a comment --------------------------------------------------------------------


def test_guest_is_held_when_no_mail_can_be_sent(send):
    response = send(make_post(), comment="Hello")

    assert states() == [("Hello", Status.HELD)]
    assert response.status_code == 303
    assert response["Location"].startswith("/comments/sent/")
    assert OutgoingMail.objects.count() == 0


def test_guest_confirms_by_post_and_first_comment_is_held(client, send, can_mail):
    send(make_post(), comment="Hello")
    path = confirm_path()

    client.get(path)
    client.head(path)
    before = states()
    confirmed = client.post(path)

    assert before == [("Hello", Status.UNCONFIRMED)]
    assert states() == [("Hello", Status.HELD)]
    assert confirmed.status_code == 303
    assert Guest.objects.get().is_verified
    assert list(ModerationEvent.objects.order_by("pk").values_list("act", flat=True)) == [
        Act.RECEIVED,
        Act.CONFIRMED,
    ]


def test_known_guest_who_was_published_before_is_published_at_once(client, send, can_mail):
    post = make_post()
    send(post, comment="First")
    client.post(confirm_path())
    first = BlogComment.objects.get()
    moderation.approve([first], by=make_user("mod", role=Role.MODERATOR))

    response = send(post, comment="Second", email="")

    second = BlogComment.objects.get(comment="Second")
    assert (second.status, second.guest) == (Status.PUBLISHED, first.guest)
    assert response["Location"] == second.get_absolute_url()
    post.refresh_from_db()
    assert post.comment_count == 2


def test_typing_the_address_of_a_trusted_guest_earns_no_trust(send, can_mail):
    post = make_post()
    guest = Guest.objects.create(email="known@example.net", name="Known")
    make_comment(post, guest=guest)

    send(post, browser=Client(), comment="I am Known", email="known@example.net")

    assert states()[-1] == ("I am Known", Status.UNCONFIRMED)


def test_open_blog_publishes_a_confirmed_guest_at_once(client, send, can_mail):
    set_profile(moderation=Moderation.NONE)
    post = make_post()
    send(post, comment="Hello")

    response = client.post(confirm_path())

    assert states() == [("Hello", Status.PUBLISHED)]
    assert response["Location"].startswith(post.get_absolute_url())


def test_link_of_a_newcomer_is_held_with_the_reason(client, send, can_mail):
    set_profile(moderation=Moderation.NONE)
    send(make_post(), comment="See https://example.com/")

    client.post(confirm_path())

    comment = BlogComment.objects.get()
    assert comment.status == Status.HELD
    assert [reason["name"] for reason in comment.reasons] == ["links"]


@pytest.mark.parametrize("fields", [{"honeypot": "filled"}, {"seconds_open": "1"}])
def test_signal_of_a_robot_holds_and_is_never_forgotten(client, send, can_mail, fields):
    set_profile(moderation=Moderation.NONE)
    send(make_post(), comment="Hello", **fields)

    client.post(confirm_path())

    assert states() == [("Hello", Status.HELD)]


def test_editor_is_published_at_once(client, send):
    client.force_login(make_user("edda", role=Role.EDITOR))

    send(make_post(), comment="Hello")

    assert states() == [("Hello", Status.PUBLISHED)]


def test_members_comment_is_signed_with_the_account_whatever_is_typed(client, send):
    client.force_login(make_user("mona"))

    send(make_post(), comment="Hello", name="Somebody else")

    assert BlogComment.objects.get().author_name == "mona"


def test_only_members_may_write_where_the_owner_says_so(client, send):
    set_profile(guest_access=GuestAccess.MEMBERS)

    response = send(make_post(), comment=TEXT)

    assert (response.status_code, kept_text(response), states()) == (409, TEXT, [])


# --- Once, and only in its place ------------------------------------------------------------------


def test_ten_identical_sendings_make_one_comment(send):
    post = make_post()

    answers = {send(post, comment="Again")["Location"].split("~")[0] for _ in range(10)}

    assert states() == [("Again", Status.HELD)]
    assert len(answers) == 1


def test_reply_stands_below_what_it_answers(client, send):
    client.force_login(make_user("edda", role=Role.EDITOR))
    post = make_post()
    parent = make_comment(post)

    send(post, reply_to=parent, comment="An answer")

    reply = BlogComment.objects.get(comment="An answer")
    assert (reply.reply_to_id, reply.root) == (parent.pk, parent)


@pytest.mark.parametrize(
    "reply_to", ["9999", "-1", str(2**63), "9" * 30, "\x00", "x", "1.5", "held", "elsewhere"]
)
def test_reply_to_what_is_not_there_is_refused_with_the_text_kept(client, send, reply_to):
    post = make_post()
    if reply_to == "held":
        reply_to = make_comment(post, status=Status.HELD).pk
    elif reply_to == "elsewhere":
        reply_to = make_comment(make_post(title="Another")).pk
    before = states()
    hidden = {**CommentForm(post).generate_security_data(), "reply_to": reply_to}

    response = client.post(
        f"/comments/on/{post.pk}/", {**hidden, "name": "G", "email": "g@x.org", "comment": TEXT}
    )

    assert (response.status_code, kept_text(response), states()) == (422, TEXT, before)


def test_answer_to_the_deepest_comment_becomes_its_sibling(client, send):
    client.force_login(make_user("edda", role=Role.EDITOR))
    post = make_post()
    deepest = make_comment(post)
    for _ in range(60):
        deepest = make_comment(post, reply_to=deepest)

    send(post, reply_to=deepest, comment="Deeper still")

    reply = BlogComment.objects.get(comment="Deeper still")
    assert (reply.level, reply.reply_to_id) == (60, deepest.reply_to_id)


# --- Nothing that was typed is lost ---------------------------------------------------------------


def test_preview_is_the_very_html_that_will_be_stored(client, send):
    client.force_login(make_user("edda", role=Role.EDITOR))
    post = make_post()
    text = "*So* it is:\n\n> a quote\n\n```python\nx = 1\n```\nhttps://example.org"

    preview = send(post, comment=text, preview="1")
    send(post, comment=text)

    assert preview.context["preview_html"] == BlogComment.objects.get().body_html
    assert kept_text(preview) == text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"name": ""}, 422),
        ({"email": "nonsense"}, 422),
        ({"url": "javascript:alert(1)"}, 422),
        ({"timestamp": str(int(time.time()) - 4 * 24 * 3600)}, 400),
        ({"timestamp": "x"}, 400),
        ({"timestamp": str(2**70)}, 400),
        ({"security_hash": "0" * 64}, 400),
        ({"security_hash": ""}, 400),
        ({"content_type": "auth.user"}, 400),
        ({"object_pk": "2"}, 400),
        ({"seconds_open": "x"}, 422),
    ],
)
def test_refused_form_keeps_the_text_and_makes_no_row(send, fields, status):
    response = send(make_post(), **{"comment": TEXT, **fields})

    assert (response.status_code, kept_text(response), states()) == (status, TEXT, [])


def test_form_that_was_open_too_long_can_be_sent_once_more(client, send):
    post = make_post()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("comments.forms.time.time", lambda: time.time_ns() / 1e9 - 3 * 24 * 3600)
        old = CommentForm(post).generate_security_data()

    refused = send(post, **old, comment=TEXT)
    form = refused.context["form"]
    again = {field.name: field.value() for field in form if field.value() is not None}
    accepted = client.post(f"/comments/on/{post.pk}/", again)

    assert (refused.status_code, accepted.status_code) == (409, 303)
    assert [text for text, _status in states()] == [TEXT.strip()]


@pytest.mark.parametrize(
    "text",
    ["a \ufffd b", "a \x1b[31m b", "a \x85 b", "\ufeff", "\u200b\u2060", "\u3164", "\u2800 \n"],
)
def test_broken_or_invisible_text_is_refused_with_words(send, text):
    response = send(make_post(), comment=text)

    assert (response.status_code, kept_text(response), states()) == (422, text, [])


@pytest.mark.parametrize(
    "name", ["content_type", "object_pk", "timestamp", "security_hash", "reply_to"]
)
@pytest.mark.parametrize("times", [0, 2])
def test_hidden_field_that_is_missing_or_doubled_is_refused(client, name, times):
    post = make_post()
    form = {**CommentForm(post).generate_security_data(), "reply_to": "0"}
    form |= {"name": "G", "email": "g@example.org", "comment": TEXT}
    form[name] = [form[name]] * times

    response = client.post(f"/comments/on/{post.pk}/", form)

    assert (response.status_code, kept_text(response), states()) == (400, TEXT, [])


def test_enormous_body_is_too_much(client):
    post = make_post()

    response = client.post(f"/comments/on/{post.pk}/", {"comment": "x" * 600_000})

    assert (response.status_code, states()) == (413, [])


def test_markdown_that_the_form_suggests_is_one_link_and_no_forum_markup(client, send):
    client.force_login(make_user("mona"))

    send(make_post(), comment="**So** it is: [link](https://example.org), `code`")

    [comment] = BlogComment.objects.all()
    assert [(reason["name"], reason["points"]) for reason in comment.reasons][:1] == [("links", 3)]
    assert comment.reasons[0]["values"] == {"count": 1}


def test_text_over_the_limit_is_refused_whole_never_cut(send):
    text = "好" * 10_001

    response = send(make_post(), comment=text)

    assert (response.status_code, kept_text(response), states()) == (422, text, [])


def test_text_at_the_limit_is_kept_whole(send):
    text = "好" * 9_999 + "𝄞"

    send(make_post(), comment=text)

    assert BlogComment.objects.get().comment == text


def test_comments_that_closed_meanwhile_are_refused_with_the_text(send):
    post = make_post(comment_policy=CommentPolicy.CLOSED)

    response = send(post, comment=TEXT)

    assert (response.status_code, kept_text(response), states()) == (409, TEXT, [])


def test_fourth_comment_of_a_minute_waits_with_the_text_kept(send):
    post = make_post()
    for number in range(3):
        send(post, comment=f"number {number}")

    response = send(post, comment=TEXT)

    assert (response.status_code, kept_text(response)) == (429, TEXT)
    assert 0 < int(response["Retry-After"]) <= 60
    assert len(states()) == 3


def test_same_form_again_is_answered_even_when_the_limit_is_reached(send):
    post = make_post()
    for number in range(3):
        send(post, comment=f"number {number}")

    response = send(post, comment="number 1")

    assert (response.status_code, len(states())) == (303, 3)


# --- Who may not ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["Edda", " edda ", "ＥＤＤＡ", "еddа", "Edda Brand", "EddaBrand", "Admin", "管理员"]
)
def test_name_of_the_blogs_people_is_refused_to_guests(send, name):
    make_user("edda", role=Role.EDITOR, first_name="Edda", last_name="Brand")

    response = send(make_post(), name=name, comment=TEXT)

    assert (response.status_code, kept_text(response), states()) == (422, TEXT, [])
    assert [error.code for error in response.context["form"].errors.as_data()["name"]] == [
        "impersonation"
    ]


def test_address_of_the_blogs_people_is_refused_to_guests(send):
    make_user("edda", role=Role.EDITOR, email="edda@example.org")

    response = send(make_post(), email="Edda@Example.org", comment=TEXT)

    assert (response.status_code, states()) == (422, [])


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_ORIGIN": "https://evil.example"},
        {"HTTP_ORIGIN": "null"},
        {"HTTP_REFERER": "https://evil.example/"},
        {"HTTP_SEC_FETCH_SITE": "cross-site"},
        {"HTTP_ORIGIN": "http://testserver", "HTTP_SEC_FETCH_SITE": "cross-site"},
    ],
)
def test_form_of_another_site_is_refused_with_the_text(client, headers):
    post = make_post()
    hidden = {**CommentForm(post).generate_security_data(), "reply_to": 0}

    response = client.post(
        f"/comments/on/{post.pk}/",
        {**hidden, "name": "G", "email": "g@example.org", "comment": "Mine!"},
        **headers,
    )

    assert (response.status_code, states()) == (403, [])
    assert "Mine!" in response.content.decode()


def test_person_with_a_session_needs_the_token():
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_user("mona"))
    post = make_post()
    hidden = {**CommentForm(post).generate_security_data(), "reply_to": 0}

    response = browser.post(f"/comments/on/{post.pk}/", {**hidden, "comment": "Mine!"})

    assert (response.status_code, states()) == (403, [])


@pytest.mark.parametrize(
    "fields",
    [{"state": State.DRAFT}, {"state": State.WITHDRAWN}, {"comment_policy": CommentPolicy.HIDDEN}],
)
def test_post_that_is_not_there_takes_no_comment(send, fields):
    response = send(make_post(**fields), comment=TEXT)

    assert (response.status_code, states()) == (404, [])


def test_fields_that_a_visitor_may_not_set_are_ignored(send):
    user = make_user("mona")

    send(
        make_post(),
        comment="Hello",
        is_public="1",
        status="published",
        user_id=user.pk,
        ip_address="203.0.113.9",
    )

    comment = BlogComment.objects.get()
    assert (comment.status, comment.user_id, comment.ip_address) == (Status.HELD, None, None)


# --- Nobody else sees it --------------------------------------------------------------------------


@pytest.mark.parametrize("status", [Status.HELD, Status.UNCONFIRMED, Status.SPAM, Status.REMOVED])
def test_no_address_shows_a_stranger_what_is_not_published(client, status):
    post = make_post()
    secret = make_comment(post, text="zq7secret", name="Zq7name", status=status)
    paths = [
        post.get_absolute_url(),
        f"{post.get_absolute_url()}?comment={secret.pk}",
        f"/comments/{secret.pk}/",
        f"/comments/on/{post.pk}/?reply_to={secret.pk}",
        f"/comments/sent/{secret.pk}/",
        f"/comments/confirm/{secret.pk}/",
        post.feed_path,
        "/feeds/comments/default",
        "/",
        "/search?q=q7secre",
    ]

    answers = {path: client.get(path).content.decode() for path in paths}

    assert [path for path, html in answers.items() if "zq7secret" in html] == []
    assert [path for path, html in answers.items() if "Zq7name" in html] == []


def test_receipt_shows_the_writer_his_comment_and_nobody_the_address(client, send):
    response = send(make_post(), comment="Mine alone", email="secret@example.net")

    page = client.get(response["Location"]).content.decode()

    assert "Mine alone" in page
    assert "secret@example.net" not in page


# --- Links in mails -------------------------------------------------------------------------------


def test_confirmation_mail_goes_out_once_and_holds_nothing_that_was_typed(send, can_mail):
    send(make_post(), comment="zq7body", name="Zq7 name")

    sent = [notifications.send_due(), notifications.send_due()]

    assert sent == [(1, 0), (0, 0)]
    [message] = mail.outbox
    assert message.to == ["grete@example.net"]
    whole = message.message().as_string()
    assert "zq7body" not in whole
    assert "Zq7" not in whole


def test_confirmation_link_is_short_whatever_the_comment(send, can_mail):
    send(make_post(), comment="字" * 10_000)

    assert len(f"https://blog.example.org{confirm_path()}") <= 200


def test_stranger_gets_at_most_three_confirmation_mails_a_day(send, can_mail):
    posts = [make_post(title=f"Post {number}") for number in range(5)]
    for number, post in enumerate(posts):
        send(post, comment="Hi", email="victim@example.net", REMOTE_ADDR=f"10.0.{number}.1")
        BlogComment.objects.update(client_key=f"{number}")

    assert OutgoingMail.objects.filter(to="victim@example.net").count() == 3
    assert BlogComment.objects.count() == 5


def test_old_confirmation_link_gets_a_friendly_page(client, send, can_mail, time_machine):
    send(make_post(), comment="Hello")
    path = confirm_path()
    time_machine.move_to(time.time() + 8 * 24 * 3600)

    response = client.post(path)

    assert (response.status_code, states()) == (410, [("Hello", Status.UNCONFIRMED)])


def test_link_made_with_a_rotated_key_still_opens(client, send, can_mail, settings):
    send(make_post(), comment="Hello")
    path = confirm_path()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key that is long enough to be one"

    client.post(path)

    assert states() == [("Hello", Status.HELD)]


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "x", lambda t: "1" + t])
def test_forged_link_opens_nothing(client, send, can_mail, change):
    send(make_post(), comment="Hello")
    token = confirm_path().split("/")[3]

    response = client.post(reverse("comments:confirm", args=[change(token)]))

    assert (response.status_code, states()) == (404, [("Hello", Status.UNCONFIRMED)])


def test_link_for_one_purpose_does_not_open_another(client, send, can_mail):
    send(make_post(), comment="Hello")
    status_token = links.make(links.Purpose.STATUS, BlogComment.objects.get().pk)

    response = client.post(reverse("comments:confirm", args=[status_token]))

    assert (response.status_code, states()) == (404, [("Hello", Status.UNCONFIRMED)])


def test_confirming_after_the_post_closed_keeps_the_comment_for_a_moderator(client, send, can_mail):
    set_profile(moderation=Moderation.NONE)
    post = make_post()
    send(post, comment="Hello")
    post.comment_policy = CommentPolicy.CLOSED
    post.save()

    client.post(confirm_path())

    assert states() == [("Hello", Status.HELD)]


def test_browser_is_known_by_its_cookie_until_the_guest_is_renewed(client, send, can_mail):
    send(make_post(), comment="Hello")
    response = client.post(confirm_path())
    cookie = response.cookies[COOKIE_NAME]

    known = client.get(f"/comments/on/{make_post(title='Two').pk}/").context["form"].guest
    Guest.objects.update(token_version=2)
    forgotten = client.get(f"/comments/on/{make_post(title='Three').pk}/").context["form"].guest

    assert (known, forgotten) == (Guest.objects.get(), None)
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


# --- Line ends ------------------------------------------------------------------------------------


def test_line_end_of_a_browser_counts_once_and_is_kept_as_one(send):
    lines = ["x" * 99] * 100  # 9,999 characters, and 99 more when each line end counts twice

    response = send(make_post(), comment="\r\n".join(lines))

    assert response.status_code == 303
    assert states() == [("\n".join(lines), Status.HELD)]


def test_text_that_is_too_long_stays_too_long(send):
    response = send(make_post(), comment="\r\n".join(["x" * 99] * 101))

    assert response.status_code == 422
    assert states() == []


def test_preview_of_lines_is_what_is_kept(send):
    post = make_post()
    text = "one  \r\ntwo\r\n\r\n- a\r- b\r\n\r\n```\r\nx\r\n\r\ny\r\n```"

    preview = send(post, comment=text, preview="1")
    send(post, comment=text)

    kept = BlogComment.objects.get()
    assert kept.comment == "one  \ntwo\n\n- a\n- b\n\n```\nx\n\ny\n```"
    assert preview.context["preview_html"] == kept.body_html


def test_same_text_with_other_line_ends_is_the_same_comment(send):
    post = make_post()

    send(post, comment="one\r\ntwo")
    send(post, comment="one\ntwo")

    assert states() == [("one\ntwo", Status.HELD)]


# --- Cost -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_reply", [True, False])
@pytest.mark.parametrize("who", ["stranger", "guest", "member", "moderator"])
def test_sending_with_every_box_ticked_costs_at_most_fifteen_queries(
    can_mail, django_assert_max_num_queries, who, is_reply
):
    set_profile(moderation=Moderation.NONE)
    post = make_post()
    parent = make_comment(post)
    browser = browser_of(make_guest()) if who == "guest" else Client()
    if who in {"member", "moderator"}:
        browser.force_login(make_user(role=Role.MODERATOR if who == "moderator" else None))
    form = {
        **CommentForm(post).generate_security_data(),
        "reply_to": parent.pk if is_reply else 0,
        "name": "Greta",
        "email": "greta@example.net",
        "comment": "Hello",
        "follow": Scope.values,
    }

    with django_assert_max_num_queries(15):
        response = browser.post(f"/comments/on/{post.pk}/", form)

    status = Status.UNCONFIRMED if who == "stranger" else Status.PUBLISHED
    assert (response.status_code, states()[-1]) == (303, ("Hello", status))
    followed = Subscription.objects.order_by("scope").values_list("scope", flat=True)
    assert list(followed) == sorted(Scope.values)
