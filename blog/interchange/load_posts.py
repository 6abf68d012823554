"""Writes posts, pages, their labels and authors. Part of `load`, inside its transaction."""

import hashlib
import re
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from blog import addresses, publishing
from blog.choices import Kind, Markup, State
from blog.interchange.records import (
    AuthorRecord,
    Fate,
    ItemKind,
    LedgerItem,
    PostRecord,
)
from blog.interchange.sections import TITLE_LENGTH, Import, fitted, usable
from blog.models import Author, Label, OldAddress, Post

# How a revision says that an import wrote it. Not translated: the next import looks for it.
CHANGE_REASON = "Imported"

_NOBODY = "anonymous"  # Author.source_id of all who gave no name
_FOREIGN_PICTURE = re.compile(r"<img\b[^<>]*?\ssrc=[\"']?(?:https?:)?//", re.IGNORECASE)


class PostLoader:
    """Brings in the posts and pages of one import."""

    def __init__(self, under_way: Import) -> None:
        """Nothing is written yet."""
        self._import = under_way
        blog, profile = under_way.blog, under_way.profile
        self._language = "" if blog.language in {None, profile.language} else str(blog.language)
        self._authors: dict[str, Author] = {}
        self._labels = {label.name: label for label in Label.objects.all()}
        self._new_labels: set[str] = set()
        self._label_names: dict[str, str] = {}  # here, by the name in the source
        self._picture_count = 0

    def load(self) -> None:
        """Writes every post and its line of the ledger, then the lines of labels and pictures."""
        # Those with an address first: what has none must not take the address of a later one.
        for has_address in (True, False):
            for record in self._import.reader.posts():
                if bool(record.slug) == has_address:
                    self._load(record)
        for source_name in self._label_names:
            self._write_label(source_name)
        self._write_pictures()

    def _load(self, record: PostRecord) -> None:
        """Creates, updates or leaves one post, and writes down which."""
        reasons = [record.note] if record.note else []
        if record.published_at and not usable(record.published_at):
            reasons.append(_("Its date lies outside the calendar."))
            self._write(record, None, Fate.REFUSED, reasons)
            return
        same = Q(entry_id=record.source_id)
        if record.number is not None:
            same |= Q(blogger_id=record.number)
        # Locked: a comment that arrives meanwhile counts itself on this row.
        post = Post.objects.select_for_update().filter(same).first()
        wanted = self._columns(record, reasons)
        names = self._names(record)
        if post is None:
            post = Post(kind=record.kind, entry_id=record.source_id, blogger_id=record.number)
            fate = Fate.CREATED
        elif _is_equal(post, wanted, names):
            fate = Fate.UNCHANGED
        elif _is_edited_here(post):
            reasons.append(_("It has been edited here since it was imported."))
            fate = Fate.SKIPPED
        else:
            fate = Fate.UPDATED
        if fate in {Fate.CREATED, Fate.UPDATED}:
            self._save(post, wanted, names, record, reasons)
        self._import.post_keys[record.source_id] = post.pk
        self._picture_count += len(_FOREIGN_PICTURE.findall(post.body))
        self._write(record, post, fate, reasons)

    def _columns(self, record: PostRecord, reasons: list[str]) -> dict[str, Any]:
        """What the source says of a post, by column; columns it says nothing of are not there."""
        title = fitted(record.title, 500)
        if title.endswith("…") and title != record.title:
            reasons.append(_("Its title was cut to %(limit)d characters.") % {"limit": 500})
        state = record.state
        if self._import.blog.is_private and state == State.PUBLISHED:
            state = State.DRAFT
            reasons.append(_("The blog was not public, so it became a draft."))
        place = record.place
        columns: dict[str, Any] = {
            "title": title,
            "body": record.body,
            "markup": Markup.HTML,
            "line_breaks": record.line_breaks,
            "language": self._language,
            "description": fitted(record.description, 500),
            "author_id": self._author(record.author).pk,
            "state": state,
            "publish_at": record.published_at,
            "place_name": fitted(place.name, 200) if place else "",
            "latitude": place.latitude if place else None,
            "longitude": place.longitude if place else None,
        }
        optional = {
            "comment_policy": record.comment_policy,
            "created_at": usable(record.created_at),
            "updated_at": usable(record.updated_at) or record.published_at,
        }
        return columns | {name: value for name, value in optional.items() if value is not None}

    def _save(
        self,
        post: Post,
        wanted: dict[str, Any],
        names: list[str],
        record: PostRecord,
        reasons: list[str],
    ) -> None:
        """Writes the row, its labels and one revision."""
        was_published = post.publish_at is not None
        for name, value in wanted.items():
            setattr(post, name, value)
        if not was_published:  # an address that was once given stays
            _settle_address(post, record, reasons)
        post._change_reason = f"{CHANGE_REASON}: {self._import.ledger.format}"  # type: ignore[attr-defined]
        # The time of the last edit is the source's, not now.
        post._read_before = None
        post.save()
        post.labels.set([self._label(name) for name in names])

    def _author(self, record: AuthorRecord) -> Author:
        """The row of a writer, the same for every import; made when it is missing."""
        source_id = record.source_id or _NOBODY
        if len(source_id) > 255:
            source_id = f"sha256:{hashlib.sha256(source_id.encode()).hexdigest()}"
        if source_id not in self._authors:
            with override(self._import.profile.language):
                name = fitted(record.name, 150) or _("Anonymous")
            self._authors[source_id], _created = Author.objects.get_or_create(
                source_id=source_id, defaults={"name": name}
            )
        return self._authors[source_id]

    def _names(self, record: PostRecord) -> list[str]:
        """The names of a post's labels here: a comma would part them wherever they are typed."""
        for name in record.labels:
            if name not in self._label_names:
                self._label_names[name] = fitted(re.sub("[,，]", " ", name), 100)
        names = (self._label_names[name] for name in record.labels)
        return list(dict.fromkeys(name for name in names if name))

    def _label(self, name: str) -> Label:
        """The label of that name, made when it is missing."""
        if name not in self._labels:
            self._labels[name] = Label.objects.create(name=name)
            self._new_labels.add(name)
        return self._labels[name]

    def _write(self, record: PostRecord, post: Post | None, fate: Fate, reasons: list[str]) -> None:
        is_draft = record.is_draft if post is None else post.state != State.PUBLISHED
        self._import.write(
            LedgerItem(
                record.item_kind,
                record.source_id,
                fitted(record.title, TITLE_LENGTH),
                fate,
                draft=is_draft,
                address=None if post is None or is_draft else _address(post),
                reason=" ".join(reasons),
            )
        )

    def _write_label(self, source_name: str) -> None:
        name, reason = self._label_names[source_name], ""
        if not name:
            fate, reason = Fate.REFUSED, _("Nothing of its name can be kept.")
        elif name in self._labels:
            fate = Fate.CREATED if name in self._new_labels else Fate.UNCHANGED
            if name != source_name:
                reason = _("Here it is called “%(name)s”.") % {"name": name}
        else:
            fate, reason = Fate.SKIPPED, _("Only texts that stay as they are here have it.")
        source_id = source_name[:TITLE_LENGTH]
        self._import.write(LedgerItem(ItemKind.LABEL, source_id, name, fate, reason=reason))

    def _write_pictures(self) -> None:
        """One line for all pictures that readers will not see."""
        if not self._picture_count:
            return
        title = ngettext("%(count)d picture", "%(count)d pictures", self._picture_count)
        reason = _(
            "They lie on other hosts, which pages here never ask: readers see their descriptions "
            "and links instead."
        )
        self._import.write(
            LedgerItem(
                ItemKind.MEDIA,
                "pictures",
                title % {"count": self._picture_count},
                Fate.SKIPPED,
                reason=reason,
            )
        )


