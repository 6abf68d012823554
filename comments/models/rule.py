"""What moderators have decided beforehand."""

import ipaddress
import re
from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from comments.choices import RuleAction, RuleKind

CLIENT_KEY = re.compile("[0-9a-f]{32}")


class BlockRuleQuerySet(models.QuerySet["BlockRule"]):
    """Questions about rules."""

    def in_force(self) -> Self:
        """Rules that have not expired."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()))


class BlockRule(models.Model):
    """One pattern and what happens to a comment that it meets."""

    kind = models.CharField(_("kind"), max_length=10, choices=RuleKind)
    pattern = models.CharField(_("pattern"), max_length=200)
    action = models.CharField(
        _("action"), max_length=10, choices=RuleAction, default=RuleAction.HOLD
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    hit_count = models.PositiveIntegerField(_("hits"), default=0, editable=False)
    last_hit_at = models.DateTimeField(_("last hit"), null=True, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = BlockRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("block rule")
        verbose_name_plural = _("block rules")
        constraints = [
            models.UniqueConstraint(fields=["kind", "pattern"], name="rule_once_per_pattern")
        ]

    def __str__(self) -> str:
        """Kind and pattern."""
        shown = {"kind": self.get_kind_display(), "pattern": self.shown_pattern}
        return gettext("%(kind)s: %(pattern)s") % shown

    @property
    def shown_pattern(self) -> str:
        """The pattern; of a hash, enough to tell it from others."""
        return f"{self.pattern[:8]}…" if self.kind == RuleKind.SENDER else self.pattern

    def clean(self) -> None:
        """Brings the pattern into the form it is compared in; refuses what can never match."""
        pattern = " ".join(self.pattern.split())
        match self.kind:
            case RuleKind.SENDER:
                if not CLIENT_KEY.fullmatch(pattern):
                    raise ValidationError(
                        {"pattern": _("This kind of rule is made in the queue, out of a comment.")}
                    )
            case RuleKind.NETWORK:
                try:
                    pattern = str(ipaddress.ip_network(pattern, strict=False))
                except ValueError:
                    raise ValidationError(
                        {"pattern": _("Write a network like 203.0.113.0/24 or 2001:db8::/48.")}
                    ) from None
            case RuleKind.DOMAIN:
                pattern = pattern.lower().removeprefix("http://").removeprefix("https://")
                pattern = pattern.removeprefix("www.").split("/")[0]
                if "." not in pattern or " " in pattern:
                    raise ValidationError({"pattern": _("Write a domain like example.com.")})
            case RuleKind.ADDRESS:
                pattern = pattern.lower()
                if "@" not in pattern:
                    raise ValidationError(
                        {"pattern": _("Write an address like name@example.com or @example.com.")}
                    )
        self.pattern = pattern
