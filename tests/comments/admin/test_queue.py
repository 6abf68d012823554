"""The queue of comments: what it shows, what its buttons do."""

import re

import pytest
from django.utils import timezone

from blog.choices import State
from comments import moderation
from comments.admin.queue import PER_PAGE
from comments.choices import RemovedBy, Status
from comments.models import BlogComment, ModerationEvent
from tests.builders import make_comment, make_guest, make_post, make_user
from tests.comments.admin.conftest import QUEUE, make_report, said

pytestmark = pytest.mark.django_db


def shown(response):
    return [row.comment.pk for row in response.context["rows"]]


def many(post, count, *, status=Status.HELD, **fields):
    """Comments without the care of make_comment: for lists that are only counted."""
    made = []
    for number in range(count):
        comment = BlogComment(
            post=post, comment=f"Number {number}", status=status, user_name="Ida", **fields
        )
        comment.save()
        made.append(comment)
    return made


def test_held_come_first_and_tabs_count_every_status(at_work):
    post = make_post()
    held = [make_comment(post, status=Status.HELD) for _ in range(2)]
    make_comment(post, status=Status.SPAM)
    make_comment(post)

    response = at_work.get(QUEUE)

    assert shown(response) == [held[1].pk, held[0].pk]
    assert [(tab.label, tab.count, tab.is_current) for tab in response.context["tabs"]] == [
        ("Held", 2, True),
        ("Reported", 0, False),
        ("Unconfirmed", 0, False),
        ("Published", 1, False),
        ("Spam", 1, False),
        ("Removed", 0, False),
        ("All", 4, False),
    ]


@pytest.mark.parametrize("status", [*Status])
def test_tab_shows_its_status_only(status, at_work):
    post = make_post()
    by_status = {each: make_comment(post, status=each) for each in Status}

    one = at_work.get(QUEUE, {"status": status})
    everything = at_work.get(QUEUE, {"status": "all"})

    assert shown(one) == [by_status[status].pk]
    assert shown(everything) == sorted((row.pk for row in by_status.values()), reverse=True)


def test_row_says_all_that_is_needed_to_decide(at_work):
    post = make_post(title="On paper")
    parent = make_comment(post, name="Ola", text="What is *paper*?")
    guest = make_guest("new@example.net", name="Ida")
    make_comment(
        post,
        name="Ida",
        text="It is **old** rags.",
        status=Status.HELD,
        reply_to=parent,
        guest=guest,
        user_email="new@example.net",
        user_url="https://ida.example/",
        reasons=[
            {"name": "links", "points": 3, "values": {"count": 1}},
            {"name": "first", "points": 0, "values": {}},
            {"name": "links", "points": 3, "sentence": "As it was said once."},
        ],
    )

    html = at_work.get(QUEUE).content.decode()

    for fragment in (
        "It is <strong>old</strong> rags.",
        "<li>It has 1 link.</li>",
        "<li>It is the first comment of this person.</li>",
        "<li>As it was said once.</li>",
        "New here",
        "Answers Ola:",
        "What is paper?",
        "new@example.net",
        "<dd>https://ida.example/</dd>",
        f'href="{post.get_absolute_url()}">On paper</a>',
    ):
        assert fragment in html


def test_long_text_is_whole_and_opens_by_a_click(at_work):
    text = "很长的评论。" * 300
    make_comment(make_post(), status=Status.HELD, text=text)

    html = at_work.get(QUEUE).content.decode()

    assert html.count('<details class="card-long"') == 1
    assert text in html


def test_first_time_mark_goes_with_the_first_published_comment(at_work):
    post = make_post()
    known, new, member = make_guest(), make_guest(), make_user()
    make_comment(post, guest=known)
    make_comment(post, user=member)
    for fields in ({"guest": known}, {"guest": new}, {"user": member}, {}):
        make_comment(post, status=Status.HELD, **fields)

    rows = at_work.get(QUEUE).context["rows"]

    nobody, of_member, of_new, of_known = rows
    assert [row.is_first_time for row in (of_known, of_new, of_member, nobody)] == [
        False,
        True,
        False,
        False,
    ]
    assert of_known.others == [("Published", 1)]
    assert of_new.others == []


