from datetime import UTC, datetime

import pytest

from blog import interchange
from blog.choices import CommentPolicy, Kind, State
from blog.interchange.records import (
    AuthorKind,
    AuthorRecord,
    CommentState,
    ItemKind,
    PlaceRecord,
    Skipped,
)
from tests.blog.interchange.exports import OLD, SETTINGS_CSV, TAKEOUT, entry, feed, write

LIN = AuthorRecord(
    "林小河", "https://www.blogger.com/profile/10000000000000000001", AuthorKind.PROFILE
)


def old_id(number, kind="post"):
    return f"tag:blogger.com,1999:blog-4810000000000000001.{kind}-{number}"


def new_id(number, kind="post"):
    return f"tag:blogger.com,1999:blog-4820000000000000002.{kind}-{number}"


def posts(path):
    with interchange.detect(path) as reader:
        return list(reader.posts())


def the_post(tmp_path, text, **how):
    (post,) = posts(write(tmp_path, text, **how))
    return post


# --- The old export ------------------------------------------------------------------------------


def test_old_export_says_what_it_holds():
    with interchange.detect(OLD) as reader:
        counts = {str(kind): reader.count(kind) for kind in list(ItemKind)[:3]}
        by_iteration = (len(list(reader.posts())), len(list(reader.comments())))

    assert reader.format == "blogger-xml"
    assert counts == {"post": 8, "page": 2, "comment": 8}
    assert by_iteration == (10, 8)


def test_old_export_gives_posts_and_pages_with_state_and_address():
    found = [(post.number, post.kind, post.state, post.address) for post in posts(OLD)]

    assert found == [
        (5100000000000000006, Kind.POST, State.PUBLISHED, None),
        (5200000000000000001, Kind.PAGE, State.PUBLISHED, "/p/about.html"),
        (5100000000000000001, Kind.POST, State.PUBLISHED, "/2015/12/blog-post.html"),
        (5100000000000000002, Kind.POST, State.PUBLISHED, "/2016/02/ferry.html"),
        (5100000000000000003, Kind.POST, State.PUBLISHED, None),
        (5100000000000000007, Kind.POST, State.PUBLISHED, "/2017/07/%E6%B2%B3.html"),
        (5100000000000000005, Kind.POST, State.PUBLISHED, "/2099/01/letter.html"),
        (5100000000000000004, Kind.POST, State.DRAFT, None),
        (5100000000000000008, Kind.POST, State.DRAFT, None),
        (5200000000000000002, Kind.PAGE, State.DRAFT, None),
    ]


def test_old_export_gives_a_post_whole():
    by_number = {post.number: post for post in posts(OLD)}

    post = by_number[5100000000000000001]

    assert post.source_id == old_id(5100000000000000001)
    assert post.title == "冬天的第一壶茶"
    assert post.body == '<p>水开了三次。</p><script>alert("post")</script>'
    assert post.published_at == datetime(2015, 12, 3, 15, 30, tzinfo=UTC)
    assert post.updated_at == datetime(2015, 12, 4, 1, 0, 0, 123000, tzinfo=UTC)
    assert post.published_at.utcoffset().total_seconds() == 0
    assert post.labels == ("茶", "冬天", "tea & rain")
    assert post.author == LIN
    assert post.place == PlaceRecord("中国杭州市", 30.274085, 120.15507)
    assert (post.slug, post.address_month) == ("blog-post", "2015/12")
    assert (post.line_breaks, post.comment_policy, post.note) == (False, None, "")


def test_slug_in_chinese_is_decoded():
    by_number = {post.number: post for post in posts(OLD)}

    assert by_number[5100000000000000007].slug == "河"


def test_lost_addresses_are_told():
    by_number = {post.number: post for post in posts(OLD)}

    assert by_number[5100000000000000003].note == (
        "Another post of the file has its address /2016/02/ferry.html."
    )
    assert by_number[5100000000000000006].note == (
        "Its address could not be kept: http://letters-from-the-river.example"
        "/2004_01_01_archive.html#5100000000000000006."
    )


