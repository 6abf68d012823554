"""Never lose a word: texts that are being written, and two people who write the same one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from blog import markup
from blog.models import Post, WorkingCopy
from blog.revisions import Merge, merge

# What people type; everything else of the form is chosen again in a moment.
FIELDS = ("title", "body", "markup", "language", "description", "slug", "new_labels")
TEXT = ("title", "body", "markup", "line_breaks", "language", "description")
MAX_FIELD_CHARS = 2_000  # of each but the body
MAX_KEY_CHARS = 40
SEEN_SECONDS = 90  # an open form says every 30 that it is there
SETTLED_DAYS = 90  # as long as a browser may hold a text that was saved from elsewhere


@dataclass(frozen=True, slots=True)
class Conflict:
    """A post that somebody saved while somebody else was writing it."""

    by: str
    at: datetime
    revision: int
    mine: str
    my_title: str
    theirs: str
    their_title: str
    merged: Merge
    merged_title: str


def name_of(person: User | None) -> str:
    """What others read of `person`; empty for nobody."""
    return "" if person is None else person.get_full_name() or person.get_username()


def current_revision(post: Post) -> int | None:
    """The number of the last revision of `post`; None for one that was never saved. One query."""
    if post._state.adding:
        return None
    revisions: Any = post.revisions  # type: ignore[attr-defined]
    found = revisions.order_by("-history_id").values_list("history_id", flat=True).first()
    return int(found) if found is not None else None


def taken(fields: Mapping[str, Any]) -> dict[str, str]:
    """Of what a form sent, the words that a working copy keeps."""
    words = {}
    for name in FIELDS:
        limit = markup.MAX_SOURCE_CHARS if name == "body" else MAX_FIELD_CHARS
        words[name] = str(fields.get(name) or "").replace("\r\n", "\n").replace("\x00", "")[:limit]
    return words


@transaction.atomic
def keep(
    person: User,
    key: str,
    fields: Mapping[str, Any],
    *,
    post: Post | None,
    base_revision: int | None,
    written_at: datetime | None = None,
) -> WorkingCopy | None:
    """Keeps the words of the form `key`; touches no post.

    None when there is nothing to keep: the form was saved or discarded since, or it says what the
    post says. Words that a browser wrote down at `written_at` replace no later ones.
    """
    words = taken(fields)
    copy = WorkingCopy.objects.select_for_update().filter(person=person, key=key).first()
    if copy is not None and copy.settled_at is not None:
        return None
    if copy is not None and written_at is not None and copy.fields and copy.saved_at > written_at:
        return copy
    if says_the_same(words, post):
        if copy is not None:
            copy.fields = {}
            copy.save()
        return None
    copy = copy or WorkingCopy(person=person, key=key)
    copy.post, copy.base_revision, copy.fields = post, base_revision, words
    copy.saved_at = copy.seen_at = timezone.now()
    copy.save()
    return copy


def says_the_same(words: Mapping[str, str], post: Post | None) -> bool:
    """Whether `words` hold nothing that `post` lacks; of a new post, whether they are empty."""
    if words["new_labels"]:
        return False
    if post is None:
        return not any(words[name].strip() for name in ("title", "body", "description", "slug"))
    names = [name for name in FIELDS if name != "new_labels"]
    return all(words[name].strip() == str(getattr(post, name)).strip() for name in names)


def see(person: User, key: str, *, post: Post) -> None:
    """Notes that the form `key` of `post` is open. Two queries."""
    WorkingCopy.objects.update_or_create(
        person=person,
        key=key,
        defaults={"seen_at": timezone.now()},
        create_defaults={"seen_at": timezone.now(), "post": post},
    )


def others_at(post: Post, person: User) -> list[str]:
    """Who else has `post` open now, by name. One query."""
    since = timezone.now() - timedelta(seconds=SEEN_SECONDS)
    copies = WorkingCopy.objects.filter(post=post, seen_at__gte=since, settled_at=None)
    found = copies.exclude(person=person).select_related("person")
    return sorted({name_of(copy.person) for copy in found})


def waiting(person: User, *, post: Post | None, besides: str = "") -> list[WorkingCopy]:
    """Words of `person` for `post` that were never saved, the last written first; for None those
    of new posts. One query.
    """
    copies = WorkingCopy.objects.filter(person=person, post=post, settled_at=None)
    copies = copies.exclude(Q(fields={}) | Q(key=besides)).order_by("-saved_at")
    return [copy for copy in copies[:20] if not says_the_same(taken(copy.fields), post)]


def find(person: User, key: str) -> WorkingCopy | None:
    """The words that `person` wrote in the form `key`, if they still wait. One query."""
    copies = WorkingCopy.objects.filter(person=person, key=key[:MAX_KEY_CHARS], settled_at=None)
    return copies.exclude(fields={}).select_related("post").first()


def settle(person: User, key: str) -> None:
    """The words of the form `key` were saved or discarded: they go, and so do old settled rows."""
    if not key:
        return
    now = timezone.now()
    values = {"fields": {}, "settled_at": now}
    WorkingCopy.objects.update_or_create(person=person, key=key[:MAX_KEY_CHARS], defaults=values)
    old = now - timedelta(days=SETTLED_DAYS)
    WorkingCopy.objects.filter(person=person, settled_at__lt=old).delete()


def newer(post: Post, base_revision: int | None) -> Any | None:
    """The last revision, if it has another text than `base_revision`. Two queries at most."""
    revisions: Any = post.revisions  # type: ignore[attr-defined]
    last = revisions.select_related("history_user").order_by("-history_id").first()
    if last is None or base_revision is None or last.history_id == base_revision:
        return None
    base = revisions.filter(history_id=base_revision).first()
    if base is not None and all(getattr(base, name) == getattr(last, name) for name in TEXT):
        return None
    return last


def conflict(post: Post, words: Mapping[str, str], *, base_revision: int | None) -> Conflict | None:
    """What stands between `words` and `post`; None when nobody changed its text meanwhile.

    Locks the post, so that of two who save at once the second one is told.
    """
    Post.objects.select_for_update().filter(pk=post.pk).values_list("pk").first()
    last = newer(post, base_revision)
    if last is None or all(words[name] == getattr(last, name) for name in ("title", "body")):
        return None
    revisions: Any = post.revisions  # type: ignore[attr-defined]
    base = revisions.filter(history_id=base_revision).first()
    old_body, old_title = (base.body, base.title) if base is not None else ("", "")
    is_one_markup = words["markup"] == last.markup
    return Conflict(
        by=name_of(last.history_user),
        at=last.history_date,
        revision=last.history_id,
        mine=words["body"],
        my_title=words["title"],
        theirs=last.body,
        their_title=last.title,
        merged=merge(old_body, words["body"], last.body)
        if is_one_markup
        else Merge(words["body"], 1),
        merged_title=last.title if words["title"] == old_title else words["title"],
    )
