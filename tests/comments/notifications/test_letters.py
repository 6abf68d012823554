"""What the mails say, and the headers that mail programs read."""

import re
from email import policy
from email.parser import BytesParser

import pytest
from django.core import mail as django_mail
from django.utils import translation
from django.utils.translation import gettext

from blog.access import Role
from comments import links, moderation, notifications
from comments.choices import Scope, Status
from comments.models import BlogComment, OutgoingMail
from comments.notifications.letters import disarmed
from tests.builders import (
    make_author,
    make_comment,
    make_guest,
    make_post,
    make_subscription,
    make_user,
    set_profile,
)

pytestmark = pytest.mark.django_db


def sent():
    """Every mail as it goes over the wire, read back."""
    notifications.send_due()
    parser = BytesParser(policy=policy.default)
    return [parser.parsebytes(mail.message().as_bytes()) for mail in django_mail.outbox]


def body(message, kind):
    return message.get_body((kind,)).get_content()


def test_follower_reads_who_said_what_where_in_text_and_html(clock, mail_round):
    post = make_post(title="On <margins> & more")
    make_subscription(post, guest=make_guest("grete@example.org"))
    comment = make_comment(post, name="Ilse <b>", text="A *first* line & more.\n\nA second.")
    mail_round()

    (message,) = sent()

    link = f"http://127.0.0.1:8000{comment.get_absolute_url()}"
    text, html = body(message, "plain"), body(message, "html")
    assert message["Subject"] == "Comments on “On <margins> & more”"
    assert message["To"] == "grete@example.org"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "1 new comment on “On <margins> & more”:" in text
    assert "Ilse <b>\n\n> A first line & more.\n> A second.\n" in text
    assert link in text
    assert "Ilse &lt;b&gt;" in html
    assert f'href="{link}"' in html
    assert '<html lang="en" dir="ltr">' in html


def test_guest_reads_the_language_in_which_he_confirmed(clock, mail_round):
    post = make_post()
    guest = make_guest()
    type(guest).objects.update(language="zh-hans")
    make_subscription(post, guest=guest)
    make_comment(post)

    (mail,) = mail_round()

    with translation.override("zh-hans"):
        subject = gettext("Comments on “%(post)s”") % {"post": "On margins"}
        stop = gettext("Stop these mails")
    assert '<html lang="zh-Hans" dir="ltr">' in mail.html
    assert mail.subject == subject != "Comments on “On margins”"
    assert (stop in mail.text, stop in mail.html) == (True, True)


def test_account_reads_the_language_of_the_blog(clock, mail_round):
    set_profile(language="zh-hans")
    post = make_post(author=make_author(user=make_user()))
    make_comment(post)

    (mail,) = mail_round()

    assert '<html lang="zh-Hans" dir="ltr">' in mail.html


def test_one_click_ends_the_very_subscription_that_the_mail_comes_from(client, clock, mail_round):
    post = make_post()
    subscription = make_subscription(post)
    other = make_subscription(post)
    make_comment(post)
    mail_round()

    message = next(message for message in sent() if message["To"] == subscription.email)
    address = message["List-Unsubscribe"].strip("<> ").removeprefix("http://127.0.0.1:8000")
    client.post(
        address, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )

    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"] == f"<post-{post.number}.comments.127.0.0.1>"
    assert address in body(message, "plain")
    assert list(type(other).objects.all()) == [other]


def test_mail_programs_put_answers_under_what_they_answer(clock, mail_round):
    post = make_post()
    guest = make_guest()
    make_subscription(post, guest=guest)
    root = make_comment(post)
    mail_round()
    answer = make_comment(post, reply_to=root)
    clock.shift(3601)
    mail_round()
    make_comment(post, reply_to=answer)
    clock.shift(3601)
    mail_round()

    first, second, third = sent()

    post_id = first["In-Reply-To"]
    assert first["References"] == post_id
    assert (second["In-Reply-To"], second["References"]) == (
        first["Message-ID"],
        f"{post_id} {first['Message-ID']}",
    )
    assert (third["In-Reply-To"], third["References"].split()) == (
        second["Message-ID"],
        [post_id, first["Message-ID"], second["Message-ID"]],
    )
    assert len({first["Message-ID"], second["Message-ID"], third["Message-ID"]}) == 3
    assert first["Subject"] == second["Subject"] == third["Subject"]


def test_mail_that_is_sent_twice_has_the_same_id(clock, mail_round):
    post = make_post()
    make_subscription(post)
    make_comment(post)
    mail_round()
    (first,) = sent()

    OutgoingMail.objects.update(sent_at=None, next_attempt_at="2026-03-01T10:00Z")
    again = sent()[-1]

    assert again["Message-ID"] == first["Message-ID"]


