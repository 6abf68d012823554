"""Getting new posts by mail: the form, the click that confirms it, the end."""

from django.conf import settings
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from comments import links, newsletter, notifications, visitors
from comments.choices import Rhythm
from comments.forms import NewsletterForm
from comments.models import Guest, NewsletterSubscription
from comments.origin import from_this_site
from comments.spam import ratelimit

DAY = 24 * 60 * 60  # seconds
PAGE = "comments/newsletter.html"


@never_cache
@from_this_site
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    """GET: the form. POST: subscribes at once whose address is confirmed, else sends him a mail to
    confirm it; 422 for what can be mended, 429 when he or his network has asked often today.

    The answer never says whether an address is known. 404 where no mail can be sent.
    """
    if not settings.HAS_MAIL:
        raise Http404
    guest = visitors.known_guest(request)
    user = request.user if isinstance(request.user, User) else None
    current = NewsletterSubscription.objects.by_person(
        user_id=user.pk if user else None, guest_id=guest.pk if guest else None
    ).first()
    form = NewsletterForm(
        request.POST if request.method == "POST" else None,
        is_known=bool(guest or user),
        rhythm=current.rhythm if current else Rhythm.EACH,
    )
    context = {
        "form": form,
        "end_link": newsletter.end_link(current) if current and current.is_confirmed else "",
    }
    if request.method != "POST" or (user is not None and not user.email):
        return TemplateResponse(request, PAGE, {**context, "done": request.GET.get("done", "")})
    if not form.is_valid():
        return TemplateResponse(request, PAGE, context, status=422)
    try:
        done = _subscribe(request, form, guest=guest, user=user)
    except notifications.TooMany:
        context["sentence"] = _(
            "Enough mails were sent for today. Please look whether one has come, or try tomorrow."
        )
        response = TemplateResponse(request, PAGE, context, status=429)
        response.headers["Retry-After"] = str(DAY)
        return response
    return HttpResponseRedirect(f"{reverse('comments:newsletter')}?done={done}", status=303)


def _subscribe(
    request: HttpRequest, form: NewsletterForm, *, guest: Guest | None, user: User | None
) -> str:
    """Subscribes, or asks by mail; the word for what was done."""
    rhythm = form.cleaned_data["rhythm"]
    if guest is not None or user is not None:
        newsletter.subscribe(guest=guest if user is None else None, user=user, rhythm=rhythm)
        return "subscribed"
    newsletter.ask(
        email=form.cleaned_data["email"],
        rhythm=rhythm,
        client_key=ratelimit.client_key(request.META.get("REMOTE_ADDR", "")),
    )
    return "asked"


@never_cache
@from_this_site
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """GET: a page with a button; changes nothing, so that a mail scanner that opens it does no
    harm. POST: confirms, and remembers this browser.
    """
    try:
        row, rhythm = newsletter.asked_for(token)
    except (links.Expired, links.Forged):
        return _useless_link(request)
    if request.method == "POST":
        newsletter.confirm(row, rhythm=rhythm)
    response = TemplateResponse(
        request,
        "comments/newsletter_confirm.html",
        {
            "is_done": request.method == "POST" or (row.is_confirmed and row.rhythm == rhythm),
            "rhythm": Rhythm(rhythm),
            "end_link": newsletter.end_link(row),
        },
    )
    if request.method == "POST" and row.guest is not None:
        visitors.remember(response, row.guest)
    return response


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, token: str) -> HttpResponse:
    """GET: a page with a button. POST: ends the newsletter, and nothing else.

    A mail program posts here by itself (RFC 8058), from anywhere and without a cookie: the signed
    address is all that it needs. Twice is as good as once.
    """
    try:
        key = links.read_number(links.Purpose.END_NEWSLETTER, token)
    except (links.Expired, links.Forged):
        return _useless_link(request)
    row = NewsletterSubscription.objects.filter(pk=key).first()
    if request.method == "POST" and row is not None:
        newsletter.end(row)
        row = None
    return TemplateResponse(request, "comments/newsletter_end.html", {"is_on": row is not None})


def _useless_link(request: HttpRequest) -> TemplateResponse:
    return TemplateResponse(request, "comments/useless_link.html", status=400)
