import pytest
from django.core import mail
from django.utils import translation
from django.utils.translation import gettext

from blog.interchange.records import Fate, ItemKind
from blog.models import Post
from comments import moderation, notifications, threads
from comments.choices import Act, Status
from comments.models import BlogComment, ModerationEvent, OutgoingMail
from comments.spam.reasons import sentence
from comments.templatetags.discussion import asked_for
from tests.blog.interchange.exports import (
    BLOG,
    OLD,
    TAKEOUT,
    bring_in,
    comment_entry,
    export,
    post_entry,
)
from tests.builders import make_user, set_profile

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def outline(post):
    """The comments of a post as they read: level, name, text, status."""
    return [
        (comment.level, comment.user_name, comment.body_html, comment.status)
        for comment in BlogComment.objects.on_post(post).in_reading_order()
    ]


def items(ledger):
    return [item for item in ledger.items if item.kind == ItemKind.COMMENT]


def test_threads_come_in_order_with_names_times_and_states():
    bring_in(OLD)

    post = Post.objects.get(blogger_id=5100000000000000001)
    first = BlogComment.objects.get(blogger_id=5300000000000000001)
    with translation.override("zh-hans"):  # the language of the blog, not of who imports it
        nobody = gettext("Anonymous")
    assert outline(post) == [
        (0, nobody, "First!<br>And <strong>warm</strong>.", "published"),
        (1, "梅", "水温多少？", "published"),
        (2, "林小河", "我也这么想。", "published"),
        (1, nobody, "Late, but to the first.", "published"),
        (0, "梅", "", "removed"),
        (1, "Tom", "Why did you remove it?", "published"),
        (0, "tom", "I answer somebody who is gone.", "published"),
    ]
    assert (first.submit_date.isoformat(), first.published_at) == (
        "2015-12-04T00:10:00+00:00",
        first.submit_date,
    )
    assert (
        first.entry_id == "tag:blogger.com,1999:blog-4810000000000000001.post-5300000000000000001"
    )
    assert post.comment_count == 6
    assert post.last_comment_at.isoformat() == "2015-12-06T02:00:00+00:00"
    assert [(row.user, row.guest, row.user_email) for row in BlogComment.objects.all()] == [
        (None, None, "")
    ] * 8


def test_states_of_the_backup_are_kept_and_the_held_say_why():
    bring_in(TAKEOUT)

    found = {
        comment.blogger_id % 100: (
            comment.status,
            comment.is_public,
            comment.is_removed,
            [sentence(reason) for reason in comment.reasons],
        )
        for comment in BlogComment.objects.all()
    }
    waiting = ["It was waiting for a moderator where it was imported from."]
    assert found == {
        1: (Status.PUBLISHED, True, False, []),
        2: (Status.PUBLISHED, True, False, []),
        3: (Status.REMOVED, True, True, []),
        4: (Status.SPAM, False, True, []),
        5: (Status.HELD, False, False, waiting),
    }


