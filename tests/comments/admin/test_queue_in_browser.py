"""The queue in a real browser: with its script, and without any."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db.models import Q

from comments.choices import Status
from comments.models import BlockRule, BlogComment, CommentRevision, ModerationEvent
from tests.builders import make_comment, make_guest, make_post
from tests.comments.admin.conftest import QUEUE, make_report

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
            reasons=[{"name": "first", "points": 0, "values": {}}],
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
    assert said == "1 comment was approved. Undo"
    assert page.locator(".messagelist").inner_text() == "2 comments were marked as spam. Undo"
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
    make_report(held[1], note="这是广告")
    make_comment(held[0].post, guest=held[0].guest)
    rule = BlockRule.objects.create(kind="word", pattern="casino", hit_count=3)
    refused = []
    pages = (
        f"{QUEUE}?status=all",
        f"{QUEUE}?q=none",
        f"{QUEUE}?guest={held[0].guest_id}&reason=first",
        f"{QUEUE}{held[0].pk}/change/",
        "/admin/comments/blockrule/",
        f"/admin/comments/blockrule/{rule.pk}/change/",
        "/admin/comments/moderationevent/",
    )
    page.on("console", lambda message: refused.append(message.text))
    for address in pages:
        page.goto(root + address, wait_until="networkidle")
    seen = [text for text in refused if "Content Security Policy" in text]
    for address in pages:
        page.goto(root + address)
        for summary in page.locator(".card-extra summary").all():
            summary.click()
        if page.locator("[data-keys-open]").count():
            page.locator("[data-keys-open]").click()
            help_report = Axe().run(page, context=".queue-keys-help")
            found[f"{address} keys"] = ([e["id"] for e in help_report.response["violations"]], 0)
            page.keyboard.press("Escape")
        report = Axe().run(page)
        too_wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        found[address] = ([each["id"] for each in report.response["violations"]], too_wide)

    assert found == dict.fromkeys(found, ([], 0))
    assert seen == []


@pytest.mark.parametrize("address", ["", "{key}/change/"])
def test_card_is_as_wide_as_a_small_phone_whatever_the_text(address, open_queue):
    line = "result = " + "a_rather_long_name_of_a_function(" * 8
    post = make_post(title="x" * 120)
    comment = make_comment(
        post,
        name="N" * 50,
        status=Status.HELD,
        guest=make_guest("a" * 60 + "@example.org"),
        text=f"```\n{line}\n```\n\n`{line}`\n\nhttps://example.org/{'x' * 200}",
    )
    CommentRevision.objects.create(comment=comment, text=line)
    page = open_queue(address.format(key=comment.pk), viewport={"width": 320, "height": 700})

    for summary in page.locator(".card summary").all():
        summary.click()
    box = page.locator(".card").bounding_box()
    inside = page.evaluate(
        "Math.max(...[...document.querySelectorAll('.card *')]"
        ".map((each) => each.getBoundingClientRect().right))"
    )

    assert box["x"] >= 0
    assert max(inside, box["x"] + box["width"]) <= 320


def test_bar_for_marked_comments_covers_a_phone_only_while_it_is_needed(held, open_queue):
    page = open_queue(viewport={"width": 390, "height": 600})
    bar, mark = page.locator(".queue-marked"), page.locator(".card-mark").first

    before = bar.bounding_box()["y"]
    mark.check()
    during = bar.bounding_box()["y"]
    mark.uncheck()
    page.evaluate("scrollTo(0, 0)")

    assert before == bar.bounding_box()["y"] > 600 > during


def focused(page):
    return page.evaluate("document.activeElement.closest('.card')?.id")


def press(page, key):
    """Presses a key that sends the page away."""
    with page.expect_navigation():
        page.keyboard.press(key)


def test_one_key_for_each_act(held, open_queue):
    dea, cem, bo, ada = held
    page = open_queue()
    page.keyboard.press("a")  # nothing is chosen yet: this only goes to the first
    at_first = focused(page)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    at_second = focused(page)
    page.locator("[data-keys-said]", has_text="2 of 4: Bo").wait_for(state="attached")

    press(page, "a")
    after_approval = focused(page)
    press(page, "s")
    after_spam = focused(page)
    press(page, "r")
    page.locator("[data-keys-said]", has_text="1 comment was removed.").wait_for(state="attached")
    press(page, "u")
    after_undo = focused(page)

    assert (at_first, at_second) == (f"comment-{ada.pk}", f"comment-{bo.pk}")
    assert (after_approval, after_spam) == (f"comment-{cem.pk}", f"comment-{dea.pk}")
    assert after_undo == f"comment-{dea.pk}"
    assert dict(BlogComment.objects.order_by().values_list("pk", "status")) == {
        dea.pk: Status.HELD,
        cem.pk: Status.SPAM,
        bo.pk: Status.PUBLISHED,
        ada.pk: Status.HELD,
    }


def test_keys_are_letters_while_somebody_types_and_when_he_wants_none(held, open_queue):
    page = open_queue()
    card = page.locator(".card").first
    card.get_by_text("Reply…").click()
    field = card.locator("textarea")

    field.press_sequentially("a jar? sure")
    page.locator("#queue-words").press_sequentially("sark")
    page.keyboard.press("Escape")
    page.locator("[data-keys-open]").focus()
    page.keyboard.press("?")
    is_open = page.locator("[data-keys-help]").is_visible()
    page.keyboard.press("r")  # behind the help
    page.get_by_label("Use these keys").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.locator("[data-keys-open]").focus()
    page.keyboard.press("j")
    page.keyboard.press("Control+a")

    assert is_open
    assert not page.locator("[data-keys-help]").is_visible()
    assert focused(page) is None
    assert ModerationEvent.objects.count() == 0


def test_reply_and_undo_without_scripts(held, open_queue):
    ada = held[-1]
    page = open_queue(java_script_enabled=False)
    card = page.locator(f"#comment-{ada.pk}")
    other = page.locator(f"#comment-{held[0].pk}")
    other.get_by_text("Reply…").click()
    other.locator("textarea").fill("Half a thought")
    card.get_by_text("Reply…").click()
    card.locator("textarea").fill("Welcome, Ada.")

    card.get_by_role("button", name="Approve and reply").click()
    said = page.locator(".messagelist").inner_text()
    draft = other.locator("textarea").input_value()
    other.get_by_role("button", name="Spam", exact=True).click()
    page.get_by_role("button", name="Undo").click()

    assert "Your reply is published." in said
    assert draft == "Half a thought"
    assert other.locator("textarea").input_value() == "Half a thought"
    assert BlogComment.objects.get(reply_to_of(ada)).comment == "Welcome, Ada."
    assert "Undone: 1 comment" in page.locator(".messagelist").inner_text()
    assert not page.locator("[data-keys-open]").is_visible()


def reply_to_of(comment):
    return Q(parent_id=comment.pk) & ~Q(pk=comment.pk)
