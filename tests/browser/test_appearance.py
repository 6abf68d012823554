"""Light and dark as a reader wants them."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import assert_good
from tests.builders import make_post, set_profile

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
