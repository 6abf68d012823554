"""The page of one comment."""

import pytest

from blog.choices import Moderation
from comments import editing, moderation
from comments.choices import Status
from comments.models import BlogComment, CommentRevision, ModerationEvent
from tests.builders import make_comment, make_guest, make_post, make_user, set_profile
from tests.comments.admin.conftest import QUEUE, said

pytestmark = pytest.mark.django_db


def page(comment):
    return f"{QUEUE}{comment.pk}/change/"


def test_page_shows_the_thread_around_the_comment(at_work):
    post = make_post()
    top = make_comment(post, text="Top")
    middle = make_comment(post, text="Middle", status=Status.REMOVED, reply_to=top)
    comment = make_comment(post, status=Status.HELD, reply_to=middle)
    reply = make_comment(post, status=Status.SPAM, reply_to=comment)
    below = make_comment(post, reply_to=reply)
    make_comment(post, text="Beside it", reply_to=top)

    context = at_work.get(page(comment)).context

    assert context["row"].comment == comment
    assert context["above"] == [top, middle]
    assert context["replies"] == [reply, below]


def test_page_tells_what_was_done_oldest_first(at_work, moderator):
    comment = make_comment(make_post(), status=Status.HELD)
    moderation.approve([comment], by=moderator)
    moderation.remove([comment], by=make_user("boss"), note="Off topic")

    response = at_work.get(page(comment))

    acts = [(event.act, event.by.username, event.note) for event in response.context["events"]]
    assert acts == [("approved", "mara", ""), ("removed", "boss", "Off topic")]
    assert "Off topic" in response.content.decode()


def test_page_shows_what_an_edited_comment_said_before_newest_first(at_work):
    set_profile(moderation=Moderation.NONE)
    guest = make_guest()
    comment = make_comment(make_post(), guest=guest, text="Buy <b>now</b>")
    quiet = make_comment(make_post(), guest=guest)
    editing.change(comment, "Second thought", by=None)
    editing.change(comment, "Third thought", by=None)

    response = at_work.get(page(comment))
    of_quiet = at_work.get(page(quiet)).content.decode()
    editing.take_away(comment, by=None)
    taken_away = at_work.get(page(comment)).content.decode()

    html = response.content.decode()
    texts = [revision.text for revision in response.context["revisions"]]
    assert texts == ["Second thought", "Buy <b>now</b>"]
    assert "2 earlier texts" in html
    assert "Buy &lt;b&gt;now&lt;/b&gt;" in html
    assert "card-earlier" not in of_quiet + taken_away


def test_act_with_a_note_comes_back_to_the_page(at_work, moderator):
    comment = make_comment(make_post())
    note = "  Two\nlines\0 and " + "x" * 400

    response = at_work.post(page(comment), {"action": "hold", "note": note})

    event = ModerationEvent.objects.get()
    comment.refresh_from_db()
    assert (response.status_code, response.url) == (302, page(comment))
    assert comment.status == Status.HELD
    assert (event.by, event.note) == (moderator, ("Two lines and " + "x" * 400)[:300])
    assert said(response) == ["1 comment is held."]


def test_unknown_act_changes_nothing(at_work):
    comment = make_comment(make_post())

    response = at_work.post(page(comment), {"action": "delete"})

    assert response.url == page(comment)
    assert ModerationEvent.objects.count() == 0


@pytest.mark.parametrize("key", ["0", "x", "²", "99999999999999999999", "_5F"])
def test_no_such_comment_is_404(key, at_work):
    assert at_work.get(f"{QUEUE}{key}/change/").status_code == 404


def test_way_back_leads_to_where_one_came_from(at_work):
    comment = make_comment(make_post())

    response = at_work.get(
        page(comment), {"_changelist_filters": "status=published&p=3&next=//evil.example"}
    )

    assert response.context["queue_address"] == f"{QUEUE}?status=published&p=3"


def test_page_of_a_busy_thread_asks_no_more(at_work, django_assert_max_num_queries):
    post = make_post()
    top = make_comment(post)
    comment = make_comment(post, status=Status.HELD, reply_to=top, guest=make_guest())
    make_comment(post, reply_to=comment, user=make_user())
    CommentRevision.objects.create(comment=comment, text="Before")
    moderation.hold([comment], by=make_user())

    with django_assert_max_num_queries(16) as for_one:
        at_work.get(page(comment))
    for _ in range(2):
        make_comment(post, reply_to=comment, user=make_user())
        CommentRevision.objects.create(comment=comment, text="Before")
        moderation.approve([comment], by=make_user())
        moderation.hold([comment], by=make_user())
    with django_assert_max_num_queries(16) as for_three:
        at_work.get(page(comment))

    assert len(for_three) == len(for_one)
    assert BlogComment.objects.below(comment).count() == 3
