"""What narrows the queue, and what it says of people and reports."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from comments import moderation
from comments.admin.place import REASONS
from comments.choices import ReportReason, RuleKind, Status
from comments.models import BlockRule, BlogComment, Report
from comments.spam import clues
from comments.spam.reasons import SENTENCES
from tests.builders import make_comment, make_guest, make_post, make_user
from tests.comments.admin.conftest import QUEUE, make_report, said, undo_of
from tests.loads import fill_discussion

pytestmark = pytest.mark.django_db


def shown(response):
    return [row.comment.pk for row in response.context["rows"]]


def test_person_narrows_the_list_to_all_his_comments(at_work):
    post, guest, member = make_post(), make_guest("g@example.net", name="Grete"), make_user("otto")
    of_guest = [make_comment(post, guest=guest, status=status) for status in Status]
    of_member = make_comment(post, user=member, status=Status.HELD)
    make_comment(post, status=Status.HELD)

    rows = {row.comment.pk: row for row in at_work.get(f"{QUEUE}?status=all").context["rows"]}
    guests = at_work.get(rows[of_guest[0].pk].person_address)
    members = at_work.get(rows[of_member.pk].person_address)
    nobody = at_work.get(f"{QUEUE}?status=all&guest=99999")

    assert shown(guests) == [comment.pk for comment in reversed(of_guest)]
    assert shown(members) == [of_member.pk]
    assert shown(nobody) == []
    assert "Only comments by Grete." in guests.content.decode()
    assert "g@example.net" not in guests.context["person"]
    assert "Only comments by otto." in members.content.decode()
    assert guests.context["everybody"] == f"{QUEUE}?status=all"


def test_reason_narrows_the_list_to_what_names_it(at_work):
    post = make_post()
    rule, gone = (
        BlockRule.objects.create(kind=RuleKind.WORD, pattern=pattern) for pattern in ("a", "赌场")
    )

    def held(*reasons):
        found = [{"name": name, "points": 3, "values": values} for name, values in reasons]
        return make_comment(post, status=Status.HELD, reasons=found).pk

    links = held(("links", {"count": 1}), ("first", {}))
    first = held(("first", {}))
    by_rule = held(clue_of(rule))
    by_gone = held(clue_of(gone))
    # A pattern can't pretend to be a name.
    evil = 'He wrote "name": "links" and \\"name\\": \\"rule:1\\"'
    held(("honeypot", {"kind": "word", "pattern": evil}))
    gone_key = gone.pk
    gone.delete()

    found = {
        reason: shown(at_work.get(QUEUE, {"reason": reason}))
        for reason in ("links", "first", "rule", f"rule:{rule.pk}", f"rule:{gone_key}", "haste")
    }
    page = at_work.get(QUEUE, {"reason": f"rule:{rule.pk}"})
    of_gone = at_work.get(QUEUE, {"reason": f"rule:{gone_key}"})

    assert found == {
        "links": [links],
        "first": [first, links],
        "rule": [by_gone, by_rule],
        f"rule:{rule.pk}": [by_rule],
        f"rule:{gone_key}": [by_gone],
        "haste": [],
    }
    assert page.context["reasons"][-1] == (f"rule:{rule.pk}", str(rule))
    assert of_gone.context["reasons"][-1] == (f"rule:{gone_key}", "A rule that is gone")


def clue_of(rule):
    clue = clues.rule(rule)
    return clue.name, clue.values


def test_every_clue_can_be_looked_for_and_says_something():
    source = Path(clues.__file__).read_text(encoding="utf-8")
    names = set(re.findall(r'Clue\(\s*f?"([a-z-]+)', source))

    assert "honeypot" in names
    assert set(SENTENCES) == set(REASONS) == names


def test_filters_go_together_and_stay_with_tabs_and_pages(at_work):
    post, other = make_post(title="A"), make_post(title="B")
    guest = make_guest()
    reasons = [{"name": "links", "points": 3, "values": {"count": 1}}]
    wanted = make_comment(post, guest=guest, status=Status.HELD, reasons=reasons)
    make_comment(other, guest=guest, status=Status.HELD, reasons=reasons)
    make_comment(post, guest=guest, status=Status.HELD)
    make_comment(post, status=Status.HELD, reasons=reasons)

    query = f"post={post.pk}&guest={guest.pk}&reason=links&q=well"
    response = at_work.get(f"{QUEUE}?{query}")

    html = response.content.decode()
    assert shown(response) == [wanted.pk]
    assert f'<input type="hidden" name="guest" value="{guest.pk}">' in html
    assert [tab.address.partition("?")[2] for tab in response.context["tabs"]] == [
        query,
        f"status=reported&{query}",
        *(
            f"status={name}&{query}"
            for name in ("unconfirmed", "published", "spam", "removed", "all")
        ),
    ]


@pytest.mark.parametrize(
    "query", ["user=x", "user=0", "guest=-1", "guest=9" * 30, "reason=%22", "reason=a%27b:x"]
)
def test_filters_that_make_no_sense_are_not_said(query, at_work):
    comment = make_comment(make_post(), status=Status.HELD)

    assert shown(at_work.get(f"{QUEUE}?{query}")) == [comment.pk]


def test_standing_is_beside_the_person(at_work):
    post, guest = make_post(), make_guest()
    for status in (Status.PUBLISHED, Status.PUBLISHED, Status.PUBLISHED, Status.SPAM):
        make_comment(post, guest=guest, status=status)
    BlogComment.objects.update(published_at=timezone.now() - timedelta(days=400))
    make_comment(post, guest=guest, status=Status.HELD)
    make_comment(post, guest=make_guest(), status=Status.HELD)

    response = at_work.get(QUEUE)

    html = " ".join(response.content.decode().split())
    assert [row.standing.level for row in response.context["rows"]] == ["new", "trusted"]
    for words in (">trusted</span>", "Published 3", "Spam 1", "1 of the last 5 refused"):
        assert words in html
    assert "published since" in html


def test_reports_are_listed_until_somebody_decides(at_work, moderator):
    post = make_post()
    reported, held, quiet = make_comment(post), make_comment(post), make_comment(post)
    make_report(reported, user=make_user("otto"), note="<b>Bad</b>")
    make_report(reported, reason=ReportReason.INSULT)
    make_report(held)
    make_report(quiet, settled_at=timezone.now())
    moderation.hold([held], by=None)

    page = at_work.get(f"{QUEUE}?status=reported")
    html = " ".join(page.content.decode().split())
    kept = at_work.post(f"{QUEUE}?status=reported", {"one": f"keep:{reported.pk}"})
    approved = at_work.post(f"{QUEUE}?status=reported", {"one": f"approve:{held.pk}"})

    assert shown(page) == [held.pk, reported.pk]
    assert {tab.label: tab.count for tab in page.context["tabs"]}["Reported"] == 2
    for words in (
        "Reported by 2 readers",
        'It is spam: <q dir="auto">&lt;b&gt;Bad&lt;/b&gt;</q>',
        "It insults or threatens somebody",
        "otto,",
        "a reader,",
    ):
        assert words in html
    assert f'value="keep:{reported.pk}"' in html
    assert f'value="keep:{held.pk}"' not in html
    assert said(kept) == ["1 reported comment stays as it is."]
    assert approved.url == f"{QUEUE}?status=reported"
    assert Report.objects.filter(settled_at=None).count() == 0
    assert undo_of(kept).startswith("kept@")


def test_reporters_are_seen_by_nobody_else(client):
    comment = make_comment(make_post())
    make_report(comment, user=make_user("otto", first_name="Otto", last_name="Tell"))

    html = client.get(comment.post.get_absolute_url()).content.decode()

    assert "Well said." in html
    assert "Otto" not in html


def test_ten_thousand_page_like_ten(at_work, django_assert_max_num_queries):
    post = make_post()
    fill_discussion(post, threads_count=60, replies_each=0)
    BlogComment.objects.update(status=Status.HELD)

    with django_assert_max_num_queries(16) as for_few:
        at_work.get(QUEUE, {"p": "2"})
    fill_discussion(post, threads_count=9_940, replies_each=0)
    BlogComment.objects.update(status=Status.HELD)
    with django_assert_max_num_queries(16) as for_many:
        far = at_work.get(QUEUE, {"p": "199"})

    assert len(for_many) == len(for_few)
    assert len(shown(far)) == 50
    assert (far.context["first"], far.context["count"]) == (9_901, 10_000)
