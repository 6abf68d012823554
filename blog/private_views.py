"""What only some may read: behind a password, behind a secret link, before it is published."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from blog import private, proofs
from blog.attempts import may_try, network
from blog.choices import CommentPolicy
from blog.models import Post
from blog.post_pages import ask_password, render_post

MAX_PASSWORD_CHARS = 128
TRIES, TRIES_SECONDS = 10, 10 * 60  # of one network at one text: nobody mistypes more often
ALL_TRIES, ALL_TRIES_SECONDS = 300, 60 * 60  # of everybody: many networks guess no faster


@require_POST
@csrf_protect
def unlock(request: HttpRequest, key: int) -> HttpResponse:
    """Takes the password of a private text: right, and the text opens in this browser; wrong, and
    it is asked for again.
    """
    post = get_object_or_404(Post.objects.locked(), pk=key if key < 2**63 else None)
    who = network(request.META.get("REMOTE_ADDR", ""))
    if not (
        may_try(f"unlock:{post.pk}", who, limit=TRIES, seconds=TRIES_SECONDS)
        and may_try("unlock", str(post.pk), limit=ALL_TRIES, seconds=ALL_TRIES_SECONDS)
    ):
        trouble = _("That was tried too often. Wait ten minutes, then try again.")
        response = ask_password(request, post, trouble=trouble, status=429)
        response.headers["Retry-After"] = str(TRIES_SECONDS)
        return response
    password = request.POST.get("password", "")
    if len(password) > MAX_PASSWORD_CHARS or not post.is_password(password):
        trouble = _("That is not the password of this text.")
        return ask_password(request, post, trouble=trouble, status=422)
    response = HttpResponseRedirect(post.get_absolute_url())
    private.remember(response, post)
    return response


@require_safe
def shared(request: HttpRequest, word: str) -> HttpResponse:
    """A private text, for whoever has its secret link."""
    post = private.post_of_link(word)
    if post is None:
        raise Http404
    return render_post(request, post)


@require_safe
def proof(request: HttpRequest, token: str) -> HttpResponse:
    """A text as it is now, for whoever has a proof-reader's link that is still good."""
    link = proofs.found(token)
    if link is None:
        raise Http404
    post = link.post
    post.comment_policy = CommentPolicy.HIDDEN  # not saved: a text that is read, not discussed
    return render_post(request, post, proof=link)