def test_draft_has_no_time_of_publication_but_of_creation():
    by_number = {post.number: post for post in posts(OLD)}

    draft = by_number[5100000000000000008]

    assert draft.published_at is None
    assert draft.created_at == datetime(2018, 5, 4, 21, 5, tzinfo=UTC)


def test_bare_line_ends_count_only_without_marks_of_lines():
    with_breaks = {post.number for post in posts(OLD) if post.line_breaks}

    assert with_breaks == {5100000000000000006}


def test_old_export_gives_threads_in_reading_order():
    with interchange.detect(OLD) as reader:
        found = [
            (comment.number, comment.parent_source_id, comment.order, comment.state)
            for comment in reader.comments()
            if comment.post_source_id == old_id(5100000000000000001)
        ]

    here, gone = CommentState.PUBLISHED, CommentState.REMOVED
    assert found == [
        (5300000000000000001, None, 0, here),
        (5300000000000000002, old_id(5300000000000000001), 1, here),
        (5300000000000000003, old_id(5300000000000000002), 2, here),
        (5300000000000000007, old_id(5300000000000000001), 3, here),
        (5300000000000000004, None, 4, gone),
        (5300000000000000005, old_id(5300000000000000004), 5, here),
        (5300000000000000006, None, 6, here),
    ]


def test_removed_comment_keeps_its_place_without_text():
    with interchange.detect(OLD) as reader:
        removed = [c for c in reader.comments() if c.state == CommentState.REMOVED]

    assert [(comment.number, comment.body) for comment in removed] == [(5300000000000000004, "")]


def test_reply_to_a_lost_comment_says_so():
    with interchange.detect(OLD) as reader:
        notes = {comment.number: comment.note for comment in reader.comments() if comment.note}

    assert notes == {
        5300000000000000006: "What it answers is not in the file; it stands at the top level."
    }


def test_commenters_are_told_apart_and_lose_their_addresses():
    with interchange.detect(OLD) as reader:
        found = {comment.number: comment.author for comment in reader.comments()}

    nobody = AuthorRecord("", "", AuthorKind.ANONYMOUS)
    mei = AuthorRecord(
        "梅", "https://www.blogger.com/profile/10000000000000000002", AuthorKind.PROFILE
    )
    assert found == {
        5300000000000000001: nobody,
        5300000000000000002: mei,
        5300000000000000003: LIN,
        5300000000000000004: mei,
        5300000000000000005: AuthorRecord("Tom", "http://toms-boats.example/", AuthorKind.NAMED),
        5300000000000000006: AuthorRecord("tom", "", AuthorKind.NAMED),
        5300000000000000007: nobody,
        5300000000000000009: mei,
    }


def test_same_profile_is_the_same_author_with_http_and_https():
    old = AuthorRecord("A", "http://www.blogger.com/profile/1", AuthorKind.PROFILE)
    new = AuthorRecord("B", "https://www.blogger.com/profile/1", AuthorKind.PROFILE)

    assert old.source_id == new.source_id == "blogger.com/profile/1"


def test_nothing_private_reaches_a_record():
    with interchange.detect(OLD) as reader:
        everything = repr([reader.blog(), *reader.posts(), *reader.comments(), *reader.skipped()])

    assert "templateScript" in OLD.read_text()
    for private in ("noreply", "lin.private", "mail.example", "tom@", "templateScript"):
        assert private not in everything


def test_what_is_left_out_is_listed_with_a_reason():
    with interchange.detect(OLD) as reader:
        left_out = [item for item in reader.skipped() if item.kind != ItemKind.SETTING]

    assert left_out == [
        Skipped(
            ItemKind.OTHER,
            "tag:blogger.com,1999:blog-4810000000000000001.layout",
            "Template: 河边的信",
            "Templates of Blogger are not used here.",
        ),
        Skipped(
            ItemKind.POST,
            old_id(5100000000000000002),
            "The ferry (copy)",
            "The file has this item twice; the first one counts.",
        ),
        Skipped(
            ItemKind.COMMENT,
            old_id(5300000000000000008),
            "Nowhere",
            "Its post is not in the file.",
        ),
    ]


