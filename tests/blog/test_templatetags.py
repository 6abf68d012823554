"""The reader's tags and filters."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, RequestContext, Template
from django.utils import timezone as clock_zone
from django.utils import translation

from blog.access import Role
from blog.choices import State
from blog.models import SiteProfile
from blog.templatetags import blog_tags
from tests.builders import make_author, make_label, make_page, make_post, make_user

NIGHT = datetime(2015, 12, 3, 16, 8, 9, 123456, tzinfo=UTC)  # past midnight in Shanghai


# --- Dates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "heading"),
    [
        ("en", "Thursday, December 3, 2015"),
        ("zh-hans", "2015年12月3日星期四"),
        ("de", "Donnerstag, 3. Dezember 2015"),
        ("es", "jueves, 3 de diciembre de 2015"),
        ("fr", "jeudi 3 décembre 2015"),
        ("ar", "الخميس، 3 ديسمبر 2015"),
        ("nl", "3 december 2015"),  # no language of ours: Django's own words
    ],
)
def test_day_heading_is_the_full_date_of_the_language(language, heading):
    with translation.override(language):
        assert blog_tags.day_heading(date(2015, 12, 3)) == heading


@pytest.mark.parametrize(
    ("language", "moment", "clock"),
    [
        ("en", "December 4, 2015 at 12:08 AM", "12:08 AM"),
        ("zh-hans", "2015年12月4日 00:08", "00:08"),
    ],
)
def test_times_are_told_in_the_zone_of_the_blog(language, moment, clock):
    template = "{% load blog_tags %}{{ at|moment }}|{{ at|clock }}|{{ at|iso }}"

    with translation.override(language), clock_zone.override(ZoneInfo("Asia/Shanghai")):
        told = Template(template).render(Context({"at": NIGHT}))

    assert told == f"{moment}|{clock}|2015-12-04T00:08:09+08:00"


# --- Words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "tag"),
    [("en", "en"), ("zh-hans", "zh-Hans"), ("zh-hant", "zh-Hant"), ("pt-br", "pt-BR")],
)
def test_languages_are_written_as_html_wants_them(code, tag):
    assert blog_tags.bcp47(code) == tag


@pytest.mark.parametrize(
    ("name", "letter"),
    [("grete", "G"), ("王一", "王"), ("«élan»", "É"), ("ß", "S"), ("…", "…"), ("", "")],
)
def test_initial_is_the_first_letter_of_a_name(name, letter):
    assert blog_tags.initial(name) == letter


# --- Posts ----------------------------------------------------------------------------------------


@pytest.fixture
def card_of(rf):
    """The body of a post as a list of its own shows it."""
    return lambda post: blog_tags.card_body(RequestContext(rf.get("/")), post)


@pytest.mark.django_db
def test_card_ends_at_the_read_more_mark(card_of):
    whole = make_post(body="All of it.")
    cut = make_post(body="Before.\n\n<!-- more -->\n\nAfter.")

    assert card_of(whole) == blog_tags.CardBody("<p>All of it.</p>\n", is_cut=False)
    card = card_of(cut)
    assert card.is_cut
    assert card.body_html == "<p>Before.</p>"


@pytest.mark.django_db
def test_card_has_no_ids_and_its_inner_links_lead_to_the_post(card_of):
    post = make_post(
        title="Notes", body='Text.[^1] `<i id="s-x" href="#y">`\n\n[^1]: A note.', slug="notes"
    )

    html = card_of(post).body_html

    assert 'href="#' in post.body_html
    assert ' id="s-' in post.body_html.replace("&lt;", "")
    assert f'href="{post.get_absolute_url()}#s-fn1"' in html
    assert '&lt;i id="s-x" href="#y"&gt;' in html  # words of the author, not a tag
    assert html.count(' id="') == 1
    assert html.count('href="#') == 1


@pytest.mark.django_db
def test_only_those_who_may_change_a_post_are_offered_it():
    writer = make_user(role=Role.AUTHOR)
    post = make_post(author=writer)
    people = [writer, make_user(role=Role.EDITOR), make_user(role=Role.AUTHOR), make_user()]

    may = [blog_tags.may_edit(Context({"user": user}), post) for user in [*people, AnonymousUser()]]

    assert may == [True, True, False, False, False]


# --- Ways through the blog ------------------------------------------------------------------------


@pytest.mark.django_db
def test_menu_lists_live_pages_with_a_title(django_assert_num_queries):
    make_post(title="A post")
    make_page(title="Imprint")
    make_page(title="About")
    make_page(title="Not yet", state=State.DRAFT)
    make_page(title="", slug="nameless")
    context = Context({"site_profile": SiteProfile.current()})

    with django_assert_num_queries(1):
        menu = [(page.title, page.get_absolute_url()) for page in blog_tags.menu_pages(context)]

    assert menu == [("About", "/p/about.html"), ("Imprint", "/p/imprint.html")]


@pytest.mark.django_db
def test_labels_are_listed_by_name_with_their_live_posts(django_assert_num_queries):
    paper, ink, unused = make_label("paper"), make_label("Ink"), make_label("Unused")
    make_post(labels=[paper, ink])
    make_post(labels=[paper])
    make_post(labels=[paper, unused], state=State.DRAFT)

    with django_assert_num_queries(1):
        labels = [(label.name, label.post_count) for label in blog_tags.used_labels()]

    assert labels == [("Ink", 1), ("paper", 2)]


def years(context):
    return blog_tags.archive_years(blog_tags.archive_place(Context(context)))


def tree(years):
    return [
        (year.year, year.post_count, year.is_open, [(m.url, m.post_count) for m in year.months])
        for year in years
    ]


@pytest.mark.django_db
def test_archive_opens_the_year_that_the_page_is_about(django_assert_num_queries):
    author = make_author()
    older, *_rest = [
        make_post(publish_at=datetime(year, month, 3, tzinfo=UTC), author=author)
        for year, month in [(2014, 2), (2015, 12), (2015, 12), (2015, 1)]
    ]
    make_post(publish_at=datetime.now(UTC) + timedelta(days=9), author=author)

    with django_assert_num_queries(1):
        on_home = years({})
    on_post = years({"post": older})
    on_month = years({"open_year": 2014, "open_month": date(2014, 2, 1)})

    months_2015 = [("/2015/12/", 2), ("/2015/01/", 1)]
    assert tree(on_home) == [(2015, 3, True, months_2015), (2014, 1, False, [("/2014/02/", 1)])]
    assert [year.is_open for year in on_post] == [False, True]
    assert [year.is_open for year in on_month] == [False, True]
    assert [month.is_current for month in on_month[1].months] == [True]
    assert not any(year.is_current for year in on_month)


@pytest.mark.django_db
def test_archive_of_an_empty_blog_is_empty():
    assert years({}) == []