def test_hostile_text_and_name_stay_text(at_work):
    evil = "<script>alert(1)</script>"
    make_comment(
        make_post(title=evil),
        status=Status.HELD,
        text=evil,
        name=f"{evil}",
        user_url="javascript:alert(1)",
        reasons=[
            {"name": "x", "points": 1, "sentence": evil},
            {"name": "rule:1", "points": 1, "values": {"kind": "word", "pattern": evil}},
        ],
    )

    for address in (
        QUEUE,
        f"{QUEUE}?q=%3Cscript%3E",
        f"{QUEUE}{BlogComment.objects.get().pk}/change/",
    ):
        html = at_work.get(address).content.decode()

        assert "alert(1)" in html
        assert "<script>alert" not in html
        assert 'href="javascript:' not in html


def test_words_find_name_text_and_address(at_work):
    post = make_post()
    by_name = make_comment(post, status=Status.HELD, name="Wilhelmine")
    by_text = make_comment(post, status=Status.HELD, text="纸张的历史")
    by_address = make_comment(post, status=Status.HELD, user_email="odd@example.net")
    by_account = make_comment(
        post, status=Status.HELD, user=make_user("zelda", email="z@example.net")
    )
    make_comment(post, name="Wilhelmine")

    found = {
        words: shown(at_work.get(QUEUE, {"q": words}))
        for words in ("wilhelm", "张的历", "odd@example", "zelda", "z@example", "none", "well said")
    }

    assert found == {
        "wilhelm": [by_name.pk],
        "张的历": [by_text.pk],
        "odd@example": [by_address.pk],
        "zelda": [by_account.pk],
        "z@example": [by_account.pk],
        "none": [],
        "well said": [by_account.pk, by_address.pk, by_name.pk],
    }


def test_post_narrows_the_list_and_can_be_chosen(at_work):
    first, second, empty = make_post(title="A"), make_post(title="B"), make_post(title="")
    on_first = make_comment(first, status=Status.HELD)
    for _ in range(2):
        make_comment(second, status=Status.HELD)

    narrowed = at_work.get(QUEUE, {"post": first.pk})
    nothing = at_work.get(QUEUE, {"post": empty.pk})

    assert shown(narrowed) == [on_first.pk]
    assert narrowed.context["posts"] == [(second.pk, "B", 2), (first.pk, "A", 1)]
    assert nothing.context["posts"][-1] == (empty.pk, "Untitled", 0)
    assert "No comment here fits." in nothing.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "status=nonsense",
        "p=0",
        "p=-1",
        "p=x",
        "p=99999999999999999999",
        "p=9",
        "post=x",
        "post=99999999999999999999",
        "post=²",
        "q=%01%0b",
        "q=%ff%fe",
        "q=" + "x" * 3_000,
        "q=%22",
        "status=%01&p=%01&post=%01",
    ],
)
def test_odd_addresses_answer_with_a_page(query, at_work):
    make_comment(make_post(), status=Status.HELD)

    response = at_work.get(f"{QUEUE}?{query}", follow=True)

    assert response.status_code == 200
    assert response.context["place"].page == 1


@pytest.mark.parametrize(
    ("name", "before", "after", "sentence"),
    [
        ("approve", Status.HELD, Status.PUBLISHED, "1 comment was approved."),
        ("approve", Status.UNCONFIRMED, Status.PUBLISHED, "1 comment was approved."),
        ("spam", Status.PUBLISHED, Status.SPAM, "1 comment was marked as spam."),
        ("remove", Status.PUBLISHED, Status.REMOVED, "1 comment was removed."),
        ("restore", Status.REMOVED, Status.PUBLISHED, "1 comment was restored."),
        ("restore", Status.SPAM, Status.PUBLISHED, "1 comment was restored."),
        ("hold", Status.PUBLISHED, Status.HELD, "1 comment is held."),
    ],
)
def test_button_of_one_comment_acts_on_it_alone(name, before, after, sentence, at_work, moderator):
    post = make_post()
    other, one = make_comment(post, status=before), make_comment(post, status=before)

    page = at_work.get(QUEUE, {"status": before})
    response = at_work.post(
        page.context["place"].address,
        # A browser sends the marked ones along with the button.
        {"one": f"{name}:{one.pk}", "_selected_action": other.pk},
    )

    one.refresh_from_db()
    other.refresh_from_db()
    event = ModerationEvent.objects.get()
    assert f'value="{name}:{one.pk}"' in page.content.decode()
    assert (one.status, other.status) == (after, before)
    assert (event.comment, event.by, event.status_before) == (one, moderator, before)
    assert said(response) == [sentence]