def test_settings_are_matched_by_name_whatever_their_title():
    with interchange.detect(OLD) as reader:
        blog = reader.blog()

    assert (blog.title, blog.tagline, blog.language, blog.time_zone) == (
        "河边的信",
        "茶、雨和一条河",
        "zh-hans",
        "Asia/Shanghai",
    )
    assert {setting.field: setting.value for setting in blog.settings} == {
        "title": "河边的信",
        "tagline": "茶、雨和一条河",
        "language": "zh-hans",
        "time_zone": "Asia/Shanghai",
        "posts_per_page": 12,
        "guest_access": "anyone",
        "moderation": "all",
        "comment_message": "请友善， 谢谢。",
        "feed_content": "short",
        "has_post_comment_feeds": True,
        "is_searchable": True,
        "description": "写给河的信",
    }
    assert blog.source_id == "tag:blogger.com,1999:blog-4810000000000000001"
    assert blog.blogger_id == "4810000000000000001"
    assert blog.hosts == ("letters-from-the-river.example", "river-letters.blogspot.com")
    assert blog.warnings == ("BLOG_DATE_FORMAT: The value 31 has no counterpart here.",)
    assert not blog.is_private


def test_every_setting_has_a_line():
    with interchange.detect(OLD) as reader:
        mapped = [setting.source_id for setting in reader.blog().settings]
        others = [item.source_id for item in reader.skipped() if item.kind == ItemKind.SETTING]

    in_file = OLD.read_text().count("kind#settings")
    assert len(set(mapped) | set(others)) == len(mapped) + len(others) == in_file == 26


def test_prefixes_that_nobody_declared_are_understood(tmp_path):
    text = OLD.read_text()
    for prefix in ("app", "gd", "georss", "thr", "openSearch"):
        start = text.index(f" xmlns:{prefix}=")
        text = text[:start] + text[text.index("'", start + len(prefix) + 9) + 1 :]
    assert "xmlns:" not in text

    with interchange.detect(OLD) as good, interchange.detect(write(tmp_path, text)) as bad:
        assert list(bad.posts()) == list(good.posts())
        assert list(bad.comments()) == list(good.comments())
        assert bad.blog() == good.blog()


def test_prefixes_may_have_other_names(tmp_path):
    inside = "<x:control xmlns:x='http://www.w3.org/2007/app'><x:draft>yes</x:draft></x:control>"

    post = the_post(tmp_path, feed(entry(inside=inside)))

    assert post.state == State.DRAFT


def test_one_entry_without_a_feed_is_read(tmp_path):
    post = the_post(tmp_path, entry(inside="<app:control><app:draft>yes</app:draft></app:control>"))

    assert (post.number, post.state, post.body) == (1, State.DRAFT, "Text")


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "big5"]
)
def test_encodings_are_understood(tmp_path, encoding):
    declared = encoding.replace("-sig", "")
    content = "<title>河上的燈</title>"
    text = f"<?xml version='1.0' encoding='{declared}'?>" + feed(entry(inside=content))

    post = the_post(tmp_path, text, encoding=encoding)

    assert post.title == "河上的燈"


def test_characters_that_xml_forbids_are_left_out_and_counted(tmp_path):
    path = write(tmp_path, feed(entry(content="<content type='html'>a\x08b\x0bc</content>")))

    with interchange.detect(path) as reader:
        bodies = [post.body for post in reader.posts()]
        warnings = reader.blog().warnings

    assert bodies == ["abc"]
    assert warnings == ("2 characters that XML forbids were left out.",)


def test_plain_and_xhtml_bodies_become_html(tmp_path):
    path = write(
        tmp_path,
        feed(
            entry(1, content="<content type='text'>a &lt; b &amp; c</content>"),
            entry(
                2,
                content="<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>"
                "<p class='x'>河<br/>&amp;</p></div></content>",
            ),
        ),
    )

    assert [post.body for post in posts(path)] == [
        "a &lt; b &amp; c",
        '<div><p class="x">河<br>&amp;</p></div>',
    ]


