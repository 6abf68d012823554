"""What a page weighs and how it settles: promises that only a test keeps small."""

import gzip

import pytest

from blog.choices import Theme, Typeface, Width
from tests.builders import make_comment, make_label, make_page, make_post, set_profile

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXT = "Printers leave a margin, and readers fill it: with doubts, dates and drops of tea. " * 12
FILES = """() => [...document.querySelectorAll("link[rel=stylesheet], script[src]")].map((one) => ({
    address: one.href || one.src,
    kind: one.localName,
    waits: one.localName === "script" && !(one.type === "module" || one.defer || one.async),
}))"""
# Counts each shift since the page began. `hadRecentInput` is kept out as the metric says.
SHIFTS = """() => new Promise((done) => {
    let sum = 0;
    const observer = new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
    });
    observer.observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
        for (const entry of observer.takeRecords()) if (!entry.hadRecentInput) sum += entry.value;
        done(sum);
    })));
})"""


@pytest.fixture
def discussed():
    """A post with twenty comments in threads, no image, on a blog with every choice made."""
    set_profile(
        title="Marginalia",
        tagline="Two people, two cities",
        language="en",
        theme=Theme.GAZETTE,
        accent="#7a1fa2",
        typeface=Typeface.SANS,
        width=Width.WIDE,
        has_sidebar=True,
    )
    make_page(title="About")
    make_post(title="Before")
    post = make_post(title="On margins", body=TEXT, labels=[make_label("Paper")])
    make_post(title="After", labels=[make_label("Ink")])
    for number in range(5):
        comment = make_comment(post, name=f"Reader {number}", text=TEXT[:400])
        for depth in range(3):
            comment = make_comment(post, text=f"Answer {depth}. {TEXT[:200]}", reply_to=comment)
    return post


def test_post_with_twenty_comments_is_light(discussed, open_page, foreign_requests):
    page = open_page()

    answer = page.goto(discussed.get_absolute_url())
    page.wait_for_load_state("networkidle")

    files = page.evaluate(FILES)
    sizes = {"link": 0, "script": 0}
    for file in files:
        content = page.request.get(file["address"]).body()
        sizes[file["kind"]] += len(gzip.compress(content, 9))
    assert page.locator(".thread .comment").count() == 20
    assert len(answer.body()) <= 60_000
    assert 5_000 < sizes["link"] <= 14_000
    assert 2_000 < sizes["script"] <= 10_000
    waiting = [file["address"].rsplit("/", 1)[1].split(".")[0] for file in files if file["waits"]]
    assert waiting == ["scheme"]  # 0.4 kB: docs/decisions/0022 says why it may
    assert foreign_requests == []


@pytest.mark.parametrize("width", [320, 1440])
@pytest.mark.parametrize("scheme", ["auto", "dark"])
def test_nothing_moves_once_it_is_drawn(discussed, open_page, width, scheme):
    page = open_page(viewport={"width": width, "height": 800}, color_scheme="light")
    page.add_init_script(f"localStorage.setItem('theme', '{scheme}')")

    for path in ("/", discussed.get_absolute_url(), "/search?q=margin", "/search/label/Paper"):
        page.goto(path)
        page.wait_for_load_state("networkidle")

        assert page.evaluate(SHIFTS) == 0, path
