"""Light and dark as a reader wants them, the rest of the look as an owner does."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from blog.access import Role
from blog.choices import Theme
from blog.models import SiteProfile
from tests.browser.conftest import assert_good, follow, log_in
from tests.builders import make_post, make_user, set_profile

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAPER = "getComputedStyle(document.documentElement).backgroundColor"
LIGHT, DARK = "rgb(252, 249, 243)", "rgb(27, 25, 23)"

# What comes into the head before the page can be drawn, in order.
AHEAD_OF_PAINT = """() => [...document.head.querySelectorAll("script[src], link[rel=stylesheet]")]
    .filter((one) => !one.defer && !one.async && one.type !== "module")
    .map((one) => new URL(one.src || one.href).pathname.split("/").pop().split(".")[0])"""


def test_reader_chooses_colours_and_they_are_there_before_anything_is_drawn(open_page):
    set_profile(language="en")
    post = make_post()
    page = open_page(color_scheme="light")
    page.goto("/")
    choice = page.get_by_role("group", name="Colours")
    expect(choice.get_by_role("button", pressed=True)).to_have_text("As the system")
    assert page.evaluate(PAPER) == LIGHT

    choice.get_by_role("button", name="Dark").click()
    expect(choice.get_by_role("button", pressed=True)).to_have_text("Dark")
    assert page.evaluate(PAPER) == DARK
    assert_good(page)

    page.emulate_media(color_scheme="light")
    page.goto(post.get_absolute_url())
    assert page.evaluate(PAPER) == DARK
    assert page.evaluate(AHEAD_OF_PAINT)[0] == "scheme"
    expect(choice.get_by_role("button", pressed=True)).to_have_text("Dark")

    choice.get_by_role("button", name="As the system").click()
    assert page.evaluate(PAPER) == LIGHT
    page.reload()
    assert page.evaluate(PAPER) == LIGHT
    assert page.context.cookies() == []


def test_writing_desk_and_blog_share_the_choice(open_page):
    page = open_page(color_scheme="light")
    page.goto("/")
    page.get_by_role("button", name="Dark").click()

    assert page.evaluate("localStorage.getItem('theme')") == "dark"  # the name that admin uses


def test_without_scripts_the_systems_colours_hold_and_nothing_offers_others(open_page):
    page = open_page(java_script_enabled=False, color_scheme="dark")
    page.goto("/")

    expect(page.locator("[data-scheme-choice]")).to_be_hidden()
    assert page.evaluate(PAPER) == DARK


def test_owner_sees_a_look_before_it_is_saved_and_readers_after(open_page):
    set_profile(language="en", title="Marginalia")
    make_post()
    make_user("own", role=Role.OWNER)
    page = open_page()
    log_in(page, User.objects.get())
    page.goto("/admin/blog/siteprofile/1/change/")
    follow(page.get_by_role("link", name="Appearance"), "/appearance/")
    preview = page.frame_locator("[name=look]")
    expect(preview.get_by_role("link", name="Marginalia")).to_be_visible()
    sheets = preview.locator("link[rel=stylesheet][href*=theme-gazette]")

    page.get_by_label("Gazette").check()
    expect(sheets).to_have_count(1)
    page.locator("[name=accent]").fill("#ffee00")
    expect(preview.get_by_role("alert")).to_contain_text("#ffee00 can’t be read on this theme")
    page.locator("[name=accent]").fill("#7a1fa2")
    expect(preview.locator("link[href*='7a1fa2']")).to_have_count(1)
    page.get_by_label("Dark", exact=True).check()
    expect(preview.locator("html[data-scheme=dark]")).to_have_count(1)
    rows = page.locator("[data-rows]").first.locator("label[for$=is_on]")
    expect(rows.nth(0)).to_have_text("Archive")
    page.get_by_role("button", name="Move Labels up").click()
    expect(rows.nth(0)).to_have_text("Labels")
    assert_good(page)
    assert SiteProfile.objects.get().theme == Theme.MARGIN

    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Readers see it now.")).to_be_visible()
    page.goto("/")
    expect(page.locator("link[rel=stylesheet][href*=theme-gazette]")).to_have_count(1)
    assert [gadget.kind for gadget in SiteProfile.objects.get().shown_gadgets] == [
        "labels",
        "archive",
    ]


def test_rows_move_and_preview_opens_without_scripts(open_page):
    set_profile(language="en", title="Marginalia")
    make_user("own", role=Role.OWNER)
    page = open_page(java_script_enabled=False)
    log_in(page, User.objects.get())
    page.goto("/admin/blog/siteprofile/appearance/")

    page.get_by_label("Studio").check()
    page.get_by_role("button", name="Move Labels up").click()
    rows = page.locator("[data-rows]").first.locator("label[for$=is_on]")
    expect(rows.nth(0)).to_have_text("Labels")
    expect(page.get_by_label("Studio")).to_be_checked()
    page.get_by_role("button", name="Preview", exact=True).click()
    preview = page.frame_locator("[name=look]")
    expect(preview.locator("link[rel=stylesheet][href*=theme-studio]")).to_have_count(1)
