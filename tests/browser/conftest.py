"""Visitors in a real Chromium, and what has to hold on every page that they see."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from django.core.cache import cache
from playwright.sync_api import expect

from comments.management.commands.worker import Rounds

expect.set_options(timeout=30_000)  # as long as clicks wait: a busy machine is no failure

PHONE = {"width": 320, "height": 640}  # the narrowest in use

# The admin's links fade from one colour scheme to the other; what inherits a colour starts later.
SETTLE_COLOURS = """() => {
    const fading = document.getAnimations();
    for (const each of fading) each.finish();
    return fading.length === 0;
}"""


@pytest.fixture
def open_page(open_context, live_server):
    """Makes fresh visitors: `open_page(java_script_enabled=False).goto("/")`.

    Fails at the end when a page of theirs complained: a script that failed, something that the
    policy refused, a file that was not there.
    """
    cache.clear()  # what log-ins and mails have used up of their limits outlives the rows of a test
    complaints = []

    def hear_console(message):
        # Also said of a page that is meant to answer 404; other files are heard below.
        is_answer = message.text.startswith("Failed to load resource")
        if message.type in {"error", "warning"} and not is_answer:
            complaints.append((message.page.url, message.text))

    def hear_answer(response):
        if response.status >= 400 and not response.request.is_navigation_request():
            complaints.append((response.url, response.status))

    def open_one(**options):
        context = open_context(base_url=live_server.url, **options)
        context.on("console", hear_console)
        context.on("weberror", lambda error: complaints.append((error.page.url, str(error.error))))
        context.on("response", hear_answer)
        page = context.new_page()
        page.has_scripts = options.get("java_script_enabled", True)
        return page

    yield open_one

    assert complaints == []


@pytest.fixture
def mailing(settings, live_server):
    """A blog with a mail server, whose mails lead to the pages that are served here."""
    settings.HAS_MAIL = True
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.SITE_URL = live_server.url


def log_in(page, user):
    """Comes in through the form, as everybody who writes or moderates does."""
    page.goto("/admin/")
    page.locator("[name=login]").fill(user.username)
    page.locator("[name=password]").fill("secret")
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/admin/")


def follow(link, address):
    """Clicks and waits until the page at `address` is there with all that belongs to it."""
    link.click()
    link.page.wait_for_url(f"**{address}")


def mailed_link(path):
    """The link below `path` in the one mail that has such a link, after a round of the worker."""
    Rounds().go()
    (found,) = [
        link
        for message in mail.outbox
        for link in re.findall(r"https?://\S+", message.body)
        if path in link
    ]
    return found


def assert_accessible(page):
    """axe finds nothing, neither in light nor in dark colours.

    Only colours differ between the two, so the second look is at them alone.
    """
    page.wait_for_load_state()
    found = []
    colours = {"runOnly": ["color-contrast", "link-in-text-block"]}
    for scheme, rules in (("light", {}), ("dark", colours)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.wait_for_function(SETTLE_COLOURS)
        # Loading style sheets again would only feed a rule about turned phones.
        options = {"resultTypes": ["violations"], "preload": False, **rules}
        for rule in Axe().run(page, options=options).response["violations"]:
            found += [(scheme, rule["id"], node["html"]) for node in rule["nodes"]]
    page.emulate_media(color_scheme="light")
    assert found == [], page.url


def assert_fits(page):
    """Nothing has to be scrolled sideways on the narrowest phone."""
    page.wait_for_load_state()  # with its style sheets
    size = page.viewport_size
    page.set_viewport_size(PHONE)
    width = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size(size)
    assert width == PHONE["width"], page.url


def assert_good(page):
    """The page is fit for everybody who reads. Of axe, itself a script, a page without scripts
    can't be asked; it is the same page.
    """
    if page.has_scripts:
        assert_accessible(page)
    assert_fits(page)
