"""A member's journey: an account of one's own, a comment under its name, and out again."""

import pytest
from playwright.sync_api import expect

from comments.choices import Status
from comments.models import BlogComment
from tests.browser.conftest import assert_good, follow, mailed_link
from tests.builders import make_post, set_profile

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "a margin of four sides"


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no-scripts"])
def test_member_signs_up_comments_and_leaves(has_scripts, mailing, open_page):
    set_profile(language="en")
    post = make_post()
    page = open_page(java_script_enabled=has_scripts)
    page.goto(post.get_absolute_url())

    follow(page.get_by_role("link", name="Log in"), "/accounts/login/?next=**")
    assert_good(page)
    follow(page.get_by_role("link", name="Sign up"), "/accounts/signup/?next=**")
    assert_good(page)
    page.get_by_label("Email").fill("tom@example.net")
    page.get_by_label("Username").fill("tom")
    page.locator("[name=password1]").fill(PASSWORD)
    page.locator("[name=password2]").fill(PASSWORD)
    follow(page.get_by_role("button", name="Sign Up"), "/accounts/confirm-email/")
    assert_good(page)

    page.goto(mailed_link("/accounts/confirm-email/"))
    assert_good(page)
    follow(page.get_by_role("button", name="Confirm"), "/accounts/login/")

    page.locator("[name=login]").fill("tom")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign In").click()
    page.get_by_role("link", name="Account of tom").wait_for()

    page.goto(post.get_absolute_url())
    page.get_by_text("You write as tom.").wait_for()
    expect(page.get_by_label("Name")).to_have_count(0)
    assert_good(page)
    page.get_by_label("Comment", exact=True).fill("Well said.")
    page.get_by_role("button", name="Publish").click()
    page.get_by_text("Your comment will be visible after approval.").wait_for()
    assert_good(page)
    comment = BlogComment.objects.get()
    assert (comment.user.username, comment.status) == ("tom", Status.HELD)

    follow(page.get_by_role("link", name="Log out"), "/accounts/logout/")
    assert_good(page)
    page.get_by_role("main").get_by_role("button", name="Sign Out").click()
    page.get_by_role("link", name="Log in").wait_for()
    page.goto(post.get_absolute_url())
    expect(page.get_by_label("Name")).to_have_value("")
