"""Block rules: what moderators decided beforehand, and how it meets a comment."""

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from django.db.models import F
from django.utils import timezone

from comments.choices import RuleAction, RuleKind
from comments.models import BlockRule
from comments.models.guest import normal_address
from comments.spam.disguise import unmasked

HOST = re.compile(r"(?:https?://|//|www\.)[^\s<>()\[\]\"'，。；！？、]+", re.IGNORECASE)
NOT_A_WORD = re.compile(r"[\W_]+")
# Scripts that write no spaces between words: a pattern in one is found anywhere.
UNSPACED = re.compile("[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")
SEVERITY = (RuleAction.HOLD, RuleAction.SPAM, RuleAction.REFUSE)


@dataclass(frozen=True)
class Target:
    """What rules look at: all that somebody sent, and where from."""

    text: str
    name: str = ""
    email: str = ""
    url: str = ""
    address: str = ""  # of the network, "" when it is not known
    client_key: str = ""  # what is kept of the network, as in BlogComment
    # Rules that this comment met when it was sent: its address is not at hand any more.
    met_before: frozenset[int] = frozenset()

    @cached_property
    def words(self) -> str:
        """Name and text unmasked, words separated and surrounded by single spaces."""
        return f" {NOT_A_WORD.sub(' ', unmasked(f'{self.name} {self.text}')).strip()} "

    @cached_property
    def unspaced(self) -> str:
        """Name and text unmasked, without any space or mark: 加 微 信 is 加微信."""
        return self.words.replace(" ", "")

    @cached_property
    def hosts(self) -> set[str]:
        """Every host that the text or the website links to, lower case."""
        links = [*HOST.findall(self.text), self.url]
        return {host for link in links if (host := _host(link))}


def _host(link: str) -> str:
    if link.lower().startswith("www."):
        link = f"//{link}"
    try:
        return (urlsplit(link).hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


def _has_word(target: Target, pattern: str) -> bool:
    shape = NOT_A_WORD.sub(" ", unmasked(pattern)).strip()
    if UNSPACED.search(shape):
        return shape.replace(" ", "") in target.unspaced
    return bool(shape) and f" {shape} " in target.words


def _has_phrase(target: Target, pattern: str) -> bool:
    shape = NOT_A_WORD.sub("", unmasked(pattern))
    return bool(shape) and shape in target.unspaced


def _has_domain(target: Target, pattern: str) -> bool:
    return any(host == pattern or host.endswith(f".{pattern}") for host in target.hosts)


def _has_address(target: Target, pattern: str) -> bool:
    email = normal_address(target.email)
    return email.endswith(pattern) if pattern.startswith("@") else email == pattern


def _has_network(target: Target, pattern: str) -> bool:
    try:
        address = ipaddress.ip_address(target.address.partition("%")[0])
        return address in ipaddress.ip_network(pattern)
    except ValueError:
        return False


def _has_sender(target: Target, pattern: str) -> bool:
    return target.client_key == pattern


MEETS: dict[str, Callable[[Target, str], bool]] = {
    RuleKind.WORD: _has_word,
    RuleKind.PHRASE: _has_phrase,
    RuleKind.DOMAIN: _has_domain,
    RuleKind.ADDRESS: _has_address,
    RuleKind.NETWORK: _has_network,
    RuleKind.SENDER: _has_sender,
}
# What they look at is not kept: for a stored comment, that they were met then is all one knows.
OF_THE_SENDING = frozenset({RuleKind.NETWORK})


def met(target: Target, rules: Iterable[BlockRule] | None = None) -> list[BlockRule]:
    """The rules in force that `target` meets, the most severe first. One query, none when the
    rules are given.
    """
    if rules is None:
        rules = BlockRule.objects.in_force()
    found = [
        rule
        for rule in rules
        if MEETS[rule.kind](target, rule.pattern)
        or (rule.pk in target.met_before and rule.kind in OF_THE_SENDING)
    ]
    return sorted(found, key=lambda rule: -SEVERITY.index(RuleAction(rule.action)))


def count_hits(rules: Iterable[BlockRule]) -> None:
    """Adds one to each rule's hits. One query; none without rules."""
    if keys := [rule.pk for rule in rules]:
        BlockRule.objects.filter(pk__in=keys).update(
            hit_count=F("hit_count") + 1, last_hit_at=timezone.now()
        )
