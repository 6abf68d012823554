"""A reader's journey through the whole blog, and the same without scripts or a mouse."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import assert_good, follow
from tests.builders import make_comment, make_label, make_page, make_post, set_profile

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WITH_AND_WITHOUT_SCRIPTS = pytest.mark.parametrize(
    "has_scripts", [True, False], ids=["scripts", "no-scripts"]
)
BODY = """A margin is a room. <span lang="zh-Hans">一页纸的**四边**。</span>

> Nothing is lost that stands in one.

```python
room = {"width": "as wide as the thought", "height": "as high as the page", "door": None}
```

| Side | Measure |
|------|---------|
| left | two fingers and a long word that wants more room than a phone has |
"""

# What has the focus: the same key for the same element, its name, whether an eye finds it.
FOCUSED = """() => {
    const at = document.activeElement;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at);
    const has_ring = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
    return {
        key: [...document.querySelectorAll("*")].indexOf(at),
        name: at.innerText || at.name || at.localName,
        is_marked: has_ring || boxShadow !== "none" || at === document.body,
    };
}"""


@pytest.fixture
def blog():
    """Two pages of posts over two years, a page, labels, comments."""
    set_profile(title="Marginalia", language="en", time_zone="Asia/Shanghai", posts_per_page=2)
    paper = make_label("Paper")
    for month, title in ((2, "Three notebooks"), (11, "On glue"), (12, "On margins")):
        make_post(
            title=title,
            body=BODY,
            publish_at=datetime(2014, month, 3, 4, tzinfo=UTC),
            labels=[paper],
        )
    make_post(
        title="纸边的字",
        body="写在**页边**的字，比正文走得更远。",
        language="zh-hans",
        publish_at=datetime(2015, 6, 1, 4, tzinfo=UTC),
        labels=[make_label("手写")],
    )
    commented = make_post(title="By the river", publish_at=datetime(2015, 7, 1, 4, tzinfo=UTC))
    make_comment(commented, name="Tom", text="`so`", reply_to=make_comment(commented, name="Grete"))
    make_page(title="About", body="Who writes here.")


def expect_titles(page, *titles):
    expect(page.locator("h3.post-title, h2.search-title")).to_have_text(list(titles))


@WITH_AND_WITHOUT_SCRIPTS
def test_reader_walks_through_the_blog_and_is_not_followed(has_scripts, blog, open_page):
    page = open_page(java_script_enabled=has_scripts)

    page.goto("/")
    expect_titles(page, "By the river", "纸边的字")
    assert_good(page)

    follow(page.get_by_role("link", name="Older Posts"), "/?before=**")
    expect_titles(page, "On margins", "On glue")
    assert_good(page)

    follow(page.get_by_role("link", name="On margins"), "/2014/12/on-margins.html")
    expect(page.locator("h1")).to_have_text("On margins")
    assert_good(page)

    follow(page.locator("article").get_by_role("link", name="Paper"), "/search/label/Paper")
    expect(page.locator(".status-line")).to_contain_text("Showing posts with label Paper.")
    expect_titles(page, "On margins", "On glue")
    assert_good(page)

    archive = page.get_by_role("navigation", name="Blog Archive")
    expect(archive.get_by_role("link", name="February")).to_be_hidden()
    archive.get_by_text("2014 (3)").click()
    follow(archive.get_by_role("link", name="February"), "/2014/02/")
    expect_titles(page, "Three notebooks")
    assert_good(page)

    page.get_by_label("Search This Blog").fill("页边")
    page.get_by_label("Search This Blog").press("Enter")
    expect(page.locator(".status-line")).to_contain_text("for “页边”.")
    expect_titles(page, "纸边的字")
    assert_good(page)

    page.get_by_role("main").get_by_label("Search This Blog").fill("没有的词")
    page.get_by_role("main").get_by_role("button", name="Search").click()
    expect(page.locator(".nothing")).to_contain_text("Nothing was found.")
    expect_titles(page)
    assert_good(page)

    menu = page.get_by_role("navigation", name="Pages")
    follow(menu.get_by_role("link", name="About"), "/p/about.html")
    expect(page.locator("article .post-body")).to_have_text("Who writes here.")
    assert_good(page)

    assert page.goto("/2014/12/on-nothing.html").status == 404
    assert_good(page)
    follow(page.get_by_role("main").get_by_role("link", name="Home"), "/")
    follow(page.get_by_role("link", name="By the river"), "/2015/07/by-the-river.html")
    expect(page.locator("#comments-heading")).to_have_text("2 comments:")
    expect(page.locator(".thread bdi")).to_have_text(["Grete", "Tom"])
    assert_good(page)

    assert page.context.cookies() == []


@WITH_AND_WITHOUT_SCRIPTS
def test_feed_link_of_a_page_leads_to_its_feed(has_scripts, blog, open_page):
    page = open_page(java_script_enabled=has_scripts)
    page.goto("/")

    with page.expect_response("**/feeds/posts/default") as answer:
        page.get_by_role("link", name="Subscribe to: Posts (Atom)").click()

    assert answer.value.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert "纸边的字" in answer.value.text()


def test_keyboard_alone_is_enough(blog, open_page):
    page = open_page()
    page.goto("/2015/07/by-the-river.html")
    focus = "document.activeElement"

    page.keyboard.press("Tab")
    skip_link = page.get_by_role("link", name="Skip to the text")
    assert skip_link.evaluate("(link) => link === document.activeElement")
    assert skip_link.bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate(f"{focus}.id") == "main"

    stops = {}
    page.keyboard.press("Tab")
    while (stop := page.evaluate(FOCUSED))["key"] not in stops:
        stops[stop["key"]] = stop
        page.keyboard.press("Tab")
    names = [stop["name"] for stop in stops.values()]
    assert [stop for stop in stops.values() if not stop["is_marked"]] == []
    assert names.index("Reply") < names.index("comment") < names.index("Publish")
    assert "honeypot" not in names