def test_what_its_author_took_away_has_no_buttons(at_work):
    comment = make_comment(make_post())
    moderation.remove([comment], by=None, removed_by=RemovedBy.AUTHOR)

    html = at_work.get(QUEUE, {"status": "removed"}).content.decode()

    assert 'name="one"' not in html
    assert "Its author took it away." in html


def test_marked_comments_are_done_together_on_the_same_place(at_work):
    post = make_post()
    held = [make_comment(post, status=Status.HELD) for _ in range(3)]
    place = f"{QUEUE}?post={post.pk}&q=well"

    response = at_work.post(place, {"action": "spam", "_selected_action": [held[0].pk, held[2].pk]})

    assert (response.status_code, response.url) == (302, place)
    assert said(response) == ["2 comments were marked as spam."]
    assert list(BlogComment.objects.order_by("pk").values_list("status", flat=True)) == [
        Status.SPAM,
        Status.HELD,
        Status.SPAM,
    ]


def test_after_one_act_the_page_opens_at_what_comes_next(at_work):
    post = make_post()
    first, second, third = (make_comment(post, status=Status.HELD) for _ in range(3))

    in_tab = at_work.post(QUEUE, {"one": f"approve:{third.pk}"})
    in_all = at_work.post(f"{QUEUE}?status=all", {"one": f"approve:{second.pk}"})
    last = at_work.post(QUEUE, {"one": f"approve:{first.pk}"})

    assert in_tab.url == f"{QUEUE}#comment-{second.pk}"
    assert in_all.url == f"{QUEUE}?status=all#comment-{second.pk}"
    assert last.url == QUEUE


def test_act_on_what_another_moderator_decided_says_so(at_work):
    comment = make_comment(make_post())

    response = at_work.post(QUEUE, {"one": f"approve:{comment.pk}"})

    assert said(response) == ["Nothing to change: it was so already."]
    assert ModerationEvent.objects.count() == 0


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"action": "approve"},
        {"action": "delete_selected", "_selected_action": "{key}"},
        {"action": "approve", "_selected_action": "x"},
        {"action": "approve", "_selected_action": "99999999999999999999"},
        {"one": "approve"},
        {"one": "approve:"},
        {"one": "approve:x"},
        {"one": "nonsense:{key}"},
    ],
)
def test_forms_that_make_no_sense_change_nothing(sent, at_work):
    comment = make_comment(make_post(), status=Status.HELD)
    fields = {name: value.format(key=comment.pk) for name, value in sent.items()}

    response = at_work.post(QUEUE, fields)

    comment.refresh_from_db()
    assert (response.status_code, response.url) == (302, QUEUE)
    assert comment.status == Status.HELD


def test_all_on_every_page_asks_once_and_then_keeps_to_the_place(at_work):
    here, elsewhere = make_post(title="A"), make_post(title="B")
    waiting = many(here, PER_PAGE + 2)
    other = make_comment(elsewhere, status=Status.HELD)
    place = f"{QUEUE}?post={here.pk}"

    question = at_work.post(place, {"action": "approve", "select_across": "1"})
    untouched = BlogComment.objects.filter(status=Status.HELD).count()
    answer = at_work.post(place, {"action": "approve", "select_across": "1", "confirmed": "1"})

    here.refresh_from_db()
    other.refresh_from_db()
    assert question.status_code == 200
    assert f"all {len(waiting)} comments" in question.content.decode()
    assert untouched == len(waiting) + 1
    assert answer.url == place
    assert said(answer) == [f"{len(waiting)} comments were approved."]
    assert (here.comment_count, other.status) == (len(waiting), Status.HELD)
    assert ModerationEvent.objects.count() == len(waiting)


