"""What is looked at before publishing: each finding, and that what is well is not mentioned."""

import pytest

from blog import labelling, publishing
from blog.choices import Audience, Check, State
from blog.inspection import inspect
from blog.models import OldAddress, Post
from tests.builders import make_label, make_page, make_post, set_profile

pytestmark = pytest.mark.django_db


def found(post):
    """Check → details of what is said of `post`."""
    return {finding.check: list(finding.details) for finding in inspect([post])[0]}


def draft(body="A margin is a room.", **fields):
    return make_post(body=body, state=State.DRAFT, **{"title": "Draft", **fields})


def test_sound_text_has_no_findings():
    body = "![A fox](/media/fox.png)\n\n## One\n\n### Two\n\n## Three\n\n[home](/)"

    assert found(draft(body)) == {}


def test_empty_title():
    assert found(draft(title=" ")) == {Check.TITLE: []}


def test_images_without_alternative_text_are_named():
    body = "![](/media/one.png) ![ ](/media/a/%E7%BA%B8.jpg?x=1) ![A fox](/f.png)"

    assert found(draft(body))[Check.IMAGES] == ["one.png", "纸.jpg"]


def test_skipped_heading_levels_are_quoted():
    body = "## One\n\n#### Deep *words*\n\n## Two\n\n### Three"

    assert found(draft(body)) == {Check.HEADINGS: ["Deep words"]}


def test_links_within_the_blog_that_lead_nowhere():
    live = make_post(title="Live", slug="live", labels=[make_label("Paper")])
    page = make_page(title="About", slug="about")
    OldAddress.objects.create(post=live, path="/2001/01/old.html")
    labelling.rename(live.labels.get(), "Vellum")
    hidden = draft(title="Hidden", labels=[make_label("Draft label")])
    private = make_post(title="Private", slug="private", audience=Audience.LINK)
    good = [
        "/",
        live.get_absolute_url(),
        f"http://127.0.0.1:8000{live.get_absolute_url()}?x=1#top",
        page.get_absolute_url(),
        "/2001/01/old.html",
        "/search/label/Vellum",
        "/search/label/Paper",
        "/author/ada-verne/",
        "/2015/",
        "/feeds/posts/default",
        "https://example.org/nowhere",
        "mailto:ada@example.org",
        "#s-one",
    ]
    bad = [
        "/2001/01/never.html",
        "/p/nowhere.html",
        "/search/label/Draft%20label",
        "/author/nobody/",
        "/no/such/thing",
        hidden.get_absolute_url().replace("drafts", "draft"),
        private.get_absolute_url(),
        "#s-nowhere",
    ]
    links = " ".join(f'<a href="{address}">x</a>' for address in [*good, *bad])

    details = found(draft(f'<h2 id="one">One</h2><p>{links}</p>', markup="html"))

    assert set(details) == {Check.LINKS}
    assert details[Check.LINKS] == [*(one for one in bad if one[0] == "/")][:5]
    sentence = inspect([Post.objects.get(title="Draft")])[0][0].sentence
    assert sentence == "8 links within this blog lead nowhere."


def test_address_that_another_text_has():
    live = make_post(title="On margins")

    assert found(draft(title="On margins")) == {Check.ADDRESS: [live.get_absolute_url()]}
    assert found(live) == {}


def test_looking_costs_the_same_for_one_text_and_three(django_assert_num_queries):
    make_page(title="About", slug="about")
    body = "[a](/p/about.html) [b](/2001/01/x.html) [c](/search/label/x) [d](/author/x/)"
    posts = [draft(body, title=f"Draft {number}") for number in range(3)]
    set_profile()

    for some in (posts[:1], posts):
        with django_assert_num_queries(7):
            inspect(some)


def test_nothing_blocks_unless_the_owner_says_so():
    post = draft("![](/media/one.png)")
    assert [finding.is_blocking for finding in inspect([post])[0]] == [False]
    publishing.publish(post, by=None)
    other = draft("![](/media/one.png)\n\n#### Deep", title="Other")
    set_profile(blocking_checks=[Check.IMAGES])

    with pytest.raises(publishing.NotReady, match="Images without alternative text"):
        publishing.publish(other, by=None)

    assert [(one.check, one.is_blocking) for one in inspect([other])[0]] == [
        (Check.IMAGES, True),
        (Check.HEADINGS, False),
    ]
    assert (post.is_live, other.is_live) == (True, False)
