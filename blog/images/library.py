"""What becomes of media items: one function for each change. Admin, import and demo call these."""

import logging
import re
import secrets
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from blog import markup, pagecache
from blog.images.problems import Unusable
from blog.images.reading import Picture, read
from blog.images.uses import remember
from blog.models import MediaItem

FOLDER = "library"  # of addresses, which stay
ORIGINALS = "originals"  # of files, which come and go
RENDITIONS = "renditions"
TOKEN_BYTES = 12  # nobody guesses 96 bits
SLUG_LENGTH = 60
FALLBACK_SLUG = "picture"

logger = logging.getLogger(__name__)

_SPACE = re.compile(r"[\s_]+")


class NotKept(Unusable):
    """The storage takes nothing at the moment; the file itself is good."""

    def __init__(self) -> None:
        super().__init__(
            _("The picture can't be kept at the moment: the disk may be full. Try again later.")
        )


@dataclass(frozen=True, slots=True)
class Added:
    """What an upload has become."""

    item: MediaItem
    is_new: bool  # False: the same picture was there already


def add(file: IO[bytes], *, name: str, by: User | None, path: str = "") -> Added:
    """The item of the picture in `file`, which `by` may use from now on; made unless he can see
    one with the very same content. Writes one file and one row; renditions follow by themselves.
    With `path`, texts that were written elsewhere find it there: then it is always a new one.

    Raises:
        Unusable: the file can't be taken.
    """
    picture = read(file)
    known = MediaItem.objects.filter(content_hash=picture.content_hash)
    same = (known.visible_to(by) if by is not None else known).first()
    if same is not None and not path:
        return Added(same, is_new=False)
    name = file_name(name)
    title = _SPACE.sub(" ", PurePosixPath(name).stem).strip()[:200]
    token = new_token()
    item = MediaItem(
        path=path or f"{FOLDER}/{token}/{slug_of(title)}.{picture.extension}",
        original_name=name,
        title=title,
        uploader=by,
    )
    return Added(keep(item, picture), is_new=True)


def keep(item: MediaItem, picture: Picture) -> MediaItem:
    """Saves `item`, which is new, with the content of `picture`."""
    _show(item, picture)
    try:
        with pagecache.touches(), transaction.atomic():  # no page shows it yet
            item.save(force_insert=True)
    except BaseException:
        default_storage.delete(item.stored_name)
        raise
    return item


def describe(item: MediaItem) -> None:
    """Saves the words about `item`. No page has them: a text takes them along when it takes it."""
    with pagecache.touches():
        item.save(update_fields=["title", "alternative_text", "is_decorative", "caption"])


def replace(item: MediaItem, file: IO[bytes]) -> MediaItem:
    """`item` with the picture in `file` in the place of its own. Its address stays; every page that
    shows it is made anew. The files it had are deleted on commit.

    Raises:
        Unusable: the file can't be taken; nothing has changed.
    """
    picture = read(file)
    with transaction.atomic():
        item = MediaItem.objects.select_for_update().get(pk=item.pk)
        if item.content_hash == picture.content_hash:
            return item
        old_names = names_of(item)
        _show(item, picture)
        try:
            item.save()
            remember(item.posts.order_by("pk").only("pk"))
        except BaseException:
            default_storage.delete(item.stored_name)
            raise
        transaction.on_commit(lambda: _delete(old_names))
    return item


def remove(item: MediaItem) -> None:
    """Deletes `item` and, on commit, its files. Texts that show it keep the address, where nothing
    will be: ask `uses` first.
    """
    with transaction.atomic():
        item = MediaItem.objects.select_for_update().get(pk=item.pk)
        names, posts = names_of(item), list(item.posts.order_by("pk").only("pk"))
        item.delete()
        remember(posts)
        transaction.on_commit(lambda: _delete(names))


def names_of(item: MediaItem) -> list[str]:
    """The files that `item` has in the storage."""
    return [item.stored_name, *(copy.name for copy in item.made_renditions)]


def _show(item: MediaItem, picture: Picture) -> None:
    """Gives `item` the content of `picture`: writes the file, and saves no row."""
    item.content_type = picture.content_type
    item.width_px, item.height_px = picture.width_px, picture.height_px
    item.size_bytes = len(picture.content)
    item.is_animated = picture.is_animated
    item.colour = picture.colour
    item.content_hash = picture.content_hash
    item.renditions = None
    name = f"{ORIGINALS}/{new_token()}/{item.version}.{picture.extension}"
    item.file.name = kept(name, picture.content)


def kept(name: str, content: bytes) -> str:
    """Writes `content` to the storage; the name it has there.

    Raises:
        NotKept: there is no room, or the storage is away.
    """
    try:
        return default_storage.save(name, ContentFile(content))
    except OSError as error:
        logger.error("A picture could not be kept: %s", error)
        raise NotKept from error


def _delete(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)


def new_token() -> str:
    """A part of a name that nobody guesses, in lower case, as some file systems know no other."""
    return secrets.token_hex(TOKEN_BYTES)


def file_name(name: str) -> str:
    """`name` as a person sees it: without folders and without what can't be shown."""
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(char for char in name if char.isprintable()).strip()
    return name[-255:] or FALLBACK_SLUG


def slug_of(title: str) -> str:
    """Lower-case ASCII for the end of an address, Chinese as pinyin."""
    proposals = markup.slug_proposals(title) if any(char.isalnum() for char in title) else []
    slug = next((slug for slug in proposals if slug.isascii()), FALLBACK_SLUG)
    return re.sub(r"[^a-z0-9-]+", "-", slug.lower())[:SLUG_LENGTH].strip("-") or FALLBACK_SLUG
