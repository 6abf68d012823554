"""Private texts: what remembers that a reader knew the password, and the secret link.

Neither needs a row: the browser keeps a signed word for the one page, and the link is signed too.
"""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from blog import addresses
from blog.models import Post

COOKIE = "unlocked"  # of one page each: its path is that of the text
REMEMBERED_SECONDS = 14 * 24 * 60 * 60  # as long as a log-in
SALT = "blog.private"
SIGN_CHARS = 32  # 128 bits


def _mark(post: Post) -> str:
    """Changes with the password, so that another one asks everybody again."""
    return salted_hmac(SALT, f"{post.pk}:{post.password_hash}", algorithm="sha256").hexdigest()


def is_unlocked(request: HttpRequest, post: Post) -> bool:
    """Whether this browser has given the password that `post` has now."""
    try:
        known = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=REMEMBERED_SECONDS
        )
    except signing.BadSignature:
        return False
    return isinstance(known, str) and constant_time_compare(known, _mark(post))


def remember(response: HttpResponse, post: Post) -> None:
    """Lets the browser open `post` from now on, and nothing else."""
    response.set_cookie(
        COOKIE,
        signing.dumps(_mark(post), salt=SALT),
        max_age=REMEMBERED_SECONDS,
        path=post.get_absolute_url(),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def link(post: Post) -> str:
    """The path at which whoever has it reads `post`."""
    return addresses.shared(f"{post.pk}-{_sign(post, settings.SECRET_KEY)}")


def post_of_link(word: str) -> Post | None:
    """The readable text whose secret link ends in `word`; None for any other word. One query."""
    key, _hyphen, sign = word.partition("-")
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    post = Post.objects.shared().for_page().filter(pk=int(key)).first()
    if post is None or not post.link_seed:
        return None
    known = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return post if any(constant_time_compare(_sign(post, one), sign) for one in known) else None


def _sign(post: Post, secret: str) -> str:
    message = f"{post.pk}:{post.link_seed}"
    return salted_hmac(SALT, message, secret=secret, algorithm="sha256").hexdigest()[:SIGN_CHARS]
