"""The queue in a real browser: with its script, and without any."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings

from comments.choices import Status
from comments.models import BlogComment, ModerationEvent
from tests.builders import make_comment, make_guest, make_post
from tests.comments.admin.conftest import QUEUE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def open_queue(at_work, live_server, open_context):
    """Opens the queue as a moderator: `open_queue("?status=all", java_script_enabled=False)`."""
    session = at_work.cookies[settings.SESSION_COOKIE_NAME].value

    def open_one(query="", **options):
        context = open_context(**options)
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}
        context.add_cookies([cookie])
        page = context.new_page()
        page.goto(f"{live_server.url}{QUEUE}{query}")
        return page

    return open_one


@pytest.fixture
def held():
    post = make_post()
    return [
        make_comment(
            post,
            name=name,
            status=Status.HELD,
            guest=make_guest(name=name),
            text="很长。" * 500 if name == "Ada" else "> Quoted\n\nWell *said*.",
            reasons=[{"name": "first", "points": 0, "sentence": "It is the first comment."}],
        )
        for name in ("Dea", "Cem", "Bo", "Ada")
    ]


def marked(page):
    return [box.is_checked() for box in page.locator(".card-mark").all()]


def test_script_marks_all_a_range_and_counts(held, open_queue):
    page = open_queue()
    marks, count = page.locator(".card-mark"), page.locator("[data-marked-count]")

    marks.nth(0).click()
    marks.nth(2).click(modifiers=["Shift"])
    a_range = (marked(page), count.inner_text())
    page.get_by_label("Mark all").check()
    everything = (marked(page), count.inner_text())

    assert a_range == ([True, True, True, False], "3")
    assert everything == ([True] * 4, "4")


@pytest.mark.parametrize("has_scripts", [True, False])
def test_enter_on_a_mark_decides_nothing(has_scripts, held, open_queue):
    page = open_queue(java_script_enabled=has_scripts)

    page.locator(".card-mark").first.check()
    page.locator(".card-mark").first.press("Enter")
    page.wait_for_load_state()

    assert page.locator(".messagelist").count() == 0
    assert ModerationEvent.objects.count() == 0


def test_moderator_decides_without_scripts(held, open_queue):
    dea, cem, bo, ada = held
    page = open_queue(java_script_enabled=False, viewport={"width": 390, "height": 844})

    page.locator(f"#comment-{ada.pk}").get_by_text("Show the whole text").click()
    whole = page.locator(f"#comment-{ada.pk} .card-text").is_visible()
    page.locator(f"#comment-{ada.pk}").get_by_role("button", name="Approve").click()
    said = page.locator(".messagelist").inner_text()
    for comment in (bo, dea):
        page.locator(f"#comment-{comment.pk} .card-mark").check()
    page.locator(".queue-marked").get_by_role("button", name="Spam").click()

    assert whole
    assert said == "1 comment was approved."
    assert page.locator(".messagelist").inner_text() == "2 comments were marked as spam."
    assert dict(BlogComment.objects.order_by().values_list("pk", "status")) == {
        dea.pk: Status.SPAM,
        cem.pk: Status.HELD,
        bo.pk: Status.SPAM,
        ada.pk: Status.PUBLISHED,
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_fit_and_have_no_barrier(scheme, width, held, open_queue, live_server):
    page = open_queue("?status=all", color_scheme=scheme, viewport={"width": width, "height": 900})
    root = live_server.url
    found = {}
    for address in (f"{QUEUE}?status=all", f"{QUEUE}?q=none", f"{QUEUE}{held[0].pk}/change/"):
        page.goto(root + address)
        report = Axe().run(page)
        too_wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        found[address] = ([each["id"] for each in report.response["violations"]], too_wide)

    assert found == dict.fromkeys(found, ([], 0))
