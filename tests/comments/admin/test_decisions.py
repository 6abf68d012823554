"""What can be done out of the queue beside the plain acts: undo, reply, block."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from blog.access import Role
from blog.choices import Moderation
from comments import moderation, threads
from comments.choices import Act, RuleAction, RuleKind, Status
from comments.forms import MAX_LENGTH
from comments.models import BlockRule, BlogComment, ModerationEvent, Report
from comments.spam import ratelimit
from tests.builders import make_comment, make_guest, make_post, make_user, set_profile
from tests.comments.admin.conftest import QUEUE, make_report, said, undo_of
from tests.loads import fill_discussion

pytestmark = pytest.mark.django_db

TOO_LATE = "Nothing was undone: a minute has passed, or somebody has decided since."


def statuses():
    return list(BlogComment.objects.order_by("pk").values_list("status", flat=True))


def html_of(response):
    return " ".join(response.content.decode().split())


# --- Undo ---


@pytest.mark.parametrize("name", ["approve", "hold", "spam", "remove", "restore"])
def test_each_act_can_be_undone_where_one_is(name, at_work):
    before = Status.SPAM if name in {"restore", "approve"} else Status.PUBLISHED
    comment = make_comment(make_post(), status=before)
    place = f"{QUEUE}?status={before}"

    done = at_work.post(place, {"one": f"{name}:{comment.pk}"})
    page = at_work.get(done.url)
    undone = at_work.post(place, {"undo": undo_of(done)})

    assert 'form="acts" name="undo"' in page.content.decode()
    assert said(undone)[-1:] == ["Undone: 1 comment is as it was before."]
    assert undone.url == f"{place}#comment-{comment.pk}"
    assert statuses() == [before]


def test_acts_on_marked_and_on_all_can_be_undone(at_work):
    post = make_post()
    fill_discussion(post, threads_count=moderation.BATCH_SIZE + 20, replies_each=0)

    marked = at_work.post(
        f"{QUEUE}?status=published",
        {
            "action": "spam",
            "_selected_action": BlogComment.objects.values_list("pk", flat=True)[:3],
        },
    )
    after_marked = at_work.post(QUEUE, {"undo": undo_of(marked)})
    everything = at_work.post(
        f"{QUEUE}?status=published",
        {"action": "remove", "select_across": "1", "confirmed": "1"},
    )
    removed = set(statuses())
    after_everything = at_work.post(QUEUE, {"undo": undo_of(everything)})

    assert said(after_marked)[-1:] == ["Undone: 3 comments are as they were before."]
    assert removed == {Status.REMOVED}
    assert said(after_everything)[-1:] == ["Undone: 520 comments are as they were before."]
    assert set(statuses()) == {Status.PUBLISHED}


def test_undo_on_the_page_of_one_comment(at_work):
    comment = make_comment(make_post())
    page = f"{QUEUE}{comment.pk}/change/"

    done = at_work.post(page, {"action": "spam", "note": "Hm"})
    undone = at_work.post(page, {"undo": undo_of(done)})

    assert undone.url == page
    assert statuses() == [Status.PUBLISHED]
    acts = ModerationEvent.objects.order_by("pk").values_list("act", "note")
    assert list(acts) == [(Act.MARKED_SPAM, "Hm"), (Act.UNDONE, "")]


def test_undo_comes_too_late_after_a_minute_or_another_decision(at_work, moderator):
    post = make_post()
    first, second = make_comment(post), make_comment(post)
    long_ago = timezone.now() - timedelta(seconds=61)
    moderation.hold([first], by=moderator, at=long_ago)
    done = at_work.post(f"{QUEUE}?status=all", {"one": f"hold:{second.pk}"})
    moderation.remove([second], by=make_user())

    answers = [
        at_work.post(QUEUE, {"undo": f"held@{long_ago.isoformat()}@0@0"}),
        at_work.post(QUEUE, {"undo": undo_of(done)}),
    ]

    assert [said(answer)[-1] for answer in answers] == [TOO_LATE] * 2
    assert statuses() == [Status.HELD, Status.REMOVED]


def test_nobody_undoes_what_another_has_done(at_work):
    comment = make_comment(make_post(), status=Status.HELD)
    other = Client()
    other.force_login(make_user(role=Role.OWNER))
    done = at_work.post(QUEUE, {"one": f"approve:{comment.pk}"})

    answer = other.post(QUEUE, {"undo": undo_of(done)})

    assert said(answer) == [TOO_LATE]
    assert statuses() == [Status.PUBLISHED]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "approved",
        "approved@now@0@0",
        "approved@2026-11-23T07:05:02@0@0",
        "nonsense@2026-11-23T07:05:02+00:00@0@0",
        "approved@2026-11-23T07:05:02+00:00@x@0",
        "approved@2026-11-23T07:05:02+00:00@0@" + "9" * 40,
        "approved@2026-11-23T07:05:02+00:00@-1@²",
        "approved@9999-12-31T23:59:59-23:59@0@0",
        "approved@0001-01-01T00:00:00+23:59@0@0",
        "@@@@@",
    ],
)
def test_undo_that_no_button_sends_changes_nothing(value, at_work):
    make_comment(make_post())

    answer = at_work.post(QUEUE, {"undo": value})

    assert (answer.status_code, said(answer)) == (302, [TOO_LATE])


def test_undoing_a_hundred_takes_fifteen_queries(
    at_work, django_assert_max_num_queries, django_capture_on_commit_callbacks
):
    for number in range(4):
        fill_discussion(make_post(title=str(number)), threads_count=25, replies_each=0)
    keys = list(BlogComment.objects.values_list("pk", flat=True))
    done = at_work.post(f"{QUEUE}?status=published", {"action": "spam", "_selected_action": keys})

    with (
        django_assert_max_num_queries(15),
        django_capture_on_commit_callbacks(execute=True),
    ):
        answer = at_work.post(QUEUE, {"undo": undo_of(done)})

    assert said(answer)[-1:] == ["Undone: 100 comments are as they were before."]
    assert ModerationEvent.objects.filter(act=Act.UNDONE).count() == 100
    assert moderation.rebuild_counts() == 0


# --- Reply ---


def test_reply_approves_and_answers_in_one_step(at_work, moderator):
    post = make_post()
    held = make_comment(post, status=Status.HELD, name="Ida")
    make_report(held)

    form = at_work.get(QUEUE)
    answer = at_work.post(QUEUE, {"reply": held.pk, f"reply-{held.pk}": "  Come\r\n*in*.\n"})

    reply = BlogComment.objects.get(user=moderator)
    post.refresh_from_db()
    assert f'name="reply-{held.pk}"' in form.content.decode()
    assert "Approve and reply" in form.content.decode()
    assert (reply.comment, reply.status, reply.reply_to_id) == (
        "Come\n*in*.",
        Status.PUBLISHED,
        held.pk,
    )
    assert statuses() == [Status.PUBLISHED, Status.PUBLISHED]
    assert post.comment_count == 2
    assert Report.objects.filter(settled_at=None).count() == 0
    assert said(answer) == [f'<a href="{reply.get_absolute_url()}">Your reply is published.</a>']
    assert at_work.session.get("replies", {}) == {}


def test_undoing_a_reply_takes_it_back_and_keeps_its_words(at_work):
    held = make_comment(make_post(), status=Status.HELD)
    fields = {"reply": held.pk, f"reply-{held.pk}": "Too hasty"}

    done = at_work.post(QUEUE, fields)
    undone = at_work.post(QUEUE, {"undo": undo_of(done)})
    page = at_work.get(QUEUE)
    again = at_work.post(QUEUE, fields)

    assert said(undone)[-1:] == ["Undone: 1 comment is as it was before."]
    assert [row.draft for row in page.context["rows"]] == ["Too hasty"]
    assert "Your reply is published." in said(again)[-1]
    assert statuses() == [Status.PUBLISHED, Status.REMOVED, Status.PUBLISHED]


def test_reply_to_a_published_comment_and_from_its_page(at_work, moderator):
    comment = make_comment(make_post())
    page = f"{QUEUE}{comment.pk}/change/"

    answer = at_work.post(page, {"reply": comment.pk, f"reply-{comment.pk}": "Yes."})

    assert answer.url == page
    assert BlogComment.objects.get(user=moderator).reply_to_id == comment.pk
    assert not ModerationEvent.objects.filter(act=Act.APPROVED).exists()


def test_same_reply_twice_is_one(at_work, moderator):
    held = make_comment(make_post(), status=Status.HELD)
    fields = {"reply": held.pk, f"reply-{held.pk}": "Once."}

    for _ in range(2):
        at_work.post(QUEUE, fields)

    assert BlogComment.objects.filter(user=moderator).count() == 1


def test_moderator_may_answer_many_at_once(at_work, moderator):
    post = make_post()
    held = [make_comment(post, status=Status.HELD) for _ in range(6)]

    for number, comment in enumerate(held):
        at_work.post(QUEUE, {"reply": comment.pk, f"reply-{comment.pk}": f"Answer {number}"})

    assert BlogComment.objects.filter(user=moderator, status=Status.PUBLISHED).count() == 6


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (" \n", "Write your reply first."),
        ("x" * (MAX_LENGTH + 1), "Ensure this value has at most 10000 characters (it has 10001)."),
        ("a\0b", "Null characters are not allowed."),
    ],
)
def test_reply_that_can_not_be_sent_stays_in_its_field(text, sentence, at_work):
    held = make_comment(make_post(), status=Status.HELD)

    answer = at_work.post(QUEUE, {"reply": held.pk, f"reply-{held.pk}": text})
    page = at_work.get(answer.url)

    assert (answer.url, said(answer)[-1]) == (f"{QUEUE}#comment-{held.pk}", sentence)
    assert statuses() == [Status.HELD]
    assert page.context["rows"][0].draft == (text if text.strip() else "")


def test_reply_to_what_another_removed_keeps_the_words(at_work):
    comment = make_comment(make_post(), status=Status.REMOVED)

    answer = at_work.post(QUEUE, {"reply": comment.pk, f"reply-{comment.pk}": "My words"})
    page = at_work.get(f"{QUEUE}{comment.pk}/change/")

    assert "Nobody can read that comment now" in said(answer)[0]
    assert statuses() == [Status.REMOVED]
    assert page.context["row"].draft == "My words"


def test_other_acts_lose_no_reply_that_is_being_written(at_work):
    post = make_post()
    first, second, third = (make_comment(post, status=Status.HELD) for _ in range(3))
    typed = {f"reply-{first.pk}": "Half a sen", f"reply-{second.pk}": "", f"reply-{third.pk}": "x"}

    at_work.post(QUEUE, {"one": f"approve:{third.pk}", **typed})
    page = at_work.get(QUEUE)
    done = at_work.post(QUEUE, {"action": "spam", "_selected_action": second.pk, **typed})
    at_work.post(QUEUE, {"undo": undo_of(done), f"reply-{first.pk}": "Half a sentence"})
    later = at_work.get(QUEUE)
    at_work.post(QUEUE, {f"reply-{first.pk}": ""})

    html = html_of(page)
    assert [row.draft for row in page.context["rows"]] == ["", "Half a sen"]
    assert '<details class="card-extra" open>' in html
    assert ">Half a sen</textarea>" in html
    assert [row.draft for row in later.context["rows"]] == ["", "Half a sentence"]
    assert str(first.pk) not in at_work.session["replies"]


def test_only_so_many_drafts_are_kept(at_work):
    at_work.post(QUEUE, {f"reply-{key}": "x" * 50_000 for key in range(1, 100)})
    at_work.post(QUEUE, {"reply-x": "y", "reply-": "y", "reply-²": "y", "reply-" + "9" * 30: "y"})

    kept = at_work.session["replies"]
    assert list(kept) == [str(key) for key in range(80, 100)]
    assert {len(text) for text in kept.values()} == {2 * MAX_LENGTH}


def test_reply_to_the_deepest_comment_stands_beside_it(at_work, moderator, monkeypatch):
    monkeypatch.setattr(threads, "MAX_DEPTH", 1)
    post = make_post()
    top = make_comment(post)
    deepest = make_comment(post, reply_to=top, status=Status.HELD)

    at_work.post(QUEUE, {"reply": deepest.pk, f"reply-{deepest.pk}": "Beside"})

    assert BlogComment.objects.get(user=moderator).reply_to_id == top.pk


@pytest.mark.parametrize("key", ["", "x", "0", "99999", "9" * 40])
def test_reply_to_nothing_changes_nothing(key, at_work):
    answer = at_work.post(QUEUE, {"reply": key, f"reply-{key}": "Hello"})

    assert answer.status_code == 302
    assert BlogComment.objects.count() == 0


# --- Block ---

KEY = "0123456789abcdef" * 2
LINKS = "See https://www.bad.example/x?y=1 and http://Shop.bad.example, [here](https://b.example)."


def spam_comment(**fields):
    return make_comment(
        make_post(),
        status=Status.HELD,
        text=LINKS,
        guest=make_guest("Bad@mail.example"),
        **{"user_email": "Bad@mail.example", **fields},
    )


def test_queue_offers_to_block_domains_and_the_address(at_work):
    comment = spam_comment(user_url="https://site.example/")

    html = html_of(at_work.get(QUEUE))

    values = [
        f"domain:{comment.pk}:{domain}"
        for domain in ("b.example", "bad.example", "shop.bad.example", "site.example")
    ]
    assert [html.count(f'name="block" value="{value}"') for value in values] == [1] * 4
    assert html.count('name="block"') == 5
    assert f'value="address:{comment.pk}:bad@mail.example"' in html
    assert "All links to bad.example" in html


def test_queue_offers_to_block_the_network_as_long_as_it_is_known(at_work):
    comment = spam_comment(client_key=KEY)
    value = f'name="block" value="sender:{comment.pk}:"'

    with time_machine.travel(comment.submit_date, tick=False):
        html = html_of(at_work.get(QUEUE))
    BlogComment.objects.update(submit_date=timezone.now() - timedelta(days=32))
    later = html_of(at_work.get(QUEUE))

    assert (html.count(value), later.count(value)) == (1, 0)
    assert KEY not in html


def test_network_is_blocked_until_its_key_changes_and_undone(at_work, moderator, send):
    set_profile(moderation=Moderation.NONE)
    browser = Client(REMOTE_ADDR="203.0.113.9")
    send(make_post(), browser=browser, comment="One")
    first = BlogComment.objects.get()

    answer = at_work.post(QUEUE, {"block": f"sender:{first.pk}:"})
    rule = BlockRule.objects.get()
    send(make_post(), browser=Client(REMOTE_ADDR="203.0.113.77"), comment="Two", name="Other")
    send(make_post(), browser=Client(REMOTE_ADDR="198.51.100.7"), comment="Three", name="Third")
    met, elsewhere = BlogComment.objects.order_by("pk")[1:]
    listed = html_of(at_work.get("/admin/comments/blockrule/"))
    page = html_of(at_work.get(f"/admin/comments/blockrule/{rule.pk}/change/"))
    at_work.post(QUEUE, {"undo": undo_of(answer)})

    now = timezone.now()
    assert (rule.kind, rule.pattern, rule.action) == (
        RuleKind.SENDER,
        ratelimit.client_key("203.0.113.1"),
        RuleAction.SPAM,
    )
    assert now < rule.expires_at <= now + timedelta(days=31)
    assert (rule.expires_at.day, rule.expires_at.hour) == (1, 0)
    assert (met.status, [reason["name"] for reason in met.reasons]) == (
        Status.SPAM,
        [f"rule:{rule.pk}"],
    )
    assert elsewhere.status != Status.SPAM
    assert rule.pattern not in listed
    assert rule.pattern not in page
    assert BlockRule.objects.count() == 0


def test_note_and_end_of_a_blocked_network_can_be_changed_and_nothing_else(at_work):
    rule = BlockRule.objects.create(kind=RuleKind.SENDER, pattern=KEY)

    at_work.post(
        f"/admin/comments/blockrule/{rule.pk}/change/",
        {"kind": "word", "pattern": "casino", "action": "hold", "note": "Flood"},
    )
    at_work.post("/admin/comments/blockrule/add/", {"kind": "sender", "pattern": KEY})

    rule = BlockRule.objects.get()
    assert (rule.kind, rule.pattern, rule.action, rule.note) == (
        RuleKind.SENDER,
        KEY,
        RuleAction.HOLD,
        "Flood",
    )


def test_own_people_and_own_domain_are_no_offer(at_work, settings):
    own = f"{settings.SITE.scheme}://{settings.SITE.hostname}/p/about.html"
    staff = make_user(role=Role.AUTHOR)
    make_comment(make_post(), status=Status.HELD, text=f"{own} http://localhost/x http://[::1]/")
    make_comment(make_post(), status=Status.HELD, text="https://a.example", user=staff)

    assert 'name="block"' not in at_work.get(QUEUE).content.decode()


@pytest.mark.parametrize(
    ("kind", "pattern", "sentence"),
    [
        (
            RuleKind.DOMAIN,
            "bad.example",
            "The comment is spam; so is from now on whatever links to bad.example.",
        ),
        (
            RuleKind.ADDRESS,
            "bad@mail.example",
            "The comment is spam; so is from now on whatever bad@mail.example sends.",
        ),
    ],
)
def test_one_click_marks_spam_and_makes_the_rule(kind, pattern, sentence, at_work, moderator):
    comment = spam_comment()

    answer = at_work.post(QUEUE, {"block": f"{kind}:{comment.pk}:{pattern}"})

    rule = BlockRule.objects.get()
    assert said(answer) == [sentence]
    assert (rule.kind, rule.pattern, rule.action, rule.by, rule.expires_at) == (
        kind,
        pattern,
        RuleAction.SPAM,
        moderator,
        None,
    )
    assert statuses() == [Status.SPAM]

    undone = at_work.post(QUEUE, {"undo": undo_of(answer)})

    assert said(undone)[-1:] == ["Undone: 1 comment is as it was before."]
    assert statuses() == [Status.HELD]
    assert BlockRule.objects.count() == 0


def test_blocking_out_of_the_spam_folder_is_undone_too(at_work):
    comment = spam_comment()
    BlogComment.objects.update(status=Status.SPAM)

    answer = at_work.post(f"{QUEUE}?status=spam", {"block": f"domain:{comment.pk}:bad.example"})
    undone = at_work.post(QUEUE, {"undo": undo_of(answer)})

    assert said(undone)[-1:] == ["Undone."]
    assert (statuses(), BlockRule.objects.count()) == ([Status.SPAM], 0)


@pytest.mark.parametrize("has_expired", [False, True])
def test_rule_that_exists_is_kept_and_revived(has_expired, at_work):
    comment, now = spam_comment(), timezone.now()
    expires_at = now + timedelta(days=-1 if has_expired else 1)
    old = BlockRule.objects.create(
        kind=RuleKind.DOMAIN,
        pattern="bad.example",
        action=RuleAction.REFUSE,
        expires_at=expires_at,
    )

    answer = at_work.post(QUEUE, {"block": f"domain:{comment.pk}:bad.example"})
    at_work.post(QUEUE, {"undo": undo_of(answer)})

    rule = BlockRule.objects.get()
    assert (rule.pk, rule.action) == (old.pk, RuleAction.REFUSE)
    assert rule.expires_at == (None if has_expired else expires_at)
    assert statuses() == [Status.HELD]


def test_rule_from_the_queue_meets_the_next_comment(at_work, send):
    comment = spam_comment()
    at_work.post(QUEUE, {"block": f"domain:{comment.pk}:bad.example"})

    send(make_post(), browser=Client(), comment="Buy at https://shop.bad.example/now")

    latest = BlogComment.objects.order_by("pk").last()
    rule = BlockRule.objects.get()
    assert (latest.status, latest.reasons[0]["name"]) == (Status.SPAM, f"rule:{rule.pk}")
    assert rule.hit_count == 1


@pytest.mark.parametrize(
    "value",
    [
        "",
        "domain",
        "domain:{key}:other.example",
        "network:{key}:203.0.113.0/24",
        "sender:{key}:",
        "word:{key}:bad",
        "domain:x:bad.example",
        "domain:99999:bad.example",
        "address:{key}:owner@example.org",
    ],
)
def test_only_what_is_in_the_comment_can_be_blocked(value, at_work):
    comment = spam_comment()

    answer = at_work.post(QUEUE, {"block": value.format(key=comment.pk)})

    assert answer.status_code == 302
    assert (statuses(), BlockRule.objects.count()) == ([Status.HELD], 0)
