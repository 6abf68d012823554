"""Why a comment was held: kept as names and values, read in the reader's language."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.utils import timezone, translation

from blog.choices import Moderation
from comments import moderation
from comments.choices import RuleAction, RuleKind, Status
from comments.models import BlockRule, BlogComment
from comments.spam import reasons
from tests.builders import make_comment, make_guest, make_post, set_profile

NETWORK = "203.0.113.0/24"


@pytest.fixture
def open_blog(db):
    return set_profile(moderation=Moderation.NONE)


def names(comment):
    return [reason["name"] for reason in comment.reasons]


@pytest.mark.parametrize(
    ("reason", "english", "chinese"),
    [
        (
            {"name": "haste", "values": {"count": 1}},
            "It was sent 1 second after the page was opened.",
            "打开页面后 1 秒就发送了。",
        ),
        ({"name": "links", "values": {"count": 2}}, "It has 2 links.", "含有 2 个链接。"),
        ({"name": "links", "sentence": "Wie gesagt."}, "Wie gesagt.", "Wie gesagt."),
        ({"name": "of-a-later-release", "values": {}}, "", ""),
    ],
)
def test_sentence_follows_the_language_of_its_reader(reason, english, chinese):
    with translation.override("en"):
        in_english = reasons.sentence(reason)
    with translation.override("zh-hans"):
        in_chinese = reasons.sentence(reason)

    assert (in_english, in_chinese) == (english, chinese)


def test_rule_is_named_as_its_list_names_it():
    rule = {"name": "rule:7", "values": {"kind": "domain", "pattern": "a.example"}}

    with translation.override("en"):
        sentence = reasons.sentence(rule)

    assert sentence == "It meets the rule “A domain that is linked to: a.example”."


def test_what_a_form_showed_is_kept_with_its_values(open_blog, client, send):
    send(make_post(), comment="Read https://a.example", seconds_open="1")

    assert BlogComment.objects.get().reasons == [
        {"name": "haste", "points": 3, "values": {"count": 1}},
        {"name": "links", "points": 3, "values": {"count": 1}},
    ]


def test_haste_of_the_sending_is_told_as_it_was(open_blog):
    haste = {"name": "haste", "points": 3, "values": {"count": 2}}
    comment = make_comment(make_post(), guest=make_guest(), reasons=[haste])

    verdict = moderation.judge_again(comment)

    assert (verdict.status, [clue.as_json() for clue in verdict.clues]) == (Status.HELD, [haste])


@pytest.mark.parametrize("is_in_force", [True, False])
def test_network_of_the_sending_still_counts_and_is_hit_once(is_in_force, open_blog, send):
    rule = BlockRule.objects.create(kind=RuleKind.NETWORK, pattern=NETWORK)
    send(make_post(), browser=Client(REMOTE_ADDR="203.0.113.9"), comment="Hello")
    comment = BlogComment.objects.get()
    if not is_in_force:
        BlockRule.objects.update(expires_at=timezone.now())

    comment.guest = make_guest()
    verdict = moderation.judge_again(comment)

    rule.refresh_from_db()
    assert names(comment) == [f"rule:{rule.pk}"]
    assert [clue.name for clue in verdict.clues] == ([f"rule:{rule.pk}"] if is_in_force else [])
    assert verdict.status == (Status.HELD if is_in_force else Status.PUBLISHED)
    assert rule.hit_count == 1


def test_rule_about_words_counts_only_while_the_text_has_them(open_blog):
    rule = BlockRule.objects.create(kind=RuleKind.WORD, pattern="casino")
    before = [{"name": f"rule:{rule.pk}", "points": 3, "values": {}}]
    comment = make_comment(make_post(), guest=make_guest(), text="Hello", reasons=before)

    assert moderation.judge_again(comment).clues == []


def test_rule_that_refuses_says_why_a_stored_comment_is_spam(open_blog):
    rule = BlockRule.objects.create(kind=RuleKind.WORD, pattern="casino", action=RuleAction.REFUSE)
    comment = make_comment(make_post(), guest=make_guest(), text="Casino")

    verdict = moderation.judge_again(comment)

    assert verdict.status == Status.SPAM
    assert [clue.name for clue in verdict.clues] == [f"rule:{rule.pk}"]


def test_comment_of_nobody_waits_for_its_address_after_an_edit_too(open_blog):
    address = {"name": "address", "points": 0, "values": {}}
    comment = make_comment(make_post(), status=Status.HELD, reasons=[address])

    verdict = moderation.judge_again(comment)

    assert [clue.as_json() for clue in verdict.clues] == [address]


@pytest.mark.django_db
def test_old_reasons_become_names_and_values_where_they_can():
    migration = import_module("comments.migrations.0007_moderating")
    old = [
        {"name": "haste", "points": 3, "sentence": "Sie kam nach 2 Sekunden."},
        {"name": "first", "points": 0, "sentence": "这是此人的第一条评论。"},
        {"name": "rule:7", "points": 3, "sentence": "It meets the rule “Word: 3 kings”."},
        {"name": "links", "points": 3, "values": {"count": 4}},
    ]
    comment, quiet = make_comment(make_post(), reasons=old), make_comment(make_post())

    migration.restate(apps, SimpleNamespace(connection=connection))

    comment.refresh_from_db()
    quiet.refresh_from_db()
    assert comment.reasons == [
        {"name": "haste", "points": 3, "values": {"count": 2}},
        {"name": "first", "points": 0, "values": {}},
        {"name": "rule:7", "points": 3, "sentence": "It meets the rule “Word: 3 kings”."},
        {"name": "links", "points": 3, "values": {"count": 4}},
    ]
    assert quiet.reasons == []
