"""What a post is filed under."""

from typing import Self
from urllib.parse import quote

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from blog import addresses


class LabelQuerySet(models.QuerySet["Label"]):
    """Questions about labels."""

    def with_post_count(self) -> Self:
        """Each label with `post_count`, the number of live posts under it."""
        from blog.models.post import Post

        live = Q(posts__in=Post.objects.live().posts())
        return self.annotate(post_count=Count("posts", filter=live, distinct=True))

    def in_use(self) -> Self:
        """Labels with at least one live post, by name, with `post_count`."""
        return self.with_post_count().filter(post_count__gt=0).order_by("name")


class Label(models.Model):
    """A name that files posts. Case counts: it is part of the address."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    description = models.CharField(_("description"), max_length=300, blank=True)

    objects = LabelQuerySet.as_manager()

    class Meta:
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        ordering = ["name"]

    def __str__(self) -> str:
        """The name."""
        return self.name

    def clean(self) -> None:
        """Trims the name and refuses a comma, which separates labels wherever they are typed."""
        self.name = " ".join(self.name.split())
        if "," in self.name or "，" in self.name:
            raise ValidationError({"name": _("A label can't contain a comma.")})

    def get_absolute_url(self) -> str:
        """`/search/label/NAME`, percent-encoded."""
        return addresses.label(self.name)

    @property
    def feed_url(self) -> str:
        """The Atom feed of this label."""
        return f"/feeds/posts/default/-/{quote(self.name, safe='')}"


class OldLabelName(models.Model):
    """A name that a label had before, or one that was merged into it; its address redirects."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="old_names")

    class Meta:
        verbose_name = _("old name of a label")
        verbose_name_plural = _("old names of labels")

    def __str__(self) -> str:
        """The name."""
        return self.name
