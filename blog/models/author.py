"""Who signs a post."""

from typing import Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuthorQuerySet(models.QuerySet["Author"]):
    """Questions about authors."""

    def of(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The author that `user` writes as; none for a stranger."""
        return self.filter(user_id=user.pk) if user.pk else self.none()

    def writing_as(self, user: User) -> "Author":
        """The author row of `user`, made from the account's name when it is missing."""
        author, _created = self.get_or_create(
            user=user, defaults={"name": user.get_full_name() or user.get_username()}
        )
        return author


class Author(models.Model):
    """The name under a post. Imported authors have no account until an owner gives them one."""

    name = models.CharField(_("name"), max_length=150)
    about = models.TextField(_("about"), max_length=2_000, blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("account"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="author",
    )
    source_id = models.CharField(
        _("imported from"), max_length=255, null=True, blank=True, unique=True, editable=False
    )
    has_initial_password = models.BooleanField(default=False, editable=False)

    objects = AuthorQuerySet.as_manager()

    class Meta:
        verbose_name = _("author")
        verbose_name_plural = _("authors")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        """The name as readers see it."""
        return self.name
