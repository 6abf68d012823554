"""The comment form's script: replies in place, nothing typed is lost, nothing is sent twice."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from blog.choices import CommentPolicy
from comments.choices import Status
from comments.models import BlogComment
from tests.builders import make_comment, make_post, set_profile

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def post():
    set_profile()
    post = make_post(body="A margin is a room.\n\n```python\nroom = 1\n```\n")
    make_comment(post, name="Grete", text="Well said.")
    return post


KEPT = "Object.entries(localStorage).filter(([key]) => key.startsWith('postil:comment:'))"


def kept_texts(page):
    return page.evaluate(f"{KEPT}.map(([_key, kept]) => JSON.parse(kept).text)")


def fill(page, text):
    page.get_by_label("Comment", exact=True).fill(text)
    page.get_by_label("Name").fill("Tom")


def test_reply_opens_under_the_comment_and_goes_back(open_context, live_server, post):
    page = open_context().new_page()
    page.goto(live_server.url + post.get_absolute_url())

    page.get_by_role("link", name="Reply to Grete").click()

    text = page.get_by_label("Comment", exact=True)
    assert page.locator(".comment form").count() == 1
    assert page.locator("[data-replying]").inner_text().startswith("Reply to Grete")
    assert text.evaluate("(field) => field === document.activeElement")
    page.get_by_role("button", name="Cancel").click()
    assert page.locator(".comment form").count() == 0
    assert page.locator("[name=reply_to]").input_value() == "0"


def test_text_survives_a_closed_tab_and_goes_when_it_has_arrived(open_context, live_server, post):
    context = open_context()
    address = live_server.url + post.get_absolute_url()
    page = context.new_page()
    page.goto(address)
    page.get_by_role("link", name="Reply to Grete").click()
    fill(page, "A long thought.")
    page.close()

    page = context.new_page()
    page.goto(address)
    assert page.get_by_label("Comment", exact=True).input_value() == "A long thought."
    assert page.locator(".comment form").count() == 1
    assert page.get_by_role("status").inner_text() == "Your text was kept from before."
    page.get_by_label("Name").fill("Tom")
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url("**/comments/sent/**")

    page.wait_for_function(f"{KEPT}.length === 0")
    comment = BlogComment.objects.get(user_name="Tom")
    assert (comment.comment, comment.reply_to_id) == (
        "A long thought.",
        BlogComment.objects.get(user_name="Grete").pk,
    )


def test_text_is_kept_while_the_server_refuses_it(open_context, live_server, post):
    page = open_context().new_page()
    page.goto(live_server.url + post.get_absolute_url())
    fill(page, "Too late?")
    post.comment_policy = CommentPolicy.CLOSED
    post.save()

    page.get_by_role("button", name="Publish").click()
    page.wait_for_url(f"**/comments/on/{post.pk}/")

    assert page.get_by_label("Your text, to take along").input_value() == "Too late?"
    assert kept_texts(page) == ["Too late?"]


def test_two_clicks_send_one_form_and_its_time(open_context, live_server, post):
    page = open_context().new_page()
    sent = []
    page.on("request", lambda request: sent.append(request) if request.method == "POST" else None)
    page.goto(live_server.url + post.get_absolute_url())
    fill(page, "Once.")

    page.get_by_role("button", name="Publish").dblclick()
    page.wait_for_url("**/comments/sent/**")

    (request,) = sent
    assert re.search(r"seconds_open=\d+&", request.post_data)
    assert BlogComment.objects.filter(user_name="Tom").count() == 1


@pytest.mark.parametrize(("scheme", "width_px"), [("dark", 320), ("light", 1440)])
def test_pages_pass_axe_and_never_scroll_sideways(
    open_context, live_server, post, scheme, width_px
):
    gone = make_comment(post, status=Status.REMOVED, removed_by="author")
    make_comment(post, reply_to=gone, text="https://example.org/" + "a" * 200)
    page = open_context(color_scheme=scheme, viewport={"width": width_px, "height": 800}).new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    for path in ["/", post.get_absolute_url(), "/search?q=zebra", "/accounts/login/"]:
        page.goto(live_server.url + path)
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") == width_px
    assert complaints == []
