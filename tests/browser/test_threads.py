"""Reading a long discussion: folding, loading in place, what is new, likes."""

import gzip
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils import timezone

from comments.models import BlogComment, Reaction
from comments.models.paging import FIRST_REPLIES, FOCUS_REPLIES, THREADS_PER_PAGE
from tests.builders import make_comment, make_post, make_user, set_profile
from tests.loads import fill_discussion

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOADED = "More comments shown: {}"
ENOUGH_TO_SORT = 11  # comments; with fewer the page offers no other order

COUNT_LOOKS = """() => {
    const ask = window.fetch;
    window.looks = 0;
    window.fetch = (...words) => {
        window.looks += 1;
        return ask(...words);
    };
}"""


@pytest.fixture
def post():
    set_profile()
    return make_post()


def open_page(open_context, live_server, path, **options):
    page = open_context(**options).new_page()
    page.complaints = []
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(live_server.url + path)
    return page


def anchors(page):
    """The comments of the page from top to bottom."""
    found = page.locator("[data-threads] .comment")
    return found.evaluate_all("(found) => found.map((one) => one.id)")


def focused(page):
    return page.evaluate("document.activeElement.id")


def said(page):
    return page.locator("[data-said]").text_content()


def count_loads(page):
    """The addresses of pages that the browser goes to from here on; what is fetched is none."""
    loads = []
    page.on("request", lambda asked: loads.append(asked) if asked.is_navigation_request() else None)
    return loads


# --- Folding --------------------------------------------------------------------------------------


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_thread_folds_and_opens_by_keyboard(open_context, live_server, post, scripts):
    root = make_comment(post, name="Grete")
    reply = make_comment(post, reply_to=root, name="Tom")
    make_comment(post, name="Alone")
    page = open_page(
        open_context, live_server, post.get_absolute_url(), java_script_enabled=scripts
    )
    shown = page.locator(f"#{reply.anchor}")
    assert shown.is_visible()
    assert page.locator(".thread summary").all_inner_texts() == ["Replies to Grete (1)"]

    page.locator(".thread summary").focus()
    page.keyboard.press("Enter")
    assert shown.is_hidden()
    page.keyboard.press("Space")
    assert shown.is_visible()


def test_address_of_a_folded_reply_opens_its_thread(open_context, live_server, post):
    root = make_comment(post)
    reply = make_comment(post, reply_to=root)
    page = open_page(open_context, live_server, post.get_absolute_url())
    page.locator(".thread summary").click()
    assert page.locator(f"#{reply.anchor}").is_hidden()

    page.evaluate(f"location.hash = '#{reply.anchor}'")

    page.locator(f"#{reply.anchor}").wait_for(state="visible")


def test_replies_to_a_removed_comment_name_nobody(open_context, live_server, post):
    root = make_comment(post, name="Grete")
    make_comment(post, reply_to=root, name="Tom")
    BlogComment.objects.filter(pk=root.pk).update(status="removed", removed_by="author")
    page = open_page(open_context, live_server, post.get_absolute_url())

    assert page.locator(".thread summary").inner_text() == "Replies (1)"
    assert "Grete" not in page.locator("#comments").inner_text()


# --- Loading in place -----------------------------------------------------------------------------


def test_more_replies_come_in_place_until_all_are_there(open_context, live_server, post):
    fill_discussion(post, threads_count=2, replies_each=FIRST_REPLIES + FOCUS_REPLIES + 3)
    first_root = BlogComment.objects.top_level().order_by("path").first()
    thread = BlogComment.objects.filter(path__startswith=first_root.path).order_by("path")
    expected = [comment.anchor for comment in thread]
    others = [
        comment.anchor
        for comment in BlogComment.objects.exclude(pk__in=thread.values("pk")).order_by("path")
    ][: 1 + FIRST_REPLIES]
    page = open_page(open_context, live_server, post.get_absolute_url())
    loads = count_loads(page)
    gap = page.locator(".comment-gap").first
    address = gap.get_attribute("href")

    gap.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".comment:focus")
    first_step = (focused(page), said(page), page.url)
    page.locator(".comment-gap").first.click()
    page.wait_for_selector(f"#{expected[-3]}:focus")

    first_new = expected[1 + FIRST_REPLIES]
    assert first_step == (
        first_new,
        LOADED.format(FOCUS_REPLIES),
        f"{live_server.url}{post.get_absolute_url()}{address}",
    )
    assert anchors(page) == expected + others
    assert said(page) == LOADED.format(3)
    assert (loads, page.complaints) == ([], [])