@pytest.mark.parametrize(
    ("href", "address"),
    [
        ("https://a.example/2015/12/slug.html", "/2015/12/slug.html"),
        ("https://a.example/2015/12/slug.html?m=1#c4", "/2015/12/slug.html"),
        ("http://www.blogger.com/blogspot/name/2008/04/slug.html", "/2008/04/slug.html"),
        ("/2015/12/a_b-c.d.html", "/2015/12/a_b-c.d.html"),
        ("https://a.example/2015/13/slug.html", None),
        ("https://a.example/2015/12/..%2F..%2Fx.html", None),
        ("https://a.example/2015/12/a%20b.html", None),
        ("https://a.example/2015/12/%FF.html", None),
        ("https://a.example/p/page.html", None),
        ("https://a.example/search?q=x", None),
        ("https://[broken/2015/12/slug.html", None),
        ("", None),
    ],
)
def test_only_addresses_of_posts_are_kept(tmp_path, href, address):
    post = the_post(tmp_path, feed(entry(inside=f"<link rel='alternate' href='{href}'/>")))

    assert post.address == address
    assert bool(post.note) == (address is None and href != "")


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ("2015-12-03T23:30:00.000+08:00", datetime(2015, 12, 3, 15, 30, tzinfo=UTC)),
        ("\n 2015-12-03T23:30:00.5Z \n", datetime(2015, 12, 3, 23, 30, 0, 500000, tzinfo=UTC)),
        ("2015-12-03T23:30:00", datetime(2015, 12, 3, 23, 30, tzinfo=UTC)),
    ],
)
def test_times_keep_their_instant(tmp_path, published, expected):
    text = feed(entry()).replace("2020-02-02T12:00:00Z", published)

    assert the_post(tmp_path, text).published_at == expected


@pytest.mark.parametrize("published", ["", "yesterday", "0001-01-01T00:00:00+14:00"])
def test_post_without_a_time_becomes_a_draft(tmp_path, published):
    post = the_post(tmp_path, feed(entry()).replace("2020-02-02T12:00:00Z", published))

    assert (post.state, post.note) == (State.DRAFT, "It has no date, so it became a draft.")


def test_text_that_no_post_can_hold_is_left_out(tmp_path):
    long_text = "x" * 1_000_001
    path = write(tmp_path, feed(entry(content=f"<content type='html'>{long_text}</content>")))

    with interchange.detect(path) as reader:
        left_out = list(reader.skipped())
        kept = list(reader.posts())

    assert kept == []
    assert [item.reason for item in left_out] == ["Its text is longer than 1000000 characters."]


def test_comments_that_answer_each_other_in_a_circle_are_kept(tmp_path):
    def reply(number, parent):
        return entry(
            number,
            inside="<thr:in-reply-to ref='tag:blogger.com,1999:blog-7.post-1'/>"
            f"<link rel='related' href='http://b.example/1/comments/default/{parent}'/>",
        )

    path = write(tmp_path, feed(reply(11, 12), reply(12, 11), reply(13, 13), entry(1)))

    with interchange.detect(path) as reader:
        found = [(c.number, c.parent_source_id, bool(c.note)) for c in reader.comments()]

    assert found == [
        (11, None, True),
        (12, "tag:blogger.com,1999:blog-7.post-11", False),
        (13, None, True),
    ]


def test_hidden_comments_hide_them_on_every_post(tmp_path):
    shown = OLD.read_text()
    at = shown.index("BLOG_COMMENTS_ALLOWED")
    hidden = shown[:at] + shown[at:].replace(">true<", ">false<", 1)

    policies = {post.comment_policy for post in posts(write(tmp_path, hidden))}

    assert policies == {CommentPolicy.HIDDEN}


# --- The current backup --------------------------------------------------------------------------


def test_takeout_gives_posts_and_pages_with_state_and_address():
    with interchange.detect(TAKEOUT) as reader:
        found = [(post.number, post.kind, post.state, post.address) for post in reader.posts()]

    assert reader.format == "blogger-takeout"
    assert found == [
        (6200000000000000001, Kind.PAGE, State.PUBLISHED, "/p/about-us.html"),
        (6100000000000000001, Kind.POST, State.PUBLISHED, "/2021/04/first-lamp.html"),
        (6100000000000000003, Kind.POST, State.PUBLISHED, "/2099/02/lantern-day.html"),
        (6100000000000000002, Kind.POST, State.DRAFT, "/2021/05/unsent.html"),
        (6200000000000000002, Kind.PAGE, State.DRAFT, None),
    ]


