from datetime import UTC, date, datetime

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blog import interchange, publishing
from blog.choices import CommentPolicy, GuestAccess, Moderation, State
from blog.interchange import sections
from blog.interchange.load import load
from blog.interchange.records import Fate, ItemKind, LedgerItem
from blog.interchange.sections import fitted
from blog.models import Author, Label, OldAddress, Post, SiteProfile
from comments.models import BlogComment, ModerationEvent
from tests.blog.interchange.exports import (
    BLOG,
    OLD,
    SETTINGS_CSV,
    TAKEOUT,
    bring_in,
    export,
    post_entry,
    setting_entry,
)
from tests.builders import make_page, make_post, set_profile

pytestmark = pytest.mark.django_db

TABLES = (
    Author,
    BlogComment,
    Label,
    ModerationEvent,
    OldAddress,
    Post,
    apps.get_model("blog", "HistoricalPost"),
    Post.labels.through,
    SiteProfile,
)


def everything():
    """All rows of all tables an import may touch."""
    return {table: list(table.objects.order_by("pk").values()) for table in TABLES}


def items(ledger, kind=ItemKind.POST):
    return [item for item in ledger.items if item.kind == kind]


def the_item(ledger, kind=ItemKind.POST):
    (item,) = items(ledger, kind)
    return item


# --- What comes along ----------------------------------------------------------------------------


def test_posts_and_pages_come_with_state_address_and_local_day():
    bring_in(OLD)

    found = [
        (post.kind, post.state, post.get_absolute_url(), post.published_on)
        for post in Post.objects.exclude(state=State.DRAFT).oldest_first()
    ]
    drafts = Post.objects.drafts().order_by("blogger_id")
    assert found == [
        ("post", "published", "/2004/01/before-addresses.html", date(2004, 1, 20)),
        ("page", "published", "/p/about.html", date(2012, 1, 2)),
        ("post", "published", "/2015/12/blog-post.html", date(2015, 12, 3)),
        ("post", "published", "/2016/02/ferry.html", date(2016, 2, 1)),
        ("post", "published", "/2016/02/the-ferry.html", date(2016, 2, 1)),
        ("post", "published", "/2017/07/%E6%B2%B3.html", date(2017, 7, 7)),
        ("post", "published", "/2099/01/letter.html", date(2099, 1, 1)),
    ]
    assert [(post.title, post.publish_at, post.address_month) for post in drafts] == [
        ("", None, ""),
        ("Second thoughts", None, ""),
        ("Colophon", None, ""),
    ]
    assert Post.objects.scheduled().get().title == "Letter to next century"


def test_post_comes_whole_and_clean():
    bring_in(OLD)

    post = Post.objects.get(blogger_id=5100000000000000001)
    assert post.body == '<p>水开了三次。</p><script>alert("post")</script>'
    assert post.body_html == "<p>水开了三次。</p>"
    assert sorted(label.name for label in post.labels.all()) == ["tea & rain", "冬天", "茶"]
    assert post.author.name == "林小河"
    assert (post.place_name, post.latitude, post.longitude) == ("中国杭州市", 30.274085, 120.15507)
    assert post.publish_at == datetime(2015, 12, 3, 15, 30, tzinfo=UTC)
    assert post.updated_at == datetime(2015, 12, 4, 1, 0, 0, 123_000, tzinfo=UTC)
    assert post.entry_id == "tag:blogger.com,1999:blog-4810000000000000001.post-5100000000000000001"
    assert post.comment_policy == CommentPolicy.OPEN
    assert post.language == ""
    assert [revision.history_change_reason for revision in post.history.all()] == [
        "Imported: blogger-xml"
    ]


def test_bare_line_ends_of_old_posts_are_kept():
    bring_in(OLD)

    post = Post.objects.get(blogger_id=5100000000000000006)
    assert post.body_html == "<p>One line<br>another line</p><p>last line</p>"


def test_ledger_has_each_post_with_its_address_here():
    ledger = bring_in(TAKEOUT)

    assert [(item.title, item.fate, item.draft, item.address) for item in items(ledger)] == [
        ("第一盞燈", Fate.CREATED, False, "/2021/04/first-lamp.html"),
        ("Lantern day", Fate.CREATED, False, "/2099/02/lantern-day.html"),
        ("Unsent", Fate.CREATED, True, None),
        ("Thrown away", Fate.SKIPPED, False, None),
    ]
    assert ledger.counts() == {
        "post": {"created": 3, "skipped": 1},
        "page": {"created": 2},
        "comment": {"created": 5, "skipped": 1},
        "label": {"created": 2},
        "setting": {"updated": 1},
        "media": {"skipped": 1},
    }