def _is_equal(post: Post, wanted: dict[str, Any], names: list[str]) -> bool:
    """Whether an import of the same would change nothing."""
    return all(getattr(post, name) == value for name, value in wanted.items()) and set(
        post.labels.values_list("name", flat=True)
    ) == set(names)


def _is_edited_here(post: Post) -> bool:
    """Whether the newest revision was written by somebody else than an import."""
    revisions: QuerySet[Any] = post.history.all()  # type: ignore[attr-defined]
    newest = revisions.order_by("-history_id").first()
    return newest is None or not (newest.history_change_reason or "").startswith(CHANGE_REASON)


def _address(post: Post) -> str | None:
    """Where readers find `post` once it is live; None when that is not settled."""
    if post.kind == Kind.PAGE:
        return addresses.page(post.slug) if post.slug else None
    return addresses.post(post.address_month, post.slug) if post.address_month else None


def _settle_address(post: Post, record: PostRecord, reasons: list[str]) -> None:
    """Gives `post` the address of the source, or a free one when a row here has it."""
    if record.slug:
        post.slug = record.slug
        if post.kind == Kind.POST and post.publish_at is not None:
            post.address_month = record.address_month
    if _address(post) is None:
        if post.kind == Kind.PAGE or post.publish_at is not None:
            publishing.fix_address(post)
    elif (free := publishing.free_slug(post, post.slug)) != post.slug:
        taken, post.slug = _address(post), free
        reasons.append(
            _("%(taken)s belongs to another text here; this one is at %(address)s.")
            % {"taken": taken, "address": _address(post)}
        )
    if OldAddress.objects.filter(path=_address(post)).delete()[0]:
        reasons.append(_("A redirect from its address to another text has ended."))
