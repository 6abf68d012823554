"""What the links in a moderator's mail open."""

from collections.abc import Callable

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from comments import links, moderation
from comments.choices import Status
from comments.models import BlogComment
from comments.notifications import MODERATE
from comments.origin import from_this_site

ACTS: dict[str, Callable[..., int]] = {
    "approve": moderation.approve,
    "spam": moderation.mark_spam,
    "remove": moderation.remove,
}


@never_cache
@from_this_site
@require_http_methods(["GET", "HEAD", "POST"])
def moderate(request: HttpRequest, token: str) -> HttpResponse:
    """GET: shows the held comment and one button. POST: does what the link says, in the name of the
    moderator to whom it was mailed; no log-in is asked for.

    Only a comment that still waits is changed, so a link that was used, or came too late, does no
    harm and says so. 403 when the moderator is none any more, 400 for a link that is none.
    """
    try:
        value = links.read(links.Purpose.MODERATE, token)
    except (links.Expired, links.Forged):
        return TemplateResponse(request, "comments/useless_link.html", status=400)
    comment_key, act, user_key = value.split(".")
    moderator = User.objects.filter(pk=int(user_key)).first()
    if moderator is None or not moderator.has_perm(MODERATE):
        return TemplateResponse(request, "comments/moderate.html", {"is_refused": True}, status=403)
    comment = _comment(comment_key)
    waits = comment is not None and comment.status == Status.HELD
    is_done = request.method == "POST" and waits
    if is_done:
        assert comment is not None
        ACTS[act]([comment], by=moderator)
        comment = _comment(comment_key)
    return TemplateResponse(
        request,
        "comments/moderate.html",
        {
            "comment": comment,
            "post": comment.post if comment else None,
            "act": act,
            "moderator": moderator,
            "waits": waits and not is_done,
            "is_done": is_done,
        },
    )


def _comment(key: str) -> BlogComment | None:
    return BlogComment.objects.in_sight().filter(pk=int(key)).select_related("post", "user").first()
