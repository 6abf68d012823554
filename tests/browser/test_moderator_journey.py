"""A moderator's journey through the queue: sees why, decides, takes back, reads the log."""

import pytest
from playwright.sync_api import expect

from blog.access import Role
from comments.choices import Status
from comments.models import BlogComment
from tests.browser.conftest import assert_accessible, follow, log_in
from tests.builders import make_comment, make_guest, make_post, make_user, set_profile

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def moderator():
    return make_user("mara", role=Role.MODERATOR)


@pytest.fixture
def post():
    set_profile(language="en")
    post = make_post()
    for name, reason in (
        ("Ada", "It is the first comment of this person."),
        ("Bo", "It has 3 links."),
        ("Cem", "It was sent 1 second after the page was opened."),
        ("Dea", "It is the first comment of this person."),
        ("Eli", "It is the first comment of this person."),
    ):
        make_comment(
            post,
            name=name,
            text=f"*{name}* says so.",
            status=Status.HELD,
            guest=make_guest(name=name),
            reasons=[{"name": "clue", "points": 3, "sentence": reason}],
        )
    return post


def card(page, name):
    return page.get_by_role("article", name=name, exact=True)


def tab(page, name):
    page.get_by_role("navigation", name="Comments by status").get_by_role("link", name=name).click()
    page.get_by_role("navigation", name="Comments by status").locator(
        "[aria-current]", has_text=name
    ).wait_for()


def statuses():
    return dict(BlogComment.objects.order_by().values_list("user_name", "status"))


def test_moderator_decides_and_reads_the_log(moderator, post, open_page):
    page, reader = open_page(), open_page()
    log_in(page, moderator)
    assert_accessible(page)
    follow(page.get_by_role("link", name="5 comments wait for you"), "/blogcomment/")
    expect(card(page, "Bo").get_by_text("It has 3 links.")).to_be_visible()
    expect(card(page, "Ada").locator("em")).to_have_text("Ada")
    assert_accessible(page)

    card(page, "Ada").get_by_role("button", name="Approve").click()
    page.get_by_text("1 comment was approved.").wait_for()
    assert_accessible(page)
    reader.goto(post.get_absolute_url())
    expect(reader.locator(".thread bdi")).to_have_text(["Ada"])
    card(page, "Bo").get_by_role("button", name="Spam").click()
    page.get_by_text("1 comment was marked as spam.").wait_for()

    page.get_by_label("Mark all").check()
    page.get_by_role("group", name="With the marked comments").get_by_role(
        "button", name="Approve"
    ).click()
    page.get_by_text("3 comments were approved.").wait_for()
    assert_accessible(page)
    reader.reload()
    expect(reader.locator(".thread bdi")).to_have_text(["Ada", "Cem", "Dea", "Eli"])

    tab(page, "Published")
    assert_accessible(page)
    card(page, "Cem").get_by_role("button", name="Remove").click()
    page.get_by_text("1 comment was removed.").wait_for()
    reader.reload()
    expect(reader.locator(".thread bdi")).to_have_text(["Ada", "Dea", "Eli"])

    tab(page, "Removed")
    assert_accessible(page)
    card(page, "Cem").get_by_role("button", name="Restore").click()
    page.get_by_text("1 comment was restored.").wait_for()
    assert statuses() == {
        "Ada": Status.PUBLISHED,
        "Bo": Status.SPAM,
        "Cem": Status.PUBLISHED,
        "Dea": Status.PUBLISHED,
        "Eli": Status.PUBLISHED,
    }
    reader.reload()
    expect(reader.locator(".thread bdi")).to_have_text(["Ada", "Cem", "Dea", "Eli"])

    page.goto("/admin/comments/moderationevent/")
    log = page.locator("#result_list tbody tr")
    assert [
        (row.locator(".field-act").inner_text(), row.locator(".field-link").inner_text())
        for row in log.all()
    ] == [
        ("restored", "Cem"),
        ("removed", "Cem"),
        ("approved", "Eli"),
        ("approved", "Dea"),
        ("approved", "Cem"),
        ("marked as spam", "Bo"),
        ("approved", "Ada"),
    ]
    assert set(log.locator(".field-who").all_inner_texts()) == {"mara"}
    assert_accessible(page)
    log.first.get_by_role("link", name="Cem").click()
    page.get_by_role("region", name="What was done to it").wait_for()
    assert_accessible(page)


def test_moderator_reads_posts_and_can_write_none(moderator, post, open_page):
    page = open_page()
    log_in(page, moderator)

    expect(page.get_by_role("link", name="New post")).to_have_count(0)
    assert page.goto("/admin/blog/post/add/").status == 403
    assert_accessible(page)
    page.goto(f"/admin/blog/post/{post.pk}/change/")
    page.get_by_role("heading", name="On margins").first.wait_for()
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    expect(page.locator("textarea")).to_have_count(0)
    assert_accessible(page)