def test_each_live_address_of_the_file_answers_as_it_did_on_blogger(client):
    with interchange.detect(OLD) as reader:
        promised = [post.address for post in reader.posts() if post.address and not post.is_draft]
        load(reader)
    promised.remove("/2099/01/letter.html")  # not yet

    answers = [
        (address + query, response.status_code, response.context["canonical"])
        for address in promised
        for query in ("", "?m=0", "?m=1", "?showComment=1449200000000")
        for response in [client.get(address + query)]
    ]

    assert answers == [
        (address + query, 200, address)
        for address in promised
        for query in ("", "?m=0", "?m=1", "?showComment=1449200000000")
    ]
    assert client.get("/2099/01/letter.html").status_code == 404
    assert len(promised) == 4


def test_writers_are_made_once_and_nobody_is_called_so_in_the_language_of_the_blog(tmp_path):
    by_nobody = post_entry(2).replace("<name>Ida</name>", "<name>Anonymous</name>")
    by_a_long_name = post_entry(3).replace("Ida", "长" * 400)
    file = export(tmp_path, post_entry(1), by_nobody, by_a_long_name, post_entry(4))

    bring_in(file)
    bring_in(file)

    names = list(Author.objects.order_by("pk").values_list("name", flat=True))
    assert names == ["Ida", "Anonymous", "长" * 149 + "…"]


# --- Twice ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [OLD, TAKEOUT], ids=["old", "takeout"])
def test_second_import_touches_no_row(path):
    first = bring_in(path)
    before = everything()

    second = bring_in(path)

    assert everything() == before
    assert [(item.source_id, item.fate) for item in second.items] == [
        (item.source_id, Fate.SKIPPED if item.fate == Fate.SKIPPED else Fate.UNCHANGED)
        for item in first.items
    ]


def test_dry_run_says_the_same_and_writes_nothing():
    SiteProfile.current()
    before = everything()

    dry = bring_in(OLD, dry_run=True)
    after = everything()
    real = bring_in(OLD)

    assert after == before
    assert dry.items == real.items
    assert (dry.dry_run, real.dry_run) == (True, False)


def test_post_that_changed_in_the_source_is_updated_with_one_revision(tmp_path):
    old = export(tmp_path, post_entry(1, labels=["river"]), post_entry(2, title="Other"))
    bring_in(old)
    new_text = post_entry(1, title="On boats", updated="2021-01-01T00:00:00Z", labels=["sea"])
    new = export(tmp_path, new_text, post_entry(2, title="Other"), name="new")

    ledger = bring_in(new)

    post = Post.objects.get(blogger_id=1)
    assert [(item.title, item.fate) for item in items(ledger)] == [
        ("On boats", Fate.UPDATED),
        ("Other", Fate.UNCHANGED),
    ]
    assert post.title == "On boats"
    assert [label.name for label in post.labels.all()] == ["sea"]
    assert post.updated_at == datetime(2021, 1, 1, tzinfo=UTC)
    assert post.get_absolute_url() == "/2020/02/on-ferries.html"
    assert [revision.title for revision in post.history.order_by("pk")] == [
        "On ferries",
        "On boats",
    ]


def test_post_that_was_edited_here_stays_as_it_is(tmp_path):
    bring_in(export(tmp_path, post_entry(1)))
    post = Post.objects.get()
    post.title = "Ours"
    publishing.save(post, by=None)
    before = everything()

    ledger = bring_in(export(tmp_path, post_entry(1, body="<p>Theirs.</p>")))

    assert everything() == before
    assert the_item(ledger).fate == Fate.SKIPPED
    assert the_item(ledger).reason == "It has been edited here since it was imported."


def test_draft_that_was_published_in_the_source_gets_its_address_there(tmp_path):
    bring_in(export(tmp_path, post_entry(1, status="DRAFT", address="/2019/01/wish.html")))
    drafted = Post.objects.get()

    ledger = bring_in(export(tmp_path, post_entry(1, address="/2020/02/ferries.html")))

    assert (drafted.slug, drafted.address_month) == ("wish", "")
    assert Post.objects.get().get_absolute_url() == "/2020/02/ferries.html"
    assert the_item(ledger).fate == Fate.UPDATED


