"""Who sends a request: a member, a guest known by a cookie, a browser that has written or liked
something, or nobody in particular.
"""

import time
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from comments import links
from comments.models import BlogComment, BlogCommentQuerySet, Guest

_PREFIX = "__Host-" if settings.IS_HTTPS else ""
COOKIE_NAME = f"{_PREFIX}guest"
WRITER_COOKIE_NAME = f"{_PREFIX}writer"  # which comments this browser has sent lately
READER_COOKIE_NAME = f"{_PREFIX}reader"  # a random number, so that it likes a comment once
# Pages differ for who sends one of these; the reader's number changes no page.
PERSONAL_COOKIES = frozenset({settings.SESSION_COOKIE_NAME, COOKIE_NAME, WRITER_COOKIE_NAME})

WRITTEN_KEPT = 10  # comments: as many as one may send in a day, and a short cookie
# Two clicks at once come before the first one's cookie is back: within such a span of time the same
# network address and browser are taken for one reader.
FIRST_CLICK_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person as far as he is known."""

    user: User | None = None
    guest: Guest | None = None
    written: tuple[int, ...] = ()  # keys of comments that this browser has sent

    @property
    def is_known(self) -> bool:
        """Whether any comment can be his."""
        return bool(self.user or self.guest or self.written)

    @property
    def is_person(self) -> bool:
        """Whether he has an account or a confirmed address, not only a browser."""
        return bool(self.user or self.guest)

    def comments(self) -> BlogCommentQuerySet:
        """What he wrote, whatever became of it."""
        found: BlogCommentQuerySet = BlogComment.objects.own(
            user_id=self.user.pk if self.user else None,
            guest_id=self.guest.pk if self.guest else None,
            keys=self.written,
        )
        return found

    def wrote(self, comment: BlogComment) -> bool:
        """Whether `comment` is his to change.

        What somebody has confirmed by mail is no longer the browser's that sent it: it might have
        been sent with the address of another.
        """
        if self.user is not None:
            return comment.user_id == self.user.pk
        if comment.user_id is not None:
            return False
        if comment.guest_id is not None:
            return self.guest is not None and comment.guest_id == self.guest.pk
        return comment.pk in self.written


def of(request: HttpRequest) -> Visitor:
    """Who sends `request`. One query with a guest's cookie, else none."""
    if isinstance(request.user, User):
        return Visitor(user=request.user)
    return Visitor(guest=known_guest(request), written=_written(request))


def is_personal(request: HttpRequest) -> bool:
    """Whether pages may differ for whoever sends `request`: then none of them is kept or shared."""
    return not PERSONAL_COOKIES.isdisjoint(request.COOKIES)


# --- A guest with a confirmed address -------------------------------------------------------------


def guest_of(token: str, purpose: links.Purpose) -> Guest | None:
    """The guest that a signed `key.version` names; None when there is none of that version.

    Raises:
        links.Expired, links.Forged: as links.read() does.
    """
    key, _dot, version = links.read(purpose, token).partition(".")
    if not (key.isdigit() and version.isdigit()):
        return None
    return Guest.objects.filter(pk=key, token_version=version).first()


def token_for(guest: Guest, purpose: links.Purpose) -> str:
    """A token that guest_of() opens until `guest.token_version` is raised."""
    return links.make(purpose, f"{guest.pk}.{guest.token_version}")


def known_guest(request: HttpRequest) -> Guest | None:
    """The guest whose confirmed address this browser has shown. One query with the cookie, none
    without.
    """
    token = request.COOKIES.get(COOKIE_NAME)
    if not token or request.user.is_authenticated:
        return None
    try:
        guest = guest_of(token, links.Purpose.GUEST)
    except (links.Expired, links.Forged):
        return None
    return guest if guest is not None and guest.is_verified else None


def remember(response: HttpResponse, guest: Guest) -> None:
    """Makes the browser of `response` known as `guest` for a year."""
    _set(response, COOKIE_NAME, links.Purpose.GUEST, f"{guest.pk}.{guest.token_version}")


def forget(response: HttpResponse) -> None:
    """Makes the browser of `response` nobody in particular again."""
    for name in (COOKIE_NAME, WRITER_COOKIE_NAME, READER_COOKIE_NAME):
        response.delete_cookie(name, samesite="Lax")


def _set(response: HttpResponse, name: str, purpose: links.Purpose, value: str) -> None:
    response.set_cookie(
        name,
        links.make(purpose, value),
        max_age=links.LIFETIMES[purpose],
        secure=settings.IS_HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest, name: str, purpose: links.Purpose) -> str:
    try:
        return links.read(purpose, request.COOKIES.get(name, ""))
    except (links.Expired, links.Forged):
        return ""


# --- A browser that has sent comments -------------------------------------------------------------


def _written(request: HttpRequest) -> tuple[int, ...]:
    keys = _read(request, WRITER_COOKIE_NAME, links.Purpose.WRITER).split(".")
    return tuple(int(key) for key in keys if key.isdigit())


def remember_writing(request: HttpRequest, response: HttpResponse, comment: BlogComment) -> None:
    """Lets this browser see and mend what it has just sent, before an address is confirmed."""
    keys = [key for key in _written(request) if key != comment.pk]
    keys = [*keys, comment.pk][-WRITTEN_KEPT:]
    _set(response, WRITER_COOKIE_NAME, links.Purpose.WRITER, ".".join(map(str, keys)))


# --- Whoever likes or reports something -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Actor:
    """One person or browser, as keyed hashes that name nobody."""

    # The first is what is kept of him; the others he may have been before.
    keys: tuple[str, ...]
    # The number that his browser is to keep; nothing when it has one, or need not.
    new_browser: str = field(default="", repr=False)


def actor(request: HttpRequest, visitor: Visitor) -> Actor:
    """Who likes or reports, the same one for each of his clicks."""
    browser = _read(request, READER_COOKIE_NAME, links.Purpose.READER)
    keys = [_actor_key(f"browser:{browser}")] if browser else []
    if visitor.user is not None:
        return Actor((_actor_key(f"user:{visitor.user.pk}"), *keys))
    if visitor.guest is not None:
        return Actor((_actor_key(f"guest:{visitor.guest.pk}"), *keys))
    if browser:
        return Actor(tuple(keys))
    now = int(time.time()) // FIRST_CLICK_SECONDS
    numbers = [_first_number(request, span) for span in (now, now - 1)]
    return Actor(tuple(_actor_key(f"browser:{number}") for number in numbers), numbers[0])


def remember_browser(response: HttpResponse, actor: Actor) -> None:
    """Gives a browser its number, if it has none yet."""
    if actor.new_browser:
        _set(response, READER_COOKIE_NAME, links.Purpose.READER, actor.new_browser)


def _first_number(request: HttpRequest, span: int) -> str:
    seen = (request.META.get("REMOTE_ADDR", ""), request.headers.get("User-Agent", ""), str(span))
    return salted_hmac("comments.first-click", "\x1f".join(seen), algorithm="sha256").hexdigest()[
        :32
    ]


def _actor_key(who: str) -> str:
    return salted_hmac("comments.actor", who, algorithm="sha256").hexdigest()
