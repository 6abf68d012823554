"""A commenter without an account, known by a mail address that was confirmed once."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def normal_address(email: str) -> str:
    """`email` as it is compared: without surrounding space, lower case."""
    return email.strip().lower()


class Guest(models.Model):
    """One mail address, the name it last wrote under, and whether it was confirmed."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=50)
    verified_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    # Raised by one, it makes every cookie and link of this guest void.
    token_version = models.PositiveIntegerField(default=1, editable=False)
    # What his mails are written in: the blog's language when he confirmed.
    language = models.CharField(max_length=10, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("guest")
        verbose_name_plural = _("guests")

    def __str__(self) -> str:
        """The name, never the address."""
        return self.name

    @property
    def is_verified(self) -> bool:
        """Whether somebody who reads that mailbox has confirmed it."""
        return self.verified_at is not None
