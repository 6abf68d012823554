"""Loads the demonstration blog into an empty one.

Posts go through blog.publishing. Comments are written with the past that they would have had:
their status, the audit events that led to it and their times. Nobody is told: no mail is queued,
and no comment is announced as new.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sites.models import Site
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from blog import images, publishing
from blog.access import Role, give_role
from blog.choices import State
from blog.models import Author, Label, Post, SiteProfile
from comments import engine, moderation
from comments.choices import Act, RemovedBy, Status
from comments.management.demo import content, pictures
from comments.models import BlogComment, Guest, ModerationEvent
from comments.spam import Submission, judge

PICTURES_FOLDER = "demo"

WRITING_TAKES = timedelta(hours=3)
RENAMED_AFTER = timedelta(days=3)
WITHDRAWN_AFTER = timedelta(days=2)
CONFIRMED_AFTER = timedelta(minutes=4)
APPROVED_AFTER = timedelta(minutes=15)
REMOVED_AFTER = timedelta(hours=3)


class NotEmpty(Exception):
    """The blog has posts already."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Who signs a comment: an account, a guest, or an author without an account."""

    name: str
    email: str = ""
    url: str = ""
    user: User | None = None
    author: Author | None = None
    guest: Guest | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A remark with its place in time and on a post."""

    moment: datetime
    remark: content.Remark
    text: content.Text
    post: Post


@dataclass(slots=True)
class Cast:
    """Everybody who writes here; guests and members are made when they first speak."""

    owner: User | None
    first: Author
    second: Author
    people: dict[str, content.Person]
    writers: dict[str, Writer] = field(default_factory=dict)

    def author(self, name: str) -> Author:
        """The author called "first" or "second"."""
        return {"first": self.first, "second": self.second}[name]

    def writer(self, due: Due) -> Writer:
        """Who signs `due`."""
        if due.remark.by in {"author", "second"}:
            author = self.second if due.remark.by == "second" else due.post.author
            return Writer(author.name, user=author.user, author=author)
        key = due.remark.by
        if key not in self.writers:
            self.writers[key] = _newcomer(self.people[key], since=due.moment)
        return self.writers[key]


def load(*, now: datetime, say: Callable[[str], None]) -> None:
    """Writes the whole demonstration blog as if it had been kept for two years before `now`.

    One transaction; a failure also takes the pictures away again. `say` gets one line for each
    kind of thing. About a thousand queries and three seconds.

    Raises:
        NotEmpty: there are posts; nothing was changed.
    """
    stored: list[str] = []
    try:
        with transaction.atomic():
            if Post.objects.exists():
                raise NotEmpty
            profile = _profile()
            SiteProfile.remember(profile)
            with translation.override(profile.language):
                _write(profile, now=now, say=say, stored=stored)
    except BaseException:
        for name in stored:
            default_storage.delete(name)
        raise
    finally:
        SiteProfile.remember(None)


def _write(
    profile: SiteProfile, *, now: datetime, say: Callable[[str], None], stored: list[str]
) -> None:
    cast = _cast(now=now)
    say(_("Site profile: %(title)s") % {"title": profile.title})
    words = content.picture_words()
    for name in pictures.PICTURES:  # before the texts, which find what they show
        stored.append(_store(name, words, by=cast.owner))
    posts = [(text, _post(text, cast, profile=profile, now=now)) for text in content.texts()]
    say(_("Posts and pages: %(count)d") % {"count": len(posts)})
    say(_("Labels: %(count)d") % {"count": Label.objects.count()})
    comments = _comments(posts, cast)
    moderation.rebuild_counts()
    say(_("Comments: %(count)d") % {"count": comments})
    say(_("Pictures: %(count)d") % {"count": len(stored)})


def _profile() -> SiteProfile:
    """The site profile, named after the demonstration unless the owner has named it."""
    profile = SiteProfile.current()
    if profile.title == SiteProfile._meta.get_field("title").default:
        profile.title = content.TITLE
        profile.tagline = profile.tagline or content.TAGLINE
        profile.save()
        # What mails of the log-in pages call the blog; setup_blog keeps it equal to the title.
        Site.objects.filter(pk=settings.SITE_ID).update(name=profile.title)
    return profile


def _store(name: str, words: Mapping[str, str], *, by: User | None) -> str:
    """Puts a picture into the library, where the posts look for it and with the `words` that
    they have for it; the name of its file.
    """
    path = f"{PICTURES_FOLDER}/{name}.jpg"
    item = images.add(BytesIO(pictures.draw(name)), name=f"{name}.jpg", by=by, path=path).item
    item.alternative_text = words.get(item.get_absolute_url(), "")
    images.describe(item)
    return item.stored_name


# People ------------------------------------------------------------------------------------------


def _cast(*, now: datetime) -> Cast:
    """The two authors. With an owner, the first is his and the second gets an account that nobody
    can log in to; without one both are names only, free to be given to somebody.
    """
    owner = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if owner is None:
        first = Author.objects.create(name=content.FIRST_AUTHOR, about=content.FIRST_ABOUT)
        second_user = None
    else:
        if not owner.get_full_name():  # the posts need somebody who could have written them
            owner.first_name, _space, owner.last_name = content.FIRST_AUTHOR.partition(" ")
            owner.save(update_fields=["first_name", "last_name"])
        first = Author.objects.writing_as(owner)
        if first.name == owner.get_username():
            first.name, first.about = content.FIRST_AUTHOR, content.FIRST_ABOUT
            first.save(update_fields=["name", "about"])
        second_user = _account("qinghe", content.SECOND_AUTHOR, since=now)
        give_role(second_user, Role.AUTHOR)
    second = Author.objects.create(
        name=content.SECOND_AUTHOR, about=content.SECOND_ABOUT, user=second_user
    )
    return Cast(owner=owner, first=first, second=second, people=content.people())


def _account(wanted: str, name: str, *, since: datetime) -> User:
    """A new account without a password; never one that exists."""
    taken = set(User.objects.filter(username__startswith=wanted).values_list("username", flat=True))
    username, number = wanted, 1
    while username in taken:
        number += 1
        username = f"{wanted}-{number}"
    # The whole name in one field: Chinese puts the family name first.
    return User.objects.create_user(
        username, f"{username}@example.org", first_name=name, date_joined=since
    )


def _newcomer(person: content.Person, *, since: datetime) -> Writer:
    if person.is_member:
        user = _account(person.key, person.name, since=since)
        return Writer(person.name, url=person.url, user=user)
    guest, _created = Guest.objects.get_or_create(
        email=person.email, defaults={"name": person.name, "created_at": since}
    )
    return Writer(person.name, email=person.email, url=person.url, guest=guest)


# Posts -------------------------------------------------------------------------------------------


def _post(text: content.Text, cast: Cast, *, profile: SiteProfile, now: datetime) -> Post:
    """One post or page, published as long ago as it says, and what became of it."""
    day = profile.day(now) - timedelta(days=text.days_ago)
    moment = datetime.combine(day, text.time, tzinfo=profile.zone)
    written = min(moment, now) - WRITING_TAKES
    post = Post(
        kind=text.kind,
        title=text.title,
        body=text.body,
        markup=text.markup,
        language=text.language,
        author=cast.author(text.author),
        slug=text.old_slug or text.slug,
        comment_policy=text.comments,
        created_at=written,
        updated_at=written,
    )
    if text.place is not None:
        post.place_name = text.place.name
        post.latitude, post.longitude = text.place.latitude, text.place.longitude
    by = post.author.user
    _date_revision(post, min(moment, now))
    if text.state == State.DRAFT:
        publishing.save(post, by=by)
    else:
        publishing.publish(post, by=by, at=moment)
    if text.old_slug:
        _date_revision(post, moment + RENAMED_AFTER)
        post.slug = text.slug
        publishing.save(post, by=by)
    if text.state == State.WITHDRAWN:
        _date_revision(post, moment + WITHDRAWN_AFTER)
        publishing.withdraw(post, by=by)
    post.labels.set(Label.objects.get_or_create(name=name)[0] for name in text.labels)
    return post


def _date_revision(post: Post, moment: datetime) -> None:
    """Makes simple_history date the next revision of `post` back."""
    post._history_date = moment  # type: ignore[attr-defined]


# Comments ----------------------------------------------------------------------------------------


def _comments(posts: Iterable[tuple[content.Text, Post]], cast: Cast) -> int:
    """All comments in the order in which they were sent; how many."""
    due = sorted(
        (remark for text, post in posts for remark in _due(text, post)),
        key=lambda remark: remark.moment,
    )
    rows: dict[tuple[str, str], BlogComment] = {}
    events: list[ModerationEvent] = []
    for one in due:
        above = rows.get((one.text.name, one.remark.to)) if one.remark.to else None
        comment = _comment(one, cast.writer(one), reply_to=above)
        events.extend(_past(comment, one.remark, owner=cast.owner))
        if one.remark.id:
            rows[one.text.name, one.remark.id] = comment
    ModerationEvent.objects.bulk_create(sorted(events, key=lambda event: event.at))
    return len(due)


def _due(text: content.Text, post: Post) -> Iterator[Due]:
    """The remarks of one post with their times; an answer stands below what it answers."""
    moments: dict[str, datetime] = {}
    for remark in text.remarks:
        assert post.publish_at is not None
        start = moments[remark.to] if remark.to else post.publish_at
        moment = start + timedelta(hours=remark.hours_later)
        if remark.id:
            moments[remark.id] = moment
        yield Due(moment, remark, text, post)


def _comment(due: Due, writer: Writer, *, reply_to: BlogComment | None) -> BlogComment:
    """The row of `due`, in its place."""
    remark, status = due.remark, due.remark.state
    submission = Submission(
        post=due.post,
        reply_to=reply_to,
        name=writer.name,
        email=writer.email,
        url=writer.url,
        text=remark.text,
        client_key="",
        user=writer.user,
        guest=writer.guest,
        is_honeypot_filled=remark.honeypot,
        seconds_open=remark.seconds_open,
    )
    was_published = status in {Status.PUBLISHED, Status.REMOVED}
    comment = BlogComment(
        post=due.post,
        user=writer.user,
        guest=writer.guest,
        user_name="" if writer.user else writer.name,
        user_email="" if writer.user else writer.email,
        user_url=writer.url,
        byline=None if writer.user else writer.author,
        comment=remark.text,
        submit_date=due.moment,
        status=status,
        removed_by=remark.removed_by,
        reasons=[] if was_published else [clue.as_json() for clue in judge(submission).clues],
        fingerprint=None if status == Status.REMOVED else moderation.fingerprint(submission),
    )
    comment.is_public, comment.is_removed = moderation.PACKAGE_FLAGS[status]
    if was_published:
        comment.published_at = due.moment
        if _is_first_of(writer.guest):
            comment.published_at += APPROVED_AFTER
    return engine.insert(comment, reply_to=reply_to, request=None)


def _is_first_of(guest: Guest | None) -> bool:
    return guest is not None and not guest.is_verified


def _past(
    comment: BlogComment, remark: content.Remark, *, owner: User | None
) -> Iterator[ModerationEvent]:
    """The audit events that led `comment` to where it stands, oldest first.

    A guest confirms his address with his first comment, which then waits for a moderator; later
    ones appear at once.
    """
    sent, status, guest = comment.submit_date, Status(comment.status), comment.guest
    shown = Status.PUBLISHED if status == Status.REMOVED else status
    steps: list[tuple[Act, Status, datetime, User | None]] = []
    if guest is None or guest.is_verified or status in {Status.UNCONFIRMED, Status.SPAM}:
        steps.append((Act.RECEIVED, shown, sent, comment.user))
    else:
        guest.verified_at = sent + CONFIRMED_AFTER
        guest.save(update_fields=["verified_at"])
        steps.append((Act.RECEIVED, Status.UNCONFIRMED, sent, None))
        steps.append((Act.CONFIRMED, Status.HELD, guest.verified_at, None))
        if shown == Status.PUBLISHED:
            steps.append((Act.APPROVED, shown, sent + APPROVED_AFTER, owner))
    if status == Status.REMOVED:
        by = owner if remark.removed_by == RemovedBy.MODERATOR else comment.user
        steps.append((Act.REMOVED, status, sent + REMOVED_AFTER, by))
    before = ""
    for act, after, at, by in steps:
        yield ModerationEvent(
            comment=comment,
            act=act,
            by=by,
            status_before=before,
            status_after=after,
            note=remark.note if act == Act.REMOVED else "",
            at=at,
        )
        before = after
