"""Links for proof-readers: one secret address each, for some days, of a text as it is now."""

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from blog.models import Post, ProofLink

DAYS = (1, 7, 30)  # to choose from
TOKEN_BYTES = 24


def _hash(token: str) -> str:
    # No salt and no slow hash: the token is random, there is nothing to guess.
    return hashlib.sha256(token.encode()).hexdigest()


def make(post: Post, *, by: User, days: int) -> str:
    """A new token under which `post` can be read for so many days; it is kept nowhere."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    ProofLink.objects.create(
        post=post,
        token_hash=_hash(token),
        made_by=by,
        expires_at=timezone.now() + timedelta(days=days),
    )
    return token


def found(token: str) -> ProofLink | None:
    """The link with that token, with its post as a page shows it, while it is good. Two queries."""
    links = ProofLink.objects.filter(token_hash=_hash(token), expires_at__gt=timezone.now())
    link = links.first()
    post = Post.objects.kept().for_page().filter(pk=link.post_id).first() if link else None
    if link is None or post is None:
        return None
    link.post = post
    return link


def forget_expired() -> int:
    """Removes links that are good no longer; how many."""
    count, _by_model = ProofLink.objects.filter(expires_at__lte=timezone.now()).delete()
    return count
