"""“Spam, and block …”: rules that a moderator makes out of a comment in front of him."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from comments.choices import RuleAction, RuleKind
from comments.models import BlockRule, BlogComment
from comments.models.guest import normal_address
from comments.spam import ratelimit
from comments.spam.rules import Target

MAX_DOMAINS = 5  # a comment with more of them is better blocked by its writer's address


@dataclass(frozen=True, slots=True)
class Offer:
    """One rule that can be made out of a comment."""

    kind: RuleKind
    pattern: str
    key: int  # of the comment
    expires_at: datetime | None = None  # a network is known by a hash that changes every month

    @property
    def value(self) -> str:
        """What its button sends."""
        return f"{self.kind}:{self.key}:{'' if self.expires_at else self.pattern}"

    @property
    def until(self) -> str:
        """The last day of a rule that ends."""
        last = (self.expires_at or timezone.now()) - timedelta(seconds=1)
        return date_format(timezone.localtime(last), "DATE_FORMAT")

    @property
    def label(self) -> str:
        """What its button says."""
        if self.kind == RuleKind.DOMAIN:
            return _("All links to %(domain)s") % {"domain": self.pattern}
        if self.kind == RuleKind.SENDER:
            return _("Everything from this network until %(date)s") % {"date": self.until}
        return _("Everything from %(address)s") % {"address": self.pattern}

    @property
    def note(self) -> str:
        """What the log says. It is kept for ever, so no address of anybody stands in it."""
        if self.kind == RuleKind.ADDRESS:
            return _("The writer’s address was blocked, too.")
        return self.label

    @property
    def done(self) -> str:
        """What is said afterwards."""
        if self.kind == RuleKind.DOMAIN:
            return _("The comment is spam; so is from now on whatever links to %(domain)s.") % {
                "domain": self.pattern
            }
        if self.kind == RuleKind.SENDER:
            return _(
                "The comment is spam; so is until %(date)s whatever comes from the same network."
            ) % {"date": self.until}
        return _("The comment is spam; so is from now on whatever %(address)s sends.") % {
            "address": self.pattern
        }


def offers(comment: BlogComment) -> list[Offer]:
    """The domains that the comment links to, the address of its writer and the network that it
    came from; nothing for the blog's own people and for the blog's own domain. No query for a
    comment with its people.
    """
    if comment.user and comment.user.is_staff:
        return []
    # The HTML has all links of the text, whatever the text is written in.
    hosts = Target(text=comment.body_html, url=comment.user_url).hosts
    domains = {host.removeprefix("www.") for host in hosts} - {settings.SITE.hostname}
    found = [Offer(RuleKind.DOMAIN, domain, comment.pk) for domain in sorted(domains)]
    found = [offer for offer in found if _is_good(offer)][:MAX_DOMAINS]
    email = comment.user.email if comment.user else comment.user_email
    if email:
        found.append(Offer(RuleKind.ADDRESS, normal_address(email), comment.pk))
    lasts_until = ratelimit.key_lasts_until(comment.submit_date)
    if comment.client_key and lasts_until > timezone.now():
        found.append(Offer(RuleKind.SENDER, comment.client_key, comment.pk, lasts_until))
    return found


def _is_good(offer: Offer) -> bool:
    """Whether a rule can say it as it stands: host names without a dot are nobody's domain."""
    rule = BlockRule(kind=offer.kind, pattern=offer.pattern)
    try:
        rule.clean_fields(exclude=["by"])
        rule.clean()
    except ValidationError:
        return False
    return rule.pattern == offer.pattern


def chosen(value: str, comment: BlogComment) -> Offer | None:
    """The offer on `comment` that a button sent; None when there is none such (any more)."""
    return next((offer for offer in offers(comment) if offer.value == value), None)


def make_rule(offer: Offer, *, by: User) -> BlockRule | None:
    """The new rule, or None when there was one with that pattern: it stays as it is, but is brought
    back when it had expired. One transaction.
    """
    with transaction.atomic():
        rule, is_new = BlockRule.objects.get_or_create(
            kind=offer.kind,
            pattern=offer.pattern,
            defaults={
                "action": RuleAction.SPAM,
                "by": by,
                "note": _("Made in the queue"),
                "expires_at": offer.expires_at,
            },
        )
        if not is_new:
            expired = Q(expires_at__lte=timezone.now())
            BlockRule.objects.filter(expired, pk=rule.pk).update(expires_at=offer.expires_at)
    return rule if is_new else None
