"""A guest's journey: from the first word of a comment to an answer that needs no mail any more."""

import pytest
from django.core import mail
from playwright.sync_api import expect

from comments import moderation
from comments.choices import Status
from comments.models import BlogComment
from tests.browser.conftest import assert_good, follow, mailed_link
from tests.builders import make_comment, make_post, make_user, set_profile

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FIRST = "A margin is *room*.\n\n一页纸的四边。"


@pytest.fixture
def post(mailing):
    set_profile(language="en")
    post = make_post(body="A margin is a room.")
    make_comment(post, name="Grete", text="Well said.")
    return post


def text_field(page):
    return page.get_by_label("Comment", exact=True)


def publish(page):
    """Sends the form, not faster than people write."""
    if page.has_scripts:
        page.clock.fast_forward("01:00")
    page.get_by_role("button", name="Publish").click()


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no-scripts"])
def test_guest_writes_confirms_is_approved_and_answers(has_scripts, post, open_page, monkeypatch):
    page = open_page(java_script_enabled=has_scripts)
    if has_scripts:
        page.clock.install()
    page.goto(post.get_absolute_url())
    assert_good(page)

    # The server fails, and takes nothing with it.
    text_field(page).fill(FIRST)
    page.get_by_label("Name").fill("Tom")
    page.get_by_label("E-mail address").fill("tom@example.net")
    with monkeypatch.context() as patch:
        patch.setattr(moderation, "receive", None)
        publish(page)
        page.get_by_role("heading", name="Something went wrong on our side").wait_for()
    expect(page.get_by_label("Your text, to take along")).to_have_value(FIRST)
    assert_good(page)
    page.go_back()
    expect(text_field(page)).to_have_value(FIRST)

    # A mistake of the guest's own.
    page.get_by_label("Name").fill("Administrator")
    page.get_by_label("E-mail address").fill("tom@example.net")
    publish(page)
    page.get_by_text("Not sent yet: please look at this again.").wait_for()
    expect(text_field(page)).to_have_value(FIRST)
    expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    assert_good(page)

    page.get_by_label("Name").fill("Tom")
    page.get_by_role("button", name="Preview").click()
    preview = page.get_by_role("region", name="Preview")
    expect(preview.locator("em")).to_have_text("room")
    expect(text_field(page)).to_have_value(FIRST)
    assert_good(page)

    publish(page)
    page.get_by_text("One click is missing.").wait_for()
    assert_good(page)
    comment = BlogComment.objects.get(user_name="Tom")
    assert (comment.status, comment.comment.splitlines()) == (
        Status.UNCONFIRMED,
        FIRST.splitlines(),
    )

    page.goto(mailed_link("/comments/confirm/"))
    assert_good(page)
    comment.refresh_from_db()
    assert comment.status == Status.UNCONFIRMED
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("Your comment will be visible after approval.").wait_for()
    assert_good(page)
    comment.refresh_from_db()
    assert comment.status == Status.HELD
    stranger = open_page()
    stranger.goto(post.get_absolute_url())
    expect(stranger.locator(".thread bdi")).to_have_text(["Grete"])

    moderation.approve([comment], by=make_user())
    page.reload()
    follow(page.get_by_role("link", name="Show it"), f"?comment={comment.pk}*")
    expect(page.locator(f"#c{comment.pk}")).to_contain_text("一页纸的四边。")
    assert_good(page)

    # Known from now on: an answer asks for a text alone, and no mail is sent.
    page.goto(post.get_absolute_url())
    mails_before = [message.subject for message in mail.outbox]
    page.get_by_role("link", name="Reply to Grete").click()
    if has_scripts:
        expect(page.locator(".comment form")).to_have_count(1)
        text_field(page).fill("And the other")
        page.reload()
        expect(page.locator(".comment form")).to_have_count(1)
        expect(text_field(page)).to_have_value("And the other")
    else:
        page.get_by_role("region", name="The comment you answer").wait_for()
        assert_good(page)
    text_field(page).fill("And the other side?")
    expect(page.get_by_label("Name")).to_have_value("Tom")
    expect(page.get_by_label("E-mail address")).to_have_count(0)
    publish(page)
    page.wait_for_url(f"**{post.get_absolute_url()}?comment=*")
    expect(page.locator(".thread bdi")).to_have_text(["Grete", "Tom", "Tom"])
    expect(page.locator(".thread .comment-body").nth(1)).to_have_text("And the other side?")
    assert_good(page)
    answer = BlogComment.objects.get(comment="And the other side?")
    grete = BlogComment.objects.get(user_name="Grete")
    assert (answer.status, answer.reply_to_id) == (Status.PUBLISHED, grete.pk)
    assert [message.subject for message in mail.outbox] == mails_before
