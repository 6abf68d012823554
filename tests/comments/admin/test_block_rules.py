"""The list of block rules and its form."""

from datetime import timedelta

import pytest
from django.utils import timezone

from comments.choices import RuleAction, RuleKind, Status
from comments.models import BlockRule
from comments.spam import clues
from tests.builders import make_comment, make_post, make_user
from tests.comments.admin.conftest import QUEUE

pytestmark = pytest.mark.django_db

RULES = "/admin/comments/blockrule/"


def test_form_cleans_the_pattern_and_notes_who_made_it(at_work, moderator):
    sent = {
        "kind": "domain",
        "pattern": " https://WWW.Bad.Example/x ",
        "action": "spam",
        "expires_at": "2099-12-31T23:30",
    }

    answer = at_work.post(f"{RULES}add/", sent)

    rule = BlockRule.objects.get()
    assert answer.status_code == 302
    assert (rule.kind, rule.pattern, rule.action, rule.by) == (
        RuleKind.DOMAIN,
        "bad.example",
        RuleAction.SPAM,
        moderator,
    )
    assert timezone.localtime(rule.expires_at).isoformat()[:16] == "2099-12-31T23:30"


@pytest.mark.parametrize(
    ("kind", "pattern", "sentence"),
    [
        ("network", "here", "Write a network like 203.0.113.0/24 or 2001:db8::/48."),
        ("domain", "nodot", "Write a domain like example.com."),
        ("word", "casino", "Block rule with this Kind and Pattern already exists."),
        ("word", " casino ", "Block rule with this Kind and Pattern already exists."),
        ("word", "", "This field is required."),
    ],
)
def test_form_says_what_is_wrong_and_keeps_what_was_typed(kind, pattern, sentence, at_work):
    BlockRule.objects.create(kind=RuleKind.WORD, pattern="casino")

    response = at_work.post(
        f"{RULES}add/", {"kind": kind, "pattern": pattern, "action": "hold", "note": "My note"}
    )

    html = response.content.decode()
    assert response.status_code == 200
    assert sentence in html
    assert 'value="My note"' in html
    assert BlockRule.objects.count() == 1


def test_change_keeps_its_maker_and_its_hits(at_work):
    maker = make_user("boss")
    rule = BlockRule.objects.create(
        kind=RuleKind.WORD, pattern="casino", by=maker, hit_count=7, last_hit_at=timezone.now()
    )

    at_work.post(
        f"{RULES}{rule.pk}/change/",
        {"kind": "word", "pattern": "Casino  royale", "action": "refuse", "hit_count": "0"},
    )

    rule.refresh_from_db()
    assert (rule.pattern, rule.action, rule.by, rule.hit_count) == (
        "Casino royale",
        RuleAction.REFUSE,
        maker,
        7,
    )


def test_list_says_all_of_a_rule_and_links_its_hits(at_work, django_assert_max_num_queries):
    BlockRule.objects.create(
        kind=RuleKind.WORD,
        pattern="赌场",
        hit_count=2,
        last_hit_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=3),
        by=make_user("boss", first_name="Bea", last_name="Boss"),
    )
    rule = BlockRule.objects.get()
    clue = clues.rule(rule)
    met = make_comment(make_post(), status=Status.SPAM, reasons=[clue.as_json()])

    with django_assert_max_num_queries(11) as for_one:
        html = at_work.get(RULES).content.decode()
    for number in range(3):
        BlockRule.objects.create(kind=RuleKind.WORD, pattern=str(number), by=make_user())
    with django_assert_max_num_queries(11) as for_more:
        at_work.get(RULES)
    queue = at_work.get(f"{QUEUE}?status=all&reason=rule:{rule.pk}")

    for words in ("赌场", "A word or a Chinese phrase", "Hold it for a moderator", "Bea Boss"):
        assert words in html
    assert f'<a href="{QUEUE}?status=all&amp;reason=rule%3A{rule.pk}">2</a>' in html
    assert len(for_more) == len(for_one)
    assert [row.comment.pk for row in queue.context["rows"]] == [met.pk]
