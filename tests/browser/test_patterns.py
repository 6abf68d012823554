"""Every component in every state, theme, scheme and language: readable, and never too wide."""

import pytest

from blog.choices import Theme
from tests.browser.conftest import assert_accessible, assert_fits
from tests.builders import set_profile

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STILL_WIDE = """() => [...document.querySelectorAll("pre")]
    .filter((one) => one.scrollWidth > one.clientWidth).length"""


@pytest.fixture
def patterns(settings, open_page):
    set_profile(language="en")
    settings.DEBUG = True
    page = open_page(viewport={"width": 1440, "height": 900})

    def open_them(query):
        answer = page.goto(f"/patterns/?{query}")
        assert answer.status == 200
        return page

    return open_them


@pytest.mark.parametrize("theme", Theme)
@pytest.mark.parametrize("query", ["language=en", "language=zh-hans&beside"])
def test_patterns_are_accessible_and_fit_the_narrowest_phone(patterns, theme, query):
    page = patterns(f"theme={theme}&{query}")

    assert_accessible(page)
    assert_fits(page)


def test_code_scrolls_by_itself_on_a_phone(patterns):
    page = patterns("")
    page.set_viewport_size({"width": 320, "height": 640})

    assert page.evaluate(STILL_WIDE) == 1
    assert page.evaluate("document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("width", [768, 1024, 1440, 2560, 3840])
@pytest.mark.parametrize("query", ["", "beside"])
def test_no_width_scrolls_sideways_or_runs_lines_too_long(patterns, width, query):
    page = patterns(query)
    page.set_viewport_size({"width": width, "height": 900})

    column = page.locator(".post-body").first.bounding_box()["width"]
    letter = float(page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)"))
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert column <= 33.5 * letter


def test_right_to_left_text_keeps_its_marks_on_its_own_side(patterns):
    page = patterns("")

    quote = page.locator("[lang=ar] blockquote")

    assert quote.evaluate("(one) => getComputedStyle(one).borderRightWidth") == "2px"
    assert quote.evaluate("(one) => getComputedStyle(one).borderLeftWidth") == "0px"


def test_forced_colours_and_print_keep_everything_readable(patterns):
    page = patterns("theme=studio&scheme=dark")

    page.emulate_media(media="print")
    paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.emulate_media(media="screen", forced_colors="active")
    pressed = page.get_by_role("button", name="Light", exact=True)

    assert paper == "rgb(255, 255, 255)"
    assert pressed.evaluate("(one) => getComputedStyle(one).borderTopStyle") == "solid"
    assert page.get_by_text("Comments (Atom)").is_visible()
