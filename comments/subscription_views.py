"""Following the comments of a post without writing one, and ending that."""

from django.conf import settings
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from blog.models import Post
from comments import links, notifications, subscriptions, visitors
from comments.choices import Scope
from comments.forms import MAX_KEY, FollowForm
from comments.models import BlogComment, Guest, Subscription
from comments.origin import from_this_site
from comments.spam import ratelimit

DAY = 24 * 60 * 60  # seconds


@never_cache
@from_this_site
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest, post_id: int) -> HttpResponse:
    """GET: the form that follows a post, or the thread that `thread` names.

    POST: follows at once when the reader's address is confirmed, else sends him a mail to confirm
    it; 422 for what can be mended, 429 when he or his network has asked often today. The answer
    never says whether an address is known. 404 where comments are closed or no mail can be sent.
    """
    if not settings.HAS_MAIL:
        raise Http404
    post = get_object_or_404(
        Post.objects.open_for_comments(), pk=post_id if post_id <= MAX_KEY else None
    )
    guest = visitors.known_guest(request)
    user = request.user if isinstance(request.user, User) else None
    thread = _thread(post, (request.POST or request.GET).get("thread", ""))
    form = FollowForm(
        request.POST if request.method == "POST" else None,
        is_known=bool(guest or user),
        has_thread=thread is not None,
    )
    context = {"post": post, "form": form, "thread": thread, "guest": guest}
    if request.method != "POST" or (user is not None and not user.email):
        return TemplateResponse(
            request, "comments/subscribe.html", {**context, "done": request.GET.get("done", "")}
        )
    if not form.is_valid():
        return TemplateResponse(request, "comments/subscribe.html", context, status=422)
    chosen = thread if form.cleaned_data.get("scope") == Scope.THREAD else None
    try:
        done = _follow(request, post, chosen, guest=guest, user=user, form=form)
    except notifications.TooMany:
        context["sentence"] = _(
            "Enough mails were sent for today. Please look whether one has come, or try tomorrow."
        )
        response = TemplateResponse(request, "comments/subscribe.html", context, status=429)
        response.headers["Retry-After"] = str(DAY)
        return response
    address = reverse("comments:follow", args=[post.pk])
    return HttpResponseRedirect(f"{address}?done={done}", status=303)


def _follow(
    request: HttpRequest,
    post: Post,
    thread: BlogComment | None,
    *,
    guest: Guest | None,
    user: User | None,
    form: FollowForm,
) -> str:
    """Follows, or asks by mail; the word for what was done."""
    if guest is not None or user is not None:
        subscriptions.follow(post, thread=thread, guest=guest, user=user)
        return "followed"
    subscriptions.ask_to_follow(
        post,
        thread=thread,
        email=form.cleaned_data["email"],
        client_key=ratelimit.client_key(request.META.get("REMOTE_ADDR", "")),
    )
    return "asked"


def _thread(post: Post, key: str) -> BlogComment | None:
    """The first comment of the thread that comment `key` stands in; None when it is not shown."""
    if not (key.isascii() and key.isdigit() and len(key) <= 10 and int(key) <= MAX_KEY):
        return None
    found = BlogComment.objects.on_post(post).published().select_related("root__user", "user")
    comment = found.filter(pk=int(key)).first()
    if comment is None:
        return None
    return comment.root or comment


@never_cache
@from_this_site
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_follow(request: HttpRequest, token: str) -> HttpResponse:
    """GET: shows what is to be followed; changes nothing, so that a mail scanner that opens it
    does no harm. POST: confirms, and remembers this browser.
    """
    subscription = _subscription(token, links.Purpose.FOLLOW)
    if subscription is None:
        return _useless_link(request)
    if request.method == "POST":
        subscription = subscriptions.confirm(subscription)
    response = TemplateResponse(
        request,
        "comments/subscription_confirm.html",
        {
            "subscription": subscription,
            "post": subscription.post,
            "stop_link": notifications.stop_link(subscription),
        },
    )
    if request.method == "POST" and subscription.guest is not None:
        visitors.remember(response, subscription.guest)
    return response


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET: a page with a button. POST: ends that one subscription, and nothing else.

    A mail program posts here by itself (RFC 8058), from anywhere and without a cookie: the signed
    address is all that it needs. Twice is as good as once.
    """
    try:
        key = links.read_number(links.Purpose.UNSUBSCRIBE, token)
    except (links.Expired, links.Forged):
        return _useless_link(request)
    subscription = Subscription.objects.filter(pk=key).select_related("post").first()
    if request.method == "POST" and subscription is not None:
        post = subscription.post
        subscriptions.unsubscribe(subscription)
        return TemplateResponse(request, "comments/unsubscribe.html", {"post": post})
    return TemplateResponse(
        request,
        "comments/unsubscribe.html",
        {"subscription": subscription, "post": subscription.post if subscription else None},
    )


def _subscription(token: str, purpose: links.Purpose) -> Subscription | None:
    """What a signed link opens; None when it is forged, too old, or what it names is gone."""
    try:
        key = links.read_number(purpose, token)
    except (links.Expired, links.Forged):
        return None
    found = Subscription.objects.filter(pk=key, post__in=Post.objects.with_comments())
    return found.select_related("post", "guest", "user", "comment__user").first()


def _useless_link(request: HttpRequest) -> TemplateResponse:
    return TemplateResponse(request, "comments/useless_link.html", status=400)