def test_each_import_is_in_the_log_and_in_nobodys_mailbox(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        bring_in(OLD)
    notifications.announce_due()
    notifications.mail_notices()

    assert set(ModerationEvent.objects.values_list("act", "by", "status_before")) == {
        (Act.IMPORTED, None, "")
    }
    assert ModerationEvent.objects.count() == BlogComment.objects.count() == 8
    assert (OutgoingMail.objects.count(), mail.outbox) == (0, [])


def test_comment_text_is_cleaned_and_keeps_its_emphasis_and_lines(tmp_path):
    body = (
        "<b>Bold</b> <I class='x'>it</I><br/><script>steal()</script><a href='javascript:x'>a</a>"
    )
    file = export(
        tmp_path,
        post_entry(1),
        comment_entry(2, body=body),
        comment_entry(3, body="one\ntwo", published="2020-02-04T12:00:00Z"),
    )

    bring_in(file)

    assert [comment.body_html for comment in BlogComment.objects.in_reading_order()] == [
        '<strong>Bold</strong> <em>it</em><br><a rel="ugc nofollow noopener">a</a>',
        "one<br>\ntwo",
    ]


def test_name_and_site_fit_their_columns(tmp_path):
    file = export(
        tmp_path,
        post_entry(1),
        comment_entry(2, name="名" * 80, url=f"https://x.example/{'a' * 300}"),
        comment_entry(3, url="http://no host/", published="2020-02-04T12:00:00Z"),
        comment_entry(4, url="https://tom.example/", published="2020-02-05T12:00:00Z"),
    )

    bring_in(file)

    found = BlogComment.objects.in_reading_order().values_list("user_name", "user_url")
    assert list(found) == [
        ("名" * 49 + "…", ""),
        ("Tom", ""),
        ("Tom", "https://tom.example/"),
    ]


def test_answers_below_the_deepest_comment_become_its_siblings(tmp_path):
    chain = [
        comment_entry(n, reply_to=n - 1 if n > 2 else None, published=f"2020-02-03T12:{n:02}:00Z")
        for n in range(2, 60)
    ] + [
        comment_entry(n, reply_to=n - 1, published=f"2020-02-03T13:{n - 60:02}:00Z")
        for n in range(60, 70)
    ]

    bring_in(export(tmp_path, post_entry(1), *chain))

    levels = [comment.level for comment in BlogComment.objects.in_reading_order()]
    assert levels == [*range(threads.MAX_DEPTH + 1), *[threads.MAX_DEPTH] * 7]


def test_reply_of_a_later_export_finds_the_comment_of_an_earlier_one(tmp_path):
    bring_in(export(tmp_path, post_entry(1), comment_entry(2)))
    later = comment_entry(3, reply_to=2, name="Ida", published="2020-02-05T12:00:00Z")

    ledger = bring_in(export(tmp_path, post_entry(1), comment_entry(2), later))

    assert [item.fate for item in items(ledger)] == [Fate.UNCHANGED, Fate.CREATED]
    assert [(level, name) for level, name, *_ in outline(Post.objects.get())] == [
        (0, "Tom"),
        (1, "Ida"),
    ]
    assert Post.objects.get().comment_count == 2


def test_comment_that_changed_in_the_source_follows_and_is_logged(tmp_path):
    bring_in(export(tmp_path, post_entry(1), comment_entry(2), comment_entry(3, status="PENDING")))

    ledger = bring_in(
        export(tmp_path, post_entry(1), comment_entry(2, status="EMPTIED"), comment_entry(3))
    )

    assert [item.fate for item in items(ledger)] == [Fate.UPDATED, Fate.UPDATED]
    assert [(text, status) for _, _, text, status in outline(Post.objects.get())] == [
        ("", Status.REMOVED),
        ("Well said.", Status.PUBLISHED),
    ]
    assert Post.objects.get().comment_count == 1
    events = ModerationEvent.objects.order_by("pk").values_list("status_before", "status_after")
    assert list(events) == [
        ("", "published"),
        ("", "held"),
        ("published", "removed"),
        ("held", "published"),
    ]


def test_comment_that_was_moderated_here_stays_where_it_is(tmp_path):
    file = export(tmp_path, post_entry(1), comment_entry(2))
    bring_in(file)
    moderation.mark_spam(BlogComment.objects.all(), by=make_user())

    (item,) = items(bring_in(file))

    assert BlogComment.objects.get().status == Status.SPAM
    assert (item.fate, item.reason) == (
        Fate.SKIPPED,
        "It has been moderated here since it was imported.",
    )


def test_comment_that_cannot_be_kept_is_refused_and_its_replies_move_up(tmp_path):
    ledger = bring_in(
        export(
            tmp_path,
            post_entry(1),
            post_entry(10, published="0001-01-01T00:00:00Z"),
            comment_entry(2, published="0001-01-01T00:00:00Z"),
            comment_entry(3, reply_to=2),
            comment_entry(4, on=10),
        )
    )

    found = {item.source_id.rpartition("-")[2]: (item.fate, item.reason) for item in items(ledger)}
    assert found == {
        "2": (Fate.REFUSED, "Its date lies outside the calendar."),
        "3": (Fate.CREATED, "What it answers was not imported; it stands at the top level."),
        "4": (Fate.REFUSED, "Its post was not imported."),
    }
    assert BlogComment.objects.get().level == 0


def test_nameless_comment_keeps_its_name_when_the_blog_changes_its_language(tmp_path):
    file = export(tmp_path, post_entry(1), comment_entry(2, name=""))
    bring_in(file)
    set_profile(language="zh-hans")

    (item,) = items(bring_in(file))

    assert item.fate == Fate.UNCHANGED
    assert BlogComment.objects.get().user_name == "Anonymous"


def test_blogger_link_opens_the_page_of_threads_that_shows_its_comment(tmp_path, client):
    file = export(
        tmp_path,
        post_entry(1, address="/2020/02/ferry.html"),
        *(comment_entry(n, published=f"2020-02-03T12:{n:02}:00.250Z") for n in range(10, 55)),
        comment_entry(90, published="2020-02-03T12:54:00.900Z", body="A moment later."),
    )

    ledger = bring_in(file)

    link = items(ledger)[-1].address
    times = ("", "1580734440000", "1580734440900", "x")
    pages = [
        client.get(f"/2020/02/ferry.html?showComment={time}").content.decode() for time in times
    ]
    assert link == "/2020/02/ferry.html?showComment=1580734440900#c90"
    assert [('id="c54"' in page, 'id="c90"' in page) for page in pages] == [
        (False, False),
        (True, True),
        (True, True),
        (False, False),
    ]
    post = Post.objects.get()
    meant = [asked_for({"showComment": time}, post) for time in times[1:3]]
    there = BlogComment.objects.in_bulk(meant)
    assert [there[key].blogger_id for key in meant] == [54, 90]  # the nearest of that second
    assert BlogComment.objects.get(blogger_id=90).entry_id == f"{BLOG}.post-90"


def test_author_of_a_post_is_known_again_by_his_profile_and_by_nothing_else(tmp_path):
    profile = "https://www.blogger.com/profile/0123"
    file = export(
        tmp_path,
        post_entry(1, author_url=profile),
        comment_entry(10, name="Ida", url=profile.replace("https", "http")),
        comment_entry(11, name="Ida"),
        comment_entry(12, name="Ida", url="https://www.blogger.com/profile/4567"),
    )

    bring_in(file)
    again = bring_in(file)

    author = Post.objects.get().author
    comments = BlogComment.objects.order_by("blogger_id")
    assert [comment.is_by(author) for comment in comments] == [True, False, False]
    assert {item.fate for item in items(again)} == {Fate.UNCHANGED}
