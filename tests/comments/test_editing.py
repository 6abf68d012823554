"""Own comments: changed for a while, taken away at any time, by nobody else."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from blog.access import Role
from blog.choices import CommentPolicy, Moderation
from comments import editing, moderation
from comments.choices import Act, RemovedBy, Status
from comments.models import BlogComment, CommentRevision, ModerationEvent
from comments.visitors import WRITER_COOKIE_NAME
from tests.builders import make_comment, make_guest, make_post, make_user, set_profile
from tests.comments.test_reactions import browser_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest():
    return make_guest("grete@example.net")


@pytest.fixture
def browser(guest):
    return browser_of(guest)


def edit(browser, comment, text="A better word", **fields):
    return browser.post(f"/comments/{comment.pk}/edit/", {"comment": text, **fields})


def delete(browser, comment, **fields):
    return browser.post(f"/comments/{comment.pk}/delete/", fields)


def row(comment):
    return BlogComment.objects.get(pk=comment.pk)


def acts(comment):
    events = ModerationEvent.objects.filter(comment=comment).order_by("pk")
    return list(events.values_list("act", "status_before", "status_after"))


def make_older(comment, **age):
    BlogComment.objects.filter(pk=comment.pk).update(submit_date=timezone.now() - timedelta(**age))


# --- Changing -------------------------------------------------------------------------------------


def test_change_keeps_the_old_text_and_says_edited(browser, guest):
    set_profile(moderation=Moderation.NONE)
    comment = make_comment(make_post(), guest=guest, text="A word")

    response = edit(browser, comment, "A *better* word")

    changed = row(comment)
    assert (response.status_code, response["Location"]) == (303, comment.get_absolute_url())
    assert (changed.comment, changed.status) == ("A *better* word", Status.PUBLISHED)
    assert "<em>better</em>" in changed.body_html
    assert changed.edited_at is not None
    assert list(CommentRevision.objects.values_list("comment", "text")) == [(comment.pk, "A word")]
    assert acts(comment) == [(Act.EDITED, Status.PUBLISHED, Status.PUBLISHED)]


def test_every_change_is_a_revision_and_no_change_is_none(browser, guest):
    set_profile(moderation=Moderation.NONE)
    comment = make_comment(make_post(), guest=guest, text="one")

    for text in ("two", "two", "three"):
        edit(browser, comment, text)

    assert list(CommentRevision.objects.order_by("pk").values_list("text", flat=True)) == [
        "one",
        "two",
    ]


def test_text_that_a_browser_sends_back_unchanged_is_no_change(browser, guest):
    comment = make_comment(make_post(), guest=guest, text="one\n\ntwo")

    edit(browser, comment, "one\r\n\r\ntwo")
    unchanged = row(comment)
    edit(browser, comment, "one\r\n\r\nthree")

    assert (unchanged.comment, unchanged.edited_at) == ("one\n\ntwo", None)
    assert row(comment).comment == "one\n\nthree"


def test_link_put_in_afterwards_brings_the_comment_back_to_the_queue(browser, guest):
    set_profile(moderation=Moderation.NONE)
    post = make_post()
    comment = make_comment(post, guest=guest)

    edit(browser, comment, "Buy it at https://example.com/")

    held = row(comment)
    assert held.status == Status.HELD
    assert [reason["name"] for reason in held.reasons] == ["links"]
    assert acts(comment) == [
        (Act.EDITED, Status.PUBLISHED, Status.PUBLISHED),
        (Act.CHANGED, Status.PUBLISHED, Status.HELD),
    ]
    post.refresh_from_db()
    assert post.comment_count == 0


def test_approved_first_comment_earns_no_trust_for_its_own_new_text(browser, guest):
    set_profile(moderation=Moderation.FIRST)
    comment = make_comment(make_post(), guest=guest)

    edit(browser, comment)

    assert row(comment).status == Status.HELD


def test_change_of_what_waits_goes_on_waiting_and_forgets_no_sign_of_a_robot(browser, guest):
    set_profile(moderation=Moderation.NONE)
    honeypot = {"name": "honeypot", "points": 4, "values": {}}
    comment = make_comment(make_post(), guest=guest, status=Status.HELD, reasons=[honeypot])

    edit(browser, comment)

    held = row(comment)
    assert (held.comment, held.status) == ("A better word", Status.HELD)
    assert [reason["name"] for reason in held.reasons] == ["honeypot"]


@pytest.mark.parametrize(
    ("age", "status"), [({"minutes": 14, "seconds": 50}, 303), ({"minutes": 15, "seconds": 1}, 409)]
)
def test_change_ends_a_quarter_of_an_hour_after_sending(browser, guest, age, status):
    set_profile(moderation=Moderation.NONE)
    comment = make_comment(make_post(), guest=guest, text="A word")
    make_older(comment, **age)

    response = edit(browser, comment)

    assert response.status_code == status
    assert row(comment).comment == ("A better word" if status == 303 else "A word")


@pytest.mark.parametrize(
    ("reply_status", "status"), [(Status.PUBLISHED, 409), (Status.HELD, 303), (Status.SPAM, 303)]
)
def test_change_ends_with_the_first_answer_that_can_be_read(browser, guest, reply_status, status):
    set_profile(moderation=Moderation.NONE)
    post = make_post()
    comment = make_comment(post, guest=guest)
    make_comment(post, reply_to=comment, status=reply_status)

    response = edit(browser, comment)

    assert response.status_code == status


def test_text_that_comes_too_late_is_shown_to_take_along(browser, guest):
    comment = make_comment(make_post(), guest=guest)
    make_older(comment, hours=1)

    response = edit(browser, comment, "zq7new")

    assert response.status_code == 409
    assert "zq7new" in response.content.decode()


def test_blogs_own_people_change_their_own_comments_at_any_time():
    editor = make_user(role=Role.EDITOR)
    post = make_post()
    comment = make_comment(post, user=editor)
    make_comment(post, reply_to=comment)
    make_older(comment, days=400)
    browser = Client()
    browser.force_login(editor)

    edit(browser, comment, "See https://example.org/ and https://example.com/ too")

    assert row(comment).status == Status.PUBLISHED
    assert row(comment).edited_at is not None


@pytest.mark.parametrize("text", ["", "   ", "好" * 10_001])
def test_text_that_no_comment_may_have_is_refused_and_kept_in_the_form(browser, guest, text):
    comment = make_comment(make_post(), guest=guest, text="A word")

    response = edit(browser, comment, text)

    assert (response.status_code, row(comment).comment) == (422, "A word")
    assert response.context["form"]["comment"].value() == text


def test_preview_is_the_very_html_that_will_be_stored(browser, guest):
    set_profile(moderation=Moderation.NONE)
    comment = make_comment(make_post(), guest=guest, text="A word")
    text = "*So* it is:\n\n> a quote\n\n```python\nx = 1\n```"

    preview = edit(browser, comment, text, preview="1")
    unchanged = row(comment).comment
    edit(browser, comment, text)

    assert unchanged == "A word"
    assert preview.context["preview_html"] == row(comment).body_html


def test_change_of_another_tab_after_the_text_was_removed_is_too_late(guest):
    comment = make_comment(make_post(), guest=guest)
    editing.take_away(comment, by=None)

    with pytest.raises(editing.TooLate):
        editing.change(comment, "But no", by=None)

    assert row(comment).comment == ""


# --- Taking away ----------------------------------------------------------------------------------


def test_deleted_text_is_nowhere_and_replies_stay_under_a_notice(client, browser, guest):
    set_profile(moderation=Moderation.NONE)
    post = make_post()
    comment = make_comment(post, guest=guest, text="zq7first", name="Zq7name")
    edit(browser, comment, "zq7second")
    make_comment(post, reply_to=comment, text="An answer")
    make_older(comment, days=400)

    response = delete(browser, comment)

    page = client.get(post.get_absolute_url()).content.decode()
    gone = row(comment)
    assert (response.status_code, response["Location"]) == (
        303,
        f"{post.get_absolute_url()}#comments",
    )
    assert (gone.status, gone.removed_by) == (Status.REMOVED, RemovedBy.AUTHOR)
    assert (gone.comment, gone.body_html, CommentRevision.objects.count()) == ("", "", 0)
    assert "This comment has been removed by the author." in page
    assert "An answer" in page
    assert "Zq7name" not in page
    assert acts(comment)[-1] == (Act.REMOVED, Status.PUBLISHED, Status.REMOVED)


def test_deleted_comment_without_replies_leaves_nothing_to_see(client, browser, guest):
    post = make_post()
    comment = make_comment(post, guest=guest)
    make_comment(post)

    delete(browser, comment)

    page = client.get(post.get_absolute_url()).content.decode()
    assert f'id="c{comment.pk}"' not in page
    assert "removed" not in page


def test_nobody_brings_back_what_its_author_deleted(browser, guest):
    comment = make_comment(make_post(), guest=guest)
    moderation.remove([comment], by=make_user())

    delete(browser, comment)
    moderation.restore([comment], by=make_user())

    assert (row(comment).status, row(comment).removed_by) == (Status.REMOVED, RemovedBy.AUTHOR)


def test_deleting_twice_is_one_event(browser, guest):
    comment = make_comment(make_post(), guest=guest)

    delete(browser, comment)
    delete(browser, comment)

    assert len(acts(comment)) == 1


@pytest.mark.parametrize("status", [s for s in Status if s != Status.REMOVED])
def test_author_deletes_in_every_state(browser, guest, status):
    comment = make_comment(make_post(), guest=guest, status=status)

    delete(browser, comment)

    assert (row(comment).status, row(comment).comment) == (Status.REMOVED, "")


def test_own_comment_below_a_post_that_hides_comments_can_still_be_deleted(browser, guest):
    comment = make_comment(make_post(comment_policy=CommentPolicy.HIDDEN), guest=guest)

    response = delete(browser, comment)

    assert (response["Location"], row(comment).comment) == ("/comments/mine/", "")


# --- Nobody else ----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("who", ["stranger", "another guest", "member", "moderator", "forger"])
def test_others_get_404_and_change_nothing(guest, status, who):
    comment = make_comment(make_post(), guest=guest, text="zq7secret", status=status)
    browser = Client()
    if who == "another guest":
        browser = browser_of(make_guest())
    elif who == "member":
        browser.force_login(make_user())
    elif who == "moderator":
        browser.force_login(make_user(role=Role.MODERATOR))
    elif who == "forger":
        browser.cookies["guest"] = f"{guest.pk}.1~1abc~forged"
        browser.cookies[WRITER_COOKIE_NAME] = f"{comment.pk}~1abc~forged"

    answers = [
        answer
        for page in ("edit", "delete")
        for answer in (
            browser.get(f"/comments/{comment.pk}/{page}/"),
            browser.post(f"/comments/{comment.pk}/{page}/", {"comment": "Mine now"}),
        )
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert not any(b"zq7secret" in answer.content for answer in answers)
    assert (row(comment).comment, row(comment).status) == ("zq7secret", status)


def test_get_and_head_change_nothing(browser, guest):
    comment = make_comment(make_post(), guest=guest, text="A word")
    before = row(comment).__dict__ | {"_state": None}

    for page in ("edit", "delete"):
        browser.get(f"/comments/{comment.pk}/{page}/")
        browser.head(f"/comments/{comment.pk}/{page}/")

    assert row(comment).__dict__ | {"_state": None} == before


def test_another_site_can_not_delete_for_the_author(browser, guest):
    comment = make_comment(make_post(), guest=guest)

    response = browser.post(
        f"/comments/{comment.pk}/delete/", headers={"Origin": "https://evil.example"}
    )

    assert (response.status_code, row(comment).status) == (403, Status.PUBLISHED)


# --- A browser without a confirmed address --------------------------------------------------------


def test_browser_that_sent_it_mends_what_nobody_has_confirmed(client, send):
    send(make_post(), comment="A wrod")
    comment = BlogComment.objects.get()

    response = edit(client, comment, "A word")
    elsewhere = edit(Client(), comment, "Mine")

    assert (response.status_code, elsewhere.status_code) == (303, 404)
    assert (row(comment).comment, row(comment).status) == ("A word", Status.HELD)


def test_browser_can_not_change_what_somebody_confirmed_by_mail(client, send):
    send(make_post(), comment="Innocent words", email="victim@example.net")
    comment = BlogComment.objects.get()
    BlogComment.objects.update(guest=make_guest("victim@example.net"))

    answers = [edit(client, comment, "Nasty words"), delete(client, comment)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert row(comment).comment == "Innocent words"


def test_cookie_remembers_the_last_ten(client, send, monkeypatch):
    monkeypatch.setattr("comments.spam.ratelimit.LIMITS", ((100, timedelta(days=1)),))
    post = make_post()
    for number in range(12):
        send(post, comment=f"number {number}")

    first, *_rest, last = BlogComment.objects.order_by("pk")

    assert [edit(client, comment).status_code for comment in (first, last)] == [404, 303]
    assert len(client.cookies[WRITER_COOKIE_NAME].value) < 200