def test_more_replies_are_a_link_without_scripts(open_context, live_server, post):
    fill_discussion(post, threads_count=1, replies_each=FIRST_REPLIES + 3)
    page = open_page(open_context, live_server, post.get_absolute_url(), java_script_enabled=False)
    wanted = page.locator(".comment-gap").get_attribute("href").partition("#")[2]

    page.get_by_role("link", name="Show 3 more replies").click()

    assert page.locator(f"#{wanted}").is_visible()


def test_deep_replies_continue_the_thread(open_context, live_server, post):
    comment = make_comment(post, name="Root")
    for number in range(7):
        comment = make_comment(post, reply_to=comment, name=f"Reply {number}")
    page = open_page(open_context, live_server, post.get_absolute_url(), java_script_enabled=False)
    link = page.get_by_role("link", name="Continue this thread: 3 more replies")
    assert link.count() == 1

    link.click()

    assert page.locator(f"#{comment.anchor}").is_visible()
    assert page.get_by_role("link", name="in reply to Reply 5").is_visible()


def test_pages_of_threads_join_and_back_takes_one_away(open_context, live_server, post):
    fill_discussion(post, threads_count=THREADS_PER_PAGE + 5, replies_each=1)
    pinned = BlogComment.objects.top_level().order_by("path").first()
    BlogComment.objects.filter(pk=pinned.pk).update(pinned_at=timezone.now())
    everything = [comment.anchor for comment in BlogComment.objects.order_by("path")]
    split = 2 * THREADS_PER_PAGE
    path = post.get_absolute_url()
    page = open_page(open_context, live_server, path)
    loads = count_loads(page)
    assert anchors(page) == everything[:split]

    page.get_by_role("link", name="Later comments").click()
    page.wait_for_selector(f"#{everything[split]}:focus")
    joined = anchors(page)
    page.go_back()
    page.locator(f"#{everything[split]}").wait_for(state="detached")

    assert joined == everything
    assert anchors(page) == everything[:split]
    assert (loads, page.complaints) == ([], [])

    # From the middle the way goes back to the beginning, with what is pinned.
    later = BlogComment.objects.top_level().order_by("path")[THREADS_PER_PAGE]
    page.goto(f"{live_server.url}{path}?from={later.pk}")
    assert anchors(page) == everything[split:]
    page.get_by_role("link", name="Earlier comments").click()
    page.wait_for_selector(f"#{everything[0]}:focus")
    assert anchors(page) == everything
    assert page.locator(".pinned").count() == 1
    assert page.locator(".thread-pager").count() == 0


def test_order_changes_in_place_and_is_an_address(open_context, live_server, post):
    comments = [make_comment(post) for _number in range(ENOUGH_TO_SORT)]
    page = open_page(open_context, live_server, post.get_absolute_url())
    loads = count_loads(page)

    page.get_by_role("link", name="Newest first").click()
    page.wait_for_url("**?order=newest#comments")

    newest_first = [comment.anchor for comment in reversed(comments)]
    assert anchors(page) == newest_first
    assert focused(page) == newest_first[0]
    assert loads == []
    page.reload()
    assert anchors(page) == newest_first


def test_text_under_a_comment_outlives_another_order(open_context, live_server, post):
    make_comment(post, name="First")
    for _number in range(ENOUGH_TO_SORT - 1):
        make_comment(post)
    page = open_page(open_context, live_server, post.get_absolute_url())
    page.get_by_role("link", name="Reply to First").click()
    page.get_by_label("Comment", exact=True).fill("A long thought.")

    page.get_by_role("link", name="Newest first").click()
    page.wait_for_url("**?order=newest#comments")

    page.locator(".comment form").wait_for()
    assert page.get_by_label("Comment", exact=True).input_value() == "A long thought."


# --- What is new ----------------------------------------------------------------------------------


def marked(page):
    found = page.locator("[data-threads] .comment").filter(has_text="New")
    return found.evaluate_all("(found) => found.map((one) => one.id)")


