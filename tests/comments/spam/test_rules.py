"""What a block rule meets, and what it leaves alone."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from blog.choices import Moderation
from comments.choices import RuleAction, RuleKind, Status
from comments.models import BlockRule, BlogComment
from comments.spam import rules
from tests.builders import make_post, make_user, set_profile


def meets(kind, pattern, **target):
    target.setdefault("text", "")
    return bool(rules.met(rules.Target(**target), [BlockRule(kind=kind, pattern=pattern)]))


@pytest.mark.parametrize(
    ("pattern", "text", "is_met"),
    [
        ("press", "I read it in the press.", True),
        ("press", "WordPress and pressure", False),
        ("press", "ＰＲＥＳＳ", True),
        ("viagra", "vіagrа", True),  # Cyrillic і and а
        ("viagra", "Víàgra", True),
        ("buy now", "Please BUY, now!", True),
        ("buy now", "buy it now", False),
        ("加微信", "请加微信聊聊", True),
        ("加微信", "请 加 微-信 聊聊", True),
        ("微信", "微博", False),
        ("c++", "c", True),
        ("!!!", "!!!", False),
    ],
)
def test_word_rule_matches_whole_words_and_chinese_anywhere(pattern, text, is_met):
    assert meets(RuleKind.WORD, pattern, text=text) is is_met


@pytest.mark.parametrize(
    ("pattern", "text", "is_met"),
    [
        ("cheap watches", "c.h.e.a.p w-a-t-c-h-e-s", True),
        ("cheap watches", "cheap old watches", False),
    ],
)
def test_phrase_rule_matches_whatever_stands_between_the_letters(pattern, text, is_met):
    assert meets(RuleKind.PHRASE, pattern, text=text) is is_met


@pytest.mark.parametrize(
    ("text", "url", "is_met"),
    [
        ("see https://shop.example.com/x", "", True),
        ("see www.EXAMPLE.com.", "", True),
        ("[x](http://example.com)", "", True),
        ("", "https://example.com", True),
        ("https://notexample.com https://example.com.evil.org", "", False),
        ("I like example dot com", "", False),
    ],
)
def test_domain_rule_matches_the_host_of_a_link_and_what_is_below(text, url, is_met):
    assert meets(RuleKind.DOMAIN, "example.com", text=text, url=url) is is_met


@pytest.mark.parametrize(
    ("pattern", "is_met"),
    [("anna@mail.example", True), ("@mail.example", True), ("na@mail.example", False)],
)
def test_address_rule_matches_one_address_or_its_whole_domain(pattern, is_met):
    assert meets(RuleKind.ADDRESS, pattern, email="Anna@Mail.example") is is_met


@pytest.mark.parametrize(
    ("address", "is_met"),
    [("203.0.113.77", True), ("203.0.114.1", False), ("2001:db8::1", False), ("", False)],
)
def test_network_rule_matches_addresses_inside(address, is_met):
    assert meets(RuleKind.NETWORK, "203.0.113.0/24", address=address) is is_met


@pytest.mark.parametrize(
    ("kind", "pattern", "kept"),
    [
        (RuleKind.NETWORK, "203.0.113.7/24", "203.0.113.0/24"),
        (RuleKind.DOMAIN, "https://www.Example.com/path", "example.com"),
        (RuleKind.ADDRESS, "Anna@Example.com", "anna@example.com"),
        (RuleKind.WORD, "  two   words ", "two words"),
    ],
)
def test_pattern_is_kept_in_the_form_it_is_compared_in(kind, pattern, kept):
    rule = BlockRule(kind=kind, pattern=pattern)

    rule.clean()

    assert rule.pattern == kept


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [(RuleKind.NETWORK, "here"), (RuleKind.DOMAIN, "nodot"), (RuleKind.ADDRESS, "nobody")],
)
def test_pattern_that_can_never_match_is_refused(kind, pattern):
    with pytest.raises(ValidationError):
        BlockRule(kind=kind, pattern=pattern).clean()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("action", "status"), [(RuleAction.HOLD, Status.HELD), (RuleAction.SPAM, Status.SPAM)]
)
def test_rule_decides_where_a_comment_goes_and_says_why(client, send, action, status):
    set_profile(moderation=Moderation.NONE)
    client.force_login(make_user("mona"))
    rule = BlockRule.objects.create(kind=RuleKind.WORD, pattern="casino", action=action)

    send(make_post(), comment="My casino!")

    rule.refresh_from_db()
    [comment] = BlogComment.objects.all()
    assert (comment.status, [reason["name"] for reason in comment.reasons]) == (
        status,
        [f"rule:{rule.pk}"],
    )
    assert rule.hit_count == 1


@pytest.mark.django_db
def test_refused_comment_keeps_its_text_for_the_writer(send):
    BlockRule.objects.create(kind=RuleKind.WORD, pattern="casino", action=RuleAction.REFUSE)

    response = send(make_post(), comment="My casino!")

    assert response.status_code == 409
    assert response.context["form"]["comment"].value() == "My casino!"
    assert BlogComment.objects.count() == 0
    assert BlockRule.objects.get().hit_count == 1


@pytest.mark.django_db
def test_expired_rule_meets_nothing(send):
    BlockRule.objects.create(
        kind=RuleKind.WORD,
        pattern="casino",
        action=RuleAction.REFUSE,
        expires_at=timezone.now() - timedelta(seconds=1),
    )

    send(make_post(), comment="My casino!")

    assert BlogComment.objects.count() == 1
