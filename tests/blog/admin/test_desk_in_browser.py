"""The writing desk in a browser: with its script, without it, and nothing the policy forbids."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from blog.access import Role
from blog.choices import State
from blog.models import Post
from tests.builders import make_label, make_post, make_user, set_profile

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def open_desk(open_context, live_server):
    """A page of a person who came in through the log-in form; its console is kept."""

    def log_in(user, **options):
        page = open_context(**options).new_page()
        page.heard = []
        page.on(
            "console",
            lambda message: message.type == "error" and page.heard.append(message.text),
        )
        page.on("pageerror", lambda error: page.heard.append(str(error)))
        page.goto(f"{live_server.url}/admin/")
        page.locator("[name=login]").fill(user.username)
        page.locator("[name=password]").fill("secret")
        page.locator("main button[type=submit]").click()
        page.wait_for_url("**/admin/")
        return page

    return log_in


def test_author_writes_sees_and_publishes(open_desk, live_server):
    set_profile(language="en", time_zone="Asia/Shanghai")
    make_label("Ink")
    page = open_desk(make_user("ada", role=Role.AUTHOR))

    page.get_by_role("link", name="New post").click()
    page.get_by_label("Title").fill("纸边的字")
    page.locator('.editor[data-mode="rich"]').wait_for()
    page.get_by_role("button", name="Markdown").click()
    page.locator('.editor[data-mode="markdown"]').wait_for()
    page.get_by_label("Text", exact=True).fill("一页纸的**四边**。")
    preview = page.frame_locator("iframe")
    preview.locator("article h1", has_text="纸边的字").wait_for()
    preview.locator("strong", has_text="四边").wait_for()
    page.get_by_role("button", name="zhi-bian-de-zi").click()
    page.get_by_role("textbox", name="Time").fill("2015-12-03T01:30")
    page.get_by_text("2015-12-02 17:30 UTC").wait_for()
    page.get_by_label("Labels", exact=True).last.fill("in")
    page.get_by_role("option", name="Ink").click()
    preview.locator("article", has_text="Ink").wait_for()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/admin/blog/post/")

    post = Post.objects.get()
    assert post.get_absolute_url() == "/2015/12/zhi-bian-de-zi.html"
    assert (post.is_live, [str(label) for label in post.labels.all()]) == (True, ["Ink"])
    assert page.heard == []


def test_without_scripts_preview_opens_the_readers_page_and_saving_works(open_desk, live_server):
    page = open_desk(make_user("ada", role=Role.AUTHOR), java_script_enabled=False)

    page.goto(f"{live_server.url}/admin/blog/post/add/")
    page.get_by_label("Title").fill("On margins")
    page.get_by_label("Text", exact=True).fill("A margin is a room.")
    page.get_by_label("New labels").fill("Paper")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Open in a new tab").click()
    heading = opened.value.locator("article h1").inner_text()
    saved_before = Post.objects.count()
    page.get_by_label("Publish now").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/admin/blog/post/")

    assert (heading, saved_before) == ("On margins", 0)
    assert [(post.is_live, post.labels.get().name) for post in Post.objects.all()] == [
        (True, "Paper")
    ]


@pytest.mark.parametrize(
    ("language", "options"),
    [
        ("en", {"color_scheme": "light"}),
        ("zh-hans", {"color_scheme": "dark"}),
        ("en", {"color_scheme": "light", "viewport": {"width": 390, "height": 800}}),
    ],
)
def test_pages_break_no_rule_and_no_policy(open_desk, live_server, language, options):
    set_profile(language=language)
    owner = make_user("ada", role=Role.OWNER)
    post = make_post(author=owner, labels=[make_label("Paper")])
    make_post(title="Later", state=State.DRAFT, author=owner)
    page = open_desk(owner, **options)
    broken = {}

    for path in (
        "/admin/",
        "/admin/blog/post/",
        "/admin/blog/post/add/",
        f"/admin/blog/post/{post.pk}/change/",
        f"/admin/blog/post/{post.pk}/history/",
        f"/admin/blog/post/{post.pk}/delete/",
        "/admin/blog/siteprofile/1/change/",
        "/admin/auth/user/",
        f"/admin/auth/user/{owner.pk}/change/",
        "/admin/password_change/",
    ):
        page.goto(live_server.url + path)
        if "/change/" in path and "/post/" in path:
            page.frame_locator("iframe").locator("article").wait_for()
        heard = list(page.heard)  # axe itself writes styles into the page, which the policy refuses
        found = Axe().run(page).response["violations"]
        width = page.evaluate("document.documentElement.scrollWidth")
        is_wide = width > page.viewport_size["width"]
        if heard or found or is_wide:
            broken[path] = (heard, [one["id"] for one in found], is_wide)
        page.heard.clear()

    assert broken == {}
