"""What an owner chooses of the look is on the next page that anybody gets, from memory or not."""

import pytest

from blog import appearance
from blog.choices import GadgetKind, Theme
from blog.models import SiteProfile
from blog.models.appearance import Gadget
from comments import moderation
from comments.choices import Status
from tests.builders import make_comment, make_page, make_post, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def kept(reader, path="/"):
    """The page once it is answered from memory."""
    reader.get(path)
    answer = reader.get(path)
    assert answer.came_from == "hit"
    return answer.text


def choose(**fields):
    profile = SiteProfile.objects.get()
    for name, value in fields.items():
        setattr(profile, name, value)
    appearance.save(profile)


def test_theme_colours_gadgets_and_footer_show_at_once(reader):
    make_post()
    assert "theme-studio" not in kept(reader)

    profile = SiteProfile.objects.get()
    profile.keep_gadgets([Gadget(GadgetKind.TEXT, text="A note")])
    profile.keep_footer("CC BY-SA")
    appearance.save(profile)
    choose(theme=Theme.STUDIO, accent="#7a1fa2")

    page = reader.get("/").text
    assert "theme-studio" in page
    assert appearance.sheet_path(SiteProfile.objects.get()) in page
    assert "<p>A note</p>" in page
    assert "<p>CC BY-SA</p>" in page
    assert 'id="archive-heading"' not in page


def test_menu_shows_its_new_order_at_once(reader):
    first, second = make_page(title="About"), make_page(title="Imprint")
    page = kept(reader)
    assert page.index(">About<") < page.index(">Imprint<")

    profile = SiteProfile.objects.get()
    profile.keep_menu([second.pk, first.pk], left_out=[])
    appearance.save(profile)

    page = reader.get("/").text
    assert page.index(">Imprint<") < page.index(">About<")


def test_title_of_a_gadget_that_is_remembered_changes_at_once(reader):
    make_post()
    assert "Blog Archive" in kept(reader)

    profile = SiteProfile.objects.get()
    profile.keep_gadgets([Gadget(GadgetKind.ARCHIVE, title="All that was")])
    appearance.save(profile)

    page = reader.get("/").text
    assert "All that was" in page
    assert "Blog Archive" not in page


def test_recent_comments_hold_no_word_that_nobody_may_read_and_none_too_long(reader):
    post = make_post()
    moderator = make_user(is_superuser=True)
    make_comment(make_post(comment_policy="hidden"), name="Hidden", text="under a silent post")
    held = make_comment(post, name="Grete", text="Was held.", status=Status.HELD)
    make_comment(post, name="Spam", text="Buy!", status=Status.SPAM)
    assert "recent-comments" not in kept(reader)

    profile = SiteProfile.objects.get()
    profile.keep_gadgets([Gadget(GadgetKind.COMMENTS)])
    appearance.save(profile)
    assert "recent-comments" not in kept(reader)

    moderation.approve([held], by=moderator)
    page = kept(reader)
    assert f'<a href="{held.get_absolute_url()}"' in page
    assert ">Was held.<" in page
    assert "silent post" not in page
    assert "Buy!" not in page

    moderation.remove([held], by=moderator)
    assert "Was held." not in reader.get("/").text