def test_failure_half_way_leaves_nothing(monkeypatch):
    SiteProfile.current()
    before = everything()

    def fail(under_way):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(sections, "_sections", [*sections.registered(), fail])
    with pytest.raises(RuntimeError):
        bring_in(OLD)

    assert everything() == before
    assert SiteProfile.current().title == "Postil"


# --- Addresses that meet -------------------------------------------------------------------------


def test_address_that_a_post_here_has_stays_with_that_post(tmp_path):
    ours = make_post(title="Ferry", slug="ferry", publish_at=datetime(2020, 2, 9, tzinfo=UTC))
    ours_page = make_page(slug="about")

    ledger = bring_in(
        export(
            tmp_path,
            post_entry(1, address="/2020/02/ferry.html"),
            post_entry(2, kind="page", address="/p/about.html"),
        )
    )

    assert Post.objects.at(month="2020/02", slug="ferry").get() == ours
    assert Post.objects.pages().get(slug="about") == ours_page
    assert (the_item(ledger).address, the_item(ledger).reason) == (
        "/2020/02/ferry-2.html",
        "/2020/02/ferry.html belongs to another text here; this one is at /2020/02/ferry-2.html.",
    )
    assert the_item(ledger, ItemKind.PAGE).address == "/p/about-2.html"


def test_imported_post_takes_an_address_that_only_redirects(tmp_path, client):
    OldAddress.objects.create(path="/2020/02/ferry.html", post=make_post())

    ledger = bring_in(export(tmp_path, post_entry(1, address="/2020/02/ferry.html")))

    assert client.get("/2020/02/ferry.html").context["post"].blogger_id == 1
    assert the_item(ledger).reason == "A redirect from its address to another text has ended."
    assert OldAddress.objects.count() == 0


def test_post_without_an_address_leaves_the_address_of_a_later_one_alone(tmp_path):
    bring_in(
        export(
            tmp_path,
            post_entry(1, title="Ferry", published="2020-02-01T00:00:00Z"),
            post_entry(2, published="2020-02-02T00:00:00Z", address="/2020/02/ferry.html"),
        )
    )

    found = {post.blogger_id: post.get_absolute_url() for post in Post.objects.all()}
    assert found == {1: "/2020/02/ferry-2.html", 2: "/2020/02/ferry.html"}


def test_drafts_of_pages_each_get_an_address(tmp_path):
    bring_in(
        export(
            tmp_path,
            *(post_entry(n, kind="page", status="DRAFT", title="") for n in (1, 2)),
        )
    )

    assert sorted(page.slug for page in Post.objects.pages()) == ["post", "post-2"]


# --- The blog itself -----------------------------------------------------------------------------


def test_settings_go_into_the_profile_of_an_empty_blog():
    set_profile(title="Chosen at set-up")

    bring_in(OLD)

    profile = SiteProfile.current()
    assert (profile.title, profile.tagline) == ("河边的信", "茶、雨和一条河")
    assert (profile.language, profile.time_zone) == ("zh-hans", "Asia/Shanghai")
    assert (profile.guest_access, profile.moderation) == (GuestAccess.ANYONE, Moderation.ALL)
    assert (profile.posts_per_page, profile.feed_content) == (12, "short")
    assert profile.blogger_id == "4810000000000000001"


def test_what_the_owner_has_set_stays_and_posts_move_to_the_days_of_a_new_zone():
    set_profile(title="Ours", posts_per_page=3)
    ours = make_post(publish_at=datetime(2020, 1, 1, 20, tzinfo=UTC))

    ledger = bring_in(OLD)

    profile = SiteProfile.current()
    ours.refresh_from_db()
    fates = {item.source_id: item.fate for item in items(ledger, ItemKind.SETTING)}
    assert (profile.title, profile.posts_per_page) == ("Ours", 3)
    assert (profile.tagline, profile.time_zone) == ("茶、雨和一条河", "Asia/Shanghai")
    assert ours.published_on == date(2020, 1, 2)
    assert ours.get_absolute_url().startswith("/2020/01/")
    assert (fates["BLOG_NAME"], fates["BLOG_DESCRIPTION"]) == (Fate.SKIPPED, Fate.UPDATED)