def hours_ago(hours):
    return timezone.now() - timedelta(hours=hours)


def go_away(page, live_server):
    """Leaves the discussion, and lets a long time go by."""
    page.goto(f"{live_server.url}/")
    let_hours_go_by(page)


def let_hours_go_by(page):
    """Makes what the device remembers of the last visit hours old."""
    page.evaluate(
        """() => { for (const [key, kept] of Object.entries(localStorage)) {
          localStorage.setItem(key, JSON.stringify({ ...JSON.parse(kept), at: 0 }));
        } }"""
    )


def seen(page):
    """What the device remembers of its visits: discussion and newest comment."""
    return page.evaluate(
        """() => Object.fromEntries(Object.entries(localStorage)
          .filter(([key]) => key.startsWith("postil:seen:"))
          .map(([key, kept]) => [key, JSON.parse(kept).newest]))"""
    )


def test_page_of_an_older_tab_makes_nothing_new_again(open_context, live_server, post):
    address = live_server.url + post.get_absolute_url()
    make_comment(post, name="Old", submit_date=hours_ago(9))
    context = open_context()
    older = context.new_page()
    older.goto(address)
    make_comment(post, name="Tom", submit_date=hours_ago(2))
    newer = context.new_page()
    newer.goto(address)
    known = seen(newer)

    older.goto(f"{live_server.url}/")  # leaves the page that knows of one comment only
    go_away(newer, live_server)
    newer.goto(address)

    assert seen(newer) == known
    assert marked(newer) == []


def test_visit_lasts_while_its_page_is_read(open_context, live_server, post):
    address = live_server.url + post.get_absolute_url()
    make_comment(post, name="Old", submit_date=hours_ago(9))
    page = open_context().new_page()
    page.goto(address)
    go_away(page, live_server)
    new = make_comment(post, name="Tom", submit_date=hours_ago(2))
    page.goto(address)
    let_hours_go_by(page)  # and the page is still open

    page.goto(f"{address}?order=newest")

    assert marked(page) == [new.anchor]


def test_device_forgets_the_discussions_of_long_ago(open_context, live_server, post):
    make_comment(post)
    page = open_context().new_page()
    page.goto(f"{live_server.url}/")
    page.evaluate(
        """() => { for (let n = 1; n <= 250; n++) localStorage.setItem(
          `postil:seen:old${n}`, JSON.stringify({ since: null, newest: 1, at: n })); }"""
    )

    page.goto(live_server.url + post.get_absolute_url())

    kept = seen(page)
    assert len(kept) == 200
    assert f"postil:seen:{post.pk}" in kept
    assert ("postil:seen:old250" in kept, "postil:seen:old1" in kept) == (True, False)


def test_new_comments_are_marked_at_the_next_visit(open_context, live_server, post):
    address = live_server.url + post.get_absolute_url()
    old = make_comment(post, name="Old", submit_date=hours_ago(9))
    context = open_context()
    page = context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    assert marked(page) == []
    assert page.locator("[data-news]").is_hidden()
    go_away(page, live_server)
    new = make_comment(post, reply_to=old, name="Tom", submit_date=hours_ago(2))
    newer = make_comment(post, name="Ida", submit_date=hours_ago(1))

    page.goto(address)
    link = page.get_by_role("link", name="2 new comments since your last visit")
    link.wait_for()

    assert marked(page) == [new.anchor, newer.anchor]
    page.reload()
    link.wait_for()
    assert marked(page) == [new.anchor, newer.anchor]
    link.click()
    assert page.url == f"{address}#{new.anchor}"
    # The server is not told when the reader was here: it is asked what anybody asks.
    assert {url.partition("?")[2] for url in asked} == {"", "alt=json"}