def test_line_ends_in_names_and_titles_make_no_header(clock, mail_round):
    evil = "A\r\nBcc: victim@example.org\r\n\r\nB"
    set_profile(title=evil)
    post = make_post(author=make_author(user=make_user(email="ada@example.org")))
    type(post).objects.update(title=evil)
    moderator = make_user(role=Role.MODERATOR, email="mod@example.org")
    held = make_comment(post, status=Status.HELD, name=evil, guest=make_guest("g@example.org"))
    make_comment(post, name=evil)
    mail_round()
    notifications.send_due()
    moderation.approve([held], by=moderator)
    clock.shift(moderation.TELL_AFTER)
    mail_round()

    messages = sent()

    assert len(messages) == 3
    assert {message["Bcc"] for message in messages} == {None}
    assert [len(mail.recipients()) for mail in django_mail.outbox] == [1, 1, 1]
    assert not any("\n" in mail.subject for mail in django_mail.outbox)


@pytest.mark.parametrize("address", ['"a,b"@example.org', "grüße@bücher.example", "o'x+y@e.org"])
def test_odd_address_is_one_recipient(clock, mail_round, address):
    post = make_post()
    make_subscription(post, guest=make_guest(address))
    make_comment(post)
    mail_round()

    sent()

    assert [len(mail.recipients()) for mail in django_mail.outbox] == [1]


def test_moderator_gets_three_links_and_no_working_link_of_the_spammer(clock, mail_round):
    moderator = make_user(role=Role.MODERATOR)
    comment = make_comment(
        make_post(),
        status=Status.HELD,
        name="cheap-pills.example",
        text=f"Buy at https://cheap.pills.example/x or me@pills.example now. {'x ' * 300}END",
        user_email="spammer@pills.example",
        user_url="https://pills.example/",
    )

    (mail,) = mail_round()

    foreign = re.compile(r"(?:https?://(?!127\.0\.0\.1:8000/)\S+|\S+@\S+|\w+\.example\b)")
    tokens = re.findall(r"/comments/moderate/([^/\s]+)/", mail.text)
    assert (foreign.findall(mail.text), foreign.findall(mail.html)) == ([], [])
    assert "cheap[.]pills[.]example" in mail.text
    assert "END" not in mail.text + mail.html
    assert [links.read(links.Purpose.MODERATE, token) for token in tokens] == [
        f"{comment.pk}.{act}.{moderator.pk}" for act in ("approve", "spam", "remove")
    ]
    assert max(len(word) for word in mail.text.split() if word.startswith("http:")) <= 200


def test_numbers_and_sentences_stay_readable_when_disarmed():
    assert disarmed("It costs 3.50 and works. Really.") == "It costs 3.50 and works. Really."


def test_writer_gets_the_permalink_of_his_comment(clock, mail_round):
    comment = make_comment(make_post(), status=Status.HELD, guest=make_guest())
    moderation.approve([comment], by=make_user(role=Role.MODERATOR, email=""))
    clock.shift(moderation.TELL_AFTER)

    (mail,) = mail_round()

    assert mail.subject == "Your comment on “On margins” is published"
    assert comment.get_absolute_url() in mail.text
    assert "List-Unsubscribe" not in mail.headers


def test_no_mail_tells_anybody_the_address_of_another(clock, mail_round):
    author = make_user("ada", email="ada@example.org")
    make_user("mod", role=Role.MODERATOR, email="mod@example.org")
    post = make_post(author=make_author(user=author))
    writer, reader = make_guest("writer@example.org"), make_guest("reader@example.org")
    member = make_user("mona", email="mona@example.org")
    root = make_comment(post, guest=writer, user_email="writer@example.org")
    make_subscription(post, guest=reader)
    make_subscription(post, comment=root, scope=Scope.REPLIES, guest=writer)
    make_comment(post, reply_to=root, user=member)
    held = make_comment(
        post, status=Status.HELD, guest=writer, user_email="writer@example.org", text="Held"
    )
    mail_round()
    notifications.send_due()
    moderation.approve([held], by=member)
    clock.shift(moderation.TELL_AFTER)
    mail_round()
    clock.shift(3601)
    mail_round()

    messages = sent()

    everybody = {f"{name}@example.org" for name in ("ada", "mod", "writer", "reader", "mona")}
    leaks = [
        (message["To"], other)
        for message in messages
        for other in everybody - {message["To"]}
        if other in str(message) + body(message, "plain") + body(message, "html")
    ]
    assert {message["To"] for message in messages} == everybody - {"mona@example.org"}
    assert leaks == []
    assert BlogComment.objects.filter(announced_at=None).count() == 0
