"""Pictures that were uploaded, and what is known of each."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape
from typing import Any, Self
from urllib.parse import unquote

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.fields.related import ForeignKey
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blog import markup
from blog.access import may_edit_any, may_write

PATH_LENGTH = 200
VERSION_LENGTH = 12  # characters of a hash that tell two contents of one item apart

_ADDRESS = re.compile(r'\b(?:src|href|poster)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Rendition:
    """One resized copy of a media item."""

    name: str  # in the storage, and below MEDIA_URL
    content_type: str
    width_px: int
    height_px: int
    size_bytes: int

    @property
    def url(self) -> str:
        """Where it is; other bytes have another address."""
        return f"{settings.MEDIA_URL}{self.name}"


def path_in(address: str) -> str:
    """The part of `address` that names an uploaded file of this site; "" for any other address."""
    address = address.partition("#")[0].partition("?")[0]
    path = unquote(address.removeprefix(settings.SITE_URL))
    return path.removeprefix(settings.MEDIA_URL) if path.startswith(settings.MEDIA_URL) else ""


def paths_in(html: str) -> set[str]:
    """What clean `html` shows or links of the uploaded files of this site."""
    if settings.MEDIA_URL not in html:
        return set()
    return {path_in(unescape(found)) for found in _ADDRESS.findall(html)} - {""}


class MediaItemQuerySet(models.QuerySet["MediaItem"]):
    """Questions about media items."""

    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """What `user` may find in the library: editors everything; authors what they brought, and
        what live posts show. A picture of another person's draft is as secret as the draft.
        """
        if may_edit_any(user):
            return self
        if not may_write(user):
            return self.none()
        from blog.models.post import Post

        shown = Post.media_items.through.objects.filter(
            mediaitem_id=OuterRef("pk"), post__in=Post.objects.live()
        )
        return self.filter(Q(uploader_id=user.pk) | Exists(shown))

    def editable_by(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """What `user` may change: everything for editors, their own for authors, else nothing."""
        if may_edit_any(user):
            return self
        return self.filter(uploader_id=user.pk) if may_write(user) else self.none()

    def matching(self, words: str) -> Self:
        """Whose name, title, alternative text or caption has every one of `words`; width and case
        of letters do not matter.
        """
        items = self
        for word in markup.fold(words).split():
            items = items.filter(search_text__contains=word)
        return items

    def unused(self) -> Self:
        """What nothing refers to. One query, with a look into each table that can refer."""
        items = self
        for relation in MediaItem.relations():
            items = items.exclude(Exists(relation.rows.filter(**{relation.column: OuterRef("pk")})))
        return items

    def without_text(self) -> Self:
        """What has no alternative text and is not said to be decoration."""
        return self.filter(alternative_text="", is_decorative=False)

    def awaiting_renditions(self) -> Self:
        """What the background part has not looked at yet, oldest first."""
        return self.filter(renditions__isnull=True).order_by("pk")

    def shown_in(self, html: str) -> Self:
        """What clean `html` shows or links."""
        paths = paths_in(html)
        return self.filter(path__in=paths) if paths else self.none()

    def newest_first(self) -> Self:
        """As they came."""
        return self.order_by("-pk")


@dataclass(frozen=True, slots=True)
class Relation:
    """One way in which other rows refer to media items."""

    model: type[models.Model]  # whose rows refer
    rows: "models.QuerySet[Any]"  # the rows that hold the reference: its own, or of a table between
    column: str  # of `rows`: the key of the item
    owner: str  # of `rows`: the key of the row that refers


class MediaItem(models.Model):
    """An uploaded picture. Its address stays when its content is replaced."""

    # What stands in texts after MEDIA_URL, for ever; unguessable, as drafts show pictures too.
    path = models.CharField(max_length=PATH_LENGTH, unique=True, editable=False)
    # Where the bytes are; another name for each content, so that a replacement is one commit.
    file = models.FileField(_("file"), max_length=PATH_LENGTH, editable=False)
    content_type = models.CharField(_("type"), max_length=40, editable=False)
    original_name = models.CharField(_("file name"), max_length=255, editable=False)
    title = models.CharField(_("title"), max_length=200, blank=True)
    alternative_text = models.CharField(
        _("alternative text"),
        max_length=500,
        blank=True,
        help_text=_("What the picture says, for those who can't see it."),
    )
    is_decorative = models.BooleanField(
        _("only decoration"),
        default=False,
        help_text=_("It says nothing that the text does not: screen readers pass over it."),
    )
    caption = models.CharField(_("caption"), max_length=1_000, blank=True)
    width_px = models.PositiveIntegerField(editable=False)
    height_px = models.PositiveIntegerField(editable=False)
    size_bytes = models.PositiveIntegerField(editable=False)
    is_animated = models.BooleanField(default=False, editable=False)
    colour = models.CharField(max_length=7, editable=False)  # "#8b8071": most of it
    content_hash = models.CharField(max_length=64, db_index=True, editable=False)  # SHA-256
    # One object for each Rendition; None: they are still to be made.
    renditions = models.JSONField(null=True, editable=False)
    search_text = models.TextField(editable=False, blank=True)
    uploader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("uploaded by"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    uploaded_at = models.DateTimeField(_("uploaded at"), default=timezone.now, editable=False)

    objects = MediaItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("media item")
        verbose_name_plural = _("media library")

    def __str__(self) -> str:
        """The title, else the name of the file."""
        return self.title or self.original_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Saves, and makes what is searched anew."""
        words = (self.title, self.original_name, self.alternative_text, self.caption)
        self.search_text = markup.fold("\n".join(words))
        fields = kwargs.get("update_fields")
        if fields is not None:
            kwargs["update_fields"] = {*fields, "search_text"}
        super().save(*args, **kwargs)

    @classmethod
    def relations(cls) -> list[Relation]:
        """Every way in which rows of any model refer to items: foreign keys and tables between.

        A model that refers in another way would be overlooked, so none does: texts keep a
        many-to-many field beside them (see `Post.media_items`).
        """
        found = []
        for relation in cls._meta.related_objects:
            field: Any = relation.field
            model: Any = relation.related_model
            if isinstance(field, ForeignKey):
                found.append(Relation(model, model._default_manager.all(), field.attname, "pk"))
            else:
                through = field.remote_field.through
                column, owner = field.m2m_reverse_name(), field.m2m_column_name()
                found.append(Relation(model, through._default_manager.all(), column, owner))
        return found

    @property
    def stored_name(self) -> str:
        """The name of its file in the storage."""
        return self.file.name or ""

    @property
    def version(self) -> str:
        """Another word for each content."""
        return self.content_hash[:VERSION_LENGTH]

    def get_absolute_url(self) -> str:
        """Where it is, whatever its content: what stands in texts."""
        return f"{settings.MEDIA_URL}{self.path}"

    @property
    def versioned_url(self) -> str:
        """Where this very content is: caches may keep it for ever."""
        return f"{self.get_absolute_url()}?v={self.version}"

    @property
    def made_renditions(self) -> list[Rendition]:
        """Its resized copies, narrowest first; none while they are still to be made."""
        return [Rendition(**fields) for fields in self.renditions or ()]

    @property
    def thumbnail_url(self) -> str:
        """A small picture of it; the original while there is no copy."""
        copies = self.made_renditions
        small = next((copy for copy in copies if copy.content_type == "image/webp"), None)
        return small.url if small else self.versioned_url

    @property
    def type_name(self) -> str:
        """What people call its kind of file."""
        name = self.content_type.removeprefix("image/")
        return "WebP" if name == "webp" else name.upper()

    @property
    def needs_text(self) -> bool:
        """Whether somebody should still say what it shows."""
        return not (self.alternative_text or self.is_decorative)


def by_path(items: Iterable[MediaItem]) -> dict[str, MediaItem]:
    """`items` by what stands in texts."""
    return {item.path: item for item in items}
