"""What readers do with the comments of others: like them, report them; for the blog's people, pin
them.
"""

from collections.abc import Callable

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from blog.access import Person
from comments import marks, reactions, reports, visitors
from comments.choices import Order, ReportReason
from comments.forms import MAX_KEY
from comments.guest_forms import ReportForm
from comments.models import BlogComment
from comments.origin import from_this_site
from comments.spam import ratelimit


def _published(key: int) -> BlogComment:
    """The comment, when every reader may read it.

    Raises:
        Http404: nobody but moderators and its writer knows of it.
    """
    found = BlogComment.objects.published().select_related("post__author", "user")
    comment = found.filter(pk=key).first() if key <= MAX_KEY else None
    if comment is None:
        raise Http404
    return comment


def _network(request: HttpRequest) -> str:
    return ratelimit.client_key(request.META.get("REMOTE_ADDR", ""))


def _back(request: HttpRequest, comment: BlogComment) -> HttpResponseRedirect:
    """To the comment in its thread, in the order in which the page was read."""
    order = request.POST.get("order", "")
    target = comment.get_absolute_url()
    if order in Order.values and order != Order.OLDEST:
        target = target.replace("?comment=", f"?order={order}&comment=", 1)
    return HttpResponseRedirect(target, status=303)


def _refused(
    request: HttpRequest, comment: BlogComment, sentence: str, *, status: int
) -> TemplateResponse:
    context = {"comment": comment, "post": comment.post, "sentence": sentence}
    return TemplateResponse(request, "comments/refused.html", context, status=status)


def _too_fast(error: ratelimit.TooFast) -> str:
    sentence = ngettext(
        "That was quick. Please wait %(count)d second.",
        "That was quick. Please wait %(count)d seconds.",
        error.retry_after,
    )
    return sentence % {"count": error.retry_after}


@never_cache
@from_this_site
@require_POST
def like(request: HttpRequest, key: int) -> HttpResponse:
    """Likes a published comment, or no longer; then back to it. `liked` may say which of both.

    A script that asks for JSON gets `{"liked": true, "count": 3}`. 429 with the seconds to wait.
    """
    comment = _published(key)
    wants_json = request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    actor = visitors.actor(request, visitors.of(request))
    wants = {"1": True, "0": False}.get(request.POST.get("liked", ""))
    if actor.new_browser:
        wants = True  # a browser that we have never seen can't have liked it before
    try:
        liking = reactions.like(
            comment, actor_keys=actor.keys, client_key=_network(request), wants=wants
        )
    except BlogComment.DoesNotExist as error:
        raise Http404 from error
    except ratelimit.TooFast as error:
        response: HttpResponse
        if wants_json:
            response = JsonResponse({"error": _too_fast(error)}, status=429)
        else:
            response = _refused(request, comment, _too_fast(error), status=429)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    if wants_json:
        response = JsonResponse({"liked": liking.liked, "count": liking.count})
    else:
        response = _back(request, comment)
    visitors.remember_browser(response, actor)
    return response


@never_cache
@from_this_site
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, key: int) -> HttpResponse:
    """GET: asks what is wrong with a published comment. POST: keeps the answer, once per person,
    and says thank you; whether it was the first, or enough to hold the comment, nobody learns.
    """
    comment = _published(key)
    form = ReportForm(request.POST if request.method == "POST" else None)
    context = {"comment": comment, "post": comment.post, "form": form}
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.errors else 200
        return TemplateResponse(request, "comments/report.html", context, status=status)
    visitor = visitors.of(request)
    actor = visitors.actor(request, visitor)
    try:
        reports.report(
            comment,
            reason=ReportReason(form.cleaned_data["reason"]),
            note=form.cleaned_data["note"],
            user=visitor.user,
            actor_keys=actor.keys,
            client_key=_network(request),
        )
    except BlogComment.DoesNotExist as error:
        raise Http404 from error
    except ratelimit.TooFast as error:
        context["sentence"] = _too_fast(error)
        response = TemplateResponse(request, "comments/report.html", context, status=429)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    response = TemplateResponse(request, "comments/reported.html", {"post": comment.post})
    visitors.remember_browser(response, actor)
    return response


Rule = Callable[[Person, BlogComment], bool]
# What the button says: who may, and what is done.
MARKS: dict[str, tuple[Rule, Callable[..., bool]]] = {
    "pin": (marks.may_pin, marks.pin),
    "unpin": (marks.may_pin, marks.unpin),
    "love": (marks.may_love, marks.love),
    "unlove": (marks.may_love, marks.unlove),
}


@never_cache
@from_this_site
@require_POST
def mark(request: HttpRequest, key: int) -> HttpResponse:
    """Pins a comment, or shows that the post's author likes it; `act` is one of MARKS.

    404 for whoever may not, 409 when as many are pinned as may be.
    """
    comment = _published(key)
    may, change = MARKS.get(request.POST.get("act", ""), (_nobody_may, marks.pin))
    if not isinstance(request.user, User) or not may(request.user, comment):
        raise Http404(_("There is nothing to do here."))
    try:
        change(comment, by=request.user)
    except marks.TooManyPins as error:
        return _refused(request, comment, str(error), status=409)
    return _back(request, comment)


def _nobody_may(user: Person, comment: BlogComment) -> bool:
    return False
