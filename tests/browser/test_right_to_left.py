"""A blog in Arabic: its pages read from the right, and never scroll sideways."""

import pytest

from tests.builders import make_comment, make_label, make_post, set_profile

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_arabic_pages_read_from_the_right_and_fit_a_small_phone(open_context, live_server):
    set_profile(title="هامش", language="ar", time_zone="Asia/Riyadh")
    post = make_post(
        title="عن الهوامش", body="الهامش غرفة صغيرة. " * 40, labels=[make_label("ورق")]
    )
    parent = make_comment(post, text="أحسنت.", name="سلمى")
    for number in range(5):
        parent = make_comment(post, text=f"رد {number}", reply_to=parent, name="Grete")
    page = open_context(viewport={"width": 320, "height": 640}).new_page()

    for path in ("/", post.get_absolute_url(), f"/comments/on/{post.pk}/", "/comments/mine/"):
        page.goto(f"{live_server.url}{path}")
        root = page.locator("html")
        assert (root.get_attribute("lang"), root.get_attribute("dir")) == ("ar", "rtl"), path
        widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert widths[0] <= widths[1] == 320, path
    page.goto(f"{live_server.url}{post.get_absolute_url()}")
    assert page.get_by_role("heading", name="إرسال تعليق").is_visible()
    assert page.get_by_role("heading", name="6 تعليقات").is_visible()
    name, text = (page.locator(f"#id_{field}").bounding_box() for field in ("name", "comment"))
    assert name["x"] + name["width"] == pytest.approx(text["x"] + text["width"], abs=2)