def test_takeout_gives_a_post_whole():
    by_number = {post.number: post for post in posts(TAKEOUT)}

    post = by_number[6100000000000000001]

    assert post.source_id == new_id(6100000000000000001)
    assert post.title == "第一盞燈"
    assert post.body == '<p>天黑得早。</p><img src="https://pictures.example/lamp.jpg" alt="燈"/>'
    assert post.published_at == datetime(2021, 4, 1, 12, 30, tzinfo=UTC)
    assert post.created_at == datetime(2021, 3, 30, 10, 0, 0, 500000, tzinfo=UTC)
    assert post.updated_at == datetime(2021, 4, 3, 0, 0, 0, 250000, tzinfo=UTC)
    assert post.labels == ("燈", "山")
    assert post.description == "山上第一盞燈的故事"
    assert post.place == PlaceRecord("臺北市", 25.03, 121.56)
    assert post.author.kind == AuthorKind.PROFILE


def test_takeout_gives_threads_and_states_of_comments():
    with interchange.detect(TAKEOUT) as reader:
        found = [
            (comment.number, comment.parent_source_id, comment.state, comment.author.name)
            for comment in reader.comments()
        ]

    assert found == [
        (6300000000000000001, None, CommentState.PUBLISHED, "山下人"),
        (6300000000000000002, new_id(6300000000000000001), CommentState.PUBLISHED, "周燈"),
        (6300000000000000003, None, CommentState.REMOVED, ""),
        (6300000000000000005, new_id(6300000000000000003), CommentState.HELD, "Wen"),
        (6300000000000000004, None, CommentState.SPAM, "lamps"),
    ]


def test_trash_and_its_comments_stay_out():
    with interchange.detect(TAKEOUT) as reader:
        left_out = [(item.kind, item.source_id, item.reason) for item in reader.skipped()]

    assert left_out == [
        (ItemKind.POST, new_id(6100000000000000004), "It was in the trash."),
        (ItemKind.COMMENT, new_id(6300000000000000006), "Its post was skipped."),
    ]


def test_settings_beside_the_feed_are_read(tmp_path):
    path = write(tmp_path, TAKEOUT.read_bytes(), name="feed.atom")
    write(tmp_path, SETTINGS_CSV, name="settings.csv", encoding="utf-8-sig")

    with interchange.detect(path) as reader:
        blog = reader.blog()
        policies = {post.comment_policy for post in reader.posts()}
        everything = repr([blog, *reader.skipped()])

    assert (blog.title, blog.tagline, blog.time_zone) == ("山上的燈", "燈, 貓", "Asia/Taipei")
    assert blog.language == "zh-hant"
    assert blog.value("language") is None
    assert blog.is_private
    assert blog.warnings == (
        "This blog could be read by invited people only.",
        "BLOG_LOCALE: The interface is not translated into zh-TW; it keeps its language.",
        "BLOG_MAX_NUM: Front pages are counted in posts here, not in days.",
    )
    assert policies == {CommentPolicy.HIDDEN}
    assert "keeper" not in everything


def test_settings_beside_an_old_export_are_of_another_blog(tmp_path):
    path = write(tmp_path, OLD.read_bytes(), name="blog.xml")
    write(tmp_path, SETTINGS_CSV, name="settings.csv")

    with interchange.detect(path) as reader:
        assert reader.blog().title == "河边的信"


def test_settings_that_cannot_be_read_are_a_warning(tmp_path):
    path = write(tmp_path, TAKEOUT.read_bytes(), name="feed.atom")
    write(tmp_path, b"\xff\xfe\x00", name="settings.csv")

    with interchange.detect(path) as reader:
        blog = reader.blog()

    assert blog.title == "山上的燈"
    assert blog.warnings == ("settings.csv can't be read; the settings stay as they are.",)