def test_open_page_tells_of_new_comments_and_moves_nothing(open_context, live_server, post):
    make_comment(post, name="Old", submit_date=hours_ago(9))
    page = open_context().new_page()
    page.clock.install()
    answers = []
    page.on(
        "response",
        lambda answer: answers.append(answer.status) if "alt=json" in answer.url else None,
    )
    page.goto(live_server.url + post.get_absolute_url())
    before = anchors(page)

    def look():
        with page.expect_response("**alt=json"):
            page.clock.run_for(46_000)

    look()
    look()
    assert answers == [200, 304]
    new = make_comment(post, name="Ida", submit_date=hours_ago(1))
    look()

    link = page.get_by_role("link", name="1 new comment", exact=True)
    link.wait_for()
    assert anchors(page) == before
    link.click()
    page.wait_for_url(f"**#{new.anchor}")
    page.locator(f"#{new.anchor}").wait_for()

    # Counted where they are asked for: answers come when the machine has time for them.
    page.evaluate(COUNT_LOOKS)
    page.clock.run_for(100_000)
    assert page.evaluate("looks") == 2
    page.clock.fast_forward(3_600_000)
    page.clock.run_for(100_000)
    looks = page.evaluate("looks")
    page.clock.run_for(600_000)
    assert page.evaluate("looks") == looks


# --- Likes ----------------------------------------------------------------------------------------


def test_stranger_likes_in_place_and_his_device_remembers(open_context, live_server, post):
    comment = make_comment(post)
    page = open_page(open_context, live_server, post.get_absolute_url())
    loads = count_loads(page)
    like = page.get_by_role("button", name="Like")

    like.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".comment-act[aria-pressed=true]")
    assert like.inner_text() == "Like 1"
    assert Reaction.objects.filter(comment=comment).count() == 1
    assert loads == []
    page.reload()
    page.wait_for_selector(".comment-act[aria-pressed=true]")
    like.click()
    page.wait_for_selector(".comment-act[aria-pressed=false]")

    assert like.inner_text() == "Like"
    assert Reaction.objects.count() == 0
    assert page.complaints == []


def test_member_likes_in_place_and_the_server_knows_better_than_the_device(
    open_context, live_server, client, post
):
    make_comment(post)
    client.force_login(make_user("mia"))
    context = open_context()
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": client.cookies[name].value, "url": live_server.url}
    context.add_cookies([cookie])
    page = context.new_page()
    page.goto(live_server.url + post.get_absolute_url())
    page.evaluate(
        f"localStorage.setItem('postil:liked:{post.pk}', '[\"{post.comments.get().pk}\"]')"
    )
    page.reload()
    like = page.get_by_role("button", name="Like")
    assert like.get_attribute("aria-pressed") == "false"

    like.click()
    page.wait_for_selector(".comment-act[aria-pressed=true]")
    page.reload()

    assert like.get_attribute("aria-pressed") == "true"
    assert Reaction.objects.count() == 1


def test_stranger_likes_without_scripts(open_context, live_server, post):
    comment = make_comment(post)
    page = open_page(open_context, live_server, post.get_absolute_url(), java_script_enabled=False)

    page.get_by_role("button", name="Like").click()

    page.wait_for_url(f"**?comment={comment.pk}#{comment.anchor}")
    assert page.get_by_role("button", name="Like 1").count() == 1


def test_like_that_is_lost_is_said(open_context, live_server, post):
    make_comment(post)
    page = open_page(open_context, live_server, post.get_absolute_url())
    page.context.set_offline(True)

    page.get_by_role("button", name="Like").click()

    page.get_by_text("That did not work. Please try again.").wait_for(state="attached")
    assert page.locator(".comment-act[aria-pressed=true]").count() == 0


# --- For everybody --------------------------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "width_px"), [("dark", 320), ("light", 1280)])
def test_long_discussion_passes_axe_and_never_scrolls_sideways(
    open_context, live_server, post, scheme, width_px
):
    fill_discussion(post, threads_count=THREADS_PER_PAGE + 2, replies_each=FIRST_REPLIES + 2)
    comment = make_comment(post, name="Root")
    for number in range(9):
        comment = make_comment(post, reply_to=comment, name=f"Reply{number}" * 7, text="a" * 300)
    page = open_page(
        open_context,
        live_server,
        f"{post.get_absolute_url()}?comment={comment.pk}",
        color_scheme=scheme,
        viewport={"width": width_px, "height": 800},
    )

    for opened in (True, False):
        if not opened:
            page.locator(".thread summary").first.click()
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") == width_px
    assert page.complaints == []


def test_scripts_for_readers_are_small():
    folder = Path(finders.find("comments/js"))
    scripts = b"".join(path.read_bytes() for path in sorted(folder.glob("*.js")))

    assert len(gzip.compress(scripts)) <= 10_000
