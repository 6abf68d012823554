"""An editor's journey: a password; a post written, moved, planned, withdrawn, brought back."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from blog.access import Role
from blog.models import Author, Label, Post
from tests.browser.conftest import assert_accessible, follow, log_in
from tests.builders import make_label, make_post, make_user, set_profile

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = "/admin/blog/post/"


@pytest.fixture
def editor():
    set_profile(language="en", time_zone="Asia/Shanghai")
    return make_user("ada", role=Role.EDITOR)


def save(page):
    follow(page.get_by_role("button", name="Save", exact=True), LIST)


def test_editor_is_asked_to_choose_a_password(editor, open_page):
    author = Author.objects.writing_as(editor)
    author.has_initial_password = True
    author.save()
    page = open_page()

    log_in(page, editor)
    notice = page.get_by_text("You still use the password that was made for you")
    notice.wait_for()
    assert_accessible(page)
    follow(page.get_by_role("link", name="Choose your own"), "/admin/password_change/")
    page.get_by_label("Old password").fill("secret")
    page.get_by_label("New password:", exact=True).fill("a margin of four sides")
    page.get_by_label("New password confirmation").fill("a margin of four sides")
    assert_accessible(page)
    change = page.get_by_role("button", name="Change my password")
    follow(change, "/admin/password_change/done/")

    assert_accessible(page)
    page.goto("/admin/")
    expect(notice).to_have_count(0)


def test_editor_writes_previews_publishes_and_moves(editor, open_page):
    make_label("Ink")
    page = open_page()
    log_in(page, editor)

    follow(page.get_by_role("link", name="New post"), f"{LIST}add/")
    page.get_by_label("Title").fill("纸边的字")
    page.get_by_role("button", name="Markdown").click()
    page.get_by_label("Text", exact=True).fill("一页纸的**四边**。")
    preview = page.frame_locator("iframe")
    preview.locator("article h1", has_text="纸边的字").wait_for()
    preview.locator("strong", has_text="四边").wait_for()
    page.get_by_role("button", name="zhi-bian-de-zi").click()
    page.get_by_role("searchbox", name="Labels").fill("in")
    page.get_by_role("option", name="Ink").click()
    page.get_by_label("New labels").fill("手写")
    preview.locator("footer", has_text="Ink, 手写").wait_for()
    assert_accessible(page)

    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Open in a new tab").click()
    as_read = opened.value
    as_read.get_by_role("heading", name="纸边的字").wait_for()
    assert_accessible(as_read)
    assert (Post.objects.count(), Label.objects.count()) == (0, 1)
    as_read.close()

    page.get_by_label("Publish now").check()
    follow(page.get_by_role("button", name="Save and continue editing"), f"{LIST}*/change/")
    follow(page.get_by_role("link", name="View on site"), "/zhi-bian-de-zi.html")
    old_address = page.url
    expect(page.locator("article strong")).to_have_text("四边")
    expect(page.locator(".post-labels a")).to_have_text(["Ink", "手写"])
    assert_accessible(page)

    follow(page.get_by_role("link", name="Edit", exact=True), f"{LIST}*/change/")
    page.get_by_role("textbox", name="Address").fill("four-sides")
    save(page)
    assert_accessible(page)
    reader = open_page()
    reader.goto(old_address)
    assert reader.url == old_address.replace("zhi-bian-de-zi", "four-sides")
    expect(reader.locator("h1")).to_have_text("纸边的字")


def test_editor_plans_a_post_and_withdraws_another(editor, open_page):
    live = make_post(title="On margins", author=editor)
    page, reader = open_page(), open_page()
    log_in(page, editor)
    in_a_week = timezone.localtime() + timedelta(days=7)

    follow(page.get_by_role("link", name="New post"), f"{LIST}add/")
    page.get_by_label("Title").fill("Next paper")
    page.get_by_label("Text", exact=True).fill("It has four sides too.")
    page.get_by_role("textbox", name="Time").fill(f"{in_a_week:%Y-%m-%dT%H:%M}")
    expect(page.get_by_label("Publish at another time, ahead or back")).to_be_checked()
    save(page)
    planned = Post.objects.get(title="Next paper")
    assert planned.is_scheduled
    page.goto("/admin/")
    page.get_by_role("region", name="Scheduled").get_by_role("link", name="Next paper").wait_for()
    assert_accessible(page)
    assert reader.goto(planned.get_absolute_url()).status == 404

    assert reader.goto(live.get_absolute_url()).status == 200
    page.goto(f"{LIST}{live.pk}/change/")
    page.get_by_label("Withdraw it: readers no longer find it").check()
    save(page)
    assert reader.goto(live.get_absolute_url()).status == 404
    reader.goto("/")
    expect(reader.locator(".nothing")).to_have_text("There are no posts yet.")


def test_editor_brings_an_older_text_back(editor, open_page):
    post = make_post(title="On margins", body="A margin is a room.", author=editor)
    page = open_page()
    log_in(page, editor)
    page.goto(f"{LIST}{post.pk}/change/")
    page.get_by_label("Text", exact=True).fill("A margin is a mistake.")
    save(page)

    page.goto(f"{LIST}{post.pk}/change/")
    follow(page.get_by_role("link", name="History"), "/history/")
    assert_accessible(page)
    follow(
        page.get_by_role("row").last.get_by_role("rowheader").get_by_role("link"),
        "/change/?revision=*",
    )
    page.get_by_text("This is the text of an earlier revision.").wait_for()
    expect(page.get_by_label("Text", exact=True)).to_have_value("A margin is a room.")
    assert_accessible(page)
    post.refresh_from_db()
    assert post.body == "A margin is a mistake."

    save(page)
    post.refresh_from_db()
    assert post.body == "A margin is a room."
