"""Who signs a post."""

from itertools import chain, count
from typing import Any, Self
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db import models
from django.utils.translation import gettext_lazy as _

from blog import addresses, markup


class AuthorQuerySet(models.QuerySet["Author"]):
    """Questions about authors."""

    def of(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The author that `user` writes as; none for a stranger."""
        return self.filter(user_id=user.pk) if user.pk else self.none()

    def with_live_posts(self) -> Self:
        """Authors that readers find under a post."""
        from blog.models.post import Post

        return self.filter(pk__in=Post.objects.live().posts().values("author"))

    def writing_as(self, user: User) -> "Author":
        """The author row of `user`, made from the account's name when it is missing."""
        author, _created = self.get_or_create(
            user=user, defaults={"name": user.get_full_name() or user.get_username()}
        )
        return author


class Author(models.Model):
    """The name under a post. Imported authors have no account until an owner gives them one."""

    name = models.CharField(_("name"), max_length=150)
    # Made of the name once: an address is for ever.
    slug = models.CharField(
        _("address"), max_length=addresses.SLUG_MAX_LENGTH, unique=True, editable=False
    )
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

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Saves; a new author gets an address. One query for it."""
        if not self.slug:
            self.slug = self._free_slug()
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "slug"}
        super().save(*args, **kwargs)

    def _free_slug(self) -> str:
        wanted = markup.slugify(self.name)
        if wanted == markup.NO_SLUG:  # a name without a letter
            wanted = "author"
        taken = set(Author.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
        numbered = (f"{wanted}-{number}" for number in count(2))
        return next(slug for slug in chain([wanted], numbered) if slug not in taken)

    def get_absolute_url(self) -> str:
        """Where readers find who it is and what he wrote."""
        return addresses.author(self.slug)

    @property
    def feed_url(self) -> str:
        """The Atom feed of what he wrote."""
        return f"/feeds/authors/{quote(self.slug)}"

    def __str__(self) -> str:
        """The name as readers see it."""
        return self.name
