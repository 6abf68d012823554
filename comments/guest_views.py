"""The page of everything that is kept of a person: own comments, subscriptions, copy, erasure."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Concat
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from blog.access import has
from comments import guests, links, newsletter, subscriptions, threads, visitors
from comments.choices import Status
from comments.forms import MAX_KEY
from comments.guest_forms import EraseForm, LinkForm
from comments.models import BlogComment, Guest, Subscription
from comments.models.subscription import SubscriptionQuerySet
from comments.origin import from_this_site
from comments.spam import ratelimit, reasons
from comments.visitors import Visitor

PER_PAGE = 50


@dataclass(frozen=True)
class OwnComment:
    """One of a person's comments, as that person may see it."""

    comment: BlogComment
    is_editable: bool

    @cached_property
    def reasons(self) -> list[str]:
        """Why it waits, in sentences; without points, and without the wording of a rule."""
        if self.comment.status not in {Status.HELD, Status.SPAM}:
            return []
        rule = _("A rule of this blog holds comments like it.")
        sentences = [
            rule if reasons.kind(reason) == "rule" else reasons.sentence(reason)
            for reason in self.comment.reasons
        ]
        return [sentence for sentence in dict.fromkeys(sentences) if sentence]


@never_cache
@from_this_site
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """GET: what is kept of the person who asks, or, for a stranger, the form that asks for a link.

    POST: mails the link. The answer is the same whether anybody wrote with that address.
    """
    visitor = visitors.of(request)
    form = LinkForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and settings.HAS_MAIL and form.is_valid():
        network = ratelimit.client_key(request.META.get("REMOTE_ADDR", ""))
        guests.mail_link(form.cleaned_data["email"], client_key=network)
        return HttpResponseRedirect(f"{reverse('comments:mine')}?sent", status=303)
    context: dict[str, Any] = {
        "visitor": visitor,
        "form": form,
        "has_mail": settings.HAS_MAIL,
        "is_sent": "sent" in request.GET,
        **_listed(visitor, request.GET.get("before", "")),
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "comments/mine.html", context, status=status)


def _listed(visitor: Visitor, before: str) -> dict[str, Any]:
    """One page of own comments, newest first, and the subscriptions. Three queries."""
    if not visitor.is_known:
        return {"comments": [], "older": None, "subscriptions": [], "newsletter": None}
    answers = BlogComment.objects.filter(
        post=OuterRef("post"),
        status=Status.PUBLISHED,
        path__gt=OuterRef("path"),
        path__lt=Concat(OuterRef("path"), Value(threads.PATH_END)),
    )
    found = visitor.comments().select_related("post", "user").annotate(has_answers=Exists(answers))
    if before.isascii() and before.isdigit() and len(before) <= len(str(MAX_KEY)):
        found = found.filter(pk__lt=int(before))
    rows = list(found.order_by("-pk")[: PER_PAGE + 1])
    always = visitor.user is not None and has(visitor.user, "comments.moderate")
    comments = [
        OwnComment(
            comment,
            is_editable=visitor.wrote(comment)
            and comment.status != Status.REMOVED
            and (always or (comment.is_in_edit_window and not comment.has_answers)),  # type: ignore[attr-defined]
        )
        for comment in rows[:PER_PAGE]
    ]
    return {
        "comments": comments,
        "older": rows[PER_PAGE - 1].pk if len(rows) > PER_PAGE else None,
        "subscriptions": list(_subscriptions(visitor)),
        "newsletter": newsletter.of(visitor),
    }


def _subscriptions(visitor: Visitor) -> SubscriptionQuerySet:
    found: SubscriptionQuerySet = Subscription.objects.by_person(
        user_id=visitor.user.pk if visitor.user else None,
        guest_id=visitor.guest.pk if visitor.guest else None,
    )
    return found.select_related("post", "comment__post").order_by("-pk")


@never_cache
@from_this_site
@require_http_methods(["GET", "HEAD", "POST"])
def open_mine(request: HttpRequest, token: str) -> HttpResponse:
    """GET: a button; a mail scanner that opens the link sees nothing and changes nothing. POST:
    confirms the address, remembers this browser, and goes to the page.
    """
    try:
        guest = visitors.guest_of(token, links.Purpose.MINE)
    except links.Expired:
        return TemplateResponse(request, "comments/useless_link.html", status=410)
    except links.Forged as error:
        raise Http404 from error
    if guest is None:  # erased since, or its links were made void
        return TemplateResponse(request, "comments/useless_link.html", status=410)
    if request.method != "POST":
        return TemplateResponse(request, "comments/open_mine.html")
    return _enter(guest)


def _enter(guest: Guest) -> HttpResponse:
    guests.prove_address(guest)
    response = HttpResponseRedirect(reverse("comments:mine"), status=303)
    visitors.remember(response, guest)
    return response


def _person(request: HttpRequest) -> Visitor:
    """Who asks, when it is a member or a guest with a confirmed address.

    Raises:
        Http404: a stranger, or only a browser.
    """
    visitor = visitors.of(request)
    if not visitor.is_person:
        raise Http404
    return visitor


@never_cache
@require_safe
def copy(request: HttpRequest) -> HttpResponse:
    """Everything that is kept of the person who asks, as a JSON file."""
    visitor = _person(request)
    held = guests.copy_of(visitor, actor_keys=visitors.actor(request, visitor).keys)
    response = JsonResponse(held, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response.headers["Content-Disposition"] = 'attachment; filename="my-comments.json"'
    return response


@never_cache
@from_this_site
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """GET: asks whether it is meant, and what becomes of the texts. POST: erases, and forgets this
    browser.
    """
    visitor = _person(request)
    form = EraseForm(request.POST if request.method == "POST" else None)
    context = {"form": form, "visitor": visitor}
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.errors else 200
        return TemplateResponse(request, "comments/erase.html", context, status=status)
    guests.erase(
        visitor,
        actor_keys=visitors.actor(request, visitor).keys,
        keeps_texts=form.cleaned_data["texts"] == "keep",
    )
    response = TemplateResponse(request, "comments/erased.html", context)
    visitors.forget(response)
    return response


@never_cache
@from_this_site
@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Makes this browser nobody in particular; nothing that is kept changes."""
    response = HttpResponseRedirect(reverse("comments:mine"), status=303)
    visitors.forget(response)
    return response


@never_cache
@from_this_site
@require_POST
def end_subscription(request: HttpRequest, key: int) -> HttpResponse:
    """Ends one of one's own subscriptions. 404 for those of others."""
    visitor = _person(request)
    subscription = _subscriptions(visitor).filter(pk=key).first() if key < 2**63 else None
    if subscription is None:
        raise Http404
    subscriptions.unsubscribe(subscription)
    return HttpResponseRedirect(f"{reverse('comments:mine')}#subscriptions", status=303)