def test_acting_on_everything_goes_in_batches(at_work, monkeypatch):
    monkeypatch.setattr(moderation, "BATCH_SIZE", 4)
    post = make_post()
    many(post, 10)
    sizes = []
    change = moderation.acts.set_status
    monkeypatch.setattr(
        moderation.acts,
        "set_status",
        lambda comments, *args, **kwargs: (
            sizes.append(len(comments)) or change(comments, *args, **kwargs)
        ),
    )

    at_work.post(QUEUE, {"action": "remove", "select_across": "1", "confirmed": "1"})

    assert sizes == [4, 4, 2]
    assert BlogComment.objects.filter(status=Status.REMOVED).count() == 10


def test_hundred_marked_take_fifteen_queries_and_leave_a_hundred_events(
    at_work, django_assert_max_num_queries, django_capture_on_commit_callbacks
):
    posts = [make_post(title=f"Post {number}") for number in range(4)]
    keys = [comment.pk for post in posts for comment in many(post, 25)]
    at_work.get(QUEUE)

    with (
        django_assert_max_num_queries(15) as queries,
        django_capture_on_commit_callbacks(execute=True),
    ):
        at_work.post(QUEUE, {"action": "approve", "_selected_action": keys})

    tables = " ".join(query["sql"] for query in queries.captured_queries)
    assert "django_session" in tables  # so what every page asks is among those that were counted
    assert ModerationEvent.objects.filter(act="approved").count() == 100
    assert sorted(type(posts[0]).objects.values_list("comment_count", flat=True)) == [25] * 4


def test_pages_follow_each_other_and_an_emptied_one_leads_back(at_work):
    comments = many(make_post(), PER_PAGE + 1)
    newest_first = [comment.pk for comment in reversed(comments)]

    first = at_work.get(QUEUE)
    second = at_work.get(first.context["older"])
    response = at_work.post(f"{QUEUE}?p=2", {"one": f"approve:{comments[0].pk}"}, follow=True)

    assert shown(first) == newest_first[:PER_PAGE]
    assert shown(second) == newest_first[PER_PAGE:]
    assert (second.context["newer"], second.context["older"]) == (QUEUE, "")
    assert response.redirect_chain[-1] == (QUEUE, 302)
    assert shown(response) == newest_first[:PER_PAGE]


def fill(post, parent, count):
    for number in range(count):
        comment = make_comment(
            post,
            status=Status.HELD,
            reply_to=parent,
            guest=make_guest(),
            reasons=[{"name": "first", "points": 0, "values": {}}],
        )
        make_comment(post, status=Status.HELD, user=make_user())
        moderation.hold([comment], by=make_user())
        make_report(comment, user=make_user())
        make_report(comment)
        untitled = make_post(title="", body=f"Untitled {number}", state=State.DRAFT)
        make_comment(untitled, status=Status.HELD)


def test_queue_asks_as_often_for_three_as_for_one(at_work, django_assert_max_num_queries):
    post = make_post()
    parent = make_comment(post)
    fill(post, parent, 1)
    at_work.get(QUEUE)

    with django_assert_max_num_queries(16) as for_one:
        at_work.get(QUEUE)
    fill(post, parent, 3)
    with django_assert_max_num_queries(16) as for_more:
        at_work.get(QUEUE)

    assert len(for_more) == len(for_one)


def test_whole_table_is_never_counted_over_joins(at_work, django_assert_max_num_queries):
    make_comment(make_post(), status=Status.HELD)

    with django_assert_max_num_queries(16) as queries:
        at_work.get(QUEUE)

    counting = [query["sql"] for query in queries if re.search(r"SELECT COUNT\(", query["sql"])]
    assert [sql.partition(" FROM ")[2].partition(" WHERE ")[0] for sql in counting] == [
        '"comments_report"'
    ]


def test_style_and_script_are_files_of_ours(at_work):
    make_comment(make_post(), status=Status.HELD, submit_date=timezone.now())

    for address in (QUEUE, f"{QUEUE}?status=all", f"{QUEUE}{BlogComment.objects.get().pk}/change/"):
        response = at_work.get(address)
        html = response.content.decode()

        assert "script-src 'self'" in response.headers["Content-Security-Policy"]
        assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", html) == []
        assert re.findall(r"<style|\sstyle=|\son[a-z]+=", html) == []
        assert re.findall(r'(?:src|href)="(?:https?:)?//[^"]*"', html) == []
