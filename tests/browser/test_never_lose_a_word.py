"""Whatever happens to the server, the session or the browser: what was typed is there again."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from blog import working_copies
from blog.access import Role
from blog.choices import Markup
from blog.models import Post, WorkingCopy
from tests.browser.conftest import assert_accessible, assert_fits, follow, log_in
from tests.builders import make_post, make_user, set_profile

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = "/admin/blog/post/"


@pytest.fixture
def ada():
    set_profile(language="en")
    return make_user("ada", role=Role.EDITOR, first_name="Ada", last_name="Verne")


@pytest.fixture
def post(ada):
    return make_post(
        title="On margins",
        body="<p>One.</p>\n<p>Two.</p>\n<p>Three.</p>",
        markup=Markup.HTML,
        author=ada,
    )


def desk(page, address):
    page.goto(address)
    page.locator(".editor[data-mode=rich]").wait_for()
    return page.get_by_role("textbox", name="Text", exact=True)


def write_at_end(page, text, words):
    text.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(words)


def context_of(open_context, live_server):
    """A visitor whose complaints are expected: his server goes away."""
    return open_context(base_url=live_server.url).new_page()


def test_pause_keeps_a_copy_and_the_post_stays(ada, post, open_page):
    page = open_page()
    log_in(page, ada)
    text = desk(page, f"{LIST}{post.pk}/change/")

    write_at_end(page, text, " More.")
    page.get_by_text("Working copy saved at").wait_for()

    post.refresh_from_db()
    assert "More" not in post.body
    copy = WorkingCopy.objects.exclude(fields={}).get()
    assert copy.fields["body"] == "<p>One.</p>\n<p>Two.</p>\n<p>Three. More.</p>"
    follow(page.get_by_role("button", name="Save", exact=True), LIST)
    post.refresh_from_db()
    assert post.body.endswith("<p>Three. More.</p>")
    assert working_copies.waiting(ada, post=post) == []


def test_killed_browser_offers_both_texts(ada, post, open_page):
    page = open_page()
    log_in(page, ada)
    text = desk(page, f"{LIST}{post.pk}/change/")
    page.route("**/copies/keep/", lambda route: route.fulfill(status=200, json={}))  # never arrives
    write_at_end(page, text, " 多一句。")
    page.wait_for_function(
        "() => Object.values(localStorage).some((copy) => copy.includes('多一句'))"
    )
    page.unroute("**/copies/keep/")
    page.goto("about:blank")

    desk(page, f"{LIST}{post.pk}/change/")
    page.get_by_text("This browser has text of yours that was never saved").wait_for()
    assert_accessible(page)
    follow(page.get_by_role("link", name="Side by side"), "/copies/look/?key=*")
    expect(page.locator("ins")).to_have_text("多一句。")
    assert_accessible(page)
    assert_fits(page)
    follow(page.get_by_role("link", name="Go on with it"), "/change/?copy=*")
    page.locator(".editor[data-mode=rich]").wait_for()
    follow(page.get_by_role("button", name="Save", exact=True), LIST)

    post.refresh_from_db()
    assert post.body.endswith("<p>Three. 多一句。</p>")
    desk(page, f"{LIST}{post.pk}/change/")
    page.wait_for_function(
        "() => !Object.keys(localStorage).some((name) => name.startsWith('postil-copy'))"
    )
    expect(page.locator(".waiting-copy")).to_have_count(0)


def test_server_away_while_writing_and_saving(ada, post, open_context, live_server):
    page = context_of(open_context, live_server)
    log_in(page, ada)
    text = desk(page, f"{LIST}{post.pk}/change/")

    page.context.set_offline(True)
    write_at_end(page, text, " Offline.")
    page.get_by_text("Your text is kept in this browser.").wait_for()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("nothing was saved yet").wait_for()
    expect(text).to_contain_text("Offline.")
    page.context.set_offline(False)
    page.get_by_text("Working copy saved at").wait_for()
    follow(page.get_by_role("button", name="Save", exact=True), LIST)

    post.refresh_from_db()
    assert post.body.endswith("<p>Three. Offline.</p>")


def test_session_that_ended_loses_nothing(ada, post, open_context, live_server):
    page = context_of(open_context, live_server)
    log_in(page, ada)
    text = desk(page, f"{LIST}{post.pk}/change/")

    Session.objects.all().delete()
    write_at_end(page, text, " Later.")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("You are logged out.").wait_for()
    expect(text).to_contain_text("Later.")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Log in").click()
    other = opened.value
    log_in(other, ada)
    page.bring_to_front()
    follow(page.get_by_role("button", name="Save", exact=True), LIST)

    post.refresh_from_db()
    assert post.body.endswith("<p>Three. Later.</p>")


def test_two_people_at_one_post_lose_nothing(ada, post, open_context, live_server):
    bo = make_user("bo", role=Role.EDITOR, first_name="Bo", last_name="Lin")
    one, other = (context_of(open_context, live_server) for _ in range(2))
    log_in(one, ada)
    log_in(other, bo)
    of_ada = desk(one, f"{LIST}{post.pk}/change/")
    of_bo = desk(other, f"{LIST}{post.pk}/change/")
    other.get_by_text("Ada Verne is writing here too.").wait_for()

    of_bo.locator("p").first.click()
    other.keyboard.press("Home")
    other.keyboard.type("第一：")
    follow(other.get_by_role("button", name="Save", exact=True), LIST)
    write_at_end(one, of_ada, " Mine.")
    one.get_by_text("Bo Lin saved this post").wait_for()
    one.get_by_role("button", name="Save", exact=True).click()
    one.get_by_role("heading", name="Two texts of this post").wait_for()
    one.locator(".editor[data-mode=rich]").wait_for()
    expect(of_ada).to_have_text("第一：One.Two.Three. Mine.")
    assert_accessible(one)
    assert_fits(one)
    follow(one.get_by_role("button", name="Save", exact=True), LIST)

    post.refresh_from_db()
    assert post.body == "<p>第一：One.</p>\n<p>Two.</p>\n<p>Three. Mine.</p>"


def test_conflict_is_met_without_scripts_too(ada, post, open_page):
    page = open_page(java_script_enabled=False)
    log_in(page, ada)
    page.goto(f"{LIST}{post.pk}/change/")
    Post.objects.get().save()  # a revision with the same text stands in nobody's way
    other = Post.objects.get()
    other.body = "<p>Theirs.</p>"
    other.save()

    page.get_by_label("Text", exact=True).fill("<p>Mine.</p>")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("heading", name="Two texts of this post").wait_for()
    expect(page.get_by_label("The text that was saved")).to_have_value("<p>Theirs.</p>")
    follow(page.get_by_role("button", name="Save my text"), LIST)

    post.refresh_from_db()
    assert post.body == "<p>Mine.</p>"


def test_revisions_are_compared_and_brought_back(ada, post, open_page):
    page = open_page()
    log_in(page, ada)
    text = desk(page, f"{LIST}{post.pk}/change/")
    text.click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    follow(page.get_by_role("button", name="Save", exact=True), LIST)
    post.refresh_from_db()
    assert post.body == ""

    page.goto(f"{LIST}{post.pk}/history/")
    assert_accessible(page)
    follow(page.get_by_role("link", name="With the text of today").last, "/compare/?*")
    assert_accessible(page)
    assert_fits(page)
    follow(page.get_by_role("button", name="Bring this revision back"), "/change/")

    post.refresh_from_db()
    assert post.body == "<p>One.</p>\n<p>Two.</p>\n<p>Three.</p>"