def test_settings_that_fit_no_column_are_cut(tmp_path):
    ledger = bring_in(
        export(tmp_path, setting_entry("BLOG_NAME", "山" * 300), post_entry(1)),
    )

    assert SiteProfile.current().title == "山" * 199 + "…"
    assert the_item(ledger, ItemKind.SETTING) == LedgerItem(
        ItemKind.SETTING, "BLOG_NAME", "title", Fate.UPDATED, reason="It was cut to 200 characters."
    )


@pytest.mark.parametrize(
    ("locale", "of_the_blog", "of_the_posts"),
    [
        ("nl", "en", "nl"),
        ("en", "en", ""),
        ("en_GB", "en", "en-gb"),
        ("zh_CN", "zh-hans", ""),
        ("zh_TW", "en", "zh-hant"),
    ],
)
def test_posts_say_their_language_where_it_is_not_the_blogs(
    tmp_path, locale, of_the_blog, of_the_posts
):
    bring_in(export(tmp_path, setting_entry("BLOG_LOCALE", locale), post_entry(1)))

    assert SiteProfile.current().language == of_the_blog
    assert Post.objects.get().language == of_the_posts


def test_posts_of_a_private_blog_wait_as_drafts_with_date_and_address(tmp_path):
    (tmp_path / "settings.csv").write_text(SETTINGS_CSV)
    file = export(tmp_path, post_entry(1, address="/2020/02/ferry.html"))

    item = the_item(bring_in(file))
    draft = Post.objects.get()
    publishing.publish(draft, by=None)

    assert (item.draft, item.address) == (True, None)
    assert item.reason == "The blog was not public, so it became a draft."
    assert Post.objects.live().get().get_absolute_url() == "/2020/02/ferry.html"
    assert draft.publish_at == datetime(2020, 2, 2, 12, tzinfo=UTC)
    assert draft.comment_policy == CommentPolicy.HIDDEN


# --- What doesn't fit ----------------------------------------------------------------------------


def test_long_title_is_cut_and_says_so(tmp_path):
    item = the_item(bring_in(export(tmp_path, post_entry(1, title="字" * 600))))

    assert Post.objects.get().title == "字" * 499 + "…"
    assert item.title == "字" * 119 + "…"
    assert item.reason == "Its title was cut to 500 characters."


def test_labels_lose_commas_and_length(tmp_path):
    names = ["tea, hot", "tea hot", "，", "水" * 120]

    ledger = bring_in(export(tmp_path, post_entry(1, labels=names)))

    assert sorted(label.name for label in Post.objects.get().labels.all()) == [
        "tea hot",
        "水" * 99 + "…",
    ]
    assert [(item.source_id, item.fate, item.reason) for item in items(ledger, ItemKind.LABEL)] == [
        ("tea, hot", Fate.CREATED, "Here it is called “tea hot”."),
        ("tea hot", Fate.CREATED, ""),
        ("，", Fate.REFUSED, "Nothing of its name can be kept."),
        ("水" * 120, Fate.CREATED, f"Here it is called “{'水' * 99}…”."),
    ]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_post_from_the_end_of_the_calendar_is_refused(tmp_path, moment):
    set_profile(time_zone="America/New_York" if moment < "1" else "Asia/Shanghai")

    ledger = bring_in(export(tmp_path, post_entry(1, published=moment), post_entry(2)))

    assert {item.source_id: (item.fate, item.reason) for item in items(ledger)} == {
        f"{BLOG}.post-1": (Fate.REFUSED, "Its date lies outside the calendar."),
        f"{BLOG}.post-2": (Fate.CREATED, ""),
    }
    assert Post.objects.get().blogger_id == 2


def test_cut_text_keeps_letters_and_accents_together():
    assert fitted("a\u0301" * 10, 6) == "a\u0301a\u0301…"
    assert fitted(" one\n two\x9b ", 20) == "one two"
    assert fitted("👩‍🚀👩‍🚀", 5) == "👩‍🚀…"


def test_each_post_costs_the_same_number_of_queries(tmp_path):
    def cost(count):
        name = f"{count}"
        entries = [
            post_entry(count * 100 + n, address=f"/2020/02/ferry-{count}-{n}.html", labels=["sea"])
            for n in range(count)
        ]
        file = export(tmp_path, *entries, name=name)
        with CaptureQueriesContext(connection) as queries:
            bring_in(file)
        return len(queries)

    cost(1)  # makes author and label
    two, four = cost(2), cost(4)

    assert (four - two) / 2 <= 21  # half of them for the search index
